/** The door of the administration API: the operator's secret, and operator tokens. */
import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { app } from '../../src/app'
import type { Environment } from '../../src/environment'
import { isWeakSecret } from '../../src/access/weak-secret'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import { mistyped, operator } from '../support/tenant'

let networks = 0

/** An address that no test has used before. */
function newNetwork(): string {
  networks += 1
  return `2001:db8:${networks.toString(16)}:${Math.floor(Math.random() * 0xffff).toString(16)}::1`
}

async function call(
  secret: string,
  address: string,
  path = '/tenants',
  environment: object = bindings,
) {
  return app.fetch(
    new Request(`${origin}/admin/api${path}`, {
      headers: { Authorization: `Bearer ${secret}`, 'CF-Connecting-IP': address },
    }),
    environment as Environment,
  )
}

async function newToken(scope: string, more: object = {}) {
  const made = await admin.call('POST', '/operator-tokens', {
    label: `ci ${scope}`,
    scope,
    ...more,
  })
  expect(made.status).toBe(201)
  return { id: made.body.id as string, token: made.body.token as string }
}

/** A character of an address in another spelling that leads to the same route. */
function spell(character: string, way: string): string {
  if (character === '/') return way === 'doubled' ? '//' : character
  return way === 'encoded' ? `%${character.charCodeAt(0).toString(16)}` : character
}

describe('a wrong secret', () => {
  it.each([
    ['with the binding', bindings],
    ['without the binding', { ...bindings, SIGN_INS: undefined }],
  ])('is refused ten times, and then so is the right one, %s', async (_, environment) => {
    const minute = () => Math.floor(Date.now() / 60_000)
    const attempt = async () => {
      const address = newNetwork()
      const wrong = await Promise.all(
        Array.from({ length: 10 }, () => call('wrong', address, '/tenants', environment)),
      )
      const eleventh = await call('wrong', address, '/tenants', environment)
      return { wrong, eleventh, right: await call(bindings.ADMIN_TOKEN, address, '', environment) }
    }
    // The binding counts anew with each minute of the clock.
    let begun = minute()
    let answers = await attempt()
    while (minute() !== begun) {
      begun = minute()
      answers = await attempt()
    }
    expect(answers.wrong.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 401))
    expect(answers.eleventh.status).toBe(429)
    expect(answers.right.status).toBe(429)
    expect(Number(answers.right.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect((await call(bindings.ADMIN_TOKEN, newNetwork(), '/tenants', environment)).status).toBe(
      200,
    )
  })

  it('leaves an entry in the audit, as at the sign-in', async () => {
    // An isolate writes a limited number of entries a minute; those of other tests are another's.
    const later = Date.now() + 61_000
    const clock = vi.spyOn(Date, 'now').mockReturnValue(later)
    await call('wrong', newNetwork())
    clock.mockRestore()
    const audit = await admin.call('GET', '/audit')
    expect(audit.body.entries[0]).toMatchObject({
      action: 'operator.refused',
      subject: 'api',
      role: 'nobody',
    })
    expect(JSON.stringify(audit.body.entries[0])).not.toContain('wrong')
  })
})

describe('an operator token', () => {
  it('does what its scope says, under its own name', async () => {
    const { slug } = await tenant()
    const made = operator(send, origin, (await newToken('tenants')).token)
    expect((await made.call('PATCH', `/tenants/${slug}`, { name: 'Named' })).status).toBe(200)
    const audit = await admin.call('GET', `/tenants/${slug}/audit`)
    expect(audit.body.entries[0]).toMatchObject({ action: 'tenant.changed', actor: 'ci tenants' })
    expect((await made.call('POST', '/keys', {})).status).toBe(403)
    expect((await made.call('GET', '/audit')).status).toBe(200)

    const reading = operator(send, origin, (await newToken('read')).token)
    expect((await reading.call('GET', `/tenants/${slug}`)).body.name).toBe('Named')
    expect((await reading.call('PATCH', `/tenants/${slug}`, { name: 'No' })).status).toBe(403)
    expect((await reading.call('DELETE', `/tenants/${slug}`)).status).toBe(403)

    const all = operator(send, origin, (await newToken('all')).token)
    expect((await all.call('POST', '/keys', { label: 'all' })).status).toBe(201)
    const more = await all.call('POST', '/operator-tokens', { label: 'more', scope: 'all' })
    expect(more).toMatchObject({ status: 403, body: { title: 'Not allowed' } })
  })

  it('makes no operator token and nobody an operator, however the address is written', async () => {
    const all = operator(send, origin, (await newToken('all')).token)
    const tenants = operator(send, origin, (await newToken('tenants')).token)
    const spelled = (path: string) =>
      fc
        .array(fc.constantFrom('as it is', 'encoded', 'doubled'), {
          minLength: path.length,
          maxLength: path.length,
        })
        .map((ways) =>
          Array.from(path, (character, index) => spell(character, ways[index] ?? '')).join(''),
        )
    const forbidden = fc.constantFrom('/operator-tokens', '/staff', '/staff/someone').chain(spelled)
    await fc.assert(
      fc.asyncProperty(forbidden, async (path) => {
        for (const method of ['POST', 'DELETE']) {
          const answer = await all.call(method, path, { label: 'more', scope: 'all' })
          expect([answer.status, path]).toEqual([403, path])
        }
      }),
      { numRuns: 30 },
    )
    await fc.assert(
      fc.asyncProperty(spelled('/keys'), async (path) => {
        expect((await tenants.call('POST', path, { label: 'more' })).status).toBe(403)
      }),
      { numRuns: 10 },
    )
  })

  it('is listed with its last use and without its secret, and is refused once revoked', async () => {
    const { id, token } = await newToken('read')
    const own = operator(send, origin, token)
    expect((await own.call('GET', '/tenants')).status).toBe(200)
    const list = await admin.call('GET', '/operator-tokens')
    const listed = list.body.tokens.find((one: { id: string }) => one.id === id)
    expect(listed).toMatchObject({ label: 'ci read', scope: 'read', revoked: null })
    expect(listed.lastUsed).not.toBeNull()
    expect(JSON.stringify(list.body)).not.toContain(token)
    expect((await admin.call('DELETE', `/operator-tokens/${id}`)).status).toBe(204)
    expect((await own.call('GET', '/tenants')).status).toBe(401)
    const actions = (await admin.call('GET', '/audit')).body.entries.map(
      ({ action, label }: { action: string; label: string }) => [action, label],
    )
    expect(actions).toContainEqual(['operator-token.revoked', 'ci read'])
  })

  it('is refused after its end, and when it is mistyped', async () => {
    const { token } = await newToken('read', {
      expiresAt: new Date(Date.now() + 900).toISOString(),
    })
    await expect
      .poll(async () => (await call(token, newNetwork())).status, { timeout: 20_000 })
      .toBe(401)
    const other = (await newToken('read')).token
    expect((await call(mistyped(other), newNetwork())).status).toBe(401)
  })

  it('needs a label and a scope', async () => {
    for (const wish of [{ scope: 'read' }, { label: 'x' }, { label: 'x', scope: 'write' }]) {
      expect((await admin.call('POST', '/operator-tokens', wish)).status).toBe(400)
    }
  })
})

describe('the page of operator tokens', () => {
  const address = `${origin}/admin/operator-tokens`

  it('makes one, shows it once, and revokes it', async () => {
    const signedIn = await app.fetch(
      new Request(`${origin}/admin/sign-in`, {
        method: 'POST',
        headers: { Origin: origin, 'CF-Connecting-IP': newNetwork() },
        body: new URLSearchParams({ secret: bindings.ADMIN_TOKEN }),
      }),
      bindings,
    )
    const cookie = (signedIn.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
    const post = (path: string, form: Record<string, string>) =>
      app.fetch(
        new Request(`${address}${path}`, {
          method: 'POST',
          headers: { Origin: origin, Cookie: cookie },
          body: new URLSearchParams(form),
        }),
        bindings,
      )
    const label = `Terraform ${crypto.randomUUID()}`
    const made = await post('', { label, scope: 'read', days: '90' })
    expect(made.status).toBe(303)
    const once = (made.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
    const headers = { Cookie: `${cookie}; ${once}` }
    const shown = await app.fetch(new Request(address, { headers }), bindings)
    const token = /rollcall_operator_\w+/.exec(await shown.text())?.[0] ?? ''
    expect((await call(token, newNetwork())).status).toBe(200)
    expect((await post('', { label: '', scope: 'read', days: '90' })).status).toBe(422)
    const list = await app.fetch(new Request(address, { headers: { Cookie: cookie } }), bindings)
    const page = await list.text()
    expect(page).toContain(label)
    expect(page).not.toContain(token)
    const tokens = (await admin.call('GET', '/operator-tokens')).body.tokens
    const { id } = tokens.find((one: { label: string }) => one.label === label)
    expect((await post(`/${id}/revoke`, {})).status).toBe(303)
    expect((await call(token, newNetwork())).status).toBe(401)
  })

  it('warns when the operator secret can be guessed', async () => {
    const environment = { ...bindings, ADMIN_TOKEN: 'hunter2' }
    const signedIn = await app.fetch(
      new Request(`${origin}/admin/sign-in`, {
        method: 'POST',
        headers: { Origin: origin, 'CF-Connecting-IP': newNetwork() },
        body: new URLSearchParams({ secret: 'hunter2' }),
      }),
      environment,
    )
    const cookie = (signedIn.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
    const page = await app.fetch(new Request(address, { headers: { Cookie: cookie } }), environment)
    expect(await page.text()).toContain(
      'openssl rand -hex 32 | tee /dev/stderr | npx wrangler secret put ADMIN_TOKEN',
    )
  })
})

describe('a secret that can be guessed', () => {
  it.each(['secret', 'admin-test-token', 'a'.repeat(64), 'abcabcabc'.repeat(8)])(
    'is called so: %s',
    (secret) => expect(isWeakSecret(secret)).toBe(true),
  )

  it('is not what openssl makes, nor none at all', () => {
    expect(isWeakSecret('9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08')).toBe(
      false,
    )
    expect(isWeakSecret(undefined)).toBe(false)
  })
})
