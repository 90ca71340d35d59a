/** What calls of the administration API bring: done, or refused with what is wrong. */
import { describe, expect, it } from 'vitest'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import type { ScimClient } from '../support/tenant'

interface Sent {
  readonly method: string
  readonly path: string
  readonly type?: string
  readonly encoding?: string
  readonly body?: string
}

async function call({ method, path, type, encoding, body }: Sent) {
  const headers = new Headers({ Authorization: `Bearer ${bindings.ADMIN_TOKEN}` })
  if (type !== undefined) headers.set('Content-Type', type)
  if (encoding !== undefined) headers.set('Content-Encoding', encoding)
  // A body without a type of its own: bytes, to which `Request` adds none.
  const bytes = body === undefined ? null : new TextEncoder().encode(body)
  const request = new Request(`${origin}/admin/api${path}`, { method, headers, body: bytes })
  const response = await send(request)
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** Everything that can be read of a tenant over the API, but for times of use. */
async function everythingOf({ slug }: ScimClient): Promise<unknown> {
  const parts = ['', '/tokens', '/keys', '/links', '/webhooks', '/holds', '/audit']
  const read = parts.map(async (part) => (await admin.call('GET', `/tenants/${slug}${part}`)).body)
  const text = JSON.stringify(await Promise.all(read))
  return JSON.parse(text, (name, value) => (name === 'lastUsed' ? null : value))
}

async function setScene() {
  const scim = await tenant()
  const url = 'https://hooks.example.com/'
  const webhook = await admin.call('POST', `/tenants/${scim.slug}/webhooks`, { url })
  const key = await admin.call('POST', `/tenants/${scim.slug}/keys`, { label: 'key' })
  const link = await admin.call('POST', `/tenants/${scim.slug}/links`, {
    role: 'view',
    expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
  })
  const base = `/tenants/${scim.slug}`
  const hook = `${base}/webhooks/${webhook.body.id}`
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
  return {
    scim,
    /** Calls with a body that would change something. */
    withBody: [
      ['POST', '/tenants', { slug: `x${scim.slug}`, name: 'X' }],
      ['PATCH', base, { enabled: false }],
      ['POST', `${base}/tokens`, { label: 'new', expiresAt }],
      ['POST', `${base}/keys`, { label: 'new', expiresAt }],
      ['POST', '/keys', { label: 'new', expiresAt }],
      ['POST', `${base}/links`, { role: 'view', expiresAt }],
      ['POST', `${base}/webhooks`, { url }],
      ['PATCH', hook, { events: ['user.created'] }],
      ['POST', `${hook}/replay`, { after: 0 }],
      ['POST', `${base}/holds/${crypto.randomUUID()}/release`, { people: ['x'] }],
      ['POST', `${base}/holds/${crypto.randomUUID()}/discard`, { people: ['x'] }],
      ['POST', `${base}/drift/release`, { people: ['x'] }],
    ] as const,
    /** Calls that take no body. */
    withoutBody: [
      ['POST', `${hook}/rotate`],
      ['POST', `${hook}/pause`],
      ['POST', `${hook}/resume`],
      ['POST', `${hook}/retry`],
      ['POST', `${hook}/test`],
      ['DELETE', hook],
      ['DELETE', `${base}/keys/${key.body.id}`],
      ['DELETE', `${base}/links/${link.body.id}`],
      ['DELETE', `${base}/tokens/${scim.tokenId}`],
      ['DELETE', base],
    ] as const,
    reads: [
      ['/tenants', ''],
      ['/keys', ''],
      ['/audit', 'before, from, to, limit, database'],
      [base, ''],
      [`${base}/tokens`, ''],
      [`${base}/keys`, ''],
      [`${base}/links`, ''],
      [`${base}/webhooks`, ''],
      [hook, ''],
      [`${hook}/deliveries`, 'before, limit'],
      [`${base}/holds`, ''],
      [`${base}/drift`, 'limit, cursor'],
      [`${base}/activity`, 'outcome, after, limit'],
      [`${base}/audit`, 'before, from, to, limit'],
    ] as const,
  }
}

describe('the body of a call of the administration API', () => {
  it('is refused with 415 when it is not JSON by its type, and nothing is done', async () => {
    const { scim, withBody, withoutBody } = await setScene()
    const before = await everythingOf(scim)
    const form = 'application/x-www-form-urlencoded'
    const calls = [...withBody, ...withoutBody.map(([method, path]) => [method, path, {}] as const)]
    for (const [method, path, json] of calls) {
      const body = JSON.stringify(json)
      for (const wrong of [
        {},
        { type: form },
        { type: 'text/plain' },
        { type: 'multipart/form-data; boundary=x' },
        { type: 'application/jsonp' },
        { type: 'application/json', encoding: 'gzip' },
      ]) {
        const answer = await call({ method, path, body, ...wrong })
        expect([method, path, wrong, answer.status]).toEqual([method, path, wrong, 415])
        expect(answer.body.detail).toContain('Content-Type: application/json')
      }
    }
    expect(await everythingOf(scim)).toEqual(before)
    expect((await scim.call('GET', '/Users')).status).toBe(200)
  })

  it('is read as JSON of any JSON type', async () => {
    const scim = await tenant()
    for (const [index, type] of [
      'application/json',
      'Application/JSON; charset=utf-8',
      'application/merge-patch+json',
    ].entries()) {
      const name = `Name ${index}`
      const body = JSON.stringify({ name })
      const answer = await call({ method: 'PATCH', path: `/tenants/${scim.slug}`, type, body })
      expect([answer.status, answer.body.name]).toEqual([200, name])
    }
  })

  it('is told which parts of a setting are known, whichever way the name is written', async () => {
    const { slug } = await tenant()
    for (const body of [{ 'guard.delays': 1 }, { guard: { delays: 1 } }]) {
      const answer = await admin.call('PATCH', `/tenants/${slug}`, body)
      expect([answer.status, answer.body.errors]).toEqual([
        400,
        [
          {
            pointer: '/guard/delays',
            detail: 'is unknown; known are deactivations, teams, protected, delay, people',
          },
        ],
      ])
    }
    const both = { guard: { delay: 3 }, 'guard.people': 40, 'rules.name': 'allow' }
    const { guard, rules } = (await admin.call('PATCH', `/tenants/${slug}`, both)).body
    expect([guard.delay, guard.people, rules.name]).toEqual([3, 40, 'allow'])
  })

  it('has to be there where there is something to say: no token without end by an empty call', async () => {
    const { scim, withBody } = await setScene()
    const before = await everythingOf(scim)
    for (const [method, path] of withBody) {
      const mayBeEmpty = /\/(release|discard)$/.test(path)
      for (const type of [undefined, 'application/json']) {
        const answer = await call({ method, path, ...(type === undefined ? {} : { type }) })
        if (mayBeEmpty) expect([path, answer.status]).not.toEqual([path, 415])
        else expect([method, path, answer.status]).toEqual([method, path, 400])
      }
    }
    expect(await everythingOf(scim)).toEqual(before)
  })

  it('with an unknown field is refused, which names it and the known ones', async () => {
    const { scim, withBody, withoutBody } = await setScene()
    const before = await everythingOf(scim)
    const calls = [...withBody, ...withoutBody.map(([method, path]) => [method, path, {}] as const)]
    for (const [method, path, json] of calls) {
      const body = JSON.stringify({ ...json, expires: '2027-01-01' })
      const answer = await call({ method, path, type: 'application/json', body })
      expect([method, path, answer.status, answer.body.errors]).toEqual([
        method,
        path,
        400,
        [{ pointer: '/expires', detail: expect.stringMatching(/^is unknown; (known are|none)/) }],
      ])
    }
    const nested = await admin.call('PATCH', `/tenants/${scim.slug}`, {
      guard: { deactivation: 1 },
    })
    expect(nested.body.errors).toEqual([
      {
        pointer: '/guard/deactivation',
        detail: expect.stringContaining('known are deactivations, teams, protected'),
      },
    ])
    expect(await everythingOf(scim)).toEqual(before)
  })
})

describe('what a body has wrong', () => {
  it.each([
    [{ 'oauth.accessTokenMinutes': 5 }, '/oauth/accessTokenMinutes', 'must be 10 or more'],
    [{ 'oauth.accessTokenMinutes': 361 }, '/oauth/accessTokenMinutes', 'must be 360 or less'],
    [{ 'oauth.accessTokenMinutes': 10.5 }, '/oauth/accessTokenMinutes', 'must be a whole number'],
    [{ 'oauth.accessTokenMinutes': '60' }, '/oauth/accessTokenMinutes', 'must be a number'],
    [{ 'guard.deactivations': 2 }, '/guard/deactivations', 'must be 1 or less'],
    [{ guard: 5 }, '/guard', 'must be an object'],
    [{ 'guard.protected': 'ann' }, '/guard/protected', 'must be a list'],
    [
      { 'guard.protected': Array.from({ length: 101 }, () => 'a') },
      '/guard/protected',
      'must have at most 100 entries',
    ],
    [{ name: '' }, '/name', 'must not be empty'],
    [{ name: 'x'.repeat(201) }, '/name', 'must have at most 200 characters'],
    [{ name: 5 }, '/name', 'must be a text'],
    [{ enabled: 'yes' }, '/enabled', 'must be true or false'],
    [{ putWithoutMembers: 'all' }, '/putWithoutMembers', 'must be body, empty or keep'],
  ])('is told in a sentence of our own: %j at %s', async (json, pointer, detail) => {
    const { slug } = await tenant()
    const answer = await admin.call('PATCH', `/tenants/${slug}`, json)
    expect([answer.status, answer.body.errors]).toEqual([400, [{ pointer, detail }]])
  })

  it('is told of a time and of what is missing as well', async () => {
    const { slug } = await tenant()
    const path = `/tenants/${slug}/links`
    const detail = 'must be a time that exists, with its offset, such as 2026-11-29T08:00:00Z'
    for (const expiresAt of ['tomorrow', '2999-02-31T00:00:00Z', '2999-01-01T00:00']) {
      const wrong = await admin.call('POST', path, { role: 'view', expiresAt })
      expect([expiresAt, wrong.body.errors]).toEqual([
        expiresAt,
        [{ pointer: '/expiresAt', detail }],
      ])
    }
    const absent = await admin.call('POST', path, { role: 'view' })
    expect(absent.body.errors).toEqual([{ pointer: '/expiresAt', detail: 'is missing' }])
  })
})

describe('the parameters of a call of the administration API', () => {
  it('are refused when they are unknown, with the known ones', async () => {
    const { scim, reads, withBody, withoutBody } = await setScene()
    for (const [path, known] of reads) {
      const detail = `is unknown; ${known === '' ? 'none is known here' : `known are ${known}`}`
      expect([path, (await admin.call('GET', path)).status]).toEqual([path, 200])
      const answer = await admin.call('GET', `${path}?since=1&per_page=5`)
      expect([path, answer.status, answer.body.errors]).toEqual([
        path,
        400,
        [
          { parameter: 'since', detail },
          { parameter: 'per_page', detail },
        ],
      ])
    }
    const before = await everythingOf(scim)
    for (const [method, path, json] of withBody) {
      expect((await admin.call(method, `${path}?dryRun=true`, json)).status).toBe(400)
    }
    for (const [method, path] of withoutBody) {
      expect((await admin.call(method, `${path}?dryRun=true`)).status).toBe(400)
    }
    expect(await everythingOf(scim)).toEqual(before)
  })
})
