/**
 * Keys of clients that are read from an address. They are kept in D1 and stay in use while the
 * address is down; who needs a key that is not kept waits for the next reading.
 */
import type { JSONWebKeySet } from 'jose'
import type { LoopbackVariables } from '../public-address'
import { fetchKeys, readingTime } from './fetch-keys'
import { readKeySet } from './key-set'
import { day } from '../time'
import { lookUntil } from '../waiting'
import {
  claimReading,
  endReading,
  readingInterval,
  readKept,
  saveKeys,
  type KeptKeys,
  type SigningClient,
} from './sign-in-store'

/** Milliseconds after which kept keys are read again after an answer, so that a withdrawn one is let go. */
export const old = 60 * 60_000

/** Milliseconds after which they are read again before anybody is verified with them. */
export const longUnread = day

/** Seconds after which the database is asked again. */
export const unavailableFor = 5

type Home = LoopbackVariables & { readonly DB: D1Database }

type Keyed = Pick<SigningClient, 'id' | 'jwksUrl' | 'jwksReadAt'>

/** True for keys of an address that were read longer ago than `age`. */
export function isOlderThan({ jwksUrl, jwksReadAt }: Keyed, age: number, now: number): boolean {
  return jwksUrl !== null && now - (jwksReadAt ?? 0) > age
}

/** Keys of a client, and whether they are as its address has them now. */
export interface Reading {
  readonly keys: JSONWebKeySet
  readonly isFresh: boolean
  /** Seconds after which another request can find other keys. */
  readonly retryAfter: number
}

/** Keys as the client came with them from the database. */
export function keptReading({ jwks }: Pick<SigningClient, 'jwks'>): Reading {
  return { keys: keptKeys(jwks), isFresh: false, retryAfter: unavailableFor }
}

/** Keys that are kept as JSON. */
function keptKeys(jwks: string | null): JSONWebKeySet {
  return jwks === null ? { keys: [] } : (JSON.parse(jwks) as JSONWebKeySet)
}

/**
 * Reads the keys of a client again and keeps them; those that are kept while that is not possible. Beside a
 * request that is reading them, one that needs a new key (`isWaiting`) waits for what that finds.
 */
export async function readAgain(home: Home, client: Keyed, isWaiting: boolean): Promise<Reading> {
  const claimed = await claimReading(home.DB, client.id)
  if (!claimed.ok) return unreadable
  if (claimed.value.isClaimed) return readOwn(home, client, claimed.value)
  const rest = restOfReading(claimed.value)
  if (!isWaiting || rest <= 0) return stale(claimed.value)
  const found = await lookUntil(
    () => readKept(home.DB, client.id),
    (kept) => restOfReading(kept) <= 0,
    rest / 1000,
    undefined,
  )
  if (!found.ok) return unreadable
  return isRead(found.value)
    ? { keys: keptKeys(found.value.jwks), isFresh: true, retryAfter: 0 }
    : stale(found.value)
}

const unreadable: Reading = { keys: { keys: [] }, isFresh: false, retryAfter: unavailableFor }

async function readOwn(home: Home, { id, jwksUrl }: Keyed, claimed: KeptKeys): Promise<Reading> {
  const fetched = jwksUrl === null ? undefined : await fetchKeys(home, jwksUrl)
  const read = fetched?.ok ? await readKeySet(fetched.value) : undefined
  // A set without usable keys says that those of before are withdrawn; what is no set says nothing.
  if (read && read.fault !== 'notASet') {
    await saveKeys(home.DB, id, JSON.stringify(read.usable))
    return { keys: read.usable, isFresh: true, retryAfter: 0 }
  }
  await endReading(home.DB, id, claimed.triedAt)
  return stale(claimed)
}

/** Keys as they are kept, and the seconds until the address may be read again. */
function stale({ jwks, triedAt }: KeptKeys): Reading {
  const rest = readingInterval - (Date.now() - (triedAt ?? 0))
  return {
    keys: keptKeys(jwks),
    isFresh: false,
    retryAfter: Math.max(Math.ceil(rest / 1000), 1),
  }
}

/** True when the last reading that was tried has brought keys. */
function isRead({ readAt, triedAt }: KeptKeys): boolean {
  return (readAt ?? 0) >= (triedAt ?? 0)
}

/** Milliseconds that a reading may still take; 0 or less when none is under way. */
function restOfReading(kept: KeptKeys): number {
  return isRead(kept) ? 0 : Math.min(readingTime - (Date.now() - (kept.triedAt ?? 0)), readingTime)
}
