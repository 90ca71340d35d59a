/**
 * The reader on the application's side, checked by D1 in the batch that reads. Every statement
 * finds its tenant through `readableTenant`: without a key that opens the tenant there is none, and
 * nothing is read.
 */
import { and, eq, isNull, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { BoundedMap } from '../bounded-map'
import { err, ok, type Result } from '../result'
import { readBatch, runBatch, type Answers, type Part, type Refusal } from '../database/batch'
import { select, update } from '../database/builder'
import { fieldList, optional } from '../database/field'
import { acknowledgements, keys, type keyScopes } from '../database/schema/application'
import { columns, command, query, value } from '../database/statement'
import type { Values } from '../database/statement'
import { events } from '../database/schema/events'
import { tenants } from '../database/schema/tenants'
import { useInterval } from '../time'
import { isLiveRow } from '../tokens/limited-credential'

export type KeyScope = (typeof keyScopes)[number]

/** A key of all tenants, which only the main database knows. */
export interface SharedKey {
  readonly keyId: string
  readonly scope: KeyScope
  readonly lastUsedAt: number | null
}

/**
 * A key; or a service binding, which the operator of the Worker has made and which needs none. A
 * key of all tenants that the main database has just found to hold counts as one, with a name.
 */
export type Reader =
  | { readonly kind: 'key'; readonly slug: string; readonly hash: string }
  | { readonly kind: 'binding'; readonly slug: string; readonly key?: SharedKey }

/** State of reader and tenant in D1 at the moment of the batch. */
export interface ReaderState {
  readonly tenantId: number
  /** Name of the tenant's event log. */
  readonly log: string
  /** The tenant of a key that opens it alone; null for all other readers. */
  readonly ownerId: number | null
  readonly keyId: string | null
  readonly scope: KeyScope
  readonly lastUsedAt: number | null
  /** Numbers of the first event that is kept and of the last; 0 when there is none. */
  readonly firstSeq: number
  readonly lastSeq: number
}

/** Id of the reader over a binding, in place of that of a key. */
export const bindingReader = 'binding'

export const key = alias(keys, 'key')
const readTenant = alias(tenants, 'read_tenant')

export const isLiveKey = sql`${key.hash} = ${value('hash')} and ${isLiveRow(key)}`

const opensTenant = sql`(${key.tenantId} is null or ${key.tenantId} = ${readTenant.id})`

const isReadTenant = sql`${readTenant.slug} = ${value('slug')} and ${readTenant.deletingAt} is null`

/** The id of the tenant in the address, if the reader may read it; null otherwise. */
export const readableTenant = sql`(select ${readTenant.id} from ${tenants} as ${readTenant}
  where ${isReadTenant} and (${value('isBinding')} = 1
    or exists (select 1 from ${keys} as ${key} where ${isLiveKey} and ${opensTenant})))`

const seqs = {
  firstSeq: sql<number>`(select coalesce(min(${events.seq}), 0) from ${events}
    where ${events.tenantId} = ${readTenant.id})`,
  lastSeq: sql<number>`(select coalesce(max(${events.seq}), 0) from ${events}
    where ${events.tenantId} = ${readTenant.id})`,
}

const sharedKey = { keyId: key.id, scope: key.scope, lastUsedAt: key.lastUsedAt }

/** A key of all tenants is told when there is no such tenant; any other learns nothing. */
const selectKey = query(
  {
    tenantId: optional(readTenant.id),
    log: sql<string>`coalesce(${readTenant.logId}, '')`,
    ownerId: key.tenantId,
    ...sharedKey,
    ...seqs,
  },
  (fields) => sql`
  select ${fieldList(fields)}
  from ${keys} as ${key} left join ${tenants} as ${readTenant} on ${isReadTenant} and ${opensTenant}
  where ${isLiveKey} and (${readTenant.id} is not null or ${key.tenantId} is null)`,
)

const selectShared = query(sharedKey, (fields) =>
  select(fields)
    .from(key)
    .where(and(isLiveKey, isNull(key.tenantId))),
)

const selectBinding = query(
  {
    tenantId: readTenant.id,
    log: readTenant.logId,
    ownerId: sql<number | null>`null`,
    keyId: value<string | null>('keyId'),
    scope: value<KeyScope>('scope'),
    lastUsedAt: value<number | null>('lastUsedAt'),
    ...seqs,
  },
  (fields) => select(fields).from(readTenant).where(isReadTenant),
)

/** Values for the placeholders of `readableTenant`. */
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
  const [[shared]] = found.value
  return ok(shared)
}

/** Reads for a reader; its parts find their tenant through `readableTenant`. */
export async function readAs<const Parts extends readonly Part[]>(
  database: D1Database,
  reader: Reader,
  parts: Parts,
): Promise<Result<{ readonly state: ReaderState; readonly rows: Answers<Parts> }, Refusal>> {
  const select = reader.kind === 'key' ? selectKey : selectBinding
  const outcome = await readBatch(database, [select(database, readerValues(reader)), ...parts])
  if (!outcome.ok) return outcome
  const [[row], ...rows] = outcome.value
  if (!row) return err({ kind: reader.kind === 'key' ? 'credential' : 'target' })
  const { tenantId, ...state } = row
  if (tenantId === null) return err({ kind: 'target' })
  return ok({ state: { tenantId, ...state }, rows })
}

/** Tenants of keys that open one alone, by the keys' hashes. */
const owners = new BoundedMap<string, number>(10_000)

/** Remembers whose key it is, once D1 has said so. */
export function rememberOwner(hash: string, { ownerId }: ReaderState): void {
  if (ownerId !== null) owners.set(hash, ownerId)
}

/**
 * The name under which the requests of a key are limited: one for all keys of a tenant. A key that this
 * isolate has not seen yet counts by itself, as nothing is looked up before the limit.
 */
export function limitOf(hash: string): string {
  const tenantId = owners.get(hash)
  return tenantId === undefined ? hash : `application ${tenantId}`
}

const updateLastUsed = command(() =>
  update(keys)
    .set({ lastUsedAt: value('now') })
    .where(eq(keys.id, value('id'))),
)

export type KeyUse = Pick<ReaderState, 'keyId' | 'lastUsedAt'>

/** Notes the use of a key, about once a minute. */
export async function noteKeyUse(database: D1Database, state: KeyUse): Promise<void> {
  const now = Date.now()
  if (state.keyId === null || now - (state.lastUsedAt ?? 0) < useInterval) return
  await runBatch(database, [updateLastUsed(database, { id: state.keyId, now })])
}

const readerId = sql`coalesce((select ${key.id} from ${keys} as ${key} where ${isLiveKey}),
  ${value('keyId')}, ${bindingReader})`

const lastSeq = sql`(select max(${events.seq}) from ${events}
  where ${events.tenantId} = ${readableTenant})`

const newSeq = sql`excluded.${columns(acknowledgements.seq)}`

/** Numbers only grow: one that comes late or twice changes nothing. */
const insertAcknowledgement = command(
  () => sql`
  insert into ${acknowledgements} (${columns(
    acknowledgements.tenantId,
    acknowledgements.reader,
    acknowledgements.seq,
    acknowledgements.at,
  )})
  select ${readableTenant}, ${readerId}, ${value('seq')}, ${value('now')}
  where ${readableTenant} is not null and ${value('seq')} <= ${lastSeq}
    and (${value('log')} is null or ${value('log')} = (
      select ${tenants.logId} from ${tenants} where ${tenants.id} = ${readableTenant}))
    and (${value('isBinding')} = 1 and ${value('scope')} = 'read-ack'
      or exists (select 1 from ${keys} as ${key} where ${isLiveKey} and ${key.scope} = 'read-ack'))
  on conflict do update set ${columns(acknowledgements.seq)} = ${newSeq},
    ${columns(acknowledgements.at)} = excluded.${columns(acknowledgements.at)}
    where ${newSeq} > ${acknowledgements.seq}`,
)

const selectAcknowledgement = query({ seq: acknowledgements.seq }, (fields) =>
  select(fields)
    .from(acknowledgements)
    .where(
      and(eq(acknowledgements.tenantId, readableTenant), eq(acknowledgements.reader, readerId)),
    ),
)

/** Notes how far a reader has got, if its scope allows it and the number exists. */
export async function acknowledge(
  database: D1Database,
  reader: Reader,
  seq: number,
  log: string | undefined,
): Promise<Result<{ readonly state: ReaderState; readonly seq: number }, Refusal>> {
  const values = { ...readerValues(reader), seq, log: log ?? null }
  const outcome = await readAs(database, reader, [
    insertAcknowledgement(database, values),
    selectAcknowledgement(database, values),
  ])
  if (!outcome.ok) return outcome
  const [, [acknowledged]] = outcome.value.rows
  return ok({ state: outcome.value.state, seq: acknowledged?.seq ?? 0 })
}
