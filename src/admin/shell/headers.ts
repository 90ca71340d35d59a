/** Protection of the console's pages in a browser: headers, and the refusal of foreign forms. */
import { createMiddleware } from 'hono/factory'
import { brandOf, frameAncestorsOf } from './brand'
import { root, type AdminContext, type AdminTypes } from './context'

/**
 * Headers of every page. Inline scripts and styles are forbidden: a value that got past escaping would do
 * nothing. The proof kit asks the address of its tenant. HSTS is without subdomains: those of the operator's
 * domain are not this Worker's business. With `no-referrer`, browsers would send forms with the origin "null".
 */
const protection = Object.entries({
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Origin-Agent-Cluster': '?1',
  'Referrer-Policy': 'same-origin',
  'Strict-Transport-Security': 'max-age=15552000',
  'X-Content-Type-Options': 'nosniff',
  'X-DNS-Prefetch-Control': 'off',
  'X-Download-Options': 'noopen',
  'X-Frame-Options': 'DENY',
  'X-Permitted-Cross-Domain-Policies': 'none',
  'X-XSS-Protection': '0',
})

export const pageHeaders = createMiddleware(async function pageHeaders(c, next) {
  await next()
  for (const [name, value] of protection) c.res.headers.set(name, value)
})

/** Pages for customers: those that links open, within the address of the console. */
const customerPath = /^\/admin\/(open$|set-up\/)/

export function isForCustomers(c: AdminContext): boolean {
  return customerPath.test(c.req.path)
}

/**
 * Lets the product's pages show those of links in a frame, where the setting names them, and its logo stand
 * in them. What an operator sees is in no frame.
 */
export const customerHeaders = createMiddleware<AdminTypes>(
  async function customerHeaders(c, next) {
    await next()
    const policy = c.res.headers.get('Content-Security-Policy')
    if (policy === null || !isForCustomers(c)) return
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

/** The page of the console whose form was sent, as the browser says; undefined where it says none, or another site's. */
export function pageOfForm(c: AdminContext): string | undefined {
  const page = URL.parse(c.req.header('Referer') ?? '')
  const isOwn = page?.origin === new URL(c.req.url).origin && page.pathname.startsWith(`${root}/`)
  return page && isOwn ? `${page.pathname}${page.search}` : undefined
}

/**
 * Why a form is not taken for one that a page of this console sent; undefined for one that is. Browsers state
 * where a form comes from in Origin and Sec-Fetch-Site; at least one must be there, and none may say another
 * site. A page that hides its address has the origin "null".
 */
export function faultOfForm(request: Request): 'foreign' | 'unnamed' | undefined {
  const site = request.headers.get('Sec-Fetch-Site')
  const origin = request.headers.get('Origin')
  if (origin === 'null' || (site === null && origin === null)) return 'unnamed'
  const isOwn =
    (site === null || site === 'same-origin') &&
    (origin === null || origin === new URL(request.url).origin)
  return isOwn ? undefined : 'foreign'
}
