/** The feeds of all databases as a delivery reads them, and the log of one tenant of them. */
import { sql } from 'drizzle-orm'
import { readBatch, type Refusal } from '../../database/batch'
import { select } from '../../database/builder'
import { fieldList } from '../../database/field'
import { eachDatabase, mainName, type Databases } from '../../database/placement'
import { dueTenants, feeds, segments } from '../../database/schema/feed'
import { events } from '../../database/schema/events'
import { tenants } from '../../database/schema/tenants'
import { query, tenant, value } from '../../database/statement'
import { feedStatements, type FeedEntry, type FeedPage, type FeedPlace } from '../../events/feed'
import { selectEvents, type StoredEvent } from '../../events/log'
import {
  beginning,
  mergePages,
  pageBehind,
  readPlaces,
  type FeedRefusal,
  type PlacedEntry,
  type Places,
} from '../../events/places'
import { ok, type Result } from '../../result'
import type { FeedWebhook } from './store'

/** Bytes of a page of all databases. */
const pageBytes = 4_000_000

export interface TakenPage {
  readonly entries: readonly PlacedEntry[]
  readonly places: Places
  readonly hasMore: boolean
}

/** Entries behind places, of all databases, up to the one that is not taken. */
export async function readFeed(
  environment: Databases,
  places: Places,
  limit: number,
  isTaken: (entry: FeedEntry, count: number) => boolean,
): Promise<Result<TakenPage, FeedRefusal>> {
  const pages = await readPages(environment, places, limit, false)
  return pages.ok ? ok(mergePages(places, pages.value, isTaken)) : pages
}

/** The places behind everything that there is. */
export async function endOfAll(environment: Databases): Promise<Result<Places, FeedRefusal>> {
  const pages = await readPages(environment, new Map(), 1, true)
  if (!pages.ok) return pages
  return ok(new Map(Array.from(pages.value, ([name, { end }]) => [name, end])))
}

async function readPages(
  environment: Databases,
  places: Places,
  limit: number,
  isLatest: boolean,
): Promise<Result<ReadonlyMap<string, FeedPage>, FeedRefusal>> {
  const homes = eachDatabase(environment)
  const share = { limit, bytes: Math.ceil(pageBytes / homes.length) }
  const read = await Promise.all(
    homes.map(async ({ DB, databaseName = mainName }) => {
      const place = places.get(databaseName) ?? beginning
      const rows = await readBatch(DB, feedStatements(DB, place, share))
      const page = rows.ok ? await pageBehind(DB, place, share, isLatest, rows.value) : rows
      return { databaseName, page }
    }),
  )
  const pages = new Map<string, FeedPage>()
  for (const { databaseName, page } of read) {
    if (!page.ok) return page
    pages.set(databaseName, page.value)
  }
  return ok(pages)
}

const liveTenant = sql`(select ${tenants.id} from ${tenants}
  where ${tenants.id} = ${tenant} and ${tenants.deletingAt} is null)`

const selectTenant = query({ slug: tenants.slug, log: tenants.logId }, (fields) =>
  select(fields)
    .from(tenants)
    .where(sql`${tenants.id} = ${liveTenant}`),
)

const selectOfTenant = selectEvents(liveTenant)

export interface TenantLog {
  /** Undefined for a tenant that was deleted. */
  readonly tenant: { readonly slug: string; readonly log: string } | undefined
  readonly events: readonly StoredEvent[]
}

/** Events of one tenant behind a number. */
export async function readLog(
  database: D1Database,
  tenantId: number,
  after: number,
  limit: number,
): Promise<Result<TenantLog, Refusal>> {
  const read = await readBatch(database, [
    selectTenant(database, { tenantId }),
    selectOfTenant(database, { tenantId, after, limit }),
  ])
  if (!read.ok) return read
  const [[found], stored] = read.value
  return ok({ tenant: found, events: stored })
}

const position = sql`iif(${feeds.name} = ${value('name')}, ${value('position')}, ${feeds.start})`
const upTo = sql`iif(${segments.position} = ${position} and ${feeds.name} = ${value('name')},
  min(${segments.last}, ${value('seq')}), ${segments.last})`

/** Of the segments before a place only the last two of the tenant are looked at. */
const selectCovered = query(
  {
    covered: sql<number>`coalesce((select max(reaching) from (select ${upTo} as reaching
      from ${segments} where ${segments.tenantId} = ${tenant} and ${segments.position} <= ${position}
      order by ${segments.position} desc limit 2)), 0)`,
    lastSeq: sql<number>`coalesce((select max(${events.seq}) from ${events}
      where ${events.tenantId} = ${tenant}), 0)`,
  },
  (fields) => sql`select ${fieldList(fields)} from ${feeds}`,
)

/** Number of a tenant's last event before a place of its database, and of its last one of all. */
export async function readCovered(
  database: D1Database,
  tenantId: number,
  { name, position, seq }: FeedPlace,
): Promise<Result<{ readonly covered: number; readonly lastSeq: number }, Refusal>> {
  const values = { tenantId, name, position, seq }
  const read = await readBatch(database, [selectCovered(database, values)])
  if (!read.ok) return read
  return ok(read.value[0][0] ?? { covered: 0, lastSeq: 0 })
}

/** The first segment of a database that ends with an event of the time or later. */
const selectSince = query(
  {
    name: feeds.name,
    last: feeds.last,
    first: sql<number | null>`(select min(${segments.position}) from ${segments}
      cross join ${events} on ${events.tenantId} = ${segments.tenantId}
        and ${events.seq} = ${segments.last} where ${events.at} >= ${value('since')})`,
  },
  (fields) => sql`select ${fieldList(fields)} from ${feeds}`,
)

/** The places before everything that happened from a time on; reads two rows of each segment kept. */
export async function placesSince(
  environment: Databases,
  since: number,
): Promise<Result<Places, Refusal>> {
  const places = new Map<string, FeedPlace>()
  for (const { DB, databaseName = mainName } of eachDatabase(environment)) {
    const read = await readBatch(DB, [selectSince(DB, { since })])
    if (!read.ok) return read
    const [[found]] = read.value
    if (!found) continue
    const position = found.first === null ? found.last : found.first - 1
    places.set(databaseName, { name: found.name, position, seq: Number.MAX_SAFE_INTEGER })
  }
  return ok(places)
}

/** Segments behind a place that are counted, and tenants whose new events are in none yet. */
const maximumCounted = 1_000

const fromPlace = sql`iif(${segments.position} = ${position} and ${feeds.name} = ${value('name')},
  max(${segments.first}, ${value('seq')} + 1), ${segments.first})`

/** What nobody has read yet: segments are made by reading, and nobody reads for an endpoint that is paused. */
const notInSegments = sql`coalesce((select sum(max(0, newest - after_number)) from (
  select ${dueTenants.after} as after_number, (select max(${events.seq}) from ${events}
    where ${events.tenantId} = ${dueTenants.tenantId}) as newest
  from ${dueTenants} limit ${maximumCounted})), 0)`

const selectBehind = query(
  {
    events: sql<number>`${notInSegments} + coalesce((select sum(max(0, last_number - first_number + 1)) from (
      select ${segments.last} as last_number, ${fromPlace} as first_number from ${segments}
      where ${segments.position} >= ${position} and (${segments.position} > ${position}
        or ${segments.last} > ${value('seq')})
      order by ${segments.position} limit ${maximumCounted})), 0)`,
  },
  (fields) => sql`select ${fieldList(fields)} from ${feeds}`,
)

/** Number of events that an endpoint has not come to; far behind, those of some segments alone. */
export async function countBehind(
  environment: Databases,
  { place: written }: Pick<FeedWebhook, 'place'>,
): Promise<Result<number, Refusal>> {
  const places = readPlaces(written) ?? new Map()
  let count = 0
  for (const { DB, databaseName = mainName } of eachDatabase(environment)) {
    const place = places.get(databaseName) ?? beginning
    const values = { name: place.name, position: place.position, seq: place.seq }
    const read = await readBatch(DB, [selectBehind(DB, values)])
    if (!read.ok) return read
    count += read.value[0][0]?.events ?? 0
  }
  return ok(count)
}
