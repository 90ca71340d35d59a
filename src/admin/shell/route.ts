/** The shape of an address of the console. */
import type { Role } from '../../audit/log'
import type { AdminContext } from './context'

export interface ConsoleRoute {
  readonly method: 'GET' | 'POST'
  /** A path below `/admin`. With `:slug` it is about the tenant that the context then holds. */
  readonly path: string
  /** The least role that may use it; `anyone` needs no session. */
  readonly least: Role | 'anyone'
  /** True when whoever approves what waits may use it, too. */
  readonly isForApproval?: boolean
  /** True for a page that the links of a tenant open as well, within their roles. */
  readonly isForCustomers?: boolean
  readonly handle: (c: AdminContext) => Response | Promise<Response>
}
