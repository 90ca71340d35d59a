/** Protection of the console's pages in a browser: headers, and the refusal of foreign forms. */
import { createMiddleware } from 'hono/factory'
import { secureHeaders } from 'hono/secure-headers'
import { brandOf, frameAncestorsOf } from './brand'
import type { AdminContext, AdminTypes } from './context'

/** Inline scripts and styles are forbidden: a value that got past escaping would do nothing. */
export const pageHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    // The proof kit asks the address of its tenant.
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: 'DENY',
  // Without subdomains: those of the operator's domain are not this Worker's business.
  strictTransportSecurity: 'max-age=15552000',
  // With `no-referrer`, browsers would send forms with the origin "null".
  referrerPolicy: 'same-origin',
})

/** Pages for customers: those that links open, within the address of the console. */
const customerPath = /^\/admin\/(open$|set-up\/|tenants\/[^/]+\/(clients|new-client)(\/|$))/

/**
 * Lets the product's pages show those of links in a frame, where the setting names them, and its logo stand
 * in them. What an operator sees is in no frame.
 */
export const customerHeaders = createMiddleware<AdminTypes>(
  async function customerHeaders(c, next) {
    await next()
    const policy = c.res.headers.get('Content-Security-Policy')
    if (policy === null || !customerPath.test(c.req.path)) return
    const { logo } = brandOf(c.env)
    const pictures = logo === undefined ? '' : ` ${new URL(logo).origin}`
    const { viewer } = c.var
    const isOfOperator = viewer !== undefined && !viewer.tenant
    const ancestors = isOfOperator ? [] : frameAncestorsOf(c.env)
    const frames = ancestors.length === 0 ? "'none'" : ancestors.join(' ')
    const headers = c.res.headers
    headers.set(
      'Content-Security-Policy',
      policy
        .replace("img-src 'self'", `img-src 'self'${pictures}`)
        .replace("frame-ancestors 'none'", `frame-ancestors ${frames}`),
    )
    if (ancestors.length > 0) headers.delete('X-Frame-Options')
  },
)

/** The script of a framed page says so: browsers state it for pages alone. */
const frameHeader = 'Rollcall-Framed'

/** True for a request out of a frame. Whoever claims it wrongly has no cookie for it. */
export function isEmbedded(c: AdminContext): boolean {
  return c.req.header('Sec-Fetch-Dest') === 'iframe' || c.req.header(frameHeader) !== undefined
}

/** Pages are kept by no cache: they hold people's data, and once a token. */
export const neverStored = createMiddleware<AdminTypes>(async function neverStored(c, next) {
  await next()
  if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store')
})

/**
 * True for a form that a page of this console sent. Browsers state where a form comes from in
 * Origin and Sec-Fetch-Site; at least one must be there, and none may say another site.
 */
export function isOwnForm(request: Request): boolean {
  const site = request.headers.get('Sec-Fetch-Site')
  const origin = request.headers.get('Origin')
  if (site === null && origin === null) return false
  return (
    (site === null || site === 'same-origin') &&
    (origin === null || origin === new URL(request.url).origin)
  )
}
