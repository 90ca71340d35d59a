/**
 * The session of a viewer: a cookie holds a random secret, D1 its hash with the operator's secret
 * mixed in, so that a new operator secret ends every session.
 */
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { accessPerson, hasAccess, roleOfOthers } from '../../access/cloudflare-access'
import { hashToken, makeSecret } from '../../tokens/secret'
import { isLoopback } from '../../http/network'
import { ok, type Result } from '../../result'
import type { Refusal } from '../../database/batch'
import { inDatabase, type Databases } from '../../database/placement'
import { roleOfAddress } from '../../access/staff'
import { endSession, readSession, sessionLifetime } from '../../access/sessions'
import { isEmbedded } from '../shell/headers'
import { root, type AdminContext, type AdminTypes, type Viewer } from '../shell/context'

const cookieName = 'rollcall_console'
/** The cookie of pages in a frame of the product: apart from the other one, which may be an operator's. */
const frameCookieName = 'rollcall_frame'
/** The name of the database that knows the session stands before it, unless it is the main one. */
const cookiePattern = /^(?:(DB_\w+)\.)?([0-9A-Za-z]{43})$/

/** Redirects http to https, except on loopback: secrets never travel in clear text. */
export const requireEncryption = createMiddleware<AdminTypes>(
  async function requireEncryption(c, next) {
    const url = new URL(c.req.url)
    if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
      url.protocol = 'https:'
      return c.redirect(url.href, 308)
    }
    await next()
    return undefined
  },
)

/**
 * Gives the browser a new session, once `keep` has stored its hash in a database and answered
 * something; ends the one it had.
 */
export async function openSession<T, E>(
  c: AdminContext,
  { databaseName }: Databases,
  keep: (hash: string) => Promise<Result<T, E>>,
): Promise<Result<T, E>> {
  const present = cookieOf(c)
  const name = isEmbedded(c) ? frameCookieName : cookieName
  const secret = makeSecret()
  const kept = await keep(await hashOf(c, secret))
  if (!kept.ok || kept.value === undefined) return kept
  if (present) await endSession(present.database, await hashOf(c, present.secret))
  const cookie = databaseName === undefined ? secret : `${databaseName}.${secret}`
  setCookie(c, name, cookie, { ...cookieOptions(c), maxAge: sessionLifetime / 1000 })
  return kept
}

export async function closeSession(c: AdminContext): Promise<Result<undefined, Refusal>> {
  const present = cookieOf(c)
  const ended = present
    ? await endSession(present.database, await hashOf(c, present.secret))
    : ok(undefined)
  if (ended.ok) {
    deleteCookie(c, isEmbedded(c) ? frameCookieName : cookieName, cookieOptions(c))
  }
  return ended
}

/** False for a request without anything that could be a session: nothing has to be read for it. */
export function showsSomething(c: AdminContext): boolean {
  return cookieOf(c) !== undefined || c.req.header('Cf-Access-Jwt-Assertion') !== undefined
}

/** The viewer that the request's session belongs to; undefined without a session. */
export async function findViewer(c: AdminContext): Promise<Result<Viewer | undefined, Refusal>> {
  const person = await accessPerson(c.req.header('Cf-Access-Jwt-Assertion'), c.env)
  if (person !== undefined) return viewerOf(c, person)
  const present = cookieOf(c)
  if (!present || !isOn(c)) return ok(undefined)
  const session = await readSession(present.database, await hashOf(c, present.secret))
  if (!session.ok || session.value === undefined) return session.ok ? ok(undefined) : session
  const { actor, ...viewer } = session.value
  // Operators sign in to the main database alone.
  if (!viewer.tenant && present.database !== c.env.DB) return ok(undefined)
  return ok({ name: actor, ...viewer })
}

/** A person whom Cloudflare Access let in, with the role of the entry, or of others. */
async function viewerOf(
  c: AdminContext,
  name: string,
): Promise<Result<Viewer | undefined, Refusal>> {
  const found = await roleOfAddress(c.env.DB, name)
  if (!found.ok) return found
  const role = found.value === 'unknown' ? roleOfOthers(c.env) : found.value
  return ok(
    role === undefined || role === 'nobody' ? undefined : { name, role, isFromAccess: true },
  )
}

/** False without a secret and without Access: nobody can be operator, and the console is off. */
export function isOn(c: AdminContext): boolean {
  return Boolean(c.env.ADMIN_TOKEN) || hasAccess(c.env)
}

/** The wanted page, if it is one of the console: a sign-in never leads out of it. */
export function pageAfterSignIn(wanted: string | undefined): string {
  return wanted !== undefined && /^\/admin(\/[\w-]+)*(\?[\w.%&=+-]*)?$/.test(wanted) ? wanted : root
}

export function signInPath(c: AdminContext): string {
  const { pathname, search } = new URL(c.req.url)
  const wanted = c.req.method === 'GET' ? pageAfterSignIn(`${pathname}${search}`) : root
  return wanted === root ? `${root}/sign-in` : `${root}/sign-in?next=${encodeURIComponent(wanted)}`
}

function cookieOf(c: AdminContext) {
  const wanted = isEmbedded(c) ? frameCookieName : cookieName
  const cookie = isEncrypted(c) ? getCookie(c, wanted, 'host') : getCookie(c, wanted)
  const [, name, secret] = cookiePattern.exec(cookie ?? '') ?? []
  const home = secret === undefined ? undefined : inDatabase(c.env, name)
  return home && secret !== undefined ? { database: home.DB, secret } : undefined
}

function hashOf(c: AdminContext, secret: string): Promise<string> {
  return hashToken(`rollcall console session\n${c.env.ADMIN_TOKEN ?? ''}\n${secret}`)
}

/**
 * Options of the cookie. Browsers keep a `__Host-` cookie only over https, so loopback has a plain
 * one. It is lax, because shared links to pages must open; forms state their origin themselves. In a frame
 * of another site it has to be sent across sites, and is one of that site's pages alone (CHIPS).
 */
function cookieOptions(c: AdminContext) {
  if (isEmbedded(c)) {
    const framed = { path: '/', httpOnly: true, sameSite: 'None', secure: true } as const
    return isEncrypted(c)
      ? ({ ...framed, partitioned: true, prefix: 'host' } as const)
      : ({ ...framed, partitioned: true } as const)
  }
  const common = { path: '/', httpOnly: true, sameSite: 'Lax' } as const
  return isEncrypted(c) ? ({ ...common, secure: true, prefix: 'host' } as const) : common
}

function isEncrypted(c: AdminContext): boolean {
  return new URL(c.req.url).protocol === 'https:'
}
