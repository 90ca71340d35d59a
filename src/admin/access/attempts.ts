/**
 * Limits attempts to get in, by the console, a link or the API alike. The limit and the delay slow
 * guessing, and the audit shows it; the length of the secrets prevents it.
 */
import { refuseSlowly } from '../../audit/refused'
import { BoundedMap } from '../../bounded-map'
import { networkOf } from '../../http/network'
import type { AdminContext } from '../shell/context'

/** Seconds of the binding's window in `wrangler.toml`. */
const bindingPeriod = 60

const windowMilliseconds = 15 * 60_000
const allowedAttempts = 10
const maximumNetworks = 10_000

/** Attempts by network, in the memory of the isolate: used without the binding. */
const attempts = new BoundedMap<string, { readonly since: number; readonly count: number }>(
  maximumNetworks,
)

/** Ends of the times in which a network has to wait, in milliseconds since 1970. */
const waits = new BoundedMap<string, number>(maximumNetworks)

/** Notes an attempt; answers the seconds to wait when there were too many, else 0. */
export async function noteAttempt(c: AdminContext): Promise<number> {
  const address = c.req.header('CF-Connecting-IP')
  const limit = c.env.SIGN_INS
  if (!limit) return noteHere(networkOf(address ?? 'this machine'), Date.now())
  // Without the address, as in local development, there is no limit.
  if (address === undefined) return 0
  const network = networkOf(address)
  if ((await limit.limit({ key: network })).success) return 0
  waits.set(network, Date.now() + bindingPeriod * 1000)
  return bindingPeriod
}

/** Seconds that a network has to wait after too many attempts, else 0; notes none. */
export function waitOf(c: AdminContext): number {
  const address = c.req.header('CF-Connecting-IP')
  if (address === undefined && c.env.SIGN_INS) return 0
  const until = waits.get(networkOf(address ?? 'this machine')) ?? 0
  return Math.max(Math.ceil((until - Date.now()) / 1000), 0)
}

/** Delays the refusal of a wrong secret, and notes it in the audit. */
export function refuseSecret(c: AdminContext, door: 'console' | 'api' | 'link'): Promise<void> {
  const address = c.req.header('CF-Connecting-IP')
  return refuseSlowly(c.env.DB, {
    tenant: 0,
    network: address === undefined ? undefined : networkOf(address),
    requestId: c.var.requestId,
    action: 'operator.refused',
    subject: door,
  })
}

function noteHere(network: string, now: number): number {
  const present = attempts.get(network)
  const isCurrent = present !== undefined && now - present.since < windowMilliseconds
  const { since, count } = isCurrent ? present : { since: now, count: 0 }
  if (count >= allowedAttempts) {
    waits.set(network, since + windowMilliseconds)
    return Math.ceil((since + windowMilliseconds - now) / 1000)
  }
  attempts.set(network, { since, count: count + 1 })
  return 0
}
