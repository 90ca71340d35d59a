/** Cloudflare Access: who is let in by its assertion, with real keys from a real server. */
import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { createServer, type Server as KeyServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operator } from '../support/tenant'
import { adminToken, startServer, type Server } from '../support/server'

const audience = 'a'.repeat(64)
const email = 'ann@operator.example'
const own = generateKeyPairSync('rsa', { modulusLength: 2048 })
const other = generateKeyPairSync('rsa', { modulusLength: 2048 })

const keys: object[] = [jwk('first', own.publicKey)]
let fetches = 0
let team = ''
let keyServer: KeyServer
let server: Server

beforeAll(async () => {
  keyServer = createServer((request, answer) => {
    fetches += 1
    answer.writeHead(request.url === '/cdn-cgi/access/certs' ? 200 : 404)
    answer.end(JSON.stringify({ keys }))
  })
  await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve))
  const address = keyServer.address()
  team = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  server = await startServer(undefined, { ACCESS_TEAM_DOMAIN: team, ACCESS_AUDIENCE: audience })
  const admin = operator(fetch, server.url, adminToken)
  const made = await admin.call('POST', '/staff', { name: email, role: 'owner' })
  expect(made.status).toBe(201)
})

afterAll(async () => {
  await server?.stop()
  await new Promise((resolve) => keyServer?.close(resolve))
})

function jwk(kid: string, key: KeyObject): object {
  return { ...key.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

function claims(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000)
  const times = { iat: now - 10, nbf: now - 10, exp: now + 600 }
  return { iss: team, aud: [audience], email, type: 'app', sub: '1', ...times, ...more }
}

function assertion(
  payload: Record<string, unknown>,
  { alg = 'RS256', kid = 'first', key = own.privateKey } = {},
): string {
  const text = `${encode({ alg, kid, typ: 'JWT' })}.${encode(payload)}`
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

/** With fields it sends a form, as a page of the console does. */
function open(
  token: string | undefined,
  path = '',
  fields?: Readonly<Record<string, string>>,
): Promise<Response> {
  return fetch(`${server.url}/admin${path}`, {
    redirect: 'manual',
    headers: {
      Origin: server.url,
      ...(token ? { 'Cf-Access-Jwt-Assertion': token } : {}),
    },
    ...(fields ? { method: 'POST', body: new URLSearchParams(fields) } : {}),
  })
}

describe('Cloudflare Access', () => {
  it('lets its people in as owners, by name, and notes them in the audit', async () => {
    const token = assertion(claims())
    const first = await Promise.all(Array.from({ length: 5 }, () => open(token)))
    expect(first.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    const slug = `t-${crypto.randomUUID().slice(0, 13)}`
    const made = await open(token, '/tenants', { name: 'Acme', slug })
    expect([made.status, made.headers.get('Set-Cookie')]).toEqual([303, null])
    const admin = operator(fetch, server.url, adminToken)
    const { body } = await admin.call('GET', `/tenants/${slug}/audit`)
    expect(body.entries).toMatchObject([{ actor: email, role: 'owner' }])
    const out = await open(token, '/sign-out', {})
    expect(out.headers.get('Location')).toBe('/cdn-cgi/access/logout')
  })

  it('gives somebody without an entry no role, and says who gives one', async () => {
    const token = assertion(claims({ email: 'eve@operator.example' }))
    expect((await open(token)).status).toBe(303)
    const page = await (await open(token, '/sign-in')).text()
    expect(page).toContain('let in eve@operator.example, who has no role here')
    // The first owner has the operator's secret alone.
    const signedIn = await open(token, '/sign-in', { secret: adminToken })
    const [cookie = ''] = (signedIn.headers.get('Set-Cookie') ?? '').split(';')
    const headers = { 'Cf-Access-Jwt-Assertion': token, Cookie: cookie }
    expect((await fetch(`${server.url}/admin`, { headers, redirect: 'manual' })).status).toBe(200)
  })

  it('lets nobody in whose entry was revoked, with the operator secret neither', async () => {
    const gone = 'gone@operator.example'
    const admin = operator(fetch, server.url, adminToken)
    const made = await admin.call('POST', '/staff', { name: gone, role: 'support' })
    const token = assertion(claims({ email: gone }))
    expect((await open(token)).status).toBe(200)
    await admin.call('DELETE', `/staff/${made.body.id}`)
    const signedIn = await open(token, '/sign-in', { secret: adminToken })
    const [cookie = ''] = (signedIn.headers.get('Set-Cookie') ?? '').split(';')
    const headers = { 'Cf-Access-Jwt-Assertion': token, Cookie: cookie }
    expect((await fetch(`${server.url}/admin`, { headers, redirect: 'manual' })).status).toBe(303)
  })

  it('is not asked for by the API, which takes the operator secret alone', async () => {
    expect((await open(assertion(claims()), '/api/tenants')).status).toBe(401)
  })

  it('lets nobody in by an assertion that is not right', async () => {
    const now = Math.floor(Date.now() / 1000)
    const good = assertion(claims())
    const [head = '', body = '', signature = ''] = good.split('.')
    const hmac = `${encode({ alg: 'HS256', kid: 'first', typ: 'JWT' })}.${encode(claims())}`
    const pem = own.publicKey.export({ type: 'spki', format: 'pem' })
    const wrong: Readonly<Record<string, string | undefined>> = {
      nothing: undefined,
      'no token': 'x',
      'no parts': '..',
      'wrong audience': assertion(claims({ aud: ['b'.repeat(64)] })),
      'no audience': assertion(claims({ aud: undefined })),
      'wrong issuer': assertion(claims({ iss: 'https://evil.example' })),
      'no issuer': assertion(claims({ iss: undefined })),
      expired: assertion(claims({ exp: now - 1 })),
      'without an end': assertion(claims({ exp: undefined })),
      'not yet valid': assertion(claims({ nbf: now + 300 })),
      'of a service': assertion(claims({ email: undefined, common_name: 'service' })),
      'another key under the same name': assertion(claims(), { key: other.privateKey }),
      'an unknown key': assertion(claims(), { kid: 'unknown', key: other.privateKey }),
      'no algorithm': `${encode({ alg: 'none', kid: 'first' })}.${body}.`,
      'no signature': `${head}.${body}.`,
      'a changed body': `${head}.${encode(claims({ email: 'eve@evil.example' }))}.${signature}`,
      HS256: `${hmac}.${createHmac('sha256', pem).update(hmac).digest('base64url')}`,
      'another RSA': assertion(claims(), { alg: 'RS512' }),
    }
    for (const [reason, token] of Object.entries(wrong)) {
      expect([reason, (await open(token)).status]).toEqual([reason, 303])
    }
    expect((await open(good)).status).toBe(200)
  })

  it('fetches keys once, and again for an unknown one at most once a minute', async () => {
    const before = fetches
    expect(before).toBeGreaterThan(0)
    for (let count = 0; count < 5; count += 1) await open(assertion(claims()))
    expect(fetches).toBe(before)
    await Promise.all(
      Array.from({ length: 9 }, (_, count) =>
        open(assertion(claims(), { kid: `unknown-${count}`, key: other.privateKey })),
      ),
    )
    expect(fetches - before).toBeLessThanOrEqual(1)
  })
})
