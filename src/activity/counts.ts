/** Counts of the provisioning log: failures by kind, changes and failures by day. */
import { sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { day, startOfDay } from '../time'
import { scanLimit, subjectOf } from './browse'
import { readBatch, type Refusal } from '../database/batch'
import { fromEach, type Databases } from '../database/placement'
import { statement, tenant, value } from '../database/statement'
import type { Row } from '../database/row'
import { events, refusals } from '../database/schema/events'
import { tenants, tokens } from '../database/schema/tenants'

export interface FailureCount {
  readonly count: number
  /** How many different people and teams the failures were about. */
  readonly people: number
  readonly teams: number
}

/** Failures of one kind. */
export interface FailureGroup extends FailureCount {
  readonly code: string
  readonly latestAt: number
  /** What the latest of them was answered. */
  readonly detail: string
}

export interface DayCount {
  /** When the day begins, in UTC. */
  readonly at: number
  readonly changes: number
  readonly failures: number
}

/** How a tenant is doing, for the list of tenants. */
export interface TenantActivity {
  readonly lastUsedAt: number | null
  readonly failuresToday: number
}

const lateFailures = sql`(select ${refusals.code}, ${refusals.at}, ${refusals.detail},
    ${refusals.path}, coalesce(${subjectOf}, ${refusals.path}) as target
  from ${refusals} where ${refusals.tenantId} = ${tenant} and ${refusals.at} >= ${value('since')}
    and ${refusals.seq} > (select max(newest.seq) from ${refusals} as newest
      where newest.tenant_id = ${tenant}) - ${value('scanLimit')})`

const counts = sql`count(*) as count,
  count(distinct case when path like '/Users%' then target end) as people,
  count(distinct case when path like '/Groups%' then target end) as teams`

/** Beside the maximum SQLite takes the other columns from the row that has it. */
const selectGroups = statement(
  () => sql`
  select code, max(at) as latest_at, detail, ${counts} from ${lateFailures}
  group by code order by count desc, code`,
)

const countFailures = statement(() => sql`select ${counts} from ${lateFailures}`)

/**
 * The number of the first row of each day. Numbers have no gaps and grow with time, so a search by
 * halves finds it with a few rows, however many there are; differences are counts.
 */
const selectBounds = (table: typeof events | typeof refusals) => {
  const isBefore = sql`(select ${table.at} from ${table} where ${table.tenantId} = ${tenant}
    and ${table.seq} >= (low + high) / 2 order by ${table.seq} limit 1) < day`
  // Two selects: one that asks for both would read every row.
  const extreme = (name: 'min' | 'max') => sql`(select ${sql.raw(name)}(${table.seq})
    from ${table} where ${table.tenantId} = ${tenant})`
  return statement(
    () => sql`
    with recursive bounds(day, low, high) as (
      select days.value, first, last + 1 from json_each(${value('days')}) as days,
        (select coalesce(${extreme('min')}, 1) as first, coalesce(${extreme('max')}, 0) as last)
      union all
      select day, iif(${isBefore}, (low + high) / 2 + 1, low),
        iif(${isBefore}, high, (low + high) / 2)
      from bounds where low < high)
    select day, low from bounds where low = high order by day`,
  )
}

const selectEventBounds = selectBounds(events)
const selectRefusalBounds = selectBounds(refusals)

const selectTenantActivity = statement(
  () => sql`
  select ${tenants.id} as id, (select max(${tokens.lastUsedAt}) from ${tokens}
      where ${tokens.tenantId} = ${tenants.id}) as last_used_at,
    (select count(*) from ${refusals} where ${refusals.tenantId} = ${tenants.id}
      and ${refusals.at} >= ${value('since')} and ${refusals.seq} > (select max(newest.seq)
        from ${refusals} as newest where newest.tenant_id = ${tenants.id}) - ${value('scanLimit')}
    ) as failures
  from ${tenants}`,
)

/** The failures since a time: all of them, and by their code with the most frequent first. */
export async function readFailures(
  database: D1Database,
  tenantId: number,
  since: number,
): Promise<Result<{ all: FailureCount; groups: FailureGroup[] }, Refusal>> {
  const values = { tenantId, since, scanLimit }
  const read = await readBatch(database, [
    selectGroups(database, values),
    countFailures(database, values),
  ])
  if (!read.ok) return read
  const [groups = [], [all = {}] = []] = read.value
  return ok({
    all: countOf(all),
    groups: groups.map((row) => ({
      ...countOf(row),
      code: String(row['code']),
      latestAt: Number(row['latest_at']),
      detail: String(row['detail']),
    })),
  })
}

function countOf(row: Row): FailureCount {
  return {
    count: Number(row['count']),
    people: Number(row['people']),
    teams: Number(row['teams']),
  }
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
  const [changes, failures] = read.value.map((rows) => rows.map((row) => Number(row['low'])))
  const difference = (bounds: readonly number[] = [], index: number) =>
    (bounds[index + 1] ?? 0) - (bounds[index] ?? 0)
  return ok(
    days.slice(0, count).map((at, index) => ({
      at,
      changes: difference(changes, index),
      failures: difference(failures, index),
    })),
  )
}

/** How every tenant is doing, by its id. */
export async function readTenantActivity(
  environment: Databases,
): Promise<Result<ReadonlyMap<number, TenantActivity>, Refusal>> {
  const since = startOfDay(Date.now())
  const found = await fromEach(environment, async ({ DB }) => {
    const read = await readBatch(DB, [selectTenantActivity(DB, { since, scanLimit })])
    return read.ok ? ok(read.value[0] ?? []) : read
  })
  if (!found.ok) return found
  return ok(
    new Map(
      found.value.map((row) => [
        Number(row['id']),
        {
          lastUsedAt: row['last_used_at'] === null ? null : Number(row['last_used_at']),
          failuresToday: Number(row['failures']),
        },
      ]),
    ),
  )
}
