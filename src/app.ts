/** The Hono app: what is served where. */
import { HTTPException } from 'hono/http-exception'
import { admin } from './admin/api'
import { tellSecrets } from './admin/deployment/api'
import { operatorConsole } from './admin/console'
import { application } from './application/routes'
import { authenticateTenant } from './provisioning/authenticate'
import { postBulk } from './provisioning/bulk'
import { limitBody } from './provisioning/body'
import { logFailure } from './failure'
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
import { takeStandstill } from './database/standstill'
import { getHealth } from './http/health'
import { noteMetLimit } from './http/met-limits'
import type { RequestTypes } from './http/request-context'
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
import { serverMetadata, tokenEndpoint } from './token-endpoint/routes'

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

export const app = newApp<RequestTypes>((request, options) => routedPath(request, options?.env))

app.use(async function identifyRequest(c, next) {
  const ray = c.req.header('CF-Ray') ?? ''
  c.set('mayHaveChanged', false)
  c.set('requestId', /^[\w-]{1,64}$/.test(ray) ? ray : crypto.randomUUID())
  await next()
  c.res.headers.set('X-Request-Id', c.get('requestId'))
  c.res.headers.set('X-Content-Type-Options', 'nosniff')
  const limit = takeStandstill()
  if (limit) c.executionCtx.waitUntil(noteMetLimit(limit, c.env))
})

// A browser gets the console; programs are told that there is nothing.
app.get('/', (c) =>
  c.req.header('Accept')?.includes('text/html') ? c.redirect('/admin') : replyNotFound(c),
)
app.get('/healthz', tellSecrets, getHealth)
app.get('/openapi.json', (c) => getAsset(c.env, c.req.raw, '/openapi.json'))
app.route('/admin/api', admin)
app.route('/admin', operatorConsole)
app.route('/api', application)
app.route('/oauth', tokenEndpoint)
app.route('/.well-known/oauth-authorization-server/oauth', serverMetadata)

const scim = newApp<ScimTypes>()
scim.use('*', limitBody, wakeWebhooks, authenticateTenant)
for (const [path, methods] of scimRoutes) {
  for (const [method, route] of Object.entries(methods)) {
    scim.on(method, path, route)
  }
  scim.all(path, (c) => methodNotAllowed(c, Object.keys(methods)))
}
app.route('/scim/v2/:tenant', scim)

app.notFound((c) => replyNotFound(c))

app.onError(function answerFailure(error, c) {
  if (error instanceof HTTPException && error.status < 500) return error.getResponse()
  logFailure('Request failed', c.get('requestId'), error)
  return replyError(c, scimError(c.get('mayHaveChanged') ? 'unforeseen' : 'internalError'))
})

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
