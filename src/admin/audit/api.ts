/** The audit as JSON: who changed what in the administration. */
import { readQuery } from '../../http/query'
import type { AuditRecord } from '../../audit/log'
import type { Result } from '../../result'
import type { AdminContext } from '../shell/context'
import { replyBadQuery, replyRefusal, type AdminRefusal } from '../shell/problem'
import { auditQuery, tenantAuditQuery } from './forms'
import { loadAudit, loadTenantAudit, type AuditPage } from './load'

export async function getAudit(c: AdminContext): Promise<Response> {
  const query = readQuery(auditQuery, c.req.url)
  return query.ok ? reply(c, await loadAudit(c, query.value)) : replyBadQuery(c, query.error)
}

export async function getTenantAudit(c: AdminContext): Promise<Response> {
  const query = readQuery(tenantAuditQuery, c.req.url)
  if (!query.ok) return replyBadQuery(c, query.error)
  return reply(c, await loadTenantAudit(c, query.value))
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
