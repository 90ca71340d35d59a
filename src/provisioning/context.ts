/** The variables of a SCIM request. */
import type { Context } from 'hono'
import type { RequestTypes, RequestVariables } from '../http/request-context'
import type { ScimError } from '../scim/error'
import type { JsonObject } from '../scim/json'
import type { Passed } from '../scim/passed-over/notes'
import type { SeenSchema } from '../scim/schema'
import type { ToleranceName } from '../scim/tolerance/names'
import type { Credential } from '../tokens/credential'

/** An operation of a Bulk that was refused. */
export interface RefusedOperation {
  readonly method: string
  readonly path: string
  readonly subject: string | undefined
  /** Absent for an operation that could not be read. */
  readonly data: JsonObject | undefined
  readonly error: ScimError
}

interface Variables extends RequestVariables {
  credential: Credential
  /** True once D1 has said in this request that the credential holds. */
  isConfirmed: boolean
  /** The error of a refused request. */
  refused: ScimError | undefined
  /** The refused operations of a Bulk, in their order; absent for none. */
  refusedOperations: readonly RefusedOperation[] | undefined
  /** Entries that each command of the request has passed over; absent for none. */
  passed: readonly Passed[] | undefined
  /** Deviations of its headers and its body from the RFCs; absent for none. */
  deviations: readonly { readonly name: ToleranceName; readonly what: string }[] | undefined
  /** What showing resources has observed for the first time; absent for nothing. */
  observed: readonly SeenSchema[] | undefined
  /** The body, once it was read. */
  body: JsonObject | undefined
  /** The name of the person or team in the body. */
  subject: string | undefined
  /** Numbers that the body writes otherwise than they are kept; absent for none. */
  rewritten: ReadonlySet<number> | undefined
  /** Base URL of the tenant as the client wrote it, without a slash at its end. */
  baseUrl: string
}

export interface ScimTypes extends RequestTypes {
  Variables: Variables
}

export type ScimContext = Context<ScimTypes>

/** Work that is done after the answer: worth doing, and not worth failing for. */
export function afterResponse(c: ScimContext, work: Promise<unknown>): void {
  c.executionCtx.waitUntil(work.catch(() => undefined))
}
