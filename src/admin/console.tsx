/** The console: pages for operators and customers' administrators, made on the server. */
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { logFailure } from '../failure'
import { admit } from './access/admission'
import { icon, script, style } from './shell/assets'
import { show, type AdminContext, type AdminTypes } from './shell/context'
import { MessagePage } from './shell/layout'
import { showNotFound } from './shell/refusal'
import { isOwnForm, neverStored, pageHeaders } from './shell/headers'
import { routes } from './pages'
import { requireEncryption } from './access/session'
import { newApp } from '../http/router'

const maximumFormBytes = 64 * 1024

export const operatorConsole = newApp<AdminTypes>()

operatorConsole.use(requireEncryption, pageHeaders, neverStored)

operatorConsole.use(async function refuseForeignForms(c, next) {
  if (!['GET', 'HEAD'].includes(c.req.method) && !isOwnForm(c.req.raw)) {
    const text = 'This form was not sent by the console. Open the console and try again there.'
    return show(c, <MessagePage title="Not allowed" text={text} isOpen />, 403)
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
for (const route of routes) {
  operatorConsole.on(route.method, route.path, admit(route), route.handle)
}

operatorConsole.all('*', admit({ path: '*', least: 'view' }), showNotFound)

operatorConsole.onError(function showFailure(error, c) {
  if (error instanceof HTTPException && error.status < 500) return error.getResponse()
  logFailure('Page failed', c.var.requestId, error)
  const text = `Rollcall could not make this page. Quote the request ${c.var.requestId} when you ask why.`
  return show(c, <MessagePage title="Something went wrong" text={text} isOpen />, 500)
})

function asset(c: AdminContext, text: string, type: string) {
  return c.body(text, 200, { 'Content-Type': type, 'Cache-Control': 'no-cache' })
}
