/** Counting of losses: the same people have the same outcome, however the provider says it. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admin, bindings, eventsOf, tenant } from '../support/gateway'
import { patch, person, type ScimClient } from '../support/tenant'

const bulkUrn = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'

const bulk = (scim: ScimClient, Operations: readonly unknown[]) =>
  scim.call('POST', '/Bulk', { schemas: [bulkUrn], Operations })

interface Person {
  readonly id: string
  readonly userName: string
}

async function people(scim: ScimClient, count: number): Promise<Person[]> {
  const list = Array.from({ length: count }, () => person())
  const made = await bulk(
    scim,
    list.map((data, index) => ({ method: 'POST', path: '/Users', bulkId: `p${index}`, data })),
  )
  return list.map(({ userName }, index) => ({
    id: String(made.body.Operations[index].location.split('/').at(-1)),
    userName: String(userName),
  }))
}

const off = patch({ op: 'replace', path: 'active', value: false })
const on = patch({ op: 'replace', path: 'active', value: true })

type Verb = 'PATCH' | 'PUT' | 'DELETE'

const verbs = ['PATCH', 'PUT', 'DELETE'] as const

const lose = ({ id, userName }: Person, method: Verb) => ({
  method,
  path: `/Users/${id}`,
  ...(method === 'PATCH' ? { data: off } : {}),
  ...(method === 'PUT' ? { data: { ...person({ userName }), active: false } } : {}),
})

type Operation = ReturnType<typeof lose>

/** Sends operations: each alone, or so many in one Bulk. */
async function send(scim: ScimClient, operations: readonly Operation[], size: number) {
  for (let next = 0; next < operations.length; next += size) {
    const part = operations.slice(next, next + size)
    const [{ method, path, data }] = part as [Operation]
    const answer = size === 1 ? await scim.call(method, path, data) : await bulk(scim, part)
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
    for (const { status } of answer.body?.Operations ?? []) expect(Number(status)).toBeLessThan(300)
  }
}

/** Numbers of people whose loss the application was told of, and whose loss waits. */
async function outcomeOf(scim: ScimClient) {
  const events = await eventsOf(scim)
  const told = events.filter(({ type }) =>
    ['user.deactivated', 'user.deleted', 'team.member_removed'].includes(type),
  )
  const { holds } = (await admin.call('GET', `/tenants/${scim.slug}/holds`)).body
  return { told: told.length, waiting: holds[0]?.people ?? 0 }
}

describe('thirteen of sixty people, of whom a fifth may go', () => {
  const alternating = (index: number): Verb => (index % 2 === 0 ? 'PATCH' : 'DELETE')
  it.each<[string, (index: number) => Verb]>([
    ['PATCH', () => 'PATCH'],
    ['PUT', () => 'PUT'],
    ['DELETE', () => 'DELETE'],
    ['seven PATCH and six DELETE', (index) => (index < 7 ? 'PATCH' : 'DELETE')],
    ['PATCH and DELETE by turns', alternating],
  ])('are told as far as twelve, and one waits, by %s', async (_, verbOf) => {
    for (const size of [1, 4, 13]) {
      const scim = await tenant()
      const all = await people(scim, 60)
      await send(
        scim,
        all.slice(0, 13).map((one, index) => lose(one, verbOf(index))),
        size,
      )
      expect(await outcomeOf(scim), String(size)).toEqual({ told: 12, waiting: 1 })
    }
  })
})

it('tells of as many people as the threshold allows, whatever the verbs, the order and the requests', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        total: fc.integer({ min: 15, max: 60 }),
        lost: fc.array(fc.record({ who: fc.nat(59), verb: fc.constantFrom(...verbs) }), {
          minLength: 8,
          maxLength: 40,
          size: 'max',
        }),
        size: fc.constantFrom(1, 3, 40),
        share: fc.constantFrom(0, 0.2, 0.29, 0.5, 0.9),
        most: fc.constantFrom(1, 12, 14, 500),
        returning: fc.array(fc.nat(59), { maxLength: 4 }),
      }),
      async ({ total, lost, size, share, most, returning }) => {
        const scim = await tenant({ guard: { deactivations: share, people: most } })
        const all = await people(scim, total)
        const one = (index: number) => all[index % total] as Person
        // People who were lost and came back count as lost, once, and as active, once.
        const back = [...new Set(returning.map(one))]
        await send(
          scim,
          back.map((who) => lose(who, 'PATCH')),
          1,
        )
        for (const { id } of back) await scim.call('PATCH', `/Users/${id}`, on)
        const chosen = new Map(lost.map(({ who, verb }) => [one(who), verb]))
        await send(
          scim,
          [...chosen].map(([who, verb]) => lose(who, verb)),
          size,
        )
        const allowed = Math.max(10, Math.min(most, Math.floor(share * total + 1e-9)))
        // Those who came back use up the threshold, whether they go again or not.
        const others = back.filter((who) => !chosen.has(who)).length
        const counted = chosen.size + others
        const { told, waiting } = await outcomeOf(scim)
        expect(told - back.length + waiting).toBe(chosen.size)
        if (counted <= allowed) expect(waiting).toBe(0)
        else if (back.length === 0) expect(waiting).toBe(counted - allowed)
        else expect(waiting).toBeGreaterThanOrEqual(counted - allowed)
      },
    ),
    { numRuns: 12 },
  )
})

describe('people taken out of a team, one after the other', () => {
  it.each([
    [0.5, 30],
    [0.2, 12],
  ])('are told up to the share of those who are active: %d', async (share, told) => {
    const scim = await tenant({ guard: { deactivations: share } })
    const all = await people(scim, 60)
    const members = all.map(({ id }) => ({ value: id }))
    const made = await scim.call('POST', '/Groups', { displayName: 'All', members })
    for (const { id } of all) {
      const body = patch({ op: 'remove', path: 'members', value: [{ value: id }] })
      expect((await scim.call('PATCH', `/Groups/${made.body.id}`, body)).status).toBe(200)
    }
    expect(await outcomeOf(scim)).toEqual({ told, waiting: 60 - told })
  })

  it('and then deactivated, count once', async () => {
    const scim = await tenant()
    const all = await people(scim, 60)
    const members = all.map(({ id }) => ({ value: id }))
    const made = await scim.call('POST', '/Groups', { displayName: 'All', members })
    for (const { id } of all.slice(0, 12)) {
      const body = patch({ op: 'remove', path: 'members', value: [{ value: id }] })
      await scim.call('PATCH', `/Groups/${made.body.id}`, body)
    }
    await send(
      scim,
      all.slice(0, 12).map((one) => lose(one, 'PATCH')),
      1,
    )
    expect(await outcomeOf(scim)).toEqual({ told: 24, waiting: 0 })
    await send(
      scim,
      all.slice(12, 13).map((one) => lose(one, 'PATCH')),
      1,
    )
    expect(await outcomeOf(scim)).toEqual({ told: 24, waiting: 1 })
  })
})

describe('the threshold', () => {
  it('is the number of people where that is smaller than the share', async () => {
    const scim = await tenant({ 'guard.people': 15 })
    const all = await people(scim, 100)
    await send(
      scim,
      all.slice(0, 18).map((one) => lose(one, 'DELETE')),
      18,
    )
    expect(await outcomeOf(scim)).toEqual({ told: 15, waiting: 3 })
  })

  it('is 500 people where nobody has said otherwise', async () => {
    const scim = await tenant()
    for (let part = 0; part < 3; part += 1) await people(scim, 1_000)
    const { results } = await bindings.DB.prepare(
      'select users.id from users join tenants on tenants.id = tenant_id where slug = ? limit 510',
    )
      .bind(scim.slug)
      .all<{ id: string }>()
    const gone = results.map(({ id }) => lose({ id, userName: '' }, 'PATCH'))
    await send(scim, gone, 510)
    expect(await outcomeOf(scim)).toEqual({ told: 500, waiting: 10 })
  })

  it('is never less than ten people', async () => {
    const scim = await tenant({ guard: { deactivations: 0, people: 1 } })
    const all = await people(scim, 12)
    await send(
      scim,
      all.map((one) => lose(one, 'PATCH')),
      12,
    )
    expect(await outcomeOf(scim)).toEqual({ told: 10, waiting: 2 })
  })

  it('is not used up by what was refused', async () => {
    const scim = await tenant({ profile: 'rfc' })
    const all = await people(scim, 20)
    const [taken] = all as [Person]
    const clash = (schemas: unknown) => ({
      ...(schemas as object),
      Operations: [
        { op: 'replace', path: 'active', value: false },
        { op: 'replace', path: 'userName', value: taken.userName },
      ],
    })
    for (const { id } of all.slice(1, 11)) {
      const answer = await scim.call('PATCH', `/Users/${id}`, clash(off))
      expect(answer.status).toBe(409)
    }
    await send(
      scim,
      all.slice(11, 20).map((one) => lose(one, 'PATCH')),
      1,
    )
    expect(await outcomeOf(scim)).toEqual({ told: 9, waiting: 0 })
  })
})

describe('the hour', () => {
  const age = (scim: ScimClient, minutes: number) =>
    bindings.DB.batch(
      ['losses', 'loss_minutes'].map((table) =>
        bindings.DB.prepare(
          `update ${table} set minute = minute - ?2
           where tenant_id = (select id from tenants where slug = ?1)`,
        ).bind(scim.slug, minutes),
      ),
    )

  it('is the present minute and the 59 before it', async () => {
    for (const [minutes, waiting] of [
      [59, 2],
      [60, 0],
    ] as const) {
      // The minute can turn while the requests are made: then one more is between them.
      const before = Math.floor(Date.now() / 60_000)
      const scim = await tenant()
      const all = await people(scim, 22)
      await send(
        scim,
        all.slice(0, 10).map((one) => lose(one, 'PATCH')),
        10,
      )
      await age(scim, minutes)
      await send(
        scim,
        all.slice(10, 12).map((one) => lose(one, 'DELETE')),
        1,
      )
      if (Math.floor(Date.now() / 60_000) !== before) continue
      expect(await outcomeOf(scim)).toEqual({ told: 12 - waiting, waiting })
    }
  })

  it('begins for a person with the latest loss', async () => {
    const scim = await tenant()
    const all = await people(scim, 30)
    const gone = all.slice(0, 10)
    await send(
      scim,
      gone.map((one) => lose(one, 'PATCH')),
      1,
    )
    await age(scim, 40)
    for (const { id } of gone) await scim.call('PATCH', `/Users/${id}`, on)
    await send(
      scim,
      gone.map((one) => lose(one, 'PATCH')),
      10,
    )
    await age(scim, 40)
    // Lost 80 minutes ago, and again 40 minutes ago.
    await send(
      scim,
      all.slice(10, 11).map((one) => lose(one, 'PATCH')),
      1,
    )
    expect(await outcomeOf(scim)).toEqual({ told: 20, waiting: 1 })
  })
})
