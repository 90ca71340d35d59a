/**
 * The sessions that a browser holds, each in a cookie of its own: one of an operator, and visits through links, of one
 * tenant each. A visit leaves the operator and the visits of other tenants alone, also when both begin at once.
 */
import { inDatabase, type Databases } from '../../database/placement'

/** Visits of one browser that go on; with a further one the oldest ends. */
export const maximumVisits = 8

/** Visits that are read: those that begin at once may be more than go on, until the next one. */
const maximumRead = 2 * maximumVisits

export interface HeldSession {
  readonly secret: string
  /** Name of the database that knows the session; undefined for the main one. */
  readonly databaseName: string | undefined
  /** The tenant of a visit; undefined for an operator, and in cookies of before there were several visits. */
  readonly slug: string | undefined
  /** When a visit was opened, in milliseconds since 1970; 0 for an operator. */
  readonly openedAt: number
}

const namePattern = /^_([a-z0-9-]{1,63})$/
const pattern = /^(?:(\d{1,15})\.)?(?:(DB_\w{1,60})\.)?([0-9A-Za-z]{43})$/

/** The sessions in cookies, the operator's before the visits, of these the latest first. `base` is the operator's cookie. */
export function readSessions(
  cookies: ReadonlyMap<string, string>,
  base: string,
): readonly HeldSession[] {
  const held = [...cookies].flatMap(([name, text]): HeldSession[] => {
    if (!name.startsWith(base)) return []
    const [, slug] = namePattern.exec(name.slice(base.length)) ?? []
    const match = slug === undefined && name !== base ? null : pattern.exec(text)
    if (!match) return []
    const [, openedAt, databaseName, secret = ''] = match
    return [
      { slug, databaseName, secret, openedAt: slug === undefined ? 0 : Number(openedAt ?? 0) },
    ]
  })
  const { operator, visits } = byKind(held)
  const latest = visits.toSorted((one, other) => other.openedAt - one.openedAt)
  return [...operator, ...latest.slice(0, maximumRead)]
}

/** True for the name of a cookie that can hold a session. */
export function isOfSession(name: string, base: string): boolean {
  return name === base || (name.startsWith(base) && namePattern.test(name.slice(base.length)))
}

/** The name of the cookie that holds a session. */
export function nameOf({ slug }: HeldSession, base: string): string {
  return slug === undefined ? base : `${base}_${slug}`
}

/** The text of the cookie that holds a session. */
export function textOf({ slug, databaseName, secret, openedAt }: HeldSession): string {
  const parts = [slug === undefined ? undefined : String(openedAt), databaseName, secret]
  return parts.filter((part) => part !== undefined).join('.')
}

/** The sessions that end with a new one: the one in whose place it comes, and visits beyond the maximum. */
export function endingWith(
  held: readonly HeldSession[],
  opened: HeldSession,
): readonly HeldSession[] {
  const { visits } = byKind(held.filter(({ slug }) => slug !== opened.slug))
  const room = opened.slug === undefined ? maximumVisits : maximumVisits - 1
  const beyond = new Set(visits.slice(room))
  return held.filter(
    (one) => one.secret !== opened.secret && (one.slug === opened.slug || beyond.has(one)),
  )
}

/** True where a further visit would end one that begins first: the ones that have ended should go before it. */
export function isFullOfVisits(held: readonly HeldSession[]): boolean {
  return byKind(held).visits.length >= maximumVisits
}

/** The page of a tenant that links lead to, of a tenant in the console, or of all tenants. */
export type PageKind = 'customer' | 'tenant' | 'all'

/**
 * The sessions that a page could be for, in the order in which they are tried. What a link leads to is shown as the
 * link shows it, and in the console an operator is one, whatever links were opened beside.
 */
export function sessionsFor(
  held: readonly HeldSession[],
  kind: PageKind,
  slug: string | undefined,
): readonly HeldSession[] {
  const { operator, visits } = byKind(held)
  if (kind === 'all') return [...operator, ...visits]
  const ofTenant = visits.filter((one) => one.slug === slug)
  return kind === 'customer' ? [...ofTenant, ...operator] : [...operator, ...ofTenant]
}

function byKind(held: readonly HeldSession[]) {
  return {
    operator: held.filter(({ slug }) => slug === undefined),
    visits: held.filter(({ slug }) => slug !== undefined),
  }
}

/** The database that would know a session; undefined for a name that there is not. */
export function databaseOf(
  environment: Databases,
  { databaseName }: HeldSession,
): D1Database | undefined {
  return inDatabase(environment, databaseName)?.DB
}
