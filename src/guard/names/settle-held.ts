/** Tells what has to wait no longer, of a tenant of which something is held; nearly none needs `settle.ts`. */
import type { Cause } from '../../events/append'
import type { Credential } from '../../tokens/credential'

/** `settleNames` for a tenant of which something is held, and nothing for all others. */
export async function settleHeld(
  database: D1Database,
  { tenantId, isHolding }: Credential,
  cause: Cause,
): Promise<void> {
  if (!isHolding) return
  const { settleNames } = await import('./settle')
  await settleNames(database, tenantId, cause)
}
