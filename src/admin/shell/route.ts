/** The shape of an address of the console. */
import type { Role } from '../../audit/log'
import type { AdminContext } from './context'

export interface ConsoleRoute {
  readonly method: 'GET' | 'POST'
  /** Below `/admin`. With `:slug` it is about a tenant, which the handler finds in the context. */
  readonly path: string
  /** The least role; `anyone` needs no session. */
  readonly least: Role | 'anyone'
  readonly handle: (c: AdminContext) => Response | Promise<Response>
}
