/**
 * Limits attempts to get in, by the console, a link or the API. The limit and the delay slow guessing, and the audit
 * shows it; the length of the secrets prevents it. Wrong codes of links keep no operator waiting, and the other way round.
 */
import { refuseSlowly } from '../../audit/refused'
import { BoundedMap } from '../../bounded-map'
import { networkOf } from '../../http/network'
import { limitWindow, maximumNetworks, WaitingNetworks } from '../../http/waiting-networks'
import type { AdminContext } from '../shell/context'

const windowMilliseconds = 15 * 60_000
const allowedAttempts = 10

/** Who is counted by itself: operators, in the console and at the API alike, and those who open links. */
export type Caller = 'operator' | 'link'

interface Counted {
  /** Attempts by network, in the memory of the isolate: used without the binding. */
  readonly attempts: BoundedMap<string, { readonly since: number; readonly count: number }>
  readonly waiting: WaitingNetworks
}

const counted: Readonly<Record<Caller, Counted>> = { operator: newCount(), link: newCount() }

function newCount(): Counted {
  return { attempts: new BoundedMap(maximumNetworks), waiting: new WaitingNetworks() }
}

/** Notes an attempt; answers the seconds to wait when there were too many, else 0. */
export async function noteAttempt(c: AdminContext, caller: Caller): Promise<number> {
  const address = c.req.header('CF-Connecting-IP')
  const limit = c.env.SIGN_INS
  if (!limit) return noteHere(counted[caller], networkOf(address ?? 'this machine'), Date.now())
  // Without the address, as in local development, there is no limit.
  if (address === undefined) return 0
  const network = networkOf(address)
  if ((await limit.limit({ key: `${caller} ${network}` })).success) return 0
  counted[caller].waiting.hold(network)
  return limitWindow / 1000
}

/**
 * Takes an attempt back that got in. Without it whoever embeds the set-up on one machine, where no address is
 * known, waits after ten visits. The binding counts all, and has room again within a minute.
 */
export function forgetAttempt(c: AdminContext, caller: Caller): void {
  const network = networkOf(c.req.header('CF-Connecting-IP') ?? 'this machine')
  const { attempts } = counted[caller]
  const present = attempts.get(network)
  if (present) attempts.set(network, { ...present, count: Math.max(0, present.count - 1) })
}

/** Seconds that a network has to wait as an operator after too many attempts, else 0; notes none. */
export function waitOfOperator(c: AdminContext): number {
  const address = c.req.header('CF-Connecting-IP')
  if (address === undefined && c.env.SIGN_INS) return 0
  const left = counted.operator.waiting.timeLeft(networkOf(address ?? 'this machine'))
  return Math.ceil(left / 1000)
}

/** Delays the refusal of a wrong secret, and notes it in the audit. */
export function refuseSecret(c: AdminContext, door: 'console' | 'api' | 'link'): Promise<void> {
  const address = c.req.header('CF-Connecting-IP')
  return refuseSlowly(c.env.DB, {
    tenant: 0,
    door,
    network: address === undefined ? undefined : networkOf(address),
    requestId: c.var.requestId,
    action: 'operator.refused',
    subject: door,
  })
}

function noteHere({ attempts, waiting }: Counted, network: string, now: number): number {
  const present = attempts.get(network)
  const isCurrent = present !== undefined && now - present.since < windowMilliseconds
  const { since, count } = isCurrent ? present : { since: now, count: 0 }
  if (count >= allowedAttempts) {
    const left = since + windowMilliseconds - now
    waiting.hold(network, left)
    return Math.ceil(left / 1000)
  }
  attempts.set(network, { since, count: count + 1 })
  return 0
}
