/** `If-Match` of the JSON API (RFC 9110 section 13.1.1): a change of what the caller has read, and of nothing newer. */
import type { Context } from 'hono'
import { matchesTag } from '../../../scim/version'

/** The condition that a change carries; undefined without the header, for a change of whatever is stored. */
export function conditionOf<T>(
  c: Context,
  tagOf: (present: T) => string | Promise<string>,
): ((present: T) => Promise<boolean>) | undefined {
  const header = c.req.header('If-Match')
  if (header === undefined) return undefined
  return async (present) => matchesTag(header, await tagOf(present))
}
