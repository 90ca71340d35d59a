/** The operations that SCIM servers are compared by: each is read by all of them in the same form. */
import { groupUrn, patchUrn, type ScimClient } from '../../test/support/tenant.ts'
import type { Call } from './load.ts'
import { newPerson, request } from './requests.ts'

export interface PeerOperation {
  readonly name: string
  readonly clients: number
  /** Fails with the reason, in words, when the server can't do it. */
  readonly prepare: (scim: ScimClient, users: readonly string[]) => Promise<Prepared>
}

interface Prepared {
  readonly call: (count: number) => Call
  /** What the server does otherwise than it was asked; absent for nothing. */
  readonly remark?: string
}

/** People of the tenant before anything is measured: as many as the largest team has. */
export const peopleBefore = 5_000

/** Members whom one request adds. */
const step = 100

const many = 8

export const peerOperations: readonly PeerOperation[] = [
  {
    name: 'GET user',
    clients: many,
    prepare: async (scim, users) => ({
      call: (count) => request(scim, 'GET', `/Users/${users[count % 200]}`, 200),
    }),
  },
  {
    name: 'userName eq',
    clients: many,
    async prepare(scim, [first = '']) {
      const { body } = await scim.call('GET', `/Users/${first}`)
      const path = `/Users?filter=${encodeURIComponent(`userName eq "${body.userName}"`)}`
      const found = await scim.call('GET', path)
      if (found.body?.totalResults !== 1) throw new Error(`finds ${found.body?.totalResults}`)
      return { call: () => request(scim, 'GET', path, 200) }
    },
  },
  {
    name: 'list of 100',
    clients: many,
    async prepare(scim) {
      const path = '/Users?startIndex=1&count=100'
      const { body } = await scim.call('GET', path)
      const shown = body?.Resources?.length
      if (shown === undefined) throw new Error('is not answered')
      const call = () => request(scim, 'GET', path, 200)
      return shown === 100 ? { call } : { call, remark: `answers ${shown} people` }
    },
  },
  {
    name: 'POST user',
    clients: many,
    prepare: async (scim) => ({ call: () => request(scim, 'POST', '/Users', 201, newPerson()) }),
  },
  {
    name: 'PUT user',
    clients: many,
    prepare: changing('PUT', (title) => ({ ...newPerson(), title })),
  },
  {
    name: 'PATCH user',
    clients: many,
    prepare: changing('PATCH', (value) => patchOf({ op: 'replace', path: 'title', value })),
  },
  ...[10, 1_000, 5_000].map((size) => ({
    name: `member of ${size.toLocaleString('en')}`,
    // One after the other: some of them lose members when two come at once.
    clients: 1,
    prepare: (scim: ScimClient, users: readonly string[]) => changeMember(scim, users, size),
  })),
]

/** Each change gives a title that nobody had before. */
function changing(method: 'PUT' | 'PATCH', bodyOf: (title: string) => unknown) {
  const body = (count: number) => bodyOf(`${method} ${count}`)
  return async (scim: ScimClient, users: readonly string[]) => {
    const [first = ''] = users
    const tried = await scim.call(method, `/Users/${first}`, body(0))
    if (tried.status !== 200) throw new Error(`answers ${tried.status}`)
    const shown = await scim.call('GET', `/Users/${first}`)
    if (shown.body?.title !== `${method} 0`) throw new Error('does not show what was written')
    return {
      call: (count: number) =>
        request(scim, method, `/Users/${users[count % 200]}`, 200, body(count)),
    }
  }
}

/** The last member leaves and joins in turn. */
async function changeMember(
  scim: ScimClient,
  users: readonly string[],
  size: number,
): Promise<Prepared> {
  const members = users.slice(0, size).map((value) => ({ value }))
  const path = `/Groups/${await makeTeam(scim, members)}`
  const [last] = members.slice(-1)
  const leave = patchOf({ op: 'remove', path: `members[value eq "${last?.value}"]` })
  const join = patchOf({ op: 'add', path: 'members', value: [last] })
  const tried = await scim.call('PATCH', path, leave)
  if (tried.status >= 300) throw new Error(`answers ${tried.status} to a member who leaves`)
  const call = (count: number) =>
    request(scim, 'PATCH', path, tried.status, count % 2 === 1 ? join : leave)
  const shown = (await scim.call('GET', path)).body?.members?.length ?? 0
  return shown === size - 1 ? { call } : { call, remark: `shows ${shown} of ${size - 1} members` }
}

/** A team with these members; those that its POST leaves out are added by PATCH. Answers its id. */
async function makeTeam(
  scim: ScimClient,
  members: readonly { readonly value: string }[],
): Promise<string> {
  const team = { schemas: [groupUrn], displayName: `Team of ${members.length}` }
  const whole = await scim.call('POST', '/Groups', { ...team, members })
  const made = whole.status === 201 ? whole : await scim.call('POST', '/Groups', team)
  if (made.status !== 201) throw new Error(`answers ${made.status} to a new team`)
  const { id } = made.body
  const { body } = await scim.call('GET', `/Groups/${id}`)
  if (body?.members?.length === members.length) return id
  for (let start = 0; start < members.length; start += step) {
    const value = members.slice(start, start + step)
    const add = patchOf({ op: 'add', path: 'members', value })
    const { status } = await scim.call('PATCH', `/Groups/${id}`, add)
    if (status >= 300) throw new Error(`answers ${status} at ${start} members`)
  }
  return id
}

function patchOf(...Operations: readonly unknown[]) {
  return { schemas: [patchUrn], Operations }
}
