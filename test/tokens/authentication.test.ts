import { describe, expect, it } from 'vitest'
import { hashToken, makeToken } from '../../src/tokens/secret'
import { afterAnswers } from '../support/after-answers'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import { client, mistyped, person } from '../support/tenant'

async function rawCall(url: string, authorization?: string) {
  return send(
    new Request(
      url,
      authorization === undefined ? {} : { headers: { Authorization: authorization } },
    ),
  )
}

describe('a token', () => {
  it('has a prefix, the tenant and a checksum, and another secret each time', async () => {
    const [first, second] = [await makeToken('acme'), await makeToken('acme')]
    expect(first).toMatch(/^rollcall_acme_[0-9A-Za-z]{43}_[0-9a-f]{8}$/)
    expect(first).not.toBe(second)
  })

  it('is in no store: KV and D1 hold its hash alone', async () => {
    const { token, slug } = await tenant()
    const hash = await hashToken(token)
    const { keys } = await bindings.TOKENS.list()
    expect(keys.map(({ name }) => name)).toContain(`token:${hash}`)
    const values = await Promise.all(keys.map(({ name }) => bindings.TOKENS.get(name)))
    const rows = await bindings.DB.prepare('select * from tokens').all()
    const kept = JSON.stringify([keys, values, rows.results])
    expect(kept).toContain(slug)
    expect(kept).not.toContain(token)
    expect(kept).not.toContain(token.split('_')[2])
  })
})

describe('a request without a valid token', () => {
  async function answers() {
    const mine = await tenant()
    const other = await tenant()
    const revoked = await admin.call('POST', `/tenants/${mine.slug}/tokens`, {})
    await admin.call('DELETE', `/tenants/${mine.slug}/tokens/${revoked.body.id}`)
    const expired = await admin.call('POST', `/tenants/${mine.slug}/tokens`, {})
    await bindings.DB.prepare('update tokens set expires_at = 1 where id = ?')
      .bind(expired.body.id)
      .run()
    const headers: Record<string, string | undefined> = {
      missing: undefined,
      empty: 'Bearer ',
      'another scheme': 'Basic dXNlcjpwYXNz',
      'no scheme': 'non-token',
      unknown: `Bearer ${await makeToken(mine.slug)}`,
      'any text': 'Bearer wrong-token',
      mistyped: `Bearer ${mistyped(mine.token)}`,
      'with a blank inside': `Bearer ${mine.token} x`,
      'very long': `Bearer ${'a'.repeat(5000)}`,
      'of another tenant': `Bearer ${other.token}`,
      revoked: `Bearer ${revoked.body.token}`,
      expired: `Bearer ${expired.body.token}`,
    }
    const paths = [
      '',
      '/users',
      '/Users',
      '/Users/x',
      '/Groups',
      '/ServiceProviderConfig',
      '/Schemas',
      '/nothing',
    ]
    const list: {
      name: string
      path: string
      status: number
      challenge: string
      body: string
      headers: string[]
    }[] = []
    for (const [name, authorization] of Object.entries(headers)) {
      for (const path of paths) {
        const response = await rawCall(`${mine.baseUrl}${path}`, authorization)
        const challenge = response.headers.get('WWW-Authenticate') ?? ''
        const shown = [...response.headers].filter(
          ([key]) => key !== 'x-request-id' && key !== 'www-authenticate',
        )
        list.push({
          name,
          path,
          status: response.status,
          challenge,
          body: await response.text(),
          headers: shown.map(([key, value]) => `${key}: ${value}`).sort(),
        })
      }
    }
    return list
  }

  it('gets the same 401 for every reason, at every address', async () => {
    const list = await answers()
    const [first] = list
    expect(first?.status).toBe(401)
    expect(first?.headers).toContain('x-error-code: unauthorized')
    expect(JSON.parse(first?.body ?? '')).toMatchObject({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '401',
    })
    const { detail } = JSON.parse(first?.body ?? '{}') as { detail?: string }
    const tokenless = new Set([
      'missing',
      'empty',
      'another scheme',
      'no scheme',
      'with a blank inside',
    ])
    for (const answer of list) {
      const { name, path } = answer
      // RFC 6750 section 3.1: a request without a token is told no error.
      const challenge = tokenless.has(name)
        ? 'Bearer'
        : `Bearer error="invalid_token", error_description="${detail}"`
      expect(answer).toEqual({ ...first, name, path, challenge })
    }
  })

  it('changes nothing', async () => {
    const mine = await tenant()
    const stranger = client(send, mine.baseUrl, await makeToken(mine.slug))
    const created = await stranger.call('POST', '/Users', person())
    expect(created.status).toBe(401)
    expect((await mine.call('GET', '/Users')).body.totalResults).toBe(0)
  })
})

describe('a revoked token', () => {
  it('is refused from the next request on, though KV and the isolate still know it', async () => {
    const mine = await tenant()
    const user = await mine.call('POST', '/Users', person())
    expect(user.status).toBe(201)
    // Only D1 is told, as in a place that the deletion from KV has not reached.
    await bindings.DB.prepare('update tokens set revoked_at = 1 where id = ?')
      .bind(mine.tokenId)
      .run()
    expect((await mine.call('GET', `/Users/${user.body.id}`)).status).toBe(401)
    expect((await mine.call('GET', '/ServiceProviderConfig')).status).toBe(401)
  })

  it.each([
    ['POST', '/Users'],
    ['PUT', '/Users/ID'],
    ['PATCH', '/Users/ID'],
    ['DELETE', '/Users/ID'],
    ['POST', '/Groups'],
    ['PATCH', '/Groups/TEAM'],
    ['PUT', '/Groups/TEAM'],
    ['DELETE', '/Groups/TEAM'],
  ])('makes %s %s roll back', async (method, path) => {
    const mine = await tenant()
    const second = await admin.call('POST', `/tenants/${mine.slug}/tokens`, {})
    const witness = client(send, mine.baseUrl, second.body.token)
    const body = person()
    const user = await mine.call('POST', '/Users', body)
    const team = await mine.call('POST', '/Groups', { displayName: 'Team', members: [] })
    await bindings.DB.prepare('update tokens set revoked_at = 1 where id = ?')
      .bind(mine.tokenId)
      .run()
    const bodies: Record<string, unknown> = {
      'POST /Users': person(),
      'PUT /Users/ID': { ...body, title: 'Changed' },
      'PATCH /Users/ID': { Operations: [{ op: 'replace', path: 'title', value: 'Changed' }] },
      'POST /Groups': { displayName: 'Another' },
      'PATCH /Groups/TEAM': {
        Operations: [{ op: 'add', path: 'members', value: [{ value: user.body.id }] }],
      },
      'PUT /Groups/TEAM': { displayName: 'Renamed', members: [{ value: user.body.id }] },
    }
    const address = path.replace('ID', user.body.id).replace('TEAM', team.body.id)
    const refused = await mine.call(method, address, bodies[`${method} ${path}`])
    expect(refused.status).toBe(401)
    expect((await witness.call('GET', '/Users')).body.Resources).toEqual([user.body])
    expect((await witness.call('GET', '/Groups')).body.Resources).toEqual([team.body])
  })
})

describe('a valid token', () => {
  it('works at once although KV has never heard of it', async () => {
    const mine = await tenant()
    await bindings.TOKENS.delete(`token:${await hashToken(mine.token)}`)
    const made = await admin.call('POST', `/tenants/${mine.slug}/tokens`, {})
    await bindings.TOKENS.delete(`token:${await hashToken(made.body.token)}`)
    const fresh = client(send, mine.baseUrl, made.body.token)
    expect((await fresh.call('GET', '/Users')).status).toBe(200)
  })

  it('works beside the one that it will replace', async () => {
    const mine = await tenant()
    const made = await admin.call('POST', `/tenants/${mine.slug}/tokens`, { label: 'next' })
    const next = client(send, mine.baseUrl, made.body.token)
    expect((await mine.call('GET', '/Users')).status).toBe(200)
    expect((await next.call('GET', '/Users')).status).toBe(200)
    await admin.call('DELETE', `/tenants/${mine.slug}/tokens/${mine.tokenId}`)
    expect((await mine.call('GET', '/Users')).status).toBe(401)
    expect((await next.call('GET', '/Users')).status).toBe(200)
  })

  it('is refused while its tenant is switched off, and works again after', async () => {
    const mine = await tenant()
    await admin.call('PATCH', `/tenants/${mine.slug}`, { enabled: false })
    expect((await mine.call('GET', '/Users')).status).toBe(401)
    await admin.call('PATCH', `/tenants/${mine.slug}`, { enabled: true })
    expect((await mine.call('GET', '/Users')).status).toBe(200)
  })

  it('leaves a note of its last use without a write for each request', async () => {
    const mine = await tenant()
    for (let count = 0; count < 5; count += 1) await mine.call('GET', '/Users')
    const list = await admin.call('GET', `/tenants/${mine.slug}/tokens`)
    const used = Date.parse(list.body.tokens[0].lastUsed)
    expect(used).toBeGreaterThan(Date.parse(list.body.tokens[0].created) - 1)
    await bindings.DB.prepare('update tokens set last_used_at = 7 where id = ?')
      .bind(mine.tokenId)
      .run()
    await mine.call('GET', '/Users')
    await afterAnswers()
    const row = await bindings.DB.prepare('select last_used_at from tokens where id = ?')
      .bind(mine.tokenId)
      .first<{ last_used_at: number }>()
    expect(row?.last_used_at).toBe(7)
  })

  it('sees changed settings at once, on reads and on writes', async () => {
    const mine = await tenant()
    const shouting = { ...person(), emails: [{ value: 'Ann@Example.com' }] }
    expect((await mine.call('POST', '/Users', shouting)).status).toBe(400)
    await admin.call('PATCH', `/tenants/${mine.slug}`, { rules: { email: 'allow' } })
    expect((await mine.call('POST', '/Users', shouting)).status).toBe(201)
    await admin.call('PATCH', `/tenants/${mine.slug}`, { rules: { email: 'reject' } })
    const again = { ...person(), emails: [{ value: 'Bob@Example.com' }] }
    expect((await mine.call('POST', '/Users', again)).status).toBe(400)
  })
})

describe('tenants', () => {
  it('see nothing of each other, with any id of the other', async () => {
    const mine = await tenant()
    const other = await tenant()
    const user = (await other.call('POST', '/Users', person())).body
    const team = (
      await other.call('POST', '/Groups', { displayName: 'Theirs', members: [{ value: user.id }] })
    ).body
    for (const method of ['GET', 'DELETE']) {
      expect((await mine.call(method, `/Users/${user.id}`)).status).toBe(404)
      expect((await mine.call(method, `/Groups/${team.id}`)).status).toBe(404)
    }
    const change = { Operations: [{ op: 'replace', path: 'displayName', value: 'Mine' }] }
    expect((await mine.call('PATCH', `/Users/${user.id}`, change)).status).toBe(404)
    expect((await mine.call('PATCH', `/Groups/${team.id}`, change)).status).toBe(404)
    expect((await mine.call('PUT', `/Groups/${team.id}`, { displayName: 'Mine' })).status).toBe(404)
    expect((await mine.call('PUT', `/Users/${user.id}`, person())).status).toBe(404)
    const own = (await mine.call('POST', '/Groups', { displayName: 'Own' })).body
    const join = { Operations: [{ op: 'add', path: 'members', value: [{ value: user.id }] }] }
    expect((await mine.call('PATCH', `/Groups/${own.id}`, join)).status).toBe(400)
    expect((await mine.call('GET', '/Users')).body.totalResults).toBe(0)
    expect(
      (await mine.call('GET', `/Groups?filter=members.value eq "${user.id}"`)).body.totalResults,
    ).toBe(0)
    expect((await other.call('GET', `/Users/${user.id}`)).body).toMatchObject({
      id: user.id,
      groups: [{ value: team.id, display: 'Theirs' }],
    })
  })

  it('may both have a user and a team of the same name', async () => {
    const [mine, other] = [await tenant(), await tenant()]
    const body = person()
    expect((await mine.call('POST', '/Users', body)).status).toBe(201)
    expect((await other.call('POST', '/Users', body)).status).toBe(201)
    expect((await mine.call('POST', '/Groups', { displayName: 'Same' })).status).toBe(201)
    expect((await other.call('POST', '/Groups', { displayName: 'Same' })).status).toBe(201)
  })

  it('are named by the token and not by the address', async () => {
    const [mine, other] = [await tenant(), await tenant()]
    const wrong = client(send, `${origin}/scim/v2/${other.slug}`, mine.token)
    expect((await wrong.call('GET', '/Users')).status).toBe(401)
  })
})
