/** Calls to the webhooks of a tenant after a request that changed something. */
import { createMiddleware } from 'hono/factory'
import type { ScimContext, ScimTypes } from './context'
import { isReading } from './reply'

/** Wakes the active webhooks that the cached credential names, once the request is answered. */
export const wakeWebhooks = createMiddleware<ScimTypes>(async function wakeWebhooks(c, next) {
  await next()
  if (isReading(c) || !c.res.ok) return
  const { tenantId, webhooks = [] } = c.get('credential')
  if (webhooks.length > 0) c.executionCtx.waitUntil(wake(c, tenantId, webhooks))
})

async function wake(c: ScimContext, tenantId: number, webhooks: readonly string[]): Promise<void> {
  const { wakeDeliveries } = await import('../webhooks/wake')
  await wakeDeliveries(c.env, tenantId, webhooks)
}
