/** Teams of many members, and requests of many operations. */
import { describe, expect, it } from 'vitest'
import { changeTeam, createTeam, type TeamRequest } from '../../src/teams/commands'
import { planPatch, planReplacement } from '../../src/teams/plan'
import { defaultSettings } from '../../src/tenants/settings'
import { findCredential } from '../../src/tokens/credential'
import { hashToken } from '../../src/tokens/secret'
import { admin, homeDatabase, send, tenant } from '../support/gateway'
import { groupUrn, patch, person, type ScimClient } from '../support/tenant'

const many = 50_000

/** Users of a new tenant, written straight into the table; answers their ids. */
async function crowd(scim: ScimClient, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => crypto.randomUUID())
  for (let start = 0; start < count; start += 10_000) {
    await homeDatabase
      .prepare(
        `insert into users (tenant_id, id, attributes, search, version, operation, created_at, updated_at)
         select tenants.id, person.value,
           json_object('userName', 'u' || person.value, 'displayName', 'Person of a crowd'),
           json_object('userName', 'u' || person.value), 1, '', 1, 1
         from tenants, json_each(?2) as person where tenants.slug = ?1`,
      )
      .bind(scim.slug, JSON.stringify(ids.slice(start, start + 10_000)))
      .run()
  }
  return ids
}

async function membersIn(scim: ScimClient): Promise<unknown> {
  return homeDatabase
    .prepare(
      `select count(memberships.user_id) as members,
         (select max(member_count) from teams where tenant_id = tenants.id) as counted,
         (select count(*) from named_people) as named
       from tenants left join memberships on memberships.tenant_id = tenants.id where slug = ?`,
    )
    .bind(scim.slug)
    .first()
}

async function eventsIn(scim: ScimClient): Promise<unknown> {
  const { results } = await homeDatabase
    .prepare(
      `select type, count(*) as count from events join tenants on tenants.id = events.tenant_id
       where slug = ? and type like 'team.%' group by type order by type`,
    )
    .bind(scim.slug)
    .all<{ type: string; count: number }>()
  return results.map(({ type, count }) => `${count} ${type}`)
}

/** A token of the tenant as commands take it. */
async function request(scim: ScimClient, teamId: string): Promise<TeamRequest> {
  const found = await findCredential(homeDatabase, await hashToken(scim.token))
  if (!found.ok || !found.value) throw new Error('No credential')
  const marks = { operation: crypto.randomUUID(), requestId: 'test', userAgent: undefined }
  const { baseUrl } = scim
  return {
    ...marks,
    credential: found.value,
    ifMatch: undefined,
    teamId,
    baseUrl,
    members: 'none',
    isRepeated: false,
  }
}

/** A database that notes the largest of what it is sent. */
function measure(database: D1Database) {
  const largest = { statement: 0, parameters: 0, parameter: 0, batch: 0 }
  const sizeOf = (value: unknown) =>
    typeof value === 'string' ? new TextEncoder().encode(value).length : 8
  const sizes = new WeakMap<D1PreparedStatement, number>()
  const measured = {
    prepare: (text: string) => {
      largest.statement = Math.max(largest.statement, text.length)
      return {
        bind: (...values: unknown[]) => {
          largest.parameters = Math.max(largest.parameters, values.length)
          const total = values.map(sizeOf)
          largest.parameter = Math.max(largest.parameter, ...total)
          const bound = database.prepare(text).bind(...values)
          sizes.set(
            bound,
            total.reduce((sum, size) => sum + size, 0),
          )
          return bound
        },
      }
    },
    batch: (statements: D1PreparedStatement[]) => {
      const total = statements.reduce((sum, statement) => sum + (sizes.get(statement) ?? 0), 0)
      largest.batch = Math.max(largest.batch, total)
      return database.batch(statements)
    },
  }
  return { largest, database: measured as unknown as D1Database }
}

describe('a team of 50,000 members', () => {
  it('is created, replaced and emptied by one request each, with their names beside their ids', async () => {
    const scim = await tenant({ 'guard.deactivations': 1 })
    const ids = await crowd(scim, many)
    const display = 'A name of someone who is in the team, of a usual length'
    const body = (members: readonly string[]) => ({
      schemas: [groupUrn],
      displayName: 'All',
      members: members.map((value) => ({ value, display })),
    })
    expect(JSON.stringify(body(ids)).length).toBeGreaterThan(5 * 1024 * 1024)
    const made = await scim.call('POST', '/Groups?excludedAttributes=members', body(ids))
    expect([made.status, made.body.meta?.version]).toEqual([201, 'W/"1"'])
    expect(await membersIn(scim)).toEqual({ members: many, counted: many, named: 0 })
    const address = `/Groups/${made.body.id}`
    const ghosts = Array.from({ length: 6_000 }, () => crypto.randomUUID())
    const rest = [...ghosts, ...ids.slice(1_000)]
    const put = await scim.call('PUT', address, body(rest))
    expect([put.status, put.body.members.length]).toEqual([200, many - 1_000])
    expect(put.headers.get('X-Passed-Over')).toContain('membersSkipped=6000')
    expect(await membersIn(scim)).toEqual({
      members: many - 1_000,
      counted: many - 1_000,
      named: 0,
    })
    const none = await scim.call('PUT', address, { schemas: [groupUrn], displayName: 'All' })
    expect(none.headers.get('X-Passed-Over')).toContain('membersRemoved=49000')
    expect(await membersIn(scim)).toEqual({ members: 0, counted: 0, named: 0 })
    expect(await eventsIn(scim)).toEqual([
      '1 team.created',
      '50000 team.member_added',
      '50000 team.member_removed',
    ])
  })

  it('is changed within the limits of D1, and not at all when one of its conditions fails', async () => {
    const scim = await tenant({ 'guard.teams': 'review' })
    const ids = await crowd(scim, many)
    const made = await scim.call('POST', '/Groups', { displayName: 'All' })
    const call = await request(scim, made.body.id)
    const { largest, database } = measure(homeDatabase)
    const settings = call.credential.settings
    const value = ids.map((id) => ({ value: id }))
    for (const plan of [
      planPatch({ settings }, patch({ op: 'add', path: 'members', value }) as never),
      planPatch(
        { settings },
        patch({ op: 'remove', path: 'members', value: value.slice(9) }) as never,
      ),
      planReplacement({ settings }, { displayName: 'Renamed', members: value }),
      planPatch({ settings }, patch({ op: 'remove', path: 'members[type eq "User"]' }) as never),
    ]) {
      if (!plan.ok) throw new Error(plan.error.code)
      const outcome = await changeTeam(database, call, plan.value)
      expect(outcome.ok, JSON.stringify(outcome)).toBe(true)
    }
    const created = await createTeam(database, await request(scim, crypto.randomUUID()), {
      displayName: 'Other',
      members: value,
    })
    expect(created.ok, JSON.stringify(created)).toBe(true)
    expect(largest.parameter).toBeLessThan(2_000_000)
    expect(largest.statement).toBeLessThan(100_000)
    expect(largest.parameters).toBeLessThanOrEqual(100)
    // Each list travels once.
    expect(largest.batch).toBeLessThan(2 * 50 * many)
    const stale = { ...(await request(scim, made.body.id)), ifMatch: 'W/"1"' }
    const plan = planPatch(
      { settings: defaultSettings },
      patch({ op: 'add', path: 'members', value }) as never,
    )
    if (!plan.ok) throw new Error(plan.error.code)
    const refused = await changeTeam(database, stale, plan.value)
    expect(refused.ok || refused.error.code).toBe('versionMismatch')
    const { counted } = (await membersIn(scim)) as { counted: number }
    expect(counted).toBe(many)
  })

  it('loses nobody for the application when nobody is left in it: the guard holds them', async () => {
    const scim = await tenant()
    const ids = await crowd(scim, many)
    const members = ids.map((value) => ({ value }))
    const made = await scim.call('POST', '/Groups?excludedAttributes=members', {
      displayName: 'All',
      members,
    })
    await homeDatabase
      .prepare('update tenants set active_count = ? where slug = ?')
      .bind(many, scim.slug)
      .run()
    const put = await scim.call('PUT', `/Groups/${made.body.id}`, {
      displayName: 'All',
      members: members.slice(0, 20_000),
    })
    expect([put.status, put.body.members?.length]).toEqual([200, 20_000])
    expect(await eventsIn(scim)).toEqual(['1 team.created', '50000 team.member_added'])
    const { body } = await admin.call('GET', `/tenants/${scim.slug}/holds`)
    expect(body.holds).toHaveLength(1)
  })
})

describe('operations on members', () => {
  it('count as one where they follow each other: 1,001 take in as many people', async () => {
    const scim = await tenant({ 'guard.deactivations': 1 })
    const ids = await crowd(scim, 1_001)
    const { id } = (await scim.call('POST', '/Groups', { displayName: 'All' })).body
    const add = ids.map((value) => ({ op: 'add', path: 'members', value: [{ value }] }))
    expect((await scim.call('PATCH', `/Groups/${id}`, patch(...add))).status).toBe(204)
    expect(await membersIn(scim)).toMatchObject({ members: 1_001 })
    const remove = ids.map((value) => ({ op: 'remove', path: `members[value eq "${value}"]` }))
    const rename = { op: 'replace', path: 'displayName', value: 'None' }
    const answer = await scim.call('PATCH', `/Groups/${id}`, patch(...remove, rename))
    expect([answer.status, answer.body.displayName, answer.body.members]).toEqual([200, 'None', []])
  })

  it('are limited by the body alone: 60,000 of them', async () => {
    const scim = await tenant({ 'guard.deactivations': 1 })
    const ids = await crowd(scim, 100)
    const { id } = (await scim.call('POST', '/Groups', { displayName: 'All' })).body
    const operations = Array.from({ length: 60_000 }, (_, index) => {
      const value = ids[index % 100]
      return index % 3 === 0
        ? { op: 'remove', path: `members[value eq "${value}" and type eq "User"]` }
        : { op: 'add', path: 'members', value: [{ value }] }
    })
    const answer = await scim.call('PATCH', `/Groups/${id}`, patch(...operations))
    expect([answer.status, answer.body?.detail]).toEqual([200, undefined])
    const present = new Set<string>()
    operations.forEach(({ op }, index) => {
      const value = ids[index % 100] ?? ''
      if (op === 'add') present.add(value)
      else present.delete(value)
    })
    expect(answer.body.members).toHaveLength(present.size)
  })

  it('cost what their filters have to compare, and a million is the most', () => {
    const members = new Map(Array.from({ length: 3_000 }, (_, index) => [`id${index}`, 'Ann']))
    const known = { baseUrl: '', members, others: new Map() }
    const plan = (path: string, count: number) => {
      const operations = Array.from({ length: count }, () => ({ op: 'remove', path }))
      const planned = planPatch({ settings: defaultSettings }, patch(...operations) as never)
      return planned.ok ? planned.value.membership(known) : planned
    }
    expect(plan('members[display co "x"]', 333).ok).toBe(true)
    const refused = plan('members[display co "x"]', 334)
    expect(!refused.ok && refused.error.code).toBe('patchTooCostly')
    expect(plan('members[value eq "id1"]', 900).ok).toBe(true)
  })

  it('that compare the names of all members read as many bytes of them as an isolate may hold', async () => {
    const scim = await tenant()
    const { id } = (await scim.call('POST', '/Groups', { displayName: 'Long names' })).body
    const count = 5_000
    const numbers = JSON.stringify(Array.from({ length: count }, (_, index) => index))
    await homeDatabase.batch([
      homeDatabase
        .prepare(
          `insert into users (tenant_id, id, attributes, search, version, operation, created_at, updated_at)
           select tenants.id, ?1 || '-' || number.value, json_object('userName', 'u' || number.value,
             'name', json_object('formatted', hex(zeroblob(2000)))),
             json_object('userName', 'u' || number.value), 1, '', 1, 1
           from tenants, json_each(?2) as number where slug = ?1`,
        )
        .bind(scim.slug, numbers),
      homeDatabase
        .prepare(
          `insert into memberships (tenant_id, team_id, user_id)
           select users.tenant_id, ?2, users.id from users join tenants on tenants.id = users.tenant_id
           where slug = ?1`,
        )
        .bind(scim.slug, id),
      homeDatabase.prepare('update teams set member_count = ? where id = ?').bind(count, id),
    ])
    const compare = { op: 'remove', path: 'members[display co "x"]' }
    const refused = await scim.call('PATCH', `/Groups/${id}`, patch(compare))
    expect([refused.status, refused.code]).toEqual([400, 'patchTooCostly'])
    expect(refused.body.detail).toContain('16 MiB of ids and names of members')
    // The same of people whom the request names beside a filter.
    const ids = Array.from({ length: count }, (_, index) => ({ value: `${scim.slug}-${index}` }))
    const join = { op: 'replace', path: 'members', value: ids }
    const one = { op: 'remove', path: `members[value eq "${scim.slug}-1" and display co "x"]` }
    const beside = await scim.call('PATCH', `/Groups/${id}`, patch(join, one))
    expect([beside.status, beside.code]).toEqual([400, 'patchTooCostly'])
    const named = { op: 'remove', path: `members[value eq "${scim.slug}-1"]` }
    expect((await scim.call('PATCH', `/Groups/${id}`, patch(named))).status).toBeLessThan(300)
  })

  it('that look at every member are counted one by one', async () => {
    const scim = await tenant()
    const { id } = (await scim.call('POST', '/Groups', { displayName: 'All' })).body
    const operation = { op: 'remove', path: 'members[display eq "x"]' }
    const operations = Array.from({ length: 1_001 }, () => operation)
    const answer = await scim.call('PATCH', `/Groups/${id}`, patch(...operations))
    expect([answer.status, answer.code]).toEqual([413, 'tooManyOperations'])
  })
})

describe('the body of a team', () => {
  const limit = 8 * 1024 * 1024

  it.each([true, false])(
    'of more than 8 MiB is refused with what to do, declared: %s',
    async (isDeclared) => {
      const scim = await tenant()
      const { id } = (await scim.call('POST', '/Groups', { displayName: 'All' })).body
      const text = JSON.stringify({ displayName: 'x'.repeat(limit) })
      const half = text.length >> 1
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          for (const part of [text.slice(0, half), text.slice(half)])
            controller.enqueue(new TextEncoder().encode(part))
          controller.close()
        },
      })
      for (const [method, path] of [
        ['POST', '/Groups'],
        ['PUT', `/Groups/${id}`],
      ] as const) {
        if (!isDeclared && method === 'POST') continue
        const answer = await send(
          new Request(`${scim.baseUrl}${path}`, {
            method,
            body: isDeclared ? text : stream,
            headers: { Authorization: `Bearer ${scim.token}` },
          }),
        )
        expect(answer.status).toBe(413)
        const { detail } = await answer.json<{ detail: string }>()
        expect(detail).toContain(`${limit} bytes`)
        expect(detail).toContain('Send of each member its "value" alone')
      }
    },
  )

  it('of more values than fit into memory is refused before they are made', async () => {
    const scim = await tenant()
    const members = `[${'{},'.repeat(300_001)}{}]`
    const answer = await scim.call('POST', '/Groups', `{"displayName":"x","members":${members}}`)
    expect([answer.status, answer.code]).toEqual([413, 'bodyTooLarge'])
    expect(answer.body.detail).toContain('600000 values')
  })

  it('is no larger for anything else', async () => {
    const scim = await tenant()
    for (const path of ['/Users', '/Bulk', '/Groups/.search']) {
      const answer = await scim.call('POST', path, person({ nickName: 'x'.repeat(1024 * 1024) }))
      expect([answer.status, answer.code], path).toEqual([413, 'bodyTooLarge'])
    }
  })
})
