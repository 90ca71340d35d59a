/** The queries of the audit. */
import * as z from 'zod/mini'
import { before, limit, position } from '../shell/forms'

/** Names a database where an operator reads the audit of all its tenants. */
const database = z.optional(z.string())

/** `before` is the end of the last page. */
export const auditQuery = z.object({
  before: z._default(position, Number.MAX_SAFE_INTEGER),
  limit,
  database,
})

export const auditPageQuery = z.object({ before, database })
