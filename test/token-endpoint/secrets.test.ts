/** Clients with secrets at the token endpoint, and what their access tokens are worth. */
import { describe, expect, it } from 'vitest'
import { admin, eventsOf, homeDatabase, origin, send, tenant } from '../support/gateway'
import { patch, person, sendJson } from '../support/tenant'
import {
  askToken,
  assertionType,
  basic,
  grant,
  secretClient,
  withAccess,
} from '../support/token-request'

describe('a client with a secret', () => {
  it('is made with an id and a secret of letters and digits, shown once', async () => {
    const { slug } = await tenant()
    const made = await admin.call('POST', `/tenants/${slug}/clients`, {
      label: 'Entra',
      kind: 'secret',
    })
    expect(made.status).toBe(201)
    expect(made.headers.get('Cache-Control')).toBe('no-store')
    expect(made.body).toMatchObject({
      label: 'Entra',
      kind: 'secret',
      issuer: `${origin}/oauth/${slug}`,
      tokenUrl: `${origin}/oauth/${slug}/token`,
    })
    expect(made.body.clientId).toMatch(/^[A-Za-z0-9]{20}$/)
    expect(made.body.clientSecret).toMatch(/^rollcall[A-Za-z0-9]{43}$/)
    const listed = await admin.call('GET', `/tenants/${slug}/clients`)
    expect(listed.body.clients).toMatchObject([{ id: made.body.id, lastUsed: null, revoked: null }])
    const rows = await homeDatabase.prepare('select * from client_secrets').all()
    expect(JSON.stringify([listed.body, rows.results])).not.toContain(made.body.clientSecret)
  })

  it.each([
    [{ kind: 'basic' }, '/kind', 'is secret, jwt or federated'],
    [{}, '/kind', 'is secret, jwt or federated'],
    [
      { kind: 'secret', audience: 'x' },
      '/audience',
      'is unknown; known are kind, label, expiresAt',
    ],
  ])('is not made of %j, and what is wrong is said', async (body, pointer, detail) => {
    const { slug } = await tenant()
    const refused = await admin.call('POST', `/tenants/${slug}/clients`, body)
    expect([refused.status, refused.body.errors]).toEqual([400, [{ pointer, detail }]])
  })

  it('is answered exactly what RFC 6749 section 5.1 wants, kept by nobody', async () => {
    const { slug } = await tenant()
    const { clientId, clientSecret } = await secretClient(slug)
    const answer = await askToken(slug, grant, basic(clientId, clientSecret))
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      access_token: expect.stringMatching(/^rollcall_/),
      token_type: 'Bearer',
      expires_in: 3_600,
      scope: 'scim',
    })
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.headers.get('Pragma')).toBe('no-cache')
    expect(answer.headers.get('Content-Type')).toMatch(/^application\/json/)
  })

  it.each(['', 'scim', 'scim.readwrite', 'api://x/.default'])(
    'is given the scope scim when it asks for "%s", and told so',
    async (scope) => {
      const { slug } = await tenant()
      const { clientId, clientSecret } = await secretClient(slug)
      const answer = await askToken(slug, { ...grant, scope }, basic(clientId, clientSecret))
      expect([answer.status, answer.body.scope]).toEqual([200, 'scim'])
    },
  )

  it('may send its secret with Basic, escaped or raw, or in the form', async () => {
    const { slug } = await tenant()
    const { clientId, clientSecret } = await secretClient(slug)
    const form = { ...grant, client_id: clientId, client_secret: clientSecret }
    const escaped = basic(clientId, clientSecret.replace('r', '%72'))
    const answers = [
      await askToken(slug, form),
      await askToken(slug, grant, basic(clientId, clientSecret)),
      await askToken(slug, grant, escaped),
      await askToken(slug, { ...grant, client_id: clientId }, basic(clientId, clientSecret)),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  })

  it('does with its access token what a bearer token does, in its own tenant alone', async () => {
    const scim = await tenant()
    const other = await tenant()
    const access = await withAccess(scim, await secretClient(scim.slug))
    const user = await access.call('POST', '/Users', person())
    expect(user.status).toBe(201)
    const team = await access.call('POST', '/Groups', { displayName: 'Team', members: [] })
    const added = await access.call(
      'PATCH',
      `/Groups/${team.body.id}`,
      patch({ op: 'add', path: 'members', value: [{ value: user.body.id }] }),
    )
    expect([team.status, added.status]).toEqual([201, 200])
    const foreign = await sendJson(send, 'GET', `${other.baseUrl}/Users`, undefined, {
      Authorization: `Bearer ${access.token}`,
    })
    expect(foreign.status).toBe(401)
  })

  it('is the credential that events name, with its label', async () => {
    const scim = await tenant()
    const made = await secretClient(scim.slug)
    const access = await withAccess(scim, made)
    const user = await access.call('POST', '/Users', person())
    const [event] = await eventsOf(scim)
    expect(event?.cause.tokenId).toBe(made.id)
    expect(user.status).toBe(201)
  })

  it('does not use up the tokens that an operator may make, nor stand among them', async () => {
    const scim = await tenant()
    const made = await secretClient(scim.slug)
    for (let count = 0; count < 6; count += 1) await withAccess(scim, made)
    const another = await admin.call('POST', `/tenants/${scim.slug}/tokens`, {})
    expect(another.status).toBe(201)
    const listed = await admin.call('GET', `/tenants/${scim.slug}/tokens`)
    expect(listed.body.tokens).toHaveLength(2)
  })

  it('has the life of access tokens that the tenant has set', async () => {
    const scim = await tenant({ 'oauth.accessTokenMinutes': 10 })
    const { clientId, clientSecret } = await secretClient(scim.slug)
    const answer = await askToken(scim.slug, grant, basic(clientId, clientSecret))
    expect(answer.body.expires_in).toBe(600)
    for (const minutes of [9, 361, 10.5]) {
      const { status } = await admin.call('PATCH', `/tenants/${scim.slug}`, {
        oauth: { accessTokenMinutes: minutes },
      })
      expect([minutes, status]).toEqual([minutes, 400])
    }
  })

  it('can have several live secrets, five at most, each with an end of three years at most', async () => {
    const { slug } = await tenant()
    const { id, clientId } = await secretClient(slug)
    const secrets = `/tenants/${slug}/clients/${id}/secrets`
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
    const second = await admin.call('POST', secrets, { expiresAt })
    expect(second.status).toBe(201)
    expect(second.body.expires).toBe(expiresAt)
    expect((await askToken(slug, grant, basic(clientId, second.body.clientSecret))).status).toBe(
      200,
    )
    // Three years are those of the calendar, with the leap day that may lie between.
    const last = new Date(Date.now() - 60_000)
    last.setUTCFullYear(last.getUTCFullYear() + 3)
    const tooFar = new Date(last.getTime() + 120_000).toISOString()
    expect((await admin.call('POST', secrets, { expiresAt: tooFar })).status).toBe(400)
    const third = await admin.call('POST', secrets, { expiresAt: last.toISOString() })
    expect([third.status, third.body.expires]).toEqual([201, last.toISOString()])
    for (let count = 0; count < 2; count += 1) {
      expect((await admin.call('POST', secrets, {})).status).toBe(201)
    }
    expect((await admin.call('POST', secrets, {})).status).toBe(409)
    const [listed] = (await admin.call('GET', `/tenants/${slug}/clients`)).body.clients
    expect(listed.secrets).toHaveLength(5)
    expect(listed.secrets.filter(({ lastUsed }: any) => lastUsed !== null)).toHaveLength(1)
  })
})

it('a tenant has ten live clients at most, however many are made at once', async () => {
  const { slug } = await tenant()
  const path = `/tenants/${slug}/clients`
  const made = await Promise.all(
    Array.from({ length: 13 }, () => admin.call('POST', path, { kind: 'secret' })),
  )
  const statuses = made.map(({ status }) => status)
  expect(statuses.toSorted()).toEqual([...Array(10).fill(201), ...Array(3).fill(409)])
  const first = made.find(({ status }) => status === 201)
  expect((await admin.call('DELETE', `${path}/${first?.body.id}`)).status).toBe(204)
  expect((await admin.call('POST', path, { kind: 'secret' })).status).toBe(201)
})

describe('an access token', () => {
  async function scene() {
    const scim = await tenant()
    const made = await secretClient(scim.slug)
    const access = await withAccess(scim, made)
    expect((await access.call('POST', '/Users', person())).status).toBe(201)
    return { scim, made, access, path: `/tenants/${scim.slug}/clients/${made.id}` }
  }

  async function isDead(access: Awaited<ReturnType<typeof withAccess>>) {
    const read = await access.call('GET', '/Users')
    const written = await access.call('POST', '/Users', person())
    expect([read.status, written.status]).toEqual([401, 401])
    expect(read.headers.get('WWW-Authenticate')).toMatch(
      /^Bearer error="invalid_token", error_description="/,
    )
  }

  it('dies at the next request when its secret is revoked, and those of other secrets live on', async () => {
    const { scim, made, access, path } = await scene()
    const second = await admin.call('POST', `${path}/secrets`, {})
    const other = await withAccess(scim, {
      clientId: made.clientId,
      clientSecret: second.body.clientSecret,
    })
    expect((await admin.call('DELETE', `${path}/secrets/${made.secretId}`)).status).toBe(204)
    await isDead(access)
    expect((await other.call('GET', '/Users')).status).toBe(200)
    const again = await askToken(scim.slug, grant, basic(made.clientId, made.clientSecret))
    expect([again.status, again.body.error]).toEqual([401, 'invalid_client'])
  })

  it('dies at the next request when its client is revoked', async () => {
    const { scim, made, access, path } = await scene()
    expect((await admin.call('DELETE', path)).status).toBe(204)
    await isDead(access)
    const again = await askToken(scim.slug, grant, basic(made.clientId, made.clientSecret))
    expect(again.status).toBe(401)
    expect((await admin.call('POST', `${path}/secrets`, {})).status).toBe(404)
  })

  it('dies at the next request when its tenant is disabled or deleted', async () => {
    const { scim, access } = await scene()
    await admin.call('PATCH', `/tenants/${scim.slug}`, { enabled: false })
    await isDead(access)
    const gone = await scene()
    await admin.call('DELETE', `/tenants/${gone.scim.slug}`)
    await isDead(gone.access)
    for (const table of ['clients', 'client_secrets', 'assertions', 'tokens']) {
      const { results } = await homeDatabase
        .prepare(`select 1 from ${table} where tenant_id not in (select id from tenants)`)
        .all()
      expect([table, results]).toEqual([table, []])
    }
  })

  it('ends with its secret, when that expires first', async () => {
    const { slug } = await tenant()
    const expiresAt = new Date(Date.now() + 120_000).toISOString()
    const made = await admin.call('POST', `/tenants/${slug}/clients`, { kind: 'secret', expiresAt })
    const { clientId, clientSecret } = made.body
    const answer = await askToken(slug, grant, basic(clientId, clientSecret))
    expect(answer.body.expires_in).toBeLessThanOrEqual(120)
    await homeDatabase
      .prepare('update client_secrets set expires_at = 1 where owner = ?')
      .bind(made.body.id)
      .run()
    expect((await askToken(slug, grant, basic(clientId, clientSecret))).status).toBe(401)
  })

  it('is in no store: D1 has its hash', async () => {
    const { access } = await scene()
    const rows = await homeDatabase.prepare('select * from tokens').all()
    expect(JSON.stringify(rows.results)).not.toContain(access.token)
  })
})

describe('a token request', () => {
  async function refusalOf(
    form: Readonly<Record<string, string>> | string,
    headers?: Readonly<Record<string, string>>,
  ) {
    const { slug } = await tenant()
    const { status, body, headers: answered } = await askToken(slug, form, headers)
    expect(answered.get('Content-Type')).toMatch(/^application\/json/)
    expect(answered.get('Cache-Control')).toBe('no-store')
    expect(body.error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
    return [status, body.error]
  }

  it.each([
    ['without grant_type', 'client_id=a&client_secret=b', 400, 'invalid_request'],
    ['with an empty grant_type', 'grant_type=&client_id=a', 400, 'invalid_request'],
    ['for another grant', 'grant_type=password', 400, 'unsupported_grant_type'],
    ['with grant_type twice', 'grant_type=client_credentials&grant_type=x', 400, 'invalid_request'],
    ['without any proof', 'grant_type=client_credentials', 401, 'invalid_client'],
    [
      'with an unknown client',
      'grant_type=client_credentials&client_id=a&client_secret=b',
      401,
      'invalid_client',
    ],
    [
      'with two proofs',
      `grant_type=client_credentials&client_id=a&client_secret=b&client_assertion=c&client_assertion_type=${assertionType}`,
      400,
      'invalid_request',
    ],
    [
      'with an assertion of another type',
      'grant_type=client_credentials&client_assertion=c&client_assertion_type=urn:x',
      401,
      'invalid_client',
    ],
    [
      'with an assertion that is none',
      `grant_type=client_credentials&client_assertion=c&client_assertion_type=${assertionType}`,
      401,
      'invalid_client',
    ],
  ])('%s is refused', async (_, form, status, error) => {
    expect(await refusalOf(form)).toEqual([status, error])
  })

  it('in another media type, too long, by another method or at another address is refused', async () => {
    const { slug } = await tenant()
    const json = await refusalOf('{}', { 'Content-Type': 'application/json' })
    expect(json).toEqual([400, 'invalid_request'])
    const long = await refusalOf(`grant_type=${'x'.repeat(70_000)}`)
    expect(long).toEqual([413, 'invalid_request'])
    const got = await sendJson(send, 'GET', `${origin}/oauth/${slug}/token`, undefined, {})
    expect([got.status, got.headers.get('Allow')]).toEqual([405, 'POST'])
    const lost = await sendJson(send, 'POST', `${origin}/oauth/${slug}/tokens`, '', {})
    expect(lost.status).toBe(404)
  })

  it('with the secret in its address is refused, even when it is right', async () => {
    const { slug } = await tenant()
    const { clientId, clientSecret } = await secretClient(slug)
    const url = `${origin}/oauth/${slug}/token?client_secret=${clientSecret}`
    const form = `grant_type=client_credentials&client_id=${clientId}&client_secret=${clientSecret}`
    const answer = await sendJson(send, 'POST', url, form, {
      'Content-Type': 'application/x-www-form-urlencoded',
    })
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request'])
  })

  it('is challenged when it came with Basic, with the reason, and only then', async () => {
    const { slug } = await tenant()
    const { clientId } = await secretClient(slug)
    const withBasic = await askToken(slug, grant, basic(clientId, 'wrong'))
    expect(withBasic.status).toBe(401)
    expect(withBasic.headers.get('WWW-Authenticate')).toBe(
      `Basic realm="rollcall", error="invalid_client", error_description="${withBasic.body.error_description}"`,
    )
    const form = { ...grant, client_id: clientId, client_secret: 'wrong' }
    const inForm = await askToken(slug, form)
    expect(inForm.status).toBe(401)
    expect(inForm.headers.get('WWW-Authenticate')).toBeNull()
  })

  it('is refused alike for a wrong secret, another tenant, and no tenant', async () => {
    const [mine, other] = [await tenant(), await tenant()]
    const { clientId, clientSecret } = await secretClient(mine.slug)
    const answers = [
      await askToken(mine.slug, grant, basic(clientId, `${clientSecret}x`)),
      await askToken(other.slug, grant, basic(clientId, clientSecret)),
      await askToken('no-such-tenant', grant, basic(clientId, clientSecret)),
    ]
    const [first] = answers
    expect(first?.status).toBe(401)
    for (const { status, body } of answers) expect([status, body]).toEqual([401, first?.body])
  })

  it('that is refused is in the audit, with the client and the reason', async () => {
    const { slug } = await tenant()
    const { id, clientId } = await secretClient(slug)
    await askToken(slug, grant, basic(clientId, 'wrong'))
    const { body } = await admin.call('GET', `/tenants/${slug}/audit`)
    expect(body.entries[0]).toMatchObject({
      action: 'client.refused',
      subject: id,
      role: 'nobody',
      label: 'provisioning',
    })
  })
})

describe('the metadata of a tenant', () => {
  it.each([
    [
      'before the path of the issuer',
      (slug: string) => `/.well-known/oauth-authorization-server/oauth/${slug}`,
    ],
    ['behind the issuer', (slug: string) => `/oauth/${slug}/.well-known/openid-configuration`],
  ])('stand %s', async (_, path) => {
    const { slug } = await tenant()
    const answer = await sendJson(send, 'GET', `${origin}${path(slug)}`, undefined, {})
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toMatch(/^application\/json/)
    expect(answer.body).toMatchObject({
      issuer: `${origin}/oauth/${slug}`,
      token_endpoint: `${origin}/oauth/${slug}/token`,
      response_types_supported: [],
      grant_types_supported: ['client_credentials'],
    })
  })

  it('are told in ServiceProviderConfig as far as the tenant has credentials', async () => {
    const scim = await tenant()
    const schemesOf = async (client: typeof scim) =>
      (await client.call('GET', '/ServiceProviderConfig')).body.authenticationSchemes.map(
        ({ type, primary }: any) => [type, primary],
      )
    expect(await schemesOf(scim)).toEqual([['oauthbearertoken', true]])
    const made = await secretClient(scim.slug)
    expect(await schemesOf(scim)).toEqual([
      ['oauthbearertoken', true],
      ['oauth2', false],
    ])
    const access = await withAccess(scim, made)
    await admin.call('DELETE', `/tenants/${scim.slug}/tokens/${scim.tokenId}`)
    expect(await schemesOf(access)).toEqual([['oauth2', true]])
  })
})
