/** The queries of the audit. */
import * as z from 'zod/mini'
import { exactly } from '../../http/exactly'
import { before, isInOrder, limit, position, range, rangeOfPage } from '../shell/forms'

/** Names a database where an operator reads the audit of all its tenants. */
const database = z.optional(z.string())

/** `before` is the end of the last page. */
const page = { before: z._default(position, Number.MAX_SAFE_INTEGER), ...range, limit }

export const tenantAuditQuery = exactly(page).check(isInOrder)

export const auditQuery = exactly({ ...page, database }).check(isInOrder)

/** `line` is the number of the entry that is shown in full. */
export const auditPageQuery = z
  .object({
    before,
    database,
    ...rangeOfPage,
    line: z.catch(z.optional(position), undefined),
  })
  .check(isInOrder)
