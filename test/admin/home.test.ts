/** The operator's first page. */
import { describe, expect, it } from 'vitest'
import { words } from '../support/console'
import { open } from '../support/signed-in'
import { admin, bindings, tenant } from '../support/gateway'
import { person } from '../support/tenant'

async function home(query = ''): Promise<string> {
  return words(await (await open(query)).text())
}

describe('the first page', () => {
  it('has what needs somebody, with the way there', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    await admin.call('DELETE', `/tenants/${scim.slug}/tokens/${scim.tokenId}`)
    const html = await (await open('?inbox=all')).text()
    expect(html).toContain(`href="/admin/tenants/${scim.slug}/connection#tokens"`)
    expect(words(html)).toMatch(
      new RegExp(`Test ${scim.slug} : no token No token No token holds any more`),
    )
  })

  it('finds a tenant by a part of its name or slug, and by its health', async () => {
    const scim = await tenant()
    const found = await home(`?search=${scim.slug.toUpperCase()}`)
    expect(found).toContain(`1 tenant · Show all`)
    expect(found).toContain(`${scim.slug} Not called yet 0 0 Never`)
    expect(await home(`?search=${scim.slug}&health=waiting`)).toContain(scim.slug)
    expect(await home(`?search=${scim.slug}&health=attention`)).toContain('0 tenants')
    expect(await home(`?search=${scim.slug}&health=nonsense`)).toContain('1 tenant')
  })

  it('shows three hundred tenants in pages of fifty, in an order that one chooses', async () => {
    await bindings.DB.prepare(
      `insert into tenants (slug, name, settings, created_at, user_count, log_id)
       with recursive n(i) as (select 1 union all select i + 1 from n where i < 300)
       select 'page-' || i, 'Paged ' || i, '{}', 0, i, '' from n`,
    ).run()
    const first = await home('?search=paged&sort=people')
    expect(first).toContain('300 tenants')
    expect(first).toContain('Page 1 of 6')
    expect(first).toContain('Paged 300')
    expect(first).not.toContain('page-250 ')
    expect(await home('?search=paged&sort=people&page=2')).toContain('page-250 ')
    await bindings.DB.prepare(`delete from tenants where slug like 'page-%'`).run()
  })

  it('shows the form of a new tenant once more with what was wrong', async () => {
    const answer = await open('/tenants', { name: 'Acme', slug: 'No Slug' })
    expect(answer.status).toBe(422)
    const html = await answer.text()
    expect(html).toMatch(/<details class="card new" open/)
    expect(html).toContain('value="No Slug"')
  })
})
