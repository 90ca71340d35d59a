/**
 * Every operation of `assets/openapi.json` is called on a running gateway: each answer has a status and a
 * shape that the description gives it, without a member that it does not name.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { misfitOf, operations } from '../support/described-answer.ts'
import { adminToken, startServer, type Server } from '../support/server.ts'
import { startSink, type Sink } from '../support/sink.ts'
import { client, patch, person, type ScimClient } from '../support/tenant.ts'

let server: Server
let sink: Sink

/** Statuses that each operation has answered with. */
const reached = new Map<string, Set<number>>()

beforeAll(async () => {
  server = await startServer()
  sink = await startSink()
})

afterAll(async () => {
  await server?.stop()
  await sink?.stop()
})

type Values = Readonly<Record<string, string>>

interface Wish {
  readonly query?: Values
  readonly body?: unknown
  readonly secret?: string
  readonly headers?: Values
}

/** Calls an operation, and compares the answer with the description; what is no `path` of it is an error. */
async function call(operationId: string, status: number, path: Values = {}, wish: Wish = {}) {
  const operation = operations.get(operationId)
  if (!operation) throw new Error(`${operationId} is not described`)
  const filled = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = path[name] ?? { tenant: 'acme' }[name]
    if (value === undefined) throw new Error(`${operationId} needs ${name}`)
    return encodeURIComponent(value)
  })
  const query = new URLSearchParams(wish.query).toString()
  const { body } = wish
  const answer = await fetch(`${server.url}${filled}${query === '' ? '' : `?${query}`}`, {
    method: operation.method,
    headers: {
      Authorization: `Bearer ${wish.secret ?? adminToken}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...wish.headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  const type = answer.headers.get('Content-Type')
  const misfit = misfitOf(operationId, answer.status, type, text)
  expect.soft([operationId, answer.status, misfit]).toEqual([operationId, status, ''])
  reached.set(operationId, (reached.get(operationId) ?? new Set()).add(answer.status))
  return text === '' ? {} : JSON.parse(text)
}

const extension = {
  resourceType: 'User',
  id: 'urn:example:acme:2.0:User',
  name: 'Acme',
  attributes: [
    { name: 'plan', type: 'string' },
    { name: 'seat', type: 'complex', subAttributes: [{ name: 'room', type: 'string' }] },
  ],
}

async function fill(scim: ScimClient) {
  const observed = { 'urn:example:seen:2.0:User': { level: 'high', tags: ['a'] } }
  const ann = await scim.call(
    'POST',
    '/Users',
    person({ userName: 'ann@example.com', ...observed }),
  )
  const bob = await scim.call('POST', '/Users', person({ userName: 'bob@example.com' }))
  const carl = await scim.call(
    'POST',
    '/Users',
    person({ userName: 'carl@example.com', emails: [] }),
  )
  const ids = [ann, bob, carl].map(({ body }) => String(body.id))
  const members = ids.map((value) => ({ value }))
  const team = await scim.call('POST', '/Groups', { displayName: 'Sales', members })
  const rename = patch({ op: 'replace', path: 'userName', value: 'carla@example.com' })
  await scim.call('PATCH', `/Users/${ids[2]}`, rename)
  await scim.call('POST', '/Users', person({ userName: 'Dora@Example.com' }))
  await scim.call('POST', '/Groups', { displayName: 'Ghosts', members: [{ value: 'nobody' }] })
  await scim.call(
    'PATCH',
    `/Groups/${team.body.id}`,
    patch({ op: 'replace', path: 'x<', value: 1 }),
  )
  await scim.call('POST', '/Users', '{')
  const gone = await scim.call('POST', '/Users', person({ userName: 'emil@example.com' }))
  await scim.call('DELETE', `/Users/${gone.body.id}`)
  return { ids, team: String(team.body.id) }
}

it('the tenants and all that opens them', async () => {
  await call('createTenant', 201, {}, { body: { slug: 'acme', name: 'Acme' } })
  await call('createTenant', 409, {}, { body: { slug: 'acme', name: 'Acme' } })
  await call('createTenant', 400, {}, { body: { slug: 'Not a slug', nothing: 1 } })
  await call('createTenant', 400, {}, { body: '{' })
  await call('createTenant', 413, {}, { body: `"${'x'.repeat(300_000)}"` })
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
  await call('createTenant', 415, {}, { body: 'slug=acme', headers: form })
  await call('createTenant', 401, {}, { body: {}, secret: 'wrong' })
  await call('changeTenant', 200, {}, { body: { extensions: [extension], guard: { people: 3 } } })
  await call('changeTenant', 400, {}, { body: { guard: { people: 'many' } } })
  await call('getTenant', 404, { tenant: 'nobody' })
  await call('getTenant', 400, {}, { query: { what: 'x' } })

  const token = await call('createToken', 201, {}, { body: { label: 'OneLogin' } })
  const scim = client(fetch, token.baseUrl, token.token)
  await fill(scim)
  await call('getTenant', 200)
  await call('listAllTenants', 200)
  await call('listTokens', 200)
  const other = await call('createToken', 201, {}, { body: {} })
  await call('revokeToken', 204, { id: other.id })
  await call('revokeToken', 404, { id: 'nobody' })
  await call('rotateSealingKey', 200, {}, { body: { purpose: 'cursors' } })

  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  const link = await call('createLink', 201, {}, { body: { role: 'setup', expiresAt } })
  await call('listLinks', 200)
  await call('revokeLink', 204, { id: link.id })

  const key = await call('createKey', 201, {}, { body: { label: 'Product' } })
  await call('listKeys', 200)
  await call('revokeKey', 204, { id: key.id })
  const all = await call('createKeyOfAll', 201, {}, { body: {} })
  await call('listKeysOfAll', 200)
  await call('revokeKeyOfAll', 204, { id: all.id })

  const secret = { kind: 'secret', label: 'Program' }
  const made = await call('createClient', 201, {}, { body: secret })
  const federated = {
    kind: 'federated',
    label: 'Cloud',
    issuer: 'https://issuer.example',
    subject: 'job',
    audience: 'https://gateway.example',
    jwks: { keys: [await publicKey()] },
  }
  await call(
    'createClient',
    201,
    {},
    { body: { kind: 'jwt', label: 'Keys', jwks: federated.jwks } },
  )
  await call('createClient', 400, {}, { body: { ...federated, jwks: { keys: [] } } })
  await call('listClients', 200)
  const second = await call('createClientSecret', 201, { id: made.id })
  await call('revokeClientSecret', 204, { id: made.id, secretId: second.id })
  await call('revokeClient', 204, { id: made.id })

  const operator = await call(
    'createOperatorToken',
    201,
    {},
    { body: { label: 'CI', scope: 'read' } },
  )
  await call('listOperatorTokens', 200)
  await call('createTenant', 403, {}, { body: { slug: 'x', name: 'X' }, secret: operator.token })
  await call('revokeOperatorToken', 204, { id: operator.id })
  const sue = await call('addPerson', 201, {}, { body: { name: 'Sue', role: 'support' } })
  await call('listStaff', 200)
  await call('revokePerson', 204, { id: sue.id })
  await call('listAudit', 200, {}, { query: { limit: '5' } })
  await call('listTenantAudit', 200)
  await call('listTenantAudit', 400, {}, { query: { limit: 'many' } })
})

it('support: the search, problems, the log and the deployment', async () => {
  const wanted = {
    people: 'bob@',
    former: 'carl@',
    refused: 'dora',
    departed: 'emil',
    teams: 'Sales',
    tenants: 'acme',
  }
  for (const [kind, q] of Object.entries(wanted)) {
    expect([kind, (await call('search', 200, {}, { query: { q } }))[kind].length]).toEqual([
      kind,
      1,
    ])
  }
  await call('search', 400)
  const { problems } = await call('listProblems', 200)
  expect(problems.length).toBeGreaterThan(2)
  await call('listProblems', 400, {}, { query: { before: 'x' } })
  for (const outcome of ['changed', 'failed', 'passedOver']) {
    await call('listActivity', 200, {}, { query: { outcome, limit: '50' } })
  }
  await call('getWork', 200)
  await call('getDeployment', 200)
  await call('listReturning', 200)

  const token = await call('createToken', 201, {}, { body: {} })
  const scim = client(fetch, token.baseUrl, token.token)
  const body = person({ userName: 'back@example.com', externalId: 'old' })
  const old = await scim.call('POST', '/Users', body)
  const off = patch({ op: 'replace', path: 'active', value: false })
  await scim.call('PATCH', `/Users/${old.body.id}`, off)
  await expect
    .poll(async () => {
      await scim.call('POST', '/Users', { ...body, externalId: 'new' })
      return (await call('listReturning', 200)).people.length
    })
    .toBe(1)
  await call('handOver', 409, { id: old.body.id }, { body: { externalId: 'other' } })
  await call('handOver', 204, { id: old.body.id }, { body: { externalId: 'new' } })
  await call('revokeToken', 204, { id: token.id })
})

it('the guard', async () => {
  await call('changeTenant', 200, {}, { body: { guard: { people: 10, deactivations: 0.01 } } })
  const token = await call('createToken', 201, {}, { body: {} })
  const scim = client(fetch, token.baseUrl, token.token)
  const crowd: string[] = []
  for (let index = 0; index < 16; index += 1) {
    const made = await scim.call('POST', '/Users', person({ userName: `lot${index}@example.com` }))
    crowd.push(String(made.body.id))
  }
  const off = patch({ op: 'replace', path: 'active', value: false })
  for (const id of crowd.slice(8)) await scim.call('PATCH', `/Users/${id}`, off)
  for (const id of crowd.slice(0, 8)) await scim.call('DELETE', `/Users/${id}`)
  const { holds } = await call('listHolds', 200)
  const id = String(holds[0]?.id)
  const { changes } = await call('getHold', 200, { id }, { query: { limit: '50' } })
  await call('getHold', 404, { id: 'nobody' })
  await call('getHold', 400, { id }, { query: { limit: 'x' } })
  await call('getLossesBefore', 200, { id })
  await call('undoLossesBefore', 200, { id })
  await call('discardHold', 200, { id }, { body: { changes: [changes[0].change] } })
  await call('listDrift', 200)
  const decided = await call('releaseDrift', 200, {}, { body: {} })
  await call('listReleases', 200)
  if (decided.release) await call('takeBackRelease', 204, { id: decided.release })
  const released = await call('releaseHold', 200, { id })
  await call('listReleases', 200)
  await call('takeBackRelease', 204, { id: released.release })
  await call('releaseHold', 400, { id }, { body: { changes: 'all' } })
  await call('discardHold', 404, { id: 'nobody' })

  await call('changeTenant', 200, {}, { body: { guard: { protected: ['boss@example.com'] } } })
  const boss = await scim.call('POST', '/Users', person({ userName: 'boss@example.com' }))
  await scim.call('DELETE', `/Users/${boss.body.id}`)
  const list = (await call('listHolds', 200)).holds
  await call('releaseHold', 409, { id: String(list[0]?.id) })
})

it('delivery', async () => {
  const url = `${sink.url}/hook`
  const { id } = await call('createWebhook', 201, {}, { body: { url } })
  await call('createWebhook', 400, {}, { body: { url: 'nowhere' } })
  await call('listWebhooks', 200)
  await call('getWebhook', 200, { id })
  await call('getWebhook', 404, { id: 'nobody' })
  await call('changeWebhook', 200, { id }, { body: { events: ['user.created'] } })
  await call('rotateWebhookSecret', 200, { id })
  await call('testWebhook', 200, { id })
  await call('pauseWebhook', 200, { id })
  await call('resumeWebhook', 200, { id })
  await call('retryWebhook', 200, { id })
  await call('resendEvent', 200, { id }, { body: { seq: 1 } })
  await call('resendEvent', 400, { id }, { body: { seq: 1_000_000 } })
  await call('pauseWebhook', 200, { id })
  await call('replayWebhook', 200, { id }, { body: { after: 0 } })
  await call('skipEvent', 200, { id }, { body: { seq: 1 } })
  await call('listDeliveries', 200, { id })
  await call('deleteWebhook', 204, { id })
  await call('listNotices', 200)
  const target = await call('addNoticeTarget', 201, {}, { body: { kind: 'webhook', url } })
  await call('listNoticeTargets', 200)
  await call('deleteNoticeTarget', 204, { id: target.id })
})

it('delivery for all tenants', async () => {
  const url = `${sink.url}/all`
  const whose = { tenant: 'acme', seq: 1 }
  const { id } = await call('createFeedWebhook', 201, {}, { body: { url } })
  await call('createFeedWebhook', 400, {}, { body: { url: 'nowhere' } })
  await call('listFeedWebhooks', 200)
  await call('getFeedWebhook', 200, { id })
  await call('getFeedWebhook', 404, { id: 'nobody' })
  await call('changeFeedWebhook', 200, { id }, { body: { events: ['user.created'] } })
  await call('rotateFeedSecret', 200, { id })
  await call('testFeedWebhook', 200, { id })
  await call('pauseFeedWebhook', 200, { id })
  await call('resumeFeedWebhook', 200, { id })
  await call('retryFeedWebhook', 200, { id })
  await call('resendTenantEvent', 200, { id }, { body: whose })
  await call('resendTenantEvent', 400, { id }, { body: { ...whose, seq: 1_000_000 } })
  await call('pauseFeedWebhook', 200, { id })
  await call('replayFeedWebhook', 200, { id }, { body: { tenant: 'acme', after: 0 } })
  await call('skipTenantEvent', 200, { id }, { body: whose })
  await call('skipTenantEvent', 404, { id }, { body: { ...whose, tenant: 'nobody' } })
  await call('listFeedDeliveries', 200, { id })
  await call('listTenantEvents', 200, { id }, { query: { tenant: 'acme' } })
  await call('deleteFeedWebhook', 204, { id })
})

it('what the application reads', async () => {
  const { key, id } = await call('createKey', 201, {}, { body: { scope: 'read-ack' } })
  const reading = await call('createKey', 201, {}, { body: { scope: 'read' } })
  const all = await call('createKeyOfAll', 201, {}, { body: {} })
  const own = { secret: key }
  await call('listTenants', 200, {}, own)
  await call('listTenants', 400, {}, { ...own, query: { limit: 'x' } })
  await call('listTenants', 401, {}, { secret: 'wrong' })
  const { users, log } = await call('listUsers', 200, {}, own)
  await call('listUsers', 200, {}, { ...own, query: { email: 'ann@example.com' } })
  await call('listUsers', 400, {}, { ...own, query: { cursor: 'x' } })
  await call('getUser', 200, { id: users[0].id }, own)
  await call('getUser', 404, { id: 'nobody' }, own)
  const { teams } = await call('listTeams', 200, {}, own)
  await call('getTeam', 200, { id: teams[0].id }, own)
  await call('getTeam', 404, { id: 'nobody' }, own)
  await call('listMembers', 200, { id: teams[0].id }, own)
  await call('listMembers', 404, { id: 'nobody' }, own)
  const { asOf } = await call(
    'listEvents',
    200,
    {},
    { ...own, query: { after: '0', limit: '1000' } },
  )
  await call('listEvents', 410, {}, { ...own, query: { after: '9999999', log } })
  await call('listEvents', 400, {}, { ...own, query: { after: '5' } })
  await call('acknowledgeEvents', 200, {}, { ...own, body: { seq: 1 } })
  await call('acknowledgeEvents', 409, {}, { ...own, body: { seq: asOf + 1_000 } })
  await call('acknowledgeEvents', 403, {}, { secret: reading.key, body: { seq: 1 } })
  await call('acknowledgeEvents', 400, {}, { ...own, body: {} })
  await call('acknowledgeEvents', 413, {}, { ...own, body: `"${'x'.repeat(2_000_000)}"` })
  const feed = await call('listFeed', 200, {}, { secret: all.key })
  const everything = await call('createKeyOfAll', 201, {}, { body: { scope: 'read-ack' } })
  const told = { body: { after: feed.after } }
  await call('acknowledgeFeed', 200, {}, { ...told, secret: everything.key })
  await call('acknowledgeFeed', 403, {}, { ...told, secret: all.key })
  await call('acknowledgeFeed', 400, {}, { body: {}, secret: everything.key })
  await call('listFeed', 403, {}, own)
  await call('listFeed', 400, {}, { secret: all.key, query: { after: 'x' } })
  await call('listKeys', 200)
  await call('revokeKey', 204, { id })
  await call('getUser', 401, { id: 'nobody' }, own)
})

it('the end: a restored backup, a deleted tenant, and an operation left out by none of these', async () => {
  await call('restartLogs', 200, {}, { body: {} })
  await call('restartLogs', 400, {}, { body: { database: 'nowhere' } })
  await call('deleteTenant', 204)
  await call('deleteTenant', 404)
  const isDone = (id: string) => [...(reached.get(id) ?? [])].some((status) => status < 300)
  expect([...operations.keys()].filter((id) => !isDone(id))).toEqual([])
})

async function publicKey(): Promise<object> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  return { kty, crv, x, y }
}
