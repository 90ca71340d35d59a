/** Readers of calls that are about all tenants: their key, checked by D1 in the batch that reads. */
import { err, ok, type Result } from '../../result'
import { readBatch, type Answers, type Part } from '../../database/batch'
import { select } from '../../database/builder'
import type { RowOf } from '../../database/field'
import { query } from '../../database/statement'
import { applicationError, type ApplicationError } from '../error'
import { isLiveKey, key, type KeyUse } from '../reader'
import { refusedAs } from '../refusal'

/** A key; or a service binding, or a key of all tenants that the main database has just found. */
export type AllReader =
  | { readonly kind: 'key'; readonly hash: string }
  | { readonly kind: 'binding' }

/** The environment of a call, its reader, and who is told of the key that was found. */
export interface AllAccess<E> {
  readonly environment: E
  readonly reader: AllReader
  readonly onRead: (use: KeyUse, keysIn: D1Database) => void
}

const keyFields = {
  keyId: key.id,
  /** Null for a key of all tenants. */
  tenantId: key.tenantId,
  scope: key.scope,
  lastUsedAt: key.lastUsedAt,
}

export type FoundKey = RowOf<typeof keyFields>

const selectKey = query(keyFields, (fields) => select(fields).from(key).where(isLiveKey))

/** Values for the placeholders of `isLiveKey`. */
export function keyValues(reader: AllReader) {
  return { hash: reader.kind === 'key' ? reader.hash : '', now: Date.now() }
}

/** Reads of a database, and the key as it is there; undefined for none and for a binding. */
export async function readWithKey<const Parts extends readonly Part[]>(
  database: D1Database,
  reader: AllReader,
  parts: Parts,
): Promise<
  Result<{ readonly key: FoundKey | undefined; readonly rows: Answers<Parts> }, ApplicationError>
> {
  const outcome = await readBatch(database, [selectKey(database, keyValues(reader)), ...parts])
  if (!outcome.ok) return err(refusedAs(outcome.error))
  const [[found], ...rows] = outcome.value
  return ok({ key: found, rows })
}

/** The refusal of a reader who may not read all tenants; undefined for one who may. */
export function refusalOf(
  reader: AllReader,
  found: FoundKey | undefined,
): ApplicationError | undefined {
  if (reader.kind === 'binding' || found?.tenantId === null) return undefined
  return applicationError(found ? 'keyOfOneTenant' : 'unauthorized')
}
