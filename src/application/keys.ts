/** The application's keys, as the operator manages them. */
import { sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { auditIfChanged, type Author } from '../audit/log'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import type { Databases } from '../database/placement'
import { acknowledgements, keys } from '../database/schema/application'
import type { KeyScope } from './reader'
import { columns, statement, tenant, value } from '../database/statement'
import { timeOrNull, type Row } from '../database/row'
import { events } from '../database/schema/events'

export interface KeyRecord {
  readonly id: string
  readonly label: string
  readonly scope: KeyScope
  /** True for a key that opens all tenants. */
  readonly isForAll: boolean
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly revokedAt: number | null
  readonly lastUsedAt: number | null
}

/** How far a reader of a tenant has got, and how far the log of the tenant goes. */
export interface Progress {
  /** Id of a key, or that of the binding. */
  readonly reader: string
  readonly seq: number
  readonly at: number
  readonly lastSeq: number
}

/** As many keys of one tenant, or of all tenants, may be live at once. */
export const maximumKeys = 20

/** Keys of the tenant, or with null those of all tenants. */
const ofOwner = sql`${keys.tenantId} is ${tenant}`

const isLive = sql`${keys.revokedAt} is null
  and (${keys.expiresAt} is null or ${keys.expiresAt} > ${value('now')})`

const insertKey = statement(
  () => sql`
  insert into ${keys} (${columns(
    keys.id,
    keys.tenantId,
    keys.hash,
    keys.scope,
    keys.label,
    keys.createdAt,
    keys.expiresAt,
  )})
  select ${value('id')}, ${tenant}, ${value('hash')}, ${value('scope')},
    ${value('label')}, ${value('now')}, ${value('expiresAt')}
  where (select count(*) from ${keys} where ${ofOwner} and ${isLive}) < ${maximumKeys}
  returning *`,
)

const selectKeys = statement(
  () => sql`
  select * from ${keys} where ${ofOwner} order by ${keys.createdAt}, ${keys.id}`,
)

/** Those that open a tenant: its own, and those of all tenants. */
const selectOpening = statement(
  () => sql`
  select * from ${keys} where ${keys.tenantId} = ${tenant} or ${keys.tenantId} is null
  order by ${keys.createdAt}, ${keys.id}`,
)

const selectProgress = statement(
  () => sql`
  select ${acknowledgements.reader} as reader, ${acknowledgements.seq} as seq,
    ${acknowledgements.at} as at,
    (select max(${events.seq}) from ${events} where ${events.tenantId} = ${tenant}) as last_seq
  from ${acknowledgements} where ${acknowledgements.tenantId} = ${tenant}`,
)

const isKey = sql`${ofOwner} and ${keys.id} = ${value('id')}`

const revokeRow = statement(
  () => sql`
  update ${keys} set revoked_at = ${value('now')} where ${isKey} and ${keys.revokedAt} is null`,
)

const selectKey = statement(() => sql`select ${keys.id} as id from ${keys} where ${isKey}`)

/** Undefined when the owner has as many live keys as may be. `tenantId` is null for all tenants. */
export async function addKey(
  database: D1Database,
  tenantId: number | null,
  key: {
    readonly hash: string
    readonly scope: KeyScope
    readonly label: string
    readonly expiresAt: number | null
  },
  author: Author,
): Promise<Result<KeyRecord | undefined, Refusal>> {
  const id = crypto.randomUUID()
  const { hash: _, ...after } = key
  const outcome = await runBatch(database, [
    insertKey(database, { ...key, id, tenantId, now: Date.now() }),
    auditIfChanged(database, {
      tenant: tenantId ?? 0,
      author,
      action: 'key.created',
      subject: id,
      after,
    }),
  ])
  if (!outcome.ok) return outcome
  const row = outcome.value[0]?.[0]
  return ok(row && keyOf(row))
}

export async function listKeys(
  database: D1Database,
  tenantId: number | null,
): Promise<Result<KeyRecord[], Refusal>> {
  const outcome = await readBatch(database, [selectKeys(database, { tenantId })])
  return outcome.ok ? ok((outcome.value[0] ?? []).map(keyOf)) : outcome
}

/** Who can read a tenant, and how far each has got. */
export async function listReaders(
  { DB: database, mainDatabase: main }: Databases,
  tenantId: number,
): Promise<Result<{ keys: KeyRecord[]; progress: Progress[] }, Refusal>> {
  const [outcome, shared] = await Promise.all([
    readBatch(database, [
      selectOpening(database, { tenantId }),
      selectProgress(database, { tenantId }),
    ]),
    main ? listKeys(main, null) : ok([]),
  ])
  if (!outcome.ok) return outcome
  if (!shared.ok) return shared
  const [found = [], progress = []] = outcome.value
  return ok({ keys: [...found.map(keyOf), ...shared.value], progress: progress.map(progressOf) })
}

/** Refused from the next request on: D1 is asked with each. */
export async function revokeKey(
  database: D1Database,
  tenantId: number | null,
  id: string,
  author: Author,
): Promise<Result<undefined, Refusal>> {
  const outcome = await runBatch(database, [
    revokeRow(database, { tenantId, id, now: Date.now() }),
    auditIfChanged(database, { tenant: tenantId ?? 0, author, action: 'key.revoked', subject: id }),
    selectKey(database, { tenantId, id }),
  ])
  if (!outcome.ok) return outcome
  return outcome.value[2]?.[0] ? ok(undefined) : err({ kind: 'target' })
}

function keyOf(row: Row): KeyRecord {
  return {
    id: String(row['id']),
    label: String(row['label']),
    scope: row['scope'] === 'read-ack' ? 'read-ack' : 'read',
    isForAll: row['tenant_id'] === null,
    createdAt: Number(row['created_at']),
    expiresAt: timeOrNull(row['expires_at']),
    revokedAt: timeOrNull(row['revoked_at']),
    lastUsedAt: timeOrNull(row['last_used_at']),
  }
}

function progressOf(row: Row): Progress {
  return {
    reader: String(row['reader']),
    seq: Number(row['seq']),
    at: Number(row['at']),
    lastSeq: Number(row['last_seq']),
  }
}
