/** What a request of the console carries, and how it is answered. */
import type { Context } from 'hono'
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { RequestTypes, RequestVariables } from '../../http/request-context'
import type { Author, Role } from '../../audit/log'
import type { Tenant } from '../../tenants/tenant'

/** Who looks at the console. */
export interface Viewer {
  readonly name: string
  readonly role: Role
  /** Let in by Cloudflare Access, without a session here. */
  readonly isFromAccess?: boolean
  /** The only tenant that there is for this viewer; absent for an operator. */
  readonly tenant?: { readonly id: number; readonly slug: string }
}

export interface ConsoleTypes extends RequestTypes {
  Variables: RequestVariables & {
    /** Set on every page that needs a session. */
    viewer: Viewer | undefined
    /** The tenant in the address; set on every page below `/admin/tenants/{slug}`. */
    tenant: Tenant
  }
}

export type ConsoleContext = Context<ConsoleTypes>

/** What a component makes. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** Everything that a page's path begins with. */
export const root = '/admin'

/**
 * Who gets the page that is being made. A page is made in one go, so no other request comes in
 * between; Hono's own contexts would bring its renderer for browsers along.
 */
let viewerOfPage: Viewer | undefined

export function show(
  c: ConsoleContext,
  page: Html,
  status: ContentfulStatusCode = 200,
): Response | Promise<Response> {
  viewerOfPage = c.var.viewer
  try {
    return c.html(html`<!doctype html>${page}`, status)
  } finally {
    viewerOfPage = undefined
  }
}

const order: Readonly<Record<Role, number>> = { view: 0, setup: 1, operator: 2 }

export function mayAct(viewer: Viewer | undefined, least: Role): boolean {
  return viewer !== undefined && order[viewer.role] >= order[least]
}

/** For components; undefined on pages without a session. */
export function useViewer(): Viewer | undefined {
  return viewerOfPage
}

/** Shows what is in it to whom may use it. */
export function For(props: { readonly least: Role; readonly children?: Child }) {
  return mayAct(useViewer(), props.least) ? <>{props.children}</> : null
}

/** Who is noted for a change. */
export function authorOf(c: ConsoleContext): Author {
  const { viewer, requestId } = c.var
  if (!viewer) throw new Error('A change needs a session')
  return { actor: viewer.name, role: viewer.role, requestId }
}

/** The address of a tenant's page, for example `tenantPath(tenant, '/users')`. */
export function tenantPath(tenant: Pick<Tenant, 'slug'>, page = ''): string {
  return `${root}/tenants/${encodeURIComponent(tenant.slug)}${page}`
}

/** Where a viewer's pages begin. */
export function homePath(viewer: Viewer | undefined): string {
  return viewer?.tenant ? tenantPath(viewer.tenant) : root
}
