/**
 * The limits of requests: of one token or key, and of refusals of one address. Their numbers are in
 * wrangler.toml (`[[ratelimits]]`).
 */
import { networkOf } from './network'

/** True when a key has used up its limit. Without a limit nothing does. */
export async function exceedsLimit(limit: RateLimit | undefined, key: string): Promise<boolean> {
  return limit !== undefined && !(await limit.limit({ key })).success
}

/**
 * Limits refused tokens per client address. Without `CF-Connecting-IP` (local development) there is
 * no limit.
 */
export async function exceedsRefusalLimit(
  limit: RateLimit | undefined,
  address: string | undefined,
): Promise<boolean> {
  return address !== undefined && (await exceedsLimit(limit, networkOf(address)))
}
