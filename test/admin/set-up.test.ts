/** The pages that links open: what they show, what they never show, and how they are embedded. */
import { describe, expect, it } from 'vitest'
import { routes } from '../../src/admin/pages'
import { afterAnswers } from '../support/after-answers'
import { words } from '../support/console'
import { open as asOperator } from '../support/signed-in'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import { enter, makeLink, open, opened, type Input } from '../support/link'
import { client, person, type ScimClient } from '../support/tenant'

describe('a link for setting up', () => {
  it('leads to the choice, then to the step that is next, then to the status', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    const base = `/set-up/${scim.slug}`
    const next = async () => (await open(base, { cookie })).headers.get('Location')
    expect(await next()).toBe(`/admin${base}/choose`)
    const chosen = await open(`${base}/choose`, { cookie, form: { guide: 'onelogin' } })
    expect(chosen.headers.get('Location')).toBe(`/admin${base}/steps/onelogin/application`)
    expect(await next()).toBe(`/admin${base}/steps/onelogin/application`)
    await scim.call('GET', '/Users?filter=userName+eq+%22nobody%22&')
    await expect.poll(next).toBe(`/admin${base}/steps/onelogin/provisioning`)
    const user = await scim.call('POST', '/Users', person())
    expect(await next()).toBe(`/admin${base}/steps/onelogin/parameters`)
    const members = [{ value: user.body.id }]
    await scim.call('POST', '/Groups', { displayName: 'Team', members })
    expect(await next()).toBe(`/admin${base}/done`)
    await open(`${base}/done`, { cookie, form: {} })
    expect(await next()).toBe(`/admin${base}/status`)
    const { entries } = (await admin.call('GET', `/tenants/${scim.slug}/audit`)).body
    expect(entries.slice(0, 2)).toMatchObject([
      { action: 'set-up.done', actor: 'Ann' },
      { action: 'set-up.chosen', actor: 'Ann', subject: 'onelogin' },
    ])
  })

  it('knows no guide and no step but those that there are', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    const base = `/set-up/${scim.slug}`
    for (const path of ['steps/onelogin/nothing', 'steps/__proto__/x', 'steps/aws/connection']) {
      const answer = await open(`${base}/${path}`, { cookie })
      expect([path, answer.headers.get('Location')]).toEqual([path, `/admin${base}/choose`])
    }
    for (const guide of ['', 'aws', '__proto__']) {
      await open(`${base}/choose`, { cookie, form: { guide } })
    }
    const { results } = await bindings.DB.prepare('select * from set_ups where guide in (?, ?)')
      .bind('aws', '__proto__')
      .all()
    expect(results).toEqual([])
  })

  it('names the product and never a placeholder, on every step in both languages', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    const variables = { PRODUCT_NAME: 'Northwind *Desk*' }
    for (const language of ['en', 'de']) {
      for (const path of await stepsOf(scim, cookie)) {
        const html = await (
          await open(path, { cookie, variables, headers: { 'Accept-Language': language } })
        ).text()
        expect(html).toContain(`<html lang="${language}"`)
        expect(html).toContain('Northwind *Desk*')
        expect(html).not.toMatch(/\(your product\)|\{(product|provider|baseUrl|tenant|at|name)\}/)
        expect(words(html)).not.toMatch(/\b(onelogin|okta|entra|step|live)\.\w+\.\d/)
      }
    }
  })

  it('speaks of the screens of its own provider alone', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    const ofOthers: Readonly<Record<string, RegExp>> = {
      onelogin: /Okta|Entra|Test connection|Push Groups/,
      okta: /OneLogin|Entra|API Status|Test connection\b/,
      entra: /OneLogin|Okta|API Status|Test Connector/,
      other: /OneLogin|Okta|API Status|Test Connector|Test connection/,
    }
    for (const path of await stepsOf(scim, cookie)) {
      const [, guide = ''] = /\/steps\/(\w+)\//.exec(path) ?? []
      const text = words(await (await open(path, { cookie })).text())
      expect([path, ofOthers[guide]?.exec(text)?.[0]]).toEqual([path, undefined])
    }
  })

  it('is not said to work before a call has come', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    const status = async () =>
      words(await (await open(`/set-up/${scim.slug}/status`, { cookie })).text())
    expect(await status()).toContain('The set-up is not finished.')
    expect(await status()).not.toContain('Everything works.')
    await scim.call('GET', '/Users')
    await expect.poll(status).toContain('Everything works.')
  })

  it('is finished before any call has come only by who says so, and is not called connected', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    const base = `/set-up/${scim.slug}`
    await open(`${base}/choose`, { cookie, form: { guide: 'onelogin' } })
    const see = async (path: string, language = 'en') => {
      const headers = { 'Accept-Language': language }
      return (await open(`${base}${path}`, { cookie, headers })).text()
    }
    const end = await see('/done')
    expect(words(end)).toContain('Nothing has arrived yet')
    expect(words(end)).toContain('No call of OneLogin has come')
    expect(end).toContain(`href="/admin${base}/steps/onelogin/application">Continue the set-up`)
    expect(words(await see('/done', 'de'))).toContain('Noch ist nichts angekommen')
    const refused = await open(`${base}/done`, { cookie, form: {} })
    expect([refused.status, words(await refused.text())]).toEqual([
      409,
      expect.stringContaining('Nothing has arrived yet'),
    ])
    expect(words(await see('/status'))).toContain('The set-up is not finished.')
    const [, fields = ''] = /<form method="post"[^>]*\/done"(.*?)<\/form>/s.exec(end) ?? []
    const [, name = '', value = ''] = /type="hidden" name="(\w+)" value="(\w+)"/.exec(fields) ?? []
    expect(words(fields)).toContain('Finish although no call has come')
    const done = await open(`${base}/done`, { cookie, form: { [name]: value } })
    expect(done.headers.get('Location')).toBe(`/admin${base}/status`)
    const status = words(await see('/status'))
    expect(status).toContain('finished before any call of OneLogin: none has come yet.')
    expect(status).toContain('Continue the set-up')
    expect(status).not.toMatch(/Everything works|is connected/)
    expect(words(await see('/status', 'de'))).toContain('vor dem ersten Aufruf von OneLogin')
    const { entries } = (await admin.call('GET', `/tenants/${scim.slug}/audit`)).body
    expect(entries[0]).toMatchObject({ action: 'set-up.done', after: { calls: 'none yet' } })
    const operator = async (path: string) => words(await (await asOperator(path)).text())
    expect(await operator(`/tenants/${scim.slug}`)).toContain(
      'The set-up was finished, and no call has come.',
    )
    expect(await operator(`?search=${scim.slug}`)).toMatch(/Not called yet 0 0 Never/)
    await scim.call('GET', '/Users')
    await expect.poll(async () => words(await see('/status'))).toContain('Everything works.')
    expect(await operator(`/tenants/${scim.slug}`)).not.toContain('no call has come')
  })

  it('is not finished before it has begun: it leads to the choice of the provider', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    const base = `/set-up/${scim.slug}`
    const page = await (await open(`${base}/done`, { cookie })).text()
    expect(page).toContain(`href="/admin${base}/choose">Continue the set-up`)
    expect(page).not.toContain('Finish although')
    const form = { without: 'calls' }
    const answer = await open(`${base}/done`, { cookie, form })
    expect(answer.headers.get('Location')).toBe(`/admin${base}/choose`)
  })

  it('does not work while nothing but the configuration was read', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    await scim.call('GET', '/ServiceProviderConfig')
    const status = async () =>
      words(await (await open(`/set-up/${scim.slug}/status`, { cookie })).text())
    await expect.poll(status).toContain('has read the configuration and asked for nobody yet')
    expect(await status()).not.toContain('Everything works.')
  })

  it('counts up to a thousand problems, and says of so many that there may be more, as the overview does', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    const pages = async () => [
      words(await (await open(`/set-up/${scim.slug}/status`, { cookie })).text()),
      words(await (await asOperator(`/tenants/${scim.slug}`)).text()),
    ]
    const add = (first: number, last: number) =>
      bindings.DB.prepare(
        `insert into problems (tenant_id, key, kind, seq, method, path, status, code, detail, cause,
           first_at, last_at, tries)
         with recursive n(i) as (select ?2 union all select i + 1 from n where i < ?3)
         select id, 'request:' || i, 'request', i, 'POST', '/Users', 400, 'emailCapitals', '', '{}', 1,
           1, 1 from tenants, n where slug = ?1`,
      )
        .bind(scim.slug, first, last)
        .run()
    await add(1, 999)
    const [status, overview] = await pages()
    expect(status).toContain(' 999 people and teams are missing')
    expect(overview).toContain(' 999 people, teams or requests could not be provisioned')
    await add(1_000, 1_200)
    const [more, furtherOverview] = await pages()
    expect(more).toContain('At least 1,000 people and teams are missing')
    expect(furtherOverview).toContain('At least 1,000 people, teams or requests')
    expect(furtherOverview).toContain('Problems 99+ open')
  })

  it('tells at each step, and at the end, whom the product has refused and what to do, until they have come', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    const base = `/set-up/${scim.slug}`
    await open(`${base}/choose`, { cookie, form: { guide: 'onelogin' } })
    const seen = async (path: string, language = 'en') => {
      const headers = { 'Accept-Language': language }
      const html = await (await open(`${base}${path}`, { cookie, headers })).text()
      // The script takes this part anew.
      return words(/id="live" data-live[^]*?<\/section>/.exec(html)?.[0] ?? '')
    }
    const input = (userName: string) => person({ userName, emails: [{ value: userName }] })
    for (const name of ['Ann', 'Bob', 'Cleo', 'Dan']) {
      expect((await scim.call('POST', '/Users', input(`${name}@Example.com`))).status).toBe(400)
    }
    for (const path of ['/steps/onelogin/person', '/steps/onelogin/application', '/done']) {
      const text = await seen(path)
      expect(text).toMatch(/Rollcall did not take these: missing Dan@Example\.com/)
      expect(text).toContain('An e-mail address has capital letters What to do in OneLogin: Write')
      expect(text).toMatch(/Bob@Example\.com.*All problems/)
      // The latest three; the page of problems has all.
      expect(text).not.toContain('Ann@Example.com')
    }
    expect(await seen('/done', 'de')).toContain('Rollcall hat nicht angenommen: fehlt Dan@')
    for (const name of ['ann', 'bob', 'cleo', 'dan']) {
      expect((await scim.call('POST', '/Users', input(`${name}@example.com`))).status).toBe(201)
    }
    expect(await seen('/steps/onelogin/person')).not.toContain('did not take')
  })

  it('leads from the status of what is set up to the step that makes another token', async () => {
    const scim = await tenant()
    const [cookie, reader] = [await opened(scim), await opened(scim, { role: 'view' })]
    const base = `/set-up/${scim.slug}`
    await open(`${base}/choose`, { cookie, form: { guide: 'entra' } })
    await open(`${base}/done`, { cookie, form: { without: 'calls' } })
    const another = `href="/admin${base}/steps/entra/connection">Generate another token`
    expect(await (await open(`${base}/status`, { cookie })).text()).toContain(another)
    expect(await (await open(`${base}/status`, { cookie: reader })).text()).not.toContain(another)
  })

  it('has a new form for one that stood open while the token it had made was revoked', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    const step = `/set-up/${scim.slug}/steps/onelogin/configuration`
    const page = await (await open(step, { cookie })).text()
    // Browsers that keep what fields held would make the same token once more.
    const [, number = ''] = /name="form" value="(\w+)" autocomplete="off"/.exec(page) ?? []
    const list = async () => (await admin.call('GET', `/tenants/${scim.slug}/tokens`)).body.tokens
    const make = (form: string) => open(`${step}/token`, { cookie, form: { form, days: '' } })
    await Promise.all([make(number), make(number)])
    const [, first] = await list()
    expect(await list()).toHaveLength(2)
    await open(`/set-up/${scim.slug}/tokens/${first.id}/revoke`, { cookie, form: {} })
    const stale = await make(number)
    expect([stale.status, stale.headers.get('Location')]).toEqual([303, `/admin${step}`])
    expect(await list()).toHaveLength(2)
    await Promise.all(Array.from({ length: 4 }, () => make('')))
    const full = await make('')
    expect([full.status, words(await full.text())]).toEqual([
      409,
      expect.stringContaining('There are 5 live tokens already.'),
    ])
  })

  it('has the values of a rule to copy as they are, the pattern with its star', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    const path = `/set-up/${scim.slug}/steps/onelogin/rules`
    const variables = { PRODUCT_NAME: 'North*wind' }
    const html = await (await open(path, { cookie, variables })).text()
    const copied = [...html.matchAll(/<code id="[^"]+">([^<]*)<\/code> <button/g)]
    expect(copied.map(([, value]) => value)).toEqual([
      'Teams of North*wind',
      'Set Groups in North*wind',
      '.*',
    ])
    expect(words(html)).toContain('Map from OneLogin choose this, instead of existing groups')
  })

  it('says which values are taken by the rules of the tenant', async () => {
    const [strict, mild] = [await tenant(), await tenant({ rules: { email: 'lowercase' } })]
    const see = async (scim: ScimClient) => {
      const path = `/set-up/${scim.slug}/steps/onelogin/parameters`
      return words(await (await open(path, { cookie: await opened(scim) })).text())
    }
    expect(await see(strict)).toContain('addresses in lower case')
    expect(await see(mild)).toContain('capitals are written in lower case')
    const mapped = async (scim: ScimClient, step: string) => {
      const path = `/set-up/${scim.slug}/steps/${step}`
      return words(await (await open(path, { cookie: await opened(scim) })).text())
    }
    for (const [step, expression] of [
      ['okta/toApp', 'String.toLowerCase(user.email)'],
      ['entra/mapping', 'ToLower([mail])'],
      ['entra/mapping', 'ToLower([userPrincipalName])'],
      ['okta/application', 'refuses addresses with capitals'],
    ] as const) {
      expect(await mapped(strict, step)).toContain(expression)
      expect(await mapped(mild, step)).not.toContain(expression)
    }
  })

  it('leads back to the address that it was made with', async () => {
    const scim = await tenant()
    const returnUrl = 'https://app.example.com/security/scim?tenant=1'
    const made = await makeLink(scim, { returnUrl })
    expect(made.body.returnUrl).toBe(returnUrl)
    const cookie = await enter(made.body.url)
    const html = await (await open(`/set-up/${scim.slug}/done`, { cookie })).text()
    expect(html).toContain(`href="${returnUrl}" target="_top"`)
    const wrong = ['javascript:alert(1)', 'http://app.example.com', '/x', 'https://a:b@c.example']
    for (const returnUrl of wrong) {
      expect((await makeLink(scim, { returnUrl })).status).toBe(400)
    }
  })

  it('opens with its code or as a whole, as it is pasted where no script takes the code', async () => {
    const scim = await tenant()
    const { url } = (await makeLink(scim)).body
    for (const code of [new URL(url).hash.slice(1), url, ` ${url} `]) {
      expect((await open('/open', { form: { code } })).status).toBe(303)
    }
    for (const code of [`${url}x`, `${url}#`, `x${new URL(url).hash.slice(1)}`]) {
      expect((await open('/open', { form: { code } })).status).toBe(403)
    }
  })

  it('opens once and soon when it is made so, and counts no more when it was opened', async () => {
    const scim = await tenant()
    const made = await Promise.all(
      Array.from({ length: 21 }, () => makeLink(scim, { opensWithin: 60 })),
    )
    const links = made.filter(({ status }) => status === 201)
    expect(links).toHaveLength(20)
    const url: string = links[0]?.body.url
    const code = new URL(url).hash.slice(1)
    const both = await Promise.all([0, 1].map(() => open('/open', { form: { code } })))
    expect(both.map(({ status }) => status).toSorted()).toEqual([303, 403])
    const cookie = both.find(({ status }) => status === 303)?.headers.get('Set-Cookie') ?? ''
    const page = await open(`/set-up/${scim.slug}/people`, { cookie: cookie.split(';')[0] ?? '' })
    expect(page.status).toBe(200)
    expect((await makeLink(scim, { opensWithin: 60 })).status).toBe(201)
    const late = links[1]?.body
    await bindings.DB.prepare('update links set opens_until = 1 where id = ?').bind(late.id).run()
    const answer = await open('/open', { form: { code: new URL(late.url).hash.slice(1) } })
    expect(answer.status).toBe(403)
    for (const opensWithin of [0, 29, 86_401, 1.5]) {
      expect((await makeLink(scim, { opensWithin })).status).toBe(400)
    }
  })
})

/** The addresses of all steps of all guides. */
async function stepsOf(scim: ScimClient, cookie: string): Promise<string[]> {
  const paths: string[] = []
  for (const guide of ['onelogin', 'okta', 'entra', 'other']) {
    const chosen = await open(`/set-up/${scim.slug}/choose`, { cookie, form: { guide } })
    const first = (chosen.headers.get('Location') ?? '').replace('/admin', '')
    const html = await (await open(first, { cookie })).text()
    const found = html.matchAll(/href="\/admin(\/set-up\/[^"]*\/steps\/[^"]*)"/g)
    paths.push(...new Set(Array.from(found, ([, path = '']) => path)))
  }
  expect(paths.length).toBeGreaterThan(18)
  return [...new Set(paths)]
}

describe('what links are shown', () => {
  it('is nothing of the vendor: webhooks, keys, tokens of operators, internal addresses', async () => {
    const scim = await tenant()
    const user = await scim.call('POST', '/Users', person({ displayName: 'Grace Hopper' }))
    await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com' }))
    const hook = 'https://hooks.internal-vendor.example/secret-path'
    await admin.call('POST', `/tenants/${scim.slug}/webhooks`, { url: hook })
    await admin.call('POST', `/tenants/${scim.slug}/keys`, { label: 'billing-of-the-vendor' })
    await admin.call('POST', '/operator-tokens', { label: 'ci-of-the-vendor', scope: 'read' })
    const made = await admin.call('POST', `/tenants/${scim.slug}/clients`, { kind: 'secret' })
    for (const role of ['view', 'setup']) {
      const cookie = await opened(scim, { role })
      const pages = [
        ...routes
          .filter(({ method, isForCustomers }) => method === 'GET' && isForCustomers === true)
          .filter(({ path }) => !path.includes('/steps/'))
          .map(({ path }) =>
            path
              .replace(':slug', scim.slug)
              .replace(':kind', 'secret')
              .replace(':id', path.includes('/people/') ? user.body.id : made.body.id),
          ),
        ...(role === 'setup' ? await stepsOf(scim, cookie) : []),
      ]
      expect(pages.length).toBeGreaterThan(10)
      for (const path of pages) {
        const answer = await open(path, { cookie })
        expect([role, path, [200, 303, 403].includes(answer.status)]).toEqual([role, path, true])
        const html = await answer.text()
        for (const inside of [
          'internal-vendor',
          'of-the-vendor',
          '/webhooks',
          '/keys"',
          '/audit',
        ]) {
          expect([path, inside, html.includes(inside)]).toEqual([path, inside, false])
        }
      }
    }
  })

  it('stays text, whatever a name of a person, a team or a tenant holds', async () => {
    const html = '<img src=x onerror="alert(1)">'
    const scim = await tenant({ rules: { name: 'allow' }, name: html })
    const user = await scim.call('POST', '/Users', person({ displayName: html }))
    const cookie = await opened(scim)
    for (const path of ['people', `people/${user.body.id}`, 'status', 'choose']) {
      const page = await (await open(`/set-up/${scim.slug}/${path}`, { cookie })).text()
      expect(page).toContain('&lt;img')
      expect(page).not.toContain('<img src=x')
    }
  })

  it('is in the language that was chosen, else in that of the browser', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    const path = `/set-up/${scim.slug}/status`
    const titleOf = async (input: Input, query = '') => {
      const answer = await open(`${path}${query}`, input)
      const [, title] = /<html lang="(\w+)"/.exec(await answer.text()) ?? []
      return [title, (answer.headers.get('Set-Cookie') ?? '').split(';')[0]]
    }
    const german = { cookie, headers: { 'Accept-Language': 'fr, de-AT;q=0.8, en;q=0.5' } }
    expect(await titleOf({ cookie })).toEqual(['en', ''])
    expect(await titleOf(german)).toEqual(['de', ''])
    expect(await titleOf(german, '?language=en')).toEqual(['en', 'rollcall_language=en'])
    const chosen = { ...german, cookie: `${cookie}; rollcall_language=en` }
    expect(await titleOf(chosen)).toEqual(['en', ''])
    expect(await titleOf({ cookie }, '?language=xx')).toEqual(['en', ''])
  })

  it('is the same page in the other language, with what was searched', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    const base = `/set-up/${scim.slug}`
    const otherOf = async (answer: Response) =>
      /<a href="([^"]*)" lang="de"/.exec(await answer.text())?.[1]?.replaceAll('&amp;', '&')
    const search = `${base}/people?search=%26ann%22&page=2`
    expect(await otherOf(await open(search, { cookie }))).toBe(
      '?search=%26ann%22&page=2&language=de',
    )
    // A form that is refused is shown at an address of its own, which leads back to the step.
    const step = `${base}/steps/onelogin/configuration`
    const refused = await open(`${step}/token`, { cookie, form: { days: 'x' } })
    expect([refused.status, await otherOf(refused)]).toEqual([422, '?language=de'])
    const other = await open(`${step}/token?language=de`, { cookie })
    expect(other.headers.get('Location')).toBe(`/admin${step}?language=de`)
  })

  it('says of a person what was sent in lines that need no knowledge of SCIM', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    const urn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
    const sent = {
      ...person(),
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', urn],
      name: { givenName: 'Ann', familyName: 'Brien' },
      emails: [{ value: 'ann@example.com', type: 'work', primary: true }],
      [urn]: { department: 'Support', manager: { value: '26118915' } },
    }
    const { id } = (await scim.call('POST', '/Users', sent)).body
    const page = await (await open(`/set-up/${scim.slug}/people/${id}`, { cookie })).text()
    const lines = Array.from(page.matchAll(/<dt[^>]*>(.*?)<\/dt><dd[^>]*><bdi>(.*?)<\/bdi>/g))
    expect(lines.map(([, name, text]) => [name, text])).toEqual(
      expect.arrayContaining([
        ['name.givenName', 'Ann'],
        ['name.familyName', 'Brien'],
        ['emails (work)', 'ann@example.com'],
        ['department', 'Support'],
      ]),
    )
    expect(page).not.toMatch(/urn:ietf|&quot;|\{/)
  })
})

describe('a refused call', () => {
  const seen = async (scim: ScimClient, cookie: string) =>
    words(await (await open(`/set-up/${scim.slug}/status`, { cookie })).text())

  it.each([
    ['revoked', /\d+ calls? .*: this token \( test \) was revoked on 20/],
    ['expired', /\d+ calls? .*: this token \( test \) expired on 20/],
    ['unknown', /nobody knows this token here/],
    ['malformed', /the token is not complete, or was mistyped/],
    ['missing', /they came without a token/],
    ['other', /this token belongs to another address/],
  ] as const)(
    'with a token that is %s is seen with the reason and what to do',
    async (kind, said) => {
      const [scim, other] = [await tenant(), await tenant()]
      const cookie = await opened(scim)
      await open(`/set-up/${scim.slug}/choose`, { cookie, form: { guide: 'onelogin' } })
      if (kind === 'revoked')
        await admin.call('DELETE', `/tenants/${scim.slug}/tokens/${scim.tokenId}`)
      if (kind === 'expired') {
        await bindings.DB.prepare('update tokens set expires_at = ? where id = ?')
          .bind(Date.now() - 1_000, scim.tokenId)
          .run()
        await bindings.TOKENS.delete(`token:${scim.tokenId}`)
      }
      const tokens: Record<string, string> = {
        unknown: 'some-other-token',
        malformed: `${scim.token.slice(0, -8)}00000000`,
        missing: '',
        other: other.token,
      }
      const calls = client(send, scim.baseUrl, tokens[kind] ?? scim.token)
      for (let count = 0; count < 3; count += 1) {
        expect((await calls.call('GET', '/Users')).status).toBe(401)
      }
      await expect.poll(() => seen(scim, cookie)).toMatch(said)
      expect(await seen(scim, cookie)).toContain('Calls of OneLogin are being refused')
      expect(await seen(other, await opened(other))).not.toMatch(said)
      if (kind === 'other') expect(await seen(scim, cookie)).not.toContain(other.slug)
    },
  )

  it('costs one row for a tenant and reason, and few writes, whatever tokens come', async () => {
    const scim = await tenant()
    const count = 200
    await Promise.all(
      Array.from({ length: count }, () =>
        client(send, scim.baseUrl, `random-${crypto.randomUUID()}`).call('GET', '/Users'),
      ),
    )
    const rows = async () => {
      const { results } = await bindings.DB.prepare(
        `select reason, token_id, calls from refused_calls
         join tenants on tenants.id = tenant_id where slug = ?`,
      )
        .bind(scim.slug)
        .all<{ reason: string; token_id: string; calls: number }>()
      return results
    }
    await expect.poll(async () => (await rows())[0]?.calls ?? 0).toBeGreaterThan(1)
    const found = await rows()
    expect(found).toMatchObject([{ reason: 'unknown', token_id: '' }])
    // At most eight tokens are told apart between two writes.
    expect(found[0]?.calls).toBeLessThan(count)
  })

  it('with a token that has ended is not answered with copying it once more', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    await open(`/set-up/${scim.slug}/choose`, { cookie, form: { guide: 'onelogin' } })
    await admin.call('DELETE', `/tenants/${scim.slug}/tokens/${scim.tokenId}`)
    await scim.call('GET', '/Users')
    await expect.poll(() => seen(scim, cookie)).toContain('Such a token never works again')
    expect(await seen(scim, cookie)).not.toContain('Copy the token once more')
    await client(send, scim.baseUrl, 'some-other-token').call('GET', '/Users')
    await expect.poll(() => seen(scim, cookie)).toContain('Copy the token once more')
  })

  it('is told no more once a call was let in after it', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    await client(send, scim.baseUrl, 'some-other-token').call('GET', '/Users')
    await expect.poll(() => seen(scim, cookie)).toContain('nobody knows this token')
    await scim.call('GET', '/Users')
    await expect.poll(() => seen(scim, cookie)).not.toContain('nobody knows this token')
  })

  it('at the address of no tenant leaves nothing', async () => {
    const slug = `nobody-${crypto.randomUUID().slice(0, 8)}`
    await client(send, `${origin}/scim/v2/${slug}`, 'some-token').call('GET', '/Users')
    await afterAnswers()
    const { results } = await bindings.DB.prepare(
      'select * from refused_calls where tenant_id not in (select id from tenants)',
    ).all()
    expect(results).toEqual([])
  })
})

describe('a frame of the product', () => {
  const variables = { FRAME_ANCESTORS: 'https://app.example.com https://*.example.net' }
  const inFrame = { 'Sec-Fetch-Dest': 'iframe' }

  const framesOf = (answer: Response) => {
    const policy = answer.headers.get('Content-Security-Policy') ?? ''
    return [
      /frame-ancestors ([^;]*)/.exec(policy)?.[1],
      answer.headers.get('X-Frame-Options'),
    ] as const
  }

  it('shows the pages of links where the setting names it, and no other page', async () => {
    const scim = await tenant()
    const cookie = await opened(scim)
    for (const path of ['/open', `/set-up/${scim.slug}/status`]) {
      expect(framesOf(await open(path, { cookie, variables }))).toEqual([
        variables.FRAME_ANCESTORS,
        null,
      ])
      expect(framesOf(await open(path, { cookie }))).toEqual(["'none'", 'DENY'])
    }
    for (const path of ['/sign-in', `/tenants/${scim.slug}/holds`, '/nothing']) {
      expect(framesOf(await open(path, { cookie, variables }))).toEqual(["'none'", 'DENY'])
    }
    const signedIn = await open('/sign-in', { form: { secret: bindings.ADMIN_TOKEN } })
    const operator = (signedIn.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
    const preview = await open(`/set-up/${scim.slug}/status`, { cookie: operator, variables })
    expect([preview.status, ...framesOf(preview)]).toEqual([200, "'none'", 'DENY'])
  })

  it.each([
    '*',
    'http://app.example.com',
    "https://app.example.com 'self'",
    'https://app.example.com; script-src *',
    'https://app.example.com/path',
    'https:',
  ])('is none when the setting is %j', async (FRAME_ANCESTORS) => {
    const answer = await open('/open', { variables: { FRAME_ANCESTORS } })
    expect(framesOf(answer)).toEqual(["'none'", 'DENY'])
  })

  it('has a session of its own, of its site alone, and uses no other one', async () => {
    const scim = await tenant()
    const { url } = (await makeLink(scim)).body
    const form = { code: new URL(url).hash.slice(1) }
    const answer = await open('/open', { form, headers: inFrame })
    const setCookie = answer.headers.get('Set-Cookie') ?? ''
    expect(setCookie).toMatch(/^__Host-rollcall_frame_[a-z0-9-]+=/)
    for (const part of ['Secure', 'HttpOnly', 'SameSite=None', 'Partitioned', 'Path=/']) {
      expect(setCookie).toContain(part)
    }
    const framed = setCookie.split(';')[0] ?? ''
    const path = `/set-up/${scim.slug}/people`
    const usual = await opened(scim)
    const statusOf = async (cookie: string, headers: Input['headers'] = {}) =>
      (await open(path, { cookie, headers })).status
    expect(await statusOf(framed, inFrame)).toBe(200)
    expect(await statusOf(framed, { 'Rollcall-Framed': '1' })).toBe(200)
    expect(await statusOf(framed)).toBe(303)
    expect(await statusOf(usual, inFrame)).toBe(303)
    expect(await statusOf(usual)).toBe(200)
  })

  it('takes no form that another site sends, though the cookie comes along', async () => {
    const scim = await tenant()
    const cookie = await enter((await makeLink(scim)).body.url, inFrame)
    for (const headers of [
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
      { Origin: 'https://app.example.com', 'Sec-Fetch-Site': 'cross-site' },
      { Origin: 'null' },
    ]) {
      const answer = await send(
        new Request(`${origin}/admin/set-up/${scim.slug}/enabled`, {
          method: 'POST',
          redirect: 'manual',
          headers: { ...inFrame, ...headers, Cookie: cookie },
          body: new URLSearchParams({ enabled: 'false' }),
        }),
      )
      expect(answer.status).toBe(403)
    }
    expect((await scim.call('GET', '/Users')).status).toBe(200)
  })
})
