/** Limits attempts to sign in. The limit slows guessing; the length of the secrets prevents it. */
import { networkOf } from '../../http/network'
import type { AdminContext } from '../shell/context'

/** Seconds of the binding's window in `wrangler.toml`. */
const bindingPeriod = 60

/** Notes an attempt to sign in; answers the seconds to wait when there were too many, else 0. */
export async function noteAttempt(c: AdminContext): Promise<number> {
  const address = c.req.header('CF-Connecting-IP')
  const limit = c.env.SIGN_INS
  if (!limit) return noteHere(networkOf(address ?? 'this machine'), Date.now())
  // Without the address, as in local development, there is no limit.
  if (address === undefined) return 0
  return (await limit.limit({ key: networkOf(address) })).success ? 0 : bindingPeriod
}

const windowMilliseconds = 15 * 60_000
const allowedAttempts = 10
const maximumNetworks = 10_000

/** Attempts by network, in the memory of the isolate: used without the binding. */
const attempts = new Map<string, { readonly since: number; readonly count: number }>()

function noteHere(network: string, now: number): number {
  const present = attempts.get(network)
  const isCurrent = present !== undefined && now - present.since < windowMilliseconds
  const { since, count } = isCurrent ? present : { since: now, count: 0 }
  if (count >= allowedAttempts) return Math.ceil((since + windowMilliseconds - now) / 1000)
  // Taken out first, so that the map stays in the order of the latest attempts.
  attempts.delete(network)
  if (attempts.size >= maximumNetworks) forgetOldest()
  attempts.set(network, { since, count: count + 1 })
  return 0
}

function forgetOldest(): void {
  const oldest = attempts.keys().next()
  if (!oldest.done) attempts.delete(oldest.value)
}
