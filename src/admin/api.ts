/** Every address of the operator's JSON API. */
import { HTTPException } from 'hono/http-exception'
import { logFailure } from '../failure'
import { takeBody } from '../http/body'
import { newApp } from '../http/router'
import { findAtHome } from '../tenants/locate'
import { newLink, newOperatorToken, newPerson } from './access/forms'
import { requireOperator } from './access/operator'
import {
  deleteOperatorToken,
  getOperatorTokens,
  postOperatorToken,
} from './access/operator-tokens-api'
import { deletePerson, getStaff, postPerson } from './access/staff-api'
import { deleteLink, getLinks, postLink } from './access/api'
import { getActivity } from './activity/api'
import { deleteKey, getKeys, postKey } from './application/api'
import { newKey } from './application/forms'
import { getAudit, getTenantAudit } from './audit/api'
import { getReturning, postHandOver } from './directory/api'
import { deleteClient, deleteSecret, getClients, postClient, postSecret } from './clients/api'
import { newClient, newSecret } from './clients/forms'
import { handOverForm } from './directory/forms'
import {
  deleteRelease,
  getBefore,
  getDrift,
  getHold,
  getHolds,
  getReleases,
  postDiscard,
  postDriftRelease,
  postRelease,
  postUndo,
} from './guard/api'
import { decision } from './guard/forms'
import { getDeployment } from './deployment/api'
import { deleteNoticeTarget, getNotices, getNoticeTargets, postNoticeTarget } from './notices/api'
import { newNoticeTarget } from './notices/forms'
import { body, noQuery, nothing, optionalBody } from './shell/body'
import type { AdminTypes } from './shell/context'
import { problems, replyProblem, replyRefusal } from './shell/problem'
import { getProblems, getSearch } from './search/api'
import { deleteTenant, getTenant, getTenants, patchTenant, postTenant } from './tenants/api'
import { keyRotation, newTenant, restoration, tenantChange } from './tenants/forms'
import { postRestoration } from './tenants/restoration'
import { postKeyRotation } from './tenants/sealing'
import { deleteToken, getTokens, postToken } from './tokens/api'
import { newToken } from './tokens/forms'
import {
  deleteWebhook,
  getDeliveries,
  getWebhook,
  getWebhooks,
  patchWebhook,
  postReplay,
  postResend,
  postRotation,
  postSkip,
  postState,
  postTest,
  postWebhook,
} from './webhooks/api'
import {
  deleteFeedWebhook,
  getFeedDeliveries,
  getFeedEvents,
  getFeedWebhook,
  getFeedWebhooks,
  patchFeedWebhook,
  postFeedReplay,
  postFeedResend,
  postFeedRotation,
  postFeedSkip,
  postFeedState,
  postFeedTest,
  postFeedWebhook,
} from './webhooks/all/api'
import { feedReplayBody, tenantEvent } from './webhooks/all/forms'
import { getWork } from './work/api'
import { newWebhook, oneEvent, replayBody, webhookChange } from './webhooks/forms'

const maximumBodyBytes = 256 * 1024

export const admin = newApp<AdminTypes>()

admin.use(requireOperator)

admin.use(
  takeBody(maximumBodyBytes, {
    tooLarge: (c) => replyProblem(c, problems.tooLarge),
    brokenOff: (c) => replyProblem(c, problems.brokenOff),
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
  logFailure('Request failed', c.get('requestId'), error)
  return replyProblem(c, problems.failed)
})

admin.notFound((c) => replyProblem(c, problems.notFound))

admin.get('/deployment', noQuery, getDeployment)

admin.post('/tenants', body(newTenant), (c) => postTenant(c, c.req.valid('json')))
admin.get('/tenants', noQuery, getTenants)
admin.get('/tenants/:slug', noQuery, getTenant)
admin.patch('/tenants/:slug', body(tenantChange), (c) => patchTenant(c, c.req.valid('json')))
admin.delete('/tenants/:slug', nothing, deleteTenant)

admin.post('/tenants/:slug/sealing-keys', body(keyRotation), (c) =>
  postKeyRotation(c, c.req.valid('json')),
)

admin.post('/tenants/:slug/tokens', body(newToken), (c) => postToken(c, c.req.valid('json')))
admin.get('/tenants/:slug/tokens', noQuery, getTokens)
admin.delete('/tenants/:slug/tokens/:id', nothing, deleteToken)

const client = '/tenants/:slug/clients/:id'

admin.post('/tenants/:slug/clients', body(newClient), (c) => postClient(c, c.req.valid('json')))
admin.get('/tenants/:slug/clients', noQuery, getClients)
admin.delete(client, nothing, deleteClient)
admin.post(`${client}/secrets`, optionalBody(newSecret), (c) => postSecret(c, c.req.valid('json')))
admin.delete(`${client}/secrets/:secretId`, nothing, deleteSecret)

admin.get('/tenants/:slug/work', noQuery, getWork)
admin.get('/search', getSearch)
admin.get('/tenants/:slug/problems', getProblems)
admin.get('/tenants/:slug/activity', getActivity)
admin.get('/tenants/:slug/returning', noQuery, getReturning)
admin.post('/tenants/:slug/users/:id/hand-over', body(handOverForm), (c) =>
  postHandOver(c, c.req.valid('json')),
)
admin.get('/tenants/:slug/audit', getTenantAudit)
admin.get('/audit', getAudit)

admin.get('/tenants/:slug/holds', noQuery, getHolds)
admin.get('/tenants/:slug/holds/:id', getHold)
admin.post('/tenants/:slug/holds/:id/release', optionalBody(decision), (c) =>
  postRelease(c, c.req.valid('json')),
)
admin.post('/tenants/:slug/holds/:id/discard', optionalBody(decision), (c) =>
  postDiscard(c, c.req.valid('json')),
)
admin.get('/tenants/:slug/holds/:id/before', noQuery, getBefore)
admin.post('/tenants/:slug/holds/:id/undo', nothing, postUndo)
admin.get('/tenants/:slug/releases', noQuery, getReleases)
admin.delete('/tenants/:slug/releases/:id', nothing, deleteRelease)
admin.get('/tenants/:slug/drift', getDrift)
admin.post('/tenants/:slug/drift/release', optionalBody(decision), (c) =>
  postDriftRelease(c, c.req.valid('json')),
)

admin.post('/tenants/:slug/links', body(newLink), (c) => postLink(c, c.req.valid('json')))
admin.get('/tenants/:slug/links', noQuery, getLinks)
admin.delete('/tenants/:slug/links/:id', nothing, deleteLink)

for (const path of ['/keys', '/tenants/:slug/keys']) {
  admin.post(path, body(newKey), (c) => postKey(c, c.req.valid('json')))
  admin.get(path, noQuery, getKeys)
  admin.delete(`${path}/:id`, nothing, deleteKey)
}

admin.get('/notices', noQuery, getNotices)
admin.get('/notices/targets', noQuery, getNoticeTargets)
admin.post('/notices/targets', body(newNoticeTarget), (c) =>
  postNoticeTarget(c, c.req.valid('json')),
)
admin.delete('/notices/targets/:id', nothing, deleteNoticeTarget)

admin.post('/restorations', body(restoration), (c) => postRestoration(c, c.req.valid('json')))

admin.post('/operator-tokens', body(newOperatorToken), (c) =>
  postOperatorToken(c, c.req.valid('json')),
)
admin.get('/operator-tokens', noQuery, getOperatorTokens)
admin.delete('/operator-tokens/:id', nothing, deleteOperatorToken)

admin.post('/staff', body(newPerson), (c) => postPerson(c, c.req.valid('json')))
admin.get('/staff', noQuery, getStaff)
admin.delete('/staff/:id', nothing, deletePerson)

const webhook = '/tenants/:slug/webhooks/:id'

admin.post('/tenants/:slug/webhooks', body(newWebhook), (c) => postWebhook(c, c.req.valid('json')))
admin.get('/tenants/:slug/webhooks', noQuery, getWebhooks)
admin.get(webhook, noQuery, getWebhook)
admin.patch(webhook, body(webhookChange), (c) => patchWebhook(c, c.req.valid('json')))
admin.delete(webhook, nothing, deleteWebhook)
admin.post(`${webhook}/rotate`, nothing, postRotation)
admin.post(`${webhook}/pause`, nothing, postState('pause'))
admin.post(`${webhook}/resume`, nothing, postState('resume'))
admin.post(`${webhook}/retry`, nothing, postState('retry'))
admin.post(`${webhook}/replay`, body(replayBody), (c) => postReplay(c, c.req.valid('json')))
admin.post(`${webhook}/resend`, body(oneEvent), (c) => postResend(c, c.req.valid('json')))
admin.post(`${webhook}/skip`, body(oneEvent), (c) => postSkip(c, c.req.valid('json')))
admin.post(`${webhook}/test`, nothing, postTest)
admin.get(`${webhook}/deliveries`, getDeliveries)

const ofAll = '/webhooks/:id'

admin.post('/webhooks', body(newWebhook), (c) => postFeedWebhook(c, c.req.valid('json')))
admin.get('/webhooks', noQuery, getFeedWebhooks)
admin.get(ofAll, noQuery, getFeedWebhook)
admin.patch(ofAll, body(webhookChange), (c) => patchFeedWebhook(c, c.req.valid('json')))
admin.delete(ofAll, nothing, deleteFeedWebhook)
admin.post(`${ofAll}/rotate`, nothing, postFeedRotation)
admin.post(`${ofAll}/pause`, nothing, postFeedState('pause'))
admin.post(`${ofAll}/resume`, nothing, postFeedState('resume'))
admin.post(`${ofAll}/retry`, nothing, postFeedState('retry'))
admin.post(`${ofAll}/replay`, body(feedReplayBody), (c) => postFeedReplay(c, c.req.valid('json')))
admin.post(`${ofAll}/resend`, body(tenantEvent), (c) => postFeedResend(c, c.req.valid('json')))
admin.post(`${ofAll}/skip`, body(tenantEvent), (c) => postFeedSkip(c, c.req.valid('json')))
admin.post(`${ofAll}/test`, nothing, postFeedTest)
admin.get(`${ofAll}/deliveries`, getFeedDeliveries)
admin.get(`${ofAll}/events`, getFeedEvents)

/** An address below the API that no route has ends here, not in the console's pages. */
admin.all('*', (c) => replyProblem(c, problems.notFound))
