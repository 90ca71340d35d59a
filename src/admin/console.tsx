/** The console: pages for operators and customers' administrators, made on the server. */
import { HTTPException } from 'hono/http-exception'
import { logFailure } from '../failure'
import { admit } from './access/admission'
import { show, type AdminContext, type AdminTypes } from './shell/context'
import { MessagePage } from './shell/layout'
import { showBadQuery, showNotFound } from './shell/refusal'
import { accentStyles, brandOf } from './shell/brand'
import { showSaid } from './customer/show'
import {
  customerHeaders,
  faultOfForm,
  isForCustomers,
  neverStored,
  pageHeaders,
} from './shell/headers'
import { routes } from './pages'
import { requireEncryption } from './access/session'
import { getAsset } from '../http/assets'
import { takeBody } from '../http/body'
import { parametersOf } from '../http/query'
import { newApp } from '../http/router'

const maximumFormBytes = 64 * 1024

const formFaults = {
  foreign:
    'Another address than that of this console has sent this form, so nothing was done. Open the console at its own address, and send the form from there.',
  unnamed:
    'The browser did not say which page sent this form, so nothing was done. An extension or a proxy may keep that back. Open the console in a window without it, and send the form from there.',
} as const

export const operatorConsole = newApp<AdminTypes>()

operatorConsole.use(requireEncryption, customerHeaders, pageHeaders, neverStored)

operatorConsole.use(async function refuseForeignForms(c, next) {
  const fault = ['GET', 'HEAD'].includes(c.req.method) ? undefined : faultOfForm(c.req.raw)
  if (fault !== undefined) {
    if (isForCustomers(c)) return showSaid(c, fault, 403)
    return show(c, <MessagePage title="Not allowed" text={formFaults[fault]} isOpen />, 403)
  }
  await next()
  return undefined
})

/** A page reads each parameter once; of two it would show what one of them asks for. */
operatorConsole.use(async function refuseAddress(c, next) {
  const given = parametersOf(c.req.url)
  if (!given.ok)
    return isForCustomers(c) ? showSaid(c, 'address', 400) : showBadQuery(c, given.error)
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

operatorConsole.all('*', admit({ path: '*', least: 'view' }), (c) =>
  c.var.viewer?.tenant && isForCustomers(c) ? showSaid(c, 'notFound', 404) : showNotFound(c),
)

operatorConsole.onError(async function showFailure(error, c) {
  if (error instanceof HTTPException && error.status < 500) return error.getResponse()
  logFailure('Page failed', c.var.requestId, error)
  const answer = isForCustomers(c) ? await failureInWords(c) : undefined
  if (answer) return answer
  const text = `Rollcall could not make this page. Quote the request ${c.var.requestId} when you ask why.`
  return show(c, <MessagePage title="Something went wrong" text={text} isOpen />, 500)
})

/** The words are a file, which may be what failed. */
async function failureInWords(c: AdminContext): Promise<Response | undefined> {
  try {
    return await showSaid(c, 'failed', 500)
  } catch {
    return undefined
  }
}
