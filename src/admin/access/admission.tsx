/** Who is let to a page: asked before anything of the page is done. */
import { createMiddleware } from 'hono/factory'
import { mayAct, show, type AdminTypes } from '../shell/context'
import { MessagePage } from '../shell/layout'
import { showNotFound, showRefusal } from '../shell/refusal'
import { findViewer, showsSomething, signInPath } from './session'
import { findAtHome } from '../../tenants/locate'
import type { ConsoleRoute } from '../shell/route'

/**
 * Sends whoever has no session to the sign-in, and from there back to the page that was asked. For
 * the viewer of one tenant there are no other tenants, and no pages that are about none.
 */
export function admit({ path, least }: Pick<ConsoleRoute, 'path' | 'least'>) {
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
    if (viewer.tenant && (isOfTenant ? viewer.tenant.slug !== slug : least === 'operator')) {
      return showNotFound(c)
    }
    if (!mayAct(viewer, least)) {
      const text = 'The link that you opened lets you look, and not do this.'
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
