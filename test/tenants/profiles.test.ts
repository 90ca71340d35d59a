/** Profiles, schemas of a tenant's own, and limits of requests. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { app } from '../../src/app'
import { networkOf } from '../../src/http/network'
import { newKey } from '../support/application'
import { countBindings, newCounts } from '../support/counting'
import { admin, bindings, eventsOf, origin, send, tenant } from '../support/gateway'
import { enterpriseUrn, groupUrn, patch, person, userUrn, type ScimClient } from '../support/tenant'

describe('the profile rfc', () => {
  it.each([
    ['no schemas', 'POST', '/Users', { userName: 'a' }],
    ['a truth value in quotes', 'POST', '/Users', person({ active: 'True' })],
    ['a lone object as list', 'POST', '/Users', person({ emails: { value: 'a@b.c' } })],
    ['an empty text', 'POST', '/Users', person({ title: '' })],
    [
      'a legacy URN',
      'POST',
      '/Users',
      person({ 'urn:scim:schemas:extension:enterprise:1.0': { department: 'x' } }),
    ],
    ['op in capitals', 'PATCH', '/Users/ID', patch({ op: 'Replace', path: 'title', value: 'x' })],
    [
      'a dotted key',
      'PATCH',
      '/Users/ID',
      patch({ op: 'replace', value: { 'name.givenName': 'x' } }),
    ],
    [
      'a filter without match',
      'PATCH',
      '/Users/ID',
      patch({ op: 'add', path: 'phoneNumbers[type eq "fax"].value', value: '1' }),
    ],
    [
      'a remove with a value',
      'PATCH',
      '/Groups/TEAM',
      patch({ op: 'remove', path: 'members', value: [{ value: 'x' }] }),
    ],
    ['a bare word', 'GET', '/Users?filter=externalId+eq+x', undefined],
    [
      'a path behind a bracket',
      'GET',
      '/Users?filter=emails[type+eq+"work"].value+eq+"x"',
      undefined,
    ],
    ['a search without its URN', 'POST', '/Users/.search', { filter: 'title pr' }],
    ['a bulk request without its URN', 'POST', '/Bulk', { Operations: [] }],
    ['an address of a type alone', 'POST', '/Users', person({ addresses: [{ type: 'work' }] })],
    ['an entry that is null', 'PUT', '/Users/ID', person({ emails: [null] })],
    ['an entry that is empty', 'POST', '/Users', person({ phoneNumbers: [{}] })],
    ['an entry of nulls', 'POST', '/Users', person({ roles: [{ value: null }] })],
    [
      'an entry without a value in a PATCH',
      'PATCH',
      '/Users/ID',
      patch({ op: 'add', path: 'addresses', value: [{ type: 'work', primary: true }] }),
    ],
    ['an empty list for active', 'POST', '/Users', person({ active: [] })],
    ['an empty list for a title', 'PUT', '/Users/ID', person({ title: [] })],
    ['an empty list for a part', 'POST', '/Users', person({ name: { givenName: [] } })],
    ['an empty list for an extension', 'POST', '/Users', person({ [enterpriseUrn]: [] })],
    [
      'an empty list for an attribute of a PATCH',
      'PATCH',
      '/Users/ID',
      patch({ op: 'replace', value: { title: [] } }),
    ],
    [
      'an empty list for an object of a PATCH',
      'PATCH',
      '/Users/ID',
      patch({ op: 'replace', path: 'name', value: [] }),
    ],
    [
      'an empty list for an extension of a PATCH',
      'PATCH',
      '/Users/ID',
      patch({ op: 'replace', value: { [enterpriseUrn]: [] } }),
    ],
    [
      'the URN of an extension inside it',
      'PATCH',
      '/Users/ID',
      patch({
        op: 'add',
        path: enterpriseUrn,
        value: { schemas: [enterpriseUrn], department: 'R&D' },
      }),
    ],
    [
      'the URN of an extension inside it, in a body',
      'POST',
      '/Users',
      person({ [enterpriseUrn]: { Schemas: [enterpriseUrn], department: 'R&D' } }),
    ],
    ['a made up schema', 'POST', '/Users', { ...person(), schemas: ['urn:made:up'] }],
  ])('refuses %s, and auto takes it', async (what, method, path, body) => {
    const scim = await tenant({ profile: 'rfc' })
    const id = (await scim.call('POST', '/Users', person())).body.id
    const team = (await scim.call('POST', '/Groups', { schemas: [groupUrn], displayName: 'Team' }))
      .body.id
    const address = path.replace('ID', id).replace('TEAM', team)
    const refused = await scim.call(method, address, body)
    const code = what === 'a filter without match' ? 'noTarget' : 'notTolerated'
    expect([refused.status, refused.code]).toEqual([400, code])
    await admin.call('PATCH', `/tenants/${scim.slug}`, { profile: 'auto' })
    const taken = await scim.call(method, address, body)
    expect(taken.status, JSON.stringify(taken.body)).toBeLessThan(300)
  })

  it('takes what the RFC allows', async () => {
    const scim = await tenant({ profile: 'rfc' })
    const made = await scim.call('POST', '/Users', person())
    expect(made.status).toBe(201)
    const changed = await scim.call(
      'PATCH',
      `/Users/${made.body.id}`,
      patch({ op: 'replace', path: 'emails[type eq "work"].value', value: 'new@example.com' }),
    )
    expect(changed.body.emails[0].value).toBe('new@example.com')
    expect((await scim.call('GET', '/Users?filter=emails[type+eq+"work"]')).body.totalResults).toBe(
      1,
    )
  })
})

describe('the profile of a provider', () => {
  it.each([
    ['okta', 'add', 200],
    ['okta', 'Add', 400],
    ['onelogin', 'add', 200],
    ['onelogin', 'Add', 200],
    ['entra', 'add', 204],
    ['entra', 'Add', 204],
    ['auto', 'add', 200],
    ['auto', 'Add', 204],
  ])('%s answers a PATCH of a team with "%s" by %i', async (profile, op, status) => {
    const scim = await tenant({ profile })
    const id = (await scim.call('POST', '/Users', person())).body.id
    const team = (await scim.call('POST', '/Groups', { displayName: 'Team' })).body.id
    const answer = await scim.call(
      'PATCH',
      `/Groups/${team}`,
      patch({ op, path: 'members', value: [{ value: id }] }),
    )
    expect(answer.status).toBe(status)
  })

  it('is detected and quoted in the events, with what was tolerated', async () => {
    const scim = await tenant()
    const okta = { 'User-Agent': 'Okta SCIM Client 1.0.0' }
    const { id } = (await scim.call('POST', '/Users', person(), okta)).body
    await scim.call(
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'Replace', path: 'active', value: 'False' }),
    )
    const [created, changed] = await eventsOf(scim)
    expect(created?.cause).toMatchObject({ provider: 'okta' })
    expect(changed?.cause).toMatchObject({
      provider: 'entra',
      tolerated: expect.arrayContaining(['operationInCapitals', 'booleanAsText']),
    })
  })
})

describe('a schema of the tenant', () => {
  const urn = 'urn:acme:params:scim:custom:1.0:User'
  const extension = {
    resourceType: 'User',
    id: urn,
    name: 'Acme',
    attributes: [
      { name: 'badge', type: 'integer', required: true },
      { name: 'hired', type: 'dateTime' },
      { name: 'code', caseExact: true, mutability: 'immutable' },
      { name: 'secret', returned: 'never' },
      { name: 'tags', multiValued: true },
      {
        name: 'desk',
        type: 'complex',
        subAttributes: [{ name: 'floor', type: 'integer' }, { name: 'room' }],
      },
    ],
  }

  it('is validated, shown in /Schemas, filterable, sortable and patchable', async () => {
    const scim = await tenant({ extensions: [extension] })
    const schemas = (await scim.call('GET', '/Schemas')).body.Resources
    expect(schemas.find(({ id }: any) => id === urn)).toMatchObject({
      name: 'Acme',
      attributes: expect.arrayContaining([
        expect.objectContaining({ name: 'badge', type: 'integer', mutability: 'readWrite' }),
      ]),
    })
    expect((await scim.call('GET', `/Schemas/${urn}`)).status).toBe(200)
    expect((await scim.call('GET', '/ResourceTypes/User')).body.schemaExtensions).toContainEqual({
      schema: urn,
      required: false,
    })
    const values = {
      badge: 7,
      hired: '2026-01-02T03:04:05Z',
      code: 'X',
      secret: 's',
      tags: ['Red', 'blue'],
      desk: { floor: 3, room: 'B' },
    }
    const made = await scim.call('POST', '/Users', person({ [urn]: values }))
    const { secret: _, ...shown } = values
    expect([made.status, made.body[urn]]).toEqual([201, shown])
    expect(made.body.schemas).toContain(urn)
    await scim.call('POST', '/Users', person({ [urn]: { BADGE: '9' } }))
    await scim.call('POST', '/Users', person())
    const find = async (query: string) =>
      (await scim.call('GET', `/Users?${query}`)).body.Resources.map(
        (user: any) => user[urn]?.badge,
      )
    expect(await find(`filter=${urn}:badge+gt+8`)).toEqual([9])
    expect(await find(`filter=${urn}:tags+eq+"RED"`)).toEqual([7])
    expect(await find(`filter=${urn}:desk.room+eq+"b"`)).toEqual([7])
    expect(await find(`filter=${urn}:hired+lt+"2026-01-02T04:04:06%2B01:00"`)).toEqual([7])
    expect(await find(`sortBy=${urn}:badge&sortOrder=descending`)).toEqual([undefined, 9, 7])
    const changed = await scim.call(
      'PATCH',
      `/Users/${made.body.id}`,
      patch(
        { op: 'replace', path: `${urn}:badge`, value: 8 },
        { op: 'add', path: `${urn}:tags`, value: ['green'] },
      ),
    )
    expect(changed.body[urn]).toMatchObject({ badge: 8, tags: ['Red', 'blue', 'green'] })
    expect(
      (await scim.call('GET', `/Users/${made.body.id}?attributes=${urn}:badge`)).body[urn],
    ).toEqual({ badge: 8 })
    for (const [bad, code] of [
      [{ badge: 'x' }, 'wrongType'],
      [{ code: 'X' }, 'missingAttribute'],
      [{ badge: 1, desk: 'x' }, 'wrongType'],
    ] as const) {
      expect((await scim.call('POST', '/Users', person({ [urn]: bad }))).code).toBe(code)
    }
    const put = await scim.call('PUT', `/Users/${made.body.id}`, {
      ...person(),
      [urn]: { badge: 8, code: 'Y' },
    })
    expect([put.status, put.body.scimType]).toEqual([400, 'mutability'])
  })

  it('belongs to its tenant alone; others know what they have seen themselves', async () => {
    await tenant({ extensions: [extension] })
    const other = await tenant()
    expect((await other.call('GET', `/Schemas/${urn}`)).status).toBe(404)
    expect((await other.call('GET', `/Users?filter=${urn}:badge+eq+"any"`)).status).toBe(400)
    const made = await other.call('POST', '/Users', person({ [urn]: { badge: 'any' } }))
    expect(made.body[urn]).toEqual({ badge: 'any' })
    const seen = await other.call('GET', `/Schemas/${urn}`)
    expect(seen.body.attributes.map(({ name, type }: any) => [name, type])).toEqual([
      ['badge', 'string'],
    ])
  })

  it.each([
    ['the URN of an RFC', { ...extension, id: userUrn }],
    ['no URN', { ...extension, id: 'custom' }],
    ['no attributes', { ...extension, attributes: [] }],
    ['a name twice', { ...extension, attributes: [{ name: 'a' }, { name: 'A' }] }],
    ['a bad name', { ...extension, attributes: [{ name: '__proto__' }] }],
    ['an unknown type', { ...extension, attributes: [{ name: 'a', type: 'object' }] }],
    ['an unknown characteristic', { ...extension, attributes: [{ name: 'a', colour: 'red' }] }],
  ])('is refused with %s', async (_, bad) => {
    const scim = await tenant()
    expect((await admin.call('PATCH', `/tenants/${scim.slug}`, { extensions: [bad] })).status).toBe(
      400,
    )
  })
})

describe('limits', () => {
  async function call(
    path: string,
    token: string,
    more: object,
    headers: Record<string, string> = {},
  ) {
    const context = createExecutionContext()
    const request = new Request(path, { headers: { Authorization: `Bearer ${token}`, ...headers } })
    const response = await app.fetch(request, { ...bindings, ...more }, context)
    await waitOnExecutionContext(context)
    return response
  }

  /** The binding of the platform, with a limit that a test can reach. */
  function limiter(most: number) {
    const counts = new Map<string, number>()
    return {
      limit: async ({ key }: { key: string }) => {
        counts.set(key, (counts.get(key) ?? 0) + 1)
        return { success: (counts.get(key) ?? 0) <= most }
      },
    }
  }

  it('answer 429 as a SCIM error with whole seconds, for each tenant by itself', async () => {
    const [first, second] = [await tenant(), await tenant()]
    const REQUESTS = limiter(2)
    const statuses: number[] = []
    for (let count = 0; count < 3; count += 1)
      statuses.push((await call(`${first.baseUrl}/Users`, first.token, { REQUESTS })).status)
    expect(statuses).toEqual([200, 200, 429])
    const another = await admin.call('POST', `/tenants/${first.slug}/tokens`, { label: 'other' })
    const over = await call(`${first.baseUrl}/Users`, another.body.token, { REQUESTS })
    expect(over.status).toBe(429)
    expect(over.headers.get('Retry-After')).toMatch(/^\d+$/)
    expect(over.headers.get('X-Error-Code')).toBe('tooManyRequests')
    expect(await over.json()).toMatchObject({
      status: '429',
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    })
    expect((await call(`${second.baseUrl}/Users`, second.token, { REQUESTS })).status).toBe(200)
  })

  it('are those of the tenant for all keys of its application, and of each key of all tenants', async () => {
    const [first, second] = [await tenant(), await tenant()]
    const url = ({ slug }: ScimClient) => `${origin}/api/v1/tenants/${slug}/users`
    const keys = [await newKey(admin, first.slug), await newKey(admin, first.slug)]
    const shared = [await newKey(admin, undefined), await newKey(admin, undefined)]
    const others = [await newKey(admin, second.slug), ...shared]
    for (const { key } of keys) expect((await call(url(first), key, {})).status).toBe(200)
    const REQUESTS = limiter(3)
    const statuses: number[] = []
    for (const { key } of [...keys, ...keys]) {
      statuses.push((await call(url(first), key, { REQUESTS })).status)
    }
    expect(statuses).toEqual([200, 200, 200, 429])
    for (const { key } of others) {
      const of = key === others[0]?.key ? second : first
      for (let count = 0; count < 3; count += 1)
        expect((await call(url(of), key, { REQUESTS })).status).toBe(200)
    }
    // The requests of the identity provider have a limit of their own.
    expect((await call(`${first.baseUrl}/Users`, first.token, { REQUESTS })).status).toBe(200)
  })

  it('slow down who tries tokens, by address, and let tokens in use through', async () => {
    const scim = await tenant()
    expect((await scim.call('GET', '/Users')).status).toBe(200)
    const REFUSALS = limiter(2)
    const from = (address: string) => ({ 'CF-Connecting-IP': address })
    const statuses: number[] = []
    for (const address of [
      '2001:db8:1:2::1',
      '2001:0db8:0001:0002:9::7',
      '2001:db8:1:2:ffff::',
      '2001:db8:1:3::1',
    ]) {
      statuses.push(
        (await call(`${scim.baseUrl}/Users`, 'wrong', { REFUSALS }, from(address))).status,
      )
    }
    expect(statuses).toEqual([401, 401, 429, 401])
    expect(
      (await call(`${scim.baseUrl}/Users`, scim.token, { REFUSALS }, from('2001:db8:1:2::1')))
        .status,
    ).toBe(200)
  })

  it('are asked before KV and D1, for what comes from an address with too many refusals', async () => {
    const scim = await tenant()
    const key = await newKey(admin, scim.slug)
    const counts = newCounts()
    const counted = { ...countBindings(bindings, counts), REFUSALS: limiter(2) }
    const from = { 'CF-Connecting-IP': '2001:db8:77:1::1' }
    const guess = (path: string, token: string) => call(`${origin}${path}`, token, counted, from)
    const path = `/scim/v2/${scim.slug}/Users`
    for (let count = 0; count < 3; count += 1) await guess(path, `guess-${count}`)
    const before = JSON.stringify(counts)
    const statuses: number[] = []
    for (let count = 0; count < 20; count += 1) {
      statuses.push((await guess(path, `further-${count}`)).status)
      statuses.push((await guess(`/api/v1/tenants/${scim.slug}/users`, key.key)).status)
    }
    expect(new Set(statuses)).toEqual(new Set([429]))
    expect(JSON.stringify(counts)).toBe(before)
  })

  it('are bound, far above 25 requests a second', async () => {
    expect(bindings.REQUESTS).toBeDefined()
    expect(bindings.REFUSALS).toBeDefined()
    const scim = await tenant()
    const answers = await Promise.all(
      Array.from({ length: 300 }, () =>
        send(
          new Request(`${scim.baseUrl}/Users?count=0`, {
            headers: { Authorization: `Bearer ${scim.token}` },
          }),
        ),
      ),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  })

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:0DB8:0:0:1::', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
  ])('take %s for %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

describe('KV', () => {
  it('may fail at anything, and tokens work and are revoked all the same', async () => {
    const broken = () => Promise.reject(new Error('KV is down'))
    const TOKENS = { get: broken, put: broken, delete: broken }
    const environment = { ...bindings, TOKENS } as unknown as typeof bindings
    const run = async (method: string, url: string, token: string, body?: unknown) => {
      const context = createExecutionContext()
      const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
      const init = {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }
      const response = await app.fetch(new Request(url, init), environment, context)
      await waitOnExecutionContext(context)
      const text = await response.text()
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
    }
    const scim = await tenant()
    const tokens = `https://rollcall.test/admin/api/tenants/${scim.slug}/tokens`
    const made = await run('POST', tokens, bindings.ADMIN_TOKEN, {})
    expect(made.status).toBe(201)
    expect((await run('GET', `${scim.baseUrl}/Users`, made.body.token)).status).toBe(200)
    expect((await run('DELETE', `${tokens}/${made.body.id}`, bindings.ADMIN_TOKEN)).status).toBe(
      204,
    )
    expect((await run('GET', `${scim.baseUrl}/Users`, made.body.token)).status).toBe(401)
  })
})
