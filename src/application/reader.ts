/**
 * Who reads on the application's side, checked by D1 in the batch that reads. Every statement finds
 * its tenant through `readableTenant`: without a key that opens the tenant there is none, and
 * nothing is read.
 */
import { sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { readBatch, runBatch, type Answers, type Refusal } from '../database/batch'
import { acknowledgements, keys, type keyScopes } from '../database/schema/application'
import { columns, statement, value, type Values, type BoundStatement } from '../database/statement'
import { textOrNull, timeOrNull, type Row } from '../database/row'
import { events } from '../database/schema/events'
import { tenants } from '../database/schema/tenants'

export type KeyScope = (typeof keyScopes)[number]

/** A key of all tenants, which only the main database knows. */
export interface SharedKey {
  readonly keyId: string
  readonly scope: KeyScope
  readonly lastUsedAt: number | null
}

/**
 * A key; or a service binding, which the operator of the Worker has made and which needs none. A key
 * of all tenants that the main database has just found to hold counts as one, with a name.
 */
export type Reader =
  | { readonly kind: 'key'; readonly slug: string; readonly hash: string }
  | { readonly kind: 'binding'; readonly slug: string; readonly key?: SharedKey }

/** What D1 says about reader and tenant at the moment of the batch. */
export interface ReaderState {
  readonly tenantId: number
  readonly keyId: string | null
  readonly scope: KeyScope
  readonly lastUsedAt: number | null
  /** Numbers of the first event that is kept and of the last; 0 when there is none. */
  readonly firstSeq: number
  readonly lastSeq: number
}

/** The reader over a binding, where a key would have its id. */
export const bindingReader = 'binding'

const isLive = sql`key.hash = ${value('hash')} and key.revoked_at is null
  and (key.expires_at is null or key.expires_at > ${value('now')})`

const opens = sql`(key.tenant_id is null or key.tenant_id = tenant.id)`

/** The id of the tenant in the address, if the reader may read it; null otherwise. */
export const readableTenant = sql`(select tenant.id from ${tenants} as tenant
  where tenant.slug = ${value('slug')} and tenant.deleting_at is null and (${value('isBinding')} = 1
    or exists (select 1 from ${keys} as key where ${isLive} and ${opens})))`

const seqs = sql`
  (select coalesce(min(seq), 0) from ${events} where tenant_id = tenant.id) as first_seq,
  (select coalesce(max(seq), 0) from ${events} where tenant_id = tenant.id) as last_seq`

/** A key of all tenants is told when there is no such tenant; any other learns nothing. */
const selectKey = statement(
  () => sql`
  select tenant.id as tenant_id, key.id as key_id, key.scope as scope,
    key.last_used_at as last_used_at, ${seqs}
  from ${keys} as key left join ${tenants} as tenant
    on tenant.slug = ${value('slug')} and tenant.deleting_at is null and ${opens}
  where ${isLive} and (tenant.id is not null or key.tenant_id is null)`,
)

const selectShared = statement(
  () => sql`
  select key.id as key_id, key.scope as scope, key.last_used_at as last_used_at
  from ${keys} as key where ${isLive} and key.tenant_id is null`,
)

const selectBinding = statement(
  () => sql`
  select tenant.id as tenant_id, ${value('keyId')} as key_id, ${value('scope')} as scope,
    ${value('lastUsedAt')} as last_used_at, ${seqs}
  from ${tenants} as tenant
  where tenant.slug = ${value('slug')} and tenant.deleting_at is null`,
)

/** What the placeholders of `readableTenant` are filled with. */
export function readerValues(reader: Reader): Values & { readonly now: number } {
  const common = { slug: reader.slug, now: Date.now() }
  if (reader.kind === 'key') return { ...common, ...nobody, hash: reader.hash, isBinding: 0 }
  return { ...common, hash: '', isBinding: 1, ...nobody, ...reader.key }
}

const nobody = { keyId: null, scope: 'read-ack', lastUsedAt: null } as const

/** The key of all tenants with this hash, if it holds. */
export async function findSharedKey(
  main: D1Database,
  hash: string,
): Promise<Result<SharedKey | undefined, Refusal>> {
  const found = await readBatch(main, [selectShared(main, { hash, now: Date.now() })])
  if (!found.ok) return found
  const row = found.value[0]?.[0]
  return ok(row && keyOf(row))
}

/** Reads for a reader; the statements find their tenant through `readableTenant`. */
export async function readAs<const Statements extends readonly BoundStatement<unknown>[]>(
  database: D1Database,
  reader: Reader,
  statements: Statements,
): Promise<Result<{ readonly state: ReaderState; readonly rows: Answers<Statements> }, Refusal>> {
  const select = reader.kind === 'key' ? selectKey : selectBinding
  const outcome = await readBatch(database, [select(database, readerValues(reader)), ...statements])
  if (!outcome.ok) return outcome
  const [[row], ...rows] = outcome.value
  if (!row) return err({ kind: reader.kind === 'key' ? 'credential' : 'target' })
  if (row['tenant_id'] === null) return err({ kind: 'target' })
  return ok({ state: stateOf(row), rows: rows })
}

function stateOf(row: Row): ReaderState {
  return {
    ...keyOf(row),
    tenantId: Number(row['tenant_id']),
    keyId: textOrNull(row['key_id']),
    firstSeq: Number(row['first_seq']),
    lastSeq: Number(row['last_seq']),
  }
}

function keyOf(row: Row): SharedKey {
  return {
    keyId: String(row['key_id']),
    scope: row['scope'] === 'read-ack' ? 'read-ack' : 'read',
    lastUsedAt: timeOrNull(row['last_used_at']),
  }
}

const markUsed = statement(
  () => sql`
  update ${keys} set last_used_at = ${value('now')} where ${keys.id} = ${value('id')}`,
)

/** Milliseconds between two notes that a key is in use. */
const useInterval = 60_000

/** Notes the use of a key, about once a minute. */
export async function noteKeyUse(database: D1Database, state: ReaderState): Promise<void> {
  const now = Date.now()
  if (state.keyId === null || now - (state.lastUsedAt ?? 0) < useInterval) return
  await runBatch(database, [markUsed(database, { id: state.keyId, now })])
}

const readerId = sql`coalesce((select key.id from ${keys} as key where ${isLive}),
  ${value('keyId')}, ${bindingReader})`

const lastSeq = sql`(select max(seq) from ${events} where tenant_id = ${readableTenant})`

/** Numbers only grow: what comes late or twice changes nothing. */
const insertAcknowledgement = statement(
  () => sql`
  insert into ${acknowledgements} (${columns(
    acknowledgements.tenantId,
    acknowledgements.reader,
    acknowledgements.seq,
    acknowledgements.at,
  )})
  select ${readableTenant}, ${readerId}, ${value('seq')}, ${value('now')}
  where ${readableTenant} is not null and ${value('seq')} <= ${lastSeq}
    and (${value('isBinding')} = 1 and ${value('scope')} = 'read-ack'
      or exists (select 1 from ${keys} as key where ${isLive} and key.scope = 'read-ack'))
  on conflict do update set seq = excluded.seq, at = excluded.at where excluded.seq > seq`,
)

const selectAcknowledgement = statement(
  () => sql`
  select ${acknowledgements.seq} as seq from ${acknowledgements}
  where ${acknowledgements.tenantId} = ${readableTenant}
    and ${acknowledgements.reader} = ${readerId}`,
)

/** Notes how far a reader has got, if its scope allows it and the number exists. */
export async function acknowledge(
  database: D1Database,
  reader: Reader,
  seq: number,
): Promise<Result<{ readonly state: ReaderState; readonly seq: number }, Refusal>> {
  const values = { ...readerValues(reader), seq }
  const outcome = await readAs(database, reader, [
    insertAcknowledgement(database, values),
    selectAcknowledgement(database, values),
  ])
  if (!outcome.ok) return outcome
  const { state, rows } = outcome.value
  return ok({ state, seq: Number(rows[1]?.[0]?.['seq'] ?? 0) })
}
