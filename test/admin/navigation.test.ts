/** The navigation of the console, and the way to it. */
import { describe, expect, it } from 'vitest'
import { signIn, words } from '../support/console'
import { open as ask, opened, type Input } from '../support/link'
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
  it('counts the problems until they are over, also behind many that are', async () => {
    const scim = await tenant()
    const wrong = person({ userName: 'Ann@Example.com', externalId: 'ann' })
    await scim.call('POST', '/Users', wrong)
    const counted = () => navigation(`/tenants/${scim.slug}`)
    await expect.poll(counted).toContain('Problems 1 open')
    const { body } = await scim.call('POST', '/Users', person())
    await bindings.DB.prepare(
      `insert into problems (tenant_id, key, kind, resource_id, seq, method, path, status, code, detail,
         cause, first_at, last_at, tries)
       with recursive n(i) as (select 1 union all select i + 1 from n where i < 300)
       select id, 'user:over-' || i, 'user', 'over-' || i, i, 'PATCH', '/Users/x', 400, 'wrongType', '',
         '{}', 1, ?2, 1 from tenants, n where slug = ?1`,
    )
      .bind(scim.slug, Date.now() + 60_000)
      .run()
    expect(await counted()).toContain('Problems 1 open')
    await scim.call('PUT', `/Users/${body.id}`, { ...person(), externalId: 'ann' })
    expect(await counted()).not.toContain('open')
  })

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
    await bindings.DB.prepare(
      `insert into problems (tenant_id, key, kind, seq, method, path, status, code, detail, cause,
         first_at, last_at, tries)
       with recursive n(i) as (select 1 union all select i + 1 from n where i < 150)
       select id, 'request:' || i, 'request', i, 'POST', '/Users', 400, 'emailCapitals', '', '{}', 1,
         1, 1 from tenants, n where slug = ?`,
    )
      .bind(scim.slug)
      .run()
    const text = await navigation(`/tenants/${scim.slug}/users`)
    expect(text).toContain('Problems 99+ open')
    expect(text).toContain('Holds 1 waiting')
    expect(text).toContain('Activity 99+ refused today')
    expect(text).toContain('Webhooks 1 failing')
  })
})

describe('what the navigation of a tenant counts', () => {
  /** The status of an answer, and how often problems and the rest were counted for it. */
  async function counted(path: string, input: Input) {
    const texts: string[] = []
    const DB = {
      prepare(text: string) {
        texts.push(text)
        return bindings.DB.prepare(text)
      },
      batch: (statements: D1PreparedStatement[]) => bindings.DB.batch(statements),
    }
    const answer = await ask(path, { ...input, variables: { DB } })
    await answer.text()
    const many = (sign: string) => texts.filter((text) => text.includes(sign)).length
    return [answer.status, many('where not is_over limit'), many('as "refused"')]
  }

  it('is counted once by a page that shows it', async () => {
    const { slug } = await tenant()
    const cookie = await signIn()
    for (const page of ['', '/users', '/problems', '/settings', '/holds']) {
      const found = await counted(`/tenants/${slug}${page}`, { cookie })
      expect([page, ...found]).toEqual([page, 200, 1, 1])
    }
    const form = { days: 'x' }
    expect(await counted(`/tenants/${slug}/tokens`, { cookie, form })).toEqual([422, 1, 1])
  })

  it('is not counted for a file, a form that leads on, a page about nothing, a customer or the API', async () => {
    const { slug } = await tenant()
    const cookie = await signIn()
    for (const file of ['/problems.csv', '/activity.csv', '/audit.csv']) {
      const found = await counted(`/tenants/${slug}${file}`, { cookie })
      expect([file, ...found]).toEqual([file, 200, 0, 0])
    }
    const form = { enabled: 'true' }
    expect(await counted(`/tenants/${slug}/enabled`, { cookie, form })).toEqual([303, 0, 0])
    expect(await counted(`/tenants/${slug}/users/nobody`, { cookie })).toEqual([404, 0, 0])
    expect(await counted(`/set-up/${slug}/people`, { cookie })).toEqual([200, 0, 0])
    const headers = { Authorization: `Bearer ${bindings.ADMIN_TOKEN}` }
    expect(await counted(`/api/tenants/${slug}`, { headers })).toEqual([200, 0, 0])
  })

  it('is waited for beside pages of others, and each page stays that of its own viewer', async () => {
    const scim = await tenant()
    const [mine, theirs] = [await signIn(), await opened(scim, { role: 'approve' })]
    const pages = await Promise.all(
      [mine, theirs, mine, theirs].map(async (cookie) => {
        const answer = await ask(`/tenants/${scim.slug}/holds`, { cookie })
        return /<nav aria-label="Console">/.test(await answer.text())
      }),
    )
    expect(pages).toEqual([true, false, true, false])
  })
})
