/** Counts of the provisioning log: failures, changes and failures by day. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import { day, startOfDay } from '../time'
import { scanLimit, subjectName } from './browse'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList } from '../database/field'
import { query, tenant, value } from '../database/statement'
import type { ActivityPlace } from './rows'
import { events, passedOver, refusals } from '../database/schema/events'

export interface FailureCount {
  readonly count: number
  /** Different people and teams that the failures were about. */
  readonly people: number
  readonly teams: number
}

export interface DayCount {
  /** Begin of the day in UTC, in milliseconds since 1970. */
  readonly at: number
  readonly changes: number
  readonly failures: number
}

const newest = alias(refusals, 'newest')

/** Failures since a time, among the latest of a tenant. */
const recentFailures = sql`(select ${refusals.path} as request_path,
    coalesce(${subjectName}, ${refusals.path}) as failed_on
  from ${refusals} where ${refusals.tenantId} = ${tenant} and ${refusals.at} >= ${value('since')}
    and ${refusals.seq} > (select max(${newest.seq}) from ${refusals} as ${newest}
      where ${newest.tenantId} = ${tenant}) - ${value('scanLimit')})`

const countFields = {
  count: sql<number>`count(*)`,
  people: sql<number>`count(distinct case when request_path like '/Users%' then failed_on end)`,
  teams: sql<number>`count(distinct case when request_path like '/Groups%' then failed_on end)`,
}

const countFailures = query(
  countFields,
  (fields) => sql`select ${fieldList(fields)} from ${recentFailures}`,
)

/**
 * The number of the first row of each day. Numbers have no gaps and grow with time, so a search by
 * halves finds it with a few rows, however many there are; differences are counts.
 */
function selectBounds(table: typeof events | typeof refusals | typeof passedOver) {
  const isBefore = sql`(select ${table.at} from ${table} where ${table.tenantId} = ${tenant}
    and ${table.seq} >= (low + high) / 2 order by ${table.seq} limit 1) < day_start`
  // Two selects: one that asks for both would read every row.
  const extreme = (name: 'min' | 'max') => sql`(select ${sql.raw(name)}(${table.seq})
    from ${table} where ${table.tenantId} = ${tenant})`
  return query(
    { bound: sql<number>`low` },
    (fields) => sql`
    with recursive bounds(day_start, low, high) as (
      select days.value, first, last + 1 from json_each(${value('days')}) as days,
        (select coalesce(${extreme('min')}, 1) as first, coalesce(${extreme('max')}, 0) as last)
      union all
      select day_start, iif(${isBefore}, (low + high) / 2 + 1, low),
        iif(${isBefore}, high, (low + high) / 2)
      from bounds where low < high)
    select ${fieldList(fields)} from bounds where low = high order by day_start`,
  )
}

const selectEventBounds = selectBounds(events)
const selectRefusalBounds = selectBounds(refusals)
const selectPassedOverBounds = selectBounds(passedOver)

const noFailures: FailureCount = { count: 0, people: 0, teams: 0 }

/** The failures since a time. */
export async function readFailures(
  database: D1Database,
  tenantId: number,
  since: number,
): Promise<Result<FailureCount, Refusal>> {
  const read = await readBatch(database, [countFailures(database, { tenantId, since, scanLimit })])
  return read.ok ? ok(read.value[0][0] ?? noFailures) : read
}

/** Changes and failures of each of the latest days, today last. */
export async function readDays(
  database: D1Database,
  tenantId: number,
  count: number,
): Promise<Result<DayCount[], Refusal>> {
  const today = startOfDay(Date.now())
  // One more: a day ends where the next begins.
  const days = Array.from({ length: count + 1 }, (_, index) => today - (count - 1 - index) * day)
  const values = { tenantId, days: JSON.stringify(days) }
  const read = await readBatch(database, [
    selectEventBounds(database, values),
    selectRefusalBounds(database, values),
  ])
  if (!read.ok) return read
  const [changes, failures] = read.value
  const difference = (bounds: readonly { readonly bound: number }[], index: number) =>
    (bounds[index + 1]?.bound ?? 0) - (bounds[index]?.bound ?? 0)
  return ok(
    days.slice(0, count).map((at, index) => ({
      at,
      changes: difference(changes, index),
      failures: difference(failures, index),
    })),
  )
}

/** The place before which the log is older than a time. */
export async function placeAt(
  database: D1Database,
  tenantId: number,
  time: number,
): Promise<Result<ActivityPlace, Refusal>> {
  const values = { tenantId, days: JSON.stringify([time]) }
  const read = await readBatch(database, [
    selectEventBounds(database, values),
    selectRefusalBounds(database, values),
    selectPassedOverBounds(database, values),
  ])
  if (!read.ok) return read
  const [event = 1, refusal = 1, passed = 1] = read.value.map(([row]) => row?.bound ?? 1)
  return ok({ event, refusal, passedOver: passed })
}

/** The number of the first event at a time or after it; one more than the last when there is none. */
export async function firstEventSince(
  database: D1Database,
  tenantId: number,
  time: number,
): Promise<Result<number, Refusal>> {
  const values = { tenantId, days: JSON.stringify([time]) }
  const read = await readBatch(database, [selectEventBounds(database, values)])
  return read.ok ? ok(read.value[0][0]?.bound ?? 1) : read
}
