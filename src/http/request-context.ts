/** What every request carries through Hono, whatever it is about. */
import type { Context } from 'hono'
import type { Environment } from '../environment'

export interface RequestVariables {
  /** Names the request in its answer, in the log and in what it writes. */
  requestId: string
}

export interface RequestTypes {
  Bindings: Environment
  Variables: RequestVariables
}

export type RequestContext = Context<RequestTypes>
