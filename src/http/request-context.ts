/** The variables and bindings of every request, of whatever API. */
import type { Context } from 'hono'
import type { Environment } from '../environment'

export interface RequestVariables {
  /** Names the request in its answer, in the log and in what it writes. */
  requestId: string
  /** True once something was asked for that may change what is stored. */
  mayHaveChanged: boolean
  /** Bytes that the body has by its header; undefined where it comes in chunks. */
  bodyLength: number | undefined
}

export interface RequestTypes {
  Bindings: Environment
  Variables: RequestVariables
}

export type RequestContext = Context<RequestTypes>
