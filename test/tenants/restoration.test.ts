/** A restored backup: logs begin again, and nobody takes a new event for one that was lost. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { describe, expect, inject, it } from 'vitest'
import { app } from '../../src/app'
import { connect } from '../../src/client/client'
import { deliverDue } from '../../src/webhooks/run'
import { application, newKey } from '../support/application'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import type { Received } from '../support/sink'
import { patch, person, type ScimClient } from '../support/tenant'

/** Tables that hold what a tenant is and does, as D1 Time Travel brings them back. */
async function backup(): Promise<() => Promise<void>> {
  const { results: tables } = await bindings.DB.prepare(
    `select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\'
     and name not like 'sqlite%' and name not like 'd1%'`,
  ).all<{ name: string }>()
  const kept = await Promise.all(
    tables.map(async ({ name }) => {
      const { results } = await bindings.DB.prepare(`select * from "${name}"`).all()
      return { name, rows: results }
    }),
  )
  return async function restore() {
    const generated = new Set<string>()
    for (const { name } of kept) {
      const { results } = await bindings.DB.prepare(`pragma table_xinfo("${name}")`).all<{
        name: string
        hidden: number
      }>()
      for (const column of results.filter(({ hidden }) => hidden !== 0)) {
        generated.add(`${name}.${column.name}`)
      }
    }
    await bindings.DB.batch(
      kept.flatMap(({ name, rows }) => [
        bindings.DB.prepare(`delete from "${name}"`),
        ...rows.map((row) => {
          const entries = Object.entries(row).filter(
            ([column]) => !generated.has(`${name}.${column}`),
          )
          const columns = entries.map(([column]) => `"${column}"`).join(', ')
          return bindings.DB.prepare(
            `insert into "${name}" (${columns}) values (${entries.map(() => '?').join(', ')})`,
          ).bind(...entries.map(([, value]) => value))
        }),
      ]),
    )
  }
}

async function add(scim: ScimClient, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    expect((await scim.call('POST', '/Users', person())).status).toBe(201)
  }
}

async function restarted(): Promise<number> {
  const context = createExecutionContext()
  const answer = await app.fetch(
    new Request(`${origin}/admin/api/restorations`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${bindings.ADMIN_TOKEN}`,
        'Content-Type': 'application/json',
      },
      body: '{}',
    }),
    bindings,
    context,
  )
  await waitOnExecutionContext(context)
  expect(answer.status).toBe(200)
  return (await answer.json<{ tenants: number }>()).tenants
}

describe('after a restored backup', () => {
  it('an application that knows lost events is told to begin again, and ends where the directory is', async () => {
    const scim = await tenant()
    const { key, id } = await newKey(admin, scim.slug, { scope: 'read-ack' })
    const reader = application(send, origin, scim.slug, { id, key })
    await add(scim, 2)
    const restore = await backup()
    await add(scim, 3)
    const page = await reader.call('GET', '/events?after=0')
    const { log, after } = page.body
    const cursor = (await reader.call('GET', '/users?limit=1')).body.next
    expect((await reader.call('POST', '/events/ack', { seq: after, log })).status).toBe(200)
    await restore()
    expect(await restarted()).toBeGreaterThan(0)
    // Other people than those of the lost events get their numbers.
    await add(scim, 4)
    const lost = await reader.call('GET', `/events?after=${after}&log=${log}`)
    expect(lost).toMatchObject({ status: 410, body: { code: 'otherLog' } })
    const old = await reader.call('GET', `/users?cursor=${cursor}`)
    expect(old).toMatchObject({ status: 410, body: { code: 'otherLog' } })
    const acknowledged = await reader.call('POST', '/events/ack', { seq: after, log })
    expect(acknowledged).toMatchObject({ status: 410, body: { code: 'otherLog' } })
    const unnamed = await reader.call('GET', `/events?after=${after}`)
    expect(unnamed).toMatchObject({ status: 400, body: { code: 'logMissing' } })

    const rollcall = connect({ url: origin, tenant: scim.slug, key, fetch: send, attempts: 1 })
    const place = await rollcall.latest()
    if (!place.ok) throw new Error(place.error.code)
    expect(place.value.log).not.toBe(log)
    const found: string[] = []
    for await (const user of rollcall.users()) if (user.ok) found.push(user.value.id)
    expect(found).toHaveLength(6)
    const again = await rollcall.pull({ ...place.value })
    expect(again).toMatchObject({ ok: true, value: { events: [] } })
    const whole = await reader.call('GET', '/events?after=0')
    expect(whole.body.events.map(({ type }: any) => type)).toEqual([
      'user.created',
      'user.created',
      'log.restarted',
      ...Array.from({ length: 4 }, () => 'user.created'),
    ])
    const before = new Set(page.body.events.map((event: any) => event.id))
    for (const event of whole.body.events) expect(before.has(event.id)).toBe(false)
  })

  it('a provider with a cursor of before begins its list again', async () => {
    const scim = await tenant()
    await add(scim, 2)
    const restore = await backup()
    const list = (cursor: string) => scim.call('GET', `/Users?count=1&cursor=${cursor}`)
    const { nextCursor } = (await list('')).body
    await restore()
    await restarted()
    expect(await list(nextCursor)).toMatchObject({ status: 400, code: 'invalidCursor' })
    expect((await list('')).body.totalResults).toBe(2)
  })

  it('settings that were lost are obeyed no more, however many changes of them were lost', async () => {
    for (let lost = 1; lost <= 3; lost += 1) {
      const scim = await tenant()
      await add(scim, 1)
      const restore = await backup()
      for (let left = lost - 1; left >= 0; left -= 1) {
        const profile = left % 2 === 0 ? 'rfc' : 'okta'
        await admin.call('PATCH', `/tenants/${scim.slug}`, { profile })
      }
      const { id } = (await scim.call('GET', '/Users')).body.Resources[0]
      const change = () =>
        scim.call('PATCH', `/Users/${id}`, patch({ op: 'Replace', path: 'title', value: 'Dr' }))
      expect((await change()).status, String(lost)).toBe(400)
      await restore()
      await restarted()
      expect((await change()).status, String(lost)).toBe(200)
    }
  })

  it('a webhook hears of the new log first', async () => {
    const scim = await tenant()
    const url = `${inject('sinkUrl')}/${crypto.randomUUID()}`
    const made = await admin.call('POST', `/tenants/${scim.slug}/webhooks`, { url })
    await add(scim, 2)
    const restore = await backup()
    await add(scim, 2)
    await restore()
    await restarted()
    const row = await bindings.DB.prepare('select id, log_id from tenants where slug = ?')
      .bind(scim.slug)
      .first<{ id: number; log_id: string }>()
    await deliverDue(bindings, { tenantId: Number(row?.id), id: made.body.id })
    const all: Received[] = await (await fetch(url)).json()
    const last = JSON.parse(all.at(-1)?.body ?? '{}')
    expect(last).toMatchObject({ type: 'log.restarted', seq: 3, log: row?.log_id })
    expect(last.id).toBe(`evt_${row?.log_id}_3`)
  })

  it('is a call of the operator alone, in the audit', async () => {
    await restarted()
    const audit = await admin.call('GET', '/audit')
    expect(audit.body.entries[0]).toMatchObject({ action: 'logs.restarted', subject: 'all' })
    const unknown = await admin.call('POST', '/restorations', { database: 'DB_NONE' })
    expect(unknown.status).toBe(400)
  })
})
