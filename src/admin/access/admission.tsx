/** Admission to a page, checked before its handler runs. */
import { createMiddleware } from 'hono/factory'
import { homePath, mayAct, show, type AdminTypes } from '../shell/context'
import { MessagePage } from '../shell/layout'
import { showNotFound, showRefusal } from '../shell/refusal'
import { findViewer, showsSomething, signInPath } from './session'
import { findAtHome } from '../../tenants/locate'
import type { ConsoleRoute } from '../shell/route'

/** True for what is about all tenants. */
function isOfAll(least: ConsoleRoute['least']): boolean {
  return least === 'owner' || least === 'operator' || least === 'support'
}

/**
 * Sends a request without a session to the sign-in, and from there back to its page. A viewer of
 * one tenant finds no other tenant, and no page that is about none.
 */
export function admit({
  path,
  least,
  isForApproval = false,
}: Pick<ConsoleRoute, 'path' | 'least' | 'isForApproval'>) {
  const isOfTenant = path.startsWith('/tenants/:slug')
  return createMiddleware<AdminTypes>(async function admit(c, next) {
    if (least === 'anyone') return next()
    if (!showsSomething(c)) return c.redirect(signInPath(c), 303)
    const slug = c.req.param('slug') ?? ''
    const [session, found] = await Promise.all([
      findViewer(c),
      isOfTenant ? findAtHome(c.env, slug) : undefined,
    ])
    if (!session.ok) return showRefusal(c, session.error)
    const viewer = session.value
    if (!viewer) return c.redirect(signInPath(c), 303)
    c.set('viewer', viewer)
    if (viewer.tenant && (isOfTenant ? viewer.tenant.slug !== slug : isOfAll(least))) {
      return showNotFound(c)
    }
    if (!mayAct(viewer, least) && !(isForApproval && mayAct(viewer, 'approve'))) {
      // A link leads to the first page of its tenant, which whoever approves has elsewhere.
      if (path === '/tenants/:slug' && viewer.tenant) return c.redirect(homePath(viewer), 303)
      const isLooking = viewer.role === 'view'
      const text = !viewer.tenant
        ? `Your role (${viewer.role}) does not allow this.`
        : isLooking
          ? 'Your link is read-only.'
          : 'Your link does not allow this.'
      return show(c, <MessagePage title="Not allowed" text={text} />, 403)
    }
    if (found) {
      if (!found.ok) return showRefusal(c, found.error)
      const { home, tenant } = found.value
      // A slug may have come to mean another tenant since the session began.
      if (viewer.tenant && viewer.tenant.id !== tenant.id) return showNotFound(c)
      c.env = home
      c.set('tenant', tenant)
    }
    return next()
  })
}
