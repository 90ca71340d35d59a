/** Operations of a bulk request (RFC 7644 section 3.7). */
import type { Result } from '../../result'
import type { ScimError } from '../error'
import type { JsonObject } from '../json'

export type BulkMethod = 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface BulkOperation {
  /** Its place in the request, which the answer keeps. */
  readonly index: number
  readonly method: BulkMethod
  readonly bulkId: string | undefined
  readonly endpoint: '/Users' | '/Groups'
  /** Id of the resource; for POST the one that it will have. */
  readonly id: string
  readonly version: string | undefined
  readonly data: JsonObject
  /**
   * Refusal of data that can be read, with infinity in place of what cannot be kept. A change of a
   * person alone has one: it may be a deactivation.
   */
  readonly problem: ScimError | undefined
}

/** An operation that can be carried out, or why it can't. */
export type PlannedOperation = Result<BulkOperation, ScimError> & {
  readonly index: number
  readonly method: string
  /** As it was sent; empty for none. */
  readonly path: string
  readonly bulkId: string | undefined
  /** Places of the operations that create what this one refers to. */
  readonly needs: readonly number[]
}
