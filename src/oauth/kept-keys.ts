/**
 * Keys of clients that are read from an address. They are kept in D1 and stay in use while the
 * address is down; who needs a key that is not kept waits for the next reading.
 */
import type { JSONWebKeySet } from 'jose'
import type { LoopbackVariables } from '../public-address'
import { fetchKeys } from './fetch-keys'
import { readKeySet } from './key-set'
import { claimReading, saveKeys, type SigningClient } from './sign-in-store'

/** Milliseconds after which kept keys are read again, so that a withdrawn one is let go. */
const maximumAge = 60 * 60_000

type Keyed = Pick<SigningClient, 'id' | 'jwksUrl' | 'jwksReadAt'>

/** True for keys that are worth a reading after the answer. */
export function isOld({ jwksUrl, jwksReadAt }: Keyed, now: number): boolean {
  return jwksUrl !== null && now - (jwksReadAt ?? 0) > maximumAge
}

/** Keys of a client, and whether they are as its address has them now. */
export interface Reading {
  readonly keys: JSONWebKeySet
  readonly isFresh: boolean
}

/** Keys that are kept as JSON. */
export function keptKeys(jwks: string | null): JSONWebKeySet {
  return jwks === null ? { keys: [] } : (JSON.parse(jwks) as JSONWebKeySet)
}

/** Reads the keys of a client again and keeps them; those that are kept while that is not possible. */
export async function readAgain(
  home: LoopbackVariables & { readonly DB: D1Database },
  { id, jwksUrl }: Keyed,
): Promise<Reading> {
  const claimed = await claimReading(home.DB, id)
  const kept = keptKeys(claimed.ok ? claimed.value.jwks : null)
  const isOurs = claimed.ok && claimed.value.isClaimed && jwksUrl !== null
  const fetched = isOurs ? await fetchKeys(home, jwksUrl) : undefined
  if (!fetched?.ok) return { keys: kept, isFresh: false }
  const { usable } = await readKeySet(fetched.value)
  if (usable.keys.length === 0) return { keys: kept, isFresh: false }
  await saveKeys(home.DB, id, JSON.stringify(usable))
  return { keys: usable, isFresh: true }
}
