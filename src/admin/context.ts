/** What a request of the console carries, and how it is answered. */
import type { Context } from 'hono'
import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Environment } from '../environment'
import type { Variables } from '../http/context'
import type { Tenant } from '../store/tenants'

export interface ConsoleTypes {
  Bindings: Environment
  Variables: Variables & {
    /** The tenant in the address; set on every page below `/admin/tenants/{slug}`. */
    tenant: Tenant
  }
}

export type ConsoleContext = Context<ConsoleTypes>

/** What a component makes. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** Everything that a page's path begins with. */
export const root = '/admin'

export function show(
  c: ConsoleContext,
  page: Html,
  status: ContentfulStatusCode = 200,
): Response | Promise<Response> {
  return c.html(html`<!doctype html>${page}`, status)
}

/** The address of a tenant's page, for example `tenantPath(tenant, '/users')`. */
export function tenantPath(tenant: Tenant, page = ''): string {
  return `${root}/tenants/${encodeURIComponent(tenant.slug)}${page}`
}
