/**
 * How often an address has tried to sign in. Kept in the isolate's memory: it slows guessing, the
 * length of the secret is what prevents it.
 */
const windowMilliseconds = 15 * 60_000
const allowedAttempts = 5
const maximumAddresses = 10_000

const attempts = new Map<string, { readonly since: number; readonly count: number }>()

/** Notes an attempt; answers the seconds to wait when there were too many, else 0. */
export function noteAttempt(address: string, now: number): number {
  const key = networkOf(address)
  const present = attempts.get(key)
  const isCurrent = present !== undefined && now - present.since < windowMilliseconds
  const { since, count } = isCurrent ? present : { since: now, count: 0 }
  if (count >= allowedAttempts) return Math.ceil((since + windowMilliseconds - now) / 1000)
  // Taken out first, so that the map stays in the order of the latest attempts.
  attempts.delete(key)
  if (attempts.size >= maximumAddresses) forgetOldest()
  attempts.set(key, { since, count: count + 1 })
  return 0
}

export function forgetAttempts(address: string): void {
  attempts.delete(networkOf(address))
}

/** One household of IPv6 has 2^64 addresses: they count as one. */
function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = ''] = address.split('::')
  return [...head.split(':'), '0', '0', '0', '0'].slice(0, 4).join(':')
}

function forgetOldest(): void {
  const oldest = attempts.keys().next()
  if (!oldest.done) attempts.delete(oldest.value)
}
