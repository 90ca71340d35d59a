/** The command of the proof kit for a tenant, and the way to the page that runs it in the browser. */
import type { Tenant } from '../../tenants/tenant'
import { CopyField } from '../shell/components'
import { tenantPath } from '../shell/context'
import { kitFor } from './page'

export function ProofCommand({ tenant, baseUrl }: { tenant: Tenant; baseUrl: string }) {
  const kit = kitFor(tenant)
  // The gallery of Entra takes no long-lived bearer token.
  const [option, secret] =
    kit === 'entra' ? [' --client-id ID', 'SCIM_CLIENT_SECRET'] : ['', 'SCIM_TOKEN']
  return (
    <>
      <CopyField
        id="prove"
        label={`Proof kit: run it in a tenant for tests, with ${secret} set`}
        value={`npm run prove -- ${kit} --url ${baseUrl}${option}`}
      />
      <a href={tenantPath(tenant, '/prove')}>Prove a tenant for tests with these settings</a>
    </>
  )
}
