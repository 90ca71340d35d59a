/** The limits of requests: of one token or key, and of refusals of one address. */
import type { AppContext } from '../provisioning/context'
import { networkOf } from './network'

export async function isOver(limit: RateLimit | undefined, key: string): Promise<boolean> {
  return limit !== undefined && !(await limit.limit({ key })).success
}

/** Who tries tokens is slowed down; who is told apart by nothing, as on this machine, is not. */
export async function isGuessing(c: AppContext): Promise<boolean> {
  const address = c.req.header('CF-Connecting-IP')
  return address !== undefined && (await isOver(c.env.REFUSALS, networkOf(address)))
}
