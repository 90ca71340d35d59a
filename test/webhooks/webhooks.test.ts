/** Webhooks: what receivers get, and what becomes of it when they do not take it. */
import {
  createScheduledController,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { Webhook } from 'standardwebhooks'
import { describe, expect, inject, it } from 'vitest'
import worker from '../../src/index'
import { deliverDue } from '../../src/webhooks/run'
import { sealSecret } from '../../src/webhooks/secret'
import { makeSecret } from '../../src/webhooks/signature'
import { recheckDelivery, sweepDeliveries, wakeDeliveries } from '../../src/webhooks/wake'
import type { WireEvent } from '../../src/events/catalog'
import type { EventType } from '../../src/database/schema/event-types'
import { listDeliveries, recordProgress } from '../../src/webhooks/attempts'
import { deleteExpired } from '../../src/retention'
import {
  addWebhook,
  changeWebhook,
  findWebhook,
  listWebhooks,
  type WebhookChange,
  type WebhookHealth,
} from '../../src/webhooks/store'
import { admin, bindings, eventsOf, tenant } from '../support/gateway'
import type { Received, Reply } from '../support/sink'
import { patch, person, type ScimClient } from '../support/tenant'
import { nextPage } from '../support/pages'

const hour = 3_600_000

interface Endpoint {
  readonly scim: ScimClient
  readonly tenantId: number
  readonly id: string
  readonly url: string
  readonly secret: string
}

async function tenantIdOf({ slug }: ScimClient): Promise<number> {
  const row = await bindings.DB.prepare('select id from tenants where slug = ?')
    .bind(slug)
    .first<{ id: number }>()
  return Number(row?.id)
}

async function sealedFor(...input: Parameters<typeof sealSecret>): Promise<string> {
  const sealed = await sealSecret(...input)
  if (!sealed.ok) throw new Error('No key')
  return sealed.value
}

async function endpoint(
  scim: ScimClient,
  more: { readonly types?: readonly EventType[]; readonly url?: string } = {},
): Promise<Endpoint> {
  const id = crypto.randomUUID()
  const url = more.url ?? `${inject('sinkUrl')}/${id}`
  const secret = makeSecret()
  const tenantId = await tenantIdOf(scim)
  const sealed = await sealedFor(bindings, { tenantId, id }, secret)
  const webhook = { id, url, types: more.types ?? null, secret: sealed }
  const added = await addWebhook(bindings.DB, tenantId, webhook, [])
  expect(added.ok).toBe(true)
  return { scim, tenantId, id, url, secret }
}

async function received({ url }: Endpoint): Promise<Received[]> {
  return (await fetch(url)).json()
}

async function bodies(to: Endpoint): Promise<WireEvent[]> {
  return (await received(to)).map(({ body }) => JSON.parse(body) as WireEvent)
}

async function seqs(to: Endpoint): Promise<number[]> {
  return (await bodies(to)).map(({ seq }) => seq)
}

async function reply({ url }: Endpoint, ...replies: readonly Reply[]): Promise<void> {
  await fetch(url, { method: 'PUT', body: JSON.stringify(replies) })
}

async function state(to: Endpoint): Promise<WebhookHealth> {
  const found = await findWebhook(bindings.DB, to.tenantId, to.id)
  if (!found.ok) throw new Error(found.error.kind)
  return found.value
}

async function log(to: Endpoint) {
  const list = await listDeliveries(bindings.DB, to, Number.MAX_SAFE_INTEGER, 100)
  if (!list.ok) throw new Error(list.error.kind)
  return list.value.toReversed()
}

async function change(to: Endpoint, what: WebhookChange): Promise<WebhookHealth> {
  const changed = await changeWebhook(bindings.DB, to, what, [])
  if (!changed.ok) throw new Error(changed.error.kind)
  return changed.value
}

/** Until nothing is due any more at this time. */
async function deliver(to: Endpoint, now: () => number = Date.now) {
  for (let page = 1; ; page = nextPage(page)) {
    const next = await deliverDue(bindings, to, now)
    if (next.kind !== 'at' || next.time > now()) return next
  }
}

async function people(scim: ScimClient, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    expect((await scim.call('POST', '/Users', person())).status).toBe(201)
  }
}

/** Something that makes events of which the endpoint's object is not told. */
async function quietly(to: Endpoint, work: () => Promise<unknown>): Promise<void> {
  await change(to, { kind: 'pause' })
  await work()
  await change(to, { kind: 'resume' })
}

function object({ tenantId, id }: Endpoint) {
  return bindings.DELIVERY.getByName(`${tenantId}/${id}`)
}

describe('an endpoint', () => {
  it('is sent the events from its beginning on, in order and signed', async () => {
    const scim = await tenant()
    await people(scim, 1)
    const to = await endpoint(scim)
    await reply(to, { delay: 200, status: 200, body: 'Thank you' })
    const ann = await scim.call('POST', '/Users', person())
    await scim.call(
      'PATCH',
      `/Users/${ann.body.id}`,
      patch({ op: 'replace', value: { title: 'Dr' } }),
    )
    await scim.call('DELETE', `/Users/${ann.body.id}`)
    await expect.poll(() => seqs(to)).toEqual([2, 3, 4])
    const list = await received(to)
    for (const { headers, body } of list) {
      expect(headers['content-type']).toBe('application/json')
      expect(new Webhook(to.secret).verify(body, headers)).toEqual(JSON.parse(body))
      expect(headers['webhook-id']).toBe(JSON.parse(body).id)
    }
    expect((await bodies(to)).map(({ type }) => type)).toEqual([
      'user.created',
      'user.updated',
      'user.deleted',
    ])
    expect(JSON.parse(list[1]?.body ?? '')).toMatchObject({
      tenant: scim.slug,
      resource: { id: ann.body.id, title: 'Dr' },
      changes: { title: { before: null, after: 'Dr' } },
    })
    await expect.poll(() => state(to)).toMatchObject({ place: 4, lastSeq: 4, failures: 0 })
    expect(await log(to)).toMatchObject([
      { number: 1, seq: 2, type: 'user.created', status: 200, error: null, excerpt: 'Thank you' },
      { number: 2, seq: 3, type: 'user.updated', status: 204, error: null, excerpt: '' },
      { number: 3, seq: 4, type: 'user.deleted', status: 204, error: null, excerpt: '' },
    ])
  })

  it('gets only the types that it wants, and what it does not want holds nothing up', async () => {
    const scim = await tenant()
    const to = await endpoint(scim, { types: ['user.deleted', 'team.created'] })
    await quietly(to, async () => {
      await people(scim, 60)
      const ann = await scim.call('POST', '/Users', person())
      await scim.call('POST', '/Groups', { displayName: 'Team', members: [{ value: ann.body.id }] })
      await scim.call('DELETE', `/Users/${ann.body.id}`)
    })
    expect(await deliver(to)).toEqual({ kind: 'rest' })
    expect((await bodies(to)).map(({ type }) => type)).toEqual(['team.created', 'user.deleted'])
    const { place, lastSeq } = await state(to)
    expect(place).toBe(lastSeq)
    expect(await log(to)).toHaveLength(2)
  })

  it('gets nothing of another tenant', async () => {
    const [one, two] = [await tenant(), await tenant()]
    const [toOne, toTwo] = [await endpoint(one), await endpoint(two)]
    await quietly(toOne, () => people(one, 2))
    await quietly(toTwo, () => people(two, 1))
    await Promise.all([deliver(toOne), deliver(toTwo)])
    expect(new Set((await bodies(toOne)).map((event) => event.tenant))).toEqual(new Set([one.slug]))
    expect(new Set((await bodies(toTwo)).map((event) => event.tenant))).toEqual(new Set([two.slug]))
  })

  it('gets many events in several runs, each written down, and none twice', async () => {
    const scim = await tenant()
    const to = await endpoint(scim)
    await change(to, { kind: 'pause' })
    await Promise.all(Array.from({ length: 10 }, () => people(scim, 10)))
    await change(to, { kind: 'resume' })
    const next = await deliverDue(bindings, to)
    expect(next.kind).toBe('at')
    expect((await state(to)).place).toBe(40)
    await deliver(to)
    expect(await seqs(to)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
  })
})

describe('a receiver that fails', () => {
  it('keeps no provider waiting: its attempt ends after the answer', async () => {
    const to = await endpoint(await tenant())
    await reply(to, { isHanging: true })
    await people(to.scim, 1)
    expect(await log(to)).toEqual([])
    await expect.poll(() => log(to)).toMatchObject([{ error: 'timeout' }])
  })

  it.each<[string, Reply, Readonly<Record<string, unknown>>]>([
    [
      'refuses',
      { status: 500, body: '<b>no</b>' },
      { status: 500, error: 'status', excerpt: '<b>no</b>' },
    ],
    [
      'redirects',
      { status: 302, headers: { Location: '/elsewhere' } },
      { status: 302, error: 'redirect' },
    ],
    ['hangs', { isHanging: true }, { status: null, error: 'timeout' }],
    ['hangs up', { isCut: true }, { status: null, error: 'connection' }],
    ['says 304', { status: 304 }, { status: 304, error: 'redirect' }],
    [
      'says 404',
      { status: 404, body: 'x'.repeat(3_000) },
      { status: 404, excerpt: 'x'.repeat(500) },
    ],
  ])('is tried again with the same message when it %s', async (_, bad, expected) => {
    const scim = await tenant()
    const to = await endpoint(scim)
    await reply(to, {}, bad)
    await quietly(to, () => people(scim, 3))
    let clock = Date.now()
    const next = await deliver(to, () => clock)
    expect(next.kind).toBe('at')
    const failed = await state(to)
    expect(failed).toMatchObject({ place: 1, failures: 1, state: 'active' })
    expect(await log(to)).toMatchObject([
      { seq: 1, error: null },
      { seq: 2, ...expected },
    ])
    expect(await deliverDue(bindings, to, () => clock)).toEqual(next)
    expect(await received(to)).toHaveLength(2)
    clock = Number(failed.nextAttemptAt)
    expect(await deliver(to, () => clock)).toEqual({ kind: 'rest' })
    expect(await seqs(to)).toEqual([1, 2, 2, 3])
    const [, first, second] = await received(to)
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    expect(second?.body).toBe(first?.body)
    expect(await state(to)).toMatchObject({
      place: 3,
      failures: 0,
      failingSince: null,
      nextAttemptAt: null,
      lastError: null,
    })
    // The redirect was not followed.
    expect(await (await fetch(`${inject('sinkUrl')}/elsewhere`)).json()).toEqual([])
  })

  it('is not waited for when its answer never ends', async () => {
    const to = await endpoint(await tenant())
    await reply(to, { status: 200, isEndless: true, body: 'begun' })
    await quietly(to, () => people(to.scim, 2))
    expect(await deliver(to)).toEqual({ kind: 'rest' })
    expect(await log(to)).toMatchObject([{ status: 200, excerpt: 'begun' }, { status: 204 }])
  })

  it('is paused and shown after three days; resuming goes on where it stopped', async () => {
    const scim = await tenant()
    const to = await endpoint(scim)
    await quietly(to, () => people(scim, 1))
    await deliver(to)
    await quietly(to, () => people(scim, 3))
    await reply(to, ...Array.from({ length: 40 }, () => ({ status: 503 })))
    const begun = Date.now()
    let clock = begun
    let attempts = 0
    for (let page = 1; ; page = nextPage(page)) {
      const next = await deliver(to, () => clock)
      attempts += 1
      if (next.kind === 'rest') break
      if (next.kind === 'at') clock = next.time
    }
    expect(clock - begun).toBe(72 * hour)
    expect(attempts).toBeGreaterThan(15)
    expect(await state(to)).toMatchObject({ state: 'failed', place: 1, lastError: 'status 503' })
    expect((await log(to)).filter(({ error }) => error !== null)).toHaveLength(attempts)
    await people(scim, 1)
    await deliver(to, () => clock + hour)
    expect(await received(to)).toHaveLength(1 + attempts)

    await reply(to)
    await change(to, { kind: 'resume' })
    await deliver(to)
    expect((await seqs(to)).slice(1 + attempts)).toEqual([2, 3, 4, 5])
  })

  it('is paused at once when it says that it is gone', async () => {
    const to = await endpoint(await tenant())
    await reply(to, { status: 410 })
    await quietly(to, () => people(to.scim, 1))
    expect(await deliver(to)).toEqual({ kind: 'rest' })
    expect(await state(to)).toMatchObject({ state: 'failed', lastError: 'status 410', place: 0 })
  })

  it('is left alone for as long as it asks', async () => {
    const to = await endpoint(await tenant())
    await reply(to, { status: 429, headers: { 'Retry-After': '600' } })
    await quietly(to, () => people(to.scim, 1))
    const clock = Date.now()
    expect(await deliver(to, () => clock)).toEqual({ kind: 'at', time: clock + 600_000 })
  })

  it('costs nobody else: a tenant whose endpoint is paused has no call after its writes', async () => {
    const to = await endpoint(await tenant())
    await change(to, { kind: 'pause' })
    await people(to.scim, 1)
    // The object would remember its name.
    const known = await runInDurableObject(object(to), (_, { storage }) => storage.list())
    expect(known.size).toBe(0)
    expect(await received(to)).toEqual([])
    await change(to, { kind: 'resume' })
    await people(to.scim, 1)
    await expect.poll(() => seqs(to)).toEqual([1, 2])
  })
})

describe('the operator', () => {
  it('changes the secret without a gap: for a day both sign', async () => {
    const to = await endpoint(await tenant())
    const secret = makeSecret()
    await change(to, { kind: 'secret', secret: await sealedFor(bindings, to, secret) })
    await quietly(to, () => people(to.scim, 2))
    await deliver(to)
    const [both] = await received(to)
    for (const each of [to.secret, secret]) {
      expect(new Webhook(each).verify(both?.body ?? '', both?.headers ?? {})).toBeDefined()
    }
    await change(to, { kind: 'replay', after: 1 })
    await deliver(to, () => Date.now() + 25 * hour)
    const last = (await received(to)).at(-1)
    expect(last?.headers['webhook-signature']).toMatch(/^v1,\S+$/)
  })

  it('replays from a number, also while a delivery is on its way', async () => {
    const to = await endpoint(await tenant())
    await quietly(to, () => people(to.scim, 4))
    await deliver(to)
    await change(to, { kind: 'replay', after: 2 })
    await deliver(to)
    expect(await seqs(to)).toEqual([1, 2, 3, 4, 3, 4])

    await quietly(to, () => people(to.scim, 2))
    await reply(to, { isHeld: true })
    const running = deliver(to)
    await expect.poll(() => received(to)).toHaveLength(7)
    await change(to, { kind: 'replay', after: 0 })
    await reply(to)
    await running
    // What was under way goes on until the next note of the place, and does not move it.
    expect((await seqs(to)).slice(-6)).toEqual([1, 2, 3, 4, 5, 6])
    expect((await state(to)).place).toBe(6)
  })

  it('replays also what is just being delivered', async () => {
    const to = await endpoint(await tenant())
    await quietly(to, () => people(to.scim, 1))
    await reply(to, { isHeld: true })
    const running = deliver(to)
    await expect.poll(() => received(to)).toHaveLength(1)
    await change(to, { kind: 'replay', after: 0 })
    await reply(to)
    await running
    expect(await seqs(to)).toEqual([1, 1])
  })

  it('retries now what waits for its time', async () => {
    const to = await endpoint(await tenant())
    await reply(to, { status: 500 })
    await people(to.scim, 1)
    await expect.poll(() => state(to)).toMatchObject({ failures: 1 })
    await change(to, { kind: 'retry' })
    await recheckDelivery(bindings, to)
    await expect.poll(() => seqs(to)).toEqual([1, 1])
  })

  it('has at most ten endpoints for a tenant', async () => {
    const scim = await tenant()
    await Promise.all(Array.from({ length: 10 }, () => endpoint(scim)))
    const webhook = { id: 'eleven', url: 'https://a.example/', types: null, secret: '' }
    const added = await addWebhook(bindings.DB, await tenantIdOf(scim), webhook, [])
    expect(added).toEqual({ ok: false, error: { kind: 'version' } })
    const list = await listWebhooks(bindings.DB, await tenantIdOf(scim))
    expect(list.ok && list.value.length).toBe(10)
  })
})

describe('the object of an endpoint', () => {
  it('delivers by alarm when it is woken, and keeps no alarm when nothing is due', async () => {
    const to = await endpoint(await tenant())
    await people(to.scim, 1)
    await expect.poll(() => seqs(to)).toEqual([1])
    await expect
      .poll(() => runInDurableObject(object(to), (_, { storage }) => storage.getAlarm()))
      .toBeNull()
    expect(await runDurableObjectAlarm(object(to))).toBe(false)
  })

  it('waits for its time after a failure, whatever is written meanwhile', async () => {
    const to = await endpoint(await tenant())
    await reply(to, { status: 500 })
    await people(to.scim, 1)
    await expect.poll(() => state(to)).toMatchObject({ failures: 1 })
    const { nextAttemptAt } = await state(to)
    await people(to.scim, 2)
    await wakeDeliveries(bindings, to.tenantId)
    const alarm = await runInDurableObject(object(to), (_, { storage }) => storage.getAlarm())
    expect(alarm).toBe(nextAttemptAt)
    // The sweep leaves it alone as well.
    await sweepDeliveries(bindings, Date.now())
    expect(await runInDurableObject(object(to), (_, { storage }) => storage.getAlarm())).toBe(
      nextAttemptAt,
    )
    expect(await received(to)).toHaveLength(1)
  })

  it('forgets everything when its endpoint is deleted', async () => {
    const to = await endpoint(await tenant())
    await people(to.scim, 1)
    await expect.poll(() => seqs(to)).toEqual([1])
    await change(to, { kind: 'delete' })
    await recheckDelivery(bindings, to)
    await expect
      .poll(() =>
        runInDurableObject(object(to), async (_, { storage }) => (await storage.list()).size),
      )
      .toBe(0)
    expect(await log(to)).toEqual([])
    await people(to.scim, 1)
    expect(await seqs(to)).toEqual([1])
  })

  it('is found by the sweep when its call was lost', async () => {
    const scim = await tenant()
    const to = await endpoint(scim)
    // Written past the gateway: nobody calls.
    await bindings.DB.prepare(
      `insert into events (tenant_id, seq, type, resource_id, at, resource, changes, cause)
       values (?, 1, 'user.created', 'x', 1, '{"id":"x"}', '{}', '{"requestId":"r","tokenId":"t"}')`,
    )
      .bind(to.tenantId)
      .run()
    expect(await received(to)).toEqual([])
    const every = { cron: '*/5 * * * *', scheduledTime: new Date() }
    await worker.scheduled(createScheduledController(every), bindings)
    await expect.poll(() => seqs(to)).toEqual([1])
  })

  it('is called for events that no request of the provider made', async () => {
    const to = await endpoint(await tenant())
    await bindings.DB.prepare(
      `insert into events (tenant_id, seq, type, resource_id, at, resource, changes, cause)
       values (?, 1, 'user.created', 'x', 1, '{"id":"x"}', '{}', '{"requestId":"r","tokenId":"t"}')`,
    )
      .bind(to.tenantId)
      .run()
    await wakeDeliveries(bindings, to.tenantId)
    await expect.poll(() => seqs(to)).toEqual([1])
  })

  it('moves the place only from where it was read', async () => {
    const to = await endpoint(await tenant())
    await quietly(to, () => people(to.scim, 3))
    const read = await state(to)
    const move = (place: number) =>
      recordProgress(bindings.DB, read, { ...read, place }, [], Date.now())
    expect(await move(2)).toEqual({ ok: true, value: 3 })
    expect(await move(1)).toEqual({ ok: false, error: { kind: 'version' } })
    expect((await state(to)).place).toBe(2)
  })

  it('moves nothing back beside another one that is alive for a moment', async () => {
    const to = await endpoint(await tenant())
    await change(to, { kind: 'pause' })
    await people(to.scim, 30)
    await change(to, { kind: 'resume' })
    const places: number[] = []
    const watch = new AbortController()
    const watching = (async () => {
      while (!watch.signal.aborted) {
        places.push((await state(to)).place)
        await scheduler.wait(5)
      }
    })()
    await Promise.all([deliver(to), deliver(to)]).finally(() => watch.abort())
    await watching
    expect(places).toEqual(places.toSorted((left, right) => left - right))
    expect((await state(to)).place).toBe(30)
    expect([...new Set(await seqs(to))]).toEqual(
      Array.from({ length: 30 }, (_, index) => index + 1),
    )
  })
})

describe('signing secrets', () => {
  it('that can not be read any more pause the endpoint, and nothing is sent unsigned', async () => {
    const to = await endpoint(await tenant())
    await change(to, {
      kind: 'secret',
      secret: await sealedFor({ ...bindings, WEBHOOK_KEY: 'x' }, to, 'y'),
    })
    await quietly(to, () => people(to.scim, 1))
    await deliver(to)
    expect(await received(to)).toEqual([])
    expect(await state(to)).toMatchObject({ state: 'failed', lastError: 'secret', place: 0 })
  })

  it('are nowhere in the database in clear text', async () => {
    const to = await endpoint(await tenant())
    const row = await bindings.DB.prepare('select * from webhooks where id = ?').bind(to.id).first()
    expect(JSON.stringify(row)).not.toContain(to.secret.slice(6, 30))
  })
})

describe('a gap in the log', () => {
  it('is told before the events behind it, whatever types the endpoint wants', async () => {
    const to = await endpoint(await tenant(), { types: ['user.deleted'] })
    await quietly(to, () => people(to.scim, 4))
    await bindings.DB.prepare('delete from events where tenant_id = ? and seq <= 3')
      .bind(to.tenantId)
      .run()
    await reply(to, { status: 500 })
    await deliver(to)
    expect(await state(to)).toMatchObject({ place: 0, lastError: 'status 500' })
    const later = (await state(to)).nextAttemptAt ?? 0
    await deliver(to, () => later + 1)
    const all = await received(to)
    const told = all.map(({ body }) => JSON.parse(body))
    expect(told).toMatchObject([
      { type: 'log.gap', tenant: to.scim.slug, resource: { from: 1, to: 3 } },
      { type: 'log.gap', resource: { from: 1, to: 3 } },
    ])
    expect(told[0].id).toBe(told[1].id)
    expect(await state(to)).toMatchObject({ place: 4 })
  })

  it('is shown to the operator before an endpoint is resumed', async () => {
    const to = await endpoint(await tenant())
    await change(to, { kind: 'pause' })
    await people(to.scim, 4)
    await bindings.DB.prepare('delete from events where tenant_id = ? and seq <= 3')
      .bind(to.tenantId)
      .run()
    const shown = await admin.call('GET', `/tenants/${to.scim.slug}/webhooks/${to.id}`)
    expect(shown.body).toMatchObject({ behind: 4, lost: 3 })
  })
})

describe('the address of an endpoint', () => {
  it('is shown and noted without its query, and stays whole when it is sent back so', async () => {
    const scim = await tenant()
    const url = `${inject('sinkUrl')}/${crypto.randomUUID()}?key=very-secret`
    const made = await admin.call('POST', `/tenants/${scim.slug}/webhooks`, { url })
    const shown = `${url.split('?')[0]}?…`
    expect(made.body.url).toBe(shown)
    const path = `/tenants/${scim.slug}/webhooks/${made.body.id}`
    expect((await admin.call('PATCH', path, { url: shown })).body.url).toBe(shown)
    const row = await bindings.DB.prepare('select url from webhooks where id = ?')
      .bind(made.body.id)
      .first<{ url: string }>()
    expect(row?.url).toBe(url)
    const audit = await admin.call('GET', `/tenants/${scim.slug}/audit`)
    expect(JSON.stringify(audit.body)).not.toContain('very-secret')
    expect(JSON.stringify((await admin.call('GET', path)).body)).not.toContain('very-secret')
  })
})

describe('in production', () => {
  it('nothing is sent to an address that is not public', async () => {
    const to = await endpoint(await tenant())
    await quietly(to, () => people(to.scim, 1))
    await deliver(to)
    await change(to, { kind: 'replay', after: 0 })
    const { WEBHOOK_LOOPBACK: _, ...production } = bindings
    await deliverDue(production, to)
    expect(await received(to)).toHaveLength(1)
    expect(await state(to)).toMatchObject({ state: 'failed', lastError: 'address' })
  })
})

describe('the log of deliveries', () => {
  it('is dropped after a week, and with its tenant', async () => {
    const to = await endpoint(await tenant())
    await quietly(to, () => people(to.scim, 1))
    await deliver(to)
    await deleteExpired(bindings.DB, Date.now() + 6 * 24 * hour)
    expect(await log(to)).toHaveLength(1)
    await deleteExpired(bindings.DB, Date.now() + 8 * 24 * hour)
    expect(await log(to)).toEqual([])
    expect((await eventsOf(to.scim)).length).toBe(1)
  })
})

describe('the API of webhooks', () => {
  async function made(scim: ScimClient, body: Record<string, unknown> = {}) {
    const url = `${inject('sinkUrl')}/${crypto.randomUUID()}`
    const answer = await admin.call('POST', `/tenants/${scim.slug}/webhooks`, { url, ...body })
    expect([answer.status, answer.body]).toEqual([201, expect.any(Object)])
    const { id, secret } = answer.body
    const path = `/tenants/${scim.slug}/webhooks/${id}`
    return { path, to: { scim, tenantId: await tenantIdOf(scim), id, url, secret }, answer }
  }

  it('makes an endpoint and shows its secret once', async () => {
    const scim = await tenant()
    const { path, to, answer } = await made(scim, { events: ['team.created', 'user.created'] })
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    const { secret, ...shown } = answer.body
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/)
    expect(shown).toMatchObject({
      url: to.url,
      events: ['user.created', 'team.created'],
      state: 'active',
      behind: 0,
      failures: 0,
      lastSuccess: null,
    })
    expect((await admin.call('GET', path)).body).toEqual(shown)
    const list = await admin.call('GET', `/tenants/${scim.slug}/webhooks`)
    expect(list.body).toEqual({ webhooks: [shown] })
    await people(scim, 1)
    await expect.poll(() => received(to)).toHaveLength(1)
    const [first] = await received(to)
    expect(new Webhook(secret).verify(first?.body ?? '', first?.headers ?? {})).toBeDefined()
  })

  it.each([
    [{}, '/url'],
    [{ url: '' }, '/url'],
    [{ url: 'nonsense' }, '/url'],
    [{ url: 'https://10.0.0.1/' }, '/url'],
    [{ url: 'http://hooks.example.com/' }, '/url'],
    [{ url: 'https://hooks.example.com/', events: ['user.exploded'] }, '/events'],
    [{ url: 'https://hooks.example.com/', events: [] }, '/events'],
    [{ url: 'https://hooks.example.com/', other: 1 }, '/other'],
  ])('refuses %j', async (body, pointer) => {
    const scim = await tenant()
    const answer = await admin.call('POST', `/tenants/${scim.slug}/webhooks`, body)
    expect([answer.status, answer.body.errors?.[0].pointer]).toEqual([400, pointer])
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
  })

  it('refuses an eleventh endpoint, and everything about an endpoint of another tenant', async () => {
    const [scim, other] = [await tenant(), await tenant()]
    const { to } = await made(other)
    for (let count = 0; count < 10; count += 1) await made(scim)
    const url = 'https://hooks.example.com/'
    expect((await admin.call('POST', `/tenants/${scim.slug}/webhooks`, { url })).status).toBe(409)
    const path = `/tenants/${scim.slug}/webhooks/${to.id}`
    for (const [method, more, body] of [
      ['GET', ''],
      ['PATCH', '', { url }],
      ['DELETE', ''],
      ['POST', '/rotate'],
      ['POST', '/pause'],
      ['POST', '/resume'],
      ['POST', '/retry'],
      ['POST', '/replay', { after: 0 }],
      ['POST', '/test'],
      ['GET', '/deliveries'],
    ] as const) {
      const answer = await admin.call(method, `${path}${more}`, body)
      expect([method, more, answer.status]).toEqual([method, more, 404])
    }
    expect(await state(to)).toMatchObject({ state: 'active', revision: 1 })
  })

  it('cannot leave out events by a replay from behind the last delivered one', async () => {
    const scim = await tenant()
    const { path, to } = await made(scim)
    await people(scim, 2)
    await expect.poll(() => seqs(to)).toEqual([1, 2])
    await admin.call('POST', `${path}/pause`)
    await people(scim, 3)
    for (const after of [3, 5, 1_000]) {
      const refused = await admin.call('POST', `${path}/replay`, { after })
      expect(refused.status).toBe(400)
      expect(refused.body.errors).toEqual([
        {
          pointer: '/after',
          detail: expect.stringMatching(/^At most 2, the number of the last delivered event\./),
        },
      ])
      expect((await state(to)).place).toBe(2)
    }
    expect((await admin.call('POST', `${path}/replay`, { after: 2 })).status).toBe(200)
    await admin.call('POST', `${path}/resume`)
    await expect.poll(() => seqs(to)).toEqual([1, 2, 3, 4, 5])
  })

  it('changes, pauses, resumes, replays, rotates, tests and deletes, and notes who did', async () => {
    const scim = await tenant()
    const { path, to } = await made(scim)
    const call = (method: string, more: string, body?: unknown) =>
      admin.call(method, `${path}${more}`, body)
    await people(scim, 1)
    await expect.poll(() => seqs(to)).toEqual([1])
    expect((await call('PATCH', '', { events: ['user.created'] })).body.events).toEqual([
      'user.created',
    ])
    expect((await call('PATCH', '', { events: null })).body).toMatchObject({
      events: null,
      url: to.url,
    })
    expect((await call('POST', '/pause')).body.state).toBe('paused')
    await people(scim, 2)
    expect((await call('GET', '')).body).toMatchObject({ behind: 2, deliveredUpTo: 1 })
    expect((await call('POST', '/resume')).body.state).toBe('active')
    await expect.poll(() => seqs(to)).toEqual([1, 2, 3])
    await expect.poll(async () => (await call('GET', '')).body.behind).toBe(0)
    const rotated = await call('POST', '/rotate')
    expect(rotated.body.secret).not.toBe(to.secret)
    expect(rotated.body.oldSecretUntil).not.toBeNull()
    await call('POST', '/replay', { after: 2 })
    await expect.poll(() => seqs(to)).toEqual([1, 2, 3, 3])
    expect((await received(to)).at(-1)?.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/)
    await reply(to, { status: 201, body: 'Seen' })
    expect((await call('POST', '/test')).body).toMatchObject({ status: 201, excerpt: 'Seen' })
    const test = (await received(to)).at(-1)
    expect(new Webhook(to.secret).verify(test?.body ?? '', test?.headers ?? {})).toMatchObject({
      type: 'webhook.test',
    })
    const deliveries = await call('GET', '/deliveries?limit=2')
    expect(deliveries.body.deliveries[0]).toMatchObject({
      type: 'webhook.test',
      seq: null,
      status: 201,
      excerpt: 'Seen',
    })
    const older = await call('GET', `/deliveries?before=${deliveries.body.before}`)
    expect(older.body.deliveries.map(({ seq }: { seq: number }) => seq)).toEqual([3, 2, 1])
    expect((await call('POST', '/retry')).status).toBe(200)
    await call('POST', '/pause')
    const idle = await call('POST', '/retry')
    expect([idle.status, idle.body.title]).toEqual([409, 'The webhook is paused'])
    await call('POST', '/resume')
    expect((await call('POST', '/replay', { after: -1 })).status).toBe(400)
    expect((await call('GET', '/deliveries?limit=0')).status).toBe(400)
    expect((await call('DELETE', '')).status).toBe(204)
    expect((await call('GET', '')).status).toBe(404)

    const audit = await admin.call('GET', `/tenants/${scim.slug}/audit`)
    const mine = audit.body.entries.filter(({ subject }: { subject: string }) => subject === to.id)
    expect(mine.map(({ action }: { action: string }) => action).toReversed()).toEqual([
      'webhook.created',
      'webhook.changed',
      'webhook.changed',
      'webhook.paused',
      'webhook.resumed',
      'webhook.rotated',
      'webhook.replayed',
      'webhook.tested',
      'webhook.retried',
      'webhook.paused',
      'webhook.resumed',
      'webhook.deleted',
    ])
    expect(JSON.stringify(audit.body)).not.toContain('whsec_')
  })
})
