/** The operator's JSON API: tenants, their settings and their tokens. */
import { zValidator } from '@hono/zod-validator'
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import type * as z from 'zod/mini'
import { isOperator } from '../access/operator-secret'
import { baseUrlFor } from '../http/path'
import { isoOrNull } from '../database/row'
import { mainName } from '../database/placement'
import { listTenants, type ListedTenant, type Tenant } from '../tenants/store'
import { listTokens, type TokenRecord } from '../tokens/store'
import { getActivity } from './activity/api'
import { getAudit, getTenantAudit } from './audit/api'
import {
  changeTenant,
  issueToken,
  makeTenant,
  removeTenant,
  withdrawToken,
} from '../tenants/commands'
import { newLink, newTenant, newToken, tenantChange } from './shell/forms'
import {
  getDrift,
  getHold,
  getHolds,
  postDiscard,
  postDriftRelease,
  postRelease,
} from './guard/api'
import { deleteLink, getLinks, postLink } from './access/links-api'
import { newWebhook, replayBody, webhookChange } from './webhooks/forms'
import {
  deleteWebhook,
  getDeliveries,
  getWebhook,
  getWebhooks,
  patchWebhook,
  postReplay,
  postRotation,
  postSteering,
  postTest,
  postWebhook,
} from './webhooks/api'
import { operatorAuthor, type ApiContext, type ApiTypes } from './shell/api-context'
import { problems, replyInvalid, replyProblem, replyRefusal } from './shell/problem'
import { deleteKey, getKeys, postKey } from './application/api'
import { findAtHome } from '../tenants/locate'
import { newApp } from '../http/router'

const maximumBodyBytes = 256 * 1024

export const admin = newApp<ApiTypes>()

admin.use(async function requireOperator(c, next) {
  if (!(await isOperator(c.req.header('Authorization'), c.env.ADMIN_TOKEN))) {
    return replyProblem(c, problems.unauthorized)
  }
  await next()
  return undefined
})

admin.use(
  bodyLimit({
    maxSize: maximumBodyBytes,
    onError: (c) => replyProblem(c, problems.tooLarge),
  }),
)

admin.use('/tenants/:slug/*', async function enterTenant(c, next) {
  const found = await findAtHome(c.env, c.req.param('slug'))
  if (!found.ok) return replyRefusal(c, found.error)
  c.env = found.value.home
  c.set('tenant', found.value.tenant)
  await next()
  return undefined
})

admin.onError(function answerProblem(error, c) {
  if (error instanceof HTTPException && error.status < 500) {
    return replyProblem(c, problems.malformedJson)
  }
  throw error
})

admin.notFound((c) => replyProblem(c, problems.notFound))

admin.post('/tenants', body(newTenant), async (c) => {
  const created = await makeTenant(c.env, c.req.valid('json'), operatorAuthor(c))
  return created.ok ? c.json(showTenant(created.value), 201) : replyRefusal(c, created.error)
})

admin.get('/tenants', async (c) => {
  const found = await listTenants(c.env)
  return found.ok ? c.json({ tenants: found.value.map(showTenant) }) : replyRefusal(c, found.error)
})

admin.get('/tenants/:slug', (c) => c.json(showTenant(here(c, c.var.tenant))))

admin.patch('/tenants/:slug', body(tenantChange), async (c) => {
  const saved = await changeTenant(c.env.DB, c.var.tenant, c.req.valid('json'), operatorAuthor(c))
  return saved.ok ? c.json(showTenant(here(c, saved.value))) : replyRefusal(c, saved.error)
})

admin.delete('/tenants/:slug', async (c) => {
  const deleted = await removeTenant(c.env, c.var.tenant, operatorAuthor(c))
  if (!deleted.ok) return replyRefusal(c, deleted.error)
  return deleted.value
    ? c.body(null, 204)
    : c.json({ slug: c.var.tenant.slug, deleting: true }, 202)
})

admin.post('/tenants/:slug/tokens', body(newToken), async (c) => {
  const { label, expiresAt } = c.req.valid('json')
  const { tenant } = c.var
  const wish = { label, expiresAt: expiresAt ?? null }
  const issued = await issueToken(c.env, tenant, wish, operatorAuthor(c))
  if (!issued.ok) return replyRefusal(c, issued.error)
  const { record, token } = issued.value
  const baseUrl = baseUrlFor(c.req.url, tenant.slug)
  return c.json({ ...showToken(record), token, baseUrl }, 201, {
    'Cache-Control': 'no-store',
  })
})

admin.get('/tenants/:slug/activity', getActivity)
admin.get('/tenants/:slug/audit', getTenantAudit)
admin.get('/audit', getAudit)

admin.get('/tenants/:slug/holds', getHolds)
admin.get('/tenants/:slug/holds/:id', getHold)
admin.post('/tenants/:slug/holds/:id/release', postRelease)
admin.post('/tenants/:slug/holds/:id/discard', postDiscard)
admin.get('/tenants/:slug/drift', getDrift)
admin.post('/tenants/:slug/drift/release', postDriftRelease)

admin.get('/tenants/:slug/tokens', async (c) => {
  const tokens = await listTokens(c.env.DB, c.var.tenant)
  return tokens.ok ? c.json({ tokens: tokens.value.map(showToken) }) : replyRefusal(c, tokens.error)
})

admin.delete('/tenants/:slug/tokens/:id', async (c) => {
  const revoked = await withdrawToken(c.env, c.var.tenant, c.req.param('id'), operatorAuthor(c))
  return revoked.ok ? c.body(null, 204) : replyRefusal(c, revoked.error)
})

admin.post('/tenants/:slug/links', body(newLink), (c) => postLink(c, c.req.valid('json')))
admin.get('/tenants/:slug/links', getLinks)
admin.delete('/tenants/:slug/links/:id', deleteLink)

for (const path of ['/keys', '/tenants/:slug/keys']) {
  admin.post(path, postKey)
  admin.get(path, getKeys)
  admin.delete(`${path}/:id`, deleteKey)
}

const webhook = '/tenants/:slug/webhooks/:id'

admin.post('/tenants/:slug/webhooks', body(newWebhook), (c) => postWebhook(c, c.req.valid('json')))
admin.get('/tenants/:slug/webhooks', getWebhooks)
admin.get(webhook, getWebhook)
admin.patch(webhook, body(webhookChange), (c) => patchWebhook(c, c.req.valid('json')))
admin.delete(webhook, deleteWebhook)
admin.post(`${webhook}/rotate`, postRotation)
admin.post(`${webhook}/pause`, postSteering('pause'))
admin.post(`${webhook}/resume`, postSteering('resume'))
admin.post(`${webhook}/retry`, postSteering('retry'))
admin.post(`${webhook}/replay`, body(replayBody), (c) => postReplay(c, c.req.valid('json')))
admin.post(`${webhook}/test`, postTest)
admin.get(`${webhook}/deliveries`, getDeliveries)

/** An address below the API that no route has ends here, not in the console's pages. */
admin.all('*', (c) => replyProblem(c, problems.notFound))

/** Validates a JSON body, and says in a problem what is wrong with it. */
function body<T extends z.ZodMiniType>(schema: T) {
  return zValidator('json', schema, (result, c: Context) => {
    return result.success ? undefined : replyInvalid(c, result.error)
  })
}

function here(c: ApiContext, tenant: Tenant): ListedTenant {
  return { ...tenant, database: c.env.HOME ?? mainName }
}

function showTenant(tenant: ListedTenant) {
  const { slug, name, enabled, settings, userCount, teamCount, createdAt, database } = tenant
  return {
    slug,
    name,
    enabled,
    users: userCount,
    teams: teamCount,
    created: isoOrNull(createdAt),
    database,
    ...settings,
  }
}

function showToken(token: TokenRecord) {
  const { id, label, createdAt, lastUsedAt, lastAddress, lastAgent, expiresAt, revokedAt } = token
  return {
    id,
    label,
    created: isoOrNull(createdAt),
    lastUsed: isoOrNull(lastUsedAt),
    lastAddress,
    lastAgent,
    requestsToday: token.requestsToday,
    expires: isoOrNull(expiresAt),
    revoked: isoOrNull(revokedAt),
  }
}
