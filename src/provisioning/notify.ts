/** Calls to the webhooks of a tenant after a request that changed something. */
import { createMiddleware } from 'hono/factory'
import { wakeDeliveries } from '../webhooks/wake'
import type { ScimTypes } from './context'

/** Wakes the active webhooks that the cached credential names, once the request is answered. */
export const wakeWebhooks = createMiddleware<ScimTypes>(async function wakeWebhooks(c, next) {
  await next()
  if (c.req.method === 'GET' || c.req.method === 'HEAD' || !c.res.ok) return
  const { tenantId, webhooks = [] } = c.get('credential')
  if (webhooks.length > 0) c.executionCtx.waitUntil(wakeDeliveries(c.env, tenantId, webhooks))
})
