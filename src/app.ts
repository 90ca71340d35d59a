/** What is served where: SCIM and a few addresses here, everything else by the wings. */
import { atFirstUse } from './at-first-use'
import type { Environment } from './environment'
import { authenticateTenant } from './provisioning/authenticate'
import { postBulk } from './provisioning/bulk'
import { limitBody } from './provisioning/body'
import type { ScimContext, ScimTypes } from './provisioning/context'
import { routedPath } from './http/path'
import {
  getResourceType,
  getResourceTypes,
  getSchema,
  getSchemas,
  getServiceProviderConfig,
} from './provisioning/discovery'
import {
  deleteGroup,
  getGroup,
  groupListing,
  patchGroup,
  postGroup,
  putGroup,
} from './provisioning/groups'
import { listAcross, listBody, listOf, searchAcross, searchOf } from './provisioning/list'
import { getAsset } from './http/assets'
import { getHealth } from './http/health'
import { replyError, replyNotFound } from './provisioning/reply'
import {
  deleteUser,
  getUser,
  patchUser,
  postUser,
  putUser,
  userListing,
} from './provisioning/users'
import { wakeWebhooks } from './provisioning/notify'
import { scimError } from './scim/error'
import { newApp } from './http/router'
import { newSite, type Site } from './site'
import { openAll, wingOf } from './wings'

type Route = (c: ScimContext) => Response | Promise<Response>

/** Every routed path below the base URL of a tenant, with its methods. */
const scimRoutes: readonly (readonly [string, Readonly<Record<string, Route>>])[] = [
  ['/', { GET: listAcross([userListing, groupListing]) }],
  ['/Users', { GET: listOf(userListing), POST: postUser }],
  ['/Users.search', { POST: searchOf((c, query) => listBody(c, userListing, query)) }],
  ['/Users/:id', { GET: getUser, PUT: putUser, PATCH: patchUser, DELETE: deleteUser }],
  ['/Groups', { GET: listOf(groupListing), POST: postGroup }],
  ['/Groups.search', { POST: searchOf((c, query) => listBody(c, groupListing, query)) }],
  ['/Groups/:id', { GET: getGroup, PUT: putGroup, PATCH: patchGroup, DELETE: deleteGroup }],
  ['/.search', { POST: searchOf(searchAcross([userListing, groupListing])) }],
  ['/Bulk', { POST: postBulk }],
  ['/ServiceProviderConfig', { GET: getServiceProviderConfig }],
  ['/ResourceTypes', { GET: getResourceTypes }],
  ['/ResourceTypes/:name', { GET: getResourceType }],
  ['/Schemas', { GET: getSchemas }],
  ['/Schemas/:urn', { GET: getSchema }],
  ['/Me', everyMethod(notSupported('/Me'))],
]

const site = newSite()

const secrets = atFirstUse(() => import('./admin/deployment/secrets'))

// A browser gets the console; programs are told that there is nothing.
site.get('/', (c) =>
  c.req.header('Accept')?.includes('text/html') ? c.redirect('/admin') : replyNotFound(c),
)
site.get('/healthz', async (c, next) => (await secrets()).tellSecrets(c, next), getHealth)
site.get('/openapi.json', (c) => getAsset(c.env, c.req.raw, '/openapi.json'))

const scim = newApp<ScimTypes>()
scim.use('*', limitBody, wakeWebhooks, authenticateTenant)
for (const [path, methods] of scimRoutes) {
  for (const [method, route] of Object.entries(methods)) {
    scim.on(method, path, route)
  }
  scim.all(path, (c) => methodNotAllowed(c, Object.keys(methods)))
}
site.route('/scim/v2/:tenant', scim)

export const app = { fetch: answer, routes }

/** Every route, of the wings too. */
async function routes() {
  return [site, ...(await openAll())].flatMap((one) => one.routes)
}

/** A wing that cannot be evaluated is a failure like any other, and the next request tries again. */
function answer(
  request: Request,
  environment: Environment,
  context?: ExecutionContext,
): Response | Promise<Response> {
  const wing = wingOf(routedPath(request, environment))
  if (!wing) return site.fetch(request, environment, context)
  const opened = wing.open().catch(failing)
  return opened.then((answering) => answering.fetch(request, environment, context))
}

function failing(error: unknown): Site {
  return newSite().use(() => {
    throw error
  })
}

function methodNotAllowed(c: ScimContext, methods: readonly string[]): Response {
  const allowed = methods.join(', ')
  const error = scimError('methodNotAllowed', { method: c.req.method, allowed })
  return replyError(c, error, { Allow: allowed })
}

function notSupported(feature: string): Route {
  return (c) => replyError(c, scimError('notImplemented', { feature }))
}

function everyMethod(route: Route): Readonly<Record<string, Route>> {
  return Object.fromEntries(
    ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => [method, route]),
  )
}
