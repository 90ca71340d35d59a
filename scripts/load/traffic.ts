/** Mixed traffic of an identity provider on one directory that stays about as large as it is. */
import { patch, userUrn, type Answer, type ScimClient } from '../../test/support/tenant.ts'

export interface Directory {
  readonly scim: ScimClient
  readonly users: { readonly id: string; readonly userName: string }[]
  readonly teams: readonly string[]
}

export interface Operation {
  readonly name: string
  /** Frequency of the operation, as a share of the sum of all weights. */
  readonly weight: number
  run(directory: Directory): Promise<Answer>
  /** Statuses that are right. Two clients may have chosen the same person to leave. */
  readonly statuses: readonly number[]
}

/** `onPeople` is told how many are there. */
export async function fillDirectory(
  scim: ScimClient,
  people: number,
  onPeople: (count: number) => void,
): Promise<Directory> {
  const users: { id: string; userName: string }[] = []
  while (users.length < people) {
    const bodies = Array.from({ length: Math.min(500, people - users.length) }, newPerson)
    const Operations = bodies.map((data, index) => ({
      method: 'POST',
      path: '/Users',
      bulkId: String(index),
      data,
    }))
    const { body } = await scim.call('POST', '/Bulk', { Operations })
    for (const [index, { location }] of body.Operations.entries()) {
      const id = String(location).split('/').at(-1) ?? ''
      users.push({ id, userName: bodies[index]?.userName ?? '' })
    }
    onPeople(users.length)
  }
  const teams: string[] = []
  for (let index = 0; index < 50; index += 1) {
    const made = await scim.call('POST', '/Groups', { displayName: `Team ${index}` })
    teams.push(made.body.id)
  }
  return { scim, users, teams }
}

export const operations: readonly Operation[] = [
  {
    name: 'GET user',
    weight: 25,
    statuses: [200, 404],
    run: ({ scim, users }) => scim.call('GET', `/Users/${oneOf(users).id}`),
  },
  {
    name: 'userName eq',
    weight: 25,
    statuses: [200],
    run: ({ scim, users }) => {
      const filter = encodeURIComponent(`userName eq "${oneOf(users).userName}"`)
      return scim.call('GET', `/Users?filter=${filter}`)
    },
  },
  {
    name: 'list of 100',
    weight: 4,
    statuses: [200],
    run: ({ scim }) => scim.call('GET', `/Users?startIndex=${1 + random(900)}&count=100`),
  },
  {
    name: 'GET team',
    weight: 6,
    statuses: [200],
    run: ({ scim, teams }) =>
      scim.call('GET', `/Groups/${oneOf(teams)}?excludedAttributes=members`),
  },
  {
    name: 'PATCH user',
    weight: 12,
    statuses: [200, 404],
    run: ({ scim, users }) => {
      const operation = { op: 'replace', path: 'title', value: `Title ${random(1_000_000)}` }
      return scim.call('PATCH', `/Users/${oneOf(users).id}`, patch(operation))
    },
  },
  {
    name: 'PUT user',
    weight: 6,
    statuses: [200, 404],
    run: ({ scim, users }) => {
      const { id, userName } = oneOf(users)
      return scim.call('PUT', `/Users/${id}`, { ...newPerson(), userName })
    },
  },
  {
    name: 'PATCH one member',
    weight: 16,
    statuses: [200, 204, 400],
    run: ({ scim, users, teams }) => {
      const op = Math.random() < 0.5 ? 'add' : 'remove'
      const operation = { op, path: 'members', value: [{ value: oneOf(users).id }] }
      return scim.call('PATCH', `/Groups/${oneOf(teams)}`, patch(operation))
    },
  },
  {
    name: 'POST and DELETE user',
    weight: 6,
    statuses: [204, 404],
    run: async ({ scim, users }) => {
      const body = newPerson()
      const made = await scim.call('POST', '/Users', body)
      if (made.status !== 201) return made
      const place = random(users.length)
      const { id } = oneOf([users[place] ?? oneOf(users)])
      users[place] = { id: made.body.id, userName: body.userName }
      return scim.call('DELETE', `/Users/${id}`)
    },
  },
]

const total = operations.reduce((sum, { weight }) => sum + weight, 0)

export function chooseOperation(): Operation {
  let left = Math.random() * total
  for (const operation of operations) {
    left -= operation.weight
    if (left < 0) return operation
  }
  return oneOf(operations)
}

function newPerson() {
  const userName = `${crypto.randomUUID()}@example.com`
  return {
    schemas: [userUrn],
    userName,
    name: { givenName: 'Ann', familyName: 'Tester' },
    displayName: 'Ann Tester',
    emails: [{ value: userName, type: 'work', primary: true }],
  }
}

function random(below: number): number {
  return Math.floor(Math.random() * below)
}

function oneOf<T>(list: readonly T[]): T {
  const item = list[random(list.length)]
  if (item === undefined) throw new Error('An empty list')
  return item
}
