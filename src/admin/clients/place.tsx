/**
 * Where the pages of OAuth clients stand: in the operator's console, in English, or among the pages of a link,
 * in the customer's language and the product's name.
 */
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Tenant } from '../../tenants/tenant'
import { readWords, useWords, WordsProvider } from '../guide/words'
import { Frame } from '../customer/frame'
import { showInWords, showProblem } from '../customer/show'
import { root, setUpPath, show, tenantPath, type AdminContext } from '../shell/context'
import { createContext, useContext } from '../shell/jsx-context'
import { TenantLayout } from '../shell/layout'
import type { AdminRefusal } from '../shell/problem'
import { showRefusal } from '../shell/refusal'

const IsOfLink = createContext(false)

function isOfLink(c: AdminContext): boolean {
  return c.req.path.startsWith(`${root}/set-up/`)
}

/** The address of a page of OAuth clients beside that of the request, such as `/clients`. */
export function clientsPath(c: AdminContext, page: string): string {
  return (isOfLink(c) ? setUpPath : tenantPath)(c.var.tenant, page)
}

/** The same, for components. */
export function useClientsPath(tenant: Tenant): (page: string) => string {
  const pathOf = useContext(IsOfLink) ? setUpPath : tenantPath
  return (page) => pathOf(tenant, page)
}

export async function showHere(
  c: AdminContext,
  page: Child,
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  const placed = <IsOfLink.Provider value={isOfLink(c)}>{page}</IsOfLink.Provider>
  if (isOfLink(c)) return showInWords(c, placed, status)
  const words = await readWords(c, 'en')
  return show(c, <WordsProvider value={words}>{placed}</WordsProvider>, status)
}

export function refuseHere(c: AdminContext, refusal: AdminRefusal) {
  return isOfLink(c) ? showProblem(c, refusal) : showRefusal(c, refusal)
}

/** The frame of the place. */
export function ClientsFrame(props: {
  readonly tenant: Tenant
  readonly title: string
  readonly children?: Child
}) {
  const { tenant, title, children } = props
  const words = useWords()
  if (!useContext(IsOfLink)) {
    return (
      <TenantLayout tenant={tenant} section="clients" title={title}>
        {children}
      </TenantLayout>
    )
  }
  return (
    <Frame title={title}>
      <nav class="sections" aria-label={words.text('frame.pages')}>
        <a href={setUpPath(tenant)}>{words.text('tab.setUp')}</a>
        <a href={setUpPath(tenant, '/clients')}>{words.text('clients.title')}</a>
      </nav>
      {children}
    </Frame>
  )
}
