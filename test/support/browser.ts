/**
 * A real Chromium for tests of what a person sees, one for each file. Where none is to be had, the
 * tests are skipped, and `npm test` says why.
 */
import axe from 'axe-core'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, describe } from 'vitest'
import { launchChromium } from '../../scripts/chromium.ts'

/** Milliseconds, so many that a machine that is slow or busy fails nothing. */
const patience = 300_000

const launched = await launchChromium()

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

/** A new visitor: no cookies, and every complaint of the page is noted. */
export async function visit(options?: BrowserContextOptions): Promise<Visit> {
  if (!launched.ok) throw new Error(launched.error)
  const context = await launched.value.newContext(options)
  context.setDefaultTimeout(patience)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('dialog', (dialog) => {
    complaints.push(`A dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  return { page, complaints, close: () => context.close() }
}

/** Serious and critical violations that axe finds on the page as it is now, one line each. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: import('axe-core').Result[] }> }
    }
    return (await axe.run()).violations
  })
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`)
}
