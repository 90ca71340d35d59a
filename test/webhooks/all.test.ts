/** One webhook for all tenants: what its receiver gets, and what one tenant's failure means to others. */
import { createScheduledController, runInDurableObject } from 'cloudflare:test'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, inject, it } from 'vitest'
import worker from '../../src/index'
import { deleteExpired } from '../../src/retention'
import { day } from '../../src/time'
import { recordRound } from '../../src/webhooks/all/attempts'
import { deliverFeed, maximumLanes } from '../../src/webhooks/all/run'
import { findFeedWebhook } from '../../src/webhooks/all/store'
import { countDatabase, newCounts } from '../support/counting'
import { admin, bindings, tenant } from '../support/gateway'
import { numbers } from '../support/fill'
import type { Received, Reply } from '../support/sink'
import { person, type ScimClient } from '../support/tenant'

const hour = 3_600_000

interface Endpoint {
  readonly id: string
  readonly url: string
  readonly secret: string
}

const made: Endpoint[] = []

async function endpoint(more: object = {}): Promise<Endpoint> {
  const url = `${inject('sinkUrl')}/${crypto.randomUUID()}`
  const { status, body } = await admin.call('POST', '/webhooks', { url, ...more })
  expect(status, JSON.stringify(body)).toBe(201)
  const to = { id: body.id, url, secret: body.secret }
  made.push(to)
  return to
}

afterEach(async () => {
  for (const { id } of made.splice(0)) await admin.call('DELETE', `/webhooks/${id}`)
})

async function call({ id }: Endpoint, method: string, path = '', body?: unknown) {
  return admin.call(method, `/webhooks/${id}${path}`, body)
}

async function done(to: Endpoint, path: string, body?: unknown) {
  const answer = await call(to, 'POST', path, body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}

const state = async (to: Endpoint) => (await call(to, 'GET')).body

async function received({ url }: Endpoint): Promise<Received[]> {
  return (await fetch(url)).json()
}

async function bodies(to: Endpoint): Promise<any[]> {
  return (await received(to)).map(({ body }) => JSON.parse(body))
}

const seqsOf = async (to: Endpoint, { slug }: ScimClient) =>
  (await bodies(to)).filter(({ tenant }) => tenant === slug).map(({ seq }) => seq)

/** The same without what was sent again: a message comes at least once. */
async function gotOf(to: Endpoint, scim: ScimClient): Promise<number[]> {
  return [...new Set(await seqsOf(to, scim))]
}

async function reply({ url }: Endpoint, ...replies: readonly Reply[]): Promise<void> {
  await fetch(url, { method: 'PUT', body: JSON.stringify(replies) })
}

/** An answer to every message of one tenant. */
const to = ({ slug }: ScimClient, answer: Reply): Reply => ({
  when: `"tenant":"${slug}"`,
  ...answer,
})

const add = async (scim: ScimClient, count = 1) => {
  for (let number = 0; number < count; number += 1) {
    expect((await scim.call('POST', '/Users', person())).status).toBe(201)
  }
}

/** Pauses an endpoint, until its object rests. */
async function rest(one: Endpoint): Promise<void> {
  await done(one, '/pause')
  const alarmOf = () => runInDurableObject(object(one), (_, { storage }) => storage.getAlarm())
  await expect.poll(alarmOf).toBeNull()
}

/** Makes it active in a way of which nobody is told. */
async function activate({ id }: Endpoint): Promise<void> {
  await bindings.DB.prepare(
    `update feed_webhooks set state = 'active', revision = revision + 1 where id = ?`,
  )
    .bind(id)
    .run()
}

/** Something that makes events of which the endpoint's object is not told. */
async function quietly(one: Endpoint, work: () => Promise<unknown>): Promise<void> {
  await rest(one)
  await work()
  await activate(one)
}

/** Until nothing is due any more at this time. */
async function deliver({ id }: Endpoint, now: () => number = Date.now) {
  for (;;) {
    const next = await deliverFeed(bindings, id, now)
    if (next.kind !== 'at' || next.time > now()) return next
  }
}

const object = ({ id }: Endpoint) => bindings.DELIVERY.getByName(`all/${id}`)

describe('an endpoint of all tenants', () => {
  it('is sent the events of every tenant from its beginning on, each in order and signed', async () => {
    const [red, blue] = [await tenant(), await tenant()]
    await add(red)
    const all = await endpoint()
    await add(red, 2)
    await add(blue, 2)
    const later = await tenant()
    await add(later)
    await expect.poll(() => seqsOf(all, later)).toEqual([1])
    await expect.poll(() => seqsOf(all, red)).toEqual([2, 3])
    await expect.poll(() => seqsOf(all, blue)).toEqual([1, 2])
    for (const { headers, body } of await received(all)) {
      expect(new Webhook(all.secret).verify(body, headers)).toEqual(JSON.parse(body))
      expect(headers['webhook-id']).toBe(JSON.parse(body).id)
    }
    expect(await state(all)).toMatchObject({ state: 'active', behind: 0, waiting: [], failures: 0 })
  })

  it('gets the events of a tenant that is made while it is added, once each', async () => {
    const [all, scim] = await Promise.all([endpoint(), tenant()])
    const known = await tenant()
    await Promise.all([add(scim, 3), add(known, 3)])
    await expect.poll(() => seqsOf(all, scim)).toEqual([1, 2, 3])
    await expect.poll(() => seqsOf(all, known)).toEqual([1, 2, 3])
  })

  it('is woken by a tenant whose provider was here before it', async () => {
    const scim = await tenant()
    await add(scim)
    const all = await endpoint()
    await add(scim)
    await expect.poll(() => seqsOf(all, scim)).toEqual([2])
  })

  it('says how many events it has not come to while it is paused and nobody reads', async () => {
    const [red, blue] = [await tenant(), await tenant()]
    const all = await endpoint()
    await rest(all)
    await add(red, 2)
    await add(blue)
    expect(await state(all)).toMatchObject({ state: 'paused', behind: 3, waiting: [] })
    await done(all, '/resume')
    await expect.poll(async () => (await state(all)).behind).toBe(0)
  })

  it('gets no types but the wanted ones', async () => {
    const scim = await tenant()
    const all = await endpoint({ events: ['user.deleted'] })
    const { body } = await scim.call('POST', '/Users', person())
    await scim.call('DELETE', `/Users/${body.id}`)
    await expect.poll(() => seqsOf(all, scim)).toEqual([2])
    const { body: list } = await call(all, 'GET', `/events?tenant=${scim.slug}`)
    expect(list.events.map(({ state }: any) => state)).toEqual(['delivered', 'unwanted'])
  })

  it('holds up one tenant whose event is not taken, and no other', async () => {
    const [bad, good] = [await tenant(), await tenant()]
    const all = await endpoint()
    await reply(all, to(bad, { status: 500, body: 'No' }))
    await add(bad, 2)
    await add(good, 3)
    await expect.poll(() => seqsOf(all, good)).toEqual([1, 2, 3])
    await expect
      .poll(async () => (await state(all)).waiting)
      .toMatchObject([{ tenant: bad.slug, deliveredUpTo: 0, behind: 2, lastError: 'status 500' }])
    await add(good)
    await expect.poll(() => seqsOf(all, good)).toEqual([1, 2, 3, 4])
    const events = await call(all, 'GET', `/events?tenant=${bad.slug}`)
    expect(events.body).toMatchObject({ deliveredUpTo: 0, behind: 2 })
    expect(events.body.events.map(({ state }: any) => state)).toEqual(['waiting', 'failed'])
    await reply(all)
    await done(all, '/retry')
    await expect.poll(() => gotOf(all, bad)).toEqual([1, 2])
    await expect.poll(async () => (await state(all)).waiting).toEqual([])
    const log = (await call(all, 'GET', '/deliveries')).body.deliveries
    expect(
      log.filter(({ tenant }: any) => tenant === bad.slug).map(({ status }: any) => status),
    ).toEqual(expect.arrayContaining([204, 204, 500]))
  })

  it('lets no tenant wait for another whose messages are answered slowly', async () => {
    const [slow, quick] = [await tenant(), await tenant()]
    const all = await endpoint()
    await quietly(all, async () => {
      await add(slow, 2)
      await add(quick, 4)
    })
    await reply(all, to(slow, { isHeld: true }))
    const running = deliver(all)
    await expect.poll(() => seqsOf(all, quick)).toEqual([1, 2, 3, 4])
    await reply(all)
    await running
    const order = (await bodies(all)).map(
      ({ tenant, seq }) => `${tenant === slow.slug ? 's' : 'q'}${seq}`,
    )
    expect(order.filter((name) => name.startsWith('q'))).toEqual(['q1', 'q2', 'q3', 'q4'])
    expect(order.filter((name) => name.startsWith('s'))).toEqual(['s1', 's2'])
    expect(order.indexOf('q4')).toBeLessThan(order.indexOf('s2'))
  })

  it('leaves others as much time as a slow answer took when a run has waited for it', async () => {
    const [slow, quick] = [await tenant(), await tenant()]
    const all = await endpoint()
    await quietly(all, async () => {
      await add(slow, 2)
      await add(quick, 60)
    })
    await reply(all, to(slow, { status: 204, delay: 1_500 }))
    const start = Date.now()
    expect(await deliver(all, () => start)).toMatchObject({ kind: 'at', isOpen: true })
    expect(await seqsOf(all, quick)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1))
    expect(await seqsOf(all, slow)).toEqual([1])
    const { waiting, failures } = await state(all)
    expect(waiting).toMatchObject([{ tenant: slow.slug, deliveredUpTo: 1, failures: 0 }])
    expect(failures).toBe(0)
    await deliver(all, () => start + 15_000)
    expect(await seqsOf(all, slow)).toEqual([1, 2])
  })

  it('reads no further when as many tenants wait as may, and goes on with the first that is taken', async () => {
    const all = await endpoint()
    const scims: ScimClient[] = []
    for (let count = 0; count <= maximumLanes; count += 1) scims.push(await tenant())
    await reply(all, { when: '"tenant"', status: 500 })
    await quietly(all, async () => {
      for (const scim of scims) await add(scim)
    })
    const next = await deliver(all)
    expect(next).toMatchObject({ kind: 'at', isOpen: false })
    const { waiting, behind } = await state(all)
    expect([waiting.length, behind]).toEqual([maximumLanes, 1])
    await reply(all)
    await deliver(all, () => Date.now() + hour)
    expect(await state(all)).toMatchObject({ waiting: [], behind: 0 })
    for (const scim of scims) expect((await seqsOf(all, scim)).at(-1)).toBe(1)
  })

  it('waits as a whole as long as its receiver asks', async () => {
    const [busy, other] = [await tenant(), await tenant()]
    const all = await endpoint()
    await reply(all, { when: '"tenant"', status: 503, headers: { 'Retry-After': '120' } })
    await quietly(all, async () => {
      await add(busy)
      await add(other)
    })
    const start = Date.now()
    const next = await deliver(all)
    expect(next.kind === 'at' && next.time - start).toBeGreaterThan(100_000)
    expect(next).not.toHaveProperty('isOpen', true)
    const sent = (await received(all)).length
    await deliver(all)
    expect(await received(all)).toHaveLength(sent)
    await reply(all)
    await done(all, '/retry')
    await expect.poll(async () => (await state(all)).waiting).toEqual([])
    expect(await gotOf(all, busy)).toEqual([1])
    expect(await gotOf(all, other)).toEqual([1])
  })

  it('is paused by a 410, and after 72 hours in which nothing was taken; resuming loses nothing', async () => {
    const scim = await tenant()
    const all = await endpoint()
    await reply(all, { status: 410 })
    await quietly(all, () => add(scim, 2))
    expect((await deliver(all)).kind).toBe('rest')
    expect(await state(all)).toMatchObject({ state: 'failed', lastError: 'status 410' })
    expect((await admin.call('GET', '/notices')).body.notices).toContainEqual(
      expect.objectContaining({ kind: 'feedPaused', tenant: null, name: 'All tenants' }),
    )
    await done(all, '/resume')
    await expect.poll(() => gotOf(all, scim)).toEqual([1, 2])
    await expect.poll(async () => (await state(all)).waiting).toEqual([])
    await reply(all, { when: '"tenant"', status: 500 })
    await quietly(all, () => add(scim))
    const states: string[] = []
    for (let hours = 0; hours <= 78; hours += 13) {
      await deliver(all, () => Date.now() + hours * hour)
      states.push((await state(all)).state)
    }
    expect(states).toEqual([...Array(6).fill('active'), 'failed'])
  })

  it('is not paused by one tenant that is never taken, while others are', async () => {
    const [bad, good] = [await tenant(), await tenant()]
    const all = await endpoint()
    await reply(all, to(bad, { status: 400 }))
    let time = Date.now()
    await quietly(all, () => add(bad))
    for (let days = 0; days < 5; days += 1) {
      await quietly(all, () => add(good))
      await deliver(all, () => time)
      time += day
    }
    expect(await state(all)).toMatchObject({ state: 'active', waiting: [{ tenant: bad.slug }] })
    await bindings.DB.prepare('update feed_lanes set failing_since = ?')
      .bind(Date.now() - hour)
      .run()
    expect((await admin.call('GET', '/notices')).body.notices).toContainEqual(
      expect.objectContaining({ kind: 'feedFailing', count: 1 }),
    )
    expect(await seqsOf(all, good)).toEqual([1, 2, 3, 4, 5])
  })
})

describe('what an operator does with it', () => {
  it('resends, skips and replays the events of one tenant, and replays those of all', async () => {
    const [bad, good] = [await tenant(), await tenant()]
    const all = await endpoint()
    const start = new Date().toISOString()
    await reply(all, to(bad, { status: 500 }))
    await quietly(all, async () => {
      await add(bad, 3)
      await add(good, 2)
    })
    await deliver(all)
    const early = await call(all, 'POST', '/skip', { tenant: bad.slug, seq: 2 })
    expect([early.status, early.body.errors?.[0]?.pointer]).toEqual([400, '/seq'])
    await done(all, '/skip', { tenant: bad.slug, seq: 1 })
    await expect.poll(async () => (await seqsOf(all, bad)).at(-1)).toBe(2)
    await reply(all)
    expect(await done(all, '/resend', { tenant: bad.slug, seq: 2 })).toMatchObject({ status: 204 })
    await expect.poll(async () => (await seqsOf(all, bad)).at(-1)).toBe(3)
    await expect.poll(async () => (await state(all)).waiting).toEqual([])
    const missing = await call(all, 'POST', '/resend', { tenant: bad.slug, seq: 9 })
    expect(missing.status).toBe(400)
    const far = await call(all, 'POST', '/replay', { tenant: good.slug, after: 3 })
    expect([far.status, far.body.errors?.[0]?.pointer]).toEqual([400, '/after'])
    const before = (await seqsOf(all, good)).length
    await done(all, '/replay', { tenant: good.slug, after: 1 })
    await expect.poll(async () => (await seqsOf(all, good)).slice(before)).toEqual([2])
    await expect.poll(async () => (await state(all)).waiting).toEqual([])
    const [ofBad, ofGood] = [(await seqsOf(all, bad)).length, (await seqsOf(all, good)).length]
    await done(all, '/replay', { since: start })
    await expect.poll(async () => (await seqsOf(all, bad)).slice(ofBad)).toEqual([1, 2, 3])
    await expect.poll(async () => (await seqsOf(all, good)).slice(ofGood)).toEqual([1, 2])
    expect((await call(all, 'POST', '/replay', { tenant: 'nobody', after: 1 })).status).toBe(404)
    const { body } = await admin.call('GET', '/audit?limit=50')
    const actions = body.entries.map(({ action }: any) => action)
    expect(actions).toEqual(
      expect.arrayContaining([
        'webhook.created',
        'webhook.skipped',
        'webhook.resent',
        'webhook.replayed',
      ]),
    )
  })

  it('fails no more once what failed is skipped', async () => {
    const scim = await tenant()
    const all = await endpoint()
    await reply(all, to(scim, { status: 500 }))
    await quietly(all, () => add(scim))
    await deliver(all)
    expect(await state(all)).toMatchObject({ failures: 1, lastError: 'status 500' })
    await done(all, '/skip', { tenant: scim.slug, seq: 1 })
    await expect
      .poll(() => state(all))
      .toMatchObject({ failures: 0, failingSince: null, lastError: null, waiting: [] })
  })

  it('refuses to replay from a time on at which nothing was sent yet', async () => {
    const scim = await tenant()
    const all = await endpoint()
    await add(scim)
    await expect.poll(async () => seqsOf(all, scim)).toEqual([1])
    const refused = await call(all, 'POST', '/replay', { since: '2199-01-01T00:00:00Z' })
    expect([refused.status, refused.body.errors?.[0]?.pointer]).toEqual([400, '/since'])
    const { body } = await admin.call('GET', '/audit?limit=5')
    const actions = body.entries.filter(({ subject }: any) => subject === all.id)
    expect(actions.map(({ action }: any) => action)).not.toContain('webhook.replayed')
  })

  it('replays for all what a tenant that waits has got already', async () => {
    const scim = await tenant()
    const all = await endpoint()
    const start = new Date().toISOString()
    await reply(all, { when: '"seq":2', status: 500 })
    await quietly(all, () => add(scim, 2))
    await deliver(all)
    expect(await seqsOf(all, scim)).toEqual([1, 2])
    await reply(all)
    await done(all, '/replay', { since: start })
    await expect.poll(async () => (await seqsOf(all, scim)).slice(2)).toEqual([1, 2])
  })

  it('rotates the secret, changes the address, tries it, and deletes it with its log', async () => {
    const scim = await tenant()
    const all = await endpoint()
    const { secret } = await done(all, '/rotate')
    expect(await done(all, '/test')).toMatchObject({ status: 204 })
    const [trial] = await received(all)
    if (!trial) throw new Error('No test')
    expect(JSON.parse(trial.body)).toMatchObject({ type: 'webhook.test', tenant: null })
    for (const known of [all.secret, secret]) new Webhook(known).verify(trial.body, trial.headers)
    const url = `${inject('sinkUrl')}/${crypto.randomUUID()}`
    expect((await call(all, 'PATCH', '', { url })).body).toMatchObject({ url })
    await add(scim)
    await expect.poll(() => seqsOf({ ...all, url }, scim)).toEqual([1])
    expect((await call(all, 'DELETE')).status).toBe(204)
    expect((await call(all, 'GET')).status).toBe(404)
    const left = await bindings.DB.prepare('select 1 from deliveries where webhook_id = ?')
      .bind(all.id)
      .all()
    expect(left.results).toEqual([])
    await add(scim)
    expect(await seqsOf({ ...all, url }, scim)).toEqual([1])
  })

  it('has at most five, with public addresses alone', async () => {
    for (let count = 0; count < 5; count += 1) await endpoint()
    const sixth = await admin.call('POST', '/webhooks', { url: `${inject('sinkUrl')}/x` })
    expect([sixth.status, sixth.body.title]).toEqual([409, 'Too many webhooks of all tenants'])
    const bad = await admin.call('POST', '/webhooks', { url: 'https://10.0.0.1/x' })
    expect(bad.status).toBe(400)
  })
})

describe('a delivery to all tenants that is cut off', () => {
  it('goes on where D1 says, with an object that was started anew', async () => {
    const scim = await tenant()
    const all = await endpoint()
    await reply(all, { status: 204, delay: 1_500 })
    await quietly(all, () => add(scim, 3))
    const cut = deliverFeed(bindings, all.id)
    const again = deliverFeed(bindings, all.id)
    await Promise.all([cut, again])
    await deliver(all)
    // Each at least once, and in order but for what was repeated.
    const seqs = await seqsOf(all, scim)
    expect(seqs.filter((seq, index) => seqs.indexOf(seq) === index)).toEqual([1, 2, 3])
    expect(await state(all)).toMatchObject({ behind: 0, waiting: [] })
    await runInDurableObject(object(all), (_, { storage }) => storage.deleteAll())
    await done(all, '/pause')
    await done(all, '/resume')
    await add(scim)
    await expect.poll(async () => (await seqsOf(all, scim)).at(-1)).toBe(4)
  })

  it('writes nothing over what another run has written', async () => {
    const all = await endpoint()
    await rest(all)
    await activate(all)
    const found = await findFeedWebhook(bindings.DB, all.id)
    if (!found.ok) throw new Error(found.error.kind)
    const { webhook } = found.value
    const written = { webhook, lanes: [], done: [], attempts: [] }
    expect((await recordRound(bindings.DB, written)).ok).toBe(true)
    expect(await recordRound(bindings.DB, written)).toEqual({
      ok: false,
      error: { kind: 'version' },
    })
  })

  it('ends when the endpoint is deleted in the middle of it', async () => {
    const scim = await tenant()
    const all = await endpoint()
    await reply(all, { isHeld: true })
    await quietly(all, () => add(scim, 3))
    const running = deliverFeed(bindings, all.id)
    await expect.poll(async () => (await received(all)).length).toBe(1)
    expect((await call(all, 'DELETE')).status).toBe(204)
    await reply(all)
    await running
    const sent = (await received(all)).length
    expect(await deliverFeed(bindings, all.id)).toEqual({ kind: 'gone' })
    expect(await received(all)).toHaveLength(sent)
    const left = await bindings.DB.prepare('select 1 from feed_lanes where webhook_id = ?')
      .bind(all.id)
      .all()
    expect(left.results).toEqual([])
  })

  it('is taken up by the sweep', async () => {
    const scim = await tenant()
    const all = await endpoint()
    await quietly(all, () => add(scim, 2))
    await worker.scheduled(createScheduledController({ cron: '*/5 * * * *' }), bindings)
    await expect.poll(() => seqsOf(all, scim)).toEqual([1, 2])
  })
})

describe('what becomes of tenants', () => {
  it('sends nothing more of one that was deleted, and drops what waited', async () => {
    const [gone, stays] = [await tenant(), await tenant()]
    const all = await endpoint()
    await reply(all, to(gone, { status: 500 }))
    await quietly(all, () => add(gone, 2))
    await deliver(all)
    const sent = (await seqsOf(all, gone)).length
    const begin = 'update tenants set deleting_at = 1, enabled = 0 where slug = ?'
    await bindings.DB.prepare(begin).bind(gone.slug).run()
    await deliver(all, () => Date.now() + 12 * hour)
    expect(await seqsOf(all, gone)).toHaveLength(sent)
    // Nothing fails any more, and no page says that something does.
    expect(await state(all)).toMatchObject({ failures: 0, failingSince: null, lastError: null })
    expect((await admin.call('DELETE', `/tenants/${gone.slug}`)).status).toBe(204)
    await quietly(all, () => add(stays))
    await deliver(all, () => Date.now() + 24 * hour)
    expect(await seqsOf(all, gone)).toHaveLength(sent)
    expect(await seqsOf(all, stays)).toEqual([1])
    expect(await state(all)).toMatchObject({ waiting: [] })
    const log = (await call(all, 'GET', '/deliveries')).body.deliveries
    expect(log.map(({ tenant }: any) => tenant)).toEqual([stays.slug])
  })

  it('is told of events that are no longer kept, and of logs that began again', async () => {
    const [old, held] = [
      await tenant({ 'retention.events': 7 }),
      await tenant({ 'retention.events': 7 }),
    ]
    const all = await endpoint()
    await reply(all, to(held, { status: 500 }))
    await quietly(all, () => add(held, 3))
    await deliver(all)
    await quietly(all, () => add(old, 3))
    await deleteExpired(bindings.DB, Date.now() + 8 * day)
    await reply(all)
    await deliver(all, () => Date.now() + 24 * hour)
    const gaps = (await bodies(all)).filter(({ type }) => type === 'log.gap')
    expect(gaps.map(({ tenant, resource }) => [tenant, resource.from, resource.to])).toEqual(
      expect.arrayContaining([
        [held.slug, 1, expect.any(Number)],
        [old.slug, 1, expect.any(Number)],
      ]),
    )
    await reply(all, to(held, { status: 500 }))
    await quietly(all, () => add(held))
    await deliver(all)
    await done(all, '/pause')
    expect((await admin.call('POST', '/restorations', {})).status).toBe(200)
    await reply(all)
    await done(all, '/resume')
    const lastOf = async () =>
      (await bodies(all)).findLast(({ tenant }) => tenant === held.slug).type
    await expect.poll(lastOf).toBe('log.restarted')
  })
})

describe('the cost of an endpoint of all tenants', () => {
  it('does not grow with tenants that do nothing', async () => {
    const all = await endpoint({ events: ['user.created'] })
    await rest(all)
    const costs: unknown[] = []
    const scim = await tenant()
    await add(scim)
    for (const idle of [10, 3_000]) {
      await bindings.DB.batch([
        bindings.DB.prepare(
          `insert into tenants (slug, name, settings, created_at, log_id)
           select 'idle-' || ?1 || '-' || value, 'Idle', '{}', 1, 'x' from json_each(?2)`,
        ).bind(idle, numbers(idle)),
        bindings.DB.prepare(
          `insert into events (tenant_id, seq, type, resource_id, at, resource, changes, cause)
           select tenants.id, 1, 'user.updated', 'x', 1, '{}', '{}', '{}' from tenants
           where slug like 'idle-' || ?1 || '-%'`,
        ).bind(idle),
      ])
      await activate(all)
      await deliver(all)
      await add(scim)
      const counts = newCounts()
      const environment = { ...bindings, DB: countDatabase(bindings.DB, counts) }
      const before = await seqsOf(all, scim)
      await deliverFeed(environment, all.id)
      expect((await seqsOf(all, scim)).length).toBe(before.length + 1)
      const quiet = newCounts()
      await deliverFeed({ ...bindings, DB: countDatabase(bindings.DB, quiet) }, all.id)
      costs.push([counts, quiet])
      await bindings.DB.prepare(`update feed_webhooks set state = 'paused' where id = ?`)
        .bind(all.id)
        .run()
    }
    expect(costs[1]).toEqual(costs[0])
    expect(costs[0]).toMatchObject([{}, { rowsWritten: 0 }])
  })
})
