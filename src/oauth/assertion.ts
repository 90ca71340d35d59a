/**
 * Assertions (RFC 7523 section 3): a JWT in which a client, or an issuer for it, says who it is.
 * Everything that is expected of one is a value here: what is left out would not be checked.
 */
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type CryptoKey,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyOptions,
} from 'jose'
import { err, ok, type Result } from '../result'
import { algorithms, maximumKeys } from './key-set'

/** Characters of an assertion. */
export const maximumAssertion = 16_384

/** Seconds by which the clocks of both sides may differ. */
const clockTolerance = 60

/** What an assertion has to say. */
export interface Expected {
  readonly issuer: string
  readonly subject: string
  /** Audiences of which the assertion names one, and nobody else. */
  readonly audiences: readonly string[]
  /** The same in words, for whoever sent another one: what may be told to anybody. */
  readonly audienceWords: string
  /** Entra's id of the directory (`tid`); null where the issuer has none. */
  readonly directoryId: string | null
  /** The longest time from `iat` to `exp`, in seconds. */
  readonly maximumLife: number
  /** True for an assertion that is taken once, and so has a `jti`. */
  readonly isSingleUse: boolean
}

/** What an assertion says of itself, before anybody has verified it. */
export interface Claimed {
  readonly issuer: string
  readonly subject: string
  /** Its type: lower case, without `application/`; empty for none. */
  readonly type: string
  /** True when it names its key. */
  readonly namesKey: boolean
}

export interface Verified {
  /** Null for an assertion that may come again. */
  readonly jti: string | null
  /** End of the time in which it could come again, in milliseconds since 1970. */
  readonly expiresAt: number
}

/**
 * `unknownKey`: signed with a key that is not among those known. `otherKey`: not signed with the one that it names.
 * Both may be other than they look when the keys are read again; all else is about the assertion itself.
 */
export type AssertionFault =
  | { readonly kind: 'unknownKey' | 'otherKey' }
  | { readonly kind: 'refused'; readonly reason: string }

/** The type of an assertion that takes the issuer alone for its audience (RFC 7523 as amended). */
export const clientAuthentication = 'client-authentication+jwt'

const types: ReadonlySet<string> = new Set(['', 'jwt', clientAuthentication])

/** Reads an assertion without verifying it; undefined for a text that is none. */
export function readClaimed(assertion: string): Claimed | undefined {
  if (assertion.length > maximumAssertion) return undefined
  try {
    const { iss: issuer, sub: subject } = decodeJwt(assertion)
    const { typ = '', kid } = decodeProtectedHeader(assertion)
    const type = typ.toLowerCase().replace(/^application\//, '')
    const isWhole = typeof issuer === 'string' && typeof subject === 'string'
    return isWhole ? { issuer, subject, type, namesKey: kid !== undefined } : undefined
  } catch {
    return undefined
  }
}

/** Verifies an assertion with keys and what is expected. `now` in milliseconds since 1970. */
export async function verifyAssertion(
  assertion: string,
  keys: JSONWebKeySet,
  expected: Expected,
  now: number,
): Promise<Result<Verified, AssertionFault>> {
  const claimed = readClaimed(assertion)
  if (!claimed) return refused('it is no signed JWT with iss and sub')
  if (!types.has(claimed.type)) return refused('its typ is that of another kind of token')
  const options: JWTVerifyOptions = {
    algorithms: [...algorithms],
    issuer: expected.issuer,
    subject: expected.subject,
    audience: [...expected.audiences],
    requiredClaims: ['exp', 'iat'],
    clockTolerance,
    currentDate: new Date(now),
  }
  const payload = await verifyWithSet(assertion, keys, options)
  if (payload.ok) return checkClaims(payload.value, expected, now)
  return err(faultOf(payload.error, claimed, expected))
}

/** The portal shows `api://{id}/.default`, and tokens say `api://{id}` or the id alone. */
export function audiencesOf(typed: string): string[] {
  const resource = typed.replace(/\/\.default$/, '')
  return [...new Set([typed, resource, resource.replace(/^api:\/\//, '')])]
}

/** Keys that are tried with an assertion that does not name one: all that a set may have. */
const maximumTries = maximumKeys

async function verifyWithSet(
  assertion: string,
  keys: JSONWebKeySet,
  options: JWTVerifyOptions,
): Promise<Result<JWTPayload, unknown>> {
  try {
    const { payload } = await jwtVerify(assertion, createLocalJWKSet(keys), options)
    return ok(payload)
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return err(error)
    const candidates: CryptoKey[] = []
    for await (const key of error) {
      candidates.push(key)
      if (candidates.length === maximumTries) break
    }
    return verifyWithAny(assertion, candidates, options)
  }
}

async function verifyWithAny(
  assertion: string,
  candidates: readonly CryptoKey[],
  options: JWTVerifyOptions,
): Promise<Result<JWTPayload, unknown>> {
  let fault: unknown = new errors.JWKSNoMatchingKey()
  for (const key of candidates) {
    try {
      const { payload } = await jwtVerify(assertion, key, options)
      return ok(payload)
    } catch (error) {
      fault = error
      // A signature that fits says that this was the key; what else is wrong stays wrong.
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) break
    }
  }
  return err(fault)
}

/** Whatever verifying throws is about the assertion; `TypeError` and `DOMException` come too. */
function faultOf(error: unknown, { namesKey }: Claimed, expected: Expected): AssertionFault {
  if (error instanceof errors.JWKSNoMatchingKey) return { kind: 'unknownKey' }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return { kind: namesKey ? 'otherKey' : 'unknownKey' }
  }
  return { kind: 'refused', reason: reasonOf(error, expected) }
}

function reasonOf(error: unknown, expected: Expected): string {
  if (error instanceof errors.JWTExpired) return 'it has expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `its claim ${error.claim} ${claimFault(error, expected)}`
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) {
    return 'its algorithm, or an extension that its header calls critical, is not among those that are taken'
  }
  return 'it could not be verified'
}

const registered = 'what this client is registered with'

function claimFault(
  { claim, reason }: errors.JWTClaimValidationFailed,
  { audienceWords }: Expected,
): string {
  if (reason === 'missing') return claim === 'aud' ? `has to be ${audienceWords}` : 'is missing'
  if (reason === 'invalid') return 'is no number'
  if (claim === 'nbf') return 'is in the future'
  return claim === 'aud' ? `has to be ${audienceWords}` : `is not ${registered}`
}

function checkClaims(
  payload: JWTPayload,
  expected: Expected,
  now: number,
): Result<Verified, AssertionFault> {
  const { exp = 0, iat = 0, jti, aud, tid } = payload
  const audiences = [aud].flat()
  const [audience] = audiences
  if (audiences.length !== 1 || !expected.audiences.includes(audience ?? '')) {
    return refused('its claim aud names others beside this server')
  }
  if (!Number.isFinite(exp) || !Number.isFinite(iat)) return refused('exp or iat is no time')
  if (iat > now / 1000 + clockTolerance) return refused('its iat is in the future')
  if (exp - iat > expected.maximumLife) {
    return refused(`it lives longer than ${expected.maximumLife} seconds`)
  }
  if (expected.directoryId !== null && tid !== expected.directoryId) {
    return refused('its claim tid names another directory')
  }
  const expiresAt = Math.ceil(exp + clockTolerance) * 1000
  if (!expected.isSingleUse) return ok({ jti: null, expiresAt })
  const isName = typeof jti === 'string' && jti.length > 0 && jti.length <= 255
  return isName ? ok({ jti, expiresAt }) : refused('its jti is no text of 1 to 255 characters')
}

function refused(reason: string): Result<never, AssertionFault> {
  return err({ kind: 'refused', reason })
}
