import { ok, type Result } from '../result'
import type { Refusal } from '../database/batch'
import { locateTenant, type Databases } from '../database/placement'
import { findTenant } from './store'
import type { Tenant } from './tenant'

interface AtHome<E> {
  readonly home: E
  readonly tenant: Tenant
}

/** The tenant in an address of the administration, and the environment where it lives. */
export async function findAtHome<E extends Databases>(
  environment: E,
  slug: string,
): Promise<Result<AtHome<E>, Refusal>> {
  const home = await locateTenant(environment, slug)
  if (!home.ok) return home
  const tenant = await findTenant(home.value.DB, slug)
  return tenant.ok ? ok({ home: home.value, tenant: tenant.value }) : tenant
}
