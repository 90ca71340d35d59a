/** Who changed what in the administration, as JSON. */
import * as z from 'zod/mini'
import { readAudit, type AuditRecord } from '../../audit/log'
import { inDatabase } from '../../database/placement'
import type { AdminContext } from '../shell/context'
import { pageSize } from '../shell/forms'
import { problems, replyBadQuery, replyProblem, replyRefusal } from '../shell/problem'

/** `before` is where the last page ended. */
const auditQuery = z.object({
  before: z._default(z.coerce.number().check(z.int(), z.minimum(1)), Number.MAX_SAFE_INTEGER),
  limit: pageSize,
  database: z.optional(z.string()),
})

/** All entries of a database, those of tenants that are gone included. */
export function getAudit(c: AdminContext): Promise<Response> {
  return answer(c, undefined)
}

export function getTenantAudit(c: AdminContext): Promise<Response> {
  return answer(c, c.var.tenant.id)
}

async function answer(c: AdminContext, tenantId: number | undefined): Promise<Response> {
  const query = auditQuery.safeParse(c.req.query())
  if (!query.success) return replyBadQuery(c, query.error)
  const { before, limit, database } = query.data
  const home = tenantId === undefined ? inDatabase(c.env, database) : c.env
  if (!home) return replyProblem(c, problems.unknownDatabase)
  const read = await readAudit(home.DB, { tenantId, before, limit })
  if (!read.ok) return replyRefusal(c, read.error)
  const last = read.value.length === limit ? read.value.at(-1) : undefined
  const end = tenantId === undefined ? last?.position : last?.seq
  return c.json({ entries: read.value.map(show), before: end ?? null })
}

function show(entry: AuditRecord) {
  return { ...entry, at: new Date(entry.at).toISOString() }
}
