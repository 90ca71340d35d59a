/** The provider that calls a tenant, as the pages name it. */
import { detectProvider, type ProviderName } from '../../scim/profile'
import type { Tenant } from '../../tenants/tenant'
import type { LastCall } from '../../tokens/last-call'
import { providerNames } from '../shell/values'

/** The provider behind a tenant's last call; without one, as far as the tenant tells it. */
export function providerOf(tenant: Tenant, call: LastCall | undefined): ProviderName | undefined {
  return detectProvider({
    profile: tenant.settings.profile,
    guide: tenant.guide,
    label: call?.label,
    userAgent: call?.agent,
  })
}

/** Its name, as a sentence begins with it. */
export function callerOf(tenant: Tenant, call: LastCall | undefined): string {
  const provider = providerOf(tenant, call)
  return provider ? providerNames[provider] : 'The identity provider'
}
