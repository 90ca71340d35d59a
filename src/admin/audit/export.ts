/** The audit as a file for a spreadsheet. */
import { readQuery } from '../../http/query'
import type { AuditRecord } from '../../audit/log'
import type { Cell } from '../logs/csv'
import { downloadCsv, notAll } from '../logs/download'
import type { AdminContext } from '../shell/context'
import { showBadQuery, showNotFound, showRefusal } from '../shell/refusal'
import { auditPageQuery } from './forms'
import { loadAudit, loadTenantAudit, type AuditPage } from './load'
import { readSentences, type Sentences } from './words'

/** Entries of one file. */
export const exportedEntries = 2_000

const columns = [
  'time',
  'who',
  'role',
  'action',
  'what',
  'tenant',
  'subject',
  'label',
  'before',
  'after',
  'request',
] as const

/** Answers the latest entries of a database that are in the span, as CSV. */
export async function downloadAudit(c: AdminContext) {
  const query = readQuery(auditPageQuery, c.req.url)
  if (!query.ok) return showBadQuery(c, query.error)
  const page = await loadAudit(c, { ...query.value, limit: exportedEntries })
  if (page.ok) return download(c, `${page.value.database}-audit`, page.value)
  return page.error.kind === 'unknownDatabase' ? showNotFound(c) : showRefusal(c, page.error)
}

export async function downloadTenantAudit(c: AdminContext) {
  const query = readQuery(auditPageQuery, c.req.url)
  if (!query.ok) return showBadQuery(c, query.error)
  const page = await loadTenantAudit(c, { ...query.value, limit: exportedEntries })
  return page.ok
    ? download(c, `${c.var.tenant.slug}-audit`, page.value)
    : showRefusal(c, page.error)
}

/** A file that ends early says from where the next one goes on, in its last line. */
async function download(c: AdminContext, name: string, { entries, next }: AuditPage) {
  const sentences = await readSentences(c)
  const lines = entries.map((entry) => cellsOf(entry, sentences))
  const rest = next === null ? [] : [notAll(c, next)]
  return downloadCsv(c, name, [columns, ...lines, ...rest])
}

function cellsOf(entry: AuditRecord, sentences: Sentences): Cell[] {
  const { at, actor, role, action, tenant, subject, label, before, after, requestId } = entry
  return [
    new Date(at).toISOString(),
    actor,
    role,
    action,
    sentences[action] ?? action,
    tenant,
    subject,
    label,
    before === null ? null : JSON.stringify(before),
    after === null ? null : JSON.stringify(after),
    requestId,
  ]
}
