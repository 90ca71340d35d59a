/** What a request of the operator's API carries. */
import type { Context } from 'hono'
import type { RequestTypes, RequestVariables } from '../../http/request-context'
import type { Author } from '../../audit/log'
import type { Tenant } from '../../tenants/tenant'

export interface ApiTypes extends RequestTypes {
  Variables: RequestVariables & {
    /** The tenant in the address; set below `/admin/api/tenants/{slug}`, and nowhere else. */
    tenant: Tenant
  }
}

export type ApiContext = Context<ApiTypes>

/** Whoever has the operator's secret is the operator. */
export function operatorAuthor(c: ApiContext): Author {
  return { actor: 'operator', role: 'operator', requestId: c.var.requestId }
}
