/** Commands of the operator on sealing keys. */
import { auditStatement, type Author } from '../audit/log'
import { runBatch, type Refusal } from '../database/batch'
import { ok, type Result } from '../result'
import { forgetStatement, keyStatement, readKeys, type Purpose } from './keys'

interface Owner {
  readonly id: number
}

/** Makes the next key of a purpose and answers its number; the keys before it still open. */
export async function rotateKey(
  database: D1Database,
  tenant: Owner,
  purpose: Purpose,
  author: Author,
): Promise<Result<number, Refusal>> {
  const keys = await readKeys(database, tenant.id, purpose, true)
  if (!keys.ok) return keys
  const number = keys.value[0].number + 1
  const entry = { action: 'key.rotated', subject: purpose, after: { number } }
  const made = await runBatch(database, [
    keyStatement(database, tenant.id, purpose, number),
    auditStatement(database, { tenant: tenant.id, author, ...entry }),
  ])
  if (!made.ok) return made
  const read = await readKeys(database, tenant.id, purpose, true)
  return read.ok ? ok(number) : read
}

/** Deletes the keys before a number: what they sealed can't be opened any more. */
export async function forgetKeysBefore(
  database: D1Database,
  tenant: Owner,
  purpose: Purpose,
  number: number,
): Promise<Result<undefined, Refusal>> {
  const gone = await runBatch(database, [forgetStatement(database, tenant.id, purpose, number)])
  if (!gone.ok) return gone
  const read = await readKeys(database, tenant.id, purpose, true)
  return read.ok ? ok(undefined) : read
}
