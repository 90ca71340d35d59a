/** Commands of the administration on OAuth clients. */
import type { Author } from '../audit/log'
import { idWith } from '../bytes'
import type { Refusal } from '../database/batch'
import type { LoopbackVariables } from '../public-address'
import { err, ok, type Result } from '../result'
import type { ChangeRefusal } from '../tenants/commands'
import type { Tenant } from '../tenants/tenant'
import type { Ended } from '../tokens/limited-credential'
import { hashToken } from '../tokens/secret'
import { fetchKeys, type FetchFault } from './fetch-keys'
import { readKeySet, type KeySetFault } from './key-set'
import { makeClientId, makeClientSecret } from './names'
import {
  addClient,
  addSecret,
  type ClientRecord,
  type Registration,
  type SecretRecord,
} from './store'

/** The latest end of a secret that is made now: three years on, at the same day of the calendar. */
export function latestSecretEnd(): number {
  const end = new Date()
  return end.setUTCFullYear(end.getUTCFullYear() + 3)
}

interface Environment extends LoopbackVariables {
  readonly DB: D1Database
}

/** A client to make. Times are in milliseconds since 1970. */
export type NewClient = { readonly label: string } & (
  | { readonly kind: 'secret'; readonly expiresAt: number | null }
  | ({ readonly kind: 'jwt' } & Keys)
  | {
      readonly kind: 'federated'
      readonly issuer: string
      readonly subject: string
      readonly audience: string
      readonly directoryId: string | null
      readonly jwksUrl: string
    }
)

/** Keys that are pasted, or the address that they are read from. */
export type Keys = { readonly jwks: unknown } | { readonly jwksUrl: string }

export type ClientRefusal =
  | ChangeRefusal
  | Ended
  | { readonly kind: 'tooManyClients' | 'tooManySecrets' }
  | {
      readonly kind: 'badKeys'
      readonly from: 'jwks' | 'jwksUrl'
      readonly reason: KeySetFault | FetchFault
    }

export interface IssuedClient {
  readonly client: ClientRecord
  /** The secret itself: it is answered here and kept nowhere. Undefined for other kinds. */
  readonly secret: string | undefined
}

export interface IssuedSecret {
  readonly record: SecretRecord
  readonly secret: string
}

/**
 * Makes a client; keys are read and checked first, so that none is registered that never works. With a
 * secret that was `given` before, it answers the client that this has made.
 */
export async function makeClient(
  environment: Environment,
  tenant: Tenant,
  input: NewClient,
  author: Author,
  given?: string,
): Promise<Result<IssuedClient, ClientRefusal>> {
  if (tenant.deletingAt !== null) return err({ kind: 'deleting' })
  const keys = input.kind === 'secret' ? ok(null) : await checkedKeys(environment, input)
  if (!keys.ok) return keys
  const secret = input.kind === 'secret' ? makeClientSecret(given) : undefined
  const id = await idWith(given)
  const expiresAt = input.kind === 'secret' ? input.expiresAt : null
  const added = await addClient(
    environment.DB,
    tenant,
    {
      id,
      clientId: given === undefined ? makeClientId() : makeClientId(id.replaceAll('-', '')),
      ...registrationOf(input),
      jwks: keys.value,
    },
    secret === undefined ? undefined : await newSecret(secret, expiresAt, id),
    author,
  )
  if (!added.ok) return added
  return added.value ? ok({ client: added.value, secret }) : err({ kind: 'tooManyClients' })
}

/** Makes another secret of a client, beside those that it has; one that was `given`, once. */
export async function makeSecretFor(
  environment: Environment,
  tenant: Tenant,
  id: string,
  expiresAt: number | null,
  author: Author,
  given?: string,
): Promise<Result<IssuedSecret, Refusal | Ended | { readonly kind: 'tooManySecrets' }>> {
  const secret = makeClientSecret(given)
  const kept = await newSecret(secret, expiresAt, await idWith(given))
  const added = await addSecret(environment.DB, tenant, id, kept, author)
  if (!added.ok) return added
  return added.value ? ok({ record: added.value, secret }) : err({ kind: 'tooManySecrets' })
}

/** Without an end of its own, a secret has the longest life. */
async function newSecret(secret: string, expiresAt: number | null, secretId: string) {
  return {
    secretId,
    hash: await hashToken(secret),
    expiresAt: expiresAt ?? latestSecretEnd(),
  }
}

function registrationOf(input: NewClient): Omit<Registration, 'jwks'> {
  const { kind, label } = input
  const none = { issuer: null, subject: null, audience: null, directoryId: null, jwksUrl: null }
  if (input.kind === 'secret') return { ...none, kind, label }
  if (input.kind === 'jwt') {
    return { ...none, kind, label, jwksUrl: 'jwksUrl' in input ? input.jwksUrl : null }
  }
  const { issuer, subject, audience, directoryId, jwksUrl } = input
  return { kind, label, issuer, subject, audience, directoryId, jwksUrl }
}

/** The usable keys as JSON. A set with a private or a short key is refused as a whole. */
async function checkedKeys(
  variables: LoopbackVariables,
  keys: Keys,
): Promise<Result<string, ClientRefusal>> {
  const from = 'jwks' in keys ? 'jwks' : 'jwksUrl'
  const given = 'jwks' in keys ? ok(keys.jwks) : await fetchKeys(variables, keys.jwksUrl)
  if (!given.ok) return err({ kind: 'badKeys', from, reason: given.error })
  const { usable, fault } = await readKeySet(given.value)
  if (fault !== undefined) return err({ kind: 'badKeys', from, reason: fault })
  return ok(JSON.stringify(usable))
}
