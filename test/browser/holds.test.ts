/** An accident of 1,500 people, as an operator and the customer's administrator see it. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowser, settle, violations, visit, visitSignedIn } from '../support/browser'
import { adminToken, startServer, type Server } from '../support/server'
import { newTenant, operator, patch, person, type ScimClient } from '../support/tenant'

const bulkUrn = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'

let server: Server

beforeAll(async () => {
  server = await startServer()
})

afterAll(async () => {
  await server?.stop()
})

const admin = () => operator(fetch, server.url, adminToken)

async function bulk(scim: ScimClient, Operations: readonly unknown[]): Promise<any[]> {
  const list: any[] = []
  for (let next = 0; next < Operations.length; next += 1_000) {
    const part = Operations.slice(next, next + 1_000)
    const answer = await scim.call(
      'POST',
      '/Bulk',
      { schemas: [bulkUrn], Operations: part },
      { 'User-Agent': 'OneLogin SCIM' },
    )
    expect(answer.status).toBe(200)
    list.push(...answer.body.Operations)
  }
  return list
}

/** A tenant of 1,520 people: ten were lost, and then 1,500 more, one of them protected and in a team. */
async function withAccident() {
  const scim = await newTenant(fetch, server.url, adminToken, {
    guard: { deactivations: 0, protected: ['user0100'] },
  })
  const made = await bulk(
    scim,
    Array.from({ length: 1_520 }, (_, index) => ({
      method: 'POST',
      path: '/Users',
      bulkId: `p${index}`,
      data: person({ userName: `user${String(index).padStart(4, '0')}`, emails: [] }),
    })),
  )
  const ids: string[] = made.map(({ location }) => location.split('/').at(-1))
  const members = ids.slice(0, 20).map((value) => ({ value }))
  const legal = await scim.call('POST', '/Groups', { displayName: 'Legal 7', members })
  const off = patch({ op: 'replace', path: 'active', value: false })
  await bulk(
    scim,
    ids.slice(0, 1_510).map((id) => ({ method: 'PATCH', path: `/Users/${id}`, data: off })),
  )
  const leave = patch({ op: 'remove', path: 'members', value: [{ value: ids[10] }] })
  await scim.call('PATCH', `/Groups/${legal.body.id}`, leave)
  return { scim, ids, legal: String(legal.body.id) }
}

let scene: Awaited<ReturnType<typeof withAccident>>

const signedIn = (path: string) => visitSignedIn(server.url, adminToken, path)

const main = (page: Page) => page.locator('main').innerText()

describeInBrowser('1,500 people who wait', () => {
  beforeAll(async () => {
    scene = await withAccident()
  })

  it('are explained, paged, searched and chosen change by change', async () => {
    const { scim } = scene
    const { page, complaints, close } = await signedIn(`/tenants/${scim.slug}/holds`)
    await page.getByRole('heading', { name: '1,500 people Waiting' }).waitFor()
    const text = await main(page)
    for (const part of [
      'OneLogin',
      'with the token “test”',
      'of 1,520 active people within an hour; 10 were allowed',
      '10 people went through in the same hour before the hold',
      '1,500 people, 1,501 changes',
      'Page 1 of 30',
    ]) {
      expect(text).toContain(part)
    }
    expect(await violations(page)).toEqual([])
    // The protected one comes first.
    expect(await page.getByRole('rowheader').first().innerText()).toMatch(/user0100\s+Protected/i)
    await page.getByRole('link', { name: 'Next' }).click()
    await page.getByText('Page 2 of 30').waitFor()

    await page.getByLabel('Part of the name').fill('USER0010')
    await page.getByRole('button', { name: 'Search' }).click()
    await page.getByText('1 person, 2 changes of this filter').waitFor()
    await page.getByText('2 changes', { exact: true }).click()
    await page.getByRole('checkbox', { name: /Leaves the team Legal 7/ }).check()
    await page.getByRole('button', { name: 'Discard chosen' }).click()
    await page.getByRole('heading', { name: 'Discarded changes' }).waitFor()
    expect(await main(page)).toContain('1,500 people, 1,500 changes')
    expect(complaints).toEqual([])
    await close()
  })

  it('are released by a filter after the number was typed, and taken back in time', async () => {
    const { scim } = scene
    const { page, close } = await signedIn(`/tenants/${scim.slug}/holds?search=user02`)
    await page.getByText('100 people, 100 changes of this filter').waitFor()
    await page.getByRole('button', { name: 'Release all of this filter' }).click()
    await page.getByRole('heading', { name: 'Release 100 changes?' }).waitFor()
    expect(await main(page)).toContain('until then you can take it back')
    expect(await violations(page)).toEqual([])
    await page.getByLabel('Type 100 to confirm').fill('1500')
    await page.getByRole('button', { name: 'Release all' }).click()
    await page.getByText('That was another number').waitFor()
    await page.getByLabel('Type 100 to confirm').fill('100')
    await page.getByRole('button', { name: 'Release all' }).click()
    await page.getByRole('heading', { name: 'Released, not told yet' }).waitFor()
    expect(await main(page)).toContain('100 people, 100 changes')
    const { body } = await admin().call('GET', `/tenants/${scim.slug}/holds`)
    expect(body.holds[0]).toMatchObject({ waiting: 1_500, released: 0 })
    await page.getByRole('button', { name: 'Take back' }).click()
    await page.getByText('the changes wait again').waitFor()
    expect(await page.getByRole('heading', { name: 'Released, not told yet' }).count()).toBe(0)
    await close()
  })

  it('follow ten who went through, whom the application is told to take back', async () => {
    const { scim } = scene
    const { page, close } = await signedIn(`/tenants/${scim.slug}/holds`)
    await page.getByRole('button', { name: 'Tell the application to take them back' }).click()
    await page.getByText('the application is told that it has these people again').waitFor()
    expect(await main(page)).toContain('or the application has them back')
    await close()
  })

  it('are never beside a good word: in the overview, the lists, their pages and the activity', async () => {
    const { scim, ids, legal } = scene
    const { page, complaints, close } = await signedIn(`/tenants/${scim.slug}`)
    await page.getByText('Changes are on hold.').waitFor()
    expect(await page.locator('.notice[data-state="good"]').count()).toBe(0)
    await page.goto(`${server.url}/admin/tenants/${scim.slug}/users?search=user0300`)
    const row = page.getByRole('row').filter({ hasText: 'user0300' })
    expect((await row.innerText()).toUpperCase()).toContain('ON HOLD')
    await page.getByRole('link', { name: 'user0300' }).click()
    await page.getByRole('heading', { name: 'The application sees this otherwise' }).waitFor()
    expect(await main(page)).toContain('OneLogin: inactive')
    expect(await violations(page)).toEqual([])
    await scim.call('DELETE', `/Users/${ids[301]}`)
    await page.goto(`${server.url}/admin/tenants/${scim.slug}/users?search=user0301`)
    await page.getByRole('link', { name: 'user0301' }).click()
    await page
      .getByText(/: deleted/)
      .first()
      .waitFor()
    expect(await violations(page)).toEqual([])
    await page.goto(`${server.url}/admin/tenants/${scim.slug}/teams/${legal}`)
    await page.getByRole('heading', { name: 'The application sees this otherwise' }).waitFor()
    await page.goto(`${server.url}/admin/tenants/${scim.slug}/activity`)
    await page.getByRole('heading', { name: 'Done and held' }).waitFor()
    await page.getByRole('link', { name: 'All that is on hold' }).click()
    await page.getByRole('heading', { name: '1,500 people Waiting' }).waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  it('are decided by the customer’s administrator, whose link shows nothing else', async () => {
    const { scim } = scene
    const made = await admin().call('POST', `/tenants/${scim.slug}/links`, {
      role: 'approve',
      label: 'Ann at Acme',
      expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
    })
    const { page, complaints, close } = await visit()
    await page.goto(made.body.url)
    await page.getByRole('button', { name: /open/i }).click()
    await page.getByRole('heading', { name: '1,500 people Waiting' }).waitFor()
    const text = await main(page)
    for (const inside of ['token “test”', 'request ']) expect(text).not.toContain(inside)
    // The stylesheet shows the navigation.
    await settle(page)
    expect(await page.getByRole('navigation', { name: 'Tenant' }).getByRole('link').count()).toBe(1)
    await page.getByRole('checkbox').nth(1).check()
    await page.getByRole('button', { name: 'Release chosen', exact: true }).click()
    await page.getByRole('heading', { name: 'Released, not told yet' }).waitFor()
    expect(await main(page)).toContain('Ann at Acme')
    expect(await violations(page)).toEqual([])
    expect(complaints).toEqual([])
    await close()
  })

  it('leave the switch of the operator alone when a link for setting up uses its own', async () => {
    const { scim } = scene
    await admin().call('PATCH', `/tenants/${scim.slug}`, { enabled: false })
    const made = await admin().call('POST', `/tenants/${scim.slug}/links`, {
      role: 'setup',
      expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
    })
    const { page, close } = await visit()
    await page.goto(made.body.url)
    await page.getByRole('button', { name: /open/i }).click()
    await page.getByText('Only Rollcall can switch that on again').waitFor()
    await page.getByRole('button', { name: 'Switch provisioning off' }).click()
    await page.getByRole('button', { name: 'Switch provisioning on' }).click()
    await page.getByRole('button', { name: 'Switch provisioning off' }).waitFor()
    await page.getByText('Only Rollcall can switch that on again').waitFor()
    expect((await scim.call('GET', '/Users')).status).toBe(401)
    await close()
  })
})
