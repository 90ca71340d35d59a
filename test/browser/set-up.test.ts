/** The customer's administrator in Chromium: from the link to the end, with the simulator as the provider. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { simulate } from '../../scripts/simulator/simulate.ts'
import { describeInBrowser, violations, visit } from '../support/browser'
import { adminToken, startServer, type Server } from '../support/server'
import { client, operator } from '../support/tenant'

let server: Server

const brand = { PRODUCT_NAME: 'Northwind', PRODUCT_ACCENT: '#0a7d6b' }

beforeAll(async () => {
  server = await startServer(undefined, brand)
})

afterAll(async () => {
  await server?.stop()
})

const api = () => operator(fetch, server.url, adminToken)

async function newTenant(): Promise<string> {
  const slug = `s-${crypto.randomUUID().slice(0, 13)}`
  await api().call('POST', '/tenants', { slug, name: 'Acme Corp.' })
  return slug
}

/** What the product asks for, for its page "Security → SCIM". */
async function linkFor(slug: string, returnUrl: string): Promise<string> {
  const made = await api().call('POST', `/tenants/${slug}/links`, {
    role: 'setup',
    label: 'Ann at Acme',
    returnUrl,
    opensWithin: 300,
    expiresAt: new Date(Date.now() + 8 * 3_600_000).toISOString(),
  })
  expect(made.status).toBe(201)
  return made.body.url
}

const desktop = { width: 1280, height: 800 }
const phone = { width: 390, height: 844 }

/** Nothing serious for axe, and nothing wider than the window, on a phone and in both schemes. */
async function faultsOf(page: Page): Promise<string[]> {
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

/** The top of the main heading, in pixels of a phone. */
async function headingTop(page: Page): Promise<number> {
  await page.setViewportSize(phone)
  const box = await page.locator('h1').boundingBox()
  await page.setViewportSize(desktop)
  return box?.y ?? Infinity
}

interface Story {
  readonly locale: string
  readonly open: string
  readonly makeToken: string
  readonly waiting: RegExp
  readonly connected: RegExp
  readonly people: RegExp
  readonly rule: string
  readonly isDone: string
  readonly finish: string
  readonly back: string
}

const stories: readonly Story[] = [
  {
    locale: 'en-GB',
    open: 'Open',
    makeToken: 'Generate token',
    waiting: /Waiting for the first call of OneLogin/,
    connected: /OneLogin is connected; last call/,
    people: /\d+ people have arrived; the latest: /,
    rule: 'The rule works: people are in teams.',
    isDone: 'Provisioning is set up',
    finish: 'Finish the set-up',
    back: 'Back to Northwind',
  },
  {
    locale: 'de-DE',
    open: 'Öffnen',
    makeToken: 'Token erzeugen',
    waiting: /Warten auf den ersten Aufruf von OneLogin/,
    connected: /OneLogin ist verbunden; letzter Aufruf/,
    people: /\d+ Personen sind angekommen; zuletzt: /,
    rule: 'Die Regel wirkt: Personen sind in Teams.',
    isDone: 'Die Bereitstellung ist eingerichtet',
    finish: 'Einrichtung abschließen',
    back: 'Zurück zu Northwind',
  },
]

describeInBrowser('a newcomer with OneLogin', () => {
  it.each(stories)(
    'gets from the link to the end in at most ten pages: $locale',
    async ({ locale, ...story }) => {
      const slug = await newTenant()
      const { page, complaints, close } = await visit({ locale, timezoneId: 'Europe/Berlin' })
      const product = await startProduct()
      const faults: string[] = []
      const pages: string[] = []
      const look = async () => {
        pages.push(new URL(page.url()).pathname)
        expect(await headingTop(page)).toBeLessThan(250)
        faults.push(...(await faultsOf(page)))
      }
      const next = () => page.locator('nav.actions a.button').click()

      await page.goto(await linkFor(slug, product.url))
      await look()
      await page.getByRole('button', { name: story.open }).click()
      await page.getByRole('button', { name: 'OneLogin' }).waitFor()
      await look()
      await page.getByRole('button', { name: 'OneLogin' }).click()
      await page.getByText('SCIM Provisioner with SAML (SCIM v2 Enterprise)').first().waitFor()
      await look()
      await next()
      await page.getByRole('button', { name: story.makeToken }).dblclick()
      const token = (await page.locator('#new-token').textContent()) ?? ''
      expect(token).toMatch(new RegExp(`^rollcall_${slug}_`))
      await page.getByText(story.waiting).waitFor()
      const { tokens } = (await api().call('GET', `/tenants/${slug}/tokens`)).body
      expect(tokens).toHaveLength(1)
      await look()

      // The provider tests the connection: the page says so by itself, and still shows the token.
      const baseUrl = `${server.url}/scim/v2/${slug}`
      const scim = client(fetch, baseUrl, token)
      await scim.call('GET', '/Users?filter=userName+eq+%22nobody%22&', undefined, {
        'User-Agent': '',
      })
      await page.getByText(story.connected).waitFor()
      expect(await page.locator('#new-token').textContent()).toBe(token)

      for (const word of ['Enable provisioning', 'Include in User Provisioning']) {
        await next()
        await page.getByText(word).first().waitFor()
        await look()
      }
      await next()
      await page.getByText('Set Groups in Northwind').first().waitFor()
      await look()
      await next()
      await page.getByText('Approve').first().waitFor()
      await look()

      const played = { url: baseUrl, token, people: 6, teams: 2, rate: 0, seed: 1 }
      expect((await simulate('onelogin', played)).isClean).toBe(true)
      await page.getByText(story.people).waitFor()
      await next()
      await page.getByText('Add to Role').first().waitFor()
      await page.getByText(story.rule).waitFor()
      expect(await page.locator('.steps a[data-done=true]').count()).toBe(7)
      await look()
      await next()
      await page.getByRole('heading', { name: story.isDone }).waitFor()
      await look()
      expect(pages.length).toBeLessThanOrEqual(10)

      await page.getByRole('button', { name: story.finish }).click()
      const tabs = page.locator('nav.sections a')
      expect(await tabs.count()).toBe(3)
      for (const index of [0, 1, 2]) {
        await tabs.nth(index).click()
        await page.locator(`nav.sections a[aria-current]`).nth(0).waitFor()
        faults.push(...(await faultsOf(page)))
      }
      expect(faults).toEqual([])
      expect(complaints).toEqual([])
      await page.getByRole('link', { name: story.back }).click()
      await page.getByText('Security → SCIM').waitFor()
      await product.stop()
      await close()
    },
  )

  it('sees times in the zone of the browser, and UTC on hover', async () => {
    const slug = await newTenant()
    await api().call('POST', `/tenants/${slug}/tokens`, { label: 'test' })
    const { page, close } = await visit({ locale: 'de-DE', timezoneId: 'Pacific/Auckland' })
    await page.goto(await linkFor(slug, 'https://app.example.com/'))
    await page.getByRole('button', { name: 'Öffnen' }).click()
    await page.goto(`${server.url}/admin/set-up/${slug}/status`)
    const time = page.locator('time').first()
    const at = new Date((await time.getAttribute('datetime')) ?? '')
    const zoned = new Intl.DateTimeFormat('de', {
      dateStyle: 'medium',
      timeStyle: 'short',
      timeZone: 'Pacific/Auckland',
    })
    expect(await time.textContent()).toBe(zoned.format(at))
    expect(await time.getAttribute('title')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d UTC$/)
    await close()
    const plain = await visit({ javaScriptEnabled: false, timezoneId: 'Pacific/Auckland' })
    await plain.page.goto(`${server.url}/admin/open`)
    const code = new URL(await linkFor(slug, 'https://app.example.com/')).hash.slice(1)
    await plain.page.getByLabel('Code of the link').fill(code)
    await plain.page.getByRole('button', { name: 'Open' }).click()
    await plain.page.goto(`${server.url}/admin/set-up/${slug}/status`)
    expect(await plain.page.locator('time').first().textContent()).toMatch(/ UTC$/)
    await plain.close()
  })

  it('works in a frame of the product, and in no other', async () => {
    const product = await startProduct()
    const framed = await startServer(undefined, { ...brand, FRAME_ANCESTORS: product.url })
    const foreign = await startProduct()
    try {
      const slug = `s-${crypto.randomUUID().slice(0, 13)}`
      const own = operator(fetch, framed.url, adminToken)
      await own.call('POST', '/tenants', { slug, name: 'Acme Corp.' })
      const newLink = async () =>
        (
          await own.call('POST', `/tenants/${slug}/links`, {
            role: 'setup',
            expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
          })
        ).body.url
      const { page, close } = await visit()
      await page.goto(`${product.url}/frame?of=${encodeURIComponent(await newLink())}`)
      const frame = page.frameLocator('iframe')
      await frame.getByRole('button', { name: 'Open' }).click()
      await frame.getByRole('button', { name: 'OneLogin' }).click()
      await frame.getByText('SCIM Provisioner with SAML (SCIM v2 Enterprise)').first().waitFor()
      await frame.locator('nav.actions a.button').click()
      await frame.getByRole('button', { name: 'Generate token' }).click()
      const token = (await frame.locator('#new-token').textContent()) ?? ''
      await client(fetch, `${framed.url}/scim/v2/${slug}`, token).call('GET', '/Users')
      await frame.getByText('OneLogin is connected').waitFor()
      // The session is one of the frame alone.
      await page.goto(`${framed.url}/admin/set-up/${slug}/status`)
      expect(page.url()).toContain('/admin/open?ended=1')
      await page.goto(`${foreign.url}/frame?of=${encodeURIComponent(await newLink())}`)
      const child = page.frames()[1]
      expect(await child?.locator('form').count()).toBe(0)
      await close()
    } finally {
      await Promise.all([product.stop(), foreign.stop(), framed.stop()])
    }
  })
})

/** A product on another site than the gateway: `localhost` and 127.0.0.1 are two sites. */
async function startProduct() {
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
