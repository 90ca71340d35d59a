/**
 * Limits of the platform that requests have met, noted in KV, which still takes something when D1
 * takes nothing: the console tells the operator of them for a week.
 */
import { noteIfStandstill, standstills, type Standstill } from '../database/standstill'
import { day, within } from '../time'

interface Notes {
  readonly TOKENS: KVNamespace
}

/** Milliseconds between two notes of one limit by one isolate. */
const noteInterval = 3_600_000

const noted = new Map<Standstill, number>()

const keyOf = (limit: Standstill) => `limit:${limit}`

/** Notes the limit that a request has met, if it has met one. */
export async function noteMetLimit(limit: Standstill, { TOKENS }: Notes): Promise<void> {
  const now = Date.now()
  if (now - (noted.get(limit) ?? 0) < noteInterval) return
  noted.set(limit, now)
  try {
    await TOKENS.put(keyOf(limit), String(now), { expirationTtl: (7 * day) / 1_000 })
  } catch {
    // A request without a call left can't tell it: the next one does.
    noted.delete(limit)
    noteIfStandstill(limit)
  }
}

export interface MetLimit {
  readonly limit: Standstill
  /** Milliseconds since 1970: within an hour of the last time. */
  readonly at: number
}

/** The limits that were met within a week; none where KV does not answer within a second. */
export async function readMetLimits({ TOKENS }: Notes): Promise<readonly MetLimit[]> {
  const reads = standstills.map(async (limit) => ({
    limit,
    at: Number(await TOKENS.get(keyOf(limit))),
  }))
  const found = await within(1_000, Promise.all(reads)).catch(() => undefined)
  return found?.filter(({ at }) => at > 0) ?? []
}
