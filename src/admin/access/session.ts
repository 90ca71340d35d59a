/**
 * The session of a viewer: cookies hold random secrets (`session-cookie.ts`), D1 the hash of each with the operator's
 * secret mixed in, so that a new operator secret ends every session.
 */
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { accessPerson, hasAccess, roleOfOthers } from '../../access/cloudflare-access'
import { hashToken, makeSecret, secretOf } from '../../tokens/secret'
import { isLoopback } from '../../http/network'
import { allOk, ok, type Result } from '../../result'
import type { Refusal } from '../../database/batch'
import type { Databases } from '../../database/placement'
import { roleOfAddress } from '../../access/staff'
import { endSession, readSession, sessionLifetime } from '../../access/sessions'
import {
  databaseOf,
  endingWith,
  isFullOfVisits,
  isOfSession,
  nameOf,
  readSessions,
  sessionsFor,
  textOf,
  type HeldSession,
} from './session-cookie'
import { isEmbedded, isForCustomers, pageOfForm } from '../shell/headers'
import { mayAct, root, type AdminContext, type AdminTypes, type Viewer } from '../shell/context'

const hostPrefix = '__Host-'
/** The operator's cookie; that of a visit has the tenant behind it. */
const cookieName = 'rollcall_console'
/** The cookie of pages in a frame of the product: apart from the other one, which may be an operator's. */
const frameCookieName = 'rollcall_frame'
/** The cookies by which a browser is known that looked at a link. */
const markName = 'rollcall_browser'
const frameMarkName = 'rollcall_framed_browser'
const markPattern = /^[0-9A-Za-z]{43}$/

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

/** A visit through a link: the tenant that it leads to, and the secret of one that is found again. */
interface Visiting<T> {
  readonly slugOf: (opened: NonNullable<T>) => string
  readonly secret: string | undefined
}

/**
 * Gives the browser a session, once `keep` has stored its hash in a database and answered something; ends
 * the one in whose place it comes, and the oldest visit where there would be too many that go on. Its secret is a
 * new one, unless the visit has one.
 */
export async function openSession<T, E>(
  c: AdminContext,
  { databaseName }: Databases,
  keep: (hash: string) => Promise<Result<T, E>>,
  visiting?: Visiting<T>,
): Promise<Result<T, E>> {
  const secret = visiting?.secret ?? makeSecret()
  const kept = await keep(await hashOf(c, secret))
  if (!kept.ok || kept.value === undefined || kept.value === null) return kept
  const slug = visiting?.slugOf(kept.value)
  const opened = { secret, databaseName, slug, openedAt: slug === undefined ? 0 : Date.now() }
  const held = heldSessions(c)
  const ended = await endedOf(c, held)
  const living = held.filter((one) => !ended.includes(one))
  const ending = endingWith(living, opened)
  await endSessions(c, ending)
  const base = cookieNameOf(c)
  const options = cookieOptions(c)
  const name = nameOf(opened, base)
  setCookie(c, name, textOf(opened), { ...options, maxAge: sessionLifetime / 1000 })
  const gone = [...ended, ...ending].map((one) => nameOf(one, base))
  for (const other of gone) if (other !== name) deleteCookie(c, other, options)
  return kept
}

/** Visits that have ended, where they are so many that they would end others; what cannot be read may go on. */
async function endedOf(
  c: AdminContext,
  held: readonly HeldSession[],
): Promise<readonly HeldSession[]> {
  if (!isFullOfVisits(held)) return []
  const viewers = await Promise.all(held.map((one) => viewerOfSession(c, one)))
  return held.filter(
    ({ slug }, index) => slug !== undefined && viewers[index]?.ok && !viewers[index].value,
  )
}

/** Ends all sessions of the browser: who signs out leaves no other visit open. */
export async function closeSession(c: AdminContext): Promise<Result<unknown, Refusal>> {
  const ended = await endSessions(c, heldSessions(c))
  if (ended.ok) {
    const base = cookieNameOf(c)
    const names = [...readCookies(c).keys()].filter((name) => isOfSession(name, base))
    for (const name of [...names, markNameOf(c)]) deleteCookie(c, name, cookieOptions(c))
  }
  return ended
}

function endSessions(
  c: AdminContext,
  sessions: readonly HeldSession[],
): Promise<Result<unknown, Refusal>> {
  return allOk(
    sessions.map(async (session) => {
      const database = databaseOf(c.env, session)
      return database ? endSession(database, await hashOf(c, session.secret)) : ok(undefined)
    }),
  )
}

/**
 * Marks the browser that looks at a link, before it opens it. Should the answer of the opening be lost, the
 * same browser opens the same link once more and finds its session; the link alone finds nothing. A mark ends
 * before any session that follows from it, and with the sign-out: no session has the secret of one that ended.
 */
export function markBrowser(c: AdminContext): void {
  if (markOf(c) !== undefined) return
  setCookie(c, markNameOf(c), makeSecret(), {
    ...cookieOptions(c),
    maxAge: sessionLifetime / 1000,
  })
}

/**
 * The secret of a session through a link that opens once: it follows from the mark of the browser, the secret of the link and
 * that of the operator. Undefined for a browser without a mark.
 */
export async function secretOfVisit(c: AdminContext, link: string): Promise<string | undefined> {
  const mark = markOf(c)
  if (mark === undefined) return undefined
  return secretOf(`rollcall visit\n${c.env.ADMIN_TOKEN ?? ''}`, `${mark}\n${link}`)
}

/** False for a request without anything that could be a session: nothing has to be read for it. */
export function showsSomething(c: AdminContext): boolean {
  return heldSessions(c).length > 0 || c.req.header('Cf-Access-Jwt-Assertion') !== undefined
}

/** Whose a page is. */
interface Found {
  /** Undefined without a session that is for the page. */
  readonly viewer: Viewer | undefined
  /** True where an operator's session that would have come first has ended. */
  readonly hasEnded: boolean
}

/**
 * The viewer that the request's session belongs to: on a page of a tenant an operator, or whoever visits this one; in
 * the set-up the visitor before the operator.
 */
export async function findViewer(c: AdminContext): Promise<Result<Found, Refusal>> {
  const person = await personFromAccess(c)
  const named = person === undefined ? ok(undefined) : await viewerOf(c, person)
  if (!named.ok) return named
  const nobody = { viewer: undefined, hasEnded: false }
  if (named.value === 'nobody') return ok(nobody)
  if (named.value) return ok({ viewer: named.value, hasEnded: false })
  if (!isOn(c)) return ok(nobody)
  const slug = c.req.param('slug')
  const kind = slug === undefined ? 'all' : isForCustomers(c) ? 'customer' : 'tenant'
  let hasEnded = false
  let refused: Viewer | undefined
  for (const held of sessionsFor(heldSessions(c), kind, slug)) {
    const found = await viewerOfSession(c, held)
    if (!found.ok) return found
    const viewer = found.value
    const isElsewhere = slug !== undefined && viewer?.tenant && viewer.tenant.slug !== slug
    if (viewer && !isElsewhere) {
      if (kind !== 'customer' || mayAct(viewer, 'view')) return ok({ viewer, hasEnded })
      // A link for approval has no page here: an operator beside it has.
      refused ??= viewer
    }
    hasEnded ||= !viewer && held.slug === undefined
  }
  return ok({ viewer: refused, hasEnded })
}

async function viewerOfSession(
  c: AdminContext,
  held: HeldSession,
): Promise<Result<Viewer | undefined, Refusal>> {
  const database = databaseOf(c.env, held)
  if (!database) return ok(undefined)
  const session = await readSession(database, await hashOf(c, held.secret))
  if (!session.ok || session.value === undefined) return session.ok ? ok(undefined) : session
  const { actor, ...viewer } = session.value
  // Operators sign in to the main database alone.
  if (!viewer.tenant && database !== c.env.DB) return ok(undefined)
  return ok({ name: actor, ...viewer })
}

/** The address of whoever came through Cloudflare Access; undefined for all others. */
export function personFromAccess(c: AdminContext): Promise<string | undefined> {
  return accessPerson(c.req.header('Cf-Access-Jwt-Assertion'), c.env)
}

/**
 * A person whom Cloudflare Access let in, with the role of the entry, or of others; `nobody` where the
 * entry has ended. Undefined for who has none: the operator's secret and access codes are theirs to use.
 */
async function viewerOf(
  c: AdminContext,
  name: string,
): Promise<Result<Viewer | 'nobody' | undefined, Refusal>> {
  const found = await roleOfAddress(c.env.DB, name)
  if (!found.ok) return found
  if (found.value === 'nobody') return ok('nobody')
  const role = found.value === 'unknown' ? roleOfOthers(c.env) : found.value
  return ok(role === undefined ? undefined : { name, role, isFromAccess: true })
}

/** False without a secret and without Access: nobody can be operator, and the console is off. */
export function isOn(c: AdminContext): boolean {
  return Boolean(c.env.ADMIN_TOKEN) || hasAccess(c.env)
}

/** The wanted page, if it is one of the console: a sign-in never leads out of it. */
export function pageAfterSignIn(wanted: string | undefined): string {
  return wanted !== undefined && /^\/admin(\/[\w-]+)*(\?[\w.%&=+-]*)?$/.test(wanted) ? wanted : root
}

/** The sign-in of a page, which leads back to it; a form's says that nothing was done, and leads to the form's page. */
export function signInPath(c: AdminContext): string {
  const { pathname } = new URL(c.req.url)
  if (pathname === `${root}/sign-out`) return `${root}/sign-in?done=signed-out`
  return wayBack(c, `${root}/sign-in`, isForm(c) ? { done: 'unsaved' } : {})
}

/** Where a customer's visit begins anew: says that it has ended, and whether a form was sent. */
export function openingPath(c: AdminContext): string {
  return wayBack(c, `${root}/open`, { ended: isForm(c) ? 'form' : '1' })
}

function isForm(c: AdminContext): boolean {
  return !['GET', 'HEAD'].includes(c.req.method)
}

/** An address with the page to come back to: the one that was asked for, or whose form was sent. */
function wayBack(c: AdminContext, path: string, fields: Readonly<Record<string, string>>): string {
  const { pathname, search } = new URL(c.req.url)
  const wanted = pageAfterSignIn(isForm(c) ? pageOfForm(c) : `${pathname}${search}`)
  const query = new URLSearchParams({ ...fields, ...(wanted === root ? {} : { next: wanted }) })
  return query.size === 0 ? path : `${path}?${query.toString()}`
}

function markNameOf(c: AdminContext): string {
  return isEmbedded(c) ? frameMarkName : markName
}

function markOf(c: AdminContext): string | undefined {
  const mark = readCookies(c).get(markNameOf(c))
  return mark !== undefined && markPattern.test(mark) ? mark : undefined
}

/** The cookies of the request by their names here: over https, those alone that no other host can have set. */
function readCookies(c: AdminContext): ReadonlyMap<string, string> {
  const prefix = isEncrypted(c) ? hostPrefix : ''
  const own = Object.entries(getCookie(c)).filter(([name]) => name.startsWith(prefix))
  return new Map(own.map(([name, text]) => [name.slice(prefix.length), text]))
}

function cookieNameOf(c: AdminContext): string {
  return isEmbedded(c) ? frameCookieName : cookieName
}

function heldSessions(c: AdminContext): readonly HeldSession[] {
  return readSessions(readCookies(c), cookieNameOf(c))
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
