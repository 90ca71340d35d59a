/**
 * Counts calls that no token let in. What comes with random tokens must not cost a write each: counts
 * wait in the memory of the isolate, and those of a tenant are written twice in an interval at most.
 */
import { inTenantDatabase, type Databases } from '../database/placement'
import { recordRefusedCalls } from './refused-calls'

/** Milliseconds from the first call of a tenant to the writing of those that followed it. */
const interval = 5_000

/** Tenants whose calls are counted at a time, and tokens that are told apart of each. */
const maximumTenants = 100
const maximumTokens = 8

const longestSlug = 63

/** The hash of a token (64 hexadecimal digits), or why there is none to look up. */
type Kind = string

interface Counts {
  /** Milliseconds since 1970 from which on nobody writes them any more: their request was cancelled. */
  readonly until: number
  /** Calls by their kind that wait to be written. */
  readonly calls: Map<Kind, number>
}

/** Counts by the slug of their address. */
const waiting = new Map<string, Counts>()

/**
 * Notes a call, after the limit of its address: beyond that nothing is counted. `later` takes work to do
 * after the answer.
 */
export function noteRefusedCall(
  databases: Databases,
  slug: string,
  kind: Kind,
  later: (work: Promise<unknown>) => void,
): void {
  const known = waiting.get(slug)
  if (known && Date.now() < known.until) {
    const counted = known.calls
    if (counted.has(kind) || counted.size < maximumTokens) {
      counted.set(kind, (counted.get(kind) ?? 0) + 1)
    }
    return
  }
  if (slug.length > longestSlug || (!known && waiting.size >= maximumTenants)) return
  const counts = { until: Date.now() + 2 * interval, calls: new Map([[kind, 1]]) }
  waiting.set(slug, counts)
  later(writeCounts(databases, slug, counts))
}

async function writeCounts(databases: Databases, slug: string, counts: Counts): Promise<void> {
  try {
    await write(databases, slug, counts.calls)
    await scheduler.wait(interval)
  } finally {
    if (waiting.get(slug) === counts) waiting.delete(slug)
  }
  await write(databases, slug, counts.calls)
}

async function write(databases: Databases, slug: string, counts: Map<Kind, number>): Promise<void> {
  if (counts.size === 0) return
  const calls = [...counts].map(([kind, count]) =>
    kind === 'missing' || kind === 'malformed'
      ? ({ hash: null, reason: kind, calls: count } as const)
      : { hash: kind, reason: null, calls: count },
  )
  counts.clear()
  await inTenantDatabase(
    databases,
    slug,
    async (home) => (home.ok ? recordRefusedCalls(home.value.DB, slug, calls) : home),
    (written) => !written.ok,
  )
}
