/** The place where a page of the log begins. */
import { placeAt } from '../../activity/counts'
import type { ActivityPlace } from '../../activity/rows'
import type { Refusal } from '../../database/batch'
import { ok, type Result } from '../../result'
import type { AdminContext } from '../shell/context'

const last = Number.MAX_SAFE_INTEGER

/** Behind the newest line, or where the query says: a place, or else a time. */
export async function beginOf(
  c: AdminContext,
  { before, to }: { readonly before?: ActivityPlace | undefined; readonly to?: number | undefined },
): Promise<Result<ActivityPlace, Refusal>> {
  if (before) return ok(before)
  if (to === undefined) return ok({ event: last, refusal: last, passedOver: last })
  return placeAt(c.env.DB, c.var.tenant.id, to)
}
