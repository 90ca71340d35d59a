/**
 * A real Chromium for tests of what a person sees, one for each file. Where none is to be had, the
 * tests are skipped, and `npm test` says why.
 */
import axe from 'axe-core'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, describe } from 'vitest'
import { launchChromium } from '../../scripts/chromium.ts'
import { slowProxy } from './slow'

/** Milliseconds, so many that a machine that is slow or busy fails nothing. */
const patience = 300_000

const proxy = await slowProxy()
const launched = await launchChromium(proxy === undefined ? {} : { proxy })

afterAll(async () => {
  if (launched.ok) await launched.value.close()
})

export const describeInBrowser = describe.skipIf(!launched.ok)

export interface Visit {
  readonly page: Page
  /** Complaints of the page: errors, refused resources, failed scripts. */
  readonly complaints: string[]
  close(): Promise<void>
}

interface Window {
  readonly context: BrowserContext
  readonly page: Page
}

/**
 * Windows that visitors have left, by their options. The next visitor takes one over: to open one
 * takes more processor time than most tests need in it.
 */
const vacant = new Map<string, Window[]>()

/** A visitor who is new to every site: nothing is stored, and all complaints of the page are noted. */
export async function visit(options: BrowserContextOptions = {}): Promise<Visit> {
  const key = JSON.stringify(options)
  const { context, page } = vacant.get(key)?.pop() ?? (await openWindow(options))
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('dialog', (dialog) => {
    complaints.push(`A dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  const close = async () => {
    for (const event of ['console', 'pageerror', 'dialog', 'request']) {
      page.removeAllListeners(event)
    }
    if (page.url() !== 'about:blank') await leave(page)
    await context.clearCookies()
    vacant.set(key, [...(vacant.get(key) ?? []), { context, page }])
  }
  return { page, complaints, close }
}

/** A visitor with a session of the operator, on the page with this path after `/admin` if one is given. */
export async function visitSignedIn(
  url: string,
  secret: string,
  path?: string,
  options?: BrowserContextOptions,
): Promise<Visit> {
  const visitor = await visit(options)
  // The session without the page of the form: some tests are about that, and no others need it.
  const answer = await visitor.page.request.post(`${url}/admin/sign-in`, {
    form: { secret },
    headers: { Origin: url, 'Sec-Fetch-Site': 'same-origin' },
    maxRedirects: 0,
  })
  if (answer.status() !== 303) throw new Error(`The sign-in answered ${answer.status()}`)
  if (path !== undefined) await visitor.page.goto(`${url}/admin${path}`)
  return visitor
}

async function leave(page: Page): Promise<void> {
  await page.evaluate(() => {
    localStorage.clear()
    sessionStorage.clear()
  })
  await page.goto('about:blank')
}

async function openWindow(options: BrowserContextOptions): Promise<Window> {
  if (!launched.ok) throw new Error(launched.error)
  const context = await launched.value.newContext(options)
  context.setDefaultTimeout(patience)
  return { context, page: await context.newPage() }
}

/**
 * Opens the search by its key, as somebody does who has the whole page before them: the elements are
 * there before the script that knows the key.
 */
export async function searchByKey(page: Page, key: '/' | 'Control+k', text: string): Promise<void> {
  await settle(page)
  await page.keyboard.press(key)
  await page.keyboard.type(text)
  await page.keyboard.press('Enter')
}

/**
 * Waits for the page with its stylesheet and its script. One that reloads by itself stays, as it does once
 * somebody works in it: it would else be gone while it is looked at.
 */
export async function settle(page: Page): Promise<void> {
  for (let isSettled = false; !isSettled;) {
    await page.waitForLoadState('load')
    const settled = page.evaluate(() => {
      if (document.querySelector('[data-reload]') === null) return
      stop()
      dispatchEvent(new Event('pointerdown'))
    })
    // The next page may be there meanwhile.
    isSettled = await settled.then(
      () => true,
      () => false,
    )
  }
}

/** What was copied last. A click is done before the text is there: it is polled. */
export function copiedIn(page: Page): Promise<string> {
  return page.evaluate(() => navigator.clipboard.readText())
}

/**
 * Serious and critical violations that axe finds on the page as it is now, one line each. A page
 * whose elements are there may still be without its stylesheet, so it is looked at once loaded.
 */
export async function violations(page: Page): Promise<string[]> {
  await settle(page)
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source)
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
    return (await axe.run({ resultTypes: ['violations'] })).violations
  })
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`)
}
