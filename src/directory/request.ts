/**
 * The context of every command on the directory: the credential, and what identifies the request.
 */
import { detectProvider } from '../scim/profile'
import type { ToleranceName } from '../scim/tolerance'
import type { Credential } from '../tokens/credential'
import type { Cause } from '../events/append'

export interface DirectoryRequest {
  readonly credential: Credential
  /** Made once per request: a repeated write recognizes itself by it. */
  readonly operation: string
  readonly requestId: string
  readonly userAgent: string | undefined
  /** The If-Match header, if there is one. */
  readonly ifMatch: string | undefined
}

/** The cause that events quote: request, token, likely provider, and the tolerances applied. */
export function causeOf(
  { credential, requestId, userAgent }: DirectoryRequest,
  applied: ReadonlySet<ToleranceName> = new Set(),
): Cause {
  const provider = detectProvider(credential.settings.profile, userAgent, applied)
  return {
    requestId,
    tokenId: credential.tokenId,
    ...(provider ? { provider } : {}),
    ...(applied.size > 0 ? { tolerated: [...applied] } : {}),
  }
}
