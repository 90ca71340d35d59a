/** The log as a place to work in: a line beside the list, the keyboard, the phone, times of one's own zone. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  copiedIn,
  describeInBrowser,
  searchByKey,
  violations,
  visitSignedIn,
} from '../support/browser'
import { adminToken, startServer, type Server } from '../support/server'
import { client, newTenant, operator, patch, person } from '../support/tenant'

let server: Server
let slug: string
let base: { readonly url: string; readonly token: string }

beforeAll(async () => {
  server = await startServer()
  const scim = await newTenant(fetch, server.url, adminToken)
  slug = scim.slug
  base = { url: scim.baseUrl, token: scim.token }
  const ann = await scim.call('POST', '/Users', person({ displayName: 'Ann' }))
  await scim.call('POST', '/Groups', { displayName: 'Sales', members: [{ value: ann.body.id }] })
  await scim.call('PATCH', `/Users/${ann.body.id}`, patch({ op: 'add', path: 'title', value: 'X' }))
  await scim.call('POST', '/Users', person({ userName: 'Ann.Capital@Example.com' }))
})

afterAll(async () => {
  await server?.stop()
})

function work(options?: Parameters<typeof visitSignedIn>[3], query = '') {
  const path = `/tenants/${slug}/activity${query}`
  return visitSignedIn(server.url, adminToken, path, { timezoneId: 'Pacific/Auckland', ...options })
}

const panel = (page: Page) => page.locator('#line')
const lineOf = (page: Page) => new URL(page.url()).searchParams.get('line')
const links = (page: Page) => page.locator('a[data-line]')

/** Names of the lines, the latest first, once the refusal is among them: it is written after the answer. */
async function linesOf(page: Page): Promise<string[]> {
  await expect
    .poll(async () => {
      await page.reload()
      return links(page).count()
    })
    .toBe(4)
  return links(page).evaluateAll((all) => all.map((link) => link.getAttribute('data-line') ?? ''))
}

describeInBrowser('the log', () => {
  it('opens a line beside the list, goes through the lines by keyboard, and closes', async () => {
    const { page, complaints, close } = await work()
    const lines = await linesOf(page)
    expect(lines[0]).toBe('refusal.1')
    const before = page.url()
    await links(page).first().click()
    await panel(page).getByText('POST /Users').waitFor()
    expect(lineOf(page)).toBe('refusal.1')
    expect(await links(page).count()).toBe(4)
    expect(await panel(page).evaluate((it) => it === document.activeElement)).toBe(true)
    const [list, beside] = [
      await page.locator('.list').boundingBox(),
      await panel(page).boundingBox(),
    ]
    expect(beside?.x).toBeGreaterThan((list?.x ?? 0) + (list?.width ?? 0))
    expect(await violations(page)).toEqual([])
    for (const place of [1, 2, 3, 3]) {
      await page.keyboard.press('ArrowDown')
      await page.locator(`a[data-line="${lines[place]}"][aria-current]`).waitFor()
    }
    await page.keyboard.press('ArrowUp')
    await page.locator(`a[data-line="${lines[2]}"][aria-current]`).waitFor()
    expect(lineOf(page)).toBe(lines[2])
    await panel(page).getByText('Event 2').waitFor()
    // The address of the line opens the same again, and going back leads to the list.
    await page.reload()
    await panel(page).getByText('Event 2').waitFor()
    await page.keyboard.press('Escape')
    expect(await panel(page).count()).toBe(0)
    expect(page.url()).toBe(before)
    expect(
      await links(page)
        .nth(2)
        .evaluate((it) => it === document.activeElement),
    ).toBe(true)
    await page.keyboard.press('ArrowDown')
    expect(
      await links(page)
        .nth(3)
        .evaluate((it) => it === document.activeElement),
    ).toBe(true)
    await page.keyboard.press('Enter')
    await panel(page).getByText('Event 1').waitFor()
    await page.goBack()
    await panel(page).waitFor({ state: 'detached' })
    expect(complaints).toEqual([])
    await close()
  })

  it('keeps up with a key that is held down, and stays on a jump within the page', async () => {
    const { page, close } = await work()
    const lines = await linesOf(page)
    await links(page).first().click()
    await panel(page).getByText('POST /Users').waitFor()
    // Three presses before any answer: each goes on from the one before.
    await page.evaluate(() => {
      for (let press = 0; press < 3; press += 1) {
        document.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }))
      }
    })
    await page.locator(`a[data-line="${lines[3]}"][aria-current]`).waitFor()
    await page.evaluate(() => Object.assign(globalThis, { isSame: true }))
    await page.evaluate(() => location.assign('#main'))
    await page.goBack()
    await panel(page).waitFor()
    expect(await page.evaluate(() => 'isSame' in globalThis)).toBe(true)
    await close()
  })

  it('copies what is in the panel, and leads to the person', async () => {
    const permissions = ['clipboard-read', 'clipboard-write']
    const { page, close } = await work({ permissions })
    await linesOf(page)
    await links(page).first().click()
    await panel(page).getByRole('button', { name: 'Copy the request id' }).click()
    const id = await panel(page).locator('#line-request').innerText()
    await expect.poll(() => copiedIn(page)).toBe(id)
    await panel(page).getByRole('button', { name: 'Copy request' }).click()
    await expect.poll(() => copiedIn(page)).toContain('"userName"')
    await panel(page).getByRole('link', { name: 'In time' }).click()
    await page.getByRole('heading', { name: 'Ann.Capital@Example.com' }).waitFor()
    // The search by the request leads back to the line.
    await searchByKey(page, '/', id)
    await page.getByRole('main').getByRole('link', { name: id }).first().click()
    await panel(page).getByText(id, { exact: true }).waitFor()
    await close()
  })

  it('is a page of its own on a phone, and without JavaScript', async () => {
    const phone = await work({ viewport: { width: 390, height: 844 } })
    await linesOf(phone.page)
    await links(phone.page).first().click()
    await panel(phone.page).getByText('POST /Users').waitFor()
    expect(await links(phone.page).first().isVisible()).toBe(false)
    const width = await phone.page.evaluate(() => document.documentElement.scrollWidth)
    expect(width).toBeLessThanOrEqual(390)
    expect(await violations(phone.page)).toEqual([])
    await panel(phone.page).getByRole('link', { name: 'Close' }).click()
    expect(await links(phone.page).first().isVisible()).toBe(true)
    await phone.close()
    const plain = await work({ javaScriptEnabled: false })
    await links(plain.page).first().click()
    await panel(plain.page).getByText('POST /Users').waitFor()
    expect(lineOf(plain.page)).toBe('refusal.1')
    await panel(plain.page).getByRole('link', { name: 'Close' }).click()
    await panel(plain.page).waitFor({ state: 'detached' })
    await plain.close()
  })

  it('follows what comes, beside a line that is open', async () => {
    const { page, close } = await work()
    await linesOf(page)
    await page.getByRole('link', { name: 'Follow' }).click()
    await links(page).first().click()
    await panel(page).getByText('POST /Users').waitFor()
    const scim = client(fetch, base.url, base.token)
    const { body } = await scim.call('POST', '/Users', person())
    await page.getByRole('link', { name: body.userName }).waitFor()
    const line = page.locator('a[data-line="refusal.1"]')
    await page.locator('a[data-line="refusal.1"][aria-current]').waitFor()
    await panel(page).getByText('POST /Users').waitFor()
    // A line that has the focus keeps it.
    await page.keyboard.press('Escape')
    const next = await scim.call('POST', '/Users', person())
    await page.getByRole('link', { name: next.body.userName }).waitFor()
    expect(await line.evaluate((it) => it === document.activeElement)).toBe(true)
    await close()
  })

  it('has times in the zone of the browser and UTC on hover, and a span that is typed so', async () => {
    const { page, close } = await work({ locale: 'en-GB' })
    const time = page.locator('table.log time').first()
    const at = new Date((await time.getAttribute('datetime')) ?? '')
    const zoned = new Intl.DateTimeFormat('en-GB', {
      timeStyle: 'medium',
      timeZone: 'Pacific/Auckland',
    })
    expect(await time.textContent()).toContain(zoned.format(at))
    expect(await time.getAttribute('title')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/)
    await page.getByLabel('From', { exact: true }).fill('2026-01-15T13:00')
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByText('Filtered.').waitFor()
    // Auckland is 13 hours ahead in January.
    expect(new URL(page.url()).searchParams.get('from')).toBe('2026-01-15T00:00')
    expect(await page.getByLabel('From', { exact: true }).inputValue()).toBe('2026-01-15T13:00')
    await close()
    const plain = await work({ javaScriptEnabled: false })
    expect(await plain.page.locator('table.log time').first().textContent()).toMatch(/ UTC$/)
    expect(await plain.page.getByLabel('From (UTC)').count()).toBe(1)
    await plain.close()
  })

  it('has a replay from a time that is typed in the zone of the browser, too', async () => {
    const admin = operator(fetch, server.url, adminToken)
    const hooks = `/tenants/${slug}/webhooks`
    const { body } = await admin.call('POST', hooks, { url: 'https://example.com/hook' })
    const path = `${hooks}/${body.id}`
    await admin.call('POST', `${path}/pause`)
    const options = { timezoneId: 'Pacific/Auckland' }
    const { page, close } = await visitSignedIn(server.url, adminToken, path, options)
    await page
      .getByLabel('Deliver again what happened from this time on', { exact: true })
      .fill('2026-01-15T13:00')
    const sent = page.waitForRequest((request) => request.method() === 'POST')
    await page.getByRole('button', { name: 'Replay from this time' }).click()
    // Auckland is 13 hours ahead in January.
    expect(new URLSearchParams((await sent).postData() ?? '').get('since')).toBe('2026-01-15T00:00')
    await page.getByText('Events are delivered again from there on.').waitFor()
    expect((await admin.call('GET', path)).body.deliveredUpTo).toBe(0)
    await close()
    const script = { javaScriptEnabled: false }
    const plain = await visitSignedIn(server.url, adminToken, path, script)
    const label = 'Deliver again what happened from this time on (UTC)'
    expect(await plain.page.getByLabel(label).count()).toBe(1)
    await plain.close()
  })

  it('wraps no time, at any width', async () => {
    for (const width of [1200, 1024, 390]) {
      const { page, close } = await work({ viewport: { width, height: 900 } })
      for (const path of ['', `/tenants/${slug}`, `/tenants/${slug}/connection`]) {
        await page.goto(`${server.url}/admin${path}`)
        const wrapped = await page
          .locator('time')
          .evaluateAll((all) => all.filter((time) => time.getClientRects().length > 1).length)
        expect([width, path, wrapped]).toEqual([width, path, 0])
        expect(await page.locator('time').count()).toBeGreaterThan(0)
      }
      await close()
    }
  })
})
