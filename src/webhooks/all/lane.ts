/**
 * One tenant's way to an endpoint of all tenants: its events in their order, one at a time, each after
 * the one before was taken.
 */
import { inDatabase, type Databases } from '../../database/placement'
import type { EventType } from '../../database/schema/event-types'
import type { FeedEntry, Gap } from '../../events/feed'
import type { StoredEvent } from '../../events/log'
import type { PlacedEntry } from '../../events/places'
import { eventId, wireEvent } from '../../events/wire'
import { err, ok, type Result } from '../../result'
import type { Refusal } from '../../database/batch'
import { readLog } from './feed'
import type { Lane } from './store'

/** Events of one tenant that are read at once. */
const readAtOnce = 20

/** A lane while it is worked on. */
export interface OpenLane {
  state: Lane
  /** What is left of it, where the feed has just given all of that; else its log is read. */
  entries: PlacedEntry[] | undefined
  /** True for one that is in D1. */
  isStored: boolean
}

/** What brings a lane up to the number `to`: a message, or nothing for an event that is not wanted. */
export interface Step {
  readonly to: number
  readonly message?: {
    readonly id: string
    readonly type: string
    readonly seq: number | null
    readonly body: string
  }
}

export function isDone({ state: { place, upTo } }: OpenLane): boolean {
  return place >= upTo
}

export function tenantOf(entry: FeedEntry): number {
  return entry.kind === 'event' ? entry.event.tenantId : entry.gap.tenantId
}

export function spanOf(entry: FeedEntry): { readonly from: number; readonly to: number } {
  return entry.kind === 'gap' ? entry.gap : { from: entry.event.seq, to: entry.event.seq }
}

/** What is next in a lane, in order; nothing where the tenant was deleted. */
export async function stepsOf(
  environment: Databases,
  { state, entries }: OpenLane,
  types: readonly EventType[] | null,
): Promise<Result<readonly Step[], Refusal>> {
  if (entries) {
    return ok(
      entries.map((entry) =>
        entry.kind === 'event' ? eventStep(entry.event, types) : gapStep(entry.gap),
      ),
    )
  }
  const { tenantId, place, upTo, database } = state
  const home = inDatabase(environment, database)
  if (!home) return err({ kind: 'unavailable', outage: 'overloaded' })
  const read = await readLog(home.DB, tenantId, place, readAtOnce)
  if (!read.ok) return read
  const { tenant, events } = read.value
  if (!tenant) return ok([{ to: upTo }])
  const gone = { tenantId, tenant: tenant.slug, log: tenant.log, from: place + 1 }
  const [first] = events
  if (!first || first.seq > upTo) return ok([gapStep({ ...gone, to: upTo })])
  const missing = first.seq > place + 1 ? [gapStep({ ...gone, to: first.seq - 1 })] : []
  const known = events.filter(({ seq }) => seq <= upTo)
  return ok([...missing, ...known.map((event) => eventStep(event, types))])
}

function eventStep(event: StoredEvent, types: readonly EventType[] | null): Step {
  const { seq, type } = event
  if (types !== null && !types.includes(type)) return { to: seq }
  const id = eventId(event)
  return { to: seq, message: { id, type, seq, body: JSON.stringify(wireEvent(event)) } }
}

/** Tells what the log no longer has: a message that is no event, whatever types are wanted. */
function gapStep({ tenantId, tenant, log, from, to }: Gap): Step {
  const id = `evt_gap_${log || tenantId}_${from - 1}_${to + 1}`
  const type = 'log.gap'
  const time = new Date().toISOString()
  const body = JSON.stringify({ type, id, tenant, log, time, resource: { id: log, from, to } })
  return { to, message: { id, type, seq: null, body } }
}
