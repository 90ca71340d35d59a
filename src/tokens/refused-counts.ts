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

/** Calls by their kind that wait to be written, by the slug of their address. */
const waiting = new Map<string, Map<Kind, number>>()

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
  const counted = waiting.get(slug)
  if (counted) {
    if (counted.has(kind) || counted.size < maximumTokens) {
      counted.set(kind, (counted.get(kind) ?? 0) + 1)
    }
    return
  }
  if (slug.length > longestSlug || waiting.size >= maximumTenants) return
  const counts = new Map([[kind, 1]])
  waiting.set(slug, counts)
  later(writeCounts(databases, slug, counts))
}

async function writeCounts(
  databases: Databases,
  slug: string,
  counts: Map<Kind, number>,
): Promise<void> {
  try {
    await write(databases, slug, counts)
    await scheduler.wait(interval)
  } finally {
    waiting.delete(slug)
  }
  await write(databases, slug, counts)
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
