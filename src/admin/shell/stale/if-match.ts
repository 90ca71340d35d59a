/**
 * `If-Match` and `If-None-Match` of changes in the JSON API (RFC 9110 section 13.1): a change of what the caller has read,
 * and of nothing newer.
 */
import type { Context } from 'hono'
import { conditionOf as conditionIn, holds, matchesTag } from '../../../scim/version'

/** The condition that a change carries; undefined without a header, for a change of whatever is stored. */
export function conditionOf<T>(
  c: Context,
  tagOf: (present: T) => string | Promise<string>,
): ((present: T) => Promise<boolean>) | undefined {
  const condition = conditionIn(c.req.raw.headers)
  if (condition === undefined) return undefined
  return async function isAsSeen(present) {
    const tag = await tagOf(present)
    return holds(condition, (header) => matchesTag(header, tag))
  }
}
