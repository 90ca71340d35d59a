/** The navigation of the console, and the way to it. */
import { describe, expect, it } from 'vitest'
import { words } from '../support/console'
import { open } from '../support/signed-in'
import { bindings, origin, send, tenant } from '../support/gateway'
import { spend } from '../support/guard'
import { patch, person } from '../support/tenant'

function root(accept: string): Promise<Response> {
  return send(new Request(origin, { headers: { Accept: accept }, redirect: 'manual' }))
}

async function navigation(path: string): Promise<string> {
  const html = await (await open(path)).text()
  return words(/<nav aria-label="Tenant">.*?<\/nav>/s.exec(html)?.[0] ?? '')
}

describe('the address of the deployment', () => {
  it('leads a browser to the console, and tells a program that there is nothing', async () => {
    const browser = await root('text/html,application/xhtml+xml;q=0.9,*/*;q=0.8')
    expect([browser.status, browser.headers.get('Location')]).toEqual([302, '/admin'])
    expect((await root('application/json')).status).toBe(404)
    expect((await root('*/*')).status).toBe(404)
  })
})

describe('the navigation of a tenant', () => {
  it('counts people and teams, and nothing that needs nobody', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    const text = await navigation(`/tenants/${scim.slug}/settings`)
    expect(text).toContain('Activity Problems Users 1 Teams 0 Holds Security → SCIM')
    expect(text).not.toMatch(/waiting|refused|failing/)
  })

  it('counts what needs somebody: refused today, waiting, failing; at most a hundred', async () => {
    const scim = await tenant()
    const ann = await scim.call('POST', '/Users', person())
    await spend(scim)
    const off = patch({ op: 'replace', path: 'active', value: false })
    await scim.call('PATCH', `/Users/${ann.body.id}`, off)
    await bindings.DB.batch([
      bindings.DB.prepare(
        `insert into refusals (tenant_id, seq, at, method, path, status, code, detail, cause)
         with recursive n(i) as (select 1 union all select i + 1 from n where i < 150)
         select id, i, ?2, 'POST', '/Users', 400, 'emailCapitals', '', '{}' from tenants, n
         where slug = ?1`,
      ).bind(scim.slug, Date.now()),
      bindings.DB.prepare(
        `insert into webhooks (id, tenant_id, url, secret, created_at, state, state_at, place,
           revision, failures)
         select 'hook-' || slug, id, 'https://example.com', '', 0, 'failed', 0, 0, 1, 9
         from tenants where slug = ?`,
      ).bind(scim.slug),
    ])
    const text = await navigation(`/tenants/${scim.slug}/users`)
    expect(text).toContain('Holds 1 waiting')
    expect(text).toContain('Activity 99+ refused today')
    expect(text).toContain('Webhooks 1 failing')
  })
})
