/**
 * The operator's session: a cookie that says until when it holds, signed with a key made of the
 * operator's secret. Nothing is stored; a new secret ends every session.
 */
import { createMiddleware } from 'hono/factory'
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie'
import { root, type ConsoleContext, type ConsoleTypes, type Viewer } from './context'

const cookieName = 'rollcall_console'
const lifetimeSeconds = 8 * 60 * 60
const valuePattern = /^console\.(\d{1,12})$/
const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** The secret and the session never travel in clear text, except within this machine. */
export const requireEncryption = createMiddleware<ConsoleTypes>(
  async function requireEncryption(c, next) {
    const url = new URL(c.req.url)
    if (url.protocol === 'http:' && !loopbackHosts.has(url.hostname)) {
      url.protocol = 'https:'
      return c.redirect(url.href, 308)
    }
    await next()
    return undefined
  },
)

export async function openSession(c: ConsoleContext, secret: string): Promise<void> {
  const until = Math.floor(Date.now() / 1000) + lifetimeSeconds
  await setSignedCookie(c, cookieName, `console.${until}`, signingKey(secret), {
    ...cookieOptions(c),
    maxAge: lifetimeSeconds,
  })
}

export function closeSession(c: ConsoleContext): void {
  deleteCookie(c, cookieName, cookieOptions(c))
}

/** Whose session it is; undefined without one. */
export async function findViewer(c: ConsoleContext): Promise<Viewer | undefined> {
  return (await hasSession(c)) ? { name: 'operator', role: 'operator' } : undefined
}

async function hasSession(c: ConsoleContext): Promise<boolean> {
  const secret = c.env.ADMIN_TOKEN
  if (!secret) return false
  const key = signingKey(secret)
  const value = isEncrypted(c)
    ? await getSignedCookie(c, key, cookieName, 'host')
    : await getSignedCookie(c, key, cookieName)
  const until = valuePattern.exec(value || '')?.[1]
  return until !== undefined && Number(until) > Date.now() / 1000
}

/** Only pages of the console: an address from outside must not choose where a sign-in leads. */
export function pageAfterSignIn(wanted: string | undefined): string {
  return wanted !== undefined && /^\/admin(\/[\w-]+)*$/.test(wanted) ? wanted : root
}

export function signInPath(c: ConsoleContext): string {
  const wanted = c.req.method === 'GET' ? pageAfterSignIn(c.req.path) : root
  return wanted === root ? `${root}/sign-in` : `${root}/sign-in?next=${encodeURIComponent(wanted)}`
}

/** A key of its own, so that nothing else that is signed with the secret makes a session. */
function signingKey(secret: string): string {
  return `rollcall console session ${secret}`
}

/** Browsers keep a `__Host-` cookie only over https, so development on loopback has a plain one. */
function cookieOptions(c: ConsoleContext) {
  const common = { path: '/', httpOnly: true, sameSite: 'Strict' } as const
  return isEncrypted(c) ? ({ ...common, secure: true, prefix: 'host' } as const) : common
}

function isEncrypted(c: ConsoleContext): boolean {
  return new URL(c.req.url).protocol === 'https:'
}
