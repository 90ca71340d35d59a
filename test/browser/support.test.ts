/** "Where is Ann?": a support person finds a refused, a held, a deleted Ann, and one whom nobody sent. */
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Person } from '../../scripts/simulator/model.ts'
import { onelogin } from '../../scripts/simulator/onelogin.ts'
import { Recorder } from '../../scripts/simulator/report.ts'
import { Session } from '../../scripts/simulator/session.ts'
import { describeInBrowser, searchByKey, violations, visit } from '../support/browser'
import { adminToken, startServer, type Server } from '../support/server'
import { newTenant, operator } from '../support/tenant'

let server: Server

beforeAll(async () => {
  server = await startServer()
})

afterAll(async () => {
  await server?.stop()
})

/** A person as OneLogin knows one, with this address as the user name. */
function somebody(userName: string, familyName: string): Person {
  const profile = {
    userName,
    givenName: 'Ann',
    familyName,
    email: userName,
    title: 'Engineer',
    department: 'Sales',
    manager: undefined,
  }
  return { externalId: userName, profile, id: undefined, active: true, isDeleted: false }
}

/** OneLogin has sent four people called Ann: one is refused, one held, one deleted, and one is here. */
async function withAnns() {
  const scim = await newTenant(fetch, server.url, adminToken, {
    profile: 'onelogin',
    guard: { deactivations: 1, protected: ['ann.held@acme.example'] },
  })
  const session = new Session(onelogin, new Recorder(), {
    url: scim.baseUrl,
    token: scim.token,
    rate: 0,
    timeout: 60_000,
    onCall: () => undefined,
  })
  await onelogin.testConnection(session)
  const refused = somebody('Ann.Refused@Acme.example', 'Refused')
  const [held, deleted, here] = ['Held', 'Deleted', 'Here'].map((name) =>
    somebody(`ann.${name.toLowerCase()}@acme.example`, name),
  ) as [Person, Person, Person]
  for (const person of [held, deleted, here, refused]) {
    await onelogin.createPerson(session, person)
  }
  await onelogin.createPerson(session, refused)
  await onelogin.removePerson(session, held)
  await onelogin.removePerson(session, deleted)
  const admin = operator(fetch, server.url, adminToken)
  const made = await admin.call('POST', '/staff', { name: 'Sam of support', role: 'support' })
  return { scim, code: String(made.body.code) }
}

const main = (page: Page) => page.locator('main').innerText()

describeInBrowser('a support person', () => {
  it('answers where Ann is, with a sentence for the ticket, and can change nothing', async () => {
    const { scim, code } = await withAnns()
    const { page, complaints, close } = await visit()
    await page.goto(`${server.url}/admin`)
    await page.getByLabel('Operator secret or access code').fill(code)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Tenants', exact: true }).waitFor()
    expect(await page.getByRole('button', { name: 'Create tenant' }).count()).toBe(0)
    expect(await page.getByRole('link', { name: 'Operators' }).count()).toBe(0)

    const search = async (text: string) => {
      await searchByKey(page, '/', text)
      await page.getByRole('heading', { name: 'Where is …?' }).waitFor()
      expect(await violations(page)).toEqual([])
    }
    const openPerson = async (name: string) => {
      await page.getByRole('link', { name, exact: true }).click()
      await page.getByRole('heading', { name: 'For the ticket' }).waitFor()
      expect(await violations(page)).toEqual([])
      return page.locator('#sentence').innerText()
    }

    await search('ann.refused@acme.example')
    const refused = await openPerson('Ann.Refused@Acme.example')
    expect(refused).toContain(`Ann.Refused@Acme.example is not in Test ${scim.slug}.`)
    expect(refused).toMatch(/OneLogin has tried 2 times since .*, and was refused: e-mail has/)
    expect(refused).toContain('In OneLogin open Users')
    expect(await page.locator('#sent-text').innerText()).toContain('Ann.Refused@Acme.example')

    await search('ann.held')
    expect(await main(page)).toMatch(/ann\.held@acme\.example\s+Deletion held/i)
    const held = await openPerson('ann.held@acme.example')
    expect(held).toContain('is stored and held: the product has not been told')

    await search('ann.deleted@acme.example')
    const deleted = await openPerson('ann.deleted@acme.example')
    expect(deleted).toMatch(/OneLogin deleted ann\.deleted@acme\.example in Test .* on /)

    await searchByKey(page, 'Control+k', 'ann.never@acme.example')
    await page.getByText('has ever sent anybody with this address').waitFor()
    await page.getByLabel('Only in tenant (slug)').fill(scim.slug)
    await page.getByRole('button', { name: 'Search' }).click()
    await page
      .getByText('OneLogin has never sent anybody with this address (ann.never@acme.example)')
      .waitFor()

    await page.goto(`${server.url}/admin/tenants/${scim.slug}/problems`)
    expect(await main(page)).toContain('1 problem on this page')
    expect(await violations(page)).toEqual([])
    await page.getByLabel('E-mail addresses').selectOption('lowercase')
    await page.getByRole('button', { name: 'Show whom it lets in' }).click()
    await page.getByText('1 of these would come with the next attempt').waitFor()
    expect(await page.getByRole('button', { name: 'Change the rules so' }).count()).toBe(0)
    const downloading = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Export as CSV' }).click()
    const file = await downloading
    expect(file.suggestedFilename()).toBe(`problems-${scim.slug}.csv`)
    const text = await readFile(await file.path(), 'utf8')
    expect(text).toContain('"user","Ann.Refused@Acme.example","missing"')

    const forbidden = await page.request.post(`${server.url}/admin/tenants/${scim.slug}/settings`, {
      form: { 'rules.email': 'lowercase' },
      headers: { Origin: server.url, 'Sec-Fetch-Site': 'same-origin' },
    })
    expect(forbidden.status()).toBe(403)
    expect(complaints).toEqual([])
    await close()
  })
})
