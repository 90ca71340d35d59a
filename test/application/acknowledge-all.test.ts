/** Acknowledging the feed of all tenants: how far each tenant rises, and what the call costs. */
import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { feedAcknowledgement } from '../../src/application/answers'
import type { DirectoryService } from '../../src/application/service'
import { connectAll, followEvents } from '../../src/client'
import { newKey } from '../support/application'
import { sendCounted } from '../support/counted-call'
import { numbers } from '../support/fill'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import { person, sendJson, type ScimClient } from '../support/tenant'

type Key = Awaited<ReturnType<typeof newKey>>

const newReader = (scope = 'read-ack') => newKey(admin, undefined, { label: 'All', scope })

const call = (key: string, method: string, path: string, body?: unknown) =>
  sendJson(send, method, `${origin}/api/v1${path}`, body, { Authorization: `Bearer ${key}` })

async function read(key: string, query: string): Promise<{ events: any[]; after: string }> {
  const { status, body } = await call(key, 'GET', `/events?${query}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body
}

async function acknowledge({ key }: Key, after: string) {
  const { status, body } = await call(key, 'POST', '/events/ack', { after })
  expect(status, JSON.stringify(body)).toBe(200)
  return feedAcknowledgement.parse(body)
}

/** The number that the operator is shown for a reader of a tenant; undefined for none. */
async function shownOf({ slug }: ScimClient, { id }: Key): Promise<number | undefined> {
  const { body } = await admin.call('GET', `/tenants/${slug}/keys`)
  return body.readers.find(({ reader }: any) => reader === id)?.seq
}

const add = async (scim: ScimClient, count = 1) => {
  for (let made = 0; made < count; made += 1) {
    expect((await scim.call('POST', '/Users', person())).status).toBe(201)
  }
}

describe('a product that acknowledges the feed of all tenants', () => {
  it('raises the number of each tenant to what the place covers, and no other', async () => {
    const [red, blue] = [await tenant(), await tenant()]
    const reader = await newReader()
    const { after: start } = await read(reader.key, 'after=latest')
    await add(red, 3)
    await add(blue)
    const first = await read(reader.key, `after=${start}&limit=2`)
    const rest = await read(reader.key, `after=${first.after}`)
    expect(await acknowledge(reader, first.after)).toMatchObject({ hasMore: false })
    const seen = (scim: ScimClient, events: any[]) =>
      events.findLast(({ tenant }) => tenant === scim.slug)?.seq
    expect(await shownOf(red, reader)).toBe(seen(red, first.events))
    expect(await shownOf(blue, reader)).toBe(seen(blue, first.events))
    expect(await acknowledge(reader, rest.after)).toEqual({ tenants: 2, hasMore: false })
    expect([await shownOf(red, reader), await shownOf(blue, reader)]).toEqual([3, 1])
    // An earlier place, and the same once more: nothing falls.
    expect(await acknowledge(reader, first.after)).toEqual({ tenants: 0, hasMore: false })
    expect(await acknowledge(reader, rest.after)).toEqual({ tenants: 0, hasMore: false })
    expect([await shownOf(red, reader), await shownOf(blue, reader)]).toEqual([3, 1])
    await add(blue)
    expect(await acknowledge(reader, rest.after)).toEqual({ tenants: 0, hasMore: false })
    expect(await shownOf(blue, reader)).toBe(1)
  })

  it('counts the state that was read at the end of the feed as taken over', async () => {
    const scim = await tenant()
    await add(scim, 2)
    const reader = await newReader()
    const { after } = await read(reader.key, 'after=latest')
    await add(scim)
    await acknowledge(reader, after)
    expect(await shownOf(scim, reader)).toBe(2)
  })

  it('never lowers what was acknowledged for a tenant alone', async () => {
    const scim = await tenant()
    const reader = await newReader()
    const { after: start } = await read(reader.key, 'after=latest')
    await add(scim, 3)
    const { after } = await read(reader.key, `after=${start}&limit=1`)
    const own = `/tenants/${scim.slug}/events`
    const { body } = await call(reader.key, 'GET', own)
    await call(reader.key, 'POST', `${own}/ack`, { seq: 3, log: body.log })
    await acknowledge(reader, after)
    expect(await shownOf(scim, reader)).toBe(3)
  })

  it('is refused without the scope, with another key, and for a place that is none', async () => {
    const scim = await tenant()
    const reader = await newReader()
    const { after: start } = await read(reader.key, 'after=latest')
    await add(scim)
    const { after } = await read(reader.key, `after=${start}`)
    const codeOf = async (key: string, body: unknown) => {
      const answer = await call(key, 'POST', '/events/ack', body)
      return [answer.status, answer.body.code]
    }
    const plain = await newReader('read')
    expect(await codeOf(plain.key, { after })).toEqual([403, 'scopeTooSmall'])
    const own = await newKey(admin, scim.slug, { scope: 'read-ack' })
    expect(await codeOf(own.key, { after })).toEqual([403, 'keyOfOneTenant'])
    expect(await codeOf(reader.key.slice(0, -1), { after })).toEqual([401, 'unauthorized'])
    for (const bad of [{}, { after: 1 }, { after, seq: 1 }, 'x', { after: 'x'.repeat(8_001) }]) {
      expect(await codeOf(reader.key, bad)).toEqual([400, 'invalidFeedAcknowledgement'])
    }
    expect(await codeOf(reader.key, { after: 'latest' })).toEqual([400, 'invalidCursor'])
    const [[database, name, position, seq]] = JSON.parse(
      atob(after.replaceAll('-', '+').replaceAll('_', '/')),
    )
    const ahead = btoa(JSON.stringify([[database, name, position + 1, seq]])).replaceAll('=', '')
    expect(await codeOf(reader.key, { after: ahead })).toEqual([410, 'feedAhead'])
    for (const key of [plain, own, reader]) expect(await shownOf(scim, key)).toBeUndefined()
    expect(await acknowledge(reader, after)).toMatchObject({ hasMore: false })
    expect(await shownOf(scim, reader)).toBe(1)
  })

  it('leaves out a tenant that was deleted', async () => {
    const [gone, stays] = [await tenant(), await tenant()]
    const reader = await newReader()
    const { after: start } = await read(reader.key, 'after=latest')
    await acknowledge(reader, start)
    await add(gone)
    await add(stays)
    const { after } = await read(reader.key, `after=${start}`)
    await admin.call('DELETE', `/tenants/${gone.slug}`)
    expect(await acknowledge(reader, after)).toEqual({ tenants: 1, hasMore: false })
    expect(await shownOf(stays, reader)).toBe(1)
  })

  it('has acknowledged nothing of the new logs after a restored backup', async () => {
    const scim = await tenant()
    const reader = await newReader()
    await add(scim)
    const { after } = await read(reader.key, 'after=latest')
    await acknowledge(reader, after)
    expect((await admin.call('POST', '/restorations', {})).status).toBe(200)
    expect(await shownOf(scim, reader)).toBeUndefined()
    expect(await acknowledge(reader, after)).toEqual({ tenants: 0, hasMore: false })
    expect(await shownOf(scim, reader)).toBeUndefined()
    const next = await read(reader.key, `after=${after}&limit=1000`)
    await acknowledge(reader, next.after)
    expect(await shownOf(scim, reader)).toBe(2)
  })
})

describe('the cost of acknowledging the feed', () => {
  it('grows with the tenants that have something new, and not with those that have not', async () => {
    const costs: unknown[] = []
    for (const others of [2, 40]) {
      const reader = await newReader()
      for (let count = 0; count < others; count += 1) await add(await tenant())
      const start = await read(reader.key, 'after=latest')
      await acknowledge(reader, start.after)
      const scim = await tenant()
      await add(scim)
      const { after } = await read(reader.key, `after=${start.after}`)
      const counted = async () => {
        const { before, body } = await sendCounted(
          new Request(`${origin}/api/v1/events/ack`, {
            method: 'POST',
            headers: { Authorization: `Bearer ${reader.key}` },
            body: JSON.stringify({ after }),
          }),
        )
        return { before, tenants: (body as { tenants: number }).tenants }
      }
      costs.push([await counted(), await counted()])
    }
    expect(costs[1]).toEqual(costs[0])
    expect(costs[0]).toMatchObject([
      { tenants: 1, before: { d1: 1 } },
      { tenants: 0, before: { d1: 1, rowsWritten: 0 } },
    ])
  })

  it('covers a thousand segments in a batch and ten thousand in a call, and says what is left', async () => {
    const scim = await tenant()
    const reader = await newReader()
    await acknowledge(reader, (await read(reader.key, 'after=latest')).after)
    await add(scim)
    await read(reader.key, 'after=latest')
    // Of one tenant whose log is as long: each event in a segment of its own.
    const count = 10_500
    await bindings.DB.batch([
      bindings.DB.prepare(
        `insert into events (tenant_id, seq, type, resource_id, at, resource, changes, cause)
         select tenants.id, number.value + 2, 'user.updated', 'x', 1, '{}', '{}', '{}'
         from tenants, json_each(?2) as number where tenants.slug = ?1`,
      ).bind(scim.slug, numbers(count)),
      bindings.DB.prepare('delete from feed_news'),
      bindings.DB.prepare(
        `insert into feed_segments (position, tenant_id, first, last)
         select (select last from feeds) + number.value + 1, tenants.id, number.value + 2, number.value + 2
         from tenants, json_each(?2) as number where tenants.slug = ?1`,
      ).bind(scim.slug, numbers(count)),
      bindings.DB.prepare('update feeds set last = (select max(position) from feed_segments)'),
    ])
    const { after } = await read(reader.key, 'after=latest')
    const call = () =>
      sendCounted(
        new Request(`${origin}/api/v1/events/ack`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${reader.key}` },
          body: JSON.stringify({ after }),
        }),
      )
    const first = await call()
    expect(first.body).toEqual({ tenants: 1, hasMore: true })
    expect(first.before.d1).toBe(10)
    expect(first.before.rowsRead).toBeLessThan(10 * 7_500)
    const between = await shownOf(scim, reader)
    expect(between).toBeGreaterThan(9_000)
    expect(between).toBeLessThan(count)
    expect((await call()).body).toEqual({ tenants: 1, hasMore: false })
    expect(await shownOf(scim, reader)).toBe(count + 1)
  })
})

describe('a product that follows all tenants', () => {
  it('acknowledges what was taken, page by page, when it is told to', async () => {
    const scim = await tenant()
    const reader = await newReader()
    const ended = new AbortController()
    const rollcall = connectAll({
      url: origin,
      key: reader.key,
      signal: ended.signal,
      fetch: send,
    })
    const start = await rollcall.latest()
    if (!start.ok) throw new Error(start.error.code)
    await add(scim, 2)
    const error = await followEvents(
      rollcall,
      start.value,
      async (events) => {
        expect(await shownOf(scim, reader)).toBeUndefined()
        expect(events).toHaveLength(2)
        void expect
          .poll(() => shownOf(scim, reader))
          .toBe(2)
          .finally(() => ended.abort())
      },
      { acknowledge: true },
    )
    expect(error.status).toBe(0)
    expect(await shownOf(scim, reader)).toBe(2)
  })

  it('acknowledges over a service binding', async () => {
    const scim = await tenant()
    const binding = (exports as unknown as { readonly Directory: DirectoryService }).Directory
    const start = await binding.feed({ after: 'latest' })
    if (!start.ok) throw new Error(start.error.code)
    await add(scim)
    const page = await binding.feed({ after: start.value.after })
    if (!page.ok) throw new Error(page.error.code)
    const { after } = page.value
    let done = await binding.acknowledgeFeed(after)
    while (done.ok && done.value.hasMore) done = await binding.acknowledgeFeed(after)
    expect(done).toMatchObject({ ok: true, value: { hasMore: false } })
    const { body } = await admin.call('GET', `/tenants/${scim.slug}/keys`)
    expect(JSON.stringify(body)).toContain('"binding"')
    const bad = await binding.acknowledgeFeed(7 as unknown as string)
    expect(bad.ok || bad.error.code).toBe('invalidFeedAcknowledgement')
  })
})
