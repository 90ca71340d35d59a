/** Admission to a page, checked before its handler runs. */
import { createMiddleware } from 'hono/factory'
import { homePath, mayAct, show, type AdminContext, type AdminTypes } from '../shell/context'
import { MessagePage } from '../shell/layout'
import { showNotFound, showRefusal } from '../shell/refusal'
import { showProblem, showSaid } from '../customer/show'
import { findViewer, openingPath, showsSomething, signInPath } from './session'
import { findAtHome } from '../../tenants/locate'
import type { ConsoleRoute } from '../shell/route'

/** True for what is about all tenants. */
function isOfAll(least: ConsoleRoute['least']): boolean {
  return least === 'owner' || least === 'operator' || least === 'support'
}

/**
 * Sends a request without a session for its page to the sign-in, and from there back to the page. A viewer of
 * one tenant has none for another tenant, whether there is one or not, finds no page that is about none, and of the
 * console only what is made for customers.
 */
export function admit({
  path,
  least,
  isForApproval = false,
  isForCustomers = false,
}: Pick<ConsoleRoute, 'path' | 'least' | 'isForApproval' | 'isForCustomers'>) {
  const isSetUp = path.startsWith('/set-up/:slug')
  const isOfTenant = isSetUp || path.startsWith('/tenants/:slug')
  /** Where somebody without a session goes: a customer has no secret to sign in with. */
  const doorOf = (c: AdminContext) => (isSetUp ? openingPath(c) : signInPath(c))
  const refuse = isSetUp ? showProblem : showRefusal
  return createMiddleware<AdminTypes>(async function admit(c, next) {
    if (least === 'anyone') return next()
    if (!showsSomething(c)) return c.redirect(doorOf(c), 303)
    const slug = c.req.param('slug') ?? ''
    const [session, found] = await Promise.all([
      findViewer(c),
      isOfTenant ? findAtHome(c.env, slug) : undefined,
    ])
    if (!session.ok) return refuse(c, session.error)
    const { viewer, hasEnded } = session.value
    if (!viewer) return c.redirect(doorOf(c), 303)
    c.set('viewer', viewer)
    const isOfLink = viewer.tenant !== undefined && mayAct(viewer, 'view')
    const notFound = () => (isOfLink ? showSaid(c, 'notFound', 404) : showNotFound(c))
    if (viewer.tenant && !isOfTenant && isOfAll(least)) {
      return hasEnded ? c.redirect(doorOf(c), 303) : notFound()
    }
    const isHidden = viewer.tenant !== undefined && isOfTenant && !isForCustomers
    const mayDecide = isForApproval && mayAct(viewer, 'approve')
    if ((isHidden || !mayAct(viewer, least)) && !mayDecide) {
      // In a browser where an operator was signed in it is the operator's page.
      if (hasEnded) return c.redirect(doorOf(c), 303)
      // The console's first page of a tenant is the operator's; a link has its own.
      if (path === '/tenants/:slug' && viewer.tenant) return c.redirect(homePath(viewer), 303)
      if (isOfLink) return showSaid(c, viewer.role === 'view' ? 'readOnly' : 'notAllowed', 403)
      const text = viewer.tenant
        ? 'Your link does not allow this.'
        : `Your role (${viewer.role}) does not allow this.`
      return show(c, <MessagePage title="Not allowed" text={text} />, 403)
    }
    if (found) {
      if (!found.ok) return refuse(c, found.error)
      const { home, tenant } = found.value
      // A slug may have come to mean another tenant since the session began.
      if (viewer.tenant && viewer.tenant.id !== tenant.id) return notFound()
      c.env = home
      c.set('tenant', tenant)
    }
    return next()
  })
}
