/** Counts of the provisioning log: failures, changes and failures by day. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import { day, startOfDay } from '../time'
import { scanLimit, subjectName } from './browse'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList } from '../database/field'
import { firstSince } from '../database/rows/by-time'
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

/** Numbers have no gaps, so that differences are counts. */
function selectBounds({ tenantId, seq, at }: typeof events | typeof refusals | typeof passedOver) {
  return firstSince({ number: seq, at, isOfLog: sql`${tenantId} = ${tenant}` })
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
  const values = { tenantId, times: JSON.stringify(days) }
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
  const values = { tenantId, times: JSON.stringify([time]) }
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
  const values = { tenantId, times: JSON.stringify([time]) }
  const read = await readBatch(database, [selectEventBounds(database, values)])
  return read.ok ? ok(read.value[0][0]?.bound ?? 1) : read
}
