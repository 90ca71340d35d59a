/** The pages of links in a frame of the product, on another site, with and without third-party cookies. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Frame, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowser, visit } from '../support/browser'
import { brand, newCustomer, startProduct } from '../support/customer'
import { startServer, type Server } from '../support/server'
import { client } from '../support/tenant'

let product: Awaited<ReturnType<typeof startProduct>>
let server: Server

beforeAll(async () => {
  product = await startProduct()
  server = await startServer(undefined, { ...brand, FRAME_ANCESTORS: product.url })
})

afterAll(async () => {
  await Promise.all([product?.stop(), server?.stop()])
})

/** From now on no frame of another site gets a cookie that is not of the site around it. */
async function restrictCookies(target: Page | Frame): Promise<void> {
  const page = 'mainFrame' in target ? target : target.page()
  const session = await page.context().newCDPSession(target)
  await session.send('Network.enable')
  await session.send('Network.setCookieControls', {
    enableThirdPartyCookieRestriction: true,
  })
}

/** Shows an address in a frame of the product. A frame is a process of its own, which is restricted for itself. */
async function openFrame(page: Page, of: string, isRestricted: boolean) {
  if (isRestricted) await restrictCookies(page)
  await page.goto(`${product.url}/frame?of=${encodeURIComponent(of)}`)
  const frame = page.frameLocator('iframe')
  await frame.locator('button').first().waitFor()
  // The script takes the code of a link out of the address.
  await frameOf(page).waitForLoadState('load')
  if (isRestricted) await restrictCookies(frameOf(page))
  return frame
}

function frameOf(page: Page): Frame {
  const child = page.frames()[1]
  if (!child) throw new Error('No frame')
  return child
}

/** What a site in a frame gets back behind a redirect of two cookies, one of which is partitioned. */
async function cookiesInFrame(page: Page, isRestricted: boolean): Promise<string> {
  const site = createServer((request, response) => {
    const common = 'SameSite=None; Secure; Path=/'
    const isForm = request.method === 'POST'
    response.setHeader('Content-Type', 'text/html')
    response.setHeader('Origin-Agent-Cluster', '?1')
    if (isForm) {
      response.setHeader('Set-Cookie', [`plain=1; ${common}`, `own=1; ${common}; Partitioned`])
      response.setHeader('Location', '/shown')
    }
    response.statusCode = isForm ? 303 : 200
    const cookies = request.url === '/shown' ? `<p>${request.headers.cookie ?? ''}</p>` : ''
    response.end(`${cookies}<form method="post"><button>Send</button></form>`)
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  const { port } = site.address() as AddressInfo
  const frame = await openFrame(page, `http://127.0.0.1:${port}/`, isRestricted)
  await frame.locator('button').click()
  const shown = await frame.locator('p').textContent()
  await new Promise<void>((resolve) => site.close(() => resolve()))
  return shown ?? ''
}

async function openInFrame(page: Page, link: string, isRestricted: boolean, button = 'Open') {
  const frame = await openFrame(page, link, isRestricted)
  await frame.getByRole('button', { name: button, exact: true }).click()
  return frame
}

/** Opens the page in the frame anew. */
async function reload(page: Page): Promise<void> {
  await frameOf(page).goto(frameOf(page).url())
}

describeInBrowser('a frame of the product', () => {
  it.each([
    ['as browsers have them', false],
    ['with third-party cookies restricted', true],
  ] as const)('shows a new token once, and what has come: %s', async (_, isRestricted) => {
    const customer = await newCustomer(server.url)
    // A window that was restricted stays so: it is one of its own.
    const { page, complaints, close } = await visit(isRestricted ? { locale: 'en-GB' } : {})
    const kept = await cookiesInFrame(page, isRestricted)
    expect(kept).toBe(isRestricted ? 'own=1' : 'plain=1; own=1')
    const frame = await openInFrame(page, await customer.link(), isRestricted)
    await frame.getByRole('button', { name: 'OneLogin' }).click()
    await frame.getByText('SCIM Provisioner with SAML (SCIM v2 Enterprise)').first().waitFor()
    await frame.locator('nav.actions a.button').click()
    await frame.getByRole('button', { name: 'Generate token' }).dblclick()
    const shown = frame.locator('#new-token')
    const token = (await shown.textContent()) ?? ''
    expect(await customer.tokens()).toHaveLength(1)
    const scim = client(fetch, customer.baseUrl, token)
    expect((await scim.call('GET', '/Users')).status).toBe(200)
    await frame.getByText('OneLogin is connected').waitFor()
    expect(await shown.textContent()).toBe(token)
    expect(complaints).toEqual([])
    // A frame may write to the clipboard only where the product allows it: else the value is selected.
    const copy = frame.locator('button[data-copy=new-token]')
    // The button says so for a moment.
    const clicked = () => copy.click().then(() => copy.textContent())
    await expect.poll(clicked).toContain('Press Ctrl-C')
    const selected = await frameOf(page).evaluate(() => String(getSelection()))
    expect(selected).toBe(token)
    await reload(page)
    await frame.getByRole('button', { name: 'Generate another token' }).waitFor()
    expect(await shown.count()).toBe(0)
    await close()
  })

  it('shows the secret of an OAuth client once, and another one, with cookies restricted', async () => {
    const customer = await newCustomer(server.url)
    const { page, complaints, close } = await visit({ locale: 'de-DE' })
    const frame = await openInFrame(page, await customer.link(), true, 'Öffnen')
    await frame.getByRole('button', { name: 'Microsoft Entra ID' }).click()
    await frame.locator('nav.actions a.button').click()
    await frame.getByText('Anstelle des Tokens: OAuth Client Credentials').click()
    await frame.getByRole('link', { name: 'OAuth-Client mit Geheimnis anlegen' }).click()
    await frame.getByRole('button', { name: 'Client anlegen' }).dblclick()
    const shown = frame.locator('#new-secret')
    const first = (await shown.textContent()) ?? ''
    const clientId = (await frame.locator('#client-id').textContent()) ?? ''
    const tokenUrl = (await frame.locator('#token-url').textContent()) ?? ''
    await frame.getByRole('button', { name: 'Weiteres Geheimnis anlegen' }).dblclick()
    await expect.poll(() => shown.textContent()).not.toBe(first)
    const second = (await shown.textContent()) ?? ''
    await reload(page)
    await frame.getByRole('button', { name: 'Weiteres Geheimnis anlegen' }).waitFor()
    expect(await shown.count()).toBe(0)
    const { clients } = (await customer.api.call('GET', `/tenants/${customer.slug}/clients`)).body
    expect(clients).toMatchObject([{ clientId, secrets: [{}, {}] }])

    // Entra exchanges the secret and calls: the page of the step ticks itself.
    const exchanged = await fetch(tokenUrl, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: second,
      }),
    })
    const { access_token: accessToken } = (await exchanged.json()) as { access_token: string }
    await frame.getByRole('link', { name: 'Einrichtung' }).click()
    const scim = client(fetch, customer.baseUrl, accessToken)
    expect((await scim.call('GET', '/Users')).status).toBe(200)
    await frame.getByText('Verbunden mit Microsoft Entra ID').waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  it('keeps the language that is chosen, and ends by signing out, with cookies restricted', async () => {
    const customer = await newCustomer(server.url)
    const { page, close } = await visit({ locale: 'en-GB' })
    // The language is chosen before the link is opened: its code comes along, and stays in no address.
    const frame = await openFrame(page, await customer.link({ opensWithin: 300 }), true)
    await frame.getByRole('link', { name: 'Deutsch' }).click()
    await frame.getByRole('button', { name: 'Öffnen' }).click()
    // The page before has the same links.
    await frame.getByRole('button', { name: 'Okta' }).waitFor()
    await frame.getByRole('link', { name: 'English' }).click()
    await frame.getByRole('link', { name: 'Deutsch' }).click()
    await frame.getByRole('button', { name: 'Okta' }).click()
    await frame.getByText('Schritt 1 von 5').waitFor()
    await frame.getByRole('button', { name: 'Abmelden' }).click()
    await frame.getByText('Ihr Besuch ist beendet').waitFor()
    await close()
  })

  it('is shown in no other frame, and its session opens no page outside of it', async () => {
    const customer = await newCustomer(server.url)
    const foreign = await startProduct()
    const { page, close } = await visit()
    const frame = await openInFrame(page, await customer.link(), false)
    await frame.getByRole('button', { name: 'OneLogin' }).waitFor()
    await page.goto(`${server.url}/admin/set-up/${customer.slug}/status`)
    expect(page.url()).toContain('/admin/open?ended=1')
    const of = encodeURIComponent(await customer.link())
    await page.goto(`${foreign.url}/frame?of=${of}`)
    expect(await frameOf(page).locator('form').count()).toBe(0)
    await close()
    await foreign.stop()
  })
})
