/** The span of a page of the log: where it begins, and what of it is too old. */
import { placeAt } from '../../activity/counts'
import type { ActivityPage } from '../../activity/browse'
import type { ActivityPlace } from '../../activity/rows'
import type { Refusal } from '../../database/batch'
import { ok, type Result } from '../../result'
import type { AdminContext } from '../shell/context'

const last = Number.MAX_SAFE_INTEGER

/** Behind the newest line, or where the query says: a place, a time, or the older of both. */
export async function beginOf(
  c: AdminContext,
  { before, to }: { readonly before?: ActivityPlace | undefined; readonly to?: number | undefined },
): Promise<Result<ActivityPlace, Refusal>> {
  const newest = { event: last, refusal: last, passedOver: last }
  if (to === undefined) return ok(before ?? newest)
  const end = await placeAt(c.env.DB, c.var.tenant.id, to)
  return end.ok ? ok(olderOf(end.value, before ?? newest)) : end
}

function olderOf(one: ActivityPlace, other: ActivityPlace): ActivityPlace {
  return {
    event: Math.min(one.event, other.event),
    refusal: Math.min(one.refusal, other.refusal),
    passedOver: Math.min(one.passedOver, other.passedOver),
  }
}

/** A page without what is older than a time. */
export function since(page: ActivityPage, from: number | undefined): ActivityPage {
  if (from === undefined) return page
  const activity = page.activity.filter(({ at }) => at >= from)
  return { activity, older: activity.length < page.activity.length ? undefined : page.older }
}
