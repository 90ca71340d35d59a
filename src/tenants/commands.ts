/** What the operator does to tenants, whether by the API or in the console. */
import { err, ok, type Result } from '../result'
import type { Author } from '../audit/log'
import type { Refusal } from '../database/batch'
import { inDatabase, mainName, type Databases } from '../database/placement'
import { mergeSettings, type SettingsChange } from './settings'
import { createTenant, findTenant, saveTenant } from './store'
import type { ListedTenant, Tenant } from './tenant'

export interface TenantBindings extends Databases {
  /** Name of the database that new tenants go to; empty or absent for the main one. */
  readonly NEW_TENANTS?: string
}

/** As often a change is tried on what another one has just written. */
const attempts = 5

/** A tenant that is being deleted stays as it is. */
export type ChangeRefusal = Refusal | { readonly kind: 'deleting' }

export interface TenantChange extends SettingsChange {
  readonly name?: string | undefined
  readonly enabled?: boolean | undefined
}

export type NewTenantRefusal = Refusal | { readonly kind: 'unknownDatabase' }

/** Makes a tenant in the database that is named, or in the one that new tenants go to. */
export async function makeTenant(
  environment: TenantBindings,
  input: { readonly slug: string; readonly name: string; readonly database?: string | undefined },
  author: Author,
): Promise<Result<ListedTenant, NewTenantRefusal>> {
  const database = input.database ?? (environment.NEW_TENANTS || mainName)
  const home = inDatabase(environment, database)
  if (!home) return err({ kind: 'unknownDatabase' })
  const made = await createTenant(home, input.slug, input.name, author)
  return made.ok ? ok({ ...made.value, database }) : made
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
