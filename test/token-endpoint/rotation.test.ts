/** Keys at an address that are replaced: by others without a name, under the same name, or withdrawn. */
import { describe, expect, it } from 'vitest'
import { admin, homeDatabase, origin, tenant } from '../support/gateway'
import {
  entraClaims,
  keyServer,
  seconds,
  sign,
  signingKey,
  type KeyServer,
  type SigningKey,
} from '../support/issuer'
import { askToken, assertionType, entraClient, grant } from '../support/token-request'

interface Scene {
  readonly slug: string
  readonly id: string
  readonly clientId: string
  readonly keys: KeyServer
}

/** A client whose address has `key`. */
async function setScene(key: SigningKey): Promise<Scene> {
  const { slug } = await tenant()
  const keys = keyServer()
  await keys.serveKeys(key)
  const { status, body } = await admin.call('POST', `/tenants/${slug}/clients`, {
    kind: 'jwt',
    jwksUrl: keys.url,
  })
  expect([status, body]).toEqual([201, expect.anything()])
  return { slug, id: body.id, clientId: body.clientId, keys }
}

async function exchange({ slug, clientId }: Scene, key: SigningKey, more = {}) {
  const now = seconds()
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: `${origin}/oauth/${slug}`,
    jti: crypto.randomUUID(),
    iat: now,
    exp: now + 60,
    ...more,
  }
  return askToken(slug, {
    ...grant,
    client_assertion_type: assertionType,
    client_assertion: await sign(key, claims),
  })
}

/** As if the address had been read so long ago, in milliseconds. */
async function age({ id }: Scene, readAgo: number) {
  await homeDatabase
    .prepare('update clients set jwks_tried_at = ?1, jwks_read_at = ?1 where id = ?2')
    .bind(Date.now() - readAgo, id)
    .run()
}

const minute = 60_000
const overADay = 25 * 60 * minute

async function readingsOf({ keys }: Scene): Promise<number> {
  return (await keys.readings()).length
}

describe('a client whose keys are replaced', () => {
  it.each([
    ['without names', undefined],
    ['under the same name', 'main'],
  ])('%s is let in with the new one, and with the old one no longer', async (_, name) => {
    const [first, next] = [await signingKey(name), await signingKey(name)]
    const scene = await setScene(first)
    expect((await exchange(scene, first)).status).toBe(200)
    await scene.keys.serveKeys(next)
    await age(scene, minute)
    expect((await exchange(scene, next)).status).toBe(200)
    expect((await exchange(scene, first)).status).not.toBe(200)
    await age(scene, minute)
    expect((await exchange(scene, first)).status).toBe(401)
    expect(await readingsOf(scene)).toBe(3)
  })

  it('without names is told to try again until the address may be read', async () => {
    const scene = await setScene(await signingKey())
    const next = await signingKey()
    await scene.keys.serveKeys(next)
    const early = await exchange(scene, next)
    expect([early.status, early.body.error]).toEqual([503, 'temporarily_unavailable'])
    expect(Number(early.headers.get('Retry-After'))).toBeGreaterThan(5)
    await age(scene, minute)
    expect((await exchange(scene, next)).status).toBe(200)
  })

  it('has its address read once, however many signatures by other keys come', async () => {
    const key = await signingKey('main')
    const scene = await setScene(key)
    await age(scene, minute)
    const forged = await signingKey('main')
    const answers = await Promise.all(Array.from({ length: 10 }, () => exchange(scene, forged)))
    for (const { status, body } of answers) {
      expect([status, body.error_description]).toEqual([401, expect.stringMatching(/signature/)])
    }
    expect(await readingsOf(scene)).toBe(2)
    expect((await exchange(scene, key)).status).toBe(200)
  })
})

describe('keys that nobody has read for a day', () => {
  it('are read before anybody is let in: a key that was withdrawn is refused', async () => {
    const [leaked, next] = [await signingKey('leaked'), await signingKey('next')]
    const scene = await setScene(leaked)
    await scene.keys.serveKeys(next)
    await age(scene, overADay)
    const answers = await Promise.all(Array.from({ length: 5 }, () => exchange(scene, leaked)))
    expect(answers.map(({ status }) => status).filter((status) => status === 200)).toEqual([])
    expect(answers.map(({ status }) => status)).toContain(401)
    expect((await exchange(scene, next)).status).toBe(200)
    expect(await readingsOf(scene)).toBe(2)
  })

  it('still hold while their address is down', async () => {
    const key = await signingKey('k')
    const scene = await setScene(key)
    await scene.keys.serve({ status: 500 })
    await age(scene, overADay)
    expect((await exchange(scene, key)).status).toBe(200)
    expect((await exchange(scene, key)).status).toBe(200)
    expect(await readingsOf(scene)).toBe(2)
    expect((await exchange(scene, await signingKey('other'))).status).toBe(503)
  })
})

/** The address answers with this JSON. */
const serveJson = ({ keys }: Scene, body: unknown) =>
  keys.serve({ status: 200, body: JSON.stringify(body) })

describe('a key whose address has no other one', () => {
  it.each([
    ['an empty set', []],
    ['a set of keys for another use', [{ kty: 'RSA', use: 'enc', n: 'AQAB', e: 'AQAB' }]],
    ['a set of keys that are of no known type', [{ kty: 'new', kid: 'k' }]],
  ])('is withdrawn by %s, and let in again when it is back', async (_, list) => {
    const key = await signingKey('k')
    const scene = await setScene(key)
    await serveJson(scene, { keys: list })
    await age(scene, overADay)
    expect((await exchange(scene, key)).status).toBe(401)
    await scene.keys.serveKeys(key)
    expect((await exchange(scene, key)).status).toBe(503)
    await age(scene, minute)
    expect((await exchange(scene, key)).status).toBe(200)
  })

  it.each([[{ keys: 'none' }], [{}], [[]], [null]])(
    'still holds while there is %j, which is no set',
    async (body) => {
      const key = await signingKey('k')
      const scene = await setScene(key)
      await serveJson(scene, body)
      await age(scene, overADay)
      expect((await exchange(scene, key)).status).toBe(200)
    },
  )
})

describe('an assertion for another audience', () => {
  it('of a client with its own keys is refused with the audience that it has to name', async () => {
    const key = await signingKey('k')
    const scene = await setScene(key)
    const issuer = `${origin}/oauth/${scene.slug}`
    for (const aud of [`${issuer}/`, undefined, ['x']]) {
      const { status, body } = await exchange(scene, key, { aud })
      expect([status, body.error_description]).toEqual([
        401,
        `The assertion is refused: its claim aud has to be ${issuer} or ${issuer}/token.`,
      ])
    }
  })

  it('of an issuer is refused without telling what the administrator typed', async () => {
    const { slug } = await tenant()
    const keys = keyServer()
    const key = await signingKey('k')
    await keys.serveKeys(key)
    const { body: client } = await entraClient(slug, keys.url)
    const { status, body } = await askToken(slug, {
      ...grant,
      client_id: client.clientId,
      client_assertion_type: assertionType,
      client_assertion: await sign(key, entraClaims({ aud: 'api://another' })),
    })
    expect([status, body.error]).toEqual([401, 'invalid_client'])
    expect(body.error_description).toMatch(/aud has to be what this client is registered with/)
  })
})
