/** The audit of one tenant, or of all tenants of a database: page by page, and one entry of it. */
import { auditNumberAt, readAudit, type AuditRecord } from '../../audit/log'
import type { Refusal } from '../../database/batch'
import { inDatabase, mainName } from '../../database/placement'
import { err, ok, type Result } from '../../result'
import type { Range } from '../logs/range'
import type { AdminContext } from '../shell/context'

interface AuditQuery extends Range {
  readonly before: number
  readonly limit: number
  /** Name of the database; the main one without. */
  readonly database?: string | undefined
  /** Number of an entry to read beside the page. */
  readonly line?: number | undefined
}

export interface AuditPage {
  readonly entries: readonly AuditRecord[]
  /** `before` of the next page; null on the last. */
  readonly next: number | null
  /** The entry of the `line`; undefined where it is not there. */
  readonly line: AuditRecord | undefined
}

/** All entries of a database, those of deleted tenants included. */
export async function loadAudit(
  c: AdminContext,
  query: AuditQuery,
): Promise<
  Result<AuditPage & { readonly database: string }, Refusal | { readonly kind: 'unknownDatabase' }>
> {
  const home = inDatabase(c.env, query.database)
  if (!home) return err({ kind: 'unknownDatabase' })
  const page = await load(home.DB, undefined, query)
  return page.ok ? ok({ ...page.value, database: home.databaseName ?? mainName }) : page
}

export function loadTenantAudit(
  c: AdminContext,
  query: AuditQuery,
): Promise<Result<AuditPage, Refusal>> {
  return load(c.env.DB, c.var.tenant.id, query)
}

/** The number of an entry: among those of its tenant, or without a tenant among all. */
export function numberOf({ seq, position }: AuditRecord, isOfAll: boolean): number {
  return isOfAll ? position : seq
}

async function load(
  database: D1Database,
  tenantId: number | undefined,
  { before, limit, from, to, line }: AuditQuery,
): Promise<Result<AuditPage, Refusal>> {
  const isOfAll = tenantId === undefined
  const end = to === undefined ? ok(before) : await auditNumberAt(database, tenantId, to)
  if (!end.ok) return end
  const begin = Math.min(before, end.value)
  const read = await readAudit(database, { tenantId, before: begin, limit })
  if (!read.ok) return read
  const found =
    line === undefined
      ? undefined
      : await readAudit(database, { tenantId, before: line + 1, limit: 1 })
  if (found && !found.ok) return found
  const [entry] = found?.value.entries ?? []
  const { entries: all, hasMore } = read.value
  const entries = all.filter(({ at }) => from === undefined || at >= from)
  const last = hasMore && entries.length === all.length ? entries.at(-1) : undefined
  return ok({
    entries,
    next: last ? numberOf(last, isOfAll) : null,
    line: entry && numberOf(entry, isOfAll) === line ? entry : undefined,
  })
}
