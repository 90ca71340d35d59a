/** What is the same for every address: media types, bodies, methods, paths, discovery. */
import { describe, expect, it } from 'vitest'
import { errorCatalog } from '../../src/scim/error'
import { origin, send, tenant } from '../support/gateway'
import { person, type ScimClient } from '../support/tenant'

const errorUrn = 'urn:ietf:params:scim:api:messages:2.0:Error'

async function raw(
  scim: ScimClient,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: BodyInit,
) {
  const response = await send(
    new Request(`${scim.baseUrl}${path}`, {
      method,
      headers: { Authorization: `Bearer ${scim.token}`, ...headers },
      ...(body === undefined ? {} : { body }),
    }),
  )
  const { status, headers: answered } = response
  const code = answered.get('X-Error-Code')
  return { status, headers: answered, code, text: await response.text() }
}

describe('media types', () => {
  it.each([
    [{}, 'application/scim+json'],
    [{ Accept: '*/*' }, 'application/scim+json'],
    [{ Accept: 'application/scim+json' }, 'application/scim+json'],
    [{ Accept: 'application/json' }, 'application/json'],
    [{ Accept: 'application/json, application/scim+json' }, 'application/scim+json'],
    [{ 'Content-Type': 'application/json' }, 'application/json'],
    [{ 'Content-Type': 'application/scim+json; charset=utf-8' }, 'application/scim+json'],
    [
      { Accept: 'application/scim+json', 'Content-Type': 'application/json' },
      'application/scim+json',
    ],
  ])('answer %j with %s, bare, for resources and for errors', async (headers, type) => {
    const scim = await tenant()
    for (const path of ['/Users', '/Users/x', '/nothing']) {
      expect((await raw(scim, 'GET', path, headers)).headers.get('Content-Type')).toBe(type)
    }
  })

  it.each([
    ['application/json', 201],
    ['application/scim+json', 201],
    ['Application/SCIM+JSON;charset=UTF-8', 201],
    ['text/plain', 415],
    ['application/xml', 415],
    ['application/jsonp', 415],
    ['multipart/form-data', 415],
  ])('take a body of %s with %i', async (type, status) => {
    const scim = await tenant()
    const answer = await raw(
      scim,
      'POST',
      '/Users',
      { 'Content-Type': type },
      JSON.stringify(person()),
    )
    expect(answer.status).toBe(status)
  })
})

describe('a body', () => {
  it.each([
    ['', 'malformedJson'],
    ['{', 'malformedJson'],
    ['{"userName": "a",}', 'malformedJson'],
    ['undefined', 'malformedJson'],
    ['null', 'bodyNotObject'],
    ['[]', 'bodyNotObject'],
    ['"text"', 'bodyNotObject'],
    ['5', 'bodyNotObject'],
  ])('%j is refused as %s', async (body, code) => {
    const scim = await tenant()
    for (const [method, path] of [
      ['POST', '/Users'],
      ['POST', '/Groups'],
      ['PUT', `/Users/${crypto.randomUUID()}`],
      ['PATCH', `/Groups/${crypto.randomUUID()}`],
    ] as const) {
      const answer = await raw(scim, method, path, { 'Content-Type': 'application/json' }, body)
      expect([answer.status, answer.code]).toEqual([400, code])
      expect(JSON.parse(answer.text)).toEqual({
        schemas: [errorUrn],
        status: '400',
        scimType: 'invalidSyntax',
        detail: expect.any(String),
      })
    }
  })

  it('of more than 1 MiB is refused with 413, whether or not its length is announced', async () => {
    const scim = await tenant()
    const text = JSON.stringify({ ...person(), title: 'x'.repeat(1024 * 1024) })
    const announced = await raw(
      scim,
      'POST',
      '/Users',
      { 'Content-Type': 'application/json' },
      text,
    )
    const stream = new Blob([text]).stream()
    const streamed = await raw(
      scim,
      'POST',
      '/Users',
      { 'Content-Type': 'application/json' },
      stream,
    )
    for (const answer of [announced, streamed]) {
      expect([answer.status, answer.code]).toEqual([413, 'bodyTooLarge'])
    }
    expect((await scim.call('GET', '/Users')).body.totalResults).toBe(0)
  })

  it('with a byte order mark is read', async () => {
    const scim = await tenant()
    const answer = await raw(
      scim,
      'POST',
      '/Users',
      { 'Content-Type': 'application/json' },
      `\uFEFF${JSON.stringify(person())}`,
    )
    expect(answer.status).toBe(201)
  })

  it('can name __proto__ and constructor as it likes without any effect', async () => {
    const scim = await tenant()
    const text = `{"__proto__": {"active": false, "polluted": 1}, "constructor": {"prototype": {"polluted": 1}},
      "userName": "proto", "name": {"__proto__": {"polluted": 1}, "familyName": "Doe"},
      "urn:x:__proto__": {"__proto__": {"polluted": 1}}}`
    const made = await raw(scim, 'POST', '/Users', { 'Content-Type': 'application/json' }, text)
    expect(made.status).toBe(201)
    expect(JSON.parse(made.text)).toMatchObject({ active: true, name: { familyName: 'Doe' } })
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect((await scim.call('GET', `/Users/${JSON.parse(made.text).id}`)).status).toBe(200)
  })
})

describe('addresses', () => {
  it.each([
    '//Users',
    '/Users/',
    '///Users///',
    '/Users?',
    '/Users?&',
    '/%55sers',
    '/Users?count=&&=',
  ])('%s is /Users', async (path) => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    const answer = await raw(scim, 'GET', path)
    expect([answer.status, JSON.parse(answer.text).totalResults]).toEqual([200, 1])
  })

  it.each(['/Nothing', '/Users/x/y', '/%zz', '/Users/%2e%2e%2fGroups', '/users%00'])(
    '%s leads nowhere, as a SCIM error',
    async (path) => {
      const scim = await tenant()
      const answer = await raw(scim, 'GET', path)
      expect([answer.status, JSON.parse(answer.text)]).toEqual([
        404,
        expect.objectContaining({ schemas: [errorUrn], status: '404' }),
      ])
    },
  )

  it('need a token however they are written', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    for (const path of [
      '/Users',
      '//Users',
      '/%55sers',
      '/Users/',
      '/./Users',
      '/x/../Users',
      '/Users%2F',
      '/Users;x=1',
    ]) {
      const response = await send(new Request(`${scim.baseUrl}${path}`))
      expect([path, response.status]).toEqual([path, 401])
    }
    expect((await send(new Request(`${origin}/scim/v2//${scim.slug}/Users`))).status).toBe(401)
    expect((await send(new Request(`${origin}//scim//v2/${scim.slug}/Users`))).status).toBe(401)
  })

  it.each([
    ['PATCH', '/Users', 'GET, POST'],
    ['DELETE', '/Groups', 'GET, POST'],
    ['POST', '/Users/x', 'GET, PUT, PATCH, DELETE'],
    ['POST', '/ServiceProviderConfig', 'GET'],
    ['DELETE', '/Schemas', 'GET'],
    ['OPTIONS', '/Users', 'GET, POST'],
  ])('%s %s is refused with 405 and Allow: %s', async (method, path, allowed) => {
    const scim = await tenant()
    const answer = await raw(scim, method, path)
    expect([answer.status, answer.headers.get('Allow'), answer.code]).toEqual([
      405,
      allowed,
      'methodNotAllowed',
    ])
  })

  it('answer HEAD like GET, without a body', async () => {
    const scim = await tenant()
    const { id } = (await scim.call('POST', '/Users', person())).body
    const answer = await raw(scim, 'HEAD', `/Users/${id}`)
    expect([answer.status, answer.text, answer.headers.get('ETag')]).toEqual([200, '', 'W/"1"'])
  })

  it.each([
    ['GET', '/Me'],
    ['PATCH', '/Me'],
  ])('%s %s says that it is not supported', async (method, path) => {
    const scim = await tenant()
    const answer = await raw(
      scim,
      method,
      path,
      { 'Content-Type': 'application/json' },
      method === 'GET' ? undefined : '{}',
    )
    expect([answer.status, JSON.parse(answer.text).status]).toEqual([501, '501'])
  })

  it('quote a request id in each answer', async () => {
    const scim = await tenant()
    const ids = await Promise.all(
      ['/Users', '/Users/x', '/nothing'].map(async (path) =>
        (await raw(scim, 'GET', path)).headers.get('X-Request-Id'),
      ),
    )
    expect(new Set(ids).size).toBe(3)
    expect(ids).not.toContain(null)
  })
})

describe('discovery', () => {
  it('tells the truth about what is built', async () => {
    const scim = await tenant()
    const { body } = await scim.call('GET', '/ServiceProviderConfig')
    expect(body).toMatchObject({
      patch: { supported: true },
      bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 1048576 },
      filter: { supported: true, maxResults: 1000 },
      changePassword: { supported: false },
      sort: { supported: true },
      etag: { supported: true },
      authenticationSchemes: [{ type: 'oauthbearertoken' }],
      meta: { location: `${scim.baseUrl}/ServiceProviderConfig` },
    })
  })

  it('lists resource types and schemas, and has each at its own address', async () => {
    const scim = await tenant()
    for (const [path, count] of [
      ['/ResourceTypes', 2],
      ['/Schemas', 3],
    ] as const) {
      const { body } = await scim.call('GET', path)
      expect(body).toMatchObject({ totalResults: count, itemsPerPage: count })
      for (const resource of body.Resources) {
        expect(resource.meta.location).toBe(`${scim.baseUrl}${path}/${resource.id}`)
        expect(
          (
            await send(
              new Request(resource.meta.location, {
                headers: { Authorization: `Bearer ${scim.token}` },
              }),
            )
          ).status,
        ).toBe(200)
        expect((await scim.call('GET', `${path}/${encodeURIComponent(resource.id)}`)).body).toEqual(
          resource,
        )
      }
      expect(JSON.stringify(body)).not.toContain('null')
    }
    expect((await scim.call('GET', '/Schemas/urn:no:such')).status).toBe(404)
    expect((await scim.call('GET', '/ResourceTypes/Robot')).status).toBe(404)
  })

  it('gives every attribute all characteristics of RFC 7643 section 7', async () => {
    const scim = await tenant()
    const { body } = await scim.call('GET', '/Schemas')
    const check = (attribute: any) => {
      expect(attribute).toMatchObject({
        name: expect.any(String),
        type: expect.any(String),
        multiValued: expect.any(Boolean),
        description: expect.any(String),
        required: expect.any(Boolean),
        caseExact: expect.any(Boolean),
        mutability: expect.any(String),
        returned: expect.any(String),
        uniqueness: expect.any(String),
      })
      expect(Array.isArray(attribute.subAttributes)).toBe(attribute.type === 'complex')
      expect(Array.isArray(attribute.referenceTypes)).toBe(attribute.type === 'reference')
      attribute.subAttributes?.forEach(check)
    }
    for (const schema of body.Resources) schema.attributes.forEach(check)
    const names = body.Resources[0].attributes.map(({ name }: any) => name)
    expect(names).toEqual([
      'userName',
      'name',
      'displayName',
      'nickName',
      'profileUrl',
      'title',
      'userType',
      'preferredLanguage',
      'locale',
      'timezone',
      'active',
      'password',
      'emails',
      'phoneNumbers',
      'ims',
      'photos',
      'addresses',
      'groups',
      'entitlements',
      'roles',
      'x509Certificates',
    ])
  })
})

describe('the error catalogue', () => {
  it('gives each refusal a reason and a remedy in whole sentences', () => {
    for (const [code, { reason, remedy, status }] of Object.entries(errorCatalog)) {
      expect([code, /[.}]$/.test(reason), remedy.endsWith('.'), status >= 400]).toEqual([
        code,
        true,
        true,
        true,
      ])
    }
  })
})
