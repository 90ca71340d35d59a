/** Requests without an event, as they go into the log. */
import type { Cause } from '../events/append'
import type { Subject } from './identity'

/** A request that was answered without an event that would tell of it. */
export interface LoggedRequest {
  readonly tenantId: number
  readonly method: string
  readonly path: string
  readonly status: number
  readonly subject: string | null
  readonly cause: Cause
}

export interface RefusedRequest extends LoggedRequest {
  readonly code: string
  readonly detail: string
  /** Whom it was about. */
  readonly about: Subject
  /** What was sent and answered, without secrets; undefined where the tenant keeps none. */
  readonly exchange: { readonly sent: string; readonly answered: string } | undefined
}
