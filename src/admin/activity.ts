/** The provisioning log as JSON: what was tried, on whom, how it ended, and what to do. */
import type { Context } from 'hono'
import * as z from 'zod'
import type { AppTypes } from '../http/context'
import { readActivity } from '../store/activity'
import type { Activity } from '../store/activity-rows'
import { findTenant } from '../store/tenants'
import { replyBadQuery, replyRefusal } from './problem'

/** `after` is `event.refusal`: how far the reader has come in either. */
const activityQuery = z.object({
  outcome: z.enum(['changed', 'failed']).optional(),
  after: z
    .string()
    .regex(/^\d{1,15}\.\d{1,15}$/)
    .default('0.0')
    .transform((text) => text.split('.').map(Number))
    .transform(([event = 0, refusal = 0]) => ({ event, refusal })),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
})

export async function getActivity(c: Context<AppTypes>): Promise<Response> {
  const query = activityQuery.safeParse(c.req.query())
  if (!query.success) return replyBadQuery(c, query.error)
  const tenant = await findTenant(c.env.DB, c.req.param('slug') ?? '')
  if (!tenant.ok) return replyRefusal(c, tenant.error)
  const { after, limit, outcome } = query.data
  const read = await readActivity(c.env.DB, { tenantId: tenant.value.id, after, limit, outcome })
  if (!read.ok) return replyRefusal(c, read.error)
  const { activity, end, hasMore } = read.value
  return c.json({ activity: activity.map(show), after: `${end.event}.${end.refusal}`, hasMore })
}

function show({ outcome, at, cause, failure, changes }: Activity) {
  return {
    outcome,
    at: new Date(at).toISOString(),
    ...cause,
    ...failure,
    ...(changes ? { changes } : {}),
  }
}
