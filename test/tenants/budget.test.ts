/** What a tenant stores has a budget: beyond it nothing is added, and whatever shrinks goes on. */
import {
  createExecutionContext,
  createScheduledController,
  waitOnExecutionContext,
} from 'cloudflare:test'
import * as fc from 'fast-check'
import { describe, expect, inject, it } from 'vitest'
import { app } from '../../src/app'
import worker from '../../src/index'
import { countStored } from '../../src/tenants/count'
import { countGrowth, uncountedBytes } from '../../src/tenants/growth'
import { callCounted } from '../support/counted-call'
import { admin, homeDatabase, bindings, tenant } from '../support/gateway'
import {
  bulky,
  groupUrn,
  holdsNothing,
  patch,
  person,
  requestOf,
  type Answer,
  type ScimClient,
} from '../support/tenant'

const smallest = { ...holdsNothing, 'storage.megabytes': 1 }

interface Row {
  readonly id: number
  readonly directory_bytes: number | null
  readonly log_bytes: number | null
  readonly counted_seq: number
  readonly full: number
}

async function rowOf({ slug }: ScimClient): Promise<Row> {
  const row = await homeDatabase
    .prepare('select * from tenants where slug = ?')
    .bind(slug)
    .first<Row>()
  if (!row) throw new Error('No tenant')
  return row
}

/** What the tables hold of a tenant, in statements of the test's own. Problems are counted in the night. */
async function truthOf(
  scim: ScimClient,
  { isNight = false }: { readonly isNight?: boolean } = {},
): Promise<{ directory: number; log: number }> {
  const { id } = await rowOf(scim)
  const truth = await homeDatabase
    .prepare(
      `select (select coalesce(sum(2 * octet_length(attributes) + 500), 0) from users where tenant_id = ?1)
         + (select coalesce(sum(2 * octet_length(attributes) + 500), 0) from teams where tenant_id = ?1)
         + (select count(*) * 250 from memberships where tenant_id = ?1) as directory,
       (select coalesce(sum(150 + octet_length(resource) + octet_length(changes) + octet_length(cause)), 0)
           from events where tenant_id = ?1)
         + (select coalesce(sum(150 + octet_length(detail) + octet_length(cause)), 0)
           from refusals where tenant_id = ?1)
         + (select coalesce(sum(150 + octet_length(cause)), 0)
           from passed_over where tenant_id = ?1)
         + (select coalesce(sum(150 + octet_length(sent) + octet_length(answered)), 0)
           from exchanges where tenant_id = ?1)
         + (select coalesce(sum(150 + octet_length(detail) + octet_length(cause)), 0)
           from problems where tenant_id = ?1 and ?2) as log`,
    )
    .bind(id, Number(isNight))
    .first<{ directory: number; log: number }>()
  if (!truth) throw new Error('No count')
  return truth
}

/** Lines of the log of a tenant that are no events. */
async function linesOf(scim: ScimClient): Promise<number> {
  const { id } = await rowOf(scim)
  const lines = await homeDatabase
    .prepare(
      `select (select count(*) from refusals where tenant_id = ?1)
         + (select count(*) from passed_over where tenant_id = ?1) as lines`,
    )
    .bind(id)
    .first<number>('lines')
  return lines ?? 0
}

/** Has counted what this isolate has noted, however little it is. */
async function countNow(scim: ScimClient): Promise<Row> {
  const { id } = await rowOf(scim)
  await countGrowth(homeDatabase, { tenantId: id, isFull: true })
  return rowOf(scim)
}

function night(): Promise<void> {
  return worker.scheduled(
    createScheduledController({ cron: '17 3 * * *', scheduledTime: new Date() }),
    bindings,
  )
}

async function made(scim: ScimClient, path: string, body: unknown): Promise<string> {
  const answer = await scim.call('POST', path, body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body.id
}

function team(displayName: string, ...ids: readonly string[]) {
  return { schemas: [groupUrn], displayName, members: ids.map((value) => ({ value })) }
}

/** Adds long people until one is refused. */
async function fill(scim: ScimClient): Promise<{ ids: string[]; refused: Answer }> {
  const ids: string[] = []
  for (;;) {
    const answer = await scim.call('POST', '/Users', person(bulky))
    if (answer.status !== 201) return { ids, refused: answer }
    ids.push(answer.body.id)
    expect(ids.length, 'people of 57 kB in 1 MB').toBeLessThan(10)
    await countNow(scim)
  }
}

function expectFull({ status, code, body }: Answer): void {
  expect([status, code]).toEqual([507, 'tenantFull'])
  expect(body.detail).toContain('The tenant stores more than its 1 MB; nothing was changed.')
}

describe('the budget of a tenant', () => {
  it('refuses a new person beyond it with 507, the reason and the remedy, and touches nothing', async () => {
    const scim = await tenant(smallest)
    const { ids, refused } = await fill(scim)
    expectFull(refused)
    expect(refused.body).toMatchObject({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '507',
    })
    expect(refused.body.detail).toContain('Delete people or teams')
    // 57 kB twice, and the event of each.
    expect(ids.length).toBeGreaterThan(5)
    expect((await scim.call('GET', '/Users')).body.totalResults).toBe(ids.length)
  })

  it('refuses whatever adds: PUT, PATCH, teams, renames, people who join; not what changes nothing', async () => {
    const scim = await tenant(smallest)
    const ann = await made(scim, '/Users', person())
    const ben = await made(scim, '/Users', person())
    const ops = await made(scim, '/Groups', team('Ops', ann))
    await fill(scim)
    const before = await truthOf(scim)
    const add = (...ids: string[]) =>
      patch({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) })
    const longer = patch({ op: 'add', path: 'nickName', value: 'Annie' })
    expectFull(await scim.call('PATCH', `/Users/${ann}`, longer))
    expectFull(await scim.call('PUT', `/Users/${ann}`, person({ nickName: 'Annie', title: 'A' })))
    expectFull(await scim.call('POST', '/Groups', team('Dev')))
    expectFull(await scim.call('PATCH', `/Groups/${ops}`, add(ben)))
    expectFull(await scim.call('PATCH', `/Groups/${ops}`, add(ann, ben)))
    expectFull(await scim.call('PUT', `/Groups/${ops}`, team('Ops', ann, ben)))
    const rename = patch({ op: 'replace', path: 'displayName', value: 'Operations' })
    expectFull(await scim.call('PATCH', `/Groups/${ops}`, rename))
    expect((await truthOf(scim)).directory).toBe(before.directory)
    expect((await scim.call('PATCH', `/Groups/${ops}`, add(ann))).status).toBeLessThan(300)
    const same = patch({ op: 'replace', path: 'displayName', value: 'Ops' })
    expect((await scim.call('PATCH', `/Groups/${ops}`, same)).status).toBeLessThan(300)
  })

  it('lets pass what is read, gets shorter, is switched off, leaves or is deleted; then there is room', async () => {
    const scim = await tenant(smallest)
    const ann = await made(scim, '/Users', person({ nickName: 'Annie' }))
    const ben = await made(scim, '/Users', person())
    const ops = await made(scim, '/Groups', team('Operations', ann, ben))
    const { ids } = await fill(scim)
    const done = async (method: string, path: string, body?: unknown) => {
      const { status, body: answer } = await scim.call(method, path, body)
      expect(status, JSON.stringify(answer)).toBeLessThan(300)
    }
    await done('GET', `/Users/${ann}`)
    await done('GET', '/Groups')
    await done('PATCH', `/Users/${ann}`, patch({ op: 'remove', path: 'nickName' }))
    await done('PATCH', `/Users/${ann}`, patch({ op: 'replace', path: 'active', value: false }))
    const back = patch({ op: 'replace', path: 'active', value: true })
    expectFull(await scim.call('PATCH', `/Users/${ann}`, back))
    await done(
      'PATCH',
      `/Groups/${ops}`,
      patch({ op: 'remove', path: `members[value eq "${ann}"]` }),
    )
    await done('PUT', `/Groups/${ops}`, team('Ops', ben))
    await done('PUT', `/Groups/${ops}`, team('Ops'))
    await done('DELETE', `/Groups/${ops}`)
    // Each takes its own 115 kB away, and leaves an event.
    for (const id of ids.slice(0, 2)) await done('DELETE', `/Users/${id}`)
    await done('PATCH', `/Users/${ann}`, back)
    await done('POST', '/Users', person())
  })

  it('has counted what a deletion in a full tenant frees before it answers', async () => {
    const scim = await tenant(smallest)
    const { ids } = await fill(scim)
    let underWay = 0
    const DB = {
      prepare: (text: string) => homeDatabase.prepare(text),
      batch: async (statements: D1PreparedStatement[]) => {
        underWay += 1
        const results = await homeDatabase.batch(statements)
        underWay -= 1
        return results
      },
    } as unknown as D1Database
    const before = (await rowOf(scim)).directory_bytes ?? 0
    const context = createExecutionContext()
    const headers = { Authorization: `Bearer ${scim.token}` }
    const request = new Request(`${scim.baseUrl}/Users/${ids[0]}`, { method: 'DELETE', headers })
    const answer = await app.fetch(request, { ...bindings, DB }, context)
    expect([answer.status, underWay]).toEqual([204, 0])
    expect((await rowOf(scim)).directory_bytes).toBeLessThan(before)
    await waitOnExecutionContext(context)
  })

  it('has counted the lines of the log that a request of a full tenant leaves when it answers', async () => {
    const scim = await tenant({ ...smallest, 'retention.exchanges': 7 })
    const ann = await made(scim, '/Users', person())
    await fill(scim)
    const wrong = { userName: 'wrong', name: 3 }
    const requests = {
      'a refusal': ['PATCH', `/Users/${ann}`, patch({ op: 'add', path: 'name', value: 3 })],
      'refused operations': [
        'POST',
        '/Bulk',
        {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
          Operations: [1, 2, 3].map((bulkId) => ({
            method: 'POST',
            path: '/Users',
            bulkId: String(bulkId),
            data: wrong,
          })),
        },
      ],
      'what was passed over': [
        'PATCH',
        `/Users/${ann}`,
        patch({ op: 'replace', value: { id: 'other' } }),
      ],
    } as const
    for (const [what, [method, path, body]] of Object.entries(requests)) {
      const lines = await linesOf(scim)
      await countNow(scim)
      const context = createExecutionContext()
      const request = requestOf(scim, method, path, body)
      await (await app.fetch(request, bindings, context)).text()
      const counted = (await rowOf(scim)).log_bytes
      await waitOnExecutionContext(context)
      expect([what, await linesOf(scim)]).not.toEqual([what, lines])
      expect([what, counted]).toEqual([what, (await truthOf(scim)).log])
    }
  })

  it('answers a Bulk operation by operation', async () => {
    const scim = await tenant(smallest)
    const ann = await made(scim, '/Users', person({ nickName: 'Annie' }))
    const { ids } = await fill(scim)
    const answer = await scim.call('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [
        { method: 'POST', path: '/Users', bulkId: 'a', data: person() },
        { method: 'POST', path: '/Users', bulkId: 'b', data: person() },
        { method: 'PATCH', path: `/Users/${ann}`, data: patch({ op: 'remove', path: 'nickName' }) },
        {
          method: 'PATCH',
          path: `/Users/${ids[0]}`,
          data: patch({ op: 'add', path: 'title', value: 'Dr' }),
        },
        { method: 'POST', path: '/Groups', bulkId: 'c', data: team('Dev') },
        { method: 'DELETE', path: `/Users/${ids[1]}` },
      ],
    })
    expect(answer.status).toBe(200)
    const operations: { status: string; response?: { detail: string } }[] = answer.body.Operations
    expect(operations.map(({ status }) => status)).toEqual([
      '507',
      '507',
      '200',
      '507',
      '507',
      '204',
    ])
    expect(operations[0]?.response?.detail).toContain('more than its 1 MB')
  })

  it('ends a Bulk at the refusals that it accepts, and does not fill the log with them', async () => {
    const scim = await tenant(smallest)
    await fill(scim)
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest']
    const creates = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        method: 'POST',
        path: '/Users',
        bulkId: String(index),
        data: person(),
      }))
    const careful = { schemas, failOnErrors: 2, Operations: creates(5) }
    expect((await scim.call('POST', '/Bulk', careful)).body.Operations).toHaveLength(2)
    const refused = async () => {
      const query = `select count(*) as count from refusals join tenants on tenants.id = tenant_id
        where slug = ? and code = 'tenantFull'`
      return homeDatabase.prepare(query).bind(scim.slug).first<number>('count')
    }
    // The one that `fill` ended with, and those two.
    await expect.poll(refused).toBe(3)
    for (let count = 0; count < 3; count += 1) {
      await scim.call('POST', '/Bulk', { schemas, Operations: creates(90) })
    }
    await expect.poll(refused).toBe(100)
  })

  it('does not fill the log with what it refuses for another reason, and with what it passes over', async () => {
    const scim = await tenant(smallest)
    const ann = await made(scim, '/Users', person({ nickName: 'Annie' }))
    await fill(scim)
    const before = await linesOf(scim)
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest']
    const Operations = Array.from({ length: 80 }, (_, index) => ({
      method: 'POST',
      path: '/Users',
      bulkId: String(index),
      data: { userName: `wrong${index}`, name: 3 },
    }))
    const passing = patch({ op: 'replace', value: { id: 'other' } })
    for (let round = 0; round < 3; round += 1) {
      const { body } = await scim.call('POST', '/Bulk', { schemas, Operations })
      expect(body.Operations[0].status).toBe('400')
      for (let count = 0; count < 20; count += 1) {
        expect((await scim.call('PATCH', `/Users/${ann}`, passing)).status).toBe(200)
      }
    }
    await expect.poll(() => linesOf(scim), { timeout: 20_000 }).toBe(before + 100 - 1)
  })

  it('is crossed by a Bulk, a PUT, a PATCH and the members of a team as by a POST', async () => {
    const growing = {
      bulk: async (scim: ScimClient) => {
        const Operations = Array.from({ length: 12 }, (_, index) => ({
          method: 'POST',
          path: '/Users',
          bulkId: String(index),
          data: person(bulky),
        }))
        const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest']
        return scim.call('POST', '/Bulk', { schemas, Operations })
      },
      put: async (scim: ScimClient) => {
        const body = person()
        const ids = [await made(scim, '/Users', body)]
        for (let count = 0; count < 8; count += 1) ids.push(await made(scim, '/Users', person()))
        for (const id of ids) await scim.call('PUT', `/Users/${id}`, person(bulky))
      },
      patch: async (scim: ScimClient) => {
        const ids: string[] = []
        for (let count = 0; count < 9; count += 1) ids.push(await made(scim, '/Users', person()))
        for (const id of ids) {
          await scim.call('PATCH', `/Users/${id}`, patch({ op: 'add', value: bulky }))
        }
      },
      members: async (scim: ScimClient) => {
        const ids: string[] = []
        for (let count = 0; count < 50; count += 1) ids.push(await made(scim, '/Users', person()))
        for (let count = 0; count < 40; count += 1) {
          await scim.call('POST', '/Groups', team(`Team ${count}`, ...ids))
        }
      },
    }
    for (const [what, grow] of Object.entries(growing)) {
      const scim = await tenant(smallest)
      await grow(scim)
      const { full } = await countNow(scim)
      expect(full, what).toBe(1)
      expectFull(await scim.call('POST', '/Users', person()))
    }
  })

  it('is the operator’s to change, and a change counts at once; other tenants have their own', async () => {
    const [scim, other] = [await tenant(smallest), await tenant(smallest)]
    await fill(scim)
    expect((await other.call('POST', '/Users', person())).status).toBe(201)
    const path = `/tenants/${scim.slug}`
    const shown = (await admin.call('GET', path)).body
    expect(shown.storage).toEqual({ megabytes: 1 })
    expect(shown.stored).toMatchObject({ isFull: true })
    expect(shown.stored.directory + shown.stored.log).toBeGreaterThan(1_000_000)
    await admin.call('PATCH', path, { storage: { megabytes: 2 } })
    expect((await scim.call('POST', '/Users', person())).status).toBe(201)
    expect((await admin.call('PATCH', path, { 'storage.megabytes': 1 })).body.stored.isFull).toBe(
      true,
    )
    expectFull(await scim.call('POST', '/Users', person()))
    for (const wrong of [0, 10_001, 1.5, '5']) {
      const refused = await admin.call('PATCH', path, { 'storage.megabytes': wrong })
      expect(refused.status).toBe(400)
    }
  })

  it('is not asked of a tenant that nobody has counted, until the first night', async () => {
    const scim = await tenant(smallest)
    await fill(scim)
    await homeDatabase
      .prepare(
        `update tenants set directory_bytes = null, log_bytes = null, counted_seq = 0, full = 0,
         revision = revision + 1 where slug = ?`,
      )
      .bind(scim.slug)
      .run()
    await made(scim, '/Users', person())
    expect((await countNow(scim)).directory_bytes).toBeNull()
    await night()
    const { directory_bytes: directory, log_bytes: log, full } = await rowOf(scim)
    expect({ directory, log }).toEqual(await truthOf(scim, { isNight: true }))
    expect(full).toBe(1)
    expectFull(await scim.call('POST', '/Users', person()))
  })
})

describe('the count of what a tenant stores', () => {
  it('is the same in steps of a few rows, over the tenants of a database', async () => {
    const tenants = [await tenant(holdsNothing), await tenant(holdsNothing), await tenant()]
    for (const scim of tenants) {
      const ids = [await made(scim, '/Users', person()), await made(scim, '/Users', person())]
      await made(scim, '/Groups', team('Ops', ...ids))
      for (const userName of ['a', 'b', 'c']) {
        await scim.call('POST', '/Users', { userName, name: 3 })
      }
    }
    for (const limit of [20, 33, 1_000]) {
      await homeDatabase.prepare('update tenants set directory_bytes = null').run()
      await countStored(homeDatabase, limit)
      for (const scim of tenants) {
        const { directory_bytes: directory, log_bytes: log } = await rowOf(scim)
        expect({ directory, log }).toEqual(await truthOf(scim, { isNight: true }))
      }
    }
  })

  it('is near the bytes by which the database grows', async () => {
    const scim = await tenant(holdsNothing)
    const sizeOf = async () => (await homeDatabase.prepare('select 1').run()).meta.size_after ?? 0
    const before = await sizeOf()
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest']
    const ids: string[] = []
    for (let round = 0; round < 4; round += 1) {
      const Operations = Array.from({ length: 500 }, (_, index) => ({
        method: 'POST',
        path: '/Users',
        bulkId: String(index),
        data: person({ externalId: crypto.randomUUID(), title: 'Engineer', locale: 'en-GB' }),
      }))
      const done: { location: string }[] = (
        await scim.call('POST', '/Bulk', { schemas, Operations })
      ).body.Operations
      ids.push(...done.map(({ location }) => location.split('/').at(-1) ?? ''))
    }
    const people = await sizeOf()
    const first = await countNow(scim)
    for (let count = 0; count < 3; count += 1) {
      await made(scim, '/Groups', team(`Team ${count}`, ...ids))
    }
    const after = await sizeOf()
    const last = await countNow(scim)
    const stored = (row: Row) => (row.directory_bytes ?? 0) + (row.log_bytes ?? 0)
    const shares = [
      stored(first) / (people - before),
      (stored(last) - stored(first)) / (after - people),
    ]
    for (const share of shares) {
      expect(share).toBeGreaterThan(0.9)
      expect(share).toBeLessThan(1.25)
    }
  })

  it('costs a change of a small person nothing, but for one call of D1 after a hundred', async () => {
    const scim = await tenant(holdsNothing)
    const id = await made(scim, '/Users', person())
    const calls: number[] = []
    for (let index = 0; index < 100; index += 1) {
      const change = patch({ op: 'replace', path: 'title', value: `Title ${index}` })
      const answer = await callCounted(scim, 'PATCH', `/Users/${id}`, change)
      expect(answer.status).toBe(200)
      calls.push(answer.whole.d1)
    }
    const usual = Math.min(...calls)
    // One more may note that the token is in use, and the first has to read whom it changes.
    expect(calls.filter((count) => count > usual).length).toBeLessThanOrEqual(3)
  })

  it('ends where retention has deleted: the night counts anew', async () => {
    const scim = await tenant({ ...smallest, 'retention.events': 7 })
    await fill(scim)
    await homeDatabase
      .prepare('update events set at = 0 where tenant_id = (select id from tenants where slug = ?)')
      .bind(scim.slug)
      .run()
    const before = await rowOf(scim)
    await night()
    const after = await rowOf(scim)
    expect(after.log_bytes ?? 0).toBeLessThan(before.log_bytes ?? 0)
    expect(after.log_bytes).toBe((await truthOf(scim, { isNight: true })).log)
    expect(after.directory_bytes).toBe(before.directory_bytes)
  })

  it('is what the tables hold after any requests, and 256 KiB off at most before it is made', async () => {
    await fc.assert(
      fc.asyncProperty(sequences, async (steps) => {
        const scim = await tenant(holdsNothing)
        const scene = { people: [] as string[], teams: [] as string[] }
        for (const step of steps) {
          await step(scim, scene)
          const { directory_bytes, log_bytes } = await rowOf(scim)
          const truth = await truthOf(scim)
          const off = [truth.directory - (directory_bytes ?? 0), truth.log - (log_bytes ?? 0)]
          expect(Math.max(...off.map(Math.abs))).toBeLessThan(uncountedBytes)
        }
        const { directory_bytes: directory, log_bytes: log } = await countNow(scim)
        expect({ directory, log }).toEqual(await truthOf(scim))
      }),
      { numRuns: 8 + inject('fuzzRuns') * 8, endOnFailure: true },
    )
  })
})

interface Scene {
  readonly people: string[]
  readonly teams: string[]
}

type Step = (scim: ScimClient, scene: Scene) => Promise<unknown>

const text = fc.oneof(fc.string({ maxLength: 30 }), fc.constantFrom('é'.repeat(200), '漢字', ''))

const anyOf = (list: readonly string[], place: number) =>
  list[place % Math.max(list.length, 1)] ?? 'x'

const place = fc.nat({ max: 30 })

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: text.map((nickName): Step => async (scim, { people }) => {
      const answer = await scim.call('POST', '/Users', person({ nickName }))
      if (answer.status === 201) people.push(answer.body.id)
    }),
  },
  text.map(
    (nickName): Step =>
      (scim) =>
        scim.call('POST', '/Users', { nickName, name: 3 }),
  ),
  fc.constant<Step>(async (scim, { people }) => {
    people.push(await made(scim, '/Users', person(bulky)))
  }),
  fc.tuple(place, text).map(
    ([at, title]): Step =>
      (scim, { people }) =>
        scim.call(
          'PATCH',
          `/Users/${anyOf(people, at)}`,
          patch({ op: 'add', path: 'title', value: title }),
        ),
  ),
  fc.tuple(place, text).map(
    ([at, title]): Step =>
      (scim, { people }) =>
        scim.call('PUT', `/Users/${anyOf(people, at)}`, person({ title })),
  ),
  fc.tuple(text, fc.uniqueArray(place)).map(([name, members]): Step => async (scim, scene) => {
    const ids = [...new Set(members.map((at) => anyOf(scene.people, at)))]
    const answer = await scim.call(
      'POST',
      '/Groups',
      team(`T ${crypto.randomUUID()}${name}`, ...ids),
    )
    if (answer.status === 201) scene.teams.push(answer.body.id)
  }),
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        place,
        fc.constantFrom('add', 'remove', 'replace'),
        fc.uniqueArray(place, { minLength: 1 }),
      )
      .map(([at, op, members]): Step => (scim, { people, teams }) => {
        const value = [...new Set(members.map((one) => anyOf(people, one)))].map((id) => ({
          value: id,
        }))
        return scim.call(
          'PATCH',
          `/Groups/${anyOf(teams, at)}`,
          patch({ op, path: 'members', value }),
        )
      }),
  },
  fc.tuple(place, fc.uniqueArray(place)).map(
    ([at, members]): Step =>
      (scim, { people, teams }) =>
        scim.call(
          'PUT',
          `/Groups/${anyOf(teams, at)}`,
          team(`T ${crypto.randomUUID()}`, ...new Set(members.map((one) => anyOf(people, one)))),
        ),
  ),
  place.map(
    (at): Step =>
      (scim, { people }) =>
        scim.call('DELETE', `/Users/${anyOf(people, at)}`),
  ),
  place.map(
    (at): Step =>
      (scim, { teams }) =>
        scim.call('DELETE', `/Groups/${anyOf(teams, at)}`),
  ),
  fc.tuple(place, place, text).map(
    ([one, other, title]): Step =>
      (scim, { people }) =>
        scim.call('POST', '/Bulk', {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
          Operations: [
            { method: 'POST', path: '/Users', bulkId: 'a', data: person({ title }) },
            { method: 'POST', path: '/Users', bulkId: 'b', data: { nothing: title } },
            {
              method: 'PATCH',
              path: `/Users/${anyOf(people, one)}`,
              data: patch({ op: 'replace', path: 'active', value: false }),
            },
            { method: 'DELETE', path: `/Users/${anyOf(people, other)}` },
          ],
        }),
  ),
)

const sequences = fc.array(step, { minLength: 10, maxLength: 30 })
