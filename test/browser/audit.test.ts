/** The audit in Chromium: an entry beside the list, by keyboard, on a phone and without JavaScript. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { copiedIn, describeInBrowser, violations, visitSignedIn } from '../support/browser'
import { adminToken, startServer, type Server } from '../support/server'
import { newTenant, operator } from '../support/tenant'

let server: Server
let slug: string

beforeAll(async () => {
  server = await startServer()
  const scim = await newTenant(fetch, server.url, adminToken)
  slug = scim.slug
  const admin = operator(fetch, server.url, adminToken)
  await admin.call('PATCH', `/tenants/${slug}`, { name: 'Renamed' })
})

afterAll(async () => {
  await server?.stop()
})

function work(options?: Parameters<typeof visitSignedIn>[3]) {
  return visitSignedIn(server.url, adminToken, `/tenants/${slug}/audit`, options)
}

const panel = (page: Page) => page.locator('#line')
const links = (page: Page) => page.locator('a[data-line]')
const lineOf = (page: Page) => new URL(page.url()).searchParams.get('line')

describeInBrowser('the audit', () => {
  it('opens an entry beside the list, goes through the entries by keyboard, and copies', async () => {
    const permissions = ['clipboard-read', 'clipboard-write']
    const { page, complaints, close } = await work({ permissions })
    const count = await links(page).count()
    await links(page).first().click()
    await panel(page).getByText('tenant.changed').waitFor()
    expect(lineOf(page)).toBe(String(count))
    expect(await violations(page)).toEqual([])
    const [card, button] = [
      await page.locator('.list .card').boundingBox(),
      await page.getByRole('button', { name: 'Filter' }).boundingBox(),
    ]
    expect((button?.x ?? 0) + (button?.width ?? 0)).toBeLessThan(
      (card?.x ?? 0) + (card?.width ?? 0),
    )
    await panel(page).getByRole('button', { name: 'Copy what was after' }).click()
    const copied = () => copiedIn(page).then((text) => text.replaceAll(/\s/g, ''))
    await expect.poll(copied).toBe('{"name":"Renamed"}')
    await page.keyboard.press('ArrowDown')
    await page.locator(`a[data-line="${count - 1}"][aria-current]`).waitFor()
    await page.keyboard.press('Escape')
    expect(await panel(page).count()).toBe(0)
    expect(lineOf(page)).toBe(null)
    expect(complaints).toEqual([])
    await close()
  })

  it('is a page of its own on a phone, and without JavaScript', async () => {
    const phone = await work({ viewport: { width: 390, height: 844 } })
    await links(phone.page).first().click()
    await panel(phone.page).getByText('tenant.changed').waitFor()
    expect(await links(phone.page).first().isVisible()).toBe(false)
    const width = await phone.page.evaluate(() => document.documentElement.scrollWidth)
    expect(width).toBeLessThanOrEqual(390)
    expect(await violations(phone.page)).toEqual([])
    await phone.close()
    const plain = await work({ javaScriptEnabled: false })
    await links(plain.page).first().click()
    await panel(plain.page).getByText('tenant.changed').waitFor()
    await panel(plain.page).getByRole('link', { name: 'Close' }).click()
    await panel(plain.page).waitFor({ state: 'detached' })
    await plain.page.getByLabel('From (UTC)').fill('2026-01-15T13:00')
    await plain.page.getByRole('button', { name: 'Filter' }).click()
    await plain.page.getByText('Filtered.').waitFor()
    await plain.close()
  })
})
