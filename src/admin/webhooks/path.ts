/** The address of an endpoint's page. */
import type { Tenant } from '../../tenants/tenant'
import { tenantPath } from '../shell/context'

export function webhookPath(tenant: Tenant, id: string): string {
  return tenantPath(tenant, `/webhooks/${encodeURIComponent(id)}`)
}
