/** What the operator does to tenants and tokens, whether by the API or in the console. */
import { forgetCredential, storeCredential, type Stores } from '../tokens/credential-cache'
import { hashToken, makeToken } from '../tokens/secret'
import type { Environment } from '../environment'
import { err, ok, type Result } from '../result'
import type { Author } from '../audit/log'
import { findCredential } from '../tokens/credential'
import type { Refusal } from '../database/batch'
import { inDatabase, mainName } from '../database/placement'
import { mergeSettings, type SettingsChange } from './settings'
import { deleteTenant } from './deletion'
import { createTenant, findTenant, saveTenant, type ListedTenant, type Tenant } from './store'
import { addToken, revokeToken, type TokenRecord, type TokenRefusal } from '../tokens/store'

/** As often a change is tried on what another one has just written. */
const attempts = 5

/** A tenant that is being deleted stays as it is. */
export type ChangeRefusal = Refusal | { readonly kind: 'deleting' }

export interface IssuedToken {
  readonly record: TokenRecord
  /** The secret itself: it is answered here and kept nowhere. */
  readonly token: string
}

export interface TenantChange extends SettingsChange {
  readonly name?: string | undefined
  readonly enabled?: boolean | undefined
}

export type NewTenantRefusal = Refusal | { readonly kind: 'unknownDatabase' }

/** Makes a tenant in the database that is named, or in the one that new tenants go to. */
export async function makeTenant(
  environment: Environment,
  wish: { readonly slug: string; readonly name: string; readonly database?: string | undefined },
  author: Author,
): Promise<Result<ListedTenant, NewTenantRefusal>> {
  const database = wish.database ?? (environment.NEW_TENANTS || mainName)
  const home = inDatabase(environment, database)
  if (!home) return err({ kind: 'unknownDatabase' })
  const made = await createTenant(home, wish.slug, wish.name, author)
  return made.ok ? ok({ ...made.value, database }) : made
}

/** Makes a token for a tenant; what is stored of it is its hash. */
export async function issueToken(
  stores: Stores,
  tenant: Tenant,
  wish: { readonly label: string; readonly expiresAt: number | null },
  author: Author,
): Promise<Result<IssuedToken, TokenRefusal | ChangeRefusal>> {
  if (tenant.deletingAt !== null) return err({ kind: 'deleting' })
  const token = await makeToken(tenant.slug)
  const hash = await hashToken(token)
  const added = await addToken(stores.DB, tenant, { hash, ...wish }, author)
  if (!added.ok) return added
  const found = await findCredential(stores.DB, hash, stores.HOME)
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

/** Changes what is named and leaves the rest of the tenant as it is. */
export async function changeTenant(
  database: D1Database,
  tenant: Tenant,
  change: TenantChange,
  author: Author,
): Promise<Result<Tenant, ChangeRefusal>> {
  const { name, enabled, ...settings } = change
  let before = tenant
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (before.deletingAt !== null) return err({ kind: 'deleting' })
    const after = {
      ...before,
      name: name ?? before.name,
      enabled: enabled ?? before.enabled,
      settings: mergeSettings(before.settings, settings),
    }
    if (JSON.stringify(after) === JSON.stringify(before)) return ok(before)
    const saved = await saveTenant(database, before, after, author)
    if (saved.ok || saved.error.kind !== 'version') return saved
    const found = await findTenant(database, tenant.slug)
    if (!found.ok) return found
    before = found.value
  }
  return err({ kind: 'unavailable', outage: 'overloaded' })
}

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

export function isLive(token: TokenRecord, now: number): boolean {
  return token.revokedAt === null && (token.expiresAt === null || token.expiresAt > now)
}
