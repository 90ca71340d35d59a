/** What a request changed is to be delivered to whoever listens. */
import { createMiddleware } from 'hono/factory'
import { wakeDeliveries } from '../webhooks/wake'
import type { ScimTypes } from './context'

/** After the answer, and only where the cached credential names somebody: else it costs nothing. */
export const wakeWebhooks = createMiddleware<ScimTypes>(async function wakeWebhooks(c, next) {
  await next()
  if (c.req.method === 'GET' || c.req.method === 'HEAD' || !c.res.ok) return
  const { tenantId, webhooks = [] } = c.get('credential')
  if (webhooks.length > 0) c.executionCtx.waitUntil(wakeDeliveries(c.env, tenantId, webhooks))
})
