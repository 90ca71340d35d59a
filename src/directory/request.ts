/**
 * The context of every command on the directory: the credential, and what identifies the request.
 */
import { detectProvider } from '../scim/profile'
import { about, bounded, maximumInCause } from '../scim/passed-over/notes'
import type { ToleranceName } from '../scim/tolerance/names'
import type { PassedOver } from '../scim/tolerance/reading'
import type { Condition } from '../scim/version'
import type { Credential } from '../tokens/credential'
import type { Cause } from '../events/append'

export interface DirectoryRequest {
  /** Carries the end of the request's time to each batch. */
  readonly credential: Credential
  /** Made once per request: a repeated write recognizes itself by it. */
  readonly operation: string
  readonly requestId: string
  readonly userAgent: string | undefined
  /** The condition on the version, if there is one. */
  readonly ifMatch: Condition | undefined
  /** Numbers that the body writes otherwise than they are kept; absent for none. */
  readonly rewritten?: ReadonlySet<number>
}

/**
 * Milliseconds in which the request may still change something; 0 or less when it is answered with
 * 503, so that nothing may be done for it any more.
 */
export function timeLeft({ credential }: Pick<DirectoryRequest, 'credential'>): number {
  return (credential.until ?? Number.MAX_SAFE_INTEGER) - Date.now()
}

/** Notes of the reading of a request. */
interface Noted {
  readonly applied: ReadonlySet<ToleranceName>
  readonly passed: readonly PassedOver[]
}

/**
 * The cause that events quote: request, token, likely provider, and what the reading noted of the person
 * or team `of`.
 */
export function causeOf(
  { credential, requestId, userAgent }: DirectoryRequest,
  { applied, passed }: Noted = { applied: new Set(), passed: [] },
  of?: string,
): Cause {
  const { profile } = credential.settings
  const provider = credential.provider ?? detectProvider({ profile, userAgent, applied })
  return {
    requestId,
    tokenId: credential.tokenId,
    ...(provider ? { provider } : {}),
    ...(applied.size > 0 ? { tolerated: [...applied] } : {}),
    ...(passed.length > 0 ? { passedOver: bounded(about(passed, of), maximumInCause) } : {}),
  }
}
