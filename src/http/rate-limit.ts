/**
 * The limits of requests: of one tenant or key, and of refusals of one address. Their numbers are in
 * wrangler.toml (`[[ratelimits]]`).
 */
import { networkOf } from './network'
import { WaitingNetworks } from './waiting-networks'

/** True when a key has used up its limit. Without a limit nothing does. */
export async function exceedsLimit(limit: RateLimit | undefined, key: string): Promise<boolean> {
  return limit !== undefined && !(await limit.limit({ key })).success
}

const waiting = new WaitingNetworks()

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
  waiting.hold(network)
  return true
}

/** True for an address that has to wait: nothing is looked up for a token that comes from it. */
export function hasToWait(address: string | undefined, scope?: string): boolean {
  if (address === undefined || waiting.isEmpty) return false
  return waiting.timeLeft(placeOf(address, scope)) > 0
}

function placeOf(address: string, scope: string | undefined): string {
  const network = networkOf(address)
  return scope === undefined ? network : `${scope} ${network}`
}
