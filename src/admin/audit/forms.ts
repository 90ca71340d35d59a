/** The queries of the audit. */
import * as z from 'zod/mini'
import { exactly } from '../../http/exactly'
import { before, limit, position } from '../shell/forms'

/** Names a database where an operator reads the audit of all its tenants. */
const database = z.optional(z.string())

/** `before` is the end of the last page. */
const page = { before: z._default(position, Number.MAX_SAFE_INTEGER), limit }

export const tenantAuditQuery = exactly(page)

export const auditQuery = exactly({ ...page, database })

export const auditPageQuery = z.object({ before, database })
