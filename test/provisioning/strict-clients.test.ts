/**
 * Answers of every kind, as strict clients read them: SCIM-SDK refuses each that is not
 * application/scim+json, UnboundID's SDK each with a member that the RFCs do not know.
 */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { app } from '../../src/app'
import { d1Errors, Faults } from '../support/faults'
import { bindings, origin, tenant } from '../support/gateway'
import { unknownMembers } from '../support/known-members'
import {
  enterpriseUrn,
  patch,
  person,
  sendJson,
  type Answer,
  type ScimClient,
} from '../support/tenant'

interface Scene {
  readonly scim: ScimClient
  readonly user: string
  readonly team: string
}

async function setScene(): Promise<Scene> {
  const scim = await tenant()
  const boss = await scim.call('POST', '/Users', person())
  const plural = [{ value: 'v', display: 'V', type: 'work', primary: true }]
  const address = { streetAddress: 'Main Street 1', country: 'AT', type: 'work', primary: true }
  const body = person({
    externalId: 'e1',
    phoneNumbers: plural,
    roles: plural,
    entitlements: plural,
    addresses: [{ ...address, locality: 'Vienna' }],
    [enterpriseUrn]: { department: 'R&D', manager: { value: boss.body.id } },
  })
  const user = await scim.call('POST', '/Users', body)
  const team = await scim.call('POST', '/Groups', {
    displayName: 'Team',
    externalId: 't1',
    members: [{ value: user.body.id }, { value: boss.body.id }],
  })
  return { scim, user: `/Users/${user.body.id}`, team: `/Groups/${team.body.id}` }
}

type Ask = (scene: Scene) => Promise<Answer>

const get =
  (path: string): Ask =>
  ({ scim }) =>
    scim.call('GET', path)

const title = patch({ op: 'replace', path: 'title', value: 'Boss' })
const rename = patch({ op: 'replace', path: 'displayName', value: 'Renamed' })

const bulk: Ask = ({ scim, user }) =>
  scim.call('POST', '/Bulk', {
    Operations: [
      { method: 'POST', path: '/Users', bulkId: 'a', data: person() },
      { method: 'POST', path: '/Groups', bulkId: 'b', data: { displayName: 'B' } },
      { method: 'PATCH', path: user, data: title },
      { method: 'PATCH', path: '/Users/nobody', data: title },
      { method: 'POST', path: '/Users', bulkId: 'c', data: {} },
      { method: 'JUMP', path: '/Users' },
    ],
  })

/** Requests that are answered 2xx with a body, by what they are for. */
const done: readonly (readonly [string, Ask])[] = [
  ['a person', ({ scim, user }) => scim.call('GET', user)],
  ['a part of a person', ({ scim, user }) => scim.call('GET', `${user}?attributes=emails.value`)],
  ['a team', ({ scim, team }) => scim.call('GET', team)],
  ['people', get('/Users')],
  ['nobody', get('/Users?filter=userName eq "nobody"')],
  ['teams', get('/Groups?excludedAttributes=members')],
  ['a search for people', ({ scim }) => scim.call('POST', '/Users/.search', { count: 1 })],
  ['a search for teams', ({ scim }) => scim.call('POST', '/Groups/.search', { count: 1 })],
  ['a search for all', ({ scim }) => scim.call('POST', '/.search', { count: 9 })],
  ['a new person', ({ scim }) => scim.call('POST', '/Users', person())],
  ['a new team', ({ scim }) => scim.call('POST', '/Groups', { displayName: 'Other' })],
  [
    'a replaced person',
    async ({ scim, user }) => scim.call('PUT', user, (await scim.call('GET', user)).body),
  ],
  [
    'a replaced team',
    async ({ scim, team }) => scim.call('PUT', team, (await scim.call('GET', team)).body),
  ],
  ['a changed person', ({ scim, user }) => scim.call('PATCH', user, title)],
  ['a changed team', ({ scim, team }) => scim.call('PATCH', team, rename)],
  ['a Bulk', bulk],
  ['the configuration', get('/ServiceProviderConfig')],
  ['the resource types', get('/ResourceTypes')],
  ['a resource type', get('/ResourceTypes/User')],
  ['the schemas', get('/Schemas')],
  ['a schema', get(`/Schemas/${enterpriseUrn}`)],
]

/** A request to the Worker with other bindings than the platform's. */
async function callWith(scim: ScimClient, path: string, more: object): Promise<Answer> {
  const context = createExecutionContext()
  const worker = (request: Request) =>
    Promise.resolve(app.fetch(request, { ...bindings, ...more }, context))
  const answer = await sendJson(worker, 'GET', `${scim.baseUrl}${path}`, undefined, {
    Authorization: `Bearer ${scim.token}`,
  })
  await waitOnExecutionContext(context)
  return answer
}

const outside =
  (path: string): Ask =>
  ({ scim }) =>
    sendJson(
      (request) => Promise.resolve(app.fetch(request, bindings, createExecutionContext())),
      'GET',
      `${origin}${path}`,
      undefined,
      { Authorization: `Bearer ${scim.token}` },
    )

const broken = {
  prepare() {
    throw new TypeError('A mistake')
  },
}
const lost = new Faults({
  binding: 'DB',
  moment: 'before',
  text: d1Errors.overloaded,
  calls: () => true,
})

const refused: readonly (readonly [number, string, Ask])[] = [
  [400, 'a bad filter', get('/Users?filter=userName is "x"')],
  [400, 'a body that is no JSON', ({ scim }) => scim.call('POST', '/Users', '{')],
  [
    401,
    'a wrong token',
    ({ scim }) => scim.call('GET', '/Users', undefined, { Authorization: 'Bearer x' }),
  ],
  [401, 'another tenant', outside('/scim/v2/nobody/Users')],
  [403, 'a filter of schemas', get('/Schemas?filter=id pr')],
  [404, 'nobody', get('/Users/nobody')],
  [404, 'an unknown schema', get('/Schemas/urn:x:y')],
  [404, 'an address below the tenant', get('/nothing/at/all')],
  [404, 'an address below no tenant', outside('/scim/v1/Users')],
  [404, 'the root', outside('/')],
  [405, 'a method', ({ scim }) => scim.call('DELETE', '/Users')],
  [
    409,
    'a name that is taken',
    async ({ scim, user }) => scim.call('POST', '/Users', (await scim.call('GET', user)).body),
  ],
  [
    412,
    'an old version',
    ({ scim, user }) => scim.call('DELETE', user, undefined, { 'If-Match': 'W/"99"' }),
  ],
  [
    413,
    'a large body',
    ({ scim }) => scim.call('POST', '/Users', { title: 'x'.repeat(1_100_000) }),
  ],
  [
    415,
    'another type',
    ({ scim }) => scim.call('POST', '/Users', '{}', { 'Content-Type': 'text/plain' }),
  ],
  [
    429,
    'too many requests',
    ({ scim }) =>
      callWith(scim, '/Users', { REQUESTS: { limit: async () => ({ success: false }) } }),
  ],
  [500, 'a mistake of the gateway', ({ scim }) => callWith(scim, '/Users', { DB: broken })],
  [501, 'the person of the token', get('/Me')],
  [503, 'an outage', ({ scim }) => callWith(scim, '/Users', lost.bindings(bindings))],
]

describe('an answer to a strict client', () => {
  it.each(done)('about %s has SCIM’s type and no member beyond the RFCs', async (_, ask) => {
    const { status, headers, body } = await ask(await setScene())
    expect(status, JSON.stringify(body)).toBeLessThan(300)
    expect(headers.get('Content-Type')).toBe('application/scim+json')
    expect(unknownMembers(body)).toEqual([])
  })

  it.each(refused)('%i, for %s, has SCIM’s type and no member beyond the RFCs', async (...row) => {
    const [status, , ask] = row
    const answer = await ask(await setScene())
    expect(answer.status, JSON.stringify(answer.body)).toBe(status)
    expect(answer.headers.get('Content-Type')).toBe('application/scim+json')
    expect(unknownMembers(answer.body)).toEqual([])
    expect(answer.body.status).toBe(String(status))
    expect(answer.code).toMatch(/^[a-z][A-Za-z]+$/)
  })

  it('has the members of RFC 9865 when cursors are asked for, and no other', async () => {
    const { scim } = await setScene()
    const first = await scim.call('GET', '/Users?cursor=&count=1')
    const second = await scim.call('GET', `/Users?cursor=${first.body.nextCursor}&count=1`)
    const config = await scim.call('GET', '/ServiceProviderConfig?attributes=pagination')
    for (const { body } of [first, second, config]) expect(unknownMembers(body, true)).toEqual([])
    expect(unknownMembers(first.body)).toEqual(['nextCursor'])
    expect(unknownMembers(config.body)).toEqual(['pagination'])
  })

  it('has in SCIM’s type what has no body as well: a deletion, and a team that is not sent back', async () => {
    const { scim, user, team } = await setScene()
    const changed = await scim.call(
      'PATCH',
      team,
      patch({ op: 'Replace', path: 'displayName', value: 'New' }),
    )
    const deleted = await scim.call('DELETE', user)
    for (const { status, headers, body } of [changed, deleted]) {
      expect([status, body]).toEqual([204, undefined])
      expect(headers.get('Content-Type')).toBe('application/scim+json')
    }
  })
})

describe('discovery', () => {
  it('calls schemas and resource types as RFC 7643 does', async () => {
    const { scim } = await setScene()
    for (const path of ['/ResourceTypes', '/Schemas']) {
      const { body } = await scim.call('GET', path)
      const described = body.Resources.map(({ name, description }: any) => [name, description])
      expect(described.slice(0, 1)).toEqual([['User', 'User Account']])
      expect(described).toContainEqual(['Group', 'Group'])
    }
    const enterprise = await scim.call('GET', `/Schemas/${enterpriseUrn}`)
    expect(enterprise.body).toMatchObject({
      name: 'EnterpriseUser',
      description: 'Enterprise User',
    })
  })
})
