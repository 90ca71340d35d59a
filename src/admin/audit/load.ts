/** The audit of one tenant, or of all tenants of a database, page by page. */
import { readAudit, type AuditRecord } from '../../audit/log'
import type { Refusal } from '../../database/batch'
import { inDatabase, mainName } from '../../database/placement'
import { err, ok, type Result } from '../../result'
import type { AdminContext } from '../shell/context'

interface AuditQuery {
  readonly before: number
  readonly limit: number
  /** Name of the database; the main one without. */
  readonly database?: string | undefined
}

export interface AuditPage {
  readonly entries: readonly AuditRecord[]
  /** `before` of the next page; null on the last. */
  readonly next: number | null
  readonly database: string
}

/** All entries of a database, those of deleted tenants included. */
export async function loadAudit(
  c: AdminContext,
  { database, ...query }: AuditQuery,
): Promise<Result<AuditPage, Refusal | { readonly kind: 'unknownDatabase' }>> {
  const home = inDatabase(c.env, database)
  if (!home) return err({ kind: 'unknownDatabase' })
  const read = await readAudit(home.DB, { tenantId: undefined, ...query })
  if (!read.ok) return read
  const { entries, hasMore } = read.value
  const next = (hasMore ? entries.at(-1)?.position : null) ?? null
  return ok({ entries, next, database: home.databaseName ?? mainName })
}

export async function loadTenantAudit(
  c: AdminContext,
  { before, limit }: AuditQuery,
): Promise<Result<Omit<AuditPage, 'database'>, Refusal>> {
  const read = await readAudit(c.env.DB, { tenantId: c.var.tenant.id, before, limit })
  if (!read.ok) return read
  const { entries, hasMore } = read.value
  return ok({ entries, next: (hasMore ? entries.at(-1)?.seq : null) ?? null })
}
