/**
 * Every call of the platform fails once, in every way that the platform is documented to fail and in
 * one that nobody has described. The client gets the right answer or a 503, and whoever repeats what was answered with 503 ends where one
 * undisturbed request ends: the same rows, the same events.
 */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { afterEach, describe, expect, inject, it, vi } from 'vitest'
import { app } from '../src/app'
import { forgetLocally, storeCredential } from '../src/tokens/credential-cache'
import { hashToken } from '../src/tokens/secret'
import { findCredential } from '../src/tokens/credential'
import { disagreements, readContents, type Contents } from './support/agreement'
import { d1Errors, Faults, unknownError, type Fault } from './support/faults'
import { admin, bindings, tenant } from './support/gateway'
import { patch, person, requestOf, userUrn, type ScimClient } from './support/tenant'
import { codeOf } from './support/error-code'

interface Sent {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly code: string | undefined
  readonly body: any
}

/** Sends a request to the Worker with bindings that may fail. */
async function call(
  scim: ScimClient,
  sent: Sent,
  faults: Pick<Faults, 'bindings'> = new Faults(),
): Promise<Answered> {
  const { method, path, body, headers } = sent
  const context = createExecutionContext()
  const request = requestOf(scim, method, path, body, headers)
  const response = await app.fetch(request, faults.bindings(bindings), context)
  const text = await response.text()
  await waitOnExecutionContext(context)
  return {
    status: response.status,
    headers: response.headers,
    code: response.headers.get('X-Error-Code') ?? undefined,
    body: text === '' ? undefined : JSON.parse(text),
  }
}

interface Scene {
  readonly scim: ScimClient
  /** Ann and Bob are in the team; Cat is not. */
  readonly ann: string
  readonly bob: string
  readonly cat: string
  readonly team: string
  readonly tag: string
  readonly teamTag: string
}

const named = (userName: string) => ({
  schemas: [userUrn],
  ...person(),
  userName,
  emails: [{ value: userName }],
})

async function setScene(): Promise<Scene> {
  const scim = await tenant()
  const ids: string[] = []
  for (const name of ['ann', 'bob', 'cat']) {
    ids.push((await scim.call('POST', '/Users', named(`${name}@example.com`))).body.id)
  }
  const [ann = '', bob = '', cat = ''] = ids
  const team = await scim.call('POST', '/Groups', {
    displayName: 'Team',
    members: [{ value: ann }, { value: bob }],
  })
  const { meta } = (await scim.call('GET', `/Users/${ann}`)).body
  const teamTag = String(team.headers.get('ETag'))
  return { scim, ann, bob, cat, team: team.body.id, tag: meta.version, teamTag }
}

/** An extension that nobody has seen before. */
const unseen = { 'urn:example:params:2.0:Any': { tags: ['a'] } }

/** Each operation, and what a repetition may be answered with when the first one came through. */
const operations: readonly (readonly [string, (scene: Scene) => Sent, number | undefined])[] = (
  [
    ['GET user', ({ ann }) => ({ method: 'GET', path: `/Users/${ann}` })],
    [
      'filter users',
      () => ({ method: 'GET', path: '/Users?filter=userName+eq+"ann@example.com"' }),
    ],
    ['list users', () => ({ method: 'GET', path: '/Users?count=2' })],
    ['GET team', ({ team }) => ({ method: 'GET', path: `/Groups/${team}` })],
    ['list teams', () => ({ method: 'GET', path: '/Groups' })],
    ['search everything', () => ({ method: 'POST', path: '/.search', body: { count: 5 } })],
    ['GET schemas', () => ({ method: 'GET', path: '/Schemas' })],
    ['POST user', () => ({ method: 'POST', path: '/Users', body: named('dan@example.com') }), 409],
    [
      'PUT user',
      ({ ann }) => ({
        method: 'PUT',
        path: `/Users/${ann}`,
        body: { userName: 'ann2@example.com' },
      }),
    ],
    [
      'PUT user with If-Match',
      ({ ann, tag }) => ({
        method: 'PUT',
        path: `/Users/${ann}`,
        body: { userName: 'ann2@example.com' },
        headers: { 'If-Match': tag },
      }),
      412,
    ],
    [
      'PATCH user',
      ({ ann }) => ({
        method: 'PATCH',
        path: `/Users/${ann}`,
        body: patch(
          { op: 'replace', path: 'title', value: 'Boss' },
          { op: 'replace', path: 'active', value: false },
        ),
      }),
    ],
    [
      'PATCH user with If-Match',
      ({ ann, tag }) => ({
        method: 'PATCH',
        path: `/Users/${ann}`,
        body: patch({ op: 'replace', path: 'emails', value: [{ value: 'new@example.com' }] }),
        headers: { 'If-Match': tag },
      }),
      412,
    ],
    [
      'POST user with something new',
      () => ({ method: 'POST', path: '/Users', body: { ...named('dan@example.com'), ...unseen } }),
      409,
    ],
    [
      'PATCH user with something new and If-Match',
      ({ ann, tag }) => ({
        method: 'PATCH',
        path: `/Users/${ann}`,
        body: patch({ op: 'add', value: unseen }),
        headers: { 'If-Match': tag },
      }),
      412,
    ],
    ['DELETE user', ({ ann }) => ({ method: 'DELETE', path: `/Users/${ann}` }), 404],
    [
      'DELETE user with If-Match',
      ({ ann, tag }) => ({ method: 'DELETE', path: `/Users/${ann}`, headers: { 'If-Match': tag } }),
      404,
    ],
    [
      'POST team',
      ({ cat }) => ({
        method: 'POST',
        path: '/Groups',
        body: { displayName: 'New', members: [{ value: cat }] },
      }),
      409,
    ],
    [
      'POST team with something new',
      () => ({ method: 'POST', path: '/Groups', body: { displayName: 'New', ...unseen } }),
      409,
    ],
    [
      'PUT team',
      ({ team, cat }) => ({
        method: 'PUT',
        path: `/Groups/${team}`,
        body: { displayName: 'Renamed', members: [{ value: cat }] },
      }),
    ],
    [
      'add a member',
      ({ team, cat }) => ({
        method: 'PATCH',
        path: `/Groups/${team}`,
        body: patch({ op: 'add', path: 'members', value: [{ value: cat }] }),
      }),
    ],
    [
      'add a member with If-Match',
      ({ team, cat, teamTag }) => ({
        method: 'PATCH',
        path: `/Groups/${team}`,
        body: patch({ op: 'add', path: 'members', value: [{ value: cat }] }),
        headers: { 'If-Match': teamTag },
      }),
      412,
    ],
    [
      'remove a member',
      ({ team, bob }) => ({
        method: 'PATCH',
        path: `/Groups/${team}`,
        body: patch({ op: 'remove', path: `members[value eq "${bob}"]` }),
      }),
    ],
    [
      'replace the members and the name',
      ({ team, bob, cat }) => ({
        method: 'PATCH',
        path: `/Groups/${team}`,
        body: patch(
          { op: 'replace', path: 'members', value: [{ value: cat }, { value: bob }] },
          { op: 'replace', path: 'displayName', value: 'Other' },
        ),
      }),
    ],
    [
      'rename a team with If-Match',
      ({ team, teamTag }) => ({
        method: 'PATCH',
        path: `/Groups/${team}`,
        body: patch({ op: 'replace', path: 'displayName', value: 'Other' }),
        headers: { 'If-Match': teamTag },
      }),
      412,
    ],
    ['DELETE team', ({ team }) => ({ method: 'DELETE', path: `/Groups/${team}` }), 404],
    [
      'DELETE team with If-Match',
      ({ team, teamTag }) => ({
        method: 'DELETE',
        path: `/Groups/${team}`,
        headers: { 'If-Match': teamTag },
      }),
      404,
    ],
  ] satisfies readonly (readonly [string, (scene: Scene) => Sent, number?])[]
).map(([name, make, repeated]) => [name, make, repeated] as const)

/** `FUZZ_RUNS=1` tries every failure; without it those that differ for the gateway. */
const isLong = inject('fuzzRuns') > 0

type Failure = Omit<Fault, 'binding' | 'calls'>

const outages: readonly (readonly [string, Failure])[] = [
  ['D1 is lost before the batch', { moment: 'before', text: d1Errors.lost }],
  ['D1 is lost after the commit', { moment: 'after', text: d1Errors.lost }],
  ['D1 is overloaded', { moment: 'before', text: d1Errors.overloaded }],
  ['D1 fails as never before', { moment: 'before', text: unknownError }],
  ['D1 fails as never before after the commit', { moment: 'after', text: unknownError }],
  ...(isLong
    ? ([
        ['D1 is reset', { moment: 'after', text: d1Errors.reset }],
        ['D1 times out', { moment: 'after', text: d1Errors.timeout }],
      ] as const)
    : []),
]

/** The object went away: the platform marks such errors, and the stub stays broken. */
const resets: readonly (readonly [string, Failure])[] = [
  [
    'the object is reset before its work',
    {
      moment: 'before',
      text: 'Durable Object reset because its code was updated.',
      marks: { durableObjectReset: true },
    },
  ],
  [
    'the object is reset when its work is done',
    { moment: 'after', text: 'Network connection lost.', marks: { retryable: true } },
  ],
  [
    'the object is overloaded',
    { moment: 'before', text: 'Durable Object is overloaded.', marks: { overloaded: true } },
  ],
  ['the object fails as never before', { moment: 'before', text: unknownError }],
  ['the object fails as never before after its work', { moment: 'after', text: unknownError }],
]

/** What a tenant has, without what differs from run to run: ids, times, the order within a batch. */
function essence(contents: Contents): unknown {
  const ids = new Map<string, string>()
  const events = contents.events.map(({ type, resource_id, member_id, resource, changes }) => [
    type,
    resource_id,
    member_id,
    JSON.parse(resource),
    JSON.parse(changes),
  ])
  const names = new Map(contents.users.map(({ id, user_name }) => [id, user_name]))
  const text = JSON.stringify({
    events,
    users: contents.users.map(({ id, attributes, version }) => [id, attributes, version]),
    teams: contents.teams.map(({ id, attributes, version, member_count }) => [
      id,
      attributes,
      version,
      member_count,
    ]),
    emails: contents.emails.map(({ value }) => value),
    members: contents.memberships.map(({ user_id }) => names.get(user_id)).toSorted(),
  }).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => {
    const name = ids.get(id) ?? `id ${ids.size}`
    ids.set(id, name)
    return name
  })
  const state = JSON.parse(text)
  return { ...state, events: withoutOrderOfMembers(state.events) }
}

/** Those who leave or join together do so in no order. */
function withoutOrderOfMembers(events: readonly (readonly unknown[])[]): unknown[] {
  const runs: string[][] = []
  let last: unknown
  for (const event of events) {
    const isSameRun = String(event[0]).startsWith('team.member_') && event[0] === last
    if (isSameRun) runs.at(-1)?.push(JSON.stringify(event))
    else runs.push([JSON.stringify(event)])
    last = event[0]
  }
  return runs.map((run) => run.toSorted())
}

async function stateOf(scene: Scene): Promise<unknown> {
  const contents = await readContents(bindings.DB, scene.scim.slug)
  expect(disagreements(contents)).toEqual([])
  return essence(contents)
}

function expectUnavailable({ status, headers, body }: Answered): void {
  expect(status).toBe(503)
  expect(headers.get('Retry-After')).toMatch(/^\d+$/)
  expect(body).toMatchObject({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: '503',
    detail: expect.stringMatching(/Repeat the same request/),
  })
}

/** Sends a request under a fault, repeats it once when it was refused, and compares the ends. */
async function endure(
  make: (scene: Scene) => Sent,
  fault: Fault,
  reference: { readonly status: number; readonly state: unknown },
  repeated: number | undefined,
  shared?: Scene,
): Promise<Answered> {
  const scene = shared ?? (await setScene())
  const sent = make(scene)
  const answer = await call(scene.scim, sent, new Faults(fault))
  if (answer.status !== reference.status) {
    expectUnavailable(answer)
    const again = await call(scene.scim, sent)
    expect([reference.status, repeated]).toContain(again.status)
  }
  expect(await stateOf(scene)).toEqual(reference.state)
  return answer
}

async function referenceOf(make: (scene: Scene) => Sent) {
  const scene = await setScene()
  const faults = new Faults()
  const { status } = await call(scene.scim, make(scene), faults)
  expect(status).toBeLessThan(300)
  return { status, state: await stateOf(scene), counts: faults.counts }
}

describe('when a call of the platform fails', () => {
  it.each(operations)(
    '%s is answered rightly or with 503, and a repetition ends the same',
    async (name, make, repeated) => {
      const reference = await referenceOf(make)
      const faults = [
        ...outages.flatMap(([name, fault]) => everyCall('DB', name, fault, reference.counts.DB)),
        ...resets.flatMap(([name, fault]) => everyCall('TEAM', name, fault, reference.counts.TEAM)),
      ]
      expect(reference.counts.DB).toBeGreaterThan(0)
      const shared = /^(GET|list|filter|search)/.test(name) ? await setScene() : undefined
      await Promise.all(
        faults.map(([failure, fault]) =>
          endure(make, fault, reference, repeated, shared).catch((error: unknown) => {
            throw new Error(`When ${failure}: ${String(error)}`, { cause: error })
          }),
        ),
      )
    },
  )

  /** Each call once, and for some failures every call from one on. */
  function everyCall(
    binding: Fault['binding'],
    name: string,
    fault: Failure,
    count: number,
  ): (readonly [string, Fault])[] {
    const indexes = Array.from({ length: count }, (_, index) => index)
    const once = indexes.map((index) => {
      const calls = (call: number) => call === index
      return [`${name}, call ${index}`, { ...fault, binding, calls }] as const
    })
    if (!isLong && fault.moment === 'before') return once
    const on = indexes.map((index) => {
      const calls = (call: number) => call >= index
      return [`${name}, from call ${index} on`, { ...fault, binding, calls }] as const
    })
    return [...once, ...on]
  }

  it('tells a read from a write that may have been made', async () => {
    const scene = await setScene()
    const fault = {
      binding: 'DB',
      moment: 'after',
      text: d1Errors.lost,
      calls: () => true,
    } as const
    const read = await call(scene.scim, { method: 'GET', path: '/Users' }, new Faults(fault))
    expect([read.status, read.code]).toEqual([503, 'unavailable'])
    const removal = { method: 'DELETE', path: `/Users/${scene.cat}` }
    const written = await call(scene.scim, removal, new Faults(fault))
    expect([written.status, written.code]).toEqual([503, 'interrupted'])
    expect(written.body.detail).toContain('409, 404 or 412')
  })

  it.each([
    ['full', 507, 'databaseFull'],
    ['calls', 503, 'tooManyCalls'],
    ['daily', 503, 'dailyLimit'],
  ] as const)(
    'says what stands still when D1 says %s, and has done nothing',
    async (text, status, code) => {
      const fault = {
        binding: 'DB',
        moment: 'before',
        text: d1Errors[text],
        calls: () => true,
      } as const
      for (const [, make] of operations) {
        const scene = await setScene()
        const before = await stateOf(scene)
        const answer = await call(scene.scim, make(scene), new Faults(fault))
        expect([answer.status, answer.code]).toEqual([status, code])
        expect(await stateOf(scene)).toEqual(before)
      }
    },
  )

  it('says that it does not know when D1 stands still behind a call that was lost', async () => {
    const scene = await setScene()
    const lost = new Faults({
      binding: 'DB',
      moment: 'after',
      text: d1Errors.lost,
      calls: (index) => index === 0,
    })
    const full = new Faults({
      binding: 'DB',
      moment: 'before',
      text: d1Errors.full,
      calls: (index) => index > 0,
    })
    const both: Pick<Faults, 'bindings'> = {
      bindings: (given) => full.bindings({ ...given, DB: lost.database(given.DB) }),
    }
    const sent = { method: 'POST', path: '/Users', body: person() }
    const answer = await call(scene.scim, sent, both)
    expect([answer.status, answer.code]).toEqual([503, 'interrupted'])
  })

  it('never says that nothing was changed once a write was sent', async () => {
    const writes = operations.filter(([name]) => !/^(GET|list|filter|search)/.test(name))
    for (const [name, make] of writes) {
      const { counts } = await referenceOf(make)
      for (const binding of ['DB', 'TEAM'] as const) {
        for (let index = 0; index < counts[binding]; index += 1) {
          const scene = await setScene()
          const calls = (call: number) => call === index
          const fault = { binding, moment: 'after', text: unknownError, calls } as const
          const before = await stateOf(scene)
          const answer = await call(scene.scim, make(scene), new Faults(fault))
          const isChanged = JSON.stringify(await stateOf(scene)) !== JSON.stringify(before)
          if (answer.status < 300) continue
          const { code } = answer
          const { detail } = answer.body
          expect([name, binding, index, code]).toEqual([
            name,
            binding,
            index,
            isChanged ? 'unforeseen' : 'unavailable',
          ])
          if (isChanged) expect(detail).toContain('may have been made, or not')
          expect(detail).not.toContain('nothing was changed')
        }
      }
    }
  })

  it('says the same of a mistake in its own code: 500 for a read, and doubt for a write', async () => {
    const scene = await setScene()
    const prepare = () => {
      throw new TypeError('A mistake')
    }
    const broken = { ...new Faults().bindings(bindings), DB: { prepare } as never }
    for (const [sent, status, code] of [
      [{ method: 'GET', path: '/Users' }, 500, 'internalError'],
      [{ method: 'POST', path: '/.search', body: { count: 1 } }, 500, 'internalError'],
      [{ method: 'POST', path: '/Users', body: named('dan@example.com') }, 503, 'unforeseen'],
      [{ method: 'DELETE', path: `/Users/${scene.ann}` }, 503, 'unforeseen'],
    ] as const) {
      const answer = await call(scene.scim, sent, { bindings: () => broken })
      expect([sent.method, answer.status, answer.code]).toEqual([sent.method, status, code])
      expect(answer.body.detail.includes('nothing was changed')).toBe(status === 500)
    }
  })

  it('asks D1 no second time when it is overloaded, and three times when it is lost', async () => {
    const { scim } = await setScene()
    for (const [text, count] of [
      [d1Errors.overloaded, 1],
      [d1Errors.timeout, 1],
      [unknownError, 1],
      [d1Errors.lost, 3],
      [d1Errors.reset, 3],
      [d1Errors.updated, 3],
      [d1Errors.unresolved, 3],
    ] as const) {
      const sent = {
        method: 'POST',
        path: '/Users',
        body: named(`${crypto.randomUUID()}@example.com`),
      }
      // The last call asks whether the token still holds.
      const calls = (index: number) => index < count
      const faults = new Faults({ binding: 'DB', moment: 'before', text, calls })
      expectUnavailable(await call(scim, sent, faults))
      // One more asks whether the token holds, one keeps the refusal for the log.
      expect([text, faults.counts.DB]).toEqual([text, count + 2])
    }
  })
})

describe('when D1 or a team’s object gives no answer', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each(operations)(
    '%s is answered with 503 in time, and a repetition ends the same',
    async (_, make, repeated) => {
      const reference = await referenceOf(make)
      // What a team's object waits for is out of reach of the clock of this test: it is silent itself.
      const binding = reference.counts.TEAM > 0 ? 'TEAM' : 'DB'
      const last = reference.counts[binding] - 1
      const list = isLong ? Array.from({ length: last + 1 }, (_item, index) => index) : [last]
      for (const index of list) {
        const scene = await setScene()
        const sent = make(scene)
        vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
        const calls = (call: number) => call === index
        const fault = { binding, moment: 'after', text: 'silent', calls } as const
        const answer = await passing(call(scene.scim, sent, new Faults(fault)))
        vi.useRealTimers()
        expectUnavailable(answer)
        const again = await call(scene.scim, sent)
        expect([reference.status, repeated]).toContain(again.status)
        expect(await stateOf(scene)).toEqual(reference.state)
      }
    },
  )

  /** Lets the time pass that somebody waits for. */
  async function passing<T>(work: Promise<T>): Promise<T> {
    const state = { isDone: false }
    const watched = work.finally(() => {
      state.isDone = true
    })
    while (!state.isDone) {
      await scheduler.wait(5)
      await vi.advanceTimersByTimeAsync(vi.getTimerCount() > 0 ? 25_000 : 0)
    }
    return watched
  }
})

describe('when D1 comes to a batch that was given up', () => {
  const writes = operations.filter(([name]) => !/^(GET|list|filter|search)/.test(name))
  const seconds = (text: string) =>
    text.replaceAll(`unixepoch('subsec')`, `(unixepoch('subsec') + 8)`)

  it.each(writes)('%s is not done any more', async (_, make, repeated) => {
    const reference = await referenceOf(make)
    const scene = await setScene()
    const before = await stateOf(scene)
    const sent = make(scene)
    expectUnavailable(await call(scene.scim, sent, new Faults(undefined, seconds)))
    expect(await stateOf(scene)).toEqual(before)
    expect([reference.status, repeated]).toContain((await call(scene.scim, sent)).status)
    expect(await stateOf(scene)).toEqual(reference.state)
  })
})

describe('when KV', () => {
  const get = { method: 'GET', path: '/Users' }

  async function coldTenant(): Promise<ScimClient> {
    const scim = await tenant()
    forgetLocally(await hashToken(scim.token))
    return scim
  }

  it.each(['before', 'after'] as const)('fails (%s), D1 says whose token it is', async (moment) => {
    const scim = await coldTenant()
    const calls = () => true
    const faults = new Faults({ binding: 'TOKENS', moment, text: 'KV GET failed: 500', calls })
    expect((await call(scim, get, faults)).status).toBe(200)
    expect(faults.counts.TOKENS).toBeGreaterThan(0)
  })

  it('gives no answer, D1 is asked instead', async () => {
    const scim = await coldTenant()
    const faults = new Faults({
      binding: 'TOKENS',
      moment: 'before',
      text: 'silent',
      calls: (index) => index === 0,
    })
    expect((await call(scim, get, faults)).status).toBe(200)
  })

  it('and D1 are both away, the answer is 503 and not 401', async () => {
    const scim = await coldTenant()
    const kv = new Faults({
      binding: 'TOKENS',
      moment: 'before',
      text: 'KV is down',
      calls: () => true,
    })
    const d1 = new Faults({
      binding: 'DB',
      moment: 'before',
      text: d1Errors.lost,
      calls: () => true,
    })
    const context = createExecutionContext()
    const request = new Request(`${scim.baseUrl}/Users`, {
      headers: { Authorization: `Bearer ${scim.token}` },
    })
    const response = await app.fetch(request, d1.bindings(kv.bindings(bindings)), context)
    expectUnavailable({
      status: response.status,
      headers: response.headers,
      code: response.headers.get('X-Error-Code') ?? undefined,
      body: await response.json(),
    })
    await waitOnExecutionContext(context)
  })

  it('is behind, old settings are not obeyed and a revoked token opens nothing', async () => {
    const scim = await tenant()
    const hash = await hashToken(scim.token)
    const old = await findCredential(bindings.DB, hash)
    if (!old.ok || !old.value) throw new Error('No credential')
    const again = async () => {
      await storeCredential(bindings.TOKENS, old.value as NonNullable<typeof old.value>)
      forgetLocally(hash)
    }
    const capital = {
      ...person(),
      userName: 'Ann@Example.com',
      emails: [{ value: 'Ann@Example.com' }],
    }
    expect((await call(scim, { method: 'POST', path: '/Users', body: capital })).status).toBe(400)
    await admin.call('PATCH', `/tenants/${scim.slug}`, { rules: { email: 'allow' } })
    await again()
    expect((await call(scim, { method: 'POST', path: '/Users', body: capital })).status).toBe(201)
    await admin.call('DELETE', `/tenants/${scim.slug}/tokens/${scim.tokenId}`)
    for (const sent of [
      get,
      { method: 'POST', path: '/Users', body: person() },
      { method: 'POST', path: '/Bulk', body: { Operations: [] } },
    ]) {
      await again()
      expect([sent.method, (await call(scim, sent)).status]).toEqual([sent.method, 401])
    }
    const contents = await readContents(bindings.DB, scim.slug)
    expect(contents.users).toHaveLength(1)
    expect(disagreements(contents)).toEqual([])
  })
})

describe('a Bulk request', () => {
  it('that loses D1 at any call says of each operation whether it was carried out', async () => {
    const operations_ = [
      { method: 'POST', path: '/Users', bulkId: 'd', data: named('dan@example.com') },
      { method: 'POST', path: '/Users', bulkId: 'e', data: named('eve@example.com') },
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'g',
        data: { displayName: 'Bulk', members: [{ value: 'bulkId:d' }] },
      },
    ]
    const bulk = (scene: Scene): Sent => ({
      method: 'POST',
      path: '/Bulk',
      body: { Operations: [...operations_, { method: 'DELETE', path: `/Users/${scene.bob}` }] },
    })
    const reference = await referenceOf(bulk)
    const indexes = Array.from({ length: reference.counts.DB }, (_, index) => index)
    await Promise.all(
      indexes.flatMap((index) =>
        (['before', 'after'] as const).map(async (moment) => {
          const scene = await setScene()
          const calls = (call: number) => call === index
          const fault = { binding: 'DB', moment, text: d1Errors.lost, calls } as const
          const answer = await call(scene.scim, bulk(scene), new Faults(fault))
          expect(answer.status).toBe(200)
          const statuses = answer.body.Operations.map(({ status }: { status: string }) => status)
          // Deleting is not repeated by the gateway; everything else is, and comes through.
          if (statuses.join() !== '201,201,201,204') {
            expect(statuses.join()).toBe('201,201,201,503')
            const again = await call(scene.scim, { method: 'DELETE', path: `/Users/${scene.bob}` })
            expect(again.status).toBe(moment === 'before' ? 204 : 404)
          }
          expect(await stateOf(scene)).toEqual(reference.state)
        }),
      ),
    )
  })

  it('answers each operation, whatever fails and however, and what it calls done is done', async () => {
    const operations_ = (scene: Scene) => [
      { method: 'POST', path: '/Users', bulkId: 'd', data: named('dan@example.com') },
      {
        method: 'PATCH',
        path: `/Users/${scene.ann}`,
        data: patch({ op: 'replace', path: 'title', value: 'Boss' }),
      },
      {
        method: 'PATCH',
        path: `/Groups/${scene.team}`,
        data: patch({ op: 'add', path: 'members', value: [{ value: scene.cat }] }),
      },
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'g',
        data: { displayName: 'Bulk', members: [{ value: 'bulkId:d' }] },
      },
      { method: 'DELETE', path: `/Users/${scene.bob}` },
    ]
    const bulk = (scene: Scene): Sent => ({
      method: 'POST',
      path: '/Bulk',
      body: { Operations: operations_(scene) },
    })
    const { counts } = await referenceOf(bulk)
    const faults = (['DB', 'TEAM'] as const).flatMap((binding) =>
      Array.from({ length: counts[binding] }, (_, index) => index).flatMap((index) =>
        (['before', 'after'] as const).flatMap((moment) =>
          [d1Errors.overloaded, d1Errors.timeout, unknownError].flatMap((text) => [
            { binding, moment, text, calls: (call: number) => call === index },
            { binding, moment, text, calls: (call: number) => call >= index },
          ]),
        ),
      ),
    )
    await Promise.all(
      faults.map(async (fault) => {
        const scene = await setScene()
        const answer = await call(scene.scim, bulk(scene), new Faults(fault))
        expect(answer.status).toBe(200)
        expect(answer.body.Operations).toHaveLength(5)
        const statuses: string[] = answer.body.Operations.map(
          ({ status }: { status: string }) => status,
        )
        for (const status of statuses) expect(['200', '201', '204', '409', '503']).toContain(status)
        // The team of the request waits for its member.
        if (statuses[3] === '409') expect(statuses[0]).toBe('503')
        const done = (index: number) => Number(statuses[index]) < 300
        const read = async (path: string) => (await scene.scim.call('GET', path)).body
        const people = (await read('/Users')).Resources
        if (done(0))
          expect(people.map(({ userName }: any) => userName)).toContain('dan@example.com')
        if (done(1)) expect((await read(`/Users/${scene.ann}`)).title).toBe('Boss')
        const team = await read(`/Groups/${scene.team}`)
        if (done(2)) expect(team.members.map(({ value }: any) => value)).toContain(scene.cat)
        const teams = (await read('/Groups')).Resources
        if (done(3)) expect(teams.map(({ displayName }: any) => displayName)).toContain('Bulk')
        if (done(4)) expect(people.map(({ id }: any) => id)).not.toContain(scene.bob)
        await stateOf(scene)
      }),
    )
  })

  it('whose own code fails in one operation answers the others', async () => {
    const scene = await setScene()
    const body = {
      Operations: [
        { method: 'POST', path: '/Users', bulkId: 'd', data: named('dan@example.com') },
        {
          method: 'PATCH',
          path: `/Groups/${scene.team}`,
          data: patch({ op: 'add', path: 'members', value: [{ value: scene.cat }] }),
        },
        { method: 'DELETE', path: `/Users/${scene.bob}` },
      ],
    }
    const broken = {
      ...new Faults().bindings(bindings),
      TEAM: {
        getByName() {
          throw new TypeError('A mistake')
        },
      } as never,
    }
    const request = new Request(`${scene.scim.baseUrl}/Bulk`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${scene.scim.token}`,
        'Content-Type': 'application/scim+json',
      },
      body: JSON.stringify(body),
    })
    const context = createExecutionContext()
    const response = await app.fetch(request, broken, context)
    const { Operations } = await response.json<any>()
    await waitOnExecutionContext(context)
    expect(
      Operations.map(({ status, response: refusal }: any) => [status, codeOf(refusal)]),
    ).toEqual([
      ['201', undefined],
      ['503', 'unforeseen'],
      ['204', undefined],
    ])
  })
})
