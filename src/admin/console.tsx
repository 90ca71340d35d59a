/** The operator's console: pages for a browser, made on the server. */
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { HTTPException } from 'hono/http-exception'
import { findTenant } from '../store/tenants'
import { showActivity } from './activity-page'
import { icon, script, style } from './assets'
import {
  receiveRevocation,
  receiveSwitch,
  receiveToken,
  showConnection,
  showRevocation,
} from './connection'
import { show, type ConsoleContext, type ConsoleTypes } from './context'
import { MessagePage } from './layout'
import { showOverview } from './overview'
import { showNotFound, showRefusal } from './page-refusal'
import { isOwnForm, neverStored, pageHeaders } from './protection'
import { requireEncryption, requireSession } from './session'
import { receiveSettings, showSettings } from './settings'
import { receiveSignIn, receiveSignOut, showSignIn } from './sign-in'
import { showTeam, showTeams } from './teams'
import { receiveTenant, showTenants } from './tenants'
import { showUser, showUsers } from './users'

const maximumFormBytes = 64 * 1024

export const operatorConsole = new Hono<ConsoleTypes>()

operatorConsole.use(requireEncryption, pageHeaders, neverStored)

operatorConsole.use(async function refuseForeignForms(c, next) {
  if (!['GET', 'HEAD'].includes(c.req.method) && !isOwnForm(c.req.raw)) {
    const text = 'This form was not sent by the console. Open the console and try again there.'
    return show(c, <MessagePage title="Refused" text={text} isOpen />, 403)
  }
  await next()
  return undefined
})

operatorConsole.use(
  bodyLimit({
    maxSize: maximumFormBytes,
    onError: (c) => c.text('The form is too large.', 413),
  }),
)

operatorConsole.get('/console.css', (c) => asset(c, style, 'text/css'))
operatorConsole.get('/console.js', (c) => asset(c, script, 'text/javascript'))
operatorConsole.get('/console.svg', (c) => asset(c, icon, 'image/svg+xml'))
operatorConsole.get('/sign-in', showSignIn)
operatorConsole.post('/sign-in', receiveSignIn)

operatorConsole.use(requireSession)

operatorConsole.post('/sign-out', receiveSignOut)
operatorConsole.get('/', showTenants)
operatorConsole.get('/tenants', showTenants)
operatorConsole.post('/tenants', receiveTenant)

operatorConsole.use(
  '/tenants/:slug/*',
  createMiddleware<ConsoleTypes>(async function readTenant(c, next) {
    const found = await findTenant(c.env.DB, c.req.param('slug') ?? '')
    if (!found.ok) return showRefusal(c, found.error)
    c.set('tenant', found.value)
    await next()
    return undefined
  }),
)

operatorConsole.get('/tenants/:slug', showOverview)
operatorConsole.get('/tenants/:slug/connection', showConnection)
operatorConsole.get('/tenants/:slug/activity', showActivity)
operatorConsole.post('/tenants/:slug/tokens', receiveToken)
operatorConsole.get('/tenants/:slug/tokens/:id/revoke', showRevocation)
operatorConsole.post('/tenants/:slug/tokens/:id/revoke', receiveRevocation)
operatorConsole.post('/tenants/:slug/enabled', receiveSwitch)
operatorConsole.get('/tenants/:slug/users', showUsers)
operatorConsole.get('/tenants/:slug/users/:id', showUser)
operatorConsole.get('/tenants/:slug/teams', showTeams)
operatorConsole.get('/tenants/:slug/teams/:id', showTeam)
operatorConsole.get('/tenants/:slug/settings', showSettings)
operatorConsole.post('/tenants/:slug/settings', receiveSettings)

operatorConsole.all('*', showNotFound)

operatorConsole.onError(function showFailure(error, c) {
  if (error instanceof HTTPException && error.status < 500) return error.getResponse()
  // As in the log of all other requests: the place, and nothing that may be about a person.
  console.error(
    JSON.stringify({
      message: 'Page failed',
      requestId: c.var.requestId,
      error: error.name,
      stack: error.stack?.split('\n').slice(1, 6),
    }),
  )
  const text = `Rollcall could not make this page. Quote the request ${c.var.requestId} when you ask why.`
  return show(c, <MessagePage title="Something went wrong" text={text} isOpen />, 500)
})

function asset(c: ConsoleContext, text: string, type: string) {
  return c.body(text, 200, { 'Content-Type': type, 'Cache-Control': 'no-cache' })
}
