/** The console: pages for operators and customers' administrators, made on the server. */
import { HTTPException } from 'hono/http-exception'
import { logFailure } from '../failure'
import { admit } from './access/admission'
import { show, type AdminTypes } from './shell/context'
import { MessagePage } from './shell/layout'
import { showNotFound } from './shell/refusal'
import { accentStyles, brandOf } from './shell/brand'
import { customerHeaders, isOwnForm, neverStored, pageHeaders } from './shell/headers'
import { routes } from './pages'
import { requireEncryption } from './access/session'
import { getAsset } from '../http/assets'
import { takeBody } from '../http/body'
import { newApp } from '../http/router'

const maximumFormBytes = 64 * 1024

export const operatorConsole = newApp<AdminTypes>()

operatorConsole.use(requireEncryption, customerHeaders, pageHeaders, neverStored)

operatorConsole.use(async function refuseForeignForms(c, next) {
  if (!['GET', 'HEAD'].includes(c.req.method) && !isOwnForm(c.req.raw)) {
    const text = 'This form was not sent by the console. Open the console and try again there.'
    return show(c, <MessagePage title="Not allowed" text={text} isOpen />, 403)
  }
  await next()
  return undefined
})

operatorConsole.use(
  takeBody(maximumFormBytes, {
    tooLarge: (c) => c.text('The form is too large.', 413),
    brokenOff: (c) => c.text('The form broke off before its end; nothing was changed.', 400),
  }),
)

for (const file of ['/console.css', '/console.js', '/console.svg', '/prove.js']) {
  operatorConsole.get(file, (c) => getAsset(c.env, c.req.raw, file))
}
operatorConsole.get('/brand.css', (c) =>
  c.body(accentStyles(brandOf(c.env)), 200, {
    'Content-Type': 'text/css; charset=utf-8',
    'Cache-Control': 'no-cache',
  }),
)
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
