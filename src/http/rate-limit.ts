/** The limits of requests: of one token or key, and of refusals of one address. */
import { networkOf } from './network'

export async function exceedsLimit(limit: RateLimit | undefined, key: string): Promise<boolean> {
  return limit !== undefined && !(await limit.limit({ key })).success
}

/** Who tries tokens is slowed down; who is told apart by nothing, as on this machine, is not. */
export async function exceedsRefusalLimit(
  limit: RateLimit | undefined,
  address: string | undefined,
): Promise<boolean> {
  return address !== undefined && (await exceedsLimit(limit, networkOf(address)))
}
