/** Deleting a tenant, and what the caches hold of its tokens. */
import { forgetCredential, type Stores } from '../../tokens/credential-cache'
import type { Tenant } from '../../tenants/tenant'
import type { Author } from '../../audit/log'
import { ok, type Result } from '../../result'
import type { Refusal } from '../../database/batch'
import { deleteTenant } from '../../tenants/deletion'

/** Deletes a tenant with all it has; false when there is more to delete than one request can. */
export async function removeTenant(
  stores: Stores,
  tenant: Tenant,
  author: Author,
): Promise<Result<boolean, Refusal>> {
  const deleted = await deleteTenant(stores, tenant, author)
  if (!deleted.ok) return deleted
  const { hashes, isComplete } = deleted.value
  await Promise.all(hashes.map((hash) => forgetCredential(stores.TOKENS, hash)))
  return ok(isComplete)
}
