/** The context of a request of the administration, and the viewer of its page. */
import type { Context } from 'hono'
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { RequestTypes, RequestVariables } from '../../http/request-context'
import { isWeakSecret, secretCommand } from '../../access/weak-secret'
import { countTenant, type TenantCounts } from '../../attention/tenant-counts'
import type { Author, Role } from '../../audit/log'
import { createContext, useContext } from './jsx-context'
import type { Tenant } from '../../tenants/tenant'

/** The person or program that uses the administration. */
export interface Viewer {
  readonly name: string
  readonly role: Role
  /** True without a session here: Cloudflare Access let the person in. */
  readonly isFromAccess?: boolean
  /** The only tenant that exists for this viewer; absent for an operator. */
  readonly tenant?: { readonly id: number; readonly slug: string }
  /** Number of webhooks of all tenants that fail; absent where nobody has counted. */
  readonly failingWebhooks?: number
  /** Address of the product that the pages lead back to, for a link that has one. */
  readonly returnUrl?: string
}

export interface AdminTypes extends RequestTypes {
  Variables: RequestVariables & {
    /** Set for every page that needs a session and every call of the API. */
    viewer: Viewer | undefined
    /** The tenant in the address; set below `…/tenants/{slug}`, and nowhere else. */
    tenant: Tenant
  }
}

/** One context for pages and JSON, so that both share reads and commands. */
export type AdminContext = Context<AdminTypes>

/** The path of the console: every page's address begins with it. */
export const root = '/admin'

const PageViewer = createContext<Viewer | undefined>(undefined)
const SecretRemedy = createContext<string | undefined>(undefined)

/** Counts what the navigation of a tenant's page shows; undefined when nobody can at the moment. */
type CountsOf = (tenant: Tenant) => Promise<TenantCounts | undefined>

const PageCounts = createContext<CountsOf>(() => Promise.resolve(undefined))

/** Answers with a page. Its components find its viewer, also while other pages are made. */
export function show(
  c: AdminContext,
  page: Child,
  status: ContentfulStatusCode = 200,
): Response | Promise<Response> {
  const { viewer } = c.var
  const isWeak = mayAct(viewer, 'operator') && isWeakSecret(c.env.ADMIN_TOKEN)
  const shown = (
    <PageViewer.Provider value={viewer}>
      <SecretRemedy.Provider value={isWeak ? operatorSecretCommand(c) : undefined}>
        <PageCounts.Provider value={countsIn(c.env.DB)}>{page}</PageCounts.Provider>
      </SecretRemedy.Provider>
    </PageViewer.Provider>
  )
  return c.html(html`<!doctype html>${shown}`, status)
}

function countsIn(database: D1Database): CountsOf {
  return async function countsOf({ id }) {
    const counted = await countTenant(database, id)
    return counted.ok ? counted.value : undefined
  }
}

/** The counts of a tenant, for its navigation: they are read as it is made, and with no other answer. */
export function useCounts(): CountsOf {
  return useContext(PageCounts)
}

/** The viewer of the page, for components; undefined on pages without a session. */
export function useViewer(): Viewer | undefined {
  return useContext(PageViewer)
}

/** The command for a new secret, on pages of an operator whose deployment has one that can be guessed. */
export function useSecretRemedy(): string | undefined {
  return useContext(SecretRemedy)
}

/** The command that makes the operator's secret of the Worker that answers. */
export function operatorSecretCommand(c: AdminContext): string {
  return secretCommand('ADMIN_TOKEN', c.env.WORKER)
}

/**
 * Roles that include each role: whoever approves sees and does nothing but what waits, support looks at all
 * tenants and changes nothing, and an owner alone says who may what.
 */
const included: Readonly<Record<Role, readonly Role[]>> = {
  view: ['view'],
  setup: ['setup', 'view'],
  approve: ['approve'],
  support: ['support', 'view'],
  operator: ['operator', 'support', 'setup', 'approve', 'view'],
  owner: ['owner', 'operator', 'support', 'setup', 'approve', 'view'],
}

export function mayAct(viewer: Viewer | undefined, least: Role): boolean {
  return viewer !== undefined && included[viewer.role].includes(least)
}

/** Shows its children to viewers who may use them. */
export function For(props: { readonly least: Role; readonly children?: Child }) {
  return mayAct(useViewer(), props.least) ? <>{props.children}</> : null
}

/** The author that the audit names for a change. */
export function authorOf(c: AdminContext): Author & { readonly role: Role } {
  const { viewer, requestId } = c.var
  if (!viewer) throw new Error('A change needs a viewer')
  return { actor: viewer.name, role: viewer.role, requestId }
}

/** The address of a tenant's page, for example `tenantPath(tenant, '/users')`. */
export function tenantPath(tenant: Pick<Tenant, 'slug'>, page = ''): string {
  return `${root}/tenants/${encodeURIComponent(tenant.slug)}${page}`
}

/** The first page of a viewer. */
export function homePath(viewer: Viewer | undefined): string {
  if (!viewer?.tenant) return root
  return mayAct(viewer, 'view') ? setUpPath(viewer.tenant) : tenantPath(viewer.tenant, '/holds')
}

/** The address of a page that links open, for example `setUpPath(tenant, '/people')`. */
export function setUpPath(tenant: Pick<Tenant, 'slug'>, page = ''): string {
  return `${root}/set-up/${encodeURIComponent(tenant.slug)}${page}`
}
