/** What every command on the directory is given: who asks, and how the request is known. */
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

/** What events quote: the request, its token, who seems to have sent it and what was tolerated. */
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
