import { createScheduledController } from 'cloudflare:test'
import { Fragment, jsx } from 'hono/jsx'
import { describe, expect, it, vi } from 'vitest'
import { app } from '../../src/app'
import type { Environment } from '../../src/environment'
import { admin as api } from '../../src/admin/api'
import { operatorConsole } from '../../src/admin/console'
import { routes } from '../../src/admin/pages'
import { show, useViewer, type AdminTypes } from '../../src/admin/shell/context'
import { Layout } from '../../src/admin/shell/layout'
import { newApp } from '../../src/http/router'
import { hashToken } from '../../src/tokens/secret'
import worker from '../../src/index'
import { application } from '../support/application'
import {
  cookieName,
  newAddress,
  open,
  openMade,
  shownAt,
  shownBy,
  signIn,
  words,
} from '../support/console'
import { countDatabase, newCounts } from '../support/counting'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import { patch, person, type ScimClient } from '../support/tenant'

/** Every address of the console, as one of a real tenant. */
function addresses(slug: string) {
  return routes.map(({ method, path, least }) => ({
    method,
    least,
    path: path.replace(':slug', slug).replace(':id', 'some-id').replace(/^\/$/, ''),
  }))
}

const assets = ['/console.css', '/console.js', '/console.svg']

describe('a file of the console', () => {
  it.each([
    ['/console.css', 'text/css'],
    ['/console.js', 'text/javascript'],
    ['/console.svg', 'image/svg+xml'],
  ])('%s is answered once, and not again while it is the same', async (path, type) => {
    const first = await open(path)
    expect([first.status, first.headers.get('Content-Type')]).toEqual([
      200,
      expect.stringContaining(type),
    ])
    expect((await first.text()).length).toBeGreaterThan(100)
    const again = await open(path, {
      headers: { 'If-None-Match': first.headers.get('ETag') ?? '' },
    })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })
})

describe('the console without a session', () => {
  it('refuses every route', async () => {
    const scim = await tenant()
    const closed = addresses(scim.slug).filter(({ least }) => least !== 'anyone')
    expect(closed.length).toBeGreaterThan(12)
    for (const { method, path } of [...closed, { method: 'GET', path: '/nothing' }]) {
      const answer = await open(path, { method, ...(method === 'POST' ? { form: {} } : {}) })
      expect([method, path, answer.status]).toEqual([method, path, 303])
      expect(answer.headers.get('Location')).toMatch(
        /^\/admin\/(sign-in|open\?ended=(1(&next=|$)|form$))/,
      )
      expect(await answer.text()).toBe('')
    }
    expect((await scim.call('GET', '/Users')).status).toBe(200)
  })

  it('refuses a bearer token, and a session that is made up, ended, or of another secret', async () => {
    const session = await signIn()
    expect((await open('', { cookie: session })).status).toBe(200)
    const [, value = ''] = session.split('=')
    expect(value).toMatch(/^[0-9A-Za-z]{43}$/)
    for (const made of ['', 'x', `${value}0`, value.slice(1), '0'.repeat(43), "' or 1=1 --"]) {
      const answer = await open('', { cookie: `${cookieName}=${encodeURIComponent(made)}` })
      expect([made, answer.status]).toEqual([made, 303])
    }
    const plain = await open('', { cookie: session.replace('__Host-', '') })
    expect(plain.status).toBe(303)
    const bearer = { Authorization: `Bearer ${bindings.ADMIN_TOKEN}` }
    expect((await open('', { headers: bearer })).status).toBe(303)
    const inside = (ADMIN_TOKEN: string) =>
      operatorConsole.request(
        origin,
        { headers: { cookie: session } },
        { ...bindings, ADMIN_TOKEN },
      )
    expect((await inside(bindings.ADMIN_TOKEN)).status).toBe(200)
    expect((await inside('another-secret')).status).toBe(303)
  })

  it('leads back to the page that was asked, and never out of the console', async () => {
    const asked = await open('/tenants/acme/users?search=a%20b')
    expect(asked.headers.get('Location')).toBe(
      '/admin/sign-in?next=%2Fadmin%2Ftenants%2Facme%2Fusers%3Fsearch%3Da%2520b',
    )
    for (const [next, expected] of [
      ['/admin/tenants/acme/users', '/admin/tenants/acme/users'],
      ['https://evil.example', '/admin'],
      [
        '/admin/tenants/acme/activity?code=x&search=a%40b',
        '/admin/tenants/acme/activity?code=x&search=a%40b',
      ],
      ['/admin?next=https://evil.example', '/admin'],
      ['//evil.example', '/admin'],
      ['/admin//evil.example', '/admin'],
      ['/admin/\\evil.example', '/admin'],
      ['/administrator', '/admin'],
    ] as const) {
      const answer = await open('/sign-in', { form: { secret: bindings.ADMIN_TOKEN, next } })
      expect([next, answer.headers.get('Location')]).toEqual([next, expected])
    }
  })

  it('slows guessing: after ten attempts a network has to wait, and no other', async () => {
    const minute = () => Math.floor(Date.now() / 60_000)
    const attempt = async () => {
      const network = newAddress().replace('::1', '')
      const guess = (path: string, form: Record<string, string>, number: number) =>
        open(path, { form, headers: { 'CF-Connecting-IP': `${network}::${number}` } })
      const guesses = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          guess('/sign-in', { secret: `wrong ${index}` }, index),
        ),
      )
      return { guesses, right: await guess('/sign-in', { secret: bindings.ADMIN_TOKEN }, 11) }
    }
    // The binding counts anew with each minute of the clock.
    let begun = minute()
    let answers = await attempt()
    while (minute() !== begun) {
      begun = minute()
      answers = await attempt()
    }
    const { guesses, right } = answers
    expect(guesses.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 403))
    expect([right.status, right.headers.get('Retry-After')]).toEqual([429, '60'])
    expect(right.headers.get('Set-Cookie')).toBeNull()
    expect((await open('/sign-in', { form: { secret: bindings.ADMIN_TOKEN } })).status).toBe(303)
  })

  it('slows guessing without the binding too', async () => {
    const environment: object = { ...bindings, SIGN_INS: undefined }
    const guess = async (secret: string) =>
      app.fetch(
        new Request(`${origin}/admin/sign-in`, {
          method: 'POST',
          headers: { Origin: origin, 'CF-Connecting-IP': '198.51.100.7' },
          body: new URLSearchParams({ secret }),
        }),
        environment as Environment,
      )
    // Whoever gets in guesses nothing, however often.
    for (let visit = 0; visit < 12; visit += 1) {
      expect((await guess(bindings.ADMIN_TOKEN)).status).toBe(303)
    }
    await Promise.all(Array.from({ length: 10 }, () => guess('wrong')))
    const right = await guess(bindings.ADMIN_TOKEN)
    expect(right.status).toBe(429)
    expect(Number(right.headers.get('Retry-After'))).toBeGreaterThan(600)
  })
})

describe('the API of the administration', () => {
  it('refuses every address to whoever is not the operator, a session in the console included', async () => {
    const scim = await tenant()
    const view = await openShared(scim, 'view')
    const addresses = api.routes.filter(({ method }) => method !== 'ALL')
    expect(addresses.length).toBeGreaterThan(12)
    const strangers = [
      {},
      { Authorization: 'Bearer wrong' },
      { Authorization: `Bearer ${scim.token}` },
      { Cookie: view },
      { Cookie: await signIn() },
    ]
    const calls = addresses.flatMap(({ method, path }) => {
      const address = path.replace(':slug', scim.slug).replace(':id', scim.tokenId)
      return strangers.map(async (headers) => {
        const answer = await send(
          new Request(`${origin}/admin/api${address}`, {
            method,
            headers: { ...headers, Origin: origin, 'Content-Type': 'application/json' },
            ...(method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }),
          }),
        )
        expect([method, address, answer.status]).toEqual([method, address, 401])
      })
    })
    await Promise.all(calls)
    expect((await scim.call('GET', '/Users')).status).toBe(200)
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
      'SameSite=Lax',
      'Secure',
    ])
    expect(pair).not.toContain(bindings.ADMIN_TOKEN)
  })

  it('works on plain http on this machine alone', async () => {
    const local = 'http://127.0.0.1:8787'
    const answer = await open('/sign-in', { form: { secret: bindings.ADMIN_TOKEN }, from: local })
    const cookie = answer.headers.get('Set-Cookie') ?? ''
    expect(cookie).toMatch(/^rollcall_console=/)
    expect(cookie).toMatch(/HttpOnly; SameSite=Lax/)
    const session = cookie.split(';')[0] ?? ''
    expect((await open('', { cookie: session, from: local })).status).toBe(200)
    const elsewhere = await open('/sign-in', { from: 'http://rollcall.test' })
    expect([elsewhere.status, elsewhere.headers.get('Location')]).toEqual([
      308,
      'https://rollcall.test/admin/sign-in',
    ])
  })

  it('ends with the sign-out, on the server too', async () => {
    const [cookie, other] = [await signIn(), await signIn()]
    const answer = await open('/sign-out', { cookie, form: {} })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('Set-Cookie')).toMatch(
      /^__Host-rollcall_console=; Max-Age=0; Path=\//,
    )
    expect((await open('', { cookie })).status).toBe(303)
    expect((await open('', { cookie: other })).status).toBe(200)
  })

  it('ends with all others of operators when one signs out everywhere', async () => {
    const scim = await tenant()
    const [cookie, other] = [await signIn(), await signIn()]
    const shared = await openShared(scim, 'view')
    const page = words(await (await open('/sessions', { cookie })).text())
    expect(page).toContain('Sign out everywhere')
    expect((await open('/sessions/end', { cookie, form: {} })).status).toBe(303)
    for (const ended of [cookie, other]) {
      expect((await open('', { cookie: ended })).status).toBe(303)
    }
    expect((await open(`/set-up/${scim.slug}/people`, { cookie: shared })).status).toBe(200)
  })

  it('ends when its time is over, and is then deleted at night', async () => {
    const cookie = await signIn()
    const hash = await hashToken(
      `rollcall console session\n${bindings.ADMIN_TOKEN}\n${cookie.split('=')[1]}`,
    )
    const rows = async () =>
      (
        await bindings.DB.prepare('select actor, role from sessions where hash = ?')
          .bind(hash)
          .all()
      ).results
    expect(await rows()).toEqual([{ actor: 'operator', role: 'owner' }])
    await bindings.DB.prepare('update sessions set expires_at = ? where hash = ?')
      .bind(Date.now() - 1, hash)
      .run()
    expect((await open('', { cookie })).status).toBe(303)
    await worker.scheduled(createScheduledController({ scheduledTime: new Date() }), bindings)
    expect(await rows()).toEqual([])
  })

  it('is nowhere stored as the browser has it', async () => {
    const cookie = await signIn()
    const secret = cookie.split('=')[1] ?? ''
    const { results } = await bindings.DB.prepare('select * from sessions').all()
    const audited = await bindings.DB.prepare('select * from audit').all()
    expect(results.length).toBeGreaterThan(0)
    expect(JSON.stringify([results, audited.results])).not.toContain(secret)
  })
})

describe('a shared link', () => {
  it('is shown once, stored hashed, and listed with its use', async () => {
    const scim = await tenant()
    const path = `/tenants/${scim.slug}/links`
    const expiresAt = new Date(Date.now() + 5 * 86_400_000).toISOString()
    const made = await admin.call('POST', path, { label: 'Ann', role: 'view', expiresAt })
    expect([made.status, made.headers.get('Cache-Control')]).toEqual([201, 'no-store'])
    expect(made.body.url).toMatch(/^https:\/\/rollcall\.test\/admin\/open#link_[0-9A-Za-z]{43}$/)
    const secret = made.body.url.split('#')[1]
    const unused = (await admin.call('GET', path)).body.links
    expect(unused).toMatchObject([
      { label: 'Ann', role: 'view', createdBy: 'operator', expires: expiresAt, lastUsed: null },
    ])
    await openWith(secret)
    const used = await admin.call('GET', path)
    expect(used.body.links[0].lastUsed).toMatch(/^\d{4}-/)
    const cookie = await signIn()
    const page = await (await open(path, { cookie })).text()
    expect(words(page)).toMatch(/Ann Look Open .* by operator \d+ s ago/)
    const audited = await admin.call('GET', `/tenants/${scim.slug}/audit`)
    expect(audited.body.entries.slice(0, 2)).toMatchObject([
      { action: 'link.opened', actor: 'Ann', role: 'view' },
      { action: 'link.created', actor: 'operator', after: { label: 'Ann', role: 'view' } },
    ])
    const stored = await bindings.DB.prepare('select * from links').all()
    for (const text of [page, used.body, audited.body, stored.results].map(String)) {
      expect(text).not.toContain(secret)
    }
    expect(JSON.stringify([used.body, audited.body, stored.results])).not.toContain(secret)
  })

  it('opens nothing by being looked at', async () => {
    const scim = await tenant()
    const secret = await shared(scim, 'view')
    for (const method of ['GET', 'HEAD']) {
      const answer = await open('/open', { method })
      expect(answer.status).toBe(200)
      // The mark of the browser is no session.
      const marks = answer.headers.getSetCookie()
      expect(marks).toEqual([expect.stringMatching(/^__Host-rollcall_browser=\w{43}; .*HttpOnly/)])
      const cookie = marks[0]?.split(';')[0] ?? ''
      const page = await open(`/set-up/${scim.slug}/status`, { cookie })
      expect(page.status).toBe(303)
    }
    const { links } = (await admin.call('GET', `/tenants/${scim.slug}/links`)).body
    expect(links[0].lastUsed).toBeNull()
    const opened = await open('/open', { form: { code: secret } })
    expect([opened.status, opened.headers.get('Location')]).toEqual([
      303,
      `/admin/set-up/${scim.slug}`,
    ])
  })

  it.each(['nothing', 'link_', `link_${'0'.repeat(43)}`, "' or 1=1"])(
    'with the code %j opens nothing',
    async (code) => {
      const answer = await open('/open', { form: { code } })
      expect([answer.status, answer.headers.get('Set-Cookie')]).toEqual([403, null])
    },
  )

  it('does with every address what its role allows, and nothing for another tenant', async () => {
    const [scim, other] = [await tenant(), await tenant()]
    const user = await scim.call('POST', '/Users', person())
    const team = await scim.call('POST', '/Groups', { displayName: 'Team' })
    const made = await admin.call('POST', `/tenants/${scim.slug}/tokens`, { label: 'spare' })
    const link = await admin.call('POST', `/tenants/${scim.slug}/links`, {
      role: 'view',
      expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
    })
    const url = 'https://hooks.example.com/'
    const webhook = await admin.call('POST', `/tenants/${scim.slug}/webhooks`, { url })
    const client = await admin.call('POST', `/tenants/${scim.slug}/clients`, { kind: 'secret' })
    const sessions = {
      none: undefined,
      view: await openShared(scim, 'view'),
      setup: await openShared(scim, 'setup'),
      foreign: await openShared(other, 'setup'),
    }
    const idOf = (path: string) =>
      path.includes('/users/') || path.includes('/people/')
        ? user.body.id
        : path.includes('/teams/')
          ? team.body.id
          : path.includes('/clients/')
            ? client.body.id
            : path.includes('/links/')
              ? link.body.id
              : path.includes('/webhooks/')
                ? webhook.body.id
                : made.body.id
    const kinds = Object.keys(sessions) as (keyof typeof sessions)[]
    // Signing out ends the sessions that the others need.
    const walked = routes.filter(({ path, least }) => least !== 'anyone' && path !== '/sign-out')
    expect(walked.length).toBeGreaterThan(20)
    for (const { method, path, least, isForCustomers } of walked) {
      const isOfTenant = path.includes('/:slug')
      const address = path
        .replace(':guide', 'onelogin')
        .replace(':step', 'configuration')
        .replace(':slug', scim.slug)
        .replace(':kind', 'secret')
        .replace(':secretId', client.body.secrets[0].id)
        .replace(':id', idOf(path))
        .replace(/^\/$/, '')
      for (const kind of kinds) {
        const isAllowed =
          isOfTenant &&
          isForCustomers === true &&
          ((kind === 'view' && least === 'view') ||
            (kind === 'setup' && (least === 'view' || least === 'setup')))
        const before = await everything()
        const answer = await open(address, {
          method,
          ...(sessions[kind] === undefined ? {} : { cookie: sessions[kind] }),
          ...(method === 'POST' ? { form: { enabled: 'true', label: '', days: '' } } : {}),
        })
        const expected =
          kind === 'none'
            ? [303]
            : isAllowed
              ? [200, 201, 303, 422]
              : isOfTenant && kind !== 'foreign'
                ? path === '/tenants/:slug'
                  ? [303]
                  : [403]
                : path.includes(':slug')
                  ? [303]
                  : [404]
        expect([kind, method, path, expected.includes(answer.status)]).toEqual([
          kind,
          method,
          path,
          true,
        ])
        const isAtDoor = kind === 'none' || (answer.status === 303 && kind === 'foreign')
        if (!isAtDoor) {
          expect(answer.headers.get('Location') ?? '').not.toContain('sign-in')
        }
        if (isAllowed) continue
        if (isAtDoor) {
          expect(answer.headers.get('Location')).toMatch(
            /^\/admin\/(sign-in|open\?ended=(1(&next=|$)|form$))/,
          )
        } else expect(await answer.text()).not.toContain(user.body.userName)
        expect(await everything()).toEqual(before)
      }
    }
    const nothing = await open('/nothing', { cookie: sessions.view })
    expect(nothing.status).toBe(404)
  })

  it('may do these things and no others', () => {
    const acting = (role: string) =>
      routes.flatMap(({ method, path, least }) =>
        method === 'POST' && least === role ? [path] : [],
      )
    expect(acting('anyone')).toEqual(['/sign-in', '/open'])
    expect(acting('view')).toEqual(['/sign-out'])
    expect(routes.filter(isOfLinks).map(({ path }) => path)).toEqual([
      '/set-up/:slug/choose',
      '/set-up/:slug/steps/:guide/:step/token',
      '/set-up/:slug/done',
      '/set-up/:slug/new-client/:kind',
      '/set-up/:slug/clients/:id/secrets',
      '/set-up/:slug/clients/:id/secrets/:secretId/revoke',
      '/set-up/:slug/clients/:id/revoke',
      '/set-up/:slug/enabled',
      '/set-up/:slug/tokens/:id/revoke',
    ])
    expect(acting('setup')).toEqual([
      '/tenants/:slug/tokens',
      '/tenants/:slug/tokens/:id/revoke',
      '/tenants/:slug/enabled',
      '/tenants/:slug/new-client/:kind',
      '/tenants/:slug/clients/:id/secrets',
      '/tenants/:slug/clients/:id/secrets/:secretId/revoke',
      '/tenants/:slug/clients/:id/revoke',
      '/tenants/:slug/users/:id/hand-over',
      '/set-up/:slug/choose',
      '/set-up/:slug/steps/:guide/:step/token',
      '/set-up/:slug/done',
      '/set-up/:slug/new-client/:kind',
      '/set-up/:slug/clients/:id/secrets',
      '/set-up/:slug/clients/:id/secrets/:secretId/revoke',
      '/set-up/:slug/clients/:id/revoke',
      '/set-up/:slug/enabled',
      '/set-up/:slug/tokens/:id/revoke',
    ])
    const customers = routes.filter(({ least }) => least === 'view' || least === 'setup')
    for (const { path } of customers) expect(path).toMatch(/^\/((tenants|set-up)\/:slug|sign-out$)/)
  })

  it('shows only what may be used: pages, buttons and forms', async () => {
    const scim = await tenant()
    const see = async (cookie: string, path: string) =>
      (await open(`/set-up/${scim.slug}${path}`, { cookie })).text()
    const [view, setup] = [await openShared(scim, 'view'), await openShared(scim, 'setup')]
    const step = '/steps/onelogin/configuration'
    for (const path of ['/status', '/people', '/problems', step, '/done']) {
      const html = await see(view, path)
      const actions = Array.from(html.matchAll(/method="post" action="([^"]*)"/g), ([, to]) => to)
      expect([path, actions]).toEqual([path, ['/admin/sign-out']])
    }
    expect(await see(setup, step)).toContain('Generate another token')
    const status = await see(setup, '/status')
    for (const shown of ['Switch provisioning off', '/revoke"']) expect(status).toContain(shown)
  })

  it('lets its holder generate a token, which is noted with the name of the link', async () => {
    const scim = await tenant()
    const cookie = await openShared(scim, 'setup')
    const path = `/set-up/${scim.slug}/steps/onelogin/configuration/token`
    expect((await open(path, { cookie, form: { days: '' } })).status).toBe(303)
    const { entries } = (await admin.call('GET', `/tenants/${scim.slug}/audit`)).body
    expect(entries[0]).toMatchObject({ action: 'token.created', actor: 'setup', role: 'setup' })
    const operators = { cookie: await signIn() }
    const audit = words(await (await open(`/tenants/${scim.slug}/audit`, operators)).text())
    expect(audit).toMatch(/setup generated a token “OneLogin” label OneLogin expires nothing/)
    expect(audit).toContain('operator as owner generated a token “test”')
  })

  it('ends at once when it is revoked or expires, and its sessions with it', async () => {
    const scim = await tenant()
    const path = `/tenants/${scim.slug}`
    const page = `/set-up/${scim.slug}/people`
    for (const end of ['revoke', 'expire', 'row']) {
      const secret = await shared(scim, 'view')
      const { id } = (await admin.call('GET', `${path}/links`)).body.links[0]
      const cookie = await openWith(secret)
      expect((await open(page, { cookie })).status).toBe(200)
      if (end === 'revoke') await admin.call('DELETE', `${path}/links/${id}`)
      else {
        const column = end === 'row' ? 'revoked_at = 1' : `expires_at = ${Date.now() - 1}`
        await bindings.DB.prepare(`update links set ${column} where id = ?`).bind(id).run()
      }
      expect([end, (await open(page, { cookie })).headers.get('Location')]).toEqual([
        end,
        `/admin/open?ended=1&next=${encodeURIComponent(`/admin${page}`)}`,
      ])
      expect([end, (await open('/open', { form: { code: secret } })).status]).toEqual([end, 403])
    }
  })

  it('is for 90 days at most, and there are at most 20', async () => {
    const scim = await tenant()
    const path = `/tenants/${scim.slug}/links`
    const input = (days: number, role = 'view') => ({
      role,
      expiresAt: new Date(Date.now() + days * 86_400_000).toISOString(),
    })
    for (const wrong of [input(91), input(-1), input(1, 'operator'), { role: 'view' }]) {
      expect((await admin.call('POST', path, wrong)).status).toBe(400)
    }
    const made = await Promise.all(
      Array.from({ length: 22 }, () => admin.call('POST', path, input(89))),
    )
    expect(made.filter(({ status }) => status === 201)).toHaveLength(20)
    expect(made.filter(({ status }) => status === 409)).toHaveLength(2)
    const [mine, other] = [await tenant(), made[0]?.body.id]
    expect((await admin.call('DELETE', `/tenants/${mine.slug}/links/${other}`)).status).toBe(404)
  })

  it('ends with its tenant', async () => {
    const scim = await tenant()
    const secret = await shared(scim, 'view')
    const cookie = await openWith(secret)
    await admin.call('DELETE', `/tenants/${scim.slug}`)
    expect((await open(`/set-up/${scim.slug}/people`, { cookie })).status).toBe(303)
    expect((await open('/open', { form: { code: secret } })).status).toBe(403)
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
    for (const path of [...pages.map(({ path }) => path), ...assets, '/nothing']) {
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

  it('show each viewer what is theirs, also when two are made at the same time', async () => {
    const both = Promise.withResolvers<void>()
    let begun = 0
    const Name = () => jsx(Fragment, {}, `Made for ${useViewer()?.name}`)
    const Page = async () => {
      begun += 1
      if (begun === 2) both.resolve()
      await both.promise
      return jsx(Layout, { title: 'Page' }, jsx(Name, {}))
    }
    const pages = newApp<AdminTypes>()
    for (const [name, role] of [
      ['Ann', 'owner'],
      ['Bob', 'view'],
    ] as const) {
      pages.get(`/${name}`, (c) => {
        c.set('viewer', { name, role })
        return show(c, jsx(Page, {}))
      })
    }
    const made = await Promise.all(
      ['/Ann', '/Bob'].map(async (path) => pages.request(path, {}, bindings)),
    )
    const [operators, viewers] = await Promise.all(
      made.map(async (page) => words(await page.text())),
    )
    expect(operators).toContain(
      'Menu Home Trends Webhooks Notices Audit Operators Sessions Tokens Sign out Made for Ann',
    )
    expect(viewers).toContain('Rollcall Menu Sign out Made for Bob')
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

  it('say of a team and of a person who was skipped as a member, and who left without a word', async () => {
    const scim = await tenant()
    const ann = await scim.call('POST', '/Users', person())
    const bob = await scim.call('POST', '/Users', person({ externalId: 'bob-17' }))
    const members = [{ value: ann.body.id }, { value: 'bob-17' }, { value: 'ghost' }]
    const team = await scim.call('POST', '/Groups', { displayName: 'Engineering', members })
    const skipped = 'bob-17 . No user of the tenant has this id: nobody joined. membersSkipped'
    for (const path of [`/teams/${team.body.id}`, `/users/${bob.body.id}`]) {
      expect(words(await page(scim, path))).toContain(`Passed over: ${skipped}`)
    }
    expect(words(await page(scim, `/users/${ann.body.id}`))).not.toContain('membersSkipped')
    await scim.call('PUT', `/Groups/${team.body.id}`, { ...team.body, members: undefined })
    const left = 'members . 1 person left: the PUT named no members. membersRemoved'
    expect(words(await page(scim, `/teams/${team.body.id}`))).toContain(`Passed over: ${left}`)
    const log = await activity(scim)
    for (const text of [skipped, left]) expect(log).toContain(text)
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

  it('find names whatever their apostrophes: users, teams, members and lines of the log', async () => {
    const scim = await tenant()
    const cookie = await signIn()
    const curved = (await scim.call('POST', '/Users', person({ displayName: 'O’Brien, Pat' }))).body
    const straight = (await scim.call('POST', '/Users', person({ displayName: "O'Brien, Sam" })))
      .body
    const members = [{ value: curved.id }, { value: straight.id }]
    const team = { displayName: 'Pat’s team', members }
    const { id } = (await scim.call('POST', '/Groups', team)).body
    for (const apostrophe of ["'", '’']) {
      for (const [path, search, shown] of [
        ['/users', `o${apostrophe}brien`, ['2 users with']],
        ['/teams', `pat${apostrophe}s`, ['Pat’s team']],
        [`/teams/${id}`, `o${apostrophe}brien`, ['Brien, Pat', 'Brien, Sam']],
        ['/activity', `pat${apostrophe}s`, ['Pat’s team']],
      ] as const) {
        const query = new URLSearchParams({ search }).toString()
        const text = await (await open(`/tenants/${scim.slug}${path}?${query}`, { cookie })).text()
        const missing = shown.filter((part) => !text.includes(part))
        expect([path, search, missing]).toEqual([path, search, []])
      }
    }
  })

  it('list users and teams by their state', async () => {
    const scim = await tenant()
    const cookie = await signIn()
    const ann = (await scim.call('POST', '/Users', person())).body
    const bob = (await scim.call('POST', '/Users', person({ active: false }))).body
    const members = [{ value: ann.id }]
    await scim.call('POST', '/Groups', { displayName: 'Engineering', members })
    await scim.call('POST', '/Groups', { displayName: 'Ghosts' })
    for (const [path, shown, hidden, count] of [
      ['/users?state=active', ann.userName, bob.userName, '1 active user'],
      ['/users?state=inactive', bob.userName, ann.userName, '1 inactive user'],
      [`/users?state=inactive&search=${ann.userName}`, 'No user is found', bob.userName, '0 '],
      ['/users?state=nonsense', bob.userName, 'No user', '2 users'],
      ['/teams?state=empty', 'Ghosts', 'Engineering', '1 empty team'],
      ['/teams?state=filled&search=eng', 'Engineering', 'Ghosts', '1 non-empty team'],
    ] as const) {
      const answer = await open(`/tenants/${scim.slug}${path}`, { cookie })
      const text = words(await answer.text())
      const found = [text.includes(shown), text.includes(hidden), text.includes(count)]
      expect([path, ...found]).toEqual([path, true, false, true])
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

describe('the activity', () => {
  it('tells what failed, on whom, why and what to do, and the request to quote', async () => {
    const scim = await tenant()
    const okta = { 'User-Agent': 'Okta SCIM Client 1.0.0' }
    const made = await scim.call('POST', '/Users', person(), okta)
    const refused = await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com' }), okta)
    const text = await activity(scim)
    expect(text).toContain('Ann@Example.com')
    expect(text).toMatch(/Ann@Example\.com Create the user Failed/)
    expect(text).toContain(refused.body.detail)
    expect(text).toContain(refused.headers.get('X-Request-Id'))
    expect(text).toContain('Okta · token “test”')
    expect(text).toContain(`${made.body.userName} Created the user Changed`)
    expect(text.indexOf('Create the user')).toBeLessThan(text.indexOf('Created the user'))
  })

  it('tells what changed before and after, and what was tolerated', async () => {
    const scim = await tenant()
    const { body } = await scim.call('POST', '/Users', person({ title: 'Engineer' }))
    const change = patch({ op: 'Replace', path: 'title', value: 'Director' })
    await scim.call('PATCH', `/Users/${body.id}`, change)
    const text = await activity(scim)
    expect(text).toMatch(
      /Changed the user: title \S+ Event 2 · user\.updated title Engineer → Director/,
    )
    expect(text).toContain('Tolerated: an "op" that is not in lower case ( operationInCapitals )')
    expect(text).toContain('Microsoft Entra ID')
  })

  it('tells what was passed over, of changes and of requests that changed nothing', async () => {
    const scim = await tenant()
    const { body } = await scim.call('POST', '/Users', person({ favoriteColor: 'red' }))
    const other = patch({ op: 'replace', value: { id: '<b>other</b>' } })
    await scim.call('PATCH', `/Users/${body.id}`, other)
    const { active: _, meta: __, ...silent } = body
    await scim.call('PUT', `/Users/${body.id}`, { ...silent, groups: [{ value: 'Admins' }] })
    const teams = 'This connection sends teams inside people: set updateGroupMethod to PATCH.'
    const text = await activity(scim)
    expect(text).toContain('Passed over: favoriteColor . No schema describes it. unknownName')
    expect(text).toContain(`${body.userName} Change the user Passed over`)
    expect(text).toContain(`Passed over: groups . ${teams}`)
    const filtered = await activity(scim, 'outcome=passedOver')
    expect(filtered).toContain('Passed over: id . It can be read but not changed. readOnlyValue')
    expect(filtered.slice(filtered.indexOf('Requests'))).not.toContain('Created the user')
    for (const search of [body.id, body.userName.slice(0, 10).toUpperCase()]) {
      const found = await activity(scim, `outcome=passedOver&search=${encodeURIComponent(search)}`)
      expect(found).toContain('It can be read but not changed.')
    }
    expect(await activity(scim, 'outcome=passedOver&search=nobody')).not.toContain('can be read')
    const own = words(await page(scim, `/users/${body.id}`))
    expect(own).toContain('Passed over: favoriteColor')
    expect(own).toContain('Done, with something passed over')
    expect(own).toContain(teams)
    expect(own).toContain('The request came without "active": the person stays active.')
    const html = await page(scim, '/activity')
    expect(html).not.toContain('<b>other')
    expect(words(await page(scim, ''))).toContain('nothing has failed today')
  })

  it('names the person of a refused change that gave no name', async () => {
    const scim = await tenant()
    const { body } = await scim.call('POST', '/Users', person())
    const change = patch({ op: 'replace', path: 'displayName', value: 'a;b' })
    await scim.call('PATCH', `/Users/${body.id}`, change)
    expect(await activity(scim, 'outcome=failed')).toContain(
      `${body.userName} Change the user Failed`,
    )
    for (const search of [body.id, body.userName.slice(0, 10).toUpperCase()]) {
      const text = await activity(scim, `outcome=failed&search=${encodeURIComponent(search)}`)
      expect([search, text.includes('Change the user')]).toEqual([search, true])
    }
  })

  it('is filtered by outcome and by person or team', async () => {
    const scim = await tenant()
    const ann = await scim.call('POST', '/Users', person())
    const bob = await scim.call('POST', '/Users', person())
    const members = [{ value: ann.body.id }]
    const team = await scim.call('POST', '/Groups', { displayName: 'Engineering', members })
    await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com' }))
    const changed = await activity(scim, 'outcome=changed')
    expect(changed.slice(changed.indexOf('Requests'))).not.toContain('Ann@Example.com')
    for (const search of [ann.body.id, ann.body.userName, team.body.id, 'engineer']) {
      const text = await activity(scim, `search=${encodeURIComponent(search)}`)
      expect([search, text.includes('Joined the team Engineering')]).toEqual([search, true])
      expect(text).not.toContain(bob.body.userName)
    }
    expect(await activity(scim, 'search=nobody')).toContain('No request is found')
    expect(await activity(scim, 'outcome=x&code=%27&before=x')).toContain(bob.body.userName)
  })

  it('is read page by page to its end, each request once', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person({ displayName: 'a;b' }))
    await bindings.DB.prepare(
      'update refusals set at = 1 where tenant_id = (select id from tenants where slug = ?)',
    )
      .bind(scim.slug)
      .run()
    await fillEvents(scim, 250)
    for (let count = 0; count < 2; count += 1) {
      await scim.call('POST', '/Users', person({ displayName: 'a;b' }))
    }
    const seen: string[] = []
    let query: string | undefined = ''
    let pages = 0
    while (query !== undefined && pages < 10) {
      const html: string = await page(scim, `/activity?${query}`)
      seen.push(...Array.from(html.matchAll(/data-line="([^"]+)/g), ([, name]) => name ?? ''))
      query = /href="[^"]*\/activity\?([^"]*)" rel="next"/.exec(html)?.[1]?.replaceAll('&amp;', '&')
      pages += 1
    }
    expect([pages, seen.length, new Set(seen).size]).toEqual([3, 253, 253])
  })

  it('goes on below what one page looks through', async () => {
    const scim = await tenant()
    await fillEvents(scim, 5_200)
    const first = await page(scim, '/activity?search=filled-7')
    expect(first).toContain('older ones follow on the next page')
    const query = /activity\?([^"]*)" rel="next"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? ''
    expect(await page(scim, `/activity?${query}`)).toContain('>filled7<')
  })

  it('shows nothing of another tenant, and text as text', async () => {
    const [scim, other] = [await tenant(), await tenant()]
    await other.call('POST', '/Users', person({ userName: 'Other@Example.com' }))
    const subject = '<img src=x onerror=alert(1)>'
    await scim.call('POST', '/Groups', { displayName: subject })
    for (const path of ['/activity', `/activity?search=${encodeURIComponent(subject)}`, '']) {
      const html = await page(scim, path)
      expect(html).not.toContain('<img src=x')
      expect(html).not.toContain('Other@Example.com')
      if (path !== '') expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;')
    }
  })
})

describe('the overview', () => {
  it('says in one sentence how it is, and what needs attention', async () => {
    const scim = await tenant()
    await bindings.DB.prepare('update tokens set expires_at = ? where id = ?')
      .bind(Date.now() + 6.5 * 86_400_000, scim.tokenId)
      .run()
    expect(words(await page(scim, ''))).toContain('The identity provider has not called yet')
    const agent = { 'User-Agent': 'OneLogin SCIM' }
    await scim.call('POST', '/Users', person(), agent)
    await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com' }), agent)
    await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com', nickName: 7 }), agent)
    const text = words(await page(scim, ''))
    expect(text).toMatch(
      /OneLogin last called \d+ s ago ?; 1 person could not be provisioned today\./,
    )
    expect(text).toContain('The token “test” expires in 7 days.')
    expect(text).toContain('1 person, team or request could not be provisioned.')
    await admin.call('PATCH', `/tenants/${scim.slug}`, { enabled: false })
    expect(words(await page(scim, ''))).toContain('Provisioning is disabled')
    const quiet = await tenant()
    const list = async (slug: string) => words(await page(undefined, `?search=${slug}`))
    const line = (slug: string, rest: string) => new RegExp(`Test ${slug} ${slug} ${rest}`)
    expect(await list(scim.slug)).toMatch(line(scim.slug, 'Disabled 1 0 \\d+ s ago'))
    expect(await list(quiet.slug)).toMatch(line(quiet.slug, 'Not called yet 0 0 Never'))
    await admin.call('PATCH', `/tenants/${scim.slug}`, { enabled: true })
    expect(await list(scim.slug)).toMatch(line(scim.slug, 'Calls refused 1 0'))
  })

  it('proposes that silence means inactive where a connection says active of all others', async () => {
    const proposal = 'may be leaving “active: false” out'
    const scim = await tenant()
    const people: any[] = []
    for (let count = 0; count < 5; count += 1) {
      people.push((await scim.call('POST', '/Users', person())).body)
    }
    const put = (index: number, more: object) => {
      const { meta: _, active: __, ...body } = people[index]
      return scim.call('PUT', `/Users/${body.id}`, { ...body, ...more })
    }
    // Who never says it says nothing by it.
    for (const index of [0, 1]) await put(index, { title: 'Boss' })
    expect(words(await page(scim, ''))).not.toContain(proposal)
    for (const index of [2, 3, 4]) await put(index, { title: 'Boss', active: true })
    const text = words(await page(scim, ''))
    expect(text).toContain(`The connection “test” ${proposal}.`)
    expect(text).toContain('2 people came without “active” and stayed active')
    expect(text).toContain('of 3 others')
    await admin.call('PATCH', `/tenants/${scim.slug}`, { withoutActive: 'inactive' })
    expect(words(await page(scim, ''))).not.toContain(proposal)
    expect(words(await page(await tenant(), ''))).not.toContain(proposal)
  })

  describe('when all of the first refusals are of one rule', () => {
    const said = 'All of the first'

    it.each([
      [
        { userName: 'Ann@Example.com' },
        'All of the first 3 refusals are about capital letters in e-mail addresses.',
        'name="rules.email" value="lowercase"',
        { 'rules.email': 'lowercase' },
      ],
      [
        { emails: [{ value: 'None' }] },
        'All of the first 3 refusals are about e-mail addresses that are none.',
        'name="rules.email" value="allow"',
        { 'rules.email': 'allow' },
      ],
      [
        { displayName: 'Ann | Sales' },
        'All of the first 3 refusals are about characters in names.',
        'name="rules.name" value="allow"',
        { 'rules.name': 'allow' },
      ],
    ])(
      'says so of %j with the switch beside it, until it is switched',
      async (more, text, field, form) => {
        const scim = await tenant()
        for (let count = 0; count < 3; count += 1) {
          expect(words(await page(scim, ''))).not.toContain(said)
          expect((await scim.call('POST', '/Users', person(more))).status).toBe(400)
        }
        const html = await page(scim, '')
        expect(words(html)).toContain(text)
        expect(html).toContain(field)
        const cookie = await signIn()
        const sent = { ...form, shown: shownBy(html) }
        const saved = await open(`/tenants/${scim.slug}/settings`, { cookie, form: sent })
        expect(saved.status).toBe(303)
        expect(words(await page(scim, ''))).not.toContain(said)
        expect((await scim.call('POST', '/Users', person(more))).status).toBe(201)
      },
    )

    it('says to a customer what to do in the provider, without the switch', async () => {
      const scim = await tenant()
      for (let count = 0; count < 3; count += 1) {
        await scim.call('POST', '/Users', person({ userName: `Ann${count}@Example.com` }))
      }
      const cookie = await openShared(scim, 'setup')
      await open(`/set-up/${scim.slug}/choose`, { cookie, form: { guide: 'onelogin' } })
      const html = await (await open(`/set-up/${scim.slug}/problems`, { cookie })).text()
      expect(words(html)).toMatch(
        /missing Ann\d@Example.com An e-mail address has capital letters What to do in OneLogin: Write Email/,
      )
      expect(html).not.toContain('Write addresses in lower case')
    })

    it('says nothing when one is of another, nor when the first are no longer kept', async () => {
      const scim = await tenant()
      await scim.call('POST', '/Users', person({ userName: '' }))
      const capitals = () => scim.call('POST', '/Users', person({ userName: 'Ann@Example.com' }))
      for (let count = 0; count < 4; count += 1) await capitals()
      expect(words(await page(scim, ''))).not.toContain(said)
      await bindings.DB.prepare(
        'delete from refusals where seq = 1 and tenant_id = (select id from tenants where slug = ?)',
      )
        .bind(scim.slug)
        .run()
      expect(words(await page(scim, ''))).not.toContain(said)
    })
  })

  it('reads few rows, however much has happened', async () => {
    const scim = await tenant()
    await fillEvents(scim, 20_000)
    const cookie = await signIn()
    const read = async (path: string) => {
      const counts = newCounts()
      const environment = { ...bindings, DB: countDatabase(bindings.DB, counts) }
      const address = `${origin}/tenants/${scim.slug}${path}`
      const answer = await operatorConsole.request(address, { headers: { cookie } }, environment)
      expect([path, answer.status]).toEqual([path, 200])
      return counts.rowsRead
    }
    expect(await read('')).toBeLessThan(3_000)
    expect(await read('/activity')).toBeLessThan(300)
    expect(await read('/activity?search=nobody')).toBeLessThan(6_000)
  })

  it('counts each of the last 30 days, also those of long ago', async () => {
    const scim = await tenant()
    await fillEvents(scim, 40)
    await scim.call('POST', '/Groups', { displayName: 'a<b' })
    const day = 86_400_000
    const today = Math.floor(Date.now() / day) * day
    // Ten each on the first day, the day before it, yesterday and today.
    await bindings.DB.prepare(
      `update events set at = case when seq <= 10 then ?2 when seq <= 20 then ?3
         when seq <= 30 then ?4 else ?5 end
       where tenant_id = (select id from tenants where slug = ?1)`,
    )
      .bind(scim.slug, today - 30 * day, today - 29 * day, today - 1, today)
      .run()
    const text = await page(scim, '')
    expect(text).toContain('aria-label="The last 30 days: 30 changes and 1 failure.')
    const dateOf = (at: number) => new Date(at).toISOString().slice(0, 10)
    expect(text).toContain(`${dateOf(today)} UTC: Changes 10, Failures 1`)
    expect(text).toContain(`${dateOf(today - day)} UTC: Changes 10, Failures 0`)
    expect(text).toContain(`${dateOf(today - 2 * day)} UTC: Changes 0, Failures 0`)
    expect(text).toContain(`${dateOf(today - 29 * day)} UTC: Changes 10, Failures 0`)
  })
})

describe('the connection', () => {
  it('waits for the first call, and says who called', async () => {
    const scim = await tenant()
    const waiting = await page(scim, '/connection')
    expect(waiting).toContain('Waiting for the first call')
    expect(waiting).toContain('data-reload="5"')
    await scim.call('GET', '/Users', undefined, {
      'User-Agent': 'OneLogin SCIM',
      'CF-Connecting-IP': '192.0.2.7',
    })
    const called = await page(scim, '/connection')
    expect(words(called)).toMatch(/OneLogin connected \d+ s ago/)
    expect(words(called)).toMatch(/ago from 192\.0\.2\.7 OneLogin SCIM · at least 1 request today/)
    expect(called).not.toContain('data-reload')
  })

  it('shows an operator how to prove the address, with the kit for the profile, and nobody else', async () => {
    const kits = { auto: 'rfc', okta: 'okta', entra: 'entra', aws: 'rfc', strict: 'interop' }
    for (const [profile, kit] of Object.entries(kits)) {
      const scim = await tenant({ profile })
      // The gallery of Entra takes no bearer token alone.
      const [option, secret] =
        kit === 'entra' ? [' --client-id ID', 'SCIM_CLIENT_SECRET'] : ['', 'SCIM_TOKEN']
      const shown = await page(scim, '/connection')
      expect(shown).toContain(`npm run prove -- ${kit} --url ${scim.baseUrl}${option}"`)
      expect(words(shown)).toContain(`with ${secret} set`)
      const cookie = await openShared(scim, 'setup')
      const seen = await (await open(`/tenants/${scim.slug}/connection`, { cookie })).text()
      expect(seen).not.toContain('npm run prove')
    }
  })

  it('says who reads the configuration again and again, until something follows', async () => {
    const scim = await tenant()
    const read = async (path: string) =>
      expect((await scim.call('GET', path, undefined, { 'User-Agent': 'Canaille' })).status).toBe(
        200,
      )
    const check = async () => words(await page(scim, '/connection'))
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      for (const seconds of [0, 10, 20]) {
        expect(await check()).not.toContain('has read the configuration')
        vi.setSystemTime(start + seconds * 1000)
        for (const path of ['/ServiceProviderConfig', '/Schemas', '/ResourceTypes/User']) {
          await read(path)
        }
      }
      expect(await check()).toContain(
        'It has read the configuration 3 times, and asked for no people',
      )
      vi.setSystemTime(start + 21_000)
      await read('/Users?count=1')
      expect(await check()).not.toContain('has read the configuration')
      for (const seconds of [22, 32, 42, 52]) {
        vi.setSystemTime(start + seconds * 1000)
        await read('/ServiceProviderConfig')
        await read('/Groups')
      }
      expect(await check()).not.toContain('has read the configuration')
    } finally {
      vi.useRealTimers()
    }
  })

  it('says that a token is safe to revoke only when a newer one has taken over', async () => {
    const scim = await tenant()
    await admin.call('POST', `/tenants/${scim.slug}/tokens`, { label: 'newer' })
    const use = async (older: number | null, newer: number | null) => {
      await bindings.DB.prepare(
        `update tokens set last_used_at = iif(id = ?1, ?2, ?3), created_at = iif(id = ?1, 1, 2)
         where tenant_id = (select id from tenants where slug = ?4)`,
      )
        .bind(scim.tokenId, older, newer, scim.slug)
        .run()
      return (await page(scim, '/connection')).split('Safe to revoke').length - 1
    }
    const now = Date.now()
    expect(await use(null, null)).toBe(0)
    expect(await use(now, null)).toBe(0)
    expect(await use(now, now - 1)).toBe(0)
    expect(await use(now - 120_000, now)).toBe(1)
    expect(await use(null, now)).toBe(1)
    expect(await page(scim, `/tokens/${scim.tokenId}/revoke`)).toContain('safe to revoke')
  })
})

describe('the settings', () => {
  it("show the tenant's own schemas", async () => {
    const id = 'urn:example:params:scim:schemas:extension:acme:2.0:User'
    const attributes = [{ name: 'costCenter' }, { name: 'floor', type: 'integer' }]
    const extensions = [{ resourceType: 'User', id, name: 'Acme user', attributes }]
    const scim = await tenant({ extensions })
    const text = words(await page(scim, '/settings'))
    expect(text).toContain(id)
    expect(text).toContain('costCenter string One No default')
    expect(text).toContain('floor integer')
  })
})

describe('the history of a person', () => {
  it('goes on below what one page looks through, to where the person was created', async () => {
    const scim = await tenant()
    const { body } = await scim.call('POST', '/Users', person())
    await bindings.DB.prepare(
      `with recursive n(i) as (select 2 union all select i + 1 from n where i < 120000)
       insert into events (tenant_id, seq, type, resource_id, at, resource, changes, cause)
       select (select id from tenants where slug = ?), i, 'user.updated', 'other', ?2, '{}', '{}', '{}'
       from n`,
    )
      .bind(scim.slug, Date.now())
      .run()
    const change = patch({ op: 'replace', path: 'title', value: 'Director' })
    await scim.call('PATCH', `/Users/${body.id}`, change)
    const told: string[] = []
    let query: string | undefined = ''
    let pages = 0
    while (query !== undefined && pages < 9) {
      const html: string = await page(scim, `/users/${body.id}${query}`)
      const history = words(html.slice(html.indexOf('id="history"')))
      told.push(history.includes('Director') ? 'changed' : '-')
      if (history.includes('Created')) told.push('created')
      if (told.at(-1) === '-') expect(history).toContain('older ones follow on the next page')
      query = /href="(\?before=\d+)#history"/.exec(html)?.[1]
      pages += 1
    }
    expect(told).toEqual(['changed', '-', '-', 'created'])
  })
})

describe('the schemas of a tenant', () => {
  const id = 'urn:example:params:scim:schemas:extension:acme:2.0:User'
  const attributes = [
    { name: 'costCenter' },
    { name: 'floor', type: 'integer', multiValued: true },
    { name: 'desk', type: 'complex', subAttributes: [{ name: 'row', required: true }] },
  ]
  const schemas = [{ resourceType: 'User', id, name: 'Acme user', attributes }]

  it('are declared in the settings, shown as they were declared, and used', async () => {
    const scim = await tenant()
    const cookie = await signIn()
    const path = `/tenants/${scim.slug}/schemas`
    const settings = `/tenants/${scim.slug}/settings`
    const form = { schemas: JSON.stringify(schemas), shown: await shownAt(settings, cookie) }
    expect((await open(path, { cookie, form })).status).toBe(303)
    const html = await page(scim, '/settings')
    const text = /<textarea[^>]*id="schemas"[^>]*>([^<]*)<\/textarea>/.exec(html)?.[1] ?? ''
    expect(JSON.parse(text.replaceAll('&quot;', '"'))).toEqual(schemas)
    const user = person({ [id]: { costCenter: '7', floor: [3] } })
    const made = await scim.call('POST', '/Users', user)
    expect([made.status, made.body[id]]).toEqual([201, { costCenter: '7', floor: [3] }])
    const none = { schemas: ' ', shown: await shownAt(settings, cookie) }
    expect((await open(path, { cookie, form: none })).status).toBe(303)
    expect(words(await page(scim, '/settings'))).toContain('None is declared')
  })

  it.each([
    ['{', 'this is not JSON'],
    ['{}', 'must be a list'],
    ['[{"resourceType":"User","id":"x","name":"X","attributes":[{"name":"a"}]}]', 'must be a URN'],
    [JSON.stringify(schemas).replace('integer', 'number'), 'is not valid: type must be string'],
  ])('that are wrong are refused with the reason, and stay in the form: %s', async (text, why) => {
    const scim = await tenant()
    const cookie = await signIn()
    const answer = await open(`/tenants/${scim.slug}/schemas`, { cookie, form: { schemas: text } })
    const html = await answer.text()
    expect([answer.status, words(html).includes(why)]).toEqual([422, true])
    expect(words(html)).toContain(text.slice(0, 40))
    expect(words(await page(scim, '/settings'))).toContain('None is declared')
  })

  it('are declared as they were observed, with one click, which the audit tells', async () => {
    const scim = await tenant()
    const value = { tags: ['a'], desk: { row: 1, $ref: '/x' }, level: 'B' }
    const { body } = await scim.call('POST', '/Users', person({ [id]: value }))
    await scim.call('POST', '/Groups', { displayName: 'T', 'urn:example:team': { a: true } })
    const html = await page(scim, '/settings')
    expect(words(html)).toContain('tags string Several')
    expect(words(html)).toContain(`Declare ${id}`)
    const cookie = await signIn()
    const path = `/tenants/${scim.slug}/schemas/observed`
    const form = { resourceType: 'User', id }
    expect((await open(path, { cookie, form })).status).toBe(303)
    const settings = (await admin.call('GET', `/tenants/${scim.slug}`)).body
    expect(settings.extensions).toMatchObject([{ resourceType: 'User', schema: { id } }])
    expect(settings.observed).toEqual([
      {
        resourceType: 'Group',
        id: 'urn:example:team',
        name: 'urn:example:team',
        attributes: [{ name: 'a', type: 'boolean' }],
      },
    ])
    expect(words(await page(scim, '/settings'))).not.toContain(`Declare ${id}`)
    const audit = (await admin.call('GET', `/tenants/${scim.slug}/audit`)).body
    expect(JSON.stringify(audit)).toContain('"tags"')
    const add = patch({ op: 'add', path: `${id}:tags`, value: ['b'] })
    const changed = await scim.call('PATCH', `/Users/${body.id}`, add)
    expect(changed.body[id]).toEqual({ ...value, tags: ['a', 'b'] })
    const unknown = { resourceType: 'User', id: 'urn:example:nothing' }
    expect((await open(path, { cookie, form: unknown })).status).toBe(303)
    expect((await admin.call('GET', `/tenants/${scim.slug}`)).body).toEqual(settings)
  })

  it('are not so large that each request would feel it', async () => {
    const large = Array.from({ length: 50 }, (_, index) => ({
      name: `a${index}`,
      canonicalValues: Array.from({ length: 30 }, (_, value) => `${value}${'x'.repeat(150)}`),
    }))
    const scim = await tenant()
    const answer = await admin.call('PATCH', `/tenants/${scim.slug}`, {
      extensions: [{ resourceType: 'User', id, name: 'Large', attributes: large }],
    })
    expect(answer.status).toBe(400)
    const tooMuch = await admin.call('POST', '/tenants', { name: 'x'.repeat(300_000) })
    expect(tooMuch.status).toBe(413)
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

  it('refuse a replay that would leave out events, and say from where it can begin', async () => {
    const cookie = await signIn()
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    const url = 'https://hooks.example.com/'
    const { id } = (await admin.call('POST', `/tenants/${scim.slug}/webhooks`, { url })).body
    const path = `/tenants/${scim.slug}/webhooks/${id}`
    await admin.call('POST', `${path}/pause`)
    await scim.call('POST', '/Users', person())
    const ahead = await open(`${path}/replay`, { cookie, form: { after: '2' } })
    expect(ahead.status).toBe(422)
    expect(await ahead.text()).toContain('At most 1, the number of the last delivered event.')
    expect((await admin.call('GET', path)).body.deliveredUpTo).toBe(1)
    const back = await open(`${path}/replay`, { cookie, form: { after: '0' } })
    expect(back.status).toBe(303)
    expect((await admin.call('GET', path)).body.deliveredUpTo).toBe(0)
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

  it.each([
    ['okta', 'lowercase'],
    ['entra', 'lowercase'],
    ['onelogin', 'reject'],
    ['auto', 'reject'],
  ])(
    'make a tenant with the profile %s and its rule for e-mail addresses',
    async (profile, email) => {
      const cookie = await signIn()
      const slug = `made-${crypto.randomUUID().slice(0, 8)}`
      const html = await (await open('/', { cookie })).text()
      expect(html).toContain('<option value="okta"')
      const form = { name: 'Made', slug, profile }
      expect((await open('/tenants', { cookie, form })).status).toBe(303)
      const { body } = await admin.call('GET', `/tenants/${slug}`)
      expect(body).toMatchObject({ profile, rules: { name: 'reject', email } })
      const refused = await open('/tenants', { cookie, form: { name: 'x', slug: 'A', profile } })
      expect(await refused.text()).toContain(`<option value="${profile}" selected`)
    },
  )

  it('change all settings, or none', async () => {
    const scim = await tenant()
    const cookie = await signIn()
    const form = {
      name: 'Renamed',
      profile: 'okta',
      'rules.name': 'allow',
      'rules.email': 'lowercase',
      withoutActive: 'inactive',
      'retention.activity': '10',
      'retention.events': '365',
      'storage.megabytes': '20',
      'oauth.accessTokenMinutes': '30',
    }
    const path = `/tenants/${scim.slug}/settings`
    const shown = await shownAt(path, cookie)
    for (const part of [
      { name: '' },
      { profile: 'another' },
      { 'rules.name': 'whatever' },
      { withoutActive: 'whatever' },
      { unknown: 'x' },
      { 'retention.events': '6' },
      { 'retention.activity': 'ten' },
      { 'oauth.accessTokenMinutes': '361' },
      { 'storage.megabytes': '0' },
    ]) {
      const answer = await open(path, { cookie, form: { ...form, ...part } })
      expect([part, answer.status]).toEqual([part, 422])
    }
    expect(await (await open(path, { cookie })).text()).not.toContain('Renamed')
    expect((await open(path, { cookie, form: { ...form, shown } })).status).toBe(303)
    const stored = await send(
      new Request(`${origin}/admin/api/tenants/${scim.slug}`, {
        headers: { Authorization: `Bearer ${bindings.ADMIN_TOKEN}` },
      }),
    )
    expect(await stored.json()).toMatchObject({
      name: 'Renamed',
      profile: 'okta',
      rules: { name: 'allow', email: 'lowercase' },
      guard: { deactivations: 0.2, teams: 'apply' },
      withoutActive: 'inactive',
      retention: { activity: 10, events: 365 },
      storage: { megabytes: 20 },
      oauth: { accessTokenMinutes: 30 },
    })
  })

  it('say what a tenant stores and may store, and the overview when it is nearly or all used', async () => {
    const scim = await tenant({ 'storage.megabytes': 2 })
    const cookie = await signIn()
    const page = async (path: string) =>
      (await open(`/tenants/${scim.slug}${path}`, { cookie })).text()
    const store = (directory: number | null, full = 0) =>
      bindings.DB.prepare(
        'update tenants set directory_bytes = ?, log_bytes = 450000, full = ? where slug = ?',
      )
        .bind(directory, full, scim.slug)
        .run()
    await store(1_200_000)
    expect(await page('/settings')).toContain(
      '1.7 of 2 MB are used: 1.2 MB by people and teams, 0.5 MB by changes and the log.',
    )
    expect(await page('')).not.toContain('To the setting')
    await store(1_400_000)
    expect(await page('')).toContain('Little storage is left.')
    await store(1_600_000, 1)
    expect(await page('')).toContain('The storage is used up: nothing is taken in.')
    await store(null)
    expect(await page('/settings')).toContain('It is counted in the night.')
    expect(await page('')).not.toContain('used up')
  })

  it('delete a tenant only when its slug is typed', async () => {
    const scim = await tenant()
    const cookie = await signIn()
    const path = `/tenants/${scim.slug}/delete`
    expect((await open(path, { cookie })).status).toBe(200)
    for (const slug of ['', 'other', scim.slug.toUpperCase()]) {
      expect((await open(path, { cookie, form: { slug } })).status).toBe(422)
    }
    expect((await scim.call('GET', '/Users')).status).toBe(200)
    const answer = await open(path, { cookie, form: { slug: scim.slug } })
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/admin?done=deleted'])
    expect((await scim.call('GET', '/Users')).status).toBe(401)
    expect((await open(`/tenants/${scim.slug}`, { cookie })).status).toBe(404)
    const audit = words(await page(undefined, '/audit'))
    expect(audit).toContain(`operator as owner deleted the tenant ${scim.slug}`)
  })

  it('generate at most five live tokens, each shown once', async () => {
    const scim = await tenant()
    const cookie = await signIn()
    const path = `/tenants/${scim.slug}/tokens`
    for (const [index, days] of ['', '30', '90', '365'].entries()) {
      const answer = await open(path, { cookie, form: { label: `Token ${index}`, days } })
      expect([answer.status, answer.headers.get('Cache-Control')]).toEqual([303, 'no-store'])
      expect(answer.headers.get('Location')).toBe(`/admin/tenants/${scim.slug}/connection`)
      const once = (answer.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
      expect(once).not.toContain('rollcall_t-')
      const both = `${cookie}; ${once}`
      const shown = await open(`/tenants/${scim.slug}/connection`, { cookie: both })
      expect(shown.headers.get('Set-Cookie')).toContain('rollcall_once=; Max-Age=0')
      const token = /rollcall_t-[0-9a-zA-Z_-]+/.exec(await shown.text())?.[0] ?? ''
      const page = await open(`/tenants/${scim.slug}/connection`, { cookie })
      expect([token.length > 50, (await page.text()).includes(token)]).toEqual([true, false])
    }
    expect((await open(path, { cookie, form: { label: 'Sixth', days: '' } })).status).toBe(409)
    expect((await open(path, { cookie, form: { label: 'x', days: '7' } })).status).toBe(422)
  })

  it('that are sent twice, as by a double click, make one token, and show it', async () => {
    const scim = await tenant()
    const cookie = await signIn()
    const html = await (await open(`/tenants/${scim.slug}/connection`, { cookie })).text()
    const number = /name="form" value="([^"]+)"/.exec(html)?.[1] ?? ''
    const form = { label: 'Twice', days: '', form: number }
    const answers = await Promise.all(
      [1, 2, 3].map(() => open(`/tenants/${scim.slug}/tokens`, { cookie, form })),
    )
    const tokens = await Promise.all(
      answers.map(async (answer) => {
        const once = (answer.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
        const shown = await open(`/tenants/${scim.slug}/connection`, {
          cookie: `${cookie}; ${once}`,
        })
        return /rollcall_t-[0-9a-zA-Z_-]+/.exec(await shown.text())?.[0]
      }),
    )
    expect(new Set(tokens).size).toBe(1)
    const listed = (await admin.call('GET', `/tenants/${scim.slug}/tokens`)).body.tokens
    expect(listed.map(({ label }: any) => label)).toEqual(['test', 'Twice'])
    const { entries } = (await admin.call('GET', `/tenants/${scim.slug}/audit`)).body
    const made = entries.filter(({ action }: any) => action === 'token.created')
    expect(made).toHaveLength(2)
    // The next form makes another one, and a token that is revoked does not come back.
    await admin.call('DELETE', `/tenants/${scim.slug}/tokens/${listed[1].id}`)
    await open(`/tenants/${scim.slug}/tokens`, { cookie, form })
    const after = (await admin.call('GET', `/tenants/${scim.slug}/tokens`)).body.tokens
    expect(after).toHaveLength(2)
  })

  it('show a new token on the page of its tenant alone, and for a minute', async () => {
    const [mine, other] = [await tenant(), await tenant()]
    const cookie = await signIn()
    const form = { label: 'x', days: '' }
    const answer = await open(`/tenants/${mine.slug}/tokens`, { cookie, form })
    const once = (answer.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
    const see = async (slug: string) => {
      const page = await open(`/tenants/${slug}/connection`, { cookie: `${cookie}; ${once}` })
      return (await page.text()).includes('Copy the new token now')
    }
    expect(await see(other.slug)).toBe(false)
    expect(await see(mine.slug)).toBe(true)
    const later = Date.now() + 61_000
    const clock = vi.spyOn(Date, 'now').mockReturnValue(later)
    expect(await see(mine.slug)).toBe(false)
    clock.mockRestore()
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

/** A page of a tenant, or the list of tenants, as HTML. */
async function page(scim: ScimClient | undefined, path: string): Promise<string> {
  const cookie = await signIn()
  const answer = await open(scim ? `/tenants/${scim.slug}${path}` : path, { cookie })
  expect([path, answer.status]).toEqual([path, 200])
  return answer.text()
}

/** The list of the log, and each of its lines in full. */
async function activity(scim: ScimClient, query = ''): Promise<string> {
  const list: string = await page(scim, `/activity?${query}`)
  const texts = [words(list)]
  for (const [, href = ''] of list.matchAll(/href="[^"]*(\/activity\?[^"]*)" data-line/g)) {
    const [, line = ''] = (await page(scim, href.replaceAll('&amp;', '&'))).split('id="line"')
    texts.push(words(line))
  }
  return texts.join(' ')
}

/** Writes events straight into the table, each of a request of its own. */
async function fillEvents(scim: ScimClient, count: number): Promise<void> {
  const numbers = JSON.stringify(Array.from({ length: count }, (_, index) => index + 1))
  await bindings.DB.prepare(
    `insert into events (tenant_id, seq, type, resource_id, at, resource, changes, cause)
     select tenants.id, number.value, 'user.updated', 'filled-' || number.value, ?3,
       json_object('userName', 'filled' || number.value), '{}',
       json_object('requestId', 'filled-' || number.value, 'tokenId', '')
     from tenants, json_each(?2) as number where tenants.slug = ?1`,
  )
    .bind(scim.slug, numbers, Date.now() - 1_000)
    .run()
}

function isOfLinks({ method, isForCustomers }: (typeof routes)[number]): boolean {
  return method === 'POST' && isForCustomers === true
}

/** Makes a link; answers its secret. */
async function shared(scim: ScimClient, role: 'view' | 'setup'): Promise<string> {
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
  const link = { label: role, role, expiresAt }
  const made = await admin.call('POST', `/tenants/${scim.slug}/links`, link)
  return made.body.url.split('#')[1]
}

async function openWith(code: string): Promise<string> {
  const answer = await open('/open', { form: { code } })
  expect(answer.status).toBe(303)
  return (answer.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
}

/** The cookie of somebody who opened a link. */
async function openShared(scim: ScimClient, role: 'view' | 'setup'): Promise<string> {
  return openWith(await shared(scim, role))
}

/** What a request that is refused must not change. */
async function everything(): Promise<unknown> {
  const tables = ['tenants', 'tokens', 'links', 'sessions', 'audit']
  const results = await bindings.DB.batch(
    tables.map((table) => bindings.DB.prepare(`select * from ${table}`)),
  )
  return results.map(({ results }) => results)
}

describe('the application page', () => {
  it('makes a key that it shows once, shows how far its reader has got, and revokes it', async () => {
    const scim = await tenant()
    const cookie = await signIn()
    const path = `/tenants/${scim.slug}/keys`
    expect(await (await open(path, { cookie })).text()).toContain('There is no key yet')
    const form = { label: 'Billing <b>', scope: 'read-ack', days: '90' }
    const made = await openMade(path, { cookie, form })
    const key = /rollcall_key_\w{43}_\w{8}/.exec(made)?.[0] ?? ''
    const id = (await admin.call('GET', path)).body.keys[0].id
    const app = application(send, origin, scim.slug, { id, key })
    for (let index = 0; index < 3; index += 1) await scim.call('POST', '/Users', person())
    await app.call('POST', '/events/ack', { seq: 2 })
    const page = await (await open(path, { cookie })).text()
    expect(page).not.toContain(key)
    expect(page).toContain('Billing &lt;b&gt;')
    expect(page).toContain('1 event behind')
    await app.call('POST', '/events/ack', { seq: 3 })
    expect(await (await open(path, { cookie })).text()).toContain('Up to date')
    const revoked = await open(`${path}/${id}/revoke`, { cookie, form: {} })
    expect(revoked.headers.get('Location')).toBe(`/admin${path}?done=revoked`)
    expect(await (await open(`${path}?done=revoked`, { cookie })).text()).toContain('is revoked')
    expect((await app.call('GET', '/users')).status).toBe(401)
    expect((await open(`${path}/${id}/revoke`, { cookie })).status).toBe(404)
    expect((await open(path, { cookie, form: { ...form, scope: 'write' } })).status).toBe(422)
  })
})
