/** The operator, from a new customer to a delivery that is mended: what needs somebody comes by itself. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { simulate } from '../../scripts/simulator/simulate.ts'
import { describeInBrowser, violations, visit } from '../support/browser'
import { adminToken, startServer, type Server } from '../support/server'
import { startSink, type Sink } from '../support/sink'
import { client, operator, patch, person } from '../support/tenant'

let server: Server
let sink: Sink

beforeAll(async () => {
  server = await startServer()
  sink = await startSink()
})

afterAll(async () => {
  await server?.stop()
  await sink?.stop()
})

const slug = 'operators-story'

/** The line of the tenant in the inbox. */
function line(page: Page, what: string) {
  const inbox = page.getByRole('table', { name: 'What needs somebody' })
  return inbox.getByRole('row').filter({ hasText: what })
}

async function home(page: Page): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Console' })
    .getByRole('link', { name: 'Home' })
    .click()
  await page.getByRole('heading', { name: 'Home' }).waitFor()
}

describeInBrowser('the operator', () => {
  it('connects a customer, sees the hold and the paused endpoint come, and mends both', async () => {
    const { page, complaints, close } = await visit()
    // `/` is the console for a browser.
    await page.goto(server.url)
    await page.getByLabel('Operator secret').fill(adminToken)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Nothing does at the moment.').waitFor()
    await page.getByLabel('Name', { exact: true }).fill('Story Corp.')
    await page.getByLabel('Slug').fill(slug)
    await page.getByRole('button', { name: 'Create tenant' }).click()
    const tenant = page.getByRole('navigation', { name: 'Tenant' })

    await page.getByLabel('Label').fill('OneLogin')
    const generate = page.getByRole('button', { name: 'Generate token' })
    await generate.dblclick()
    const token = await page.getByLabel('Token', { exact: true }).inputValue()
    const baseUrl = await page.getByLabel('SCIM base URL').first().inputValue()
    expect(await page.getByRole('table', { name: 'Tokens' }).getByRole('row').count()).toBe(2)
    await page.reload()
    expect(await page.content()).not.toContain(token)

    await tenant.getByRole('link', { name: 'Share' }).click()
    await page.getByRole('radio', { name: 'Set up' }).check()
    await page.getByLabel('Label').fill('Ann at Story Corp.')
    await page.getByRole('button', { name: 'Make link' }).click()
    const link = await page.getByLabel('Link', { exact: true }).inputValue()
    expect(link).toContain(`${server.url}/admin/open#`)
    expect(await violations(page)).toEqual([])

    const report = await simulate('onelogin', {
      url: baseUrl,
      token,
      people: 12,
      teams: 2,
      rate: 0,
      seed: 1,
    })
    expect([report.stopped, report.failures]).toEqual([undefined, []])
    await tenant.getByRole('link', { name: 'Overview' }).click()
    await expect
      .poll(async () => {
        await page.reload()
        return page.locator('.health').innerText()
      })
      .toContain('last called')
    await tenant.getByRole('link', { name: 'Trends' }).click()
    await page.getByRole('img', { name: /The last 48 hours: \d+ changes/ }).waitFor()
    expect(await violations(page)).toEqual([])

    // An accident: everybody is deactivated, beyond what may be lost.
    const admin = operator(fetch, server.url, adminToken)
    await admin.call('PATCH', `/tenants/${slug}`, { 'guard.delay': 0 })
    const scim = client(fetch, baseUrl, token)
    const people = Array.from({ length: 26 }, () => person())
    const off = patch({ op: 'replace', path: 'active', value: false })
    for (const one of people) {
      const { body } = await scim.call('POST', '/Users', one)
      await scim.call('PATCH', `/Users/${body.id}`, off)
    }
    await home(page)
    expect(await line(page, 'On hold').innerText()).toMatch(/Story Corp\.[\s\S]*changes? waits?/)
    expect(await violations(page)).toEqual([])
    await line(page, 'On hold').getByRole('link').click()
    const release = page.getByRole('button', { name: 'Release all' })
    await release.click()
    // So many are released by whoever types how many there are.
    const asked = await page.getByText(/^Type \d+ to confirm/).innerText()
    await page.getByLabel(/^Type \d+ to confirm/).fill(/\d+/.exec(asked)?.[0] ?? '')
    await release.click()
    await page.getByText('Released: the application is told.').waitFor()
    await home(page)
    expect(await line(page, 'On hold').count()).toBe(0)

    // A receiver that has gone: the endpoint is paused, and waits in the inbox.
    await fetch(`${sink.url}/gone`, { method: 'PUT', body: JSON.stringify([{ status: 410 }]) })
    const url = `${sink.url}/gone`
    const made = await admin.call('POST', `/tenants/${slug}/webhooks`, { url })
    await scim.call('POST', '/Users', person())
    await expect
      .poll(async () => {
        await page.reload()
        return line(page, 'Delivery paused').count()
      })
      .toBe(1)
    await line(page, 'Delivery paused').getByRole('link').click()
    const events = page.getByRole('table', { name: 'Events' })
    const failed = events.getByRole('row').filter({ hasText: 'Failed' })
    await failed.getByRole('link').click()
    await page.getByLabel('Body of the event').waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Resend' }).click()
    await page.getByText(/Event \d+ was answered 204\./).waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByText('Delivery goes on where it stopped.').waitFor()
    await expect
      .poll(async () => (await admin.call('GET', `/tenants/${slug}/webhooks/${made.body.id}`)).body)
      .toMatchObject({ state: 'active', behind: 0 })
    await home(page)
    expect(await line(page, 'Delivery').count()).toBe(0)
    // The page that asks whether all are to be released is answered with 409.
    expect(complaints.filter((text) => !text.includes('409'))).toEqual([])
    await close()
  })
})
