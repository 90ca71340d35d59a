/**
 * Whatever is sent: no failure of the gateway, a SCIM error for each refusal, no harm done.
 * `npm run fuzz -- --minutes 60` plays it with ever new seeds.
 */
import * as fc from 'fast-check'
import { describe, expect, inject, it } from 'vitest'
import { coreAttributes } from '../src/scim/path'
import { groupType } from '../src/scim/group'
import { enterpriseSchema, userType } from '../src/scim/user'
import { app } from '../src/app'
import { disagreements, readContents } from './support/agreement'
import { bindings, origin, send, tenant } from './support/gateway'
import { groupUrn, patchUrn, person, userUrn, type ScimClient } from './support/tenant'

const errorUrn = 'urn:ietf:params:scim:api:messages:2.0:Error'
const messages = 'urn:ietf:params:scim:api:messages:2.0'

/**
 * Milliseconds. A request that takes longer is a way to keep the gateway busy; on a machine that is
 * slow or busy no other takes as long.
 */
const hang = 60_000

interface Sent {
  readonly method: string
  /** Behind the base URL, with its query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const names = [
  ...new Set(
    [userType, groupType].flatMap((type) =>
      [...coreAttributes(type), ...type.extensions.flatMap(({ attributes }) => attributes)].flatMap(
        ({ name, subAttributes = [] }) => [
          name,
          ...subAttributes.map((part) => `${name}.${part.name}`),
        ],
      ),
    ),
  ),
]

const traps = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'schemas',
  'Operations',
  '',
  ' ',
  '.',
  '$',
  '$ref',
  '[',
  ':',
  enterpriseSchema.id,
  `${enterpriseSchema.id}:manager`,
  `${userUrn}:userName`,
  'urn:made:up',
  'urn:made:up:1.0:User:x.y',
]

const anyOf = (...lists: readonly (readonly string[])[]): fc.Arbitrary<string> =>
  fc.constantFrom(...lists.flat())

const nasty = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    '\ud800',
    '\udc00x',
    '\ufeff',
    '\u202e',
    "'; drop table users; --",
    '"}]}',
    '%',
    '%00',
    '%%',
    '_%',
    '\\',
    'bulkId:a',
    'bulkId:',
    'True',
    'null',
    '1e400',
    '-0',
    '2026-02-30T25:61:61Z',
    '0000-00-00T00:00:00Z',
    '+275760-09-13T00:00:00.001Z',
    '=A',
    '===',
    'a'.repeat(3_000),
    '😀'.repeat(300),
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ maxLength: 20 }),
)

const scalar = fc.oneof(
  nasty,
  fc.boolean(),
  fc.constant(null),
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -1, 1e308, Number.MAX_SAFE_INTEGER, 1.5),
)

const key = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...names) },
  { weight: 2, arbitrary: fc.constantFrom(...traps) },
  { weight: 1, arbitrary: nasty },
)

/** Any JSON, with names and shapes that the gateway knows among others. */
const { value: json } = fc.letrec<{ value: unknown; entries: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 3, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    { weight: 2, arbitrary: tie('entries') },
  ),
  entries: fc
    .array(
      fc.tuple(fc.oneof(key, fc.constantFrom('value', 'type', 'primary', 'display')), tie('value')),
      { maxLength: 4 },
    )
    .map(objectOf),
}))

/** Own properties whatever their names, as JSON.parse makes them. */
function objectOf(entries: readonly (readonly [string, unknown])[]): object {
  const object = {}
  for (const [name, value] of entries) {
    Object.defineProperty(object, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  return object
}

/** What fits often enough for some requests to be carried out. */
const tame = fc.oneof(
  fc.constantFrom('x', 'Ann', 'work', 'https://example.com/x', true, false, null),
  fc.constantFrom<unknown>({ value: 'x' }, [{ value: 'x', type: 'work', primary: true }], []),
  nasty,
)

const tameEntries = fc.array(
  fc.tuple(fc.constantFrom(...names.filter((name) => !name.includes('.'))), tame),
  { maxLength: 3 },
)

const resource = fc
  .tuple(
    fc.oneof(
      { weight: 2, arbitrary: fc.uuid().map((id) => ({ userName: id, displayName: id })) },
      { weight: 1, arbitrary: fc.constantFrom({}, { userName: 'fuzz', displayName: 'Fuzz' }) },
    ),
    fc.oneof(fc.array(fc.tuple(key, json), { maxLength: 5 }), tameEntries),
  )
  .map(([base, entries]) => objectOf([...Object.entries(base), ...entries]))

const words = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...names) },
  {
    weight: 6,
    arbitrary: anyOf(
      ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'pr', 'and', 'or', 'not'],
      ['(', ')', '[', ']', '"', '""', '"work"', '"\\u0000"', '"\\ud800"', '"\\', 'true', 'null'],
      ['-1', '1e999', '.', ':', ',', '@', 'EQ', '"a" or', '%', '"%"', '"\\\\%_"'],
    ),
  },
  { weight: 2, arbitrary: fc.constantFrom(...traps) },
  { weight: 1, arbitrary: nasty },
)

const comparison = fc
  .tuple(
    fc.constantFrom(...names),
    fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'),
    scalar,
  )
  .map(([name, operator, value]) => `${name} ${operator} ${JSON.stringify(value)}`)

const filter = fc.oneof(
  fc.array(words, { maxLength: 8 }).map((list) => list.join(' ')),
  fc.array(words, { maxLength: 8 }).map((list) => list.join('')),
  fc.array(comparison, { minLength: 1, maxLength: 4 }).map((list) => list.join(' and ')),
  comparison.map((text) => `emails[${text}]`),
  fc.constantFrom(
    '('.repeat(5_000),
    `${'not ('.repeat(500)}title pr${')'.repeat(500)}`,
    Array.from({ length: 1_000 }, () => 'title pr').join(' or '),
    `title eq "${'x'.repeat(20_000)}"`,
    `title co "${'%'.repeat(2_000)}"`,
    'emails['.repeat(300),
  ),
)

const patchPath = fc.oneof(
  fc.constantFrom(...names),
  filter.map((text) => `emails[${text}].value`),
  filter.map((text) => `members[${text}]`),
  fc.array(words, { maxLength: 5 }).map((list) => list.join('')),
  fc.constantFrom(...traps),
  nasty,
)

const operationName = fc.constantFrom('add', 'replace', 'remove', 'Add')

const operation = fc.oneof(
  fc.record({ op: operationName, path: fc.constantFrom(...names), value: tame }),
  fc.record({ op: operationName, value: tameEntries.map(objectOf) }),
  fc.record(
    {
      op: fc.oneof({ weight: 8, arbitrary: operationName }, { weight: 1, arbitrary: json }),
      path: fc.oneof({ weight: 8, arbitrary: patchPath }, { weight: 1, arbitrary: json }),
      value: fc.oneof(json, resource),
    },
    { requiredKeys: ['op'] },
  ),
)

const patchBody = fc.oneof(
  { weight: 4, arbitrary: fc.array(operation, { minLength: 1, maxLength: 3 }).map(patchOf) },
  { weight: 1, arbitrary: fc.record({ schemas: json, Operations: json }, { requiredKeys: [] }) },
)

function patchOf(Operations: readonly unknown[]): unknown {
  return { schemas: [patchUrn], Operations }
}

const number = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom('0', '-1', '1e9', '1.5', '', 'NaN', '9'.repeat(400), ' 1', '0x10', '+1', '１'),
)

const cursor = fc.oneof(
  fc.constantFrom('', 'a.b', '.', '..', '~', 'User~', 'Group~', 'Nobody~a', 'a'.repeat(9_000)),
  fc.base64String({ maxLength: 60 }),
  nasty,
)

const searchBody = fc.record(
  {
    schemas: fc.oneof(fc.constant([`${messages}:SearchRequest`]), json),
    filter: fc.oneof(filter, json),
    sortBy: fc.oneof(patchPath, json),
    sortOrder: fc.oneof(fc.constantFrom('ascending', 'descending'), json),
    startIndex: fc.oneof(number, fc.integer(), json),
    count: fc.oneof(number, fc.integer(), json),
    cursor: fc.oneof(cursor, json),
    attributes: fc.oneof(fc.array(key), json),
    excludedAttributes: fc.oneof(fc.array(key), json),
  },
  { requiredKeys: [] },
)

const bulkOperation = fc.record({
  method: fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE'),
  path: anyOf(
    ['/Users', '/Users', '/Users', '/Groups', '/Groups', '/Users/bulkId:a', '/Groups/bulkId:b'],
    ['/Users/x', '/Groups/x', 'Users', '/Bulk', '/Me', '/', '', '/Users/../Groups', '/Schemas'],
    ['https://example.com/Users', '/Users/%00', '/Users/%2e%2e', '//Users', '/Users?count=1'],
  ),
  bulkId: fc.constantFrom('a', 'b', '__proto__', 'c', 'd', 'e'),
  data: fc.oneof(resource, patchBody),
})

const bulkBody = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      Operations: fc.array(bulkOperation, { minLength: 1, maxLength: 5 }),
      failOnErrors: fc.constantFrom(undefined, 1, 3, 100),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        schemas: json,
        failOnErrors: json,
        Operations: fc.oneof(
          json,
          fc.array(
            fc.record(
              { method: json, path: json, bulkId: json, version: json, data: json },
              { requiredKeys: [] },
            ),
            { maxLength: 3 },
          ),
        ),
      },
      { requiredKeys: [] },
    ),
  },
)

/** Text that is no JSON, or hardly. */
const rawBody = fc.oneof(
  nasty,
  fc.constantFrom(
    '['.repeat(100_000),
    '{"a":'.repeat(50_000),
    `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
    `{"userName":"a","x":${'['.repeat(3_000)}${']'.repeat(3_000)}}`,
    '{"userName":"\\ud800"}',
    '{"userName":"a","userName":"b","__proto__":{"userName":"c"}}',
    '{"schemas":null,"Operations":[null]}',
    '{"Operations":[[]]}',
    '{"Operations":{"length":1000000}}',
    '{"members":[[[[]]]],"displayName":{"value":{"value":1}}}',
    '\ufeff',
    '1e999',
  ),
)

const body = fc.oneof(
  resource.map((value) => JSON.stringify(value)),
  patchBody.map((value) => JSON.stringify(value)),
  bulkBody.map((value) => JSON.stringify(value)),
  searchBody.map((value) => JSON.stringify(value)),
  json.map((value) => JSON.stringify(value) ?? ''),
  rawBody,
)

const query = fc
  .array(
    fc.tuple(
      fc.oneof(
        {
          weight: 9,
          arbitrary: anyOf(
            ['filter', 'sortBy', 'sortOrder', 'startIndex', 'count', 'cursor'],
            ['attributes', 'excludedAttributes'],
          ),
        },
        { weight: 1, arbitrary: key },
      ),
      fc.oneof(filter, number, cursor, patchPath),
    ),
    { maxLength: 4 },
  )
  .map((pairs) =>
    pairs
      .map(([name, value]) => `${encodeURIComponent(wellFormed(name))}=${encoded(value)}`)
      .join('&'),
  )

const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd')

const encoded = (text: string): string => encodeURIComponent(wellFormed(text))

const segment = fc.oneof(
  anyOf(
    ['%00', '%2e%2e', '..', '.', '%2f', '%5c', '%zz', '%', '%25%32%66', '%c0%af', '%F0%28'],
    ['%ff', '.search', 'bulkId:x', '*', '{id}', ':id', '%20', 'a'.repeat(5_000), '%F0%9F%98%80'],
    ['Users', 'Groups', 'Bulk', 'Me', 'me', '__proto__', 'constructor', '%0d%0a', '1;x=y', '@'],
    ['00000000-0000-0000-0000-000000000000', 'urn:made:up', '"', "'", '%27%20or%201=1'],
  ),
  nasty.map(encoded),
)

const endpoint = fc.oneof(
  anyOf(
    ['/Users', '/Groups', '/Users/.search', '/Groups/.search', '/.search', '/Bulk', '/Me'],
    ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas', '/ResourceTypes/User', ''],
  ),
  fc
    .tuple(fc.constantFrom('/Users', '/Groups', '/Schemas', '/ResourceTypes', '/Me'), segment)
    .map((parts) => parts.join('/')),
  fc.array(segment, { maxLength: 4 }).map((list) => `/${list.join('/')}`),
)

const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS')

/** Text that a header can hold. */
const headerText = fc.oneof(
  fc.string({ maxLength: 40 }),
  anyOf(
    ['*', '""', '"', 'W/', 'W/"1"', 'W/"1", W/"2"', '*, *', '"1', ',', ',,,'],
    ['application/json;q=', ';', '/', '*/*;q=0', 'text/html', 'application/scim+json; charset=x'],
    ['Bearer', 'Bearer ', 'bearer x', 'Basic YTpi', 'Bearer a b', `Bearer ${'x'.repeat(9_000)}`],
    ['application/json, text/plain', 'multipart/form-data; boundary=', 'identity', 'gzip'],
  ),
)

const headers = fc.record(
  {
    'If-Match': headerText,
    'If-None-Match': headerText,
    Accept: headerText,
    'Content-Type': fc.oneof(
      { weight: 3, arbitrary: fc.constant('application/scim+json') },
      { weight: 1, arbitrary: headerText },
    ),
    'Accept-Encoding': headerText,
    'User-Agent': headerText,
    'X-Request-Id': headerText,
    'X-HTTP-Method-Override': headerText,
  },
  { requiredKeys: [] },
)

async function fire(scim: ScimClient, sent: Sent) {
  const hasBody = sent.body !== undefined && !['GET', 'HEAD'].includes(sent.method)
  const request = new Request(`${scim.baseUrl}${sent.path}`, {
    method: sent.method,
    headers: {
      Authorization: `Bearer ${scim.token}`,
      ...(hasBody ? { 'Content-Type': 'application/scim+json' } : {}),
      ...sent.headers,
    },
    ...(hasBody ? { body: sent.body } : {}),
  })
  const response = await send(request)
  return { status: response.status, text: await response.text(), headers: response.headers }
}

/** Sends one request and judges the answer alone. */
async function judge(scim: ScimClient, sent: Sent): Promise<number> {
  const { status, text, headers: answered } = await fire(scim, sent)
  const told = `${JSON.stringify(sent).slice(0, 2_000)} gave ${status} ${text.slice(0, 500)}`
  expect(status, told).not.toBe(500)
  if (status === 501) expect(sent.path.toLowerCase(), told).toMatch(/me/)
  else expect(status, told).toBeLessThan(500)
  if (sent.method === 'HEAD' || status === 204 || status === 304) {
    expect(text, told).toBe('')
    return status
  }
  expect(answered.get('Content-Type'), told).toMatch(/^application\/(scim\+)?json/)
  const parsed = JSON.parse(text)
  if (status >= 400) {
    expect(parsed, told).toMatchObject({
      schemas: [errorUrn],
      status: String(status),
      detail: expect.stringMatching(/\S/),
    })
  }
  for (const operation of Array.isArray(parsed.Operations) ? parsed.Operations : []) {
    expect(Number(operation.status), told).toBeLessThan(500)
    if (Number(operation.status) < 400) continue
    expect(operation.response, told).toMatchObject({
      schemas: [errorUrn],
      status: operation.status,
      detail: expect.stringMatching(/\S/),
    })
  }
  return status
}

/** Everything that a tenant has in the store. */
async function contentsOf(scim: ScimClient): Promise<unknown> {
  const tables = ['users', 'user_emails', 'teams', 'memberships', 'events']
  const found = await bindings.DB.batch(
    tables.map((table) =>
      bindings.DB.prepare(
        `select * from ${table} where tenant_id = (select id from tenants where slug = ?)`,
      ).bind(scim.slug),
    ),
  )
  return found.map(({ results }) => results)
}

interface Scene {
  readonly victim: ScimClient
  readonly witness: ScimClient
  readonly user: string
  readonly team: string
}

async function populate(scim: ScimClient): Promise<{ user: string; team: string }> {
  const user = await scim.call('POST', '/Users', person())
  const team = await scim.call('POST', '/Groups', {
    schemas: [groupUrn],
    displayName: 'Witnesses',
    members: [{ value: user.body.id }],
  })
  expect([user.status, team.status]).toEqual([201, 201])
  return { user: user.body.id, team: team.body.id }
}

/**
 * Plays random requests against one tenant, beside another that must not notice. What is refused
 * must change nothing, and what the tenant had must be readable at the end.
 */
async function play(
  requests: (scene: Scene) => fc.Arbitrary<Sent>,
  numRuns: number,
): Promise<Set<number>> {
  const victim = await tenant({ rules: { name: 'allow', email: 'allow' } })
  const witness = await tenant()
  const scene = { victim, witness, ...(await populate(victim)) }
  await populate(witness)
  const untouched = await contentsOf(witness)
  const statuses = new Set<number>()
  // What the tenant has, for as long as it is known.
  let known: unknown
  await fc.assert(
    fc.asyncProperty(requests(scene), async (sent) => {
      const before = known ?? (await contentsOf(victim))
      const status = await judge(victim, sent)
      statuses.add(status)
      const isChange = status < 400 && !['GET', 'HEAD', 'OPTIONS'].includes(sent.method)
      known = isChange ? undefined : before
      if (status >= 400) expect(await contentsOf(victim), JSON.stringify(sent)).toEqual(before)
    }),
    {
      numRuns: numRuns * Math.max(inject('fuzzRuns'), 1),
      endOnFailure: true,
      timeout: hang,
    },
  )
  expect(await contentsOf(witness)).toEqual(untouched)
  expect(disagreements(await readContents(bindings.DB, victim.slug))).toEqual([])
  const user = await victim.call('GET', `/Users/${scene.user}`)
  expect([user.status, user.body.id]).toEqual([200, scene.user])
  expect(user.body.groups ?? []).toEqual(expect.any(Array))
  const team = await victim.call('GET', `/Groups/${scene.team}`)
  expect([team.status, team.body.id]).toEqual([200, scene.team])
  for (const path of ['/Users', '/Groups']) {
    const { status, body: list } = await victim.call('GET', path)
    expect([status, list.Resources.length]).toEqual([200, list.totalResults])
  }
  return statuses
}

describe('hostile', () => {
  it('bodies do no harm at any address, with any method', async () => {
    const statuses = await play(
      ({ user, team }) =>
        fc.record({
          method: fc.constantFrom('POST', 'PUT', 'PATCH'),
          path: fc.oneof(endpoint, fc.constantFrom(`/Users/${user}`, `/Groups/${team}`)),
          body,
        }),
      200,
    )
    expect([...statuses]).toEqual(expect.arrayContaining([400, 404, 405]))
  })

  it('resources do no harm where they belong', async () => {
    const statuses = await play(
      ({ user, team }) =>
        fc
          .tuple(
            fc.constantFrom(
              ['POST', '/Users'] as const,
              ['POST', '/Groups'] as const,
              ['PUT', `/Users/${user}`] as const,
              ['PUT', `/Groups/${team}`] as const,
            ),
            resource,
          )
          .map(([[verb, path], value]) => ({ method: verb, path, body: JSON.stringify(value) })),
      200,
    )
    expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 400]))
  })

  it('PATCH operations do no harm', async () => {
    const statuses = await play(
      ({ user, team }) =>
        fc.record({
          method: fc.constant('PATCH'),
          path: fc.constantFrom(`/Users/${user}`, `/Groups/${team}`),
          body: patchBody.map((value) => JSON.stringify(value)),
        }),
      300,
    )
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400]))
  })

  it('bulk requests and searches do no harm', async () => {
    const statuses = await play(
      () =>
        fc.oneof(
          bulkBody.map((value) => ({
            method: 'POST',
            path: '/Bulk',
            body: JSON.stringify(value),
          })),
          fc
            .tuple(fc.constantFrom('/.search', '/Users/.search', '/Groups/.search'), searchBody)
            .map(([path, value]) => ({ method: 'POST', path, body: JSON.stringify(value) })),
        ),
      200,
    )
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400]))
  })

  it('filters, paths, cursors and numbers in the query do no harm', async () => {
    const statuses = await play(
      ({ user, team }) =>
        fc
          .tuple(
            fc.constantFrom('/Users', '/Groups', `/Users/${user}`, `/Groups/${team}`, '/Schemas'),
            query,
          )
          .map(([path, text]) => ({ method: 'GET', path: `${path}?${text}` })),
      300,
    )
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400]))
  })

  it('addresses and methods do no harm', async () => {
    const statuses = await play(
      () =>
        fc.tuple(method, endpoint, query, body).map(([verb, path, text, content]) => ({
          method: verb,
          path: text === '' ? path : `${path}?${text}`,
          body: content,
        })),
      300,
    )
    expect([...statuses]).toEqual(expect.arrayContaining([200, 404, 405, 501]))
  })

  it('headers do no harm', async () => {
    const statuses = await play(
      ({ user, team }) =>
        fc.record({
          method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'HEAD'),
          path: fc.constantFrom('/Users', `/Users/${user}`, `/Groups/${team}`, '/Bulk'),
          headers,
          body: fc.constantFrom('{"userName":"header"}', '{"Operations":[]}', '{}', ''),
        }),
      200,
    )
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 415]))
  })

  it('credentials open nothing', async () => {
    const statuses = await play(
      ({ user, witness }) =>
        fc.record({
          method: fc.constantFrom('GET', 'DELETE', 'PUT', 'PATCH'),
          path: fc.constant(`/Users/${user}`),
          headers: fc
            .oneof(
              headerText,
              headerText.map((text) => `Bearer ${text}`),
              fc.constant(`Bearer ${witness.token}`),
              fc.constant(`Bearer ${witness.token.slice(0, -1)}`),
            )
            .map((Authorization) => ({ Authorization })),
          body: fc.constant('{}'),
        }),
      100,
    )
    for (const status of statuses) expect([401, 403, 404, 429]).toContain(status)
  })

  it.each(['/Users', '/Groups', '/Bulk', '/Users/.search'])(
    'nesting does no harm at %s, however deep',
    async (endpoint) => {
      const scim = await tenant()
      const { user, team } = await populate(scim)
      const id = endpoint === '/Users' ? user : team
      const before = await contentsOf(scim)
      for (const depth of [100, 1_000, 5_000, 100_000]) {
        const deep = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
        const operation = `{"op":"add","path":"externalId","value":${deep}}`
        const bodies = [
          deep,
          `{"userName":${deep},"displayName":${deep}}`,
          `{"Operations":[${operation}]}`,
          `{"Operations":[{"method":"POST","path":"/Users","bulkId":"a","data":${deep}}]}`,
        ]
        for (const content of bodies) {
          await judge(scim, { method: 'POST', path: endpoint, body: content })
          if (!['/Users', '/Groups'].includes(endpoint)) continue
          await judge(scim, { method: 'PUT', path: `${endpoint}/${id}`, body: content })
          await judge(scim, { method: 'PATCH', path: `${endpoint}/${id}`, body: content })
        }
      }
      expect(await contentsOf(scim)).toEqual(before)
    },
  )

  it.each(['method', 'path', 'bulkId', 'version', 'data'])(
    'bulk operations do no harm with an object as %s',
    async (name) => {
      const scim = await tenant()
      // It cannot be turned into text.
      const object = { toString: 1, valueOf: 1 }
      for (const verb of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const path = verb === 'POST' ? '/Users' : '/Users/x'
        const good = { method: verb, path, bulkId: 'a', data: {} }
        for (const value of [object, [object], { a: object }]) {
          const content = JSON.stringify({ Operations: [{ ...good, [name]: value }] })
          await judge(scim, { method: 'POST', path: '/Bulk', body: content })
        }
      }
    },
  )
})

/** Names that the administration knows, in bodies and in forms. */
const settingNames = [
  [
    'slug',
    'name',
    'label',
    'expiresAt',
    'enabled',
    'rules',
    'rules.name',
    'rules.email',
    'profile',
  ],
  ['guard', 'guard.deactivations', 'guard.teams', 'extensions', 'days', 'secret', 'next', 'search'],
  ['url', 'events', 'description', 'scopes', 'role', 'token', 'id', 'after', 'before', 'page'],
].flat()

const settingValue = fc.oneof(
  fc.constantFrom<unknown>(
    'allow',
    'reject',
    'lowercase',
    'auto',
    'rfc',
    'Acme',
    '30',
    '',
    0.5,
    true,
  ),
  fc.constantFrom(
    '/admin',
    '//example.com',
    'https://example.com',
    'http://127.0.0.1',
    'javascript:0',
  ),
  json,
)

const settingBody = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...settingNames), key), settingValue), { maxLength: 4 })
  .map(objectOf)

/** `DELETE …/links/..` is another address before it is sent: that of the tenant itself. */
const notUpwards = segment.filter((text) => !/^(\.|%2e)*$/i.test(text))

type AdministrationRequest = Sent & { readonly isForm: boolean }

const appRoutes = await app.routes()

/** Requests at the routes of the administration, for one tenant or for what looks like one. */
function administrationRequests(slug: string): fc.Arbitrary<AdministrationRequest> {
  const routes = appRoutes.filter(
    ({ method: verb, path }) =>
      path.startsWith('/admin') &&
      !path.includes('*') &&
      verb !== 'ALL' &&
      // These do what they say, to the tenant or to the session.
      !(verb === 'DELETE' && path.endsWith('/:slug')) &&
      !/sign-out|sign-in$/.test(path),
  )
  return fc
    .tuple(
      fc.constantFrom(...routes),
      fc.oneof({ weight: 5, arbitrary: fc.constant(slug) }, { weight: 1, arbitrary: notUpwards }),
      notUpwards,
      query,
      fc.oneof(
        { weight: 3, arbitrary: settingBody.map((value) => JSON.stringify(value)) },
        { weight: 1, arbitrary: rawBody },
      ),
    )
    .map(([{ method: verb, path }, name, id, text, content]) => {
      const address = path.replace(':slug', name).replaceAll(/:\w+/g, id)
      const isForm = !path.startsWith('/admin/api')
      const form = isForm ? formOf(content) : content
      return {
        method: verb,
        path: text === '' ? address : `${address}?${text}`,
        body: form,
        isForm,
      }
    })
    .filter(
      // A segment of dots makes an address shorter before it is sent: this one deletes the tenant.
      ({ method: verb, path }) =>
        verb !== 'DELETE' || !/\/tenants\/[^/]*\/*$/.test(new URL(path, origin).pathname),
    )
}

function formOf(content: string): string {
  try {
    const value: unknown = JSON.parse(content)
    const pairs = Object.entries(value ?? {}).map(([name, item]) => [
      wellFormed(name),
      wellFormed(typeof item === 'string' ? item : (JSON.stringify(item) ?? '')),
    ])
    return new URLSearchParams(pairs).toString()
  } catch {
    return content
  }
}

describe('hostile administration', () => {
  it('requests, with the operator’s own credentials, fail in no other way than by a refusal', async () => {
    const victim = await tenant()
    const witness = await tenant()
    await populate(victim)
    await populate(witness)
    const untouched = await contentsOf(witness)
    const before = await contentsOf(victim)
    const same = { Origin: origin, 'Sec-Fetch-Site': 'same-origin' }
    const signIn = await send(
      new Request(`${origin}/admin/sign-in`, {
        method: 'POST',
        redirect: 'manual',
        headers: same,
        body: new URLSearchParams({ secret: bindings.ADMIN_TOKEN }),
      }),
    )
    const Cookie = (signIn.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
    expect(Cookie).not.toBe('')
    const statuses = new Set<number>()
    await fc.assert(
      fc.asyncProperty(administrationRequests(victim.slug), async ({ isForm, ...sent }) => {
        const hasBody = !['GET', 'HEAD'].includes(sent.method)
        const credentials: Readonly<Record<string, string>> = isForm
          ? { ...same, Cookie }
          : { Authorization: `Bearer ${bindings.ADMIN_TOKEN}` }
        const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json'
        const response = await send(
          new Request(`${origin}${sent.path}`, {
            method: sent.method,
            redirect: 'manual',
            headers: { ...credentials, ...(hasBody ? { 'Content-Type': type } : {}) },
            ...(hasBody ? { body: sent.body ?? '' } : {}),
          }),
        )
        const text = await response.text()
        const told = `${JSON.stringify(sent).slice(0, 2_000)} gave ${response.status} ${text.slice(0, 500)}`
        statuses.add(response.status)
        expect(response.status, told).toBeLessThan(500)
        expect(response.headers.get('Location') ?? '/', told).toMatch(/^\/(?!\/)/)
        // Of people and teams the administration changes nothing, whatever it is told.
        expect(await contentsOf(victim), told).toEqual(before)
        if (isForm || response.status < 400) return
        expect(response.headers.get('Content-Type'), told).toBe('application/problem+json')
        expect(JSON.parse(text), told).toMatchObject({
          status: response.status,
          title: expect.any(String),
        })
      }),
      { numRuns: 250 * Math.max(inject('fuzzRuns'), 1), endOnFailure: true },
    )
    expect(await contentsOf(witness)).toEqual(untouched)
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 404]))
  })

  it('credentials open nothing', async () => {
    const { slug, token } = await tenant()
    await fc.assert(
      fc.asyncProperty(
        administrationRequests(slug),
        fc.oneof(
          headerText,
          headerText.map((text) => `Bearer ${text}`),
          fc.constantFrom(`Bearer ${token}`, `Basic ${btoa(`admin:${bindings.ADMIN_TOKEN}`)}`),
          fc.constantFrom(
            `Bearer ${bindings.ADMIN_TOKEN.slice(0, -1)}`,
            `Bearer ${bindings.ADMIN_TOKEN}x`,
          ),
        ),
        async (sent, Authorization) => {
          const hasBody = !['GET', 'HEAD'].includes(sent.method)
          const response = await send(
            new Request(`${origin}${sent.path}`, {
              method: sent.method,
              redirect: 'manual',
              headers: {
                Authorization,
                Cookie: Authorization.replaceAll(/[^\x20-\x7e]/g, ''),
                Origin: origin,
                'Sec-Fetch-Site': 'same-origin',
              },
              ...(hasBody ? { body: sent.body ?? '' } : {}),
            }),
          )
          const text = await response.text()
          const told = `${JSON.stringify(sent).slice(0, 1_000)} with ${Authorization} gave ${response.status}`
          expect(response.status, told).toBeLessThan(500)
          if (sent.isForm) expect(text, told).not.toContain(slug)
          else expect([401, 404], told).toContain(response.status)
        },
      ),
      { numRuns: 150 * Math.max(inject('fuzzRuns'), 1), endOnFailure: true },
    )
  })
})
