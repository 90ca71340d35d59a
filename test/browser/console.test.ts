import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root } from '../../scripts/root.ts'
import { startSink, type Received } from '../support/sink'
import {
  copiedIn,
  describeInBrowser,
  settle,
  violations,
  visit,
  visitSignedIn,
  type Visit,
} from '../support/browser'
import { adminToken, startServer, type Server } from '../support/server'
import { client, newTenant, operator, patch, person } from '../support/tenant'

const extension = {
  resourceType: 'User',
  id: 'urn:example:params:scim:schemas:extension:acme:2.0:User',
  name: 'Acme user',
  attributes: [{ name: 'costCenter', description: 'Who pays' }],
}

let server: Server

beforeAll(async () => {
  server = await startServer()
})

afterAll(async () => {
  await server?.stop()
})

/** An operator, on the page with this path after `/admin` if one is given. */
function signedIn(path?: string, options?: Parameters<typeof visit>[0]): Promise<Visit> {
  return visitSignedIn(server.url, adminToken, path, options)
}

/** The form of the sign-in, filled and sent. */
async function signIn(page: Page): Promise<void> {
  await page.goto(`${server.url}/admin`)
  await page.getByLabel('Operator secret or access code').fill(adminToken)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Tenants', exact: true }).waitFor()
}

/** The form is open by itself while there is no tenant. */
async function openNewTenant(page: Page): Promise<void> {
  const summary = page.getByText('New tenant', { exact: true })
  if ((await page.locator('details.new[open]').count()) === 0) await summary.click()
}

function tokenRow(page: Page, label: string) {
  return page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: label }) })
}

describeInBrowser('an operator in a browser', () => {
  it('makes a tenant and a token, sees the token in use, revokes it, and it is refused', async () => {
    const { page, complaints, close } = await visit()
    await signIn(page)
    await openNewTenant(page)
    await page.getByLabel('Name', { exact: true }).fill('Acme Corp.')
    await page.getByLabel('Slug').fill('acme-browser')
    await page.getByRole('button', { name: 'Create tenant' }).click()
    const baseUrl = await page.getByLabel('SCIM base URL').first().inputValue()
    expect(baseUrl).toBe(`${server.url}/scim/v2/acme-browser`)

    await page.getByLabel('Label').fill('From the browser')
    await page.getByLabel('Expires').selectOption({ label: 'In 90 days' })
    await page.getByRole('button', { name: 'Generate token' }).click()
    const token = await page.getByLabel('Token', { exact: true }).inputValue()
    expect(token).toMatch(/^rollcall_acme-browser_/)
    await page.locator('#guide-onelogin > summary').click()
    expect(await page.locator('#guide-onelogin').innerText()).toContain(token)

    const scim = client(fetch, baseUrl, token)
    await page.goto(`${server.url}/admin/tenants/acme-browser/connection`)
    expect(await page.content()).not.toContain(token)
    expect(await tokenRow(page, 'From the browser').innerText()).toContain('Not used yet')
    expect((await scim.call('POST', '/Users', person({ displayName: 'Ann Tester' }))).status).toBe(
      201,
    )
    // The use is written down after the answer.
    await expect
      .poll(async () => {
        await page.reload()
        return tokenRow(page, 'From the browser').innerText()
      })
      .toContain('In use')

    await tokenRow(page, 'From the browser').getByRole('link', { name: 'Revoke' }).click()
    expect((await scim.call('GET', '/Users')).status).toBe(200)
    await page.getByRole('button', { name: 'Revoke token' }).click()
    expect(await page.getByRole('status').innerText()).toContain('The token is revoked')
    expect(await tokenRow(page, 'From the browser').innerText()).toContain('Revoked')
    expect((await scim.call('GET', '/Users')).status).toBe(401)
    expect(complaints).toEqual([])
    await close()
  })

  it('proves a tenant for tests, sees the report, and the tenant is gone', async () => {
    const scim = await newTenant(fetch, server.url, adminToken, { profile: 'okta' })
    const { call } = operator(fetch, server.url, adminToken)
    const before = (await call('GET', '/tenants')).body.tenants.length
    const { page, close } = await signedIn(`/tenants/${scim.slug}/connection`)
    await page.getByRole('link', { name: 'Prove a tenant for tests' }).click()
    expect(await page.getByLabel('Kit').inputValue()).toBe('okta')
    await page.getByRole('button', { name: 'Prove' }).click()
    const status = page.getByRole('status')
    await expect.poll(() => status.innerText()).toContain('The tenant for tests is deleted.')
    expect(await status.innerText()).toContain('RESULT Everything that has to be kept is kept.')
    const report = await page.locator('#proof-report').innerText()
    expect(report).toContain('22 kept, 0 failed, 0 warnings, 1 skipped.')
    expect((await call('GET', '/tenants')).body.tenants).toHaveLength(before)
    expect(await violations(page)).toEqual([])
    await close()
  })

  it('sees a name that is HTML as text, wherever it is shown', async () => {
    const name = '<img src=x onerror="document.title=1;alert(1)">'
    const scim = await newTenant(fetch, server.url, adminToken, { rules: { name: 'allow' } })
    const user = await scim.call('POST', '/Users', person({ displayName: name }))
    const members = [{ value: user.body.id }]
    const team = await scim.call('POST', '/Groups', { displayName: name, members })
    await scim.call('PATCH', `/Groups/${team.body.id}`, patch({ op: 'remove', path: 'members' }))
    const { page, complaints, close } = await signedIn()
    const pages = ['users', `users/${user.body.id}`, 'teams', `teams/${team.body.id}`]
    for (const path of pages) {
      await page.goto(`${server.url}/admin/tenants/${scim.slug}/${path}`)
      expect(await page.locator('main').innerText()).toContain(name)
      expect(await page.locator('main img').count()).toBe(0)
    }
    expect(complaints).toEqual([])
    await close()
  })

  it('finds a person, and what happened to whom by which token', async () => {
    const scim = await newTenant(fetch, server.url, adminToken)
    const name = { givenName: 'Ada', familyName: 'Lovelace' }
    const ada = await scim.call('POST', '/Users', person({ displayName: 'Ada Lovelace', name }))
    await scim.call('POST', '/Users', person())
    const members = [{ value: ada.body.id }]
    await scim.call('POST', '/Groups', { displayName: 'Engineering', members })
    const change = patch({ op: 'replace', path: 'title', value: 'Countess' })
    await scim.call('PATCH', `/Users/${ada.body.id}`, change)
    await scim.call(
      'PATCH',
      `/Users/${ada.body.id}`,
      patch({ op: 'replace', path: 'active', value: false }),
    )

    const { page, complaints, close } = await signedIn(`/tenants/${scim.slug}/users`)
    await page.getByRole('main').getByRole('searchbox').fill('lovel')
    await page.getByRole('button', { name: 'Search' }).click()
    await page.getByText('1 user with “lovel”').waitFor()
    await page.getByRole('link', { name: ada.body.userName }).click()
    const history = await page.locator('.history').innerText()
    const places = ['Deactivated', 'Countess', 'Joined the team Engineering', 'Created'].map(
      (text) => history.indexOf(text),
    )
    expect(places).toEqual(places.toSorted((left, right) => left - right))
    expect(places[0]).toBeGreaterThanOrEqual(0)
    expect(history).toContain('token “test”')
    await page.getByRole('link', { name: 'Engineering' }).first().click()
    await page.getByRole('heading', { name: '1 member' }).waitFor()
    expect(await page.locator('.history').innerText()).toContain(`New member ${ada.body.userName}`)
    expect(complaints).toEqual([])
    await close()
  })

  it('sees who failed and why, from the overview to the request to quote', async () => {
    const scim = await newTenant(fetch, server.url, adminToken)
    const agent = { 'User-Agent': 'OneLogin SCIM' }
    await scim.call('POST', '/Users', person(), agent)
    const wrong = person({ userName: 'Ann.Capital@Example.com' })
    const refused = await scim.call('POST', '/Users', wrong, agent)
    const html = '<img src=x onerror="document.title=1;alert(1)">'
    await scim.call('POST', '/Groups', { displayName: html }, agent)

    const { page, complaints, close } = await signedIn(`/tenants/${scim.slug}`)
    // Both are written down after the answers.
    await expect
      .poll(async () => {
        await page.reload()
        return page.locator('.health').innerText()
      })
      .toMatch(
        /OneLogin last called \d+\ss\sago; 1 person and 1 team could not be provisioned today/,
      )
    const chart = page.getByRole('img', { name: /The last 30 days: 1 change and 2 failures/ })
    await chart.waitFor()
    await page.getByText('The same as a table').click()
    const today = new Date().toISOString().slice(0, 10)
    expect(await page.getByRole('row', { name: `${today} UTC 1 2` }).count()).toBe(1)

    await page.getByRole('link', { name: 'To the problems' }).click()
    await page.getByText('2 problems on this page').waitFor()
    await page.goto(
      `${server.url}/admin/tenants/${scim.slug}/activity?outcome=failed&code=emailCapitals`,
    )
    const lines = page.locator('table.log tbody tr')
    expect(await lines.count()).toBe(1)
    expect(await lines.innerText()).toContain('Ann.Capital@Example.com')
    await lines.getByRole('link').click()
    const line = await page.locator('#line').innerText()
    expect(line).toContain(refused.body.detail)
    expect(line).toContain('OneLogin')
    expect(line).toContain(refused.headers.get('X-Request-Id'))
    expect(await page.getByLabel('Error').inputValue()).toBe('emailCapitals')

    await page.getByRole('link', { name: 'Show all' }).click()
    expect(await lines.count()).toBe(3)
    expect(await page.locator('main').innerText()).toContain(html)
    expect(await page.locator('main img').count()).toBe(0)
    await page.getByLabel('Person or team').fill('ann.capital')
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByText('Filtered.').waitFor()
    expect(await lines.count()).toBe(1)
    await page.goto(`${server.url}/admin`)
    const tenants = page.getByRole('table', { name: 'Tenants' })
    const row = tenants.getByRole('row').filter({ hasText: scim.slug })
    expect(await row.innerText()).toMatch(/Calls refused[\s\S]*ago/)
    expect(complaints).toEqual([])
    await close()
  })

  it('sees the first call arrive without doing anything, and is not disturbed while typing', async () => {
    const scim = await newTenant(fetch, server.url, adminToken)
    const path = `/tenants/${scim.slug}/connection`
    const { page, complaints, close } = await signedIn(path)
    await page.getByText('Waiting for the first call').waitFor()
    const other = await signedIn(path)
    await other.page.getByLabel('Label').fill('Half a word')
    await scim.call('GET', '/Users', undefined, { 'User-Agent': 'OneLogin SCIM' })
    await page.getByText(/OneLogin connected \d+\ss\sago/).waitFor()
    expect(await other.page.getByLabel('Label').inputValue()).toBe('Half a word')
    expect(await other.page.getByText('Waiting for the first call').count()).toBe(1)
    expect([...complaints, ...other.complaints]).toEqual([])
    await other.close()
    await close()
  })

  it('sees that the old token is no longer needed', async () => {
    const scim = await newTenant(fetch, server.url, adminToken)
    const { page, complaints, close } = await signedIn(`/tenants/${scim.slug}/connection`)
    await page.getByLabel('Label').fill('Next')
    await page.getByLabel('Expires').selectOption({ label: 'In 30 days' })
    await page.getByRole('button', { name: 'Generate token' }).click()
    const next = await page.getByLabel('Token', { exact: true }).inputValue()
    expect(await tokenRow(page, 'Next').innerText()).toContain('expires in 30 days')
    expect(await page.getByText('Safe to revoke').count()).toBe(0)
    await client(fetch, scim.baseUrl, next).call('GET', '/Users')
    await expect
      .poll(async () => {
        await page.goto(`${server.url}/admin/tenants/${scim.slug}/connection`)
        return tokenRow(page, 'test').innerText()
      })
      .toContain('Safe to revoke')
    expect(await page.getByText('Safe to revoke').count()).toBe(1)
    expect(complaints).toEqual([])
    await close()
  })

  it('copies a value, and without a script can select it', async () => {
    const scim = await newTenant(fetch, server.url, adminToken)
    const path = `/tenants/${scim.slug}/connection`
    const permissions = ['clipboard-read', 'clipboard-write']
    const { page, complaints, close } = await signedIn(path, { permissions })
    await page.getByRole('button', { name: 'Copy SCIM base URL' }).waitFor()
    // The button says so for a moment.
    const copy = page.getByRole('button', { name: /^Cop(y|ied) SCIM base URL$/ })
    const clicked = () => copy.click().then(() => copy.innerText())
    await expect.poll(clicked).toContain('Copied')
    expect(await copiedIn(page)).toBe(scim.baseUrl)
    expect(complaints).toEqual([])
    await close()

    const plain = await visit({ javaScriptEnabled: false })
    await signIn(plain.page)
    await plain.page.goto(`${server.url}/admin${path}`)
    expect(await plain.page.getByRole('button', { name: /Copy/ }).count()).toBe(0)
    expect(await plain.page.getByLabel('SCIM base URL').inputValue()).toBe(scim.baseUrl)
    await plain.page.getByRole('button', { name: 'Disable provisioning' }).click()
    await plain.page.getByText('Provisioning is disabled.').waitFor()
    expect((await scim.call('GET', '/Users')).status).toBe(401)
    await plain.close()
  })

  it('is shown the JSON template that docs/identity-providers.md has', async () => {
    const scim = await newTenant(fetch, server.url, adminToken)
    const guide = await readFile(join(root, 'docs', 'identity-providers.md'), 'utf8')
    const block = /```json\n([\s\S]*?)```/.exec(guide)?.[1] ?? ''
    const { page, close } = await signedIn(`/tenants/${scim.slug}/connection`)
    const template = await page.locator('#onelogin-template').textContent()
    expect(JSON.parse(template ?? '')).toEqual(JSON.parse(block))
    await close()
  })

  it('is as quick with the keyboard alone', async () => {
    const { page, complaints, close } = await visit()
    await page.goto(`${server.url}/admin`)
    await page.keyboard.press('Tab')
    expect(await page.locator(':focus').innerText()).toBe('Skip to content')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.type(adminToken)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Tenants', exact: true }).waitFor()
    const slug = `k-${crypto.randomUUID().slice(0, 13)}`
    await openNewTenant(page)
    await page.getByLabel('Name', { exact: true }).focus()
    await page.keyboard.type('By keyboard')
    await page.keyboard.press('Tab')
    await page.keyboard.type(slug)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Security → SCIM' }).waitFor()
    // The script adds buttons to copy.
    await settle(page)
    // Each step is on something that shows that it has the focus.
    const seen = new Set<string>()
    for (let step = 0; step < 40; step += 1) {
      await page.keyboard.press('Tab')
      const focus = await page.evaluate(() => {
        const element = document.activeElement
        if (!element || element === document.body) return undefined
        const { outlineStyle, outlineWidth } = getComputedStyle(element)
        return { text: element.outerHTML.slice(0, 200), outline: `${outlineStyle} ${outlineWidth}` }
      })
      if (!focus) break
      expect(focus).toMatchObject({ outline: 'solid 3px' })
      seen.add(focus.text)
    }
    const all = [...seen].join(' ')
    for (const part of ['/settings"', 'data-copy', 'name="label"', 'name="days"', '<summary']) {
      expect(all).toContain(part)
    }
    expect(complaints).toEqual([])
    await close()
  })

  it('deletes a tenant once its slug is typed, and its token is refused', async () => {
    const scim = await newTenant(fetch, server.url, adminToken)
    const stays = await newTenant(fetch, server.url, adminToken)
    await scim.call('POST', '/Users', person())
    const { page, complaints, close } = await signedIn(`/tenants/${scim.slug}/settings`)
    await page.getByRole('link', { name: 'Delete this tenant' }).click()
    await page.getByText('1 user, 0 teams, all tokens').waitFor()
    await page.getByLabel('Slug of the tenant').fill(scim.slug)
    await page.getByRole('button', { name: 'Delete tenant' }).click()
    await page.getByText('The tenant is deleted.').waitFor()
    const table = page.getByRole('table', { name: 'Tenants' })
    expect(await table.innerText()).not.toContain(scim.slug)
    expect((await scim.call('GET', '/Users')).status).toBe(401)
    expect((await stays.call('GET', '/Users')).status).toBe(200)
    await page.goto(`${server.url}/admin/audit`)
    await page.getByRole('row', { name: `deleted the tenant ${scim.slug}` }).waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  it('declares an attribute of the tenant', async () => {
    const scim = await newTenant(fetch, server.url, adminToken)
    const { page, complaints, close } = await signedIn(`/tenants/${scim.slug}/settings`)
    await page.getByLabel('Schemas, as JSON').fill(JSON.stringify([extension]))
    await page.getByRole('button', { name: 'Save schemas' }).click()
    await page.getByText('The settings are saved.').waitFor()
    await page.getByRole('rowheader', { name: 'costCenter' }).waitFor()
    expect(complaints).toEqual([])
    const entered = '[{"resourceType": "User"'
    await page.getByLabel('Schemas, as JSON').fill(entered)
    await page.getByRole('button', { name: 'Save schemas' }).click()
    await page.getByText('this is not JSON').first().waitFor()
    expect(await page.getByLabel('Schemas, as JSON').inputValue()).toBe(entered)
    expect(await faultsOf(page)).toEqual([])
    await close()
  })

  it('is told what somebody else changed while the settings stood open, and saves both', async () => {
    const scim = await newTenant(fetch, server.url, adminToken)
    const admin = operator(fetch, server.url, adminToken)
    const { page, complaints, close } = await signedIn(`/tenants/${scim.slug}/settings`)
    await admin.call('PATCH', `/tenants/${scim.slug}`, { name: 'Renamed by Ann' })
    await page.getByLabel('Protected people').fill('ceo@example.com\ncto@example.com')
    await page.getByRole('button', { name: 'Save settings' }).click()
    await page.getByText('is now “Renamed by Ann”').waitFor()
    expect(await page.getByLabel('Name of the tenant').inputValue()).toBe('Renamed by Ann')
    const typed = page.getByLabel('Protected people')
    expect(await typed.inputValue()).toBe('ceo@example.com\ncto@example.com')
    expect(await faultsOf(page)).toEqual([])
    await page.getByRole('button', { name: 'Save over it' }).click()
    await page.getByText('The settings are saved.').waitFor()
    const { name, guard } = (await admin.call('GET', `/tenants/${scim.slug}`)).body
    expect([name, guard.protected]).toEqual([
      'Renamed by Ann',
      ['ceo@example.com', 'cto@example.com'],
    ])
    // The browser says itself that an answer was 409.
    expect(complaints.filter((text) => !text.includes('409'))).toEqual([])
    await close()
  })

  it('declares with one click what the identity provider sends', async () => {
    const scim = await newTenant(fetch, server.url, adminToken)
    await scim.call('POST', '/Users', person({ 'urn:example:hr': { sites: ['Lyon'], floor: 3 } }))
    const { page, complaints, close } = await signedIn(`/tenants/${scim.slug}/settings`)
    await page.getByRole('heading', { name: 'Observed schemas' }).waitFor()
    expect(await faultsOf(page)).toEqual([])
    await page.getByRole('button', { name: 'Declare urn:example:hr' }).click()
    await page.getByText('The settings are saved.').waitFor()
    expect(await page.getByRole('button', { name: /^Declare/ }).count()).toBe(0)
    await page.getByRole('rowheader', { name: 'sites' }).waitFor()
    await page.goto(`${server.url}/admin/tenants/${scim.slug}/audit`)
    expect(await page.content()).toContain('urn:example:hr')
    expect(complaints).toEqual([])
    await close()
  })

  it('adds a webhook, sees what it is sent, why it fails, and lets it go on', async () => {
    const sink = await startSink()
    const scim = await newTenant(fetch, server.url, adminToken)
    const url = `${sink.url}/hook`
    const { page, complaints, close } = await signedIn(`/tenants/${scim.slug}/webhooks`)
    await page.getByLabel('Address').fill(url)
    await page.getByRole('button', { name: 'Add endpoint' }).click()
    const secret = await page.getByRole('textbox', { name: 'Signing secret' }).inputValue()
    expect(secret).toMatch(/^whsec_/)
    await page.getByRole('link', { name: url }).click()
    expect(await page.content()).not.toContain(secret)
    await page.getByRole('button', { name: 'Send a test event' }).click()
    await page.getByText('The test event was answered 204').waitFor()

    const html = '<img src=x onerror="document.title=1;alert(1)">'
    await fetch(url, { method: 'PUT', body: JSON.stringify([{ status: 410, body: html }]) })
    await scim.call('POST', '/Users', person())
    await expect
      .poll(async () => {
        await page.goto(`${server.url}/admin/tenants/${scim.slug}`)
        return page.locator('main').innerText()
      })
      .toContain('needs attention. Delivery was paused')
    await page.getByRole('link', { name: 'To the webhook' }).click()
    await page.getByText('it answered 410').waitFor()
    const row = page
      .getByRole('table', { name: 'Attempts' })
      .getByRole('row')
      .filter({ hasText: 'user.created' })
    expect(await row.innerText()).toContain(html)
    expect(await page.locator('main img').count()).toBe(0)

    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByText('Delivery goes on where it stopped.').waitFor()
    await expect
      .poll(async () => {
        await page.reload()
        return page.locator('main').innerText()
      })
      .toContain('Up to date')
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('Delivery is paused.').waitFor()
    await page.getByRole('button', { name: 'Make a new secret' }).click()
    const next = await page.getByRole('textbox', { name: 'Signing secret' }).inputValue()
    await page.getByText('Two secrets sign until').waitFor()
    await page.getByLabel('Deliver again what comes after event').fill('0')
    await page.getByRole('button', { name: 'Replay', exact: true }).click()
    await page.getByText('1 event behind').waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    const received = async () => (await (await fetch(url)).json()) as Received[]
    await expect.poll(received).toHaveLength(4)
    const last = (await received()).at(-1)
    for (const each of [secret, next]) {
      expect(new Webhook(each).verify(last?.body ?? '', last?.headers ?? {})).toBeDefined()
    }
    await page.getByRole('checkbox', { name: 'team.created' }).check()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The endpoint is saved.').waitFor()
    expect(await page.getByRole('checkbox', { name: 'team.created' }).isChecked()).toBe(true)
    await page.getByRole('link', { name: 'Delete this webhook' }).click()
    await page.getByRole('button', { name: 'Delete webhook' }).click()
    await page.getByText('The webhook is deleted.').waitFor()
    await page.goto(`${server.url}/admin/tenants/${scim.slug}/audit`)
    expect(await page.locator('main').innerText()).toMatch(
      /deleted the webhook[\s\S]*replayed events to the webhook[\s\S]*added a webhook/,
    )
    expect(await page.content()).not.toContain('whsec_')
    expect(complaints).toEqual([])
    await close()
    await sink.stop()
  })

  it('signs out everywhere at once', async () => {
    const [here, there] = [await signedIn(''), await signedIn('')]
    await here.page.getByRole('link', { name: 'Sessions' }).click()
    await here.page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await here.page.getByText('All operators are signed out, everywhere.').waitFor()
    for (const { page, complaints, close } of [here, there]) {
      await page.goto(`${server.url}/admin/tenants`)
      expect(page.url()).toContain('/admin/sign-in')
      expect(complaints).toEqual([])
      await close()
    }
  })

  it('is out after signing out', async () => {
    const { page, complaints, close } = await visit()
    await signIn(page)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('You are signed out.').waitFor()
    await page.goto(`${server.url}/admin/tenants`)
    expect(page.url()).toContain('/admin/sign-in')
    expect(complaints).toEqual([])
    await close()
  })
})

/** A tenant of which a dozen people wait to be deactivated, one of them protected. */
async function withHold() {
  const scim = await newTenant(fetch, server.url, adminToken, { 'guard.delay': 0 })
  const people: { id: string; userName: string }[] = []
  for (let index = 0; index < 12; index += 1) {
    people.push((await scim.call('POST', '/Users', person())).body)
  }
  // Ten people may always go.
  for (let index = 0; index < 10; index += 1) {
    const { body } = await scim.call('POST', '/Users', person())
    await scim.call('DELETE', `/Users/${body.id}`)
  }
  const [keeper] = people
  await operator(fetch, server.url, adminToken).call('PATCH', `/tenants/${scim.slug}`, {
    'guard.protected': [keeper?.userName],
  })
  const data = patch({ op: 'replace', path: 'active', value: false })
  await scim.call(
    'POST',
    '/Bulk',
    {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: people.map(({ id }) => ({ method: 'PATCH', path: `/Users/${id}`, data })),
    },
    { 'User-Agent': 'OneLogin SCIM' },
  )
  return { scim, people }
}

describeInBrowser('an operator of a tenant whose provider has had an accident', () => {
  it('sees who waits and why, releases some, confirms the protected, and discards the others', async () => {
    const { scim, people } = await withHold()
    const [keeper, second] = people
    const { page, complaints, close } = await signedIn(`/tenants/${scim.slug}/users`)
    await page.getByRole('link', { name: 'Review them' }).click()
    await page.getByRole('heading', { name: '12 people Waiting' }).waitFor()
    const card = await page.locator('main').innerText()
    expect(card).toContain('More people would be lost within an hour')
    expect(card).toContain('OneLogin')
    expect(await page.getByRole('checkbox').count()).toBe(12)

    await page.getByRole('button', { name: 'Release chosen' }).click()
    await page.getByText('Nothing was chosen').waitFor()
    await page.getByRole('checkbox', { name: second?.userName ?? '' }).check()
    await page.getByRole('button', { name: 'Release chosen' }).click()
    await page.getByText('Released: the application is told.', { exact: true }).waitFor()
    await page.getByRole('heading', { name: '11 people Waiting' }).waitFor()
    expect(complaints).toEqual([])

    await page.getByRole('checkbox', { name: keeper?.userName ?? '' }).check()
    await page.getByRole('button', { name: 'Release chosen' }).click()
    await page.getByRole('heading', { name: 'Release protected people?' }).waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByLabel(keeper?.userName ?? '').fill('somebody else')
    await page.getByRole('button', { name: 'Release them' }).click()
    await page.getByRole('heading', { name: 'Release protected people?' }).waitFor()
    await page.getByLabel(keeper?.userName ?? '').fill(keeper?.userName ?? '')
    await page.getByRole('button', { name: 'Release them' }).click()
    await page.getByRole('heading', { name: '10 people Waiting' }).waitFor()

    await page.getByRole('button', { name: 'Discard all' }).click()
    await page.getByRole('heading', { name: 'Nothing waits' }).waitFor()
    const drift = page.getByText('OneLogin says inactive, application says active')
    expect(await drift.count()).toBe(10)
    expect(await page.getByText('Changes of the identity provider wait').count()).toBe(0)
    await page.getByRole('checkbox').first().check()
    await page.getByRole('button', { name: 'Release chosen after all' }).click()
    await expect.poll(() => drift.count()).toBe(9)
    await page.getByRole('link', { name: 'Audit', exact: true }).last().click()
    await page.getByText('discarded changes of the hold').waitFor()
    await close()
  })

  it('sets what the guard allows', async () => {
    const scim = await newTenant(fetch, server.url, adminToken)
    const { page, complaints, close } = await signedIn(`/tenants/${scim.slug}/settings`)
    await page.getByLabel('People who may be lost').fill('35.5')
    await page.getByRole('radio', { name: 'Wait for a review' }).check()
    await page.getByLabel('Protected people').fill('root@example.com\n\n glass@example.com ')
    await page.getByRole('button', { name: 'Save settings' }).click()
    await page.getByText('The settings are saved.').waitFor()
    const admin = operator(fetch, server.url, adminToken)
    expect((await admin.call('GET', `/tenants/${scim.slug}`)).body.guard).toEqual({
      deactivations: 0.355,
      people: 500,
      delay: 10,
      teams: 'review',
      protected: ['root@example.com', 'glass@example.com'],
    })
    expect(await page.getByLabel('Protected people').inputValue()).toBe(
      'root@example.com\nglass@example.com',
    )
    expect(complaints).toEqual([])
    await close()
  })
})

/** Makes a link in the console, and opens it in a browser of its own. */
async function share(page: Page, slug: string, role: 'Look' | 'Set up', label: string) {
  await page.goto(`${server.url}/admin/tenants/${slug}/links`)
  await page.getByRole('radio', { name: role }).check()
  await page.getByLabel('Label').fill(label)
  await page.getByRole('button', { name: 'Make link' }).click()
  const url = await page.getByLabel('Link', { exact: true }).inputValue()
  const customer = await visit()
  const addresses: string[] = []
  customer.page.on('request', (request) => {
    addresses.push(`${request.url()} ${request.headers()['referer'] ?? ''}`)
  })
  return { url, addresses, ...customer }
}

describeInBrowser("a customer's administrator in a browser", () => {
  it('opens a link, looks around one tenant, and gets to nothing else', async () => {
    const scim = await newTenant(fetch, server.url, adminToken)
    const other = await newTenant(fetch, server.url, adminToken)
    const user = await scim.call('POST', '/Users', person({ displayName: 'Ann Tester' }))
    const operator = await signedIn()
    const shared = await share(operator.page, scim.slug, 'Look', 'Ann at Acme')
    const { page, url, addresses, complaints } = shared
    const secret = url.split('#')[1] ?? ''
    expect(secret).toMatch(/^link_[0-9A-Za-z]{43}$/)
    await operator.page.goto(`${server.url}/admin/tenants/${scim.slug}/links`)
    await operator.page.getByRole('button', { name: 'Revoke Ann at Acme' }).waitFor()
    expect(await operator.page.content()).not.toContain(secret)

    await page.goto(url)
    expect(page.url()).toBe(`${server.url}/admin/open`)
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByRole('heading', { name: 'Status' }).waitFor()
    expect(page.url()).toBe(`${server.url}/admin/set-up/${scim.slug}/status`)
    const tabs = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
    expect(await tabs.allInnerTexts()).toEqual(['Status', 'People', 'Problems'])
    for (const name of await tabs.allInnerTexts()) {
      await tabs.getByText(name, { exact: true }).click()
      await page.getByRole('heading', { level: 1, name }).waitFor()
      // The sign-out is all that a viewer can send.
      expect(await page.locator('form[method=post]').count()).toBe(1)
      expect(await page.content()).not.toContain(other.slug)
    }
    expect(complaints).toEqual([])
    expect(addresses.join(' ')).not.toContain(secret)

    for (const path of ['', '/tenants', '/audit', '/sessions']) {
      const answer = await page.goto(`${server.url}/admin${path}`)
      expect([path, answer?.status()]).toEqual([path, 404])
    }
    for (const of of [other.slug, 'no-such-tenant']) {
      await page.goto(`${server.url}/admin/tenants/${of}`)
      expect(page.url()).toBe(`${server.url}/admin/sign-in?next=%2Fadmin%2Ftenants%2F${of}`)
    }
    for (const path of ['links', 'webhooks', 'keys', `tokens/${scim.tokenId}/revoke`]) {
      const answer = await page.goto(`${server.url}/admin/tenants/${scim.slug}/${path}`)
      expect([path, answer?.status()]).toEqual([path, 403])
    }
    await page.goto(`${server.url}/admin/tenants/${scim.slug}`)
    expect(page.url()).toBe(`${server.url}/admin/set-up/${scim.slug}/status`)
    await page.goto(`${server.url}/admin/set-up/${scim.slug}/people`)
    await page.getByRole('link', { name: 'Ann Tester' }).click()
    await page.getByText(user.body.userName).first().waitFor()
    await shared.close()
    await operator.close()
  })

  it('generates a token when the link allows it, and is out once the link is revoked', async () => {
    const scim = await newTenant(fetch, server.url, adminToken)
    const operator = await signedIn()
    const { page, url, close, complaints } = await share(
      operator.page,
      scim.slug,
      'Set up',
      'Bob at Acme',
    )
    await page.goto(url)
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByRole('button', { name: 'OneLogin' }).click()
    await page.getByRole('link', { name: 'Next: Connect' }).click()
    await page.getByRole('button', { name: 'Generate another token' }).click()
    const token = (await page.locator('#new-token').textContent()) ?? ''
    expect((await client(fetch, scim.baseUrl, token).call('GET', '/Users')).status).toBe(200)
    expect(complaints).toEqual([])

    await operator.page.goto(`${server.url}/admin/tenants/${scim.slug}/audit`)
    const audit = await operator.page.locator('main').innerText()
    expect(audit).toMatch(/Bob at Acme\s+as setup\s+generated a token/)
    expect(audit).not.toContain(token)
    await operator.page.goto(`${server.url}/admin/tenants/${scim.slug}/links`)
    const row = operator.page.getByRole('row').filter({ hasText: 'Bob at Acme' })
    expect(await row.innerText()).toMatch(/Set up[\s\S]*Open[\s\S]*s\sago/)
    await row.getByRole('button', { name: 'Revoke' }).click()
    await operator.page.getByText('The link is revoked.').waitFor()
    expect(await row.innerText()).toContain('Revoked')

    await page.goto(`${server.url}/admin/set-up/${scim.slug}/status`)
    expect(page.url()).toContain('/admin/open?ended=1')
    await page.goto(url)
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByText('This link opens nothing').waitFor()
    await close()
    await operator.close()
  })

  it('without a script enters the code of the link', async () => {
    const scim = await newTenant(fetch, server.url, adminToken)
    const operator = await signedIn()
    const shared = await share(operator.page, scim.slug, 'Look', 'Carol')
    const plain = await visit({ javaScriptEnabled: false })
    await plain.page.goto(`${server.url}/admin/open`)
    await plain.page.getByLabel('Code of the link').fill(shared.url.split('#')[1] ?? '')
    await plain.page.getByRole('button', { name: 'Open' }).click()
    await plain.page.getByRole('heading', { name: 'Which identity provider' }).waitFor()
    expect(plain.complaints).toEqual([])
    await Promise.all([plain.close(), shared.close(), operator.close()])
  })
})

/** Nothing serious, and nothing that has to be scrolled sideways: else one line for each fault. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  const found = await violations(page)
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  return overflow === 0 ? found : [...found, `${overflow} pixels wider than the window`]
}

interface Look {
  readonly name: string
  readonly viewport: { readonly width: number; readonly height: number }
  readonly colorScheme: 'light' | 'dark'
}

const desktop = { width: 1280, height: 720 }
const onPhone: Look = {
  name: 'a phone',
  viewport: { width: 360, height: 740 },
  colorScheme: 'light',
}
const others: readonly Look[] = [
  { name: 'light', viewport: desktop, colorScheme: 'light' },
  { name: 'dark', viewport: desktop, colorScheme: 'dark' },
]

async function change(page: Page, { viewport, colorScheme }: Look): Promise<void> {
  await page.setViewportSize(viewport)
  await page.emulateMedia({ colorScheme })
}

interface Screen {
  readonly look: string
  readonly url: string
  readonly faults: readonly string[]
}

describeInBrowser('accessibility', () => {
  const screens: Screen[] = []

  /** The page as it is now is looked at on a phone, as it was opened, and in the other ways. */
  async function checkScreen(page: Page): Promise<void> {
    const add = async ({ name: look }: Look) =>
      screens.push({ look, url: page.url(), faults: await faultsOf(page) })
    await add(onPhone)
    for (const look of others) {
      await change(page, look)
      await add(look)
    }
    await change(page, onPhone)
  }

  it('every screen opens on a phone, and can be worked with there', async () => {
    const { viewport, colorScheme } = onPhone
    const options = { viewport, colorScheme }
    const scim = await newTenant(fetch, server.url, adminToken)
    const user = await scim.call('POST', '/Users', person({ title: 'Engineer' }))
    const members = [{ value: user.body.id }]
    const team = await scim.call('POST', '/Groups', { displayName: 'Team', members })
    const change = patch({ op: 'replace', path: 'title', value: 'Director' })
    await scim.call('PATCH', `/Users/${user.body.id}`, change)
    const sink = await startSink()
    const hook = `${sink.url}/${'long'.repeat(30)}`
    const body = 'No, '.repeat(200)
    await fetch(hook, { method: 'PUT', body: JSON.stringify([{}, { status: 500, body }]) })
    const webhooks = `/tenants/${scim.slug}/webhooks`
    const api = operator(fetch, server.url, adminToken)
    const webhook = await api.call('POST', webhooks, { url: hook })
    for (const active of [false, true]) {
      await scim.call(
        'PATCH',
        `/Users/${user.body.id}`,
        patch({ op: 'replace', value: { active } }),
      )
    }
    await expect
      .poll(async () => (await api.call('GET', `${webhooks}/${webhook.body.id}`)).body)
      .toMatchObject({ failures: 1 })
    const userName = `Ann.${'Long'.repeat(20)}@Example.com`
    await scim.call('POST', '/Users', person({ userName }))
    await scim.call('PATCH', `/Users/${user.body.id}`, patch({ op: 'Replace', value: {} }))
    const other = await newTenant(fetch, server.url, adminToken, { extensions: [extension] })
    const empty = { tenantUrl: `${server.url}/admin/tenants/${other.slug}` }
    const { page, complaints, close } = await signedIn(undefined, options)
    const tenantUrl = `${server.url}/admin/tenants/${scim.slug}`
    const holding = await withHold()
    const held = { tenantUrl: `${server.url}/admin/tenants/${holding.scim.slug}` }
    const addresses = [
      `${server.url}/admin`,
      tenantUrl,
      `${tenantUrl}/connection`,
      `${tenantUrl}/tokens/${scim.tokenId}/revoke`,
      `${tenantUrl}/connection?done=revoked`,
      `${tenantUrl}/activity`,
      `${tenantUrl}/activity?outcome=failed&code=emailCapitals`,
      `${tenantUrl}/activity?search=nobody`,
      `${tenantUrl}/activity?line=refusal.1`,
      `${tenantUrl}/activity?line=event.1`,
      `${tenantUrl}/activity?line=event.99`,
      `${tenantUrl}/trends`,
      `${server.url}/admin/trends`,
      `${server.url}/admin/search?q=example`,
      `${tenantUrl}/users`,
      `${tenantUrl}/users?search=nobody&state=active`,
      `${tenantUrl}/users/${user.body.id}`,
      `${tenantUrl}/teams`,
      `${tenantUrl}/teams/${team.body.id}`,
      `${tenantUrl}/webhooks`,
      `${tenantUrl}/webhooks?done=deleted`,
      `${tenantUrl}/webhooks/${webhook.body.id}`,
      `${tenantUrl}/webhooks/${webhook.body.id}/delete`,
      `${empty.tenantUrl}/webhooks`,
      `${tenantUrl}/holds`,
      `${held.tenantUrl}/holds`,
      `${held.tenantUrl}/users`,
      `${tenantUrl}/settings`,
      `${tenantUrl}/settings?done=saved`,
      `${empty.tenantUrl}/settings`,
      `${tenantUrl}/delete`,
      `${server.url}/admin?done=deleted`,
      `${tenantUrl}/links`,
      `${tenantUrl}/links?done=revoked`,
      `${tenantUrl}/audit`,
      `${server.url}/admin/audit`,
      `${server.url}/admin/sessions`,
      `${server.url}/admin/open`,
    ]
    for (const address of addresses) {
      await page.goto(address)
      await checkScreen(page)
    }
    await page.goto(tenantUrl)
    await page.getByText('The same as a table').click()
    await checkScreen(page)
    await page.goto(`${empty.tenantUrl}/audit`)
    await page.getByText('1 entry').click()
    await checkScreen(page)
    await page.goto(empty.tenantUrl)
    await checkScreen(page)
    await page.goto(`${empty.tenantUrl}/connection`)
    await page.getByText('Waiting for the first call').waitFor()
    await checkScreen(page)
    await page.goto(`${held.tenantUrl}/holds`)
    await page.getByRole('button', { name: 'Discard all' }).click()
    await page.getByRole('heading', { name: 'Discarded changes' }).waitFor()
    await checkScreen(page)
    await page.goto(`${tenantUrl}/connection`)
    for (const guide of ['OneLogin', 'Okta', 'Microsoft Entra ID']) {
      await page.locator('summary', { hasText: guide }).click()
      await checkScreen(page)
    }
    await page.getByRole('button', { name: 'Generate token' }).click()
    await page.getByLabel('Token', { exact: true }).waitFor()
    await checkScreen(page)
    await page.goto(`${tenantUrl}/webhooks/${webhook.body.id}`)
    await page.getByRole('button', { name: 'Make a new secret' }).click()
    await page.getByRole('textbox', { name: 'Signing secret' }).waitFor()
    await checkScreen(page)
    const shared = await share(page, scim.slug, 'Look', 'Ann')
    await checkScreen(page)
    await page.goto(`${tenantUrl}/links`)
    await page.getByRole('button', { name: 'Revoke Ann' }).waitFor()
    await checkScreen(page)
    const customer = await visit(options)
    await customer.page.goto(shared.url)
    await customer.page.getByRole('button', { name: 'Open' }).click()
    const ofCustomer = `${server.url}/admin/set-up/${scim.slug}`
    for (const path of ['/choose', '/status', '/people', `/people/${user.body.id}`, '/problems']) {
      await customer.page.goto(`${ofCustomer}${path}`)
      await checkScreen(customer.page)
    }
    for (const step of ['okta/toApp', 'entra/mapping', 'entra/connection', 'other/connection']) {
      await customer.page.goto(`${ofCustomer}/steps/${step}`)
      await checkScreen(customer.page)
    }
    await customer.close()
    await shared.close()
    expect(complaints).toEqual([])

    // Answers that are errors are complaints of the browser by themselves.
    await page.goto(`${tenantUrl}/users/nobody`)
    await checkScreen(page)
    await page.goto(`${server.url}/admin`)
    await openNewTenant(page)
    await page.getByLabel('Name', { exact: true }).fill('Again')
    await page.getByLabel('Slug').fill(scim.slug)
    await page.getByRole('button', { name: 'Create tenant' }).click()
    await page.getByText('Another tenant has this slug').waitFor()
    await checkScreen(page)
    const menu = page.getByRole('button', { name: 'Menu' })
    if (await menu.isVisible()) {
      await menu.click()
      await checkScreen(page)
    }
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Operator secret or access code').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    await checkScreen(page)
    await page.goto(`${server.url}/admin/open#wrong`)
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByRole('alert').waitFor()
    await checkScreen(page)
    await close()
  })

  it.each([...others, onPhone])('axe finds nothing serious on any screen: $name', ({ name }) => {
    const seen = screens.filter(({ look }) => look === name)
    expect(seen.length).toBeGreaterThan(50)
    expect(seen.filter(({ faults }) => faults.length > 0)).toEqual([])
  })
})
