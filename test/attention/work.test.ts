/** Long work, found again by whoever left it. */
import { createScheduledController } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import worker from '../../src/index'
import { words } from '../support/console'
import { open } from '../support/signed-in'
import { admin, bindings, tenant } from '../support/gateway'
import { spend } from '../support/guard'
import { patch, person, type ScimClient } from '../support/tenant'

async function workOf({ slug }: ScimClient): Promise<any[]> {
  return (await admin.call('GET', `/tenants/${slug}/work`)).body.work
}

async function overview({ slug }: ScimClient): Promise<string> {
  return (await open(`/tenants/${slug}`)).text()
}

/** Events straight into the log, one a second up to now. */
async function stream(scim: ScimClient, count: number): Promise<void> {
  await bindings.DB.prepare(
    `insert into events (tenant_id, seq, type, resource_id, at, resource, changes, cause)
     with recursive n(i) as (select 1 union all select i + 1 from n where i < ?2)
     select id, i, 'user.created', 'x', ?3 - (?2 - i) * 1000, '{}', '{}', '{}' from tenants, n
     where slug = ?1`,
  )
    .bind(scim.slug, count, Date.now())
    .run()
}

describe('long work', () => {
  it('is nothing where a few changes come', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    expect(await workOf(scim)).toEqual([])
    expect(await overview(scim)).not.toContain('Going on')
  })

  it('is a first sync, told by its rate, because nobody knows how many will come', async () => {
    const scim = await tenant()
    await stream(scim, 150)
    expect(await workOf(scim)).toMatchObject([{ kind: 'sync', total: null }])
    const html = await overview(scim)
    expect(words(html)).toMatch(/sends about (59|60) changes a minute/)
    expect(html).toContain('data-reload="5"')
    expect(html).not.toContain('<progress')
    expect(words(await (await open('')).text())).toContain(`Test ${scim.slug} : The identity`)
  })

  it('is a release from the decision until it is told', async () => {
    const scim = await tenant()
    const ann = await scim.call('POST', '/Users', person())
    await spend(scim)
    const off = patch({ op: 'replace', path: 'active', value: false })
    await scim.call('PATCH', `/Users/${ann.body.id}`, off)
    const { holds } = (await admin.call('GET', `/tenants/${scim.slug}/holds`)).body
    await admin.call('POST', `/tenants/${scim.slug}/holds/${holds[0].id}/release`, {})
    expect(await workOf(scim)).toMatchObject([{ kind: 'release', done: 0, total: 1 }])
    const html = await overview(scim)
    expect(words(html)).toContain('A release of 1 change is told at')
    expect(html).not.toContain('data-reload')
    const releases = async () =>
      (await admin.call('GET', `/tenants/${scim.slug}/releases`)).body.releases
    expect(await releases()).toHaveLength(1)
    await admin.call('POST', `/tenants/${scim.slug}/holds/${holds[0].id}/discard`, {})
    expect([await releases(), await workOf(scim)]).toEqual([[], []])
    await bindings.DB.batch([
      bindings.DB.prepare(
        `update held set state = 'held', version = version - 1
           where tenant_id = (select id from tenants where slug = ?)`,
      ).bind(scim.slug),
      bindings.DB.prepare('update releases set tell_at = 0'),
    ])
    await worker.scheduled(
      createScheduledController({ cron: '*/5 * * * *', scheduledTime: new Date() }),
      bindings,
    )
    expect(await workOf(scim)).toEqual([])
  })

  it('is a webhook that catches up', async () => {
    const scim = await tenant()
    await bindings.DB.prepare(
      `insert into webhooks (id, tenant_id, url, secret, created_at, state, state_at, place,
         revision, failures)
       select 'behind-' || slug, id, 'https://example.com', '', 0, 'active', 0, 40, 1, 0
       from tenants where slug = ?`,
    )
      .bind(scim.slug)
      .run()
    await stream(scim, 400)
    const work = await workOf(scim)
    expect(work.find(({ kind }) => kind === 'delivery')).toMatchObject({ done: 40, total: 400 })
    expect(await overview(scim)).toMatch(/<progress value="40" max="400" aria-label="Delivery"/)
  })

  it('is not said to be further than anybody has counted', async () => {
    const scim = await tenant()
    await bindings.DB.batch([
      bindings.DB.prepare(
        `insert into users (tenant_id, id, attributes, search, version, operation, created_at,
           updated_at)
         with recursive n(i) as (select 1 union all select i + 1 from n where i < 20001)
         select id, 'left-' || i, '{}', '{}', 1, '', 0, 0 from tenants, n where slug = ?`,
      ).bind(scim.slug),
      bindings.DB.prepare(
        'update tenants set deleting_at = 1, enabled = 0, user_count = 100000 where slug = ?',
      ).bind(scim.slug),
    ])
    expect(await workOf(scim)).toMatchObject([{ kind: 'deletion', done: 0, total: null }])
    const html = await (await open(`/tenants/${scim.slug}/delete`)).text()
    expect(words(html)).toContain('at least 20,000 people are left')
    expect(html).not.toContain('<progress')
    await bindings.DB.batch([
      bindings.DB.prepare("delete from users where id like 'left-%'"),
      bindings.DB.prepare('update tenants set deleting_at = null where slug = ?').bind(scim.slug),
    ])
  })

  it('is a deletion, which goes on by itself within minutes', async () => {
    const scim = await tenant()
    for (const _ of [1, 2, 3]) await scim.call('POST', '/Users', person())
    await bindings.DB.batch([
      bindings.DB.prepare('update tenants set deleting_at = 1, enabled = 0 where slug = ?').bind(
        scim.slug,
      ),
      bindings.DB.prepare(
        `delete from users where rowid = (select max(users.rowid) from users
           join tenants on tenants.id = users.tenant_id where slug = ?)`,
      ).bind(scim.slug),
    ])
    expect(await workOf(scim)).toMatchObject([{ kind: 'deletion', done: 1, total: 3 }])
    const page = words(await (await open(`/tenants/${scim.slug}/delete`)).text())
    expect(page).toContain('1 of 3 people are gone')
    await worker.scheduled(
      createScheduledController({ cron: '*/5 * * * *', scheduledTime: new Date() }),
      bindings,
    )
    expect((await admin.call('GET', `/tenants/${scim.slug}`)).status).toBe(404)
  })
})
