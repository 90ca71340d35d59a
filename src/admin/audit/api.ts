/** The audit as JSON: who changed what in the administration. */
import type { AuditRecord } from '../../audit/log'
import type { Result } from '../../result'
import type { AdminContext } from '../shell/context'
import { replyBadQuery, replyRefusal, type AdminRefusal } from '../shell/problem'
import { auditQuery, tenantAuditQuery } from './forms'
import { loadAudit, loadTenantAudit, type AuditPage } from './load'

export async function getAudit(c: AdminContext): Promise<Response> {
  const query = auditQuery.safeParse(c.req.query())
  return query.success ? reply(c, await loadAudit(c, query.data)) : replyBadQuery(c, query.error)
}

export async function getTenantAudit(c: AdminContext): Promise<Response> {
  const query = tenantAuditQuery.safeParse(c.req.query())
  if (!query.success) return replyBadQuery(c, query.error)
  return reply(c, await loadTenantAudit(c, query.data))
}

function reply(
  c: AdminContext,
  page: Result<Pick<AuditPage, 'entries' | 'next'>, AdminRefusal>,
): Response {
  if (!page.ok) return replyRefusal(c, page.error)
  return c.json({ entries: page.value.entries.map(show), before: page.value.next })
}

function show(entry: AuditRecord) {
  return { ...entry, at: new Date(entry.at).toISOString() }
}
