/** The administration API as OpenAPI: its addresses, with the bodies and queries that it reads. */
import type * as z from 'zod'
import { describe, type Operation } from './administration-answers.ts'
import type { Described } from './operations.ts'

/**
 * The shapes that a file of forms exports. Its path is put together, as its types are those of the
 * Worker, and this is checked with those of Node.
 */
async function forms(room: string): Promise<(name: string) => z.core.$ZodType> {
  const found: unknown = await import(`../../src/admin/${room}/forms.ts`)
  return function shapeNamed(name) {
    const shape: unknown = Reflect.get(Object(found), name)
    if (typeof shape !== 'object' || shape === null) throw new Error(`${room} has no ${name}`)
    return shape as z.core.$ZodType
  }
}

const access = await forms('access')
const activity = await forms('activity')
const application = await forms('application')
const audit = await forms('audit')
const clients = await forms('clients')
const directory = await forms('directory')
const guard = await forms('guard')
const notices = await forms('notices')
const problems = await forms('problems')
const search = await forms('search')
const tenants = await forms('tenants')
const tokens = await forms('tokens')
const endpoints = await forms('webhooks')
const ofAllTenants = await forms('webhooks/all')

type Shape = Described['body']

function operation(
  call: string,
  operationId: string,
  summary: string,
  status: number,
  more: Pick<Described, 'body' | 'query' | 'isBodyOptional'> = {},
): Operation {
  const [method = '', path = ''] = call.split(' ')
  const known = method.toLowerCase() as Described['method']
  return { method: known, path, operationId, summary, status, ...more }
}

const get = (path: string, id: string, summary: string, query?: Shape) =>
  operation(`GET ${path}`, id, summary, 200, query ? { query } : {})
const post = (path: string, id: string, summary: string, status: number, body?: Shape) =>
  operation(`POST ${path}`, id, summary, status, body ? { body } : {})
const remove = (path: string, id: string, summary: string) =>
  operation(`DELETE ${path}`, id, summary, 204)

const tagged = (one: Operation): Operation => ({ ...one, isTagged: true })

const tenant = '/tenants/{tenant}'
const webhook = `${tenant}/webhooks/{id}`
const feedWebhook = '/webhooks/{id}'
const decided = { body: guard('decision'), isBodyOptional: true }

const operations: readonly Operation[] = [
  get('/notices', 'listNotices', 'What needs somebody, in all tenants, the worst first.'),
  get('/notices/targets', 'listNoticeTargets', 'The addresses that notices are sent to.'),
  post(
    '/notices/targets',
    'addNoticeTarget',
    'Adds an address; its signing secret is answered once.',
    201,
    notices('newNoticeTarget'),
  ),
  remove('/notices/targets/{id}', 'deleteNoticeTarget', 'Deletes an address.'),
  post('/tenants', 'createTenant', 'Makes a tenant.', 201, tenants('newTenant')),
  get('/tenants', 'listAllTenants', 'All tenants with their settings.'),
  tagged(get(tenant, 'getTenant', 'One tenant with its settings.')),
  tagged(
    operation(`PATCH ${tenant}`, 'changeTenant', 'Changes settings.', 200, {
      body: tenants('tenantChange'),
    }),
  ),
  get(`${tenant}/work`, 'getWork', 'Long work that is going on, and how far it is.'),
  tagged(remove(tenant, 'deleteTenant', 'Deletes the tenant with everything that it has.')),
  post(
    `${tenant}/sealing-keys`,
    'rotateSealingKey',
    'Makes a new random key.',
    200,
    tenants('keyRotation'),
  ),
  post(
    `${tenant}/tokens`,
    'createToken',
    'Makes a token of the identity provider.',
    201,
    tokens('newToken'),
  ),
  get(`${tenant}/tokens`, 'listTokens', 'The tokens, without their secrets.'),
  remove(`${tenant}/tokens/{id}`, 'revokeToken', 'Revokes a token.'),
  get(
    `${tenant}/activity`,
    'listActivity',
    'What was changed, refused or passed over.',
    activity('activityQuery'),
  ),
  get(
    `${tenant}/problems`,
    'listProblems',
    'Who is missing or out of date now, why, and what to do.',
    problems('problemsCall'),
  ),
  get(
    '/search',
    'search',
    'Tenants, people whatever became of them, teams and requests.',
    search('searchCall'),
  ),
  get(`${tenant}/returning`, 'listReturning', 'People who seem to be back.'),
  post(
    `${tenant}/users/{id}/hand-over`,
    'handOver',
    'Hands an account over.',
    204,
    directory('handOverForm'),
  ),
  get(
    `${tenant}/audit`,
    'listTenantAudit',
    'Changes of the administration.',
    audit('tenantAuditQuery'),
  ),
  get('/deployment', 'getDeployment', 'What this deployment is, and where its data is.'),
  get('/audit', 'listAudit', 'Changes of the administration in all tenants.', audit('auditQuery')),
  get(`${tenant}/holds`, 'listHolds', 'Occasions on which changes were held back.'),
  get(`${tenant}/holds/{id}`, 'getHold', 'One hold with its changes.', guard('changesQuery')),
  operation(
    `POST ${tenant}/holds/{id}/release`,
    'releaseHold',
    'Lets changes through.',
    200,
    decided,
  ),
  operation(`POST ${tenant}/holds/{id}/discard`, 'discardHold', 'Discards changes.', 200, decided),
  get(`${tenant}/holds/{id}/before`, 'getLossesBefore', 'What went through before a hold.'),
  post(`${tenant}/holds/{id}/undo`, 'undoLossesBefore', 'Takes back what went through.', 200),
  get(`${tenant}/releases`, 'listReleases', 'Releases, and when they are told.'),
  remove(`${tenant}/releases/{id}`, 'takeBackRelease', 'Takes a release back before it is told.'),
  get(`${tenant}/drift`, 'listDrift', 'Discarded differences.', guard('changesQuery')),
  operation(
    `POST ${tenant}/drift/release`,
    'releaseDrift',
    'Lets differences through.',
    200,
    decided,
  ),
  post(`${tenant}/links`, 'createLink', 'Makes a link to the console.', 201, access('newLink')),
  get(`${tenant}/links`, 'listLinks', 'The links, without their secrets.'),
  remove(`${tenant}/links/{id}`, 'revokeLink', 'Revokes a link.'),
  post(`${tenant}/clients`, 'createClient', 'Makes an OAuth client.', 201, clients('newClient')),
  get(`${tenant}/clients`, 'listClients', 'OAuth clients, without their secrets.'),
  remove(`${tenant}/clients/{id}`, 'revokeClient', 'Revokes an OAuth client.'),
  operation(
    `POST ${tenant}/clients/{id}/secrets`,
    'createClientSecret',
    'Makes another secret of an OAuth client.',
    201,
    { body: clients('newSecret'), isBodyOptional: true },
  ),
  remove(
    `${tenant}/clients/{id}/secrets/{secretId}`,
    'revokeClientSecret',
    'Revokes a secret of an OAuth client.',
  ),
  post('/keys', 'createKeyOfAll', 'Makes a key of all tenants.', 201, application('newKey')),
  get('/keys', 'listKeysOfAll', 'Keys of all tenants.'),
  remove('/keys/{id}', 'revokeKeyOfAll', 'Revokes a key of all tenants.'),
  post(
    `${tenant}/keys`,
    'createKey',
    'Makes a key of the application.',
    201,
    application('newKey'),
  ),
  get(`${tenant}/keys`, 'listKeys', 'Keys that open the tenant, and how far readers are.'),
  remove(`${tenant}/keys/{id}`, 'revokeKey', 'Revokes a key.'),
  post(
    '/restorations',
    'restartLogs',
    'Begins event logs again after a restored backup.',
    200,
    tenants('restoration'),
  ),
  post(
    '/operator-tokens',
    'createOperatorToken',
    'Makes an operator token.',
    201,
    access('newOperatorToken'),
  ),
  get('/operator-tokens', 'listOperatorTokens', 'Operator tokens, without their secrets.'),
  remove('/operator-tokens/{id}', 'revokeOperatorToken', 'Revokes an operator token.'),
  post('/staff', 'addPerson', 'Adds a person of the operator.', 201, access('newPerson')),
  get('/staff', 'listStaff', 'People of the operator, without their access codes.'),
  remove('/staff/{id}', 'revokePerson', 'Ends the rights of a person at once.'),
  post(`${tenant}/webhooks`, 'createWebhook', 'Makes an endpoint.', 201, endpoints('newWebhook')),
  get(`${tenant}/webhooks`, 'listWebhooks', 'The endpoints of the tenant.'),
  tagged(get(webhook, 'getWebhook', 'One endpoint.')),
  tagged(
    operation(`PATCH ${webhook}`, 'changeWebhook', 'Changes address or types.', 200, {
      body: endpoints('webhookChange'),
    }),
  ),
  tagged(remove(webhook, 'deleteWebhook', 'Deletes an endpoint.')),
  post(`${webhook}/rotate`, 'rotateWebhookSecret', 'Makes a new signing secret.', 200),
  post(`${webhook}/pause`, 'pauseWebhook', 'Stops delivery.', 200),
  post(`${webhook}/resume`, 'resumeWebhook', 'Goes on with delivery.', 200),
  post(`${webhook}/retry`, 'retryWebhook', 'Attempts the failed event now.', 200),
  post(
    `${webhook}/replay`,
    'replayWebhook',
    'Delivers events after a number, or from a time on, again.',
    200,
    endpoints('replayBody'),
  ),
  post(
    `${webhook}/resend`,
    'resendEvent',
    'Sends one event once more.',
    200,
    endpoints('oneEvent'),
  ),
  post(`${webhook}/skip`, 'skipEvent', 'Leaves the next event out.', 200, endpoints('oneEvent')),
  post(`${webhook}/test`, 'testWebhook', 'Sends a test event.', 200),
  get(
    `${webhook}/deliveries`,
    'listDeliveries',
    'Attempts of the last days.',
    endpoints('deliveriesQuery'),
  ),
  post(
    '/webhooks',
    'createFeedWebhook',
    'Makes an endpoint of all tenants.',
    201,
    endpoints('newWebhook'),
  ),
  get('/webhooks', 'listFeedWebhooks', 'The endpoints of all tenants.'),
  tagged(
    get(feedWebhook, 'getFeedWebhook', 'One endpoint of all tenants, and the tenants that wait.'),
  ),
  tagged(
    operation(`PATCH ${feedWebhook}`, 'changeFeedWebhook', 'Changes address or types.', 200, {
      body: endpoints('webhookChange'),
    }),
  ),
  tagged(remove(feedWebhook, 'deleteFeedWebhook', 'Deletes an endpoint of all tenants.')),
  post(`${feedWebhook}/rotate`, 'rotateFeedSecret', 'Makes a new signing secret.', 200),
  post(`${feedWebhook}/pause`, 'pauseFeedWebhook', 'Stops delivery.', 200),
  post(`${feedWebhook}/resume`, 'resumeFeedWebhook', 'Goes on with delivery.', 200),
  post(`${feedWebhook}/retry`, 'retryFeedWebhook', 'Attempts what failed now.', 200),
  post(
    `${feedWebhook}/replay`,
    'replayFeedWebhook',
    'Delivers again: of all tenants from a time on, or of one after a number.',
    200,
    ofAllTenants('feedReplayBody'),
  ),
  post(
    `${feedWebhook}/resend`,
    'resendTenantEvent',
    'Sends one event of a tenant once more.',
    200,
    ofAllTenants('tenantEvent'),
  ),
  post(
    `${feedWebhook}/skip`,
    'skipTenantEvent',
    'Leaves out the event that a tenant waits with.',
    200,
    ofAllTenants('tenantEvent'),
  ),
  post(`${feedWebhook}/test`, 'testFeedWebhook', 'Sends a test event.', 200),
  get(
    `${feedWebhook}/deliveries`,
    'listFeedDeliveries',
    'Attempts of the last days, of all tenants.',
    endpoints('deliveriesQuery'),
  ),
  get(
    `${feedWebhook}/events`,
    'listTenantEvents',
    'Events of one tenant: delivered, failed or waiting.',
    ofAllTenants('tenantEventsQuery'),
  ),
]

/** Paths below `/admin/api`. */
export function administrationPaths(): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const one of operations) {
    const path = `/admin/api${one.path}`
    paths[path] = { ...paths[path], [one.method]: describe(one) }
  }
  return paths
}
