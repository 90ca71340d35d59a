/** The way from a slug to its tenant and the database that the tenant lives in. */
import { ok, type Result } from '../result'
import type { Refusal } from '../database/batch'
import { locateTenant, type Databases } from '../database/placement'
import { findTenant } from './store'
import type { Tenant } from './tenant'

interface AtHome<E> {
  readonly home: E
  readonly tenant: Tenant
}

/** Finds the tenant in an address of the administration, with the environment of its database. */
export async function findAtHome<E extends Databases>(
  environment: E,
  slug: string,
): Promise<Result<AtHome<E>, Refusal>> {
  const home = await locateTenant(environment, slug)
  if (!home.ok) return home
  const tenant = await findTenant(home.value.DB, slug)
  return tenant.ok ? ok({ home: home.value, tenant: tenant.value }) : tenant
}
