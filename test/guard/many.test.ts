/** Thousands of people who wait: what their pages and a decision about all of them cost. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { expect, it } from 'vitest'
import { app } from '../../src/app'
import { countTenant } from '../../src/attention/tenant-counts'
import { tellDueReleases } from '../../src/guard/review/delay'
import { countBindings, countDatabase, newCounts } from '../support/counting'
import { takeViolations } from '../support/documented-limits'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import type { ScimClient } from '../support/tenant'

/** People whom the provider has deactivated, all held; written straight into the tables. */
async function hold(scim: ScimClient, count: number): Promise<void> {
  const numbers = JSON.stringify(Array.from({ length: count }, (_, index) => index))
  const name = `'user' || substr('0000' || number.value, -5)`
  const document = (active: string) =>
    `json_object('userName', ${name}, 'displayName', 'Person ' || number.value, 'active', json('${active}'))`
  const run = (text: string, ...values: unknown[]) =>
    bindings.DB.prepare(text).bind(scim.slug, ...values)
  await bindings.DB.batch([
    run(
      `insert into users (tenant_id, id, attributes, search, version, operation, created_at, updated_at)
       select tenants.id, slug || '-' || number.value, ${document('false')}, ${document('false')}, 2, '', 1, 1
       from tenants, json_each(?2) as number where slug = ?1`,
      numbers,
    ),
    run(
      `insert into held (tenant_id, team_id, user_id, kind, released, state, hold_id, reason, cause, at, version, name)
       select tenants.id, '', slug || '-' || number.value, 'user', ${document('true')}, 'held', 'hold',
         'losses', '{"requestId":"r","tokenId":""}', 1, 1, ${name}
       from tenants, json_each(?2) as number where slug = ?1`,
      numbers,
    ),
    run(
      `insert into holds (tenant_id, id, opened_at, reason, cause, released, discarded)
       select id, 'hold', 1, 'losses', '{"requestId":"r","tokenId":""}', 0, 0 from tenants where slug = ?1`,
    ),
    run('update tenants set user_count = ?2, holding = 1 where slug = ?1', count),
  ])
}

async function signIn(): Promise<string> {
  const headers = { Origin: origin, 'Sec-Fetch-Site': 'same-origin' }
  const body = new URLSearchParams({ secret: bindings.ADMIN_TOKEN })
  const signed = await send(
    new Request(`${origin}/admin/sign-in`, { method: 'POST', redirect: 'manual', headers, body }),
  )
  return (signed.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
}

async function costs(count: number) {
  const scim = await tenant()
  await hold(scim, count)
  const Cookie = await signIn()
  const path = `/admin/tenants/${scim.slug}/holds`
  const call = async (address: string, form?: Record<string, string>) => {
    const counts = newCounts()
    const context = createExecutionContext()
    const request = new Request(`${origin}${address}`, {
      method: form ? 'POST' : 'GET',
      headers: { Cookie, Origin: origin, 'Sec-Fetch-Site': 'same-origin' },
      redirect: 'manual',
      ...(form ? { body: new URLSearchParams(form) } : {}),
    })
    const response = await app.fetch(request, countBindings(bindings, counts), context)
    const { length } = await response.arrayBuffer().then((buffer) => new Uint8Array(buffer))
    await waitOnExecutionContext(context)
    return { status: response.status, bytes: length, perChange: counts.rowsRead / count }
  }
  const last = count / 50
  const pages = [
    await call(path),
    await call(`${path}?page=${last}&order=since`),
    await call(`${path}?search=user0012&order=changes`),
    await call(`${path}?kind=protected`),
  ]
  const whole = { whole: 'true', kind: 'all' }
  const none = await call(`${path}/hold/discard`, { ...whole, search: 'nobody' })
  const discarded = await call(`${path}/hold/discard`, { ...whole, search: 'user0012' })
  const left = (await admin.call('GET', `/tenants/${scim.slug}/holds`)).body.holds[0]
  expect(left).toMatchObject({ people: count - 10, discarded: 10 })
  const asked = await call(`${path}/hold/release`, { ...whole, search: '' })
  const numbers = `${left.people}/${left.waiting}`
  const typed = { ...whole, search: '', typed: String(left.people), asked: numbers }
  const released = await call(`${path}/hold/release`, typed)
  const { releases } = (await admin.call('GET', `/tenants/${scim.slug}/releases`)).body
  expect(releases).toMatchObject([{ people: count - 10, changes: count - 10 }])
  const planned = await call(path)
  const counted = newCounts()
  const row = await bindings.DB.prepare('select id from tenants where slug = ?')
    .bind(scim.slug)
    .first<{ id: number }>()
  const navigation = await countTenant(countDatabase(bindings.DB, counted), row?.id ?? 0)
  const told = newCounts()
  await tellDueReleases(countDatabase(bindings.DB, told), Date.now() + 11 * 60_000)
  const after = (await admin.call('GET', `/tenants/${scim.slug}/holds`)).body.holds[0]
  expect(after).toMatchObject({ state: 'closed', waiting: 0, released: count - 10 })
  return {
    pages: [...pages, planned],
    navigation,
    counted: counted.rowsRead,
    decisions: [none, discarded, asked, released],
    told: told.rowsRead / count,
  }
}

it('cost the same for each of them in a hold of 3,000 and of 10,000, within the limits of the platform', async () => {
  const [few, many] = [await costs(3_000), await costs(10_000)]
  for (const { status, bytes, perChange } of many.pages) {
    expect(status).toBe(200)
    expect(bytes).toBeLessThan(64 * 1_024)
    expect(perChange).toBeLessThan(20)
  }
  expect(many.decisions.map(({ status }) => status)).toEqual([303, 303, 409, 303])
  for (const [index, { perChange }] of many.decisions.entries()) {
    expect(perChange).toBeLessThan(50)
    expect(perChange).toBeLessThan(1.1 * (few.decisions[index]?.perChange ?? 0))
  }
  expect(many.told).toBeLessThan(70)
  expect(many.told).toBeLessThan(1.1 * few.told)
  // What is planned is looked at so far, beyond which it counts as waiting.
  expect(many.navigation).toMatchObject({ ok: true, value: { held: 100 } })
  expect(many.counted).toBeLessThan(4_000)
  expect(takeViolations()).toEqual([])
})
