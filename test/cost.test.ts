/** What operations cost: round trips, and the rows that D1 reads and writes. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { app } from '../src/app'
import { hashToken } from '../src/tokens/secret'
import { findCredential } from '../src/tokens/credential'
import { defaultSettings } from '../src/tenants/settings'
import { listUsers } from '../src/users/store'
import { changeTeam, createTeam, deleteTeam, type TeamRequest } from '../src/teams/commands'
import { planPatch, planReplacement } from '../src/teams/plan'
import { commitGroup, plannedChange } from '../src/teams/group-commit'
import { newKey } from './support/application'
import { admin, bindings, homeDatabase, origin, tenant } from './support/gateway'
import { callCounted, sendCounted } from './support/counted-call'
import { countDatabase, newCounts, noteBound, type Counts } from './support/counting'
import { fill, numbers } from './support/fill'
import { enterpriseUrn, patch, person, type ScimClient } from './support/tenant'
import { versionOf } from './support/tag'
import { secretClient, withAccess } from './support/token-request'

async function enlarge(scim: ScimClient, teamId: string, count: number): Promise<void> {
  await bindings.DB.batch([
    bindings.DB.prepare(
      `insert into memberships (tenant_id, team_id, user_id)
       select tenants.id, ?3, 'filled-' || ?1 || '-' || number.value
       from tenants, json_each(?2) as number where tenants.slug = ?1`,
    ).bind(scim.slug, numbers(count), teamId),
    bindings.DB.prepare('update teams set member_count = member_count + ? where id = ?').bind(
      count,
      teamId,
    ),
  ])
}

async function teamRequest(
  scim: ScimClient,
  teamId: string,
  members: TeamRequest['members'],
): Promise<TeamRequest> {
  const found = await findCredential(bindings.DB, await hashToken(scim.token))
  if (!found.ok || !found.value) throw new Error('No credential')
  return {
    credential: found.value,
    operation: crypto.randomUUID(),
    requestId: 'test',
    userAgent: undefined,
    ifMatch: undefined,
    teamId,
    baseUrl: scim.baseUrl,
    members,
    isRepeated: false,
  }
}

async function changeCounted(
  scim: ScimClient,
  teamId: string,
  body: unknown,
  members: TeamRequest['members'] = 'few',
) {
  const counts = newCounts()
  const plan = planPatch({ settings: defaultSettings }, JSON.parse(JSON.stringify(body)))
  if (!plan.ok) throw new Error(JSON.stringify(plan.error))
  const request = await teamRequest(scim, teamId, members)
  const outcome = await changeTeam(countDatabase(bindings.DB, counts), request, plan.value)
  expect(outcome.ok, JSON.stringify(outcome)).toBe(true)
  return counts
}

/** Of a tenant that may lose everybody, losses are not counted; `guard/guard.test.ts` shows what they cost. */
const unwatched = { guard: { deactivations: 1 } }

describe('a membership change', () => {
  it('reads and writes as many rows in a team of 50,000 as in a team of 5', async () => {
    const scim = await tenant(unwatched)
    await fill(scim, 50_000)
    const costs: Counts[][] = []
    for (const size of [5, 50_000]) {
      const team = (await scim.call('POST', '/Groups', { displayName: `Team of ${size}` })).body.id
      await enlarge(scim, team, size)
      const user = (await scim.call('POST', '/Users', person())).body.id
      const value = [{ value: user }]
      costs.push([
        await changeCounted(scim, team, patch({ op: 'Add', path: 'members', value })),
        await changeCounted(scim, team, patch({ op: 'Add', path: 'members', value })),
        await changeCounted(scim, team, patch({ op: 'Remove', path: 'members', value })),
        await changeCounted(
          scim,
          team,
          patch({ op: 'Replace', path: 'displayName', value: `Renamed ${size}` }),
        ),
      ])
    }
    const [small, large] = costs
    expect(large).toEqual(small)
    // Who is in already: the row of the team is written as it was, which spares all others a statement.
    expect(small?.map(({ rowsWritten }) => rowsWritten)).toEqual([4, 1, 3, 4])
    expect(small?.map(({ d1 }) => d1)).toEqual([1, 1, 1, 2])
  })

  it('of fifty operations is one batch, with as many statements as one operation', async () => {
    const scim = await tenant(unwatched)
    await fill(scim, 200)
    const team = (await scim.call('POST', '/Groups', { displayName: 'Fifty' })).body.id
    await enlarge(scim, team, 100)
    const id = (number: number) => `filled-${scim.slug}-${number}`
    const add = (number: number) => ({ op: 'add', path: 'members', value: [{ value: id(number) }] })
    const remove = (number: number) => ({ op: 'remove', path: `members[value eq "${id(number)}"]` })
    const from = (first: number, count: number) =>
      Array.from({ length: count }, (_, index) => first + index)
    const costs = [
      await changeCounted(scim, team, patch(add(101))),
      await changeCounted(scim, team, patch(...from(102, 50).map(add))),
      // Of both kinds in turn.
      await changeCounted(
        scim,
        team,
        patch(...from(1, 25).flatMap((number) => [remove(number), add(151 + number)])),
      ),
    ]
    expect((await scim.call('GET', `/Groups/${team}`)).body.members).toHaveLength(151)
    expect(costs.map(({ d1, statements }) => [d1, statements])).toEqual([
      [1, 4],
      [1, 4],
      [1, 6],
    ])
  })

  it('reads the members of no team that is too large to be sent back', async () => {
    const scim = await tenant()
    await fill(scim, 2_000)
    const team = (await scim.call('POST', '/Groups', { displayName: 'Large' })).body.id
    await enlarge(scim, team, 2_000)
    const user = (await scim.call('POST', '/Users', person())).body.id
    const counts = await changeCounted(
      scim,
      team,
      patch({ op: 'add', path: 'members', value: [{ value: user }] }),
    )
    expect(counts.rowsRead).toBeLessThan(60)
  })

  it('takes 10,000 people in one request and one batch', async () => {
    const scim = await tenant(unwatched)
    await fill(scim, 10_000)
    const team = (await scim.call('POST', '/Groups', { displayName: 'Ten thousand' })).body.id
    const { results } = await bindings.DB.prepare(
      'select users.id from users join tenants on tenants.id = users.tenant_id where slug = ?',
    )
      .bind(scim.slug)
      .all<{ id: string }>()
    const value = results.map(({ id }) => ({ value: id }))
    const answer = await scim.call(
      'PATCH',
      `/Groups/${team}`,
      patch({ op: 'add', path: 'members', value }),
    )
    expect(answer.status).toBe(204)
    const found = await scim.call('GET', `/Groups/${team}`)
    expect(found.body.members).toHaveLength(10_000)
    expect(versionOf(found.body.meta.version)).toBe(2)
    const events = await bindings.DB.prepare(
      'select count(*) as count, max(seq) - min(seq) as span from events where resource_id = ? and member_id is not null',
    )
      .bind(team)
      .first()
    expect(events).toEqual({ count: 10_000, span: 9_999 })
    const emptied = await changeCounted(scim, team, patch({ op: 'remove', path: 'members' }))
    expect(emptied.d1).toBe(1)
    expect((await scim.call('GET', `/Groups/${team}`)).body.members).toEqual([])
  })
})

describe('round trips', () => {
  async function trips(
    scim: ScimClient,
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; trips: [number, number, number]; body: any }> {
    const { status, before, body: answered } = await callCounted(scim, method, path, body, headers)
    return { status, trips: [before.kv, before.objects, before.d1], body: answered }
  }

  it('are what the table in docs/architecture.md says', async () => {
    const scim = await tenant()
    const cold = await trips(scim, 'GET', '/Users')
    expect(cold.trips.slice(0, 2)).toEqual([1, 0])
    // The note of the token's use is written once a minute, after the first answer.
    const user = await trips(scim, 'POST', '/Users', person())
    const team = await trips(scim, 'POST', '/Groups', {
      displayName: 'Team',
      members: [{ value: user.body.id }],
    })
    const userPath = `/Users/${user.body.id}`
    const teamPath = `/Groups/${team.body.id}`
    const title = patch({ op: 'replace', path: 'title', value: 'Boss' })
    const seen: Record<string, [number, number, number]> = {
      'GET user': (await trips(scim, 'GET', userPath)).trips,
      'GET team': (await trips(scim, 'GET', teamPath)).trips,
      'list of users': (await trips(scim, 'GET', '/Users?filter=title pr&count=5')).trips,
      'list of teams': (await trips(scim, 'GET', '/Groups')).trips,
      discovery: (await trips(scim, 'GET', '/Schemas')).trips,
      'POST user': user.trips,
      'PATCH user': (await trips(scim, 'PATCH', userPath, title)).trips,
      'PATCH user without change': (await trips(scim, 'PATCH', userPath, title)).trips,
      'PUT user': (await trips(scim, 'PUT', userPath, person())).trips,
      'POST team': team.trips.slice(0, 2) as [number, number, number],
    }
    expect(seen).toEqual({
      'GET user': [0, 0, 1],
      'GET team': [0, 0, 1],
      'list of users': [0, 0, 1],
      'list of teams': [0, 0, 1],
      discovery: [0, 0, 1],
      'POST user': [0, 0, 1],
      'PATCH user': [0, 0, 1],
      'PATCH user without change': [0, 0, 1],
      'PUT user': [0, 0, 1],
      'POST team': [0, 1],
    })
    const join = patch({ op: 'remove', path: 'members', value: [{ value: user.body.id }] })
    expect((await trips(scim, 'PATCH', teamPath, join)).trips).toEqual([0, 1, 0])
    expect((await trips(scim, 'DELETE', teamPath)).trips).toEqual([0, 1, 0])
    expect((await trips(scim, 'DELETE', userPath)).trips).toEqual([0, 0, 1])
    const again = await trips(scim, 'POST', '/Users', person())
    expect(
      (await trips(scim, 'DELETE', `/Users/${again.body.id}`, undefined, { 'If-Match': '*' }))
        .trips,
    ).toEqual([0, 0, 2])
  })

  it('of the team objects are one batch, or two where the team has to be read first', async () => {
    const scim = await tenant()
    const user = (await scim.call('POST', '/Users', person())).body.id
    const teamId = crypto.randomUUID()
    const run = async (
      command: (database: D1Database, request: TeamRequest) => Promise<{ readonly ok: boolean }>,
      more: Partial<TeamRequest> = {},
    ) => {
      const counts = newCounts()
      const request = { ...(await teamRequest(scim, teamId, 'all')), ...more }
      expect((await command(countDatabase(bindings.DB, counts), request)).ok).toBe(true)
      return counts.d1
    }
    const planned =
      (plan: ReturnType<typeof planPatch>) => (database: D1Database, request: TeamRequest) => {
        if (!plan.ok) throw new Error(plan.error.code)
        return changeTeam(database, request, plan.value)
      }
    const value = [{ value: user }]
    const join = planned(
      planPatch(
        { settings: defaultSettings },
        patch({ op: 'add', path: 'members', value }) as never,
      ),
    )
    const rename = planned(
      planPatch(
        { settings: defaultSettings },
        patch({ op: 'replace', path: 'displayName', value: 'New' }) as never,
      ),
    )
    expect(
      await run((database, request) =>
        createTeam(database, request, { displayName: 'Team', members: [] }),
      ),
    ).toBe(1)
    expect(await run(join)).toBe(1)
    expect(await run(join, { ifMatch: '*' })).toBe(2)
    expect(await run(rename)).toBe(2)
    expect(await run(rename)).toBe(1)
    expect(
      await run(
        planned(
          planReplacement({ settings: defaultSettings }, { displayName: 'Newer', members: [] }),
        ),
      ),
    ).toBe(2)
    expect(await run(deleteTeam)).toBe(1)
  })
})

describe('an access token', () => {
  it('costs what a bearer token costs: at first, to read, and to change a person and a team', async () => {
    const scim = await tenant(unwatched)
    const { body } = await admin.call('POST', `/tenants/${scim.slug}/tokens`, { label: 'another' })
    const bearer = { ...scim, token: body.token }
    // KV is told of a token when an operator makes it, and of an access token at its first request.
    await bindings.TOKENS.delete(`token:${await hashToken(bearer.token)}`)
    const access = await withAccess(scim, await secretClient(scim.slug))
    const costs: Record<string, Counts>[] = []
    for (const caller of [bearer, access]) {
      const { id: user, userName } = (await scim.call('POST', '/Users', person())).body
      const team = (await scim.call('POST', '/Groups', { displayName: `Of ${user}` })).body.id
      const filter = encodeURIComponent(`userName eq "${userName}"`)
      const title = patch({ op: 'replace', path: 'title', value: 'Boss' })
      const join = patch({ op: 'add', path: 'members', value: [{ value: user }] })
      const whole = async (method: string, path: string, body?: unknown) => {
        const answer = await callCounted(caller, method, path, body)
        expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
        return answer.whole
      }
      costs.push({
        first: await whole('GET', '/Users?count=0'),
        read: await whole('GET', `/Users/${user}`),
        lookUp: await whole('GET', `/Users?filter=${filter}`),
        configuration: await whole('GET', '/ServiceProviderConfig'),
        creation: await whole('POST', '/Users', person()),
        change: await whole('PATCH', `/Users/${user}`, title),
        call: await whole('PATCH', `/Groups/${team}`, join),
        // What that call makes the object of a team do, once more: here it counts.
        leave: await changeCounted(
          caller,
          team,
          patch({ op: 'remove', path: 'members', value: [{ value: user }] }),
        ),
        join: await changeCounted(caller, team, join),
      })
    }
    const [byBearer, byAccess] = costs
    // Ids are random: a search in an index may read the key behind its end.
    const withoutRows = (by = {}) =>
      Object.entries<Counts>(by).map(([name, cost]) => ({ name, ...cost, rowsRead: 0 }))
    expect(withoutRows(byAccess)).toEqual(withoutRows(byBearer))
    for (const [name, { rowsRead }] of Object.entries(byAccess ?? {})) {
      const further = Math.abs(rowsRead - (byBearer?.[name]?.rowsRead ?? 0))
      expect([name, further <= 1]).toEqual([name, true])
    }
    // Whose token it is, the answer, and the note of its use.
    expect(byBearer?.['first']).toMatchObject({ kv: 1, d1: 3, statements: 4 })
    expect(byBearer?.['read']).toMatchObject({ kv: 0, d1: 1, statements: 1, rowsRead: 3 })
    expect(byBearer?.['change']).toMatchObject({ kv: 0, d1: 1, statements: 2 })
    expect(byBearer?.['join']).toMatchObject({ d1: 1, statements: 4, rowsWritten: 4 })
  })
})

describe('bytes that a write of a person binds', () => {
  /** As much of a person as a provider sends of an employee. */
  const employee = {
    externalId: '0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef',
    displayName: 'Ada Lovelace',
    name: { formatted: 'Ada Lovelace', familyName: 'Lovelace', givenName: 'Ada' },
    title: 'Analyst',
    preferredLanguage: 'en-US',
    phoneNumbers: [
      { type: 'work', value: '+44 20 5550 0100' },
      { type: 'mobile', value: '+44 7700 900000' },
    ],
    addresses: [
      {
        type: 'work',
        formatted: '1 St James Square, London',
        streetAddress: '1 St James Square',
        locality: 'London',
        region: 'Greater London',
        postalCode: 'SW1Y 4LB',
        country: 'GB',
      },
    ],
    [enterpriseUrn]: {
      employeeNumber: '1815',
      department: 'Analytical Engines',
      costCenter: 'CC-12',
      organization: 'Contoso',
    },
  }

  async function boundBy(scim: ScimClient, method: string, path: string, body: unknown) {
    const bound = { bytes: 0 }
    const context = createExecutionContext()
    const request = new Request(`${scim.baseUrl}${path}`, {
      method,
      headers: { Authorization: `Bearer ${scim.token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    const noting = { ...bindings, DB: noteBound(bindings.DB, bound) }
    const response = await app.fetch(request, noting, context)
    const { bytes } = bound
    await waitOnExecutionContext(context)
    const answer = await response.json<any>()
    expect(response.status, JSON.stringify(answer)).toBeLessThan(300)
    return { bytes, body: answer }
  }

  async function stored(id: string): Promise<number> {
    const text = 'select octet_length(attributes) as bytes from users where id = ?'
    return (await homeDatabase.prepare(text).bind(id).first<number>('bytes')) ?? 0
  }

  it('grow by at most 1.3 times what is stored of the person', async () => {
    const scim = await tenant(unwatched)
    await scim.call('POST', '/Users', person(employee))
    const little = { userName: 'ada', active: true }
    const much = person({ ...employee, externalId: 'another' })
    const small = await boundBy(scim, 'POST', '/Users', little)
    const large = await boundBy(scim, 'POST', '/Users', much)
    const [path, smallPath] = [`/Users/${large.body.id}`, `/Users/${small.body.id}`]
    const growth = (await stored(large.body.id)) - (await stored(small.body.id))
    expect(growth).toBeGreaterThan(700)
    const titled = patch({ op: 'replace', path: 'title', value: 'Author' })
    const title = 'Writer'
    const costs = {
      POST: large.bytes - small.bytes,
      PATCH:
        (await boundBy(scim, 'PATCH', path, titled)).bytes -
        (await boundBy(scim, 'PATCH', smallPath, titled)).bytes,
      PUT:
        (await boundBy(scim, 'PUT', path, { ...much, title })).bytes -
        (await boundBy(scim, 'PUT', smallPath, { ...little, title })).bytes,
    }
    for (const [method, bytes] of Object.entries(costs)) {
      expect(bytes / growth, method).toBeLessThan(1.3)
    }
  })
})

describe('rows', () => {
  it('that an operation on a user reads and writes do not depend on how many users there are', async () => {
    const costs: Counts[][] = []
    for (const size of [100, 20_000]) {
      const scim = await tenant()
      await fill(scim, size)
      const all: Counts[] = []
      const call = async (method: string, path: string, body?: unknown) => {
        const { whole, body: answered } = await callCounted(scim, method, path, body)
        all.push({ ...whole, kv: 0 })
        return answered
      }
      await call('GET', '/Users?count=0')
      // The first cursor of a tenant makes its key.
      await call('GET', '/Users?count=5&cursor=')
      all.length = 0
      const user = await call(
        'POST',
        '/Users',
        person({ externalId: `x-${size}`, displayName: `Name ${size}` }),
      )
      await call('GET', `/Users/${user.id}`)
      await call('PATCH', `/Users/${user.id}`, patch({ op: 'replace', path: 'title', value: 'x' }))
      await call('GET', `/Users?filter=${encodeURIComponent(`userName eq "${user.userName}"`)}`)
      await call('GET', `/Users?filter=${encodeURIComponent(`externalId eq "x-${size}"`)}`)
      await call(
        'GET',
        `/Users?filter=${encodeURIComponent(`emails[type eq "work"].value eq "${user.userName}"`)}`,
      )
      await call('GET', `/Users?filter=${encodeURIComponent(`displayName eq "Name ${size}"`)}`)
      await call('GET', '/Users?count=0')
      await call('GET', '/Users?count=5')
      await scim.call('POST', '/Groups', { displayName: 'Team', members: [{ value: user.id }] })
      const page = await call('GET', '/Users?count=5&cursor=')
      await call('GET', `/Users?count=5&cursor=${page.nextCursor}`)
      await call('DELETE', `/Users/${user.id}`)
      costs.push(all)
    }
    expect(costs[1]).toEqual(costs[0])
  })

  it('that a page by cursor reads are the same at the start and at the end of 100,000 users', async () => {
    const scim = await tenant()
    await fill(scim, 100_000)
    const found = await findCredential(bindings.DB, await hashToken(scim.token))
    if (!found.ok || !found.value) throw new Error('No credential')
    const credential = found.value
    const readAt = async (position: number | undefined) => {
      const counts = newCounts()
      const place = position === undefined ? undefined : { position, key: null }
      const page = {
        filter: undefined,
        sort: undefined,
        count: 100,
        from: { kind: 'cursor' as const, place, isBackwards: false, total: undefined },
      }
      const list = await listUsers(
        countDatabase(bindings.DB, counts),
        credential,
        page,
        scim.baseUrl,
      )
      if (!list.ok) throw new Error(list.error.kind)
      expect(list.value).toMatchObject({ total: 100_000, hasMore: true })
      return { last: list.value.places.at(-1)?.position ?? 0, ...counts }
    }
    const first = await readAt(undefined)
    const late = await readAt(first.last + 99_000)
    expect({ ...late, last: 0 }).toEqual({ ...first, last: 0 })
    expect(first.rowsRead).toBeLessThan(300)
  })
})

describe('a tenant of which nothing is held', () => {
  /**
   * Statements, rows read and rows written of the same requests before there were names in the guard,
   * a feed of all tenants, observed extensions and bounds of bytes; by the number of members of the team.
   */
  const before: Readonly<Record<string, readonly [number, number, number]>> = {
    creation: [3, 9, 9],
    title: [3, 10, 6],
    deactivation: [7, 19, 9],
    reactivation: [4, 12, 7],
    deletion: [11, 57, 5],
    'joining 10': [4, 36, 4],
    'leaving 10': [7, 54, 3],
    'joining 1000': [4, 14, 4],
    'leaving 1000': [7, 34, 3],
  }

  it('pays at most a fiftieth more for all that the gateway has learnt since', async () => {
    const scim = await tenant()
    await fill(scim, 1_000)
    const spent: Record<string, readonly [number, number, number]> = {}
    const note = (name: string, { statements, rowsRead, rowsWritten }: Counts) => {
      spent[name] = [statements, rowsRead, rowsWritten]
    }
    const call = async (name: string, method: string, path: string, body?: unknown) => {
      const { status, before, body: answered } = await callCounted(scim, method, path, body)
      expect(status).toBeLessThan(300)
      note(name, before)
      return answered
    }
    const set = (path: string, value: unknown) => patch({ op: 'replace', path, value })
    await call('warm', 'GET', '/Users?count=0')
    // The first event of a tenant that is in no feed yet writes a row for it.
    const { id } = await call('first', 'POST', '/Users', person())
    const other = await call('creation', 'POST', '/Users', person())
    await call('title', 'PATCH', `/Users/${id}`, set('title', 'Boss'))
    await call('deactivation', 'PATCH', `/Users/${id}`, set('active', false))
    await call('reactivation', 'PATCH', `/Users/${id}`, set('active', true))
    await call('deletion', 'DELETE', `/Users/${other.id}`)
    for (const size of [10, 1_000]) {
      const team = (await scim.call('POST', '/Groups', { displayName: `Team ${size}` })).body.id
      await enlarge(scim, team, size)
      const value = [{ value: id }]
      const changed = (op: string) =>
        changeCounted(scim, team, patch({ op, path: 'members', value }))
      note(`joining ${size}`, await changed('add'))
      note(`leaving ${size}`, await changed('remove'))
    }
    for (const [name, figures] of Object.entries(before)) {
      for (const [index, figure] of figures.entries()) {
        expect(spent[name]?.[index], `${name}: ${spent[name]}`).toBeLessThanOrEqual(figure * 1.02)
      }
    }
  })
})

describe('changes that wait for the same team', () => {
  it('share one batch, and each gets its own answer', async () => {
    const scim = await tenant()
    const ids = await Promise.all(
      Array.from({ length: 12 }, async () =>
        String((await scim.call('POST', '/Users', person())).body.id),
      ),
    )
    const teamId = (await scim.call('POST', '/Groups', { displayName: 'Shared' })).body.id
    const planned = await Promise.all(
      ids.map(async (id, index) => {
        const request = {
          ...(await teamRequest(scim, teamId, 'few')),
          requestId: `test ${index}`,
        }
        const plan = planPatch(
          { settings: defaultSettings },
          patch({
            op: 'add',
            path: 'members',
            value: [{ value: id }, { value: `ghost of ${id}` }],
          }) as never,
        )
        if (!plan.ok) throw new Error(plan.error.code)
        return plannedChange(request, plan.value)
      }),
    )
    const counts = newCounts()
    const outcomes = await commitGroup(countDatabase(bindings.DB, counts), planned)
    expect(counts.d1).toBe(1)
    outcomes.forEach((outcome, index) => {
      if (!outcome.ok) throw new Error(outcome.error.code)
      // What is committed together is one version of the team.
      expect(outcome.value.team).toMatchObject({ version: 2, memberCount: 12 })
      expect(outcome.value.team.members).toHaveLength(12)
      expect(outcome.value.skipped).toEqual([`ghost of ${ids[index]}`])
    })
    const { results: causes } = await bindings.DB.prepare(
      `select member_id, cause ->> '$.requestId' as request from events
       where resource_id = ? and type = 'team.member_added' order by seq`,
    )
      .bind(teamId)
      .all()
    expect(causes).toEqual(ids.map((id, index) => ({ member_id: id, request: `test ${index}` })))
    const bad = planPatch(
      { settings: defaultSettings },
      patch({ op: 'add', path: 'members', value: [{ value: 'nobody' }] }) as never,
    )
    const good = planPatch(
      { settings: defaultSettings },
      patch({ op: 'remove', path: 'members', value: [{ value: ids[0] }] }) as never,
    )
    if (!bad.ok || !good.ok) throw new Error('No plan')
    const request = await teamRequest(scim, teamId, 'few')
    const mixed = await commitGroup(bindings.DB, [
      plannedChange(request, bad.value),
      plannedChange(request, good.value),
    ])
    expect(mixed.map((outcome) => outcome.ok || outcome.error.code)).toEqual([
      'unknownMembers',
      true,
    ])
    expect((await scim.call('GET', `/Groups/${teamId}`)).body.members).toHaveLength(11)
  })
})

describe('the application', () => {
  it('costs one round trip a call, and as many rows in a large tenant as in a small one', async () => {
    const costs: Counts[][] = []
    for (const size of [30, 20_000]) {
      const scim = await tenant()
      const { key } = await newKey(admin, scim.slug, { scope: 'read-ack' })
      const made = (await scim.call('POST', '/Users', person())).body
      const ann = made.id
      await fill(scim, size)
      const team = (await scim.call('POST', '/Groups', { displayName: 'Team' })).body.id
      await enlarge(scim, team, size)
      await logged(scim, size)
      const call = async (method: string, path: string, body?: string) => {
        const request = new Request(`${origin}/api/v1/tenants/${scim.slug}${path}`, {
          method,
          headers: { Authorization: `Bearer ${key}` },
          ...(body === undefined ? {} : { body }),
        })
        const answer = await sendCounted(request)
        expect(answer.status, path).toBe(200)
        const { next, log } = answer.body as { next: string; log: string }
        return { before: answer.before, next, log }
      }
      // The first use of a key is written down after the answer.
      await call('GET', '/users?limit=1')
      const first = await call('GET', '/users?limit=5')
      const members = await call('GET', `/teams/${team}/members?limit=5`)
      const calls = [
        first,
        await call('GET', `/users?limit=5&cursor=${first.next}`),
        await call('GET', `/users/${ann}`),
        await call('GET', `/users?userName=${encodeURIComponent(made.userName)}`),
        await call('GET', `/users?email=${encodeURIComponent(made.emails[0].value)}`),
        await call('GET', '/users?externalId=nobody'),
        await call('GET', '/teams?limit=1'),
        await call('GET', `/teams/${team}`),
        members,
        await call('GET', `/teams/${team}/members?limit=5&cursor=${members.next}`),
        await call('GET', '/events?limit=5'),
        await call('GET', `/events?limit=5&after=20&log=${first.log}`),
        await call('GET', '/events?after=latest'),
        await call('POST', '/events/ack', JSON.stringify({ seq: 20 })),
      ]
      for (const { before } of calls) expect(before).toMatchObject({ d1: 1, kv: 0, objects: 0 })
      costs.push(calls.map(({ before }) => before))
    }
    expect(costs[1]).toEqual(costs[0])
  })
})

describe('the feed of all tenants', () => {
  it('costs one round trip, two with news, and as many rows among many tenants as among few', async () => {
    const { key } = await newKey(admin, undefined, { label: 'All' })
    const call = async (query: string) => {
      const request = new Request(`${origin}/api/v1/events?${query}`, {
        headers: { Authorization: `Bearer ${key}` },
      })
      const { status, before, body } = await sendCounted(request)
      expect(status).toBe(200)
      return { before, page: body as { after: string; events: unknown[] } }
    }
    await call('after=latest')
    const costs: unknown[] = []
    for (const others of [2, 40]) {
      for (let count = 0; count < others; count += 1) {
        const other = await tenant()
        await other.call('POST', '/Users', person())
      }
      const scim = await tenant()
      const start = (await call('after=latest')).page.after
      const quiet = await call(`after=${start}`)
      await scim.call('POST', '/Users', person())
      const news = await call(`after=${start}`)
      const again = await call(`after=${start}`)
      expect([quiet, news, again].map(({ page }) => page.events.length)).toEqual([0, 1, 1])
      costs.push([quiet.before, news.before, again.before])
    }
    expect(costs[0]).toMatchObject([
      { d1: 1, rowsWritten: 0 },
      { d1: 2 },
      { d1: 1, rowsWritten: 0 },
    ])
    expect(costs[1]).toEqual(costs[0])
  })
})

/** A log as long as that. */
async function logged(scim: ScimClient, count: number): Promise<void> {
  await bindings.DB.prepare(
    `insert into events (tenant_id, seq, type, resource_id, at, resource, changes, cause)
     select tenants.id, number.value + 10, 'user.updated', 'x', 1, '{}', '{}', '{}'
     from tenants, json_each(?2) as number where tenants.slug = ?1`,
  )
    .bind(scim.slug, numbers(count))
    .run()
}
