import { describe, expect, it, vi } from 'vitest'
import { operatorConsole } from '../../src/admin/console'
import { bindings, origin, send, tenant } from '../support/gateway'
import { person } from '../support/tenant'

const cookieName = '__Host-rollcall_console'

interface Wish {
  readonly method?: string
  readonly cookie?: string
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly from?: string
}

/** A request as a browser sends it: forms say where they come from. */
function open(path: string, wish: Wish = {}): Promise<Response> {
  const method = wish.method ?? (wish.form ? 'POST' : 'GET')
  const base = wish.from ?? origin
  return send(
    new Request(`${base}/admin${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(method === 'GET' ? {} : { Origin: base, 'Sec-Fetch-Site': 'same-origin' }),
        ...(wish.cookie === undefined ? {} : { Cookie: wish.cookie }),
        'CF-Connecting-IP': '192.0.2.1',
        ...wish.headers,
      },
      ...(wish.form ? { body: new URLSearchParams(wish.form) } : {}),
    }),
  )
}

async function signIn(from = origin): Promise<string> {
  const answer = await open('/sign-in', { form: { secret: bindings.ADMIN_TOKEN }, from })
  expect(answer.status).toBe(303)
  return (answer.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
}

/** Every address of the console that a route was made for, as one of a real tenant. */
function addresses(slug: string): { method: string; path: string }[] {
  return operatorConsole.routes
    .filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
    .map(({ method, path }) => ({
      method,
      path: path.replace(':slug', slug).replace(':id', 'some-id').replace(/^\/$/, ''),
    }))
}

const open_ = new Set(['/sign-in', '/console.css', '/console.js', '/console.svg'])

describe('the console without a session', () => {
  it('refuses every route', async () => {
    const scim = await tenant()
    const closed = addresses(scim.slug).filter(({ path }) => !open_.has(path))
    expect(closed.length).toBeGreaterThan(12)
    for (const { method, path } of [...closed, { method: 'GET', path: '/nothing' }]) {
      const answer = await open(path, { method, ...(method === 'POST' ? { form: {} } : {}) })
      expect([method, path, answer.status]).toEqual([method, path, 303])
      expect(answer.headers.get('Location')).toMatch(/^\/admin\/sign-in/)
      expect(await answer.text()).toBe('')
    }
    expect((await scim.call('GET', '/Users')).status).toBe(200)
  })

  it('refuses a bearer token, and a session that is forged, expired, or of another kind', async () => {
    const session = await signIn()
    expect((await open('', { cookie: session })).status).toBe(200)
    const value = decodeURIComponent(session.split('=').slice(1).join('='))
    const [stated = ''] = value.split(/\.(?=[^.]+$)/)
    const later = value.replace(/\d+/, (time) => String(Number(time) + 1))
    const past = await signed(`console.${Math.floor(Date.now() / 1000) - 1}`)
    const other = await signed('something else')
    const foreign = await signed(stated, 'another secret')
    for (const cookie of [later, stated, `${stated}.`, 'x', '', past, other, foreign]) {
      const answer = await open('', { cookie: `${cookieName}=${encodeURIComponent(cookie)}` })
      expect([cookie, answer.status]).toEqual([cookie, 303])
    }
    const valid = await signed(`console.${Math.floor(Date.now() / 1000) + 60}`)
    const known = await open('', { cookie: `${cookieName}=${encodeURIComponent(valid)}` })
    expect(known.status).toBe(200)
    const plain = await open('', { cookie: session.replace('__Host-', '') })
    expect(plain.status).toBe(303)
    const bearer = { Authorization: `Bearer ${bindings.ADMIN_TOKEN}` }
    expect((await open('', { headers: bearer })).status).toBe(303)
  })

  it('leads back to the page that was asked, and never out of the console', async () => {
    const asked = await open('/tenants/acme/users')
    expect(asked.headers.get('Location')).toBe(
      '/admin/sign-in?next=%2Fadmin%2Ftenants%2Facme%2Fusers',
    )
    for (const [next, expected] of [
      ['/admin/tenants/acme/users', '/admin/tenants/acme/users'],
      ['https://evil.example', '/admin'],
      ['//evil.example', '/admin'],
      ['/admin//evil.example', '/admin'],
      ['/admin/\\evil.example', '/admin'],
      ['/administrator', '/admin'],
    ] as const) {
      const answer = await open('/sign-in', { form: { secret: bindings.ADMIN_TOKEN, next } })
      expect([next, answer.headers.get('Location')]).toEqual([next, expected])
    }
  })

  it('slows guessing: after five wrong secrets an address has to wait', async () => {
    const guess = (address: string, secret: string) =>
      open('/sign-in', { form: { secret }, headers: { 'CF-Connecting-IP': address } })
    const statuses: number[] = []
    for (let attempt = 0; attempt < 6; attempt += 1) {
      statuses.push((await guess(`2001:db8:0:7::${attempt}`, `wrong ${attempt}`)).status)
    }
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429])
    const right = await guess('2001:db8:0:7::9', bindings.ADMIN_TOKEN)
    expect(right.status).toBe(429)
    expect(Number(right.headers.get('Retry-After'))).toBeGreaterThan(600)
    expect(right.headers.get('Set-Cookie')).toBeNull()
    expect((await guess('2001:db8:0:8::1', bindings.ADMIN_TOKEN)).status).toBe(303)
  })
})

describe('the session', () => {
  it('is a cookie that scripts, other sites and plain http never see', async () => {
    const answer = await open('/sign-in', { form: { secret: bindings.ADMIN_TOKEN } })
    const [pair = '', ...attributes] = (answer.headers.get('Set-Cookie') ?? '').split('; ')
    expect(pair.startsWith(`${cookieName}=`)).toBe(true)
    expect(attributes.toSorted()).toEqual([
      'HttpOnly',
      'Max-Age=28800',
      'Path=/',
      'SameSite=Strict',
      'Secure',
    ])
    expect(pair).not.toContain(bindings.ADMIN_TOKEN)
  })

  it('works on plain http on this machine alone', async () => {
    const local = 'http://127.0.0.1:8787'
    const answer = await open('/sign-in', { form: { secret: bindings.ADMIN_TOKEN }, from: local })
    const cookie = answer.headers.get('Set-Cookie') ?? ''
    expect(cookie).toMatch(/^rollcall_console=/)
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/)
    const session = cookie.split(';')[0] ?? ''
    expect((await open('', { cookie: session, from: local })).status).toBe(200)
    const elsewhere = await open('/sign-in', { from: 'http://rollcall.test' })
    expect([elsewhere.status, elsewhere.headers.get('Location')]).toEqual([
      308,
      'https://rollcall.test/admin/sign-in',
    ])
  })

  it('ends with the sign-out', async () => {
    const cookie = await signIn()
    const answer = await open('/sign-out', { cookie, form: {} })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('Set-Cookie')).toMatch(
      /^__Host-rollcall_console=; Max-Age=0; Path=\//,
    )
  })
})

describe('the console in trouble', () => {
  it('is off, not open, without an operator secret', async () => {
    const cookie = await signIn()
    for (const ADMIN_TOKEN of ['', undefined]) {
      const environment = { ...bindings, ADMIN_TOKEN }
      const page = await operatorConsole.request(`${origin}/sign-in`, {}, environment)
      expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('is off')])
      const inside = await operatorConsole.request(origin, { headers: { cookie } }, environment)
      expect(inside.status).toBe(303)
    }
  })

  it('answers a failure with a page that tells nothing of it', async () => {
    const cookie = await signIn()
    const DB = {
      prepare: () => {
        throw new Error('about ann@example.com')
      },
    }
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const answer = await operatorConsole.request(
      `${origin}/tenants`,
      { headers: { cookie } },
      { ...bindings, DB },
    )
    expect(answer.status).toBe(500)
    expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    const text = await answer.text()
    expect(text).toContain('Something went wrong')
    expect(logged).toHaveBeenCalledOnce()
    expect(`${text}${logged.mock.calls.join()}`).not.toContain('ann@example.com')
    logged.mockRestore()
  })
})

describe('the pages', () => {
  it('carry headers that forbid inline scripts, frames and caches', async () => {
    const scim = await tenant()
    const cookie = await signIn()
    const pages = addresses(scim.slug).filter(({ method }) => method === 'GET')
    for (const { path } of [...pages, { path: '/nothing' }]) {
      const { headers } = await open(path, { cookie })
      const policy = headers.get('Content-Security-Policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("script-src 'self'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(headers.get('X-Frame-Options')).toBe('DENY')
      expect(headers.get('Referrer-Policy')).toBe('same-origin')
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
      if (!path.startsWith('/console.')) expect(headers.get('Cache-Control')).toBe('no-store')
    }
  })

  it('show names as text, in lists, details and history', async () => {
    const scim = await tenant({ rules: { name: 'allow' } })
    const cookie = await signIn()
    const name = '<img src=x onerror=alert(1)>"\'&'
    const user = await scim.call('POST', '/Users', person({ displayName: name }))
    const members = [{ value: user.body.id }]
    const team = await scim.call('POST', '/Groups', { displayName: name, members })
    for (const page of [
      '/users',
      `/users?search=${encodeURIComponent('<IMG')}`,
      `/users/${user.body.id}`,
      '/teams',
      `/teams/${team.body.id}`,
    ]) {
      const text = await (await open(`/tenants/${scim.slug}${page}`, { cookie })).text()
      expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;')
      expect(text).not.toMatch(/<img src=x/i)
    }
  })

  it('find users by a part of the name in any case, and by e-mail address', async () => {
    const scim = await tenant()
    const cookie = await signIn()
    const email = `zoe-${crypto.randomUUID().slice(0, 8)}@example.org`
    const emails = [{ value: email, type: 'work' }]
    const name = { givenName: 'Zoë', familyName: 'Übel' }
    const user = person({ name, displayName: 'Zoë Übel', emails })
    await scim.call('POST', '/Users', user)
    await scim.call('POST', '/Users', person())
    for (const [search, count] of [
      ['zOË ü', '1 user'],
      [email, '1 user'],
      [String(user['userName']).slice(0, 16), '1 user'],
      ['nobody', '0 users'],
      ['%', '0 users'],
      ["'", '0 users'],
    ] as const) {
      const query = new URLSearchParams({ search }).toString()
      const text = await (await open(`/tenants/${scim.slug}/users?${query}`, { cookie })).text()
      expect([search, text.includes(`${count} with`)]).toEqual([search, true])
    }
  })

  it("show nothing of another tenant's people", async () => {
    const [mine, other] = [await tenant(), await tenant()]
    const cookie = await signIn()
    const user = await other.call('POST', '/Users', person())
    const team = await other.call('POST', '/Groups', { displayName: 'Other team' })
    const pages = [`users/${user.body.id}`, `teams/${team.body.id}`, 'users/nobody']
    for (const page of pages) {
      expect((await open(`/tenants/${mine.slug}/${page}`, { cookie })).status).toBe(404)
    }
    expect(await (await open(`/tenants/${mine.slug}/users`, { cookie })).text()).not.toContain(
      user.body.userName,
    )
  })
})

describe('the forms', () => {
  it('refuse what another site sent, before anything is done', async () => {
    const scim = await tenant()
    const cookie = await signIn()
    const path = `/tenants/${scim.slug}/tokens/${scim.tokenId}/revoke`
    for (const headers of [
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-origin' },
      { Origin: origin, 'Sec-Fetch-Site': 'same-site' },
      { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' },
      { Origin: 'https://evil.example' },
      {},
    ]) {
      const answer = await send(
        new Request(`${origin}/admin${path}`, {
          method: 'POST',
          headers: { ...headers, Cookie: cookie },
          body: new URLSearchParams(),
        }),
      )
      expect([headers, answer.status]).toEqual([headers, 403])
    }
    expect((await scim.call('GET', '/Users')).status).toBe(200)
    expect((await open(path, { cookie, form: {} })).status).toBe(303)
    expect((await scim.call('GET', '/Users')).status).toBe(401)
  })

  it('show what is wrong, with what was entered', async () => {
    const cookie = await signIn()
    const scim = await tenant()
    const wrong = await open('/tenants', { cookie, form: { name: 'Entered', slug: 'No good' } })
    expect(wrong.status).toBe(422)
    const text = await wrong.text()
    expect(text).toContain('use 1 to 63 of a-z, 0-9 and -')
    expect(text).toContain('value="Entered"')
    const taken = await open('/tenants', { cookie, form: { name: 'Again', slug: scim.slug } })
    expect([taken.status, (await taken.text()).includes('Another tenant has this slug')]).toEqual([
      422,
      true,
    ])
    const large = await open('/tenants', { cookie, form: { name: 'x'.repeat(70_000), slug: 'x' } })
    expect(large.status).toBe(413)
    for (const type of [
      'application/json',
      'multipart/form-data',
      'multipart/form-data; boundary=x',
    ]) {
      const headers = { 'Content-Type': type }
      const noForm = await open('/tenants', { cookie, method: 'POST', headers })
      expect([type, noForm.status]).toEqual([type, 422])
    }
  })

  it('change all settings, or none', async () => {
    const scim = await tenant()
    const cookie = await signIn()
    const form = {
      name: 'Renamed',
      profile: 'okta',
      'rules.name': 'allow',
      'rules.email': 'lowercase',
      'guard.deactivations': '12.5',
      'guard.teams': 'review',
    }
    const path = `/tenants/${scim.slug}/settings`
    for (const part of [
      { 'guard.deactivations': '101' },
      { 'guard.deactivations': '' },
      { 'rules.name': 'whatever' },
      { unknown: 'x' },
    ]) {
      const answer = await open(path, { cookie, form: { ...form, ...part } })
      expect([part, answer.status]).toEqual([part, 422])
    }
    expect(await (await open(path, { cookie })).text()).not.toContain('Renamed')
    expect((await open(path, { cookie, form })).status).toBe(303)
    const stored = await send(
      new Request(`${origin}/admin/api/tenants/${scim.slug}`, {
        headers: { Authorization: `Bearer ${bindings.ADMIN_TOKEN}` },
      }),
    )
    expect(await stored.json()).toMatchObject({
      name: 'Renamed',
      profile: 'okta',
      rules: { name: 'allow', email: 'lowercase' },
      guard: { deactivations: 0.125, teams: 'review' },
    })
  })

  it('generate at most five live tokens, each shown once', async () => {
    const scim = await tenant()
    const cookie = await signIn()
    const path = `/tenants/${scim.slug}/tokens`
    for (const [index, days] of ['', '30', '90', '365'].entries()) {
      const answer = await open(path, { cookie, form: { label: `Token ${index}`, days } })
      expect([answer.status, answer.headers.get('Cache-Control')]).toEqual([201, 'no-store'])
      const token = /rollcall_t-[0-9a-zA-Z_-]+/.exec(await answer.text())?.[0] ?? ''
      const page = await open(`/tenants/${scim.slug}`, { cookie })
      expect([token.length > 50, (await page.text()).includes(token)]).toEqual([true, false])
    }
    expect((await open(path, { cookie, form: { label: 'Sixth', days: '' } })).status).toBe(409)
    expect((await open(path, { cookie, form: { label: 'x', days: '7' } })).status).toBe(422)
  })

  it('disable and enable a tenant from the next request on', async () => {
    const scim = await tenant()
    const cookie = await signIn()
    const path = `/tenants/${scim.slug}/enabled`
    expect((await scim.call('GET', '/Users')).status).toBe(200)
    await open(path, { cookie, form: { enabled: 'false' } })
    expect((await scim.call('GET', '/Users')).status).toBe(401)
    await open(path, { cookie, form: { enabled: 'true' } })
    expect((await scim.call('GET', '/Users')).status).toBe(200)
  })
})

/** A cookie's value with a signature as the console makes it, from any secret. */
async function signed(value: string, secret: string = bindings.ADMIN_TOKEN): Promise<string> {
  const encoder = new TextEncoder()
  const key = await crypto.subtle.importKey(
    'raw',
    encoder.encode(`rollcall console session ${secret}`),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  )
  const signature = await crypto.subtle.sign('HMAC', key, encoder.encode(value))
  return `${value}.${btoa(String.fromCharCode(...new Uint8Array(signature)))}`
}
