/** The provisioning log as JSON. */
import { readQuery } from '../../http/query'
import { readActivity } from '../../activity/log'
import type { Activity } from '../../activity/rows'
import type { AdminContext } from '../shell/context'
import { replyBadQuery, replyRefusal } from '../shell/problem'
import { activityQuery, placeText } from './forms'

export async function getActivity(c: AdminContext): Promise<Response> {
  const query = readQuery(activityQuery, c.req.url)
  if (!query.ok) return replyBadQuery(c, query.error)
  const { after, limit, outcome } = query.value
  const read = await readActivity(c.env.DB, { tenantId: c.var.tenant.id, after, limit, outcome })
  if (!read.ok) return replyRefusal(c, read.error)
  const { activity, end, hasMore } = read.value
  return c.json({ activity: activity.map(show), after: placeText(end), hasMore })
}

function show({ outcome, at, cause, failure, request, changes }: Activity) {
  return {
    outcome,
    at: new Date(at).toISOString(),
    ...cause,
    ...failure,
    ...request,
    ...(changes ? { changes } : {}),
  }
}
