/** What the operator does to tenants and tokens, whether by the API or in the console. */
import { forgetCredential, storeCredential, type Stores } from '../auth/cache'
import { hashToken, makeToken } from '../auth/token'
import { err, ok, type Result } from '../result'
import type { Refusal } from '../store/database'
import { mergeSettings, type SettingsChange } from '../store/settings'
import {
  addToken,
  listTokens,
  revokeToken,
  saveTenant,
  type Tenant,
  type TokenRecord,
} from '../store/tenants'

/** As many tokens may be live at once, so that one can follow another without a gap. */
const maximumTokens = 5

export type TokenRefusal = Refusal | { readonly kind: 'tooManyTokens' }

export interface IssuedToken {
  readonly record: TokenRecord
  /** The secret itself: it is answered here and kept nowhere. */
  readonly token: string
}

export interface TenantChange extends SettingsChange {
  readonly name?: string | undefined
  readonly enabled?: boolean | undefined
}

/** Makes a token for a tenant; what is stored of it is its hash. */
export async function issueToken(
  stores: Stores,
  tenant: Tenant,
  wish: { readonly label: string; readonly expiresAt: number | null },
): Promise<Result<IssuedToken, TokenRefusal>> {
  const present = await listTokens(stores.DB, tenant)
  if (!present.ok) return present
  const now = Date.now()
  const live = present.value.filter((token) => isLive(token, now))
  if (live.length >= maximumTokens) return err({ kind: 'tooManyTokens' })
  const token = await makeToken(tenant.slug)
  const hash = await hashToken(token)
  const added = await addToken(stores.DB, tenant, { hash, ...wish })
  if (!added.ok) return added
  await storeCredential(stores.TOKENS, {
    hash,
    tokenId: added.value.id,
    tenantId: tenant.id,
    slug: tenant.slug,
    expiresAt: added.value.expiresAt,
    revision: tenant.revision,
    settings: tenant.settings,
  })
  return ok({ record: added.value, token })
}

/** Revokes a token; D1 refuses it from the next request on. */
export async function withdrawToken(
  stores: Stores,
  tenant: Tenant,
  id: string,
): Promise<Result<undefined, Refusal>> {
  const revoked = await revokeToken(stores.DB, tenant, id)
  if (!revoked.ok) return revoked
  await forgetCredential(stores.TOKENS, revoked.value)
  return ok(undefined)
}

/** Changes what is named and leaves the rest of the tenant as it is. */
export function changeTenant(
  database: D1Database,
  tenant: Tenant,
  change: TenantChange,
): Promise<Result<Tenant, Refusal>> {
  const { name, enabled, ...settings } = change
  return saveTenant(database, {
    ...tenant,
    name: name ?? tenant.name,
    enabled: enabled ?? tenant.enabled,
    settings: mergeSettings(tenant.settings, settings),
  })
}

export function isLive(token: TokenRecord, now: number): boolean {
  return token.revokedAt === null && (token.expiresAt === null || token.expiresAt > now)
}
