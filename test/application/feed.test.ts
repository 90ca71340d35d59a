/** The feed of all tenants: each log in its order, and a place that outlives what happens to tenants. */
import { createScheduledController } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { feedPage, tenantPage } from '../../src/application/answers'
import type { DirectoryService } from '../../src/application/service'
import { deleteExpired } from '../../src/retention'
import { day } from '../../src/time'
import worker from '../../src/index'
import { newKey } from '../support/application'
import { admin, bindings, eventsOf, origin, send, tenant } from '../support/gateway'
import { person, sendJson, type ScimClient } from '../support/tenant'
import { nextPage } from '../support/pages'

const { key } = await newKey(admin, undefined, { label: 'All' })

const get = (path: string, as = key) =>
  sendJson(send, 'GET', `${origin}/api/v1${path}`, undefined, { Authorization: `Bearer ${as}` })

async function latest(): Promise<string> {
  const { status, body } = await get('/events?after=latest')
  expect(status, JSON.stringify(body)).toBe(200)
  expect(body).toMatchObject({ events: [], hasMore: false })
  return body.after
}

/** All events after a place, in pages of this size. */
async function readOn(place: string, limit = 100): Promise<{ events: any[]; place: string }> {
  const events: any[] = []
  let after = place
  for (let number = 1; ; number = nextPage(number)) {
    const page = await get(`/events?after=${after}&limit=${limit}`)
    expect(page.status, JSON.stringify(page.body)).toBe(200)
    feedPage.parse(page.body)
    expect(page.body.events.length).toBeLessThanOrEqual(limit)
    events.push(...page.body.events)
    after = page.body.after
    if (!page.body.hasMore) return { events, place: after }
  }
}

const numbersOf = (events: readonly any[], { slug }: ScimClient) =>
  events.filter(({ tenant }) => tenant === slug).map(({ seq }) => seq)

const add = async (scim: ScimClient) =>
  expect((await scim.call('POST', '/Users', person())).status).toBe(201)

describe('the feed of all tenants', () => {
  it('has the events of every tenant in the order of its log, as the log has them', async () => {
    const [red, blue] = [await tenant(), await tenant()]
    const start = await latest()
    for (const scim of [red, blue, red, red, blue]) await add(scim)
    const { events, place } = await readOn(start)
    expect(numbersOf(events, red)).toEqual([1, 2, 3])
    expect(numbersOf(events, blue)).toEqual([1, 2])
    const { key } = await newKey(admin, red.slug)
    const own = await get(`/tenants/${red.slug}/events`, key)
    expect(events.filter((event) => event.tenant === red.slug)).toEqual(own.body.events)
    expect((await readOn(place)).events).toEqual([])
    await add(blue)
    expect(numbersOf((await readOn(place)).events, blue)).toEqual([3])
  })

  it('gives every event once and in order, whoever writes between pages of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(2), { maxLength: 4 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 4 }),
        async (rounds, limit) => {
          const scims = [await tenant(), await tenant(), await tenant()]
          let place = await latest()
          const seen: any[] = []
          for (const round of rounds) {
            for (const index of round) await add(scims[index] as ScimClient)
            const page = await get(`/events?after=${place}&limit=${limit}`)
            seen.push(...page.body.events)
            place = page.body.after
          }
          seen.push(...(await readOn(place, limit)).events)
          for (const scim of scims) {
            expect(numbersOf(seen, scim)).toEqual((await eventsOf(scim)).map(({ seq }) => seq))
          }
        },
      ),
      { numRuns: 12 },
    )
  })

  it('has what was held when it is released, and nothing of it before', async () => {
    const scim = await tenant({ 'guard.deactivations': 0.2 })
    const people: string[] = []
    for (let count = 0; count < 12; count += 1) {
      people.push((await scim.call('POST', '/Users', person())).body.id)
    }
    const start = await latest()
    for (const id of people) await scim.call('DELETE', `/Users/${id}`)
    const held = await readOn(start)
    const stored = (await eventsOf(scim)).filter(({ seq }) => seq > 12)
    expect(held.events.map(({ seq, type }) => ({ seq, type }))).toEqual(
      stored.map(({ seq, type }) => ({ seq, type })),
    )
    expect(held.events.map(({ type }) => type)).toContain('hold.opened')
    await add(scim)
    const more = await readOn(held.place)
    expect(numbersOf(more.events, scim)).toEqual([(await eventsOf(scim)).at(-1)?.seq])
  })

  it('goes on behind a tenant that was deleted, and one made anew under its name', async () => {
    const [gone, stays] = [await tenant(), await tenant()]
    const start = await latest()
    for (const scim of [gone, stays, gone]) await add(scim)
    const page = await get(`/events?after=${start}&limit=1`)
    expect((await admin.call('DELETE', `/tenants/${gone.slug}`)).status).toBe(204)
    await add(stays)
    const rest = await readOn(page.body.after)
    expect(numbersOf([...page.body.events, ...rest.events], stays)).toEqual([1, 2])
    expect(numbersOf(rest.events, gone)).toEqual([])
  })

  it('tells of a tenant whose events are no longer kept, and leaves the others alone', async () => {
    const [old, other] = [await tenant({ 'retention.events': 7 }), await tenant()]
    const start = await latest()
    for (const scim of [old, other, old]) await add(scim)
    await readOn(start)
    await add(old)
    await readOn(start)
    await deleteExpired(bindings.DB, Date.now() + 8 * day)
    for (let time = 0; time < 2; time += 1) {
      const { events } = await readOn(start)
      const ofOld = events.filter(({ tenant }) => tenant === old.slug)
      expect(ofOld.map(({ type, seq }) => [type, seq])).toEqual([
        ['log.gap', undefined],
        ['user.created', 3],
      ])
      expect(ofOld[0].resource.to).toBe(2)
      expect(numbersOf(events, other)).toEqual([1])
      await worker.scheduled(createScheduledController({ cron: '17 3 * * *' }), bindings)
    }
  })

  it('begins again with the first event of each new log after a restored backup', async () => {
    const scim = await tenant()
    await add(scim)
    const before = await latest()
    await add(scim)
    const known = await latest()
    const restored = await admin.call('POST', '/restorations', {})
    expect(restored.status, JSON.stringify(restored.body)).toBeLessThan(300)
    for (const place of [before, known]) {
      const { events } = await readOn(place)
      const types = events.filter(({ tenant }) => tenant === scim.slug).map(({ type }) => type)
      expect(types).toEqual(['log.restarted'])
    }
  })

  it('refuses a place that it has not come to, and one that is none', async () => {
    const place = await latest()
    const pad = place.replaceAll('-', '+').replaceAll('_', '/')
    const [[database, name, position, seq]] = JSON.parse(atob(pad))
    const ahead = btoa(JSON.stringify([[database, name, position + 1, seq]]))
    const answer = await get(`/events?after=${ahead.replaceAll('=', '')}`)
    expect([answer.status, answer.body.code]).toEqual([410, 'feedAhead'])
    for (const bad of ['x', '', `${place}x`, btoa('[["DB","a",-1,0]]').replaceAll('=', '')]) {
      const refused = await get(`/events?after=${bad}`)
      expect([refused.status, refused.body.code], bad).toEqual([400, 'invalidCursor'])
    }
  })

  it('waits for an event of any tenant', async () => {
    const scim = await tenant()
    const start = await latest()
    const waiting = get(`/events?after=${start}&wait=30`)
    await add(scim)
    expect(numbersOf((await waiting).body.events, scim)).toEqual([1])
  })

  it('is closed to keys of one tenant, and to none', async () => {
    const scim = await tenant()
    const own = await newKey(admin, scim.slug)
    expect((await get('/events', own.key)).body.code).toBe('keyOfOneTenant')
    expect((await get('/events', 'x')).status).toBe(401)
    const shared = await newKey(admin, undefined, { label: 'Short' })
    await admin.call('DELETE', `/keys/${shared.id}`)
    expect((await get('/events', shared.key)).status).toBe(401)
  })
})

describe('the same over a service binding', () => {
  it('reads the feed and the tenants without a key', async () => {
    const scim = await tenant()
    const binding = (exports as unknown as { readonly Directory: DirectoryService }).Directory
    const start = await binding.feed({ after: 'latest' })
    if (!start.ok) throw new Error(start.error.code)
    await add(scim)
    const page = await binding.feed({ after: start.value.after })
    expect(page.ok && numbersOf(page.value.events, scim)).toEqual([1])
    const list = await binding.tenants({ limit: 1_000 })
    expect(list.ok && list.value.tenants.map(({ slug }) => slug)).toContain(scim.slug)
  })
})

describe('the list of tenants', () => {
  it('has every tenant for a key of all, page by page, and the own one for another key', async () => {
    const scims = [await tenant(), await tenant(), await tenant()]
    await add(scims[0] as ScimClient)
    const found: any[] = []
    let cursor = ''
    for (let page = 1; ; page = nextPage(page)) {
      const { body } = await get(`/tenants?limit=2${cursor}`)
      tenantPage.parse(body)
      found.push(...body.tenants)
      if (body.next === null) break
      cursor = `&cursor=${body.next}`
    }
    const slugs = found.map(({ slug }) => slug)
    expect(slugs).toEqual([...new Set(slugs)].toSorted())
    for (const { slug } of scims) expect(slugs).toContain(slug)
    const { slug } = scims[0] as ScimClient
    const own = await newKey(admin, slug)
    const { body } = await get('/tenants', own.key)
    expect(body).toMatchObject({ tenants: [{ slug, enabled: true, asOf: 1 }], next: null })
    expect((await get('/tenants?cursor=ä')).body.code).toBe('invalidCursor')
    expect((await get('/tenants', own.key.replace(/.$/, '!'))).status).toBe(401)
  })
})
