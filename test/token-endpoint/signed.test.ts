/** Clients that sign with keys of their own (private_key_jwt, RFC 7523 section 2.2). */
import { describe, expect, it } from 'vitest'
import { admin, homeDatabase, origin, tenant } from '../support/gateway'
import { keyServer, seconds, sign, signingKey, type SigningKey } from '../support/issuer'
import { askToken, assertionType, grant } from '../support/token-request'

interface Scene {
  readonly slug: string
  readonly id: string
  readonly clientId: string
  readonly key: SigningKey
}

async function setScene(key: SigningKey, others: readonly SigningKey[] = []): Promise<Scene> {
  const { slug } = await tenant()
  const jwks = { keys: [...others, key].map(({ publicKey }) => publicKey) }
  const made = await admin.call('POST', `/tenants/${slug}/clients`, { kind: 'jwt', jwks })
  expect([made.status, made.body]).toEqual([201, expect.anything()])
  expect(made.body).not.toHaveProperty('clientSecret')
  return { slug, id: made.body.id, clientId: made.body.clientId, key }
}

function claimsOf({ slug, clientId }: Scene, more: Readonly<Record<string, unknown>> = {}) {
  const now = seconds()
  return {
    iss: clientId,
    sub: clientId,
    aud: `${origin}/oauth/${slug}/token`,
    jti: crypto.randomUUID(),
    iat: now,
    exp: now + 60,
    ...more,
  }
}

async function exchange(scene: Scene, assertion: string, clientId = '') {
  return askToken(scene.slug, {
    ...grant,
    ...(clientId === '' ? {} : { client_id: clientId }),
    client_assertion_type: assertionType,
    client_assertion: assertion,
  })
}

async function statusOf(
  scene: Scene,
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
) {
  const assertion = await sign(scene.key, claimsOf(scene, claims), header)
  return (await exchange(scene, assertion)).status
}

describe('a client that signs with its own key', () => {
  it.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])('may sign by %s', async (algorithm) => {
    const scene = await setScene(await signingKey('k', algorithm))
    expect(await statusOf(scene)).toBe(200)
  })

  it('is found by the issuer of its assertion, and may name itself', async () => {
    const scene = await setScene(await signingKey('k'))
    expect(await statusOf(scene)).toBe(200)
    const named = await exchange(scene, await sign(scene.key, claimsOf(scene)), scene.clientId)
    expect(named.status).toBe(200)
    const other = await setScene(await signingKey('k'))
    const another = await exchange(scene, await sign(scene.key, claimsOf(scene)), other.clientId)
    expect(another.status).toBe(401)
  })

  it('needs no kid, with an old and a new key in its set', async () => {
    const scene = await setScene(await signingKey(), [await signingKey(), await signingKey()])
    expect(await statusOf(scene)).toBe(200)
    // As many as a set may have: the last one is tried as well.
    const others = await Promise.all(
      Array.from({ length: 49 }, () => signingKey(undefined, 'ES256')),
    )
    const last = await signingKey(undefined, 'ES256')
    expect(await statusOf(await setScene(last, others))).toBe(200)
    const foreign = await exchange(scene, await sign(await signingKey(), claimsOf(scene)))
    expect([foreign.status, foreign.body.error]).toEqual([401, 'invalid_client'])
  })

  it.each([
    ['the issuer', (issuer: string) => issuer, {}, 200],
    ['the token endpoint', (issuer: string) => `${issuer}/token`, {}, 200],
    ['a list of one', (issuer: string) => [issuer], {}, 200],
    [
      'the issuer, with the new type',
      (issuer: string) => issuer,
      { typ: 'client-authentication+jwt' },
      200,
    ],
    [
      'the endpoint, with the new type',
      (issuer: string) => `${issuer}/token`,
      { typ: 'client-authentication+jwt' },
      401,
    ],
    ['the issuer with a slash more', (issuer: string) => `${issuer}/`, {}, 401],
    ['a stranger beside', (issuer: string) => [issuer, 'https://example.com'], {}, 401],
    ['another tenant', (issuer: string) => issuer.replace(/t-.*/, 't-other'), {}, 401],
  ])('may name as its audience %s, or not', async (_, audience, header, status) => {
    const scene = await setScene(await signingKey('k'))
    const aud = audience(`${origin}/oauth/${scene.slug}`)
    expect(await statusOf(scene, { aud }, header)).toBe(status)
  })

  it.each([
    ['without jti', { jti: undefined }],
    ['with an empty jti', { jti: '' }],
    ['with a jti that is no text', { jti: 7 }],
    ['with a long jti', { jti: 'x'.repeat(256) }],
    ['that has expired', { iat: seconds() - 200, exp: seconds() - 100 }],
    ['that lives longer than an hour', { exp: seconds() + 3_700 }],
    ['whose subject is another one', { sub: 'somebody' }],
    ['without exp', { exp: undefined }],
    ['without iat', { iat: undefined }],
  ])('is refused with an assertion %s', async (_, claims) => {
    const scene = await setScene(await signingKey('k'))
    expect(await statusOf(scene, claims)).toBe(401)
  })

  it('is let in once for each assertion, also in another spelling of the same one', async () => {
    const scene = await setScene(await signingKey('k'))
    const claims = claimsOf(scene)
    const assertion = await sign(scene.key, claims)
    const both = await Promise.all([exchange(scene, assertion), exchange(scene, assertion)])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 401])
    const again = await exchange(scene, await sign(scene.key, { ...claims, more: 1 }))
    expect([again.status, again.body.error]).toEqual([401, 'invalid_client'])
    const { results } = await homeDatabase
      .prepare('select count(*) as count from tokens where client_id = ?')
      .bind(scene.id)
      .all()
    expect(results).toEqual([{ count: 1 }])
  })

  it('is refused with a key of its pasted set that is gone, without any reading', async () => {
    const scene = await setScene(await signingKey('k'))
    const foreign = await exchange(scene, await sign(await signingKey('other'), claimsOf(scene)))
    expect(foreign.status).toBe(401)
  })

  it('may have its keys at an address', async () => {
    const { slug } = await tenant()
    const keys = keyServer()
    const key = await signingKey('k')
    await keys.serveKeys(key)
    const made = await admin.call('POST', `/tenants/${slug}/clients`, {
      kind: 'jwt',
      jwksUrl: keys.url,
    })
    const scene = { slug, id: made.body.id, clientId: made.body.clientId, key }
    expect(await statusOf(scene)).toBe(200)
  })
})

describe('a pasted key set', () => {
  it.each([
    [
      'with a private key',
      async () => {
        const { privateKey } = await signingKey('k')
        return { keys: [await (await import('jose')).exportJWK(privateKey)] }
      },
    ],
    ['with a symmetric key', async () => ({ keys: [{ kty: 'oct', k: 'AAAA' }] })],
    [
      'with a short key beside a good one',
      async () => ({
        keys: [(await signingKey('k')).publicKey, { kty: 'RSA', n: 'x'.repeat(170), e: 'AQAB' }],
      }),
    ],
    ['without keys', async () => ({ keys: [] })],
    ['that is none', async () => ({ key: 1 })],
    [
      'with a point that is on no curve',
      async () => ({
        keys: [{ kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }],
      }),
    ],
    [
      'with too many keys',
      async () => ({
        keys: Array.from({ length: 51 }, () => ({ kty: 'unknown' })),
      }),
    ],
  ])('%s is refused', async (_, make) => {
    const { slug } = await tenant()
    const { status, body } = await admin.call('POST', `/tenants/${slug}/clients`, {
      kind: 'jwt',
      jwks: await make(),
    })
    expect([status, body.errors?.map(({ pointer }: any) => pointer)]).toEqual([400, ['/jwks']])
  })

  it('may have keys of unknown types, and null, beside usable ones', async () => {
    const { slug } = await tenant()
    const key = await signingKey('k')
    const { status } = await admin.call('POST', `/tenants/${slug}/clients`, {
      kind: 'jwt',
      jwks: { keys: [null, { kty: 'future' }, key.publicKey] },
    })
    expect(status).toBe(201)
  })

  it('or an address has to be given, and not both', async () => {
    const { slug } = await tenant()
    const jwks = { keys: [(await signingKey('k')).publicKey] }
    for (const more of [{}, { jwks, jwksUrl: 'https://example.com/keys' }]) {
      const { status } = await admin.call('POST', `/tenants/${slug}/clients`, {
        kind: 'jwt',
        ...more,
      })
      expect(status).toBe(400)
    }
  })
})
