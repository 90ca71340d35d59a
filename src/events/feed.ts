/**
 * The feed: the events of all tenants of a database, in segments that keep the order of each log.
 * Numbers of events follow per tenant, so that a segment is a span of numbers; it is made when the
 * feed is read and a trigger has noted that a tenant has new events. Nothing that writes events knows
 * of it (`docs/decisions/0029-a-feed-of-segments.md`).
 */
import { sql } from 'drizzle-orm'
import { deleteFrom, select, update } from '../database/builder'
import { fieldList, flag, optional, type RowOf } from '../database/field'
import { columns, command, query, value, type BoundStatement } from '../database/statement'
import { events } from '../database/schema/events'
import { dueTenants, feeds, segments } from '../database/schema/feed'
import { tenants } from '../database/schema/tenants'
import { eventColumns } from './append'
import { bytesBefore, event, measuredEvent, storedEvent, type StoredEvent } from './log'

/** A place in the feed of a database: everything up to `seq` in the segment `position` is known. */
export interface FeedPlace {
  /** Name of the feed; empty before anything was read. */
  readonly name: string
  readonly position: number
  readonly seq: number
}

/** Events of a tenant from the number `from` to `to` that are no longer kept. */
export interface Gap {
  readonly tenantId: number
  readonly tenant: string
  readonly log: string
  readonly from: number
  readonly to: number
}

export type FeedEntry =
  | { readonly kind: 'event'; readonly event: StoredEvent }
  | { readonly kind: 'gap'; readonly gap: Gap }

export interface FeedPage {
  readonly entries: readonly FeedEntry[]
  readonly hasMore: boolean
  readonly isDue: boolean
  /** The place after each entry, and after the page: an entry may be the last that is taken. */
  readonly places: readonly FeedPlace[]
  readonly end: FeedPlace
}

const feedFields = {
  name: feeds.name,
  last: feeds.last,
  start: feeds.start,
  isDue: flag(sql`exists (select 1 from ${dueTenants})`),
}

export type FeedState = RowOf<typeof feedFields>

const selectFeed = query(feedFields, (fields) => select(fields).from(feeds))

const segment = {
  position: sql<number>`segment.position`,
  tenantId: sql<number>`segment.tenant_key`,
  low: sql<number>`segment.low`,
  high: sql<number>`segment.high`,
}

/**
 * Segments of a page: as many as hold `limit` events, and of the last of them no more than that. Those
 * whose events are gone count as if they had them, so that a page costs the same in any feed.
 */
const segmentsOfPage = sql`
  (select sized.*, min(last_number, low + ${value('limit')} - 1) as high
  from (select listed.*, count(*) over () as found, coalesce(sum(last_number - low + 1) over (
        order by position rows between unbounded preceding and 1 preceding), 0) as events_before
      from (select ${segments.position} as position, ${segments.tenantId} as tenant_key,
          ${segments.last} as last_number, case when ${segments.position} = ${value('position')}
            then max(${segments.first}, ${value('seq')} + 1) else ${segments.first} end as low
        from ${segments} where ${segments.position} > ${value('position')}
          or ${segments.position} = ${value('position')} and ${segments.last} > ${value('seq')}
        order by ${segments.position} limit ${value('limit')} + 1) as listed) as sized
  where events_before < ${value('limit')})`

const segmentFields = {
  ...segment,
  last: sql<number>`segment.last_number`,
  /** Segments from the place on, up to one more than the limit. */
  found: sql<number>`segment.found`,
  tenant: optional(tenants.slug),
  log: optional(tenants.logId),
  /** Lowest number that the tenant's log has; 0 for none. */
  firstSeq: sql<number>`coalesce((select min(${events.seq}) from ${events}
    where ${events.tenantId} = ${segment.tenantId}), 0)`,
}

type Segment = RowOf<typeof segmentFields>

const ofLiveTenant = sql`${tenants.id} = ${segment.tenantId} and ${tenants.deletingAt} is null`

const selectSegments = query(
  segmentFields,
  (fields) => sql`select ${fieldList(fields)}
    from ${segmentsOfPage} as segment left join ${tenants} on ${ofLiveTenant}
    order by ${segment.position}`,
)

const placed = { ...storedEvent, position: sql<number>`position` }

const selectPage = query(
  placed,
  (fields) => sql`
  select ${fieldList(fields)}
  from (select ${event}.*, ${bytesBefore(event, sql`position, ${event.seq}`)} as bytes_before
    from (select ${segment.position} as position, ${eventColumns}
      from ${segmentsOfPage} as segment
      cross join ${events} on ${events.tenantId} = ${segment.tenantId}
        and ${events.seq} between ${segment.low} and ${segment.high}
      where exists (select 1 from ${tenants} where ${ofLiveTenant})
      order by ${segment.position}, ${events.seq} limit ${value('limit')}) as ${event}
  ) as ${measuredEvent}
  where bytes_before < ${value('bytes')} order by position, ${measuredEvent.seq}`,
)

const newest = sql`(select max(${events.seq}) from ${events}
  where ${events.tenantId} = ${dueTenants.tenantId})`

const insertSegments = command(
  () => sql`
  insert into ${segments}
    (${columns(segments.position, segments.tenantId, segments.first, segments.last)})
  select (select ${feeds.last} from ${feeds}) + row_number() over (order by tenant_key),
    tenant_key, first_number, last_number
  from (select ${dueTenants.tenantId} as tenant_key, ${dueTenants.after} + 1 as first_number,
    ${newest} as last_number from ${dueTenants})
  where last_number >= first_number`,
)

const forgetDue = command(() => deleteFrom(dueTenants))

const moveLast = command(() =>
  update(feeds).set({
    last: sql`max(${feeds.last}, coalesce((select max(${segments.position}) from ${segments}), 0))`,
  }),
)

/** Puts what is due into segments. Changes nothing when nothing is due. */
export function advanceFeed(database: D1Database): BoundStatement<never>[] {
  return [insertSegments(database, {}), forgetDue(database, {}), moveLast(database, {})]
}

/** State of the feed, and the rows of a page of at most `limit` events and about `bytes` bytes. */
export function feedStatements(
  database: D1Database,
  { position, seq }: FeedPlace,
  { limit, bytes }: { readonly limit: number; readonly bytes: number },
) {
  const values = { position, seq, limit }
  return [
    selectFeed(database, {}),
    selectSegments(database, values),
    selectPage(database, { ...values, bytes }),
  ] as const
}

/** The place behind everything that the feed has. */
export function endOfFeed({ name, last }: FeedState): FeedPlace {
  return { name, position: last, seq: Number.MAX_SAFE_INTEGER }
}

/** The place from which a reader of an earlier feed goes on; undefined to go on as it is. */
export function placeAfterRestart(state: FeedState, place: FeedPlace): FeedPlace | undefined {
  if (place.name === state.name || place.name === '') return undefined
  return { name: state.name, position: state.start, seq: Number.MAX_SAFE_INTEGER }
}

/** The page that the rows of `feedStatements` make. */
export function feedPageOf(
  state: FeedState,
  place: FeedPlace,
  rows: readonly Segment[],
  stored: readonly (StoredEvent & { readonly position: number })[],
): FeedPage {
  const entries: FeedEntry[] = []
  const places: FeedPlace[] = []
  const { name, isDue } = state
  let end: FeedPlace = { ...place, name }
  const take = (entry: FeedEntry, position: number, seq: number) => {
    end = { name, position, seq }
    entries.push(entry)
    places.push(end)
  }
  const found = rows[0]?.found ?? 0
  const pageAs = (hasMore: boolean) => ({ entries, places, end, isDue, hasMore: hasMore || isDue })
  let next = 0
  for (const { position, tenantId, tenant, log, low, high, last, firstSeq } of rows) {
    if (tenant === null || log === null) {
      end = { name, position, seq: last }
      continue
    }
    if (low < firstSeq || firstSeq === 0) {
      const to = firstSeq === 0 ? high : Math.min(high, firstSeq - 1)
      take({ kind: 'gap', gap: { tenantId, tenant, log, from: low, to } }, position, to)
    }
    for (let row = stored[next]; row?.position === position; row = stored[next]) {
      next += 1
      take({ kind: 'event', event: row }, position, row.seq)
    }
    const isWhole = end.position === position && end.seq === high && high === last
    if (!isWhole) return pageAs(true)
  }
  return pageAs(found > rows.length)
}
