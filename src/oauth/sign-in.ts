/**
 * Signing in at the token endpoint (RFC 6749 section 4.4): from the proof of a client to an access
 * token. Nothing is kept between requests but what D1 has.
 */
import type { LoopbackVariables } from '../public-address'
import { err, ok, type Result } from '../result'
import { completeSettings } from '../tenants/settings'
import { hashToken, makeToken } from '../tokens/secret'
import type { Proof } from './proof'
import {
  audiencesOf,
  clientAuthentication,
  readClaimed,
  verifyAssertion,
  type AssertionFault,
  type Claimed,
  type Expected,
  type Verified,
} from './assertion'
import { isOlderThan, keptReading, longUnread, old, readAgain, unavailableFor } from './kept-keys'
import type { Server } from './names'
import { findSigningClient, giveAccess, type SigningClient } from './sign-in-store'

export type SignInRefusal =
  | {
      readonly kind: 'invalidClient'
      readonly reason: string
      /** Tenant and id of the client that the request named, if there is one. */
      readonly client?: { readonly tenantId: number; readonly id: string }
    }
  | {
      readonly kind: 'unavailable'
      /** Seconds after which another try makes sense. */
      readonly retryAfter: number
    }

export interface Access {
  readonly token: string
  /** Seconds from now on. */
  readonly life: number
}

interface Home extends LoopbackVariables {
  readonly DB: D1Database
}

/** Where a request came from, for the list of clients. */
export interface Origin {
  readonly slug: string
  readonly server: Server
  readonly address: string | null
  readonly agent: string | null
  /** Takes work to do after the answer. */
  readonly later: (work: Promise<unknown>) => void
}

/** One text for every reason: it says nothing about which clients there are. */
const unknownClient =
  'The client is unknown, or its secret is wrong, expired or revoked. Compare client id and secret with those in the settings of the product.'

/** Answers an access token for a proof. `home` is the database of the tenant. */
export async function signIn(
  home: Home,
  proof: Proof,
  origin: Origin,
): Promise<Result<Access, SignInRefusal>> {
  const claimed = proof.kind === 'assertion' ? readClaimed(proof.assertion) : undefined
  if (proof.kind === 'assertion' && !claimed) {
    return refused('The assertion is no signed JWT with iss and sub.')
  }
  const found = await findSigningClient(home.DB, {
    slug: origin.slug,
    // Without a parameter, a client is the issuer of its own assertion.
    clientId: proof.clientId || (claimed?.issuer ?? ''),
    issuer: proof.clientId === '' ? (claimed?.issuer ?? '') : '',
    subject: proof.clientId === '' ? (claimed?.subject ?? '') : '',
    hash: proof.kind === 'secret' ? await hashToken(proof.secret) : '',
  })
  if (!found.ok) return unavailable()
  const client = found.value
  const isOfKind = (client?.kind === 'secret') === (proof.kind === 'secret')
  if (!client || !isOfKind) return refused(unknownClient, client)
  if (proof.kind === 'secret') {
    return client.secretId === null ? refused(unknownClient, client) : give(home, client, origin)
  }
  const expected = expectedOf(client, origin.server, claimed)
  if (!expected) return refused('The client is not registered for assertions.', client)
  const verified = await verifyWithKept(home, client, proof.assertion, expected, origin)
  if (!verified.ok) return verified
  return give(home, client, origin, verified.value)
}

/** Seconds: clients sign for an hour at most, issuers of workloads for a day. */
const longestOfClient = 3_600
const longestOfIssuer = 86_400 + 300

function expectedOf(
  { kind, clientId, issuer, subject, audience, directoryId }: SigningClient,
  server: Server,
  claimed: Claimed | undefined,
): Expected | undefined {
  if (kind === 'jwt') {
    const isStrict = claimed?.type === clientAuthentication
    const audiences = isStrict ? [server.issuer] : [server.issuer, server.tokenUrl]
    return {
      issuer: clientId,
      subject: clientId,
      audiences,
      audienceWords: audiences.join(' or '),
      directoryId: null,
      maximumLife: longestOfClient,
      isSingleUse: true,
    }
  }
  if (issuer === null || subject === null || audience === null) return undefined
  const audiences = audiencesOf(audience)
  // Entra sends a token that it has kept again: its tokens have no jti.
  return {
    issuer,
    subject,
    audiences,
    // Whoever signs at the same issuer is not told what the administrator typed.
    audienceWords: 'what this client is registered with',
    directoryId,
    maximumLife: longestOfIssuer,
    isSingleUse: false,
  }
}

/**
 * Verifies with the keys that are kept. A signature by none of them is a reason to read the address again, at
 * most every half a minute; while that is not possible, the client is told to try again, unless its key is kept and
 * its signature another one. Keys that nobody has read for long are read first: one of them may have been withdrawn.
 */
async function verifyWithKept(
  home: Home,
  client: SigningClient,
  assertion: string,
  expected: Expected,
  origin: Origin,
): Promise<Result<Verified, SignInRefusal>> {
  const now = Date.now()
  const isLongUnread = isOlderThan(client, longUnread, now)
  const kept = isLongUnread ? await readAgain(home, client, true) : keptReading(client)
  const first = await verifyAssertion(assertion, kept.keys, expected, now)
  if (first.ok) {
    const isOld = !isLongUnread && isOlderThan(client, old, now)
    if (isOld) origin.later(readAgain(home, client, false))
    return first
  }
  if (first.error.kind === 'refused' || client.jwksUrl === null || kept.isFresh) {
    return refusedBy(first.error, client)
  }
  const { keys, isFresh, retryAfter } = await readAgain(home, client, true)
  const second = await verifyAssertion(assertion, keys, expected, now)
  if (second.ok) return second
  const isOpen = second.error.kind === 'unknownKey' && !isFresh
  return isOpen ? unavailable(retryAfter) : refusedBy(second.error, client)
}

function refusedBy(fault: AssertionFault, client: SigningClient): Result<never, SignInRefusal> {
  if (fault.kind === 'refused') {
    return refused(`The assertion is refused: ${fault.reason}.`, client)
  }
  return fault.kind === 'unknownKey'
    ? refused('The assertion is signed with a key that is not among those of the client.', client)
    : refused('The assertion is refused: its signature is not by the key that it names.', client)
}

async function give(
  { DB: database }: Home,
  client: SigningClient,
  { slug, address, agent }: Origin,
  verified?: Verified,
): Promise<Result<Access, SignInRefusal>> {
  const token = await makeToken(slug)
  const now = Date.now()
  const { accessTokenMinutes } = completeSettings(client.settings).oauth
  const expiresAt = Math.min(now + accessTokenMinutes * 60_000, client.secretExpiresAt ?? Infinity)
  const given = await giveAccess(database, {
    client,
    hash: await hashToken(token),
    expiresAt,
    jti: verified?.jti ?? null,
    assertionEnd: verified?.expiresAt ?? 0,
    address,
    agent,
  })
  if (!given.ok) return unavailable()
  if (given.value === 'replayed') return refused('The assertion was used before.', client)
  if (given.value === 'revoked') return refused(unknownClient, client)
  return ok({ token, life: Math.max(Math.floor((expiresAt - now) / 1000), 0) })
}

function refused(reason: string, client?: SigningClient): Result<never, SignInRefusal> {
  const named = client ? { client: { tenantId: client.tenantId, id: client.id } } : {}
  return err({ kind: 'invalidClient', reason, ...named })
}

function unavailable(retryAfter = unavailableFor): Result<never, SignInRefusal> {
  return err({ kind: 'unavailable', retryAfter })
}
