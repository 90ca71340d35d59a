/** What the cards of holds share: the form to choose in, and the address with its filter. */
import type { Child } from 'hono/jsx'
import type { Tenant } from '../../tenants/tenant'
import { mayAct, tenantPath, useViewer } from '../shell/context'
import type { HoldsPageQuery } from './forms'

/** A form for viewers who may decide; others have nothing to send. */
export function Choosing(props: { readonly action: string; readonly children?: Child }) {
  if (!mayAct(useViewer(), 'approve')) return <div>{props.children}</div>
  return (
    <form method="post" action={props.action}>
      {props.children}
    </form>
  )
}

export function isFiltered({ filter }: HoldsPageQuery): boolean {
  return filter.search !== '' || filter.kind !== 'all'
}

export function pathOf(tenant: Tenant, query: HoldsPageQuery): string {
  const { filter, order, page, drift } = query
  const fields = { ...filter, order, page: String(page), drift: String(drift) }
  return tenantPath(tenant, `/holds?${new URLSearchParams(fields).toString()}`)
}
