/**
 * The sessions that a browser holds, as the text of its cookie: one of an operator, and visits through links, of one
 * tenant each and the latest first. A visit leaves the operator and the visits of other tenants alone.
 */
import { inDatabase, type Databases } from '../../database/placement'

/** Visits of one browser that go on; with a further one the oldest ends. */
export const maximumVisits = 8

/** Those, and the session of an operator. */
const maximumSessions = maximumVisits + 1

export interface HeldSession {
  readonly secret: string
  /** Name of the database that knows the session; undefined for the main one. */
  readonly databaseName: string | undefined
  /** The tenant of a visit; undefined for an operator, and in cookies of before there were several visits. */
  readonly slug: string | undefined
}

const between = '~'
const pattern = /^(?:([a-z0-9-]{1,63})\.)?(?:(DB_\w{1,60})\.)?([0-9A-Za-z]{43})$/

export function readSessions(text: string | undefined): readonly HeldSession[] {
  return (text ?? '')
    .split(between, maximumSessions)
    .map((part) => pattern.exec(part))
    .flatMap((match) =>
      match ? [{ slug: match[1], databaseName: match[2], secret: match[3] ?? '' }] : [],
    )
}

export function writeSessions(sessions: readonly HeldSession[]): string {
  return sessions
    .map(({ slug, databaseName, secret }) => [slug, databaseName, secret])
    .map((parts) => parts.filter((part) => part !== undefined).join('.'))
    .join(between)
}

/** The sessions beside a new one, and those that end with it: the one in its place, and visits beyond the maximum. */
export function besides(
  held: readonly HeldSession[],
  opened: HeldSession,
): { readonly staying: readonly HeldSession[]; readonly ending: readonly HeldSession[] } {
  const others = held.filter(({ secret }) => secret !== opened.secret)
  const kept = others.filter(({ slug }) => slug !== opened.slug)
  const { operator, visits } = byKind(kept)
  const room = opened.slug === undefined ? maximumVisits : maximumVisits - 1
  const staying = [...operator.slice(0, 1), ...visits.slice(0, room)]
  return { staying, ending: others.filter((one) => !staying.includes(one)) }
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
