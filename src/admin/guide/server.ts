/** The server of a tenant's OAuth clients, in the address of the request. */
import { issuerFor } from '../../http/path'
import type { Server } from '../../oauth/names'
import type { AdminContext } from '../shell/context'

export function serverOf(c: AdminContext): Server {
  const issuer = issuerFor(c.req.url, c.var.tenant.slug)
  return { issuer, tokenUrl: `${issuer}/token` }
}
