/** Commands of the operator on a tenant's tokens, from the API and the console. */
import { addToken, revokeToken, type TokenRecord, type TokenRefusal } from './store'
import { forgetCredential, storeCredential, type Stores } from './credential-cache'
import type { Tenant } from '../tenants/tenant'
import type { Author } from '../audit/log'
import { err, ok, type Result } from '../result'
import type { ChangeRefusal } from '../tenants/commands'
import { deleteTenant } from '../tenants/deletion'
import { findTenant } from '../tenants/store'
import { hashToken, makeToken } from './secret'
import { findCredential } from './credential'
import type { Refusal } from '../database/batch'

export interface IssuedToken {
  readonly record: TokenRecord
  /** The token itself: it is answered here and kept nowhere. */
  readonly token: string
}

/**
 * Makes a token for a tenant. Its hash is stored, the token itself is not. With a `secret` that was
 * given before, it answers the token that this has made.
 */
export async function issueToken(
  stores: Stores,
  tenant: Tenant,
  input: { readonly label: string; readonly expiresAt: number | null },
  author: Author,
  secret?: string,
): Promise<Result<IssuedToken, TokenRefusal | ChangeRefusal>> {
  if (tenant.deletingAt !== null) return err({ kind: 'deleting' })
  const token = await makeToken(tenant.slug, secret)
  const hash = await hashToken(token)
  const added = await addToken(stores.DB, tenant, { hash, ...input }, author)
  if (!added.ok) return added
  const found = await findCredential(stores.DB, hash, stores.databaseName)
  if (found.ok && found.value) await storeCredential(stores.TOKENS, found.value)
  return ok({ record: added.value, token })
}

/** Revokes a token; D1 refuses it from the next request on. */
export async function withdrawToken(
  stores: Stores,
  tenant: Tenant,
  id: string,
  author: Author,
): Promise<Result<undefined, Refusal>> {
  const revoked = await revokeToken(stores.DB, tenant, id, author)
  if (!revoked.ok) return revoked
  await forgetCredential(stores.TOKENS, revoked.value)
  return ok(undefined)
}

/** Attempts of a deletion that meets changes. */
const attempts = 5

/**
 * Deletes a tenant with all it has, the cached credentials of its tokens included. False while
 * there is more to delete than one request can: the call is then to be repeated. Refused with `stale` where the
 * tenant is no longer what `isAsSeen` says of it.
 */
export async function removeTenant(
  stores: Stores,
  tenant: Tenant,
  author: Author,
  isAsSeen?: (present: Tenant) => boolean | Promise<boolean>,
): Promise<Result<boolean, Refusal | { readonly kind: 'stale' }>> {
  let present = tenant
  for (let attempt = 1; ; attempt += 1) {
    if (isAsSeen && !(await isAsSeen(present))) return err({ kind: 'stale' })
    const deleted = await deleteTenant(stores, present, author, isAsSeen ? present.revision : null)
    if (deleted.ok) {
      const { hashes, isComplete } = deleted.value
      await Promise.all(hashes.map((hash) => forgetCredential(stores.TOKENS, hash)))
      return ok(isComplete)
    }
    if (deleted.error.kind !== 'version' || attempt === attempts) return deleted
    const found = await findTenant(stores.DB, tenant.slug)
    if (!found.ok) return found
    present = found.value
  }
}
