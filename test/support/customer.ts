/** A customer's administrator in a browser, and the product that the link comes from. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { violations } from './browser'
import { adminToken } from './server'
import { operator } from './tenant'

export const brand = { PRODUCT_NAME: 'Northwind', PRODUCT_ACCENT: '#0a7d6b' }

/** A tenant without anything, and links for it as the product's page asks for them. */
export async function newCustomer(url: string, name = 'Acme Corp.') {
  const api = operator(fetch, url, adminToken)
  const slug = `s-${crypto.randomUUID().slice(0, 13)}`
  await api.call('POST', '/tenants', { slug, name })
  const link = async (more: Readonly<Record<string, unknown>> = {}): Promise<string> => {
    const expiresAt = new Date(Date.now() + 8 * 3_600_000).toISOString()
    const wanted = { role: 'setup', label: 'Ann at Acme', opensWithin: 300, expiresAt, ...more }
    const made = await api.call('POST', `/tenants/${slug}/links`, wanted)
    expect(made.status).toBe(201)
    return made.body.url
  }
  const tokens = async (): Promise<unknown[]> =>
    (await api.call('GET', `/tenants/${slug}/tokens`)).body.tokens
  return { slug, baseUrl: `${url}/scim/v2/${slug}`, api, link, tokens }
}

const desktop = { width: 1280, height: 800 }
const phone = { width: 390, height: 844 }

/** Nothing serious for axe, and nothing wider than the window, on a phone and in both schemes. */
export async function faultsOf(page: Page): Promise<string[]> {
  const faults: string[] = []
  for (const [viewport, colorScheme] of [
    [phone, 'light'],
    [desktop, 'dark'],
    [desktop, 'light'],
  ] as const) {
    await page.setViewportSize(viewport)
    await page.emulateMedia({ colorScheme })
    faults.push(...(await violations(page)))
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    if (overflow > 0) faults.push(`${page.url()}: ${overflow} pixels too wide`)
  }
  return faults
}

/** The top of the main heading, in pixels of a phone, once the page has its stylesheet. */
export async function headingTop(page: Page): Promise<number> {
  await page.waitForLoadState('load')
  await page.setViewportSize(phone)
  const box = await page.locator('h1').boundingBox()
  await page.setViewportSize(desktop)
  return box?.y ?? Infinity
}

/** A product on another site than the gateway: `localhost` and 127.0.0.1 are two sites. */
export async function startProduct() {
  const listener = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const of = (searchParams.get('of') ?? '').replaceAll('"', '')
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.end(
      pathname === '/frame'
        ? `<title>Product</title><iframe src="${of}" width="1000" height="700" title="SCIM"></iframe>`
        : '<title>Product</title><h1>Security → SCIM</h1>',
    )
  })
  await new Promise<void>((resolve) => listener.listen(0, 'localhost', resolve))
  const { port } = listener.address() as AddressInfo
  return {
    url: `http://localhost:${port}`,
    stop: () => new Promise<void>((resolve) => listener.close(() => resolve())),
  }
}
