/** What waits of very many people, each as long as a person may be: no step goes beyond a limit of D1. */
import { describe, expect, it } from 'vitest'
import { answerBytes, d1Limits } from '../../src/limits'
import { tellDueReleases } from '../../src/guard/review/delay'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import { spend } from '../support/guard'
import { bulky, patch, person, type ScimClient } from '../support/tenant'
import { nextPage } from '../support/pages'

const bulkUrn = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'

/** More of them, with what the application sees, than D1 answers at once. */
const many = 1_000

/** Adds copies of one long person straight to the table; answers their ids. */
async function fillLong(scim: ScimClient, count: number): Promise<string[]> {
  const { id } = (await scim.call('POST', '/Users', person({ ...bulky, emails: [] }))).body
  const ids = Array.from({ length: count }, (_, index) => `${scim.slug}-long-${index}`)
  for (let start = 0; start < count; start += 50) {
    await bindings.DB.prepare(
      `insert into users (tenant_id, id, attributes, search, version, operation, created_at, updated_at)
       select tenant_id, item.value, json_set(attributes, '$.userName', item.value),
         json_set(search, '$.userName', item.value), 1, '', created_at, created_at
       from users, json_each(?2) as item where users.id = ?1`,
    )
      .bind(id, JSON.stringify(ids.slice(start, start + 50)))
      .run()
  }
  await bindings.DB.prepare(
    `update tenants set user_count = user_count + ?2, active_count = active_count + ?2 where slug = ?1`,
  )
    .bind(scim.slug, count)
    .run()
  return ids
}

const path = (scim: ScimClient, rest: string) => `/tenants/${scim.slug}${rest}`

async function bulk(scim: ScimClient, operations: readonly object[], status: string) {
  const answer = await scim.call('POST', '/Bulk', { schemas: [bulkUrn], Operations: operations })
  expect(answer.status).toBe(200)
  expect(answer.body.Operations.map((one: any) => one.status)).toEqual(operations.map(() => status))
}

const active = (value: boolean) => (id: string) => ({
  method: 'PATCH',
  path: `/Users/${id}`,
  data: patch({ op: 'replace', path: 'active', value }),
})

const removal = (id: string) => ({ method: 'DELETE', path: `/Users/${id}` })

async function holdOf(scim: ScimClient): Promise<any> {
  return (await admin.call('GET', path(scim, '/holds'))).body.holds[0]
}

/** All changes that wait, page by page; each answer is within the bound. */
async function pagesOf(scim: ScimClient, hold: string): Promise<any[]> {
  const changes: any[] = []
  let cursor = ''
  for (let page = 1; ; page = nextPage(page)) {
    const query = `limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`
    const { body } = await admin.call('GET', path(scim, `/holds/${hold}?${query}`))
    expect(JSON.stringify(body).length).toBeLessThan(answerBytes)
    changes.push(...body.changes)
    if (body.cursor === null) return changes
    cursor = body.cursor
  }
}

/** People whom the application sees, by whether they are active. */
async function seen(scim: ScimClient): Promise<Record<string, number>> {
  const { results } = await bindings.DB.prepare(
    `select coalesce(held.released, users.attributes) ->> '$.active' as active, count(*) as people
     from tenants join users on users.tenant_id = tenants.id
     left join held on held.tenant_id = tenants.id and held.user_id = users.id and team_id = ''
     where slug = ?1 group by 1`,
  )
    .bind(scim.slug)
    .all<{ active: number; people: number }>()
  return Object.fromEntries(results.map(({ active, people }) => [active ? 'on' : 'off', people]))
}

async function typesOf(scim: ScimClient): Promise<Record<string, number>> {
  const { results } = await bindings.DB.prepare(
    `select type, count(*) as events from events join tenants on tenants.id = tenant_id
     where slug = ?1 group by type`,
  )
    .bind(scim.slug)
    .all<{ type: string; events: number }>()
  return Object.fromEntries(results.map(({ type, events }) => [type, events]))
}

describe('a hold of a thousand people of the greatest length', () => {
  it('is made by a Bulk, shown, discarded, planned, taken back and released', async () => {
    const scim = await tenant()
    const ids = await fillLong(scim, many)
    const { bytes } = (await bindings.DB.prepare(
      'select sum(octet_length(attributes)) as bytes from users',
    ).first<{ bytes: number }>()) ?? { bytes: 0 }
    expect(bytes).toBeGreaterThan(d1Limits.resultBytes)
    await spend(scim)
    await bulk(scim, ids.map(active(false)), '200')
    const hold = await holdOf(scim)
    expect(hold).toMatchObject({ waiting: many, people: many })
    expect(await seen(scim)).toEqual({ on: many + 1 })
    const changes = await pagesOf(scim, hold.id)
    expect(new Set(changes.map(({ person }) => person.id))).toEqual(new Set(ids))
    expect(changes[0]).toMatchObject({ effect: 'user.deactivated', provider: { active: false } })
    expect(Object.keys(changes[0].application)).toEqual(expect.arrayContaining(Object.keys(bulky)))
    await shownInConsole(scim)
    // Some are said once more, and some are discarded and released after all.
    await bulk(scim, ids.slice(0, 300).map(active(false)), '200')
    const some = { people: ids.slice(0, 300) }
    const decide = (what: string, body?: unknown) => admin.call('POST', path(scim, what), body)
    expect((await decide(`/holds/${hold.id}/discard`, some)).body.discarded).toBe(300)
    const planned = await decide(`/holds/${hold.id}/release`, {})
    expect(planned.body.waiting).toBe(700)
    const taken = await admin.call('DELETE', path(scim, `/releases/${planned.body.release}`))
    expect(taken.status).toBe(204)
    await decide(`/holds/${hold.id}/release`, {})
    await decide('/drift/release', some)
    await tellDueReleases(bindings.DB, Date.now() + 11 * 60_000)
    expect(await seen(scim)).toEqual({ on: 1, off: many })
    expect((await typesOf(scim))['user.deactivated']).toBe(many)
    // The event of a long person holds what changed.
    const longest = await bindings.DB.prepare(
      `select max(octet_length(resource) + octet_length(changes)) as bytes from events
       join tenants on tenants.id = tenant_id where slug = ? and type = 'user.deactivated'`,
    )
      .bind(scim.slug)
      .first<{ bytes: number }>()
    expect(longest?.bytes).toBeLessThan(1_024)
    expect(await holdOf(scim)).toMatchObject({ state: 'closed', waiting: 0 })
  })

  it('is made by deletions, after others that went through, which can be undone', async () => {
    const scim = await tenant({ 'guard.deactivations': 0.6, 'guard.people': 5_000 })
    const ids = await fillLong(scim, many)
    const told = ids.slice(0, 550)
    await bulk(scim, told.map(removal), '204')
    await bulk(scim, ids.slice(550, 900).map(removal), '204')
    const hold = await holdOf(scim)
    expect(hold.waiting).toBeGreaterThan(200)
    expect((await admin.call('GET', path(scim, `/holds/${hold.id}/before`))).status).toBe(200)
    const undone = await admin.call('POST', path(scim, `/holds/${hold.id}/undo`))
    expect(undone.body.undone.people + hold.waiting).toBe(900)
    // The whole person is back, as the deletion had it.
    const back = await bindings.DB.prepare(
      `select count(*) as people from held join tenants on tenants.id = tenant_id
       where slug = ? and state = 'drift' and octet_length(released) > 50000
         and released ->> '$.active' = 1 and released ->> '$.userName' = user_id`,
    )
      .bind(scim.slug)
      .first<{ people: number }>()
    expect(back?.people).toBe(undone.body.undone.people)
    await pagesOf(scim, hold.id)
    await shownInConsole(scim)
    await admin.call('POST', path(scim, `/holds/${hold.id}/release`), {})
    await tellDueReleases(bindings.DB, Date.now() + 11 * 60_000)
    expect((await typesOf(scim))['user.deleted']).toBe(900)
  })
})

async function shownInConsole(scim: ScimClient): Promise<void> {
  const address = { 'CF-Connecting-IP': '2001:db8:7::1' }
  const signIn = await send(
    new Request(`${origin}/admin/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { ...address, Origin: origin, 'Sec-Fetch-Site': 'same-origin' },
      body: new URLSearchParams({ secret: bindings.ADMIN_TOKEN }),
    }),
  )
  const [cookie = ''] = (signIn.headers.get('Set-Cookie') ?? '').split(';')
  const headers = { ...address, Cookie: cookie }
  const page = await send(new Request(`${origin}/admin${path(scim, '/holds')}`, { headers }))
  expect(page.status).toBe(200)
  expect((await page.arrayBuffer()).byteLength).toBeLessThan(answerBytes)
}
