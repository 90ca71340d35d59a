/**
 * Signing secrets as D1 keeps them: sealed with the tenant's key for webhooks, and bound to their
 * endpoint. With the Worker's secret WEBHOOK_KEY mixed in, a copy of the database alone signs
 * nothing. The operator's secret has no part in it.
 */
import { fromBase64, toBase64 } from '../bytes'
import type { Refusal } from '../database/batch'
import { ok, type Result } from '../result'
import { readKeys } from '../sealing/keys'
import { open, seal } from '../sealing/seal'

export interface SealingVariables {
  /** Its own secret of the Worker; absent for the keys of the database alone. */
  readonly WEBHOOK_KEY?: string
  /** Sealed the secrets of releases up to 0.2.0, where WEBHOOK_KEY was absent. */
  readonly ADMIN_TOKEN?: string
}

export interface SealingEnvironment extends SealingVariables {
  readonly DB: D1Database
}

interface Endpoint {
  readonly tenantId: number
  readonly id: string
}

/** Sealed text: the number of the key, and what it sealed in base64. Older ones have no number. */
const sealedPattern = /^(?:(\d+)\.)?([A-Za-z0-9+/]+=*)$/

export async function sealSecret(
  environment: SealingEnvironment,
  { tenantId, id }: Endpoint,
  secret: string,
): Promise<Result<string, Refusal>> {
  // A key that only this isolate remembers, as after a restored backup, would be lost with it.
  const keys = await readKeys(environment.DB, tenantId, 'webhooks', true)
  if (!keys.ok) return keys
  const [{ number, key }] = keys.value
  const sealed = await seal(mixed(key, environment.WEBHOOK_KEY), id, secret)
  return ok(`${number}.${toBase64(sealed)}`)
}

/** Undefined for what was sealed with a key that is gone. */
export async function openSecret(
  environment: SealingEnvironment,
  endpoint: Endpoint,
  sealed: string,
): Promise<Result<string | undefined, Refusal>> {
  const [, number, content] = sealedPattern.exec(sealed) ?? []
  const bytes = content === undefined ? undefined : fromBase64(content)
  if (bytes === undefined) return ok(undefined)
  const keys = await keysOf(environment, endpoint, number === undefined ? undefined : +number)
  if (!keys.ok) return keys
  for (const key of keys.value) {
    const opened = await open(key, endpoint.id, bytes)
    if (opened !== undefined) return ok(opened)
  }
  return ok(undefined)
}

/** True for a secret that the tenant's newest key has not sealed. */
export function isSealedBefore(sealed: string, number: number): boolean {
  return sealedPattern.exec(sealed)?.[1] !== String(number)
}

/** WEBHOOK_KEY may have been set after a secret was sealed without it. */
async function keysOf(
  { DB, WEBHOOK_KEY, ADMIN_TOKEN }: SealingEnvironment,
  { tenantId }: Endpoint,
  number: number | undefined,
): Promise<Result<readonly string[], Refusal>> {
  if (number === undefined) {
    return ok([WEBHOOK_KEY, ADMIN_TOKEN].flatMap((key) => (key ? [`webhooks ${key}`] : [])))
  }
  const remembered = await readKeys(DB, tenantId, 'webhooks')
  const isKnown = remembered.ok && remembered.value.some((key) => key.number === number)
  const keys = isKnown ? remembered : await readKeys(DB, tenantId, 'webhooks', true)
  if (!keys.ok) return keys
  const key = keys.value.find((one) => one.number === number)?.key
  return ok(key === undefined ? [] : [...new Set([mixed(key, WEBHOOK_KEY), mixed(key, undefined)])])
}

function mixed(key: string, own: string | undefined): string {
  return own ? `${key} ${own}` : key
}
