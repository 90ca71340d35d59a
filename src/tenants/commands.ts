/** Commands of the operator on tenants, by the API and in the console alike. */
import { linkRoles } from '../database/schema/access'
import { err, ok, type Result } from '../result'
import type { Author } from '../audit/log'
import type { Refusal } from '../database/batch'
import { inDatabase, mainName, type Databases } from '../database/placement'
import { mergeSettings, type SettingsChange } from './settings'
import { createTenant, findTenant, saveTenant, type CreationRefusal } from './store'
import type { ListedTenant, Tenant } from './tenant'

export interface TenantBindings extends Databases {
  /** Name of the database that new tenants go to; empty or absent for the main one. */
  readonly NEW_TENANTS?: string
}

/** Attempts of a change that meets concurrent ones. */
const attempts = 5

/**
 * Refusals of a change. A tenant that is being deleted can't be changed; one that is no longer what the author has
 * seen (`stale`) is left as it is.
 */
export type ChangeRefusal = Refusal | { readonly kind: 'deleting' | 'stale' }

export interface TenantChange extends SettingsChange {
  readonly name?: string | undefined
  /** The switch of the author: of the customer's administrator, or of the operator. */
  readonly enabled?: boolean | undefined
  /** The customer's switch, for an operator. */
  readonly customerEnabled?: boolean | undefined
}

export type NewTenantRefusal = CreationRefusal | { readonly kind: 'unknownDatabase' }

/** A tenant to make, with settings that differ from their defaults. */
export interface NewTenant extends SettingsChange {
  readonly slug: string
  readonly name: string
  readonly database?: string | undefined
}

/**
 * Creates a tenant in the named database, or in the one for new tenants. `openedAt` is the time of the form that asks for
 * it; refused with `deletedSince` where a tenant with this slug was deleted after it.
 */
export async function makeTenant(
  environment: TenantBindings,
  { slug, name, database: named, ...settings }: NewTenant,
  author: Author,
  openedAt?: number,
): Promise<Result<ListedTenant, NewTenantRefusal>> {
  const database = named ?? (environment.NEW_TENANTS || mainName)
  const home = inDatabase(environment, database)
  if (!home) return err({ kind: 'unknownDatabase' })
  const created = await createTenant(home, { slug, name, settings }, author, openedAt)
  return created.ok ? ok({ ...created.value, database }) : created
}

/** Changes the given values of a tenant and keeps all others, as long as it is what `isAsSeen` says of it. */
export async function changeTenant(
  database: D1Database,
  tenant: Tenant,
  change: TenantChange,
  author: Author,
  isAsSeen?: (present: Tenant) => boolean | Promise<boolean>,
): Promise<Result<Tenant, ChangeRefusal>> {
  const { name, enabled, customerEnabled, ...settings } = change
  const isCustomer = linkRoles.some((role) => role === author.role)
  const [own, other] = isCustomer
    ? [undefined, enabled ?? customerEnabled]
    : [enabled, customerEnabled]
  let before = tenant
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (before.deletingAt !== null) return err({ kind: 'deleting' })
    if (isAsSeen && !(await isAsSeen(before))) return err({ kind: 'stale' })
    const operatorOff = own === undefined ? before.operatorOff : !own
    const customerOff = other === undefined ? before.customerOff : !other
    const after = {
      ...before,
      name: name ?? before.name,
      enabled: !operatorOff && !customerOff,
      operatorOff,
      customerOff,
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
