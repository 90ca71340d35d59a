/**
 * The sessions that a browser holds, as the text of its cookie: one of an operator, or visits through links, of one
 * tenant each and the latest first. A visit of one tenant leaves those of others alone.
 */
import { inDatabase, type Databases } from '../../database/placement'

/** Visits of one browser; with a further one the oldest ends. */
export const maximumVisits = 8

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
    .split(between, maximumVisits)
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

/** The sessions beside a new one, and those that end with it: all but visits of other tenants. */
export function besides(
  held: readonly HeldSession[],
  opened: HeldSession,
): { readonly staying: readonly HeldSession[]; readonly ending: readonly HeldSession[] } {
  const others = held.filter(({ secret }) => secret !== opened.secret)
  const visits = others.filter(({ slug }) => slug !== undefined && slug !== opened.slug)
  const staying = opened.slug === undefined ? [] : visits.slice(0, maximumVisits - 1)
  return { staying, ending: others.filter((one) => !staying.includes(one)) }
}

/** The sessions that a page could be for: that of its tenant; without one, and for pages of no tenant, all of them. */
export function sessionsFor(
  held: readonly HeldSession[],
  slug: string | undefined,
): readonly HeldSession[] {
  const ofTenant = held.filter((one) => slug !== undefined && one.slug === slug)
  return ofTenant.length > 0 ? ofTenant : held
}

/** The database that would know a session; undefined for a name that there is not. */
export function databaseOf(
  environment: Databases,
  { databaseName }: HeldSession,
): D1Database | undefined {
  return inDatabase(environment, databaseName)?.DB
}
