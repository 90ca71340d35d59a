/** Pages whose script comes late, as over a slow line: what is clicked or typed early is not lost. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowser, visit, visitSignedIn } from '../support/browser'
import { newCustomer } from '../support/customer'
import { adminToken, startServer, type Server } from '../support/server'
import { newTenant } from '../support/tenant'

/** Milliseconds for which the script is under way. */
const late = 1_000

let server: Server

beforeAll(async () => {
  server = await startServer()
})

afterAll(async () => {
  await server?.stop()
})

/** Opens a page, and goes on as soon as it begins to come. */
async function openEarly(page: Page, url: string): Promise<void> {
  await page.route(
    '**/console.js',
    async (route) => {
      await new Promise((resolve) => setTimeout(resolve, late))
      await route.continue()
    },
    { times: 1 },
  )
  await page.goto(url, { waitUntil: 'commit' })
}

describeInBrowser('a page whose script is late', () => {
  it('is shown once the script is there', async () => {
    const { page, close } = await visit()
    await openEarly(page, `${server.url}/admin/sign-in`)
    await page.waitForLoadState('load')
    const painted = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const observer = new PerformanceObserver((list) => {
            resolve(list.getEntries()[0]?.startTime ?? 0)
          })
          observer.observe({ type: 'paint', buffered: true })
        }),
    )
    const script = await page.evaluate(() => {
      const [entry] = performance.getEntriesByName(`${location.origin}/admin/console.js`)
      return (entry as PerformanceResourceTiming).responseEnd
    })
    expect(painted).toBeGreaterThan(script)
    await close()
  })

  it('keeps the code of a link whose language is chosen at once', async () => {
    const customer = await newCustomer(server.url)
    const { page, complaints, close } = await visit()
    await openEarly(page, await customer.link())
    await page.getByRole('link', { name: 'Deutsch' }).click()
    await page.getByRole('button', { name: 'Öffnen' }).click()
    await page.getByRole('button', { name: 'OneLogin' }).waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  it('is not reloaded under somebody who has begun to type', async () => {
    const scim = await newTenant(fetch, server.url, adminToken)
    // A window with such a clock keeps it: it is one of its own.
    const options = { locale: 'en-GB' }
    const { page, complaints, close } = await visitSignedIn(
      server.url,
      adminToken,
      undefined,
      options,
    )
    await page.clock.install()
    await openEarly(page, `${server.url}/admin/tenants/${scim.slug}/connection`)
    await page.getByLabel('Label').fill('Half a word')
    await page.waitForLoadState('load')
    let reloads = 0
    page.on('request', (request) => {
      if (request.isNavigationRequest()) reloads += 1
    })
    await page.clock.runFor(20_000)
    expect(await page.getByLabel('Label').inputValue()).toBe('Half a word')
    expect(reloads).toBe(0)
    expect(complaints).toEqual([])
    await close()
  })
})
