/** Metadata of a tenant's authorization server (RFC 8414). */
import type { RequestContext } from '../http/request-context'
import { algorithms } from '../oauth/key-set'
import type { Server } from '../oauth/names'

/** The one scope of access tokens: all that a SCIM token of the tenant may do. */
export const scope = 'scim'

/** The description is the same for every slug: it tells nobody which tenants there are. */
export function replyMetadata(c: RequestContext, { issuer, tokenUrl }: Server): Response {
  return c.json({
    issuer,
    token_endpoint: tokenUrl,
    scopes_supported: [scope],
    response_types_supported: [],
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
    ],
    token_endpoint_auth_signing_alg_values_supported: [...algorithms],
  })
}
