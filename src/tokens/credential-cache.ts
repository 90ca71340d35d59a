/**
 * Cache of credentials: this isolate's memory, then KV, then D1. It says which tenant a token
 * belongs to; D1 decides in the batch of the request whether the token is still valid.
 */
import { BoundedMap } from '../bounded-map'
import { credentialCharacters } from '../limits'
import { ok, type Result } from '../result'
import { findCredential, type Credential } from './credential'
import type { Refusal } from '../database/batch'
import { inTenantDatabase, type Databases } from '../database/placement'
import { defaultSettings, mergeSettings } from '../tenants/settings'
import { within } from '../time'

/** Milliseconds that the isolate remembers a credential. */
const memoryTime = 60_000
const memorySize = 1_000
/** Milliseconds that KV has for an answer; then D1 is asked. */
const storeTime = 1_000
/** Seconds that a KV entry lives; D1 fills it again. */
const storedTime = 7 * 24 * 60 * 60
/** The least that KV takes. */
const leastStoredTime = 60

interface Remembered {
  readonly credential: Credential
  readonly until: number
}

/** Credentials hold what their tenant declares, up to 200,000 characters of each. */
const memory = new BoundedMap<string, Remembered>(memorySize, {
  most: credentialCharacters,
  of: ({ credential }) => JSON.stringify(credential).length,
})

export interface Stores extends Databases {
  readonly TOKENS: KVNamespace
}

/** The credential that this isolate remembers of the token with a hash (SHA-256, hexadecimal). */
export function recallCredential(hash: string): Credential | undefined {
  const remembered = memory.get(hash)
  return remembered && remembered.until > Date.now() ? remembered.credential : undefined
}

/**
 * Finds the credential of a token that this isolate does not remember; undefined for an unknown one.
 * `slug` is that of the request and chooses the database. `later` takes work to do after the answer.
 * An outage of D1 is the only error.
 */
export async function resolveCredential(
  stores: Stores,
  hash: string,
  slug: string,
  later: (work: Promise<unknown>) => void,
): Promise<Result<Credential | undefined, Refusal>> {
  const stored = await readStored(stores.TOKENS, hash)
  if (stored) {
    remember(stored, Date.now())
    return ok(stored)
  }
  return inTenantDatabase(
    stores,
    slug,
    async (home) => (home.ok ? refreshCredential(home.value, hash, later) : home),
    (found) => found.ok && !found.value,
  )
}

/** Asks the tenant's database, and tells the caches. */
export async function refreshCredential(
  stores: Stores,
  hash: string,
  later: (work: Promise<unknown>) => void,
): Promise<Result<Credential | undefined, Refusal>> {
  const found = await findCredential(stores.DB, hash, stores.databaseName)
  if (!found.ok) return found
  if (!found.value) {
    forgetLocally(hash)
    return found
  }
  remember(found.value, Date.now())
  later(storeCredential(stores.TOKENS, found.value))
  return found
}

/** Forgets a token here and in KV. Other isolates learn of it from D1. */
export async function forgetCredential(store: KVNamespace, hash: string): Promise<void> {
  forgetLocally(hash)
  await quietly(store.delete(keyOf(hash)))
}

export function forgetLocally(hash: string): void {
  memory.delete(hash)
}

export async function storeCredential(store: KVNamespace, credential: Credential): Promise<void> {
  const stored = JSON.stringify(credential)
  const left = Math.ceil(((credential.expiresAt ?? Infinity) - Date.now()) / 1000)
  const expirationTtl = Math.min(storedTime, Math.max(leastStoredTime, left))
  await quietly(store.put(keyOf(credential.hash), stored, { expirationTtl }))
}

/** KV is a cache: what it fails to take or to drop, D1 knows. */
async function quietly(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch {
    // A lost entry costs one read: the next request asks D1.
  }
}

async function readStored(store: KVNamespace, hash: string): Promise<Credential | undefined> {
  try {
    const read = store.get<Credential>(keyOf(hash), { type: 'json', cacheTtl: 300 })
    const stored = await within(storeTime, read)
    // An entry of an earlier release knows nothing of settings that came later.
    return stored
      ? { ...stored, settings: mergeSettings(defaultSettings, stored.settings) }
      : undefined
  } catch {
    return undefined
  }
}

/** Remembers in this isolate what a batch of the tenant has just changed. */
export function rememberCredential({ until: _until, ...credential }: Credential): void {
  remember(credential, Date.now())
}

function remember(credential: Credential, now: number): void {
  memory.set(credential.hash, { credential, until: now + memoryTime })
}

/** True for a credential that a cache remembers beyond its time. */
export function hasExpired({ expiresAt }: Credential): boolean {
  return expiresAt !== null && expiresAt <= Date.now()
}

function keyOf(hash: string): string {
  return `token:${hash}`
}
