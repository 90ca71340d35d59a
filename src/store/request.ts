/** What every command on the directory is given: who asks, and how the request is known. */
import type { Credential } from './credentials'
import type { Cause } from './events'

export interface DirectoryRequest {
  readonly credential: Credential
  /** Made once per request: a repeated write recognizes itself by it. */
  readonly operation: string
  readonly cause: Cause
  /** The If-Match header, if there is one. */
  readonly ifMatch: string | undefined
}
