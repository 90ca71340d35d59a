/**
 * Who changed what in the administration. An entry is a statement of the batch that holds the
 * change, so that there is none without the other.
 */
import { sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import type { Json } from '../scim/json'
import { audit, links } from '../database/schema/access'
import { readBatch, type Refusal } from '../database/batch'
import { columns, statement, tenant, value, type BoundStatement } from '../database/statement'
import { textOrNull, type Row } from '../database/row'
import { tenants, tokens } from '../database/schema/tenants'

/** What a person may do: everything; set up one tenant; look at one tenant. */
export type Role = 'operator' | 'setup' | 'view'

/** Who makes a change, and in which request. */
export interface Author {
  readonly actor: string
  readonly role: Role
  readonly requestId: string
}

export interface AuditEntry {
  /** The id, or the slug of a tenant that the same batch makes; 0 for no tenant. */
  readonly tenant: number | { readonly slug: string }
  readonly author: Author
  /** What was done, for example `token.created`. */
  readonly action: string
  /** To what, in words or by id. */
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
  readonly role: string
  readonly action: string
  readonly subject: string
  /** Of the token or link that the entry is about. */
  readonly label: string | null
  readonly before: Json | null
  readonly after: Json | null
  readonly requestId: string
}

/** `changes()` counts the rows of the statement before this one in the batch. */
const insertEntry = statement(
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
  select concerned.id, coalesce((select max(${audit.seq}) from ${audit}
      where ${audit.tenantId} = concerned.id), 0) + 1,
    ${value('now')}, ${value('actor')}, ${value('role')}, ${value('action')}, ${value('subject')},
    ${value('before')}, ${value('after')}, ${value('requestId')}
  from (select coalesce(${tenant}, (select ${tenants.id} from ${tenants}
    where ${tenants.slug} = ${value('slug')})) as id) as concerned
  where ${value('isCertain')} = 1 or changes() > 0`,
)

/** A label says more than an id, as long as what it is on is there. */
const labelIn = (table: typeof tokens | typeof links) => sql`(select ${table.label} from ${table}
  where ${table.id} = ${audit.subject} and ${table.tenantId} = ${audit.tenantId})`

const entryFields = sql`${audit}.*, (select ${tenants.slug} from ${tenants}
    where ${tenants.id} = ${audit.tenantId}) as slug,
  coalesce(${labelIn(tokens)}, ${labelIn(links)}) as label`

const selectOfTenant = statement(
  () => sql`
  select ${entryFields} from ${audit}
  where ${audit.tenantId} = ${tenant} and ${audit.seq} < ${value('before')}
  order by ${audit.seq} desc limit ${value('limit')}`,
)

const selectAll = statement(
  () => sql`
  select ${entryFields} from ${audit} where ${audit.position} < ${value('before')}
  order by ${audit.position} desc limit ${value('limit')}`,
)

/** The entry of a change, for the batch that makes it. */
export function auditStatement(database: D1Database, entry: AuditEntry): BoundStatement {
  return bindEntry(database, entry, true)
}

/** The entry of a change that may find nothing to change; stands right behind it in the batch. */
export function auditIfChanged(database: D1Database, entry: AuditEntry): BoundStatement {
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
  /** Of one tenant by its id, or undefined for all entries there are. */
  readonly tenantId: number | undefined
  /** Entries before this one: `seq` of a tenant's, else `position`. */
  readonly before: number
  readonly limit: number
}

/** Entries, the latest first. */
export async function readAudit(
  database: D1Database,
  { tenantId, before, limit }: AuditQuery,
): Promise<Result<AuditRecord[], Refusal>> {
  const read = await readBatch(database, [
    tenantId === undefined
      ? selectAll(database, { before, limit })
      : selectOfTenant(database, { tenantId, before, limit }),
  ])
  return read.ok ? ok((read.value[0] ?? []).map(recordOf)) : read
}

function recordOf(row: Row): AuditRecord {
  return {
    position: Number(row['position']),
    seq: Number(row['seq']),
    tenant: textOrNull(row['slug']),
    at: Number(row['at']),
    actor: String(row['actor']),
    role: String(row['role']),
    action: String(row['action']),
    subject: String(row['subject']),
    label: textOrNull(row['label']) || null,
    before: parsed(row['before']),
    after: parsed(row['after']),
    requestId: String(row['request_id']),
  }
}

function parsed(field: unknown): Json | null {
  return typeof field === 'string' ? (JSON.parse(field) as Json) : null
}
