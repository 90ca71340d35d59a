/**
 * The audit: changes in the administration and their authors. An entry is a statement of the batch
 * that holds the change, so that there is none without the other.
 */
import { sql, type SQL } from 'drizzle-orm'
import { ok, type Result } from '../result'
import type { Json } from '../scim/json'
import {
  audit,
  links,
  operatorTokens,
  staff,
  type auditRoles,
  type roles,
} from '../database/schema/access'
import { clients } from '../database/schema/oauth'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList } from '../database/field'
import { demand, preconditionStatement } from '../database/precondition'
import { firstSince } from '../database/rows/by-time'
import {
  columns,
  command,
  hasWritten,
  query,
  tenant,
  value,
  type BoundStatement,
} from '../database/statement'
import { tenants, tokens } from '../database/schema/tenants'
import { goesOn, isWithinBytes, listed, measured } from '../database/within-bytes'

/** Rights of a person: everything; setting up one tenant; looking at one tenant. */
export type Role = (typeof roles)[number]

/** Author of a change or an attempt, and the request that made it. */
export interface Author {
  readonly actor: string
  readonly role: (typeof auditRoles)[number]
  readonly requestId: string
}

export interface AuditEntry {
  /** The id, or the slug of a tenant that the same batch makes; 0 for no tenant. */
  readonly tenant: number | { readonly slug: string }
  readonly author: Author
  /** Kind of the change, for example `token.created`. */
  readonly action: string
  /** Id or name of what was changed. */
  readonly subject: string
  readonly before?: Readonly<Record<string, unknown>> | undefined
  readonly after?: Readonly<Record<string, unknown>> | undefined
}

export interface AuditRecord {
  readonly position: number
  readonly seq: number
  /** Slug; null for no tenant, or one that is gone. */
  readonly tenant: string | null
  readonly at: number
  readonly actor: string
  readonly role: Author['role']
  readonly action: string
  readonly subject: string
  /** Label of the token, client, operator token or link that the entry is about, as long as that is there. */
  readonly label: string | null
  readonly before: Json | null
  readonly after: Json | null
  readonly requestId: string
}

const insertEntry = command(
  () => sql`
  insert into ${audit} (${columns(
    audit.tenantId,
    audit.seq,
    audit.at,
    audit.actor,
    audit.role,
    audit.action,
    audit.subject,
    audit.before,
    audit.after,
    audit.requestId,
  )})
  select tenant_key, coalesce((select max(${audit.seq}) from ${audit}
      where ${audit.tenantId} = tenant_key), 0) + 1,
    ${value('now')}, ${value('actor')}, ${value('role')}, ${value('action')}, ${value('subject')},
    ${value('before')}, ${value('after')}, ${value('requestId')}
  from (select coalesce(${tenant}, (select ${tenants.id} from ${tenants}
    where ${tenants.slug} = ${value('slug')})) as tenant_key)
  where ${value('isCertain')} = 1 or ${hasWritten}`,
)

const labelIn = (
  table: typeof tokens | typeof links | typeof clients,
) => sql`(select ${table.label} from ${table}
  where ${table.id} = ${audit.subject} and ${table.tenantId} = ${audit.tenantId})`

/** Operator tokens and people belong to no tenant. */
const labelOutside = (table: typeof operatorTokens | typeof staff) => sql`(select ${table.label}
  from ${table} where ${table.id} = ${audit.subject} and ${audit.tenantId} = 0)`

const recordFields = {
  position: audit.position,
  seq: audit.seq,
  tenant: sql<string | null>`(select ${tenants.slug} from ${tenants}
    where ${tenants.id} = ${audit.tenantId})`,
  at: audit.at,
  actor: audit.actor,
  role: audit.role,
  action: audit.action,
  subject: audit.subject,
  // An empty label says nothing.
  label: sql<string | null>`nullif(
    coalesce(${labelIn(tokens)}, ${labelIn(links)}, ${labelIn(clients)},
      ${labelOutside(operatorTokens)}, ${labelOutside(staff)}), '')`,
  before: audit.before,
  after: audit.after,
  requestId: audit.requestId,
}

/** Entries of settings can be long, before and after. */
const page = (condition: SQL, order: SQL) =>
  query(
    { ...recordFields, listed },
    (fields) => sql`
    select ${fieldList(fields)} from ${measured(
      audit,
      sql`select * from ${audit} where ${condition} order by ${order} limit ${value('limit')}`,
      sql`octet_length(coalesce(${audit.before}, '')) + octet_length(coalesce(${audit.after}, ''))`,
      order,
    )} where ${isWithinBytes} order by ${order}`,
  )

const selectOfTenant = page(
  sql`${audit.tenantId} = ${tenant} and ${audit.seq} < ${value('before')}`,
  sql`${audit.seq} desc`,
)

const selectAll = page(sql`${audit.position} < ${value('before')}`, sql`${audit.position} desc`)

const firstOfTenant = firstSince({
  number: audit.seq,
  at: audit.at,
  isOfLog: sql`${audit.tenantId} = ${tenant}`,
})

const firstOfAll = firstSince({ number: audit.position, at: audit.at, isOfLog: sql`true` })

const isUnmade = sql`not exists (select 1 from ${audit} where ${audit.tenantId} = ${tenant}
  and ${audit.action} = ${value('action')} and ${audit.subject} = ${value('subject')})`
const checkUnmade = preconditionStatement(demand(isUnmade, 'target'))

/**
 * Stops a batch as `target` that would make for a second time what was made once and has been deleted. Reads the
 * audit of the tenant.
 */
export function unmadeStatement(
  database: D1Database,
  made: { readonly tenantId: number; readonly action: string; readonly subject: string },
): BoundStatement<{ readonly isAllowed: number }> {
  return checkUnmade(database, made)
}

const isUndeleted = sql`not exists (select 1 from ${audit} where ${audit.tenantId} = 0
  and ${audit.action} = 'tenant.deleted' and ${audit.subject} = ${value('slug')}
  and ${audit.at} >= ${value('since')})`
const checkUndeleted = preconditionStatement(demand(isUndeleted, 'target'))

/** Stops a batch as `target` where a tenant with this slug was deleted at a time or after it. */
export function undeletedStatement(
  database: D1Database,
  deleted: { readonly slug: string; readonly since: number },
): BoundStatement<{ readonly isAllowed: number }> {
  return checkUndeleted(database, deleted)
}

/** The entry of a change, for the batch that makes it. */
export function auditStatement(database: D1Database, entry: AuditEntry): BoundStatement<never> {
  return bindEntry(database, entry, true)
}

/** The entry of a change that may find nothing to change; stands right after it in the batch. */
export function auditIfChanged(database: D1Database, entry: AuditEntry): BoundStatement<never> {
  return bindEntry(database, entry, false)
}

function bindEntry(database: D1Database, entry: AuditEntry, isCertain: boolean) {
  const { tenant, author, action, subject, before, after } = entry
  const isMade = typeof tenant === 'number'
  return insertEntry(database, {
    tenantId: isMade ? tenant : null,
    slug: isMade ? null : tenant.slug,
    now: Date.now(),
    ...author,
    action,
    subject,
    before: before === undefined ? null : JSON.stringify(before),
    after: after === undefined ? null : JSON.stringify(after),
    isCertain: isCertain ? 1 : 0,
  })
}

export interface AuditQuery {
  /** Id of a tenant; undefined for the entries of all. */
  readonly tenantId: number | undefined
  /** Number of the entry after the page: `seq` of a tenant's, else `position`. */
  readonly before: number
  readonly limit: number
}

/** Entries, the latest first, and whether older ones follow. */
export async function readAudit(
  database: D1Database,
  { tenantId, before, limit }: AuditQuery,
): Promise<
  Result<{ readonly entries: readonly AuditRecord[]; readonly hasMore: boolean }, Refusal>
> {
  const read = await readBatch(database, [
    tenantId === undefined
      ? selectAll(database, { before, limit })
      : selectOfTenant(database, { tenantId, before, limit }),
  ])
  if (!read.ok) return read
  const [rows] = read.value
  const entries = rows.map((row) => {
    const { listed: _, ...entry } = row
    return entry
  })
  return ok({ entries, hasMore: goesOn(rows, limit) })
}

/** The number before which the entries are older than a time: `seq` of a tenant's, else `position`. */
export async function auditNumberAt(
  database: D1Database,
  tenantId: number | undefined,
  time: number,
): Promise<Result<number, Refusal>> {
  const times = JSON.stringify([time])
  const read = await readBatch(database, [
    tenantId === undefined
      ? firstOfAll(database, { times })
      : firstOfTenant(database, { tenantId, times }),
  ])
  return read.ok ? ok(read.value[0][0]?.bound ?? 1) : read
}
