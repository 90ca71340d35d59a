/**
 * The person behind a request that came through Cloudflare Access, by its signed assertion (a JWT,
 * RFC 7519), which is checked with the public keys of the Access team. Used only where the
 * deployment names both its team and its application.
 */
import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import { staffRoles } from '../database/schema/access'

export interface AccessVariables {
  /** Team of Cloudflare Access, for example `acme.cloudflareaccess.com`. */
  readonly ACCESS_TEAM_DOMAIN?: string
  /** Audience tag of the Access application; with the team it lets its people in as operators. */
  readonly ACCESS_AUDIENCE?: string
  /**
   * Role of those who are not among the operator's people: `owner`, `operator`, `support`. Absent, or
   * anything else: they are nobody.
   */
  readonly ACCESS_ROLE?: string
}

/** Milliseconds between two fetches of the keys, also when an assertion names an unknown one. */
const leastWait = 60_000
/** Keys are asked for again after an hour, and used for a day while nobody answers. */
const keyLifetime = 60 * 60_000
const maximumLifetime = 24 * 60 * 60_000
const maximumAssertionLength = 8_192
const fetchTimeout = 5_000

type Key = JsonWebKey & { readonly kid: string }

interface KeySet {
  readonly keys: readonly Key[]
  readonly fetchedAt: number
  readonly triedAt: number
}

/** Values alone: what is pending in one request must not be awaited in another. */
const known = new Map<string, KeySet>()

/** The e-mail address of the person, or undefined for whoever did not come through Access. */
export async function accessPerson(
  assertion: string | undefined,
  environment: AccessVariables,
): Promise<string | undefined> {
  const { ACCESS_TEAM_DOMAIN: domain, ACCESS_AUDIENCE: audience } = environment
  if (!domain || !audience || !assertion || assertion.length > maximumAssertionLength)
    return undefined
  const team = teamOf(domain)
  try {
    const { alg, kid } = decodeProtectedHeader(assertion)
    if (alg !== 'RS256' || typeof kid !== 'string') return undefined
    const key = await findKey(team, kid)
    if (!key) return undefined
    const expected = { algorithms: [alg], issuer: team, audience }
    const { payload } = await jwtVerify(assertion, await importJWK(key, alg), expected)
    const { email, exp } = payload
    // A service has no address, and what never expires was not made by Access.
    if (typeof exp !== 'number' || typeof email !== 'string') return undefined
    return email.length > 0 && email.length <= 320 ? email : undefined
  } catch {
    // The library throws for every reason to refuse one, and outside all of them look the same.
    return undefined
  }
}

export function hasAccess({ ACCESS_TEAM_DOMAIN, ACCESS_AUDIENCE }: AccessVariables): boolean {
  return Boolean(ACCESS_TEAM_DOMAIN && ACCESS_AUDIENCE)
}

/** The role of a person without an entry; undefined for nobody. */
export function roleOfOthers({ ACCESS_ROLE: role }: AccessVariables) {
  return staffRoles.find((known) => known === role)
}

/** The issuer: `acme`, `acme.cloudflareaccess.com` and its address name the same team. */
function teamOf(domain: string): string {
  const origin = domain.trim().replace(/\/+$/, '')
  if (/^https?:\/\//.test(origin)) return origin
  return `https://${origin.includes('.') ? origin : `${origin}.cloudflareaccess.com`}`
}

async function findKey(team: string, kid: string): Promise<Key | undefined> {
  const now = Date.now()
  const present = known.get(team)
  const age = now - (present?.fetchedAt ?? 0)
  const found = age < maximumLifetime ? present?.keys.find((key) => key.kid === kid) : undefined
  if (found && age < keyLifetime) return found
  if (present && now - present.triedAt < leastWait) return found
  // Noted before the answer, so that of many requests at once one asks; while there are no keys at
  // all, each asks: none can wait for what another one awaits.
  if (present) known.set(team, { ...present, triedAt: now })
  const keys = await fetchKeys(team)
  known.set(team, {
    keys: keys ?? present?.keys ?? [],
    fetchedAt: keys ? now : (present?.fetchedAt ?? 0),
    triedAt: now,
  })
  return keys ? keys.find((key) => key.kid === kid) : found
}

/** Undefined when the team does not answer as it should. */
async function fetchKeys(team: string): Promise<readonly Key[] | undefined> {
  try {
    const answer = await fetch(`${team}/cdn-cgi/access/certs`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(fetchTimeout),
    })
    if (!answer.ok) return undefined
    const body = await answer.json<{ readonly keys?: unknown }>()
    return Array.isArray(body.keys) ? body.keys.filter(isKey) : undefined
  } catch {
    return undefined
  }
}

/** The kind is stated by the key, never by the assertion alone. */
function isKey(candidate: unknown): candidate is Key {
  if (typeof candidate !== 'object' || candidate === null) return false
  const { kty, alg, kid } = candidate as Partial<Record<string, unknown>>
  return kty === 'RSA' && (alg === undefined || alg === 'RS256') && typeof kid === 'string'
}
