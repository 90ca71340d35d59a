/** Warnings about secrets of OAuth clients that expire soon. */
import type { Child } from 'hono/jsx'
import { liveSecrets } from '../../oauth/live'
import type { ClientRecord } from '../../oauth/store'
import type { Tenant } from '../../tenants/tenant'
import { tenantPath } from '../shell/context'
import { expiryOf, isReplaced } from '../tokens/table'

export function expiringSecrets(
  tenant: Tenant,
  clients: readonly ClientRecord[],
  now: number,
): Child[] {
  return clients
    .filter(({ revokedAt }) => revokedAt === null)
    .flatMap((client) => {
      const live = liveSecrets(client, now)
      return live.flatMap((secret) => {
        const expiry = expiryOf(secret, now)
        if (!expiry) return []
        const advice = isReplaced(secret, live, now)
          ? 'A newer secret has taken over: revoke this one.'
          : 'Make another one, enter it in the program, and then revoke this one.'
        return [
          <p>
            <strong>
              A secret of the OAuth client “{client.label || 'unnamed'}” {expiry.text}.
            </strong>{' '}
            {advice} <a href={tenantPath(tenant, `/clients/${client.id}`)}>To the client</a>
          </p>,
        ]
      })
    })
}
