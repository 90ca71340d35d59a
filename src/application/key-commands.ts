/** Commands of the operator on the application's keys, from the API and the console. */
import { addKey, type KeyRecord } from './keys'
import type { KeyScope } from './reader'
import type { Author } from '../audit/log'
import { ok, type Result } from '../result'
import type { Refusal } from '../database/batch'
import type { Ended } from '../tokens/limited-credential'
import { hashToken, makeKey } from '../tokens/secret'

export interface IssuedKey {
  readonly record: KeyRecord
  /** The key itself: it is answered here and kept nowhere. */
  readonly key: string
}

export interface KeyInput {
  readonly label: string
  readonly scope: KeyScope
  readonly expiresAt: number | null
}

/**
 * Makes a key; undefined when its owner has `maximumKeys`. A `tenantId` of null opens all tenants. With a
 * `secret` that was given before, it answers the key that this has made.
 */
export async function issueKey(
  database: D1Database,
  tenantId: number | null,
  input: KeyInput,
  author: Author,
  secret?: string,
): Promise<Result<IssuedKey | undefined, Refusal | Ended>> {
  const key = await makeKey(secret)
  const added = await addKey(database, tenantId, { hash: await hashToken(key), ...input }, author)
  if (!added.ok) return added
  return ok(added.value && { record: added.value, key })
}
