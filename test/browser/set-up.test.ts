/** The customer's administrator in Chromium: from the link to the end, with the simulator as the provider. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ProviderName } from '../../scripts/simulator/report.ts'
import { simulate } from '../../scripts/simulator/simulate.ts'
import { describeInBrowser, visit } from '../support/browser'
import { brand, faultsOf, headingTop, newCustomer, startProduct } from '../support/customer'
import { startServer, type Server } from '../support/server'
import { client } from '../support/tenant'

let server: Server

beforeAll(async () => {
  server = await startServer(undefined, brand)
})

afterAll(async () => {
  await server?.stop()
})

interface Provider {
  readonly name: ProviderName
  readonly title: string
  /** A word of the provider's screens that each step is known by, and which step makes the token. */
  readonly steps: readonly string[]
  readonly tokenStep: number
  /** The test of the connection, as the provider sends it. */
  readonly test: string
  readonly agent: string
}

const providers: readonly Provider[] = [
  {
    name: 'onelogin',
    title: 'OneLogin',
    steps: [
      'SCIM Provisioner with SAML (SCIM v2 Enterprise)',
      'SCIM JSON Template',
      'Enable provisioning',
      'Include in User Provisioning',
      'Set Groups in Northwind',
      'Approve',
      'Add to Role',
    ],
    tokenStep: 1,
    test: '/Users?filter=userName+eq+%22nobody%22&',
    agent: '',
  },
  {
    name: 'okta',
    title: 'Okta',
    steps: [
      'Enable SCIM provisioning',
      'Test Connector Configuration',
      'Deactivate Users',
      'Save and Go Back',
      'Push group memberships immediately',
    ],
    tokenStep: 1,
    test: '/Users?startIndex=1&count=2',
    agent: 'Okta SCIM Client 1.0.0',
  },
  {
    name: 'entra',
    title: 'Microsoft Entra ID',
    steps: [
      '+ Create your own application',
      '+ New configuration',
      'Provision Microsoft Entra ID Users',
      'Provision on demand',
      'Start provisioning',
    ],
    tokenStep: 1,
    test: `/Users?filter=userName+eq+%22${crypto.randomUUID()}%22`,
    agent: '',
  },
]

interface Language {
  readonly locale: string
  readonly open: string
  readonly makeToken: string
  readonly waiting: (provider: string) => string
  readonly connected: (provider: string) => string
  readonly people: RegExp
  readonly rule: string
  readonly isDone: string
  readonly finish: string
  readonly back: string
}

const languages: readonly Language[] = [
  {
    locale: 'en-GB',
    open: 'Open',
    makeToken: 'Generate token',
    waiting: (provider) => `Waiting for the first call of ${provider}`,
    connected: (provider) => `${provider} is connected; last call`,
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
    waiting: (provider) => `Warten auf den ersten Aufruf von ${provider}`,
    connected: (provider) => `Verbunden mit ${provider}; letzter Aufruf`,
    people: /\d+ Personen sind angekommen; zuletzt: /,
    rule: 'Die Regel wirkt: Personen sind in Teams.',
    isDone: 'Die Bereitstellung ist eingerichtet',
    finish: 'Einrichtung abschließen',
    back: 'Zurück zu Northwind',
  },
]

const stories = providers.flatMap((provider) =>
  languages.map((language) => ({ provider, language, of: provider.title, in: language.locale })),
)

describeInBrowser('a newcomer', () => {
  it.each(stories)(
    'with $of gets from the link to the end in at most ten pages: $in',
    async ({ provider, language }) => {
      const customer = await newCustomer(server.url)
      const product = await startProduct()
      const { page, complaints, close } = await visit({
        locale: language.locale,
        timezoneId: 'Europe/Berlin',
      })
      const faults: string[] = []
      const pages: string[] = []
      const look = async () => {
        pages.push(new URL(page.url()).pathname)
        expect(await headingTop(page)).toBeLessThan(250)
        faults.push(...(await faultsOf(page)))
      }
      const next = () => page.locator('nav.actions a.button').click()

      await page.goto(await customer.link({ returnUrl: product.url }))
      await look()
      await page.getByRole('button', { name: language.open }).click()
      await page.getByRole('button', { name: provider.title }).waitFor()
      await look()
      await page.getByRole('button', { name: provider.title }).click()

      let token = ''
      for (const [index, word] of provider.steps.entries()) {
        const isLast = index === provider.steps.length - 1
        if (index > 0) await next()
        await page.getByText(word).first().waitFor()
        if (index === provider.tokenStep) {
          await page.getByRole('button', { name: language.makeToken }).dblclick()
          token = (await page.locator('#new-token').textContent()) ?? ''
          expect(token).toMatch(new RegExp(`^rollcall_${customer.slug}_`))
          await page.getByText(language.waiting(provider.title)).waitFor()
          expect(await customer.tokens()).toHaveLength(1)
        }
        // The whole life of the provider, before the last step is looked at.
        if (isLast) await live(provider, customer.baseUrl, token)
        await look()
        if (index === provider.tokenStep) await testConnection(provider, language, page, token)
      }

      await page.getByText(language.people).waitFor()
      await page.getByText(language.rule).waitFor()
      const ticked = page.locator('.steps a[data-done=true]')
      await expect.poll(() => ticked.count()).toBe(provider.steps.length)
      await next()
      await page.getByRole('heading', { name: language.isDone }).waitFor()
      await look()
      expect(pages.length).toBeLessThanOrEqual(10)

      await page.getByRole('button', { name: language.finish }).click()
      const tabs = page.locator('nav.sections a')
      expect(await tabs.count()).toBe(3)
      for (const index of [0, 1, 2]) {
        await tabs.nth(index).click()
        await page.locator(`nav.sections a[aria-current]`).nth(0).waitFor()
        faults.push(...(await faultsOf(page)))
      }
      expect(faults).toEqual([])
      expect(complaints).toEqual([])
      await page.getByRole('link', { name: language.back }).click()
      await page.getByText('Security → SCIM').waitFor()
      await product.stop()
      await close()

      /** The page says so by itself, and still shows the token. */
      async function testConnection(of: Provider, says: Language, at: Page, secret: string) {
        const headers = { 'User-Agent': of.agent }
        const scim = client(fetch, customer.baseUrl, secret)
        expect((await scim.call('GET', of.test, undefined, headers)).status).toBe(200)
        await at.getByText(says.connected(of.title)).waitFor()
        expect(await at.locator('#new-token').textContent()).toBe(secret)
      }
    },
  )

  it('reads what is folded, and the pages of OAuth clients, without serious findings', async () => {
    const longWord = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerk'.repeat(2)
    const customer = await newCustomer(server.url, longWord)
    const { page, complaints, close } = await visit({ locale: 'de-DE' })
    await page.goto(await customer.link({ returnUrl: 'https://app.example.com' }))
    await page.getByRole('button', { name: 'Öffnen' }).click()
    await page.getByRole('button', { name: 'Microsoft Entra ID' }).waitFor()
    const faults = await faultsOf(page)
    // A product with a long name, too, is within a phone.
    await page.locator('.brand').evaluate((brand, word) => brand.append(word), longWord)
    faults.push(...(await faultsOf(page)))
    const base = `${server.url}/admin/set-up/${customer.slug}`
    for (const step of ['okta/application', 'entra/connection', 'entra/person']) {
      await page.goto(`${base}/steps/${step}`)
      for (const summary of await page.locator('details.fold summary').all()) await summary.click()
      faults.push(...(await faultsOf(page)))
    }
    for (const path of ['clients', 'new-client/federated', 'new-client/jwt', 'new-client/secret']) {
      await page.goto(`${base}/${path}`)
      faults.push(...(await faultsOf(page)))
    }
    await page.getByRole('button', { name: 'Client anlegen' }).click()
    await page.locator('#new-secret').waitFor()
    faults.push(...(await faultsOf(page)))
    expect([faults, complaints]).toEqual([[], []])
    await close()
  })

  it('sees times in the zone of the browser, and UTC on hover', async () => {
    const customer = await newCustomer(server.url)
    await customer.api.call('POST', `/tenants/${customer.slug}/tokens`, { label: 'test' })
    const status = `${server.url}/admin/set-up/${customer.slug}/status`
    const { page, close } = await visit({ locale: 'de-DE', timezoneId: 'Pacific/Auckland' })
    await page.goto(await customer.link())
    await page.getByRole('button', { name: 'Öffnen' }).click()
    await page.goto(status)
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
    const code = new URL(await customer.link()).hash.slice(1)
    await plain.page.getByLabel('Code of the link').fill(code)
    await plain.page.getByRole('button', { name: 'Open' }).click()
    await plain.page.goto(status)
    expect(await plain.page.locator('time').first().textContent()).toMatch(/ UTC$/)
    await plain.close()
  })
})

async function live({ name }: Provider, url: string, token: string): Promise<void> {
  const played = await simulate(name, { url, token, people: 6, teams: 2, rate: 0, seed: 1 })
  expect(played.isClean).toBe(true)
}
