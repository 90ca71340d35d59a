/** Federated clients: an issuer such as Entra signs for them, and changes its keys when it likes. */
import { describe, expect, it } from 'vitest'
import { sendCounted } from '../support/counted-call'
import { homeDatabase, origin, tenant } from '../support/gateway'
import {
  entraAudience,
  entraClaims,
  entraDirectory,
  entraIssuer,
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
  readonly key: SigningKey
  readonly keys: KeyServer
}

async function setScene(more: Readonly<Record<string, unknown>> = {}): Promise<Scene> {
  const { slug } = await tenant()
  const keys = keyServer()
  const key = await signingKey('first')
  await keys.serveKeys(key)
  const made = await entraClient(slug, keys.url, more)
  expect([made.status, made.body]).toEqual([201, expect.anything()])
  return { slug, id: made.body.id, clientId: made.body.clientId, key, keys }
}

/** Exchanges a token of the issuer. */
async function exchange(
  scene: Scene,
  assertion: string,
  more: Readonly<Record<string, string>> = {},
) {
  return askToken(scene.slug, {
    ...grant,
    client_id: scene.clientId,
    client_assertion_type: assertionType,
    client_assertion: assertion,
    scope: 'scim.readwrite',
    ...more,
  })
}

async function ofClaims(scene: Scene, claims: Readonly<Record<string, unknown>>) {
  const { status, body } = await exchange(scene, await sign(scene.key, entraClaims(claims)))
  return [status, body.error]
}

/** As if the last reading had been a minute ago. */
async function forgetReading({ id }: Scene) {
  await homeDatabase
    .prepare('update clients set jwks_tried_at = ?1, jwks_read_at = ?1 where id = ?2')
    .bind(Date.now() - 60_000, id)
    .run()
}

describe('a federated client', () => {
  it('exchanges the sample token of the guide of Entra, and may send it again', async () => {
    const scene = await setScene()
    const assertion = await sign(scene.key, entraClaims())
    for (const answer of [await exchange(scene, assertion), await exchange(scene, assertion)]) {
      expect([answer.status, answer.body.scope]).toEqual([200, 'scim'])
    }
  })

  it('is found by issuer and subject when the request names no client', async () => {
    const scene = await setScene()
    const assertion = await sign(scene.key, entraClaims())
    expect((await exchange(scene, assertion, { client_id: '' })).status).toBe(200)
  })

  it.each([
    ['as it was typed', entraAudience, 200],
    ['without /.default', entraAudience.replace('/.default', ''), 200],
    ['as the bare id', '66666666-7777-4888-9999-000000000000', 200],
    ['in a list of one', [entraAudience], 200],
    ['of somebody else', 'api://00000000-0000-4000-8000-000000000000', 401],
    ['with somebody else beside', [entraAudience, 'https://example.com'], 401],
    ['that is missing', undefined, 401],
  ])('may name the audience %s: %j is %i', async (_, aud, status) => {
    const scene = await setScene()
    expect((await ofClaims(scene, { aud }))[0]).toBe(status)
  })

  it.each([
    ['of a foreign directory', { tid: '22222222-2222-4333-8444-555555555555' }],
    ['without a directory', { tid: undefined }],
    ['of the issuer of a foreign directory', { iss: entraIssuer.replace('11111111', '22222222') }],
    ['of the issuer with a slash more', { iss: `${entraIssuer}/` }],
    ['of the issuer of version 1', { iss: `https://sts.windows.net/${entraDirectory}/` }],
    ['of another subject', { sub: 'another-service' }],
    ['that has expired', { iat: seconds() - 4_000, nbf: seconds() - 4_000, exp: seconds() - 100 }],
    ['that never expires', { exp: undefined }],
    ['without a time of issue', { iat: undefined }],
    ['that begins later', { nbf: seconds() + 600 }],
    ['from the future', { iat: seconds() + 600, nbf: undefined, exp: seconds() + 4_000 }],
    ['that lives for years', { exp: seconds() + 10 * 365 * 86_400 }],
    ['whose times are texts', { exp: String(seconds() + 600) }],
  ])('is refused with a token %s, signed rightly', async (_, claims) => {
    const scene = await setScene()
    expect(await ofClaims(scene, claims)).toEqual([401, 'invalid_client'])
  })

  it.each(['secevent+jwt', 'at+jwt', 'application/logout+jwt'])(
    'is refused with a token of the type %s',
    async (typ) => {
      const scene = await setScene()
      const assertion = await sign(scene.key, entraClaims(), { typ })
      expect((await exchange(scene, assertion)).status).toBe(401)
    },
  )

  it('is refused with the signature of another key of the same name', async () => {
    const scene = await setScene()
    const assertion = await sign(await signingKey('first'), entraClaims())
    const { status, body } = await exchange(scene, assertion)
    expect([status, body.error]).toEqual([401, 'invalid_client'])
    expect((await scene.keys.readings()).length).toBe(1)
  })

  it('is refused with an unsigned token, and one signed with the public key as a secret', async () => {
    const scene = await setScene()
    const [, claims = ''] = (await sign(scene.key, entraClaims())).split('.')
    for (const alg of ['none', 'HS256']) {
      const head = btoa(JSON.stringify({ alg, kid: 'first' })).replaceAll('=', '')
      expect((await exchange(scene, `${head}.${claims}.AAAA`)).status).toBe(401)
      expect((await exchange(scene, `${head}.${claims}.`)).status).toBe(401)
    }
  })

  it('does not sign in with the client id and any secret', async () => {
    const { slug, clientId } = await setScene()
    const form = { ...grant, client_id: clientId, client_secret: 'x' }
    expect((await askToken(slug, form)).status).toBe(401)
  })

  it('is let in with a key that the issuer published a moment ago', async () => {
    const scene = await setScene()
    const next = await signingKey('second')
    await scene.keys.serveKeys(scene.key, next)
    await forgetReading(scene)
    const assertion = await sign(next, entraClaims())
    expect((await exchange(scene, assertion)).status).toBe(200)
    expect((await exchange(scene, assertion)).status).toBe(200)
    expect((await scene.keys.readings()).length).toBe(2)
  })

  it('is told to try again while a key that is not kept cannot be read', async () => {
    const scene = await setScene()
    const next = await signingKey('second')
    const assertion = await sign(next, entraClaims())
    const early = await exchange(scene, assertion)
    expect([early.status, early.body.error]).toEqual([503, 'temporarily_unavailable'])
    const wait = Number(early.headers.get('Retry-After'))
    // The address was read when the client was made: it is not read again for half a minute.
    expect(wait).toBeGreaterThan(5)
    expect(wait).toBeLessThanOrEqual(30)
    for (const reply of [
      { status: 500 },
      { status: 302, headers: { Location: scene.keys.url } },
      { status: 200, body: '<html>' },
      { status: 200, body: '{"keys":{}}' },
      { status: 200, body: JSON.stringify({ keys: [], more: 'x'.repeat(70_000) }) },
      { isCut: true },
    ]) {
      await scene.keys.serve(reply)
      await forgetReading(scene)
      expect([reply, (await exchange(scene, assertion)).status]).toEqual([reply, 503])
      // The reserve: what is kept still holds.
      const kept = await exchange(scene, await sign(scene.key, entraClaims()))
      expect([reply, kept.status]).toEqual([reply, 200])
    }
  })

  it('waits for the reading that another request has begun, and is let in or refused by what it finds', async () => {
    const scene = await setScene()
    const next = await signingKey('second')
    const delay = 1_500
    const body = JSON.stringify({ keys: [next.publicKey] })
    await scene.keys.serve({ status: 200, body, delay })
    await forgetReading(scene)
    const [assertion, unknown] = await Promise.all(
      [next, await signingKey('unknown')].map((key) => sign(key, entraClaims())),
    )
    const answers = await Promise.all(
      [...Array(6).fill(assertion), unknown].map((one) => exchange(scene, one)),
    )
    expect(answers.map(({ status }) => status)).toEqual([...Array(6).fill(200), 401])
    expect((await scene.keys.readings()).length).toBe(2)
  })

  it('waits no longer than that reading, which may fail', async () => {
    const scene = await setScene()
    await scene.keys.serve({ status: 500, delay: 1_000 })
    const assertion = await sign(await signingKey('second'), entraClaims())
    let readings = (await scene.keys.readings()).length
    /** Milliseconds until four are answered that come at once, and then until a fifth one is. */
    const attempt = async () => {
      await forgetReading(scene)
      const began = Date.now()
      const answers = await Promise.all(Array.from({ length: 4 }, () => exchange(scene, assertion)))
      const answered = Date.now()
      expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503])
      // What is told is when the address is read again, and until then nobody waits.
      const waits = answers.map(({ headers }) => Number(headers.get('Retry-After')))
      for (const wait of waits) expect(wait).toBeGreaterThan(15)
      expect((await exchange(scene, assertion)).status).toBe(503)
      readings += 1
      expect((await scene.keys.readings()).length).toBe(readings)
      return { four: answered - began, fifth: Date.now() - answered }
    }
    // Who waits as long as a reading may take does so at each attempt, a busy machine only at some.
    const isQuick = ({ four, fifth }: Awaited<ReturnType<typeof attempt>>) =>
      four < 4_500 && fifth < 2_000
    let isEver = false
    for (let left = 5; left > 0 && !isEver; left -= 1) isEver = isQuick(await attempt())
    expect(isEver).toBe(true)
  })

  it('makes the address be read once, however many tokens come with an unknown key', async () => {
    const scene = await setScene()
    const unknown = await signingKey('unknown')
    await forgetReading(scene)
    const assertion = await sign(unknown, entraClaims())
    const answers = await Promise.all(Array.from({ length: 20 }, () => exchange(scene, assertion)))
    expect((await scene.keys.readings()).length).toBe(2)
    const statuses = new Set(answers.map(({ status }) => status))
    expect([...statuses].filter((status) => status !== 401 && status !== 503)).toEqual([])
    expect(answers.filter(({ status }) => status === 401).length).toBeGreaterThan(0)
    // Half a minute has to pass since the last reading, not less.
    for (const [age, readings] of [
      [25_000, 2],
      [35_000, 3],
    ] as const) {
      await homeDatabase
        .prepare('update clients set jwks_tried_at = ? where id = ?')
        .bind(Date.now() - age, scene.id)
        .run()
      await exchange(scene, await sign(unknown, entraClaims()))
      expect([age, (await scene.keys.readings()).length]).toEqual([age, readings])
    }
  })

  it('is refused with a key that the issuer has withdrawn, once its keys are read again', async () => {
    const scene = await setScene()
    const next = await signingKey('second')
    await scene.keys.serveKeys(next)
    await forgetReading(scene)
    expect((await exchange(scene, await sign(next, entraClaims()))).status).toBe(200)
    await forgetReading(scene)
    expect((await exchange(scene, await sign(scene.key, entraClaims()))).status).toBe(401)
  })

  it('has keys that are an hour old read again after the answer', async () => {
    const scene = await setScene()
    const next = await signingKey('second')
    await scene.keys.serveKeys(next)
    await forgetReading(scene)
    await homeDatabase
      .prepare('update clients set jwks_read_at = ? where id = ?')
      .bind(Date.now() - 90 * 60_000, scene.id)
      .run()
    expect((await exchange(scene, await sign(scene.key, entraClaims()))).status).toBe(200)
    await expect.poll(async () => (await scene.keys.readings()).length).toBe(2)
  })

  it('has keys that another request is reading looked for by nobody whose key is kept', async () => {
    const scene = await setScene()
    await homeDatabase
      .prepare('update clients set jwks_read_at = ?, jwks_tried_at = ? where id = ?')
      .bind(Date.now() - 90 * 60_000, Date.now(), scene.id)
      .run()
    const form = {
      ...grant,
      client_id: scene.clientId,
      client_assertion_type: assertionType,
      client_assertion: await sign(scene.key, entraClaims()),
    }
    const { status, whole } = await sendCounted(
      new Request(`${origin}/oauth/${scene.slug}/token`, {
        method: 'POST',
        body: new URLSearchParams(form),
      }),
    )
    // The client, its token, and one look whether the address may be read.
    expect([status, whole.d1]).toEqual([200, 3])
    expect((await scene.keys.readings()).length).toBe(1)
  })
})

describe('a federated client is not made', () => {
  async function pointersOf(more: Readonly<Record<string, unknown>>) {
    const { slug } = await tenant()
    const { status, body } = await entraClient(slug, 'https://example.com/keys', more)
    return [status, body.errors?.map(({ pointer }: any) => pointer)]
  }

  it.each([
    ['/tenantId', { tenantId: undefined }],
    ['/issuer', { issuer: 'https://login.microsoftonline.com/common/v2.0' }],
    ['/issuer', { issuer: 'http://example.com' }],
    ['/subject', { subject: '' }],
    ['/audience', { audience: undefined }],
    ['/jwksUrl', { jwksUrl: 'https://10.0.0.1/keys' }],
    ['/jwksUrl', { jwksUrl: 'http://example.com/keys' }],
    ['/secret', { secret: 'x' }],
  ])('with a fault at %s: %j', async (pointer, more) => {
    expect(await pointersOf(more)).toEqual([400, [pointer]])
  })

  it('with an address that answers no usable keys', async () => {
    const [keys, elsewhere] = [keyServer(), keyServer()]
    const good = await signingKey('good')
    await elsewhere.serveKeys(good)
    const wide = { keys: [good.publicKey], more: 'x'.repeat(64 * 1024) }
    const { d: _, ...weak } = { ...(await signingKey('weak')).publicKey, d: 'x' }
    for (const [name, reply] of [
      ['no set', { status: 200, body: '[]' }],
      ['no keys', { status: 200, body: '{"keys":[]}' }],
      ['a private key', { status: 200, body: JSON.stringify({ keys: [{ ...weak, d: 'AQAB' }] }) }],
      ['a short key', { status: 200, body: JSON.stringify({ keys: [{ ...weak, n: 'AQAB' }] }) }],
      [
        'a key for encryption',
        { status: 200, body: JSON.stringify({ keys: [{ ...weak, use: 'enc' }] }) },
      ],
      ['an error', { status: 404 }],
      ['a redirect to good keys', { status: 302, headers: { Location: elsewhere.url } }],
      ['a good key in more than 64 KiB', { status: 200, body: JSON.stringify(wide) }],
    ] as const) {
      await keys.serve(reply)
      expect([name, await pointersOf({ jwksUrl: keys.url })]).toEqual([name, [400, ['/jwksUrl']]])
    }
    await keys.serve({ status: 200, body: JSON.stringify({ ...wide, more: 'x'.repeat(60_000) }) })
    expect((await pointersOf({ jwksUrl: keys.url }))[0]).toBe(201)
    expect((await elsewhere.readings()).length).toBe(0)
  })
})
