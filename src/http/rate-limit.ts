/**
 * The limits of requests: of one tenant or key, and of refusals of one address. Their numbers are in
 * wrangler.toml (`[[ratelimits]]`).
 */
import { BoundedMap } from '../bounded-map'
import { networkOf } from './network'

/** True when a key has used up its limit. Without a limit nothing does. */
export async function exceedsLimit(limit: RateLimit | undefined, key: string): Promise<boolean> {
  return limit !== undefined && !(await limit.limit({ key })).success
}

/** Milliseconds for which a network that had too many refusals has to wait: the window's length. */
const waitTime = 60_000
const maximumNetworks = 10_000

/** Ends of the waits of networks, in milliseconds since 1970, in the memory of the isolate. */
const waits = new BoundedMap<string, number>(maximumNetworks)

/**
 * Limits refused tokens per client address, with a scope those of one tenant alone: a provider asks
 * for many tenants from one address. Without `CF-Connecting-IP` (local development) there is no limit.
 */
export async function exceedsRefusalLimit(
  limit: RateLimit | undefined,
  address: string | undefined,
  scope?: string,
): Promise<boolean> {
  if (address === undefined) return false
  const network = placeOf(address, scope)
  if (!(await exceedsLimit(limit, network))) return false
  waits.set(network, Date.now() + waitTime)
  return true
}

/** True for an address that has to wait: nothing is looked up for a token that comes from it. */
export function hasToWait(address: string | undefined, scope?: string): boolean {
  if (address === undefined || waits.size === 0) return false
  return (waits.get(placeOf(address, scope)) ?? 0) > Date.now()
}

function placeOf(address: string, scope: string | undefined): string {
  const network = networkOf(address)
  return scope === undefined ? network : `${scope} ${network}`
}
