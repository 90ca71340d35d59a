/** Requests by outcome and hour, of a tenant or of all. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList } from '../database/field'
import { events, passedOver, refusals } from '../database/schema/events'
import { tenants } from '../database/schema/tenants'
import { query, tenant, value } from '../database/statement'
import { ok, type Result } from '../result'

const hour = 3_600_000

export interface HourCount {
  /** Begin of the hour, in milliseconds since 1970. */
  readonly at: number
  readonly changed: number
  readonly failed: number
  readonly passedOver: number
}

/** Tenants of one database that are counted together. */
const maximumTenants = 1_000

/**
 * For each hour the sum, over the tenants, of the number of the first row in it: differences of sums are
 * counts. Numbers have no gaps and grow with time, so a search by halves finds each with a few rows.
 * Tenants whose last row is older than the first hour are left out.
 */
function selectSums(table: typeof events | typeof refusals | typeof passedOver) {
  const latest = alias(table, 'latest')
  const isBefore = sql`(select ${table.at} from ${table} where ${table.tenantId} = owner
    and ${table.seq} >= (low + high) / 2 order by ${table.seq} limit 1) < hour_start`
  const extreme = (name: 'min' | 'max') => sql`(select ${sql.raw(name)}(${table.seq}) from ${table}
    where ${table.tenantId} = ${tenants.id})`
  return query(
    { at: sql<number>`hour_start`, bound: sql<number>`sum(low)` },
    (fields) => sql`
    with recursive bounds(owner, hour_start, low, high) as (
      select ${tenants.id}, hours.value, ${extreme('min')}, ${extreme('max')} + 1
      from ${tenants} cross join json_each(${value('hours')}) as hours
      where (${tenant} = 0 or ${tenants.id} = ${tenant}) and (select ${latest.at}
        from ${table} as ${latest} where ${latest.tenantId} = ${tenants.id}
        order by ${latest.seq} desc limit 1) >= ${value('since')}
        and ${tenants.id} <= (select coalesce(max(id), 0) from (
          select id from ${tenants} order by id limit ${maximumTenants}))
      union all
      select owner, hour_start, iif(${isBefore}, (low + high) / 2 + 1, low),
        iif(${isBefore}, high, (low + high) / 2)
      from bounds where low < high)
    select ${fieldList(fields)} from bounds where low = high group by hour_start order by hour_start`,
  )
}

const selectChanged = selectSums(events)
const selectFailed = selectSums(refusals)
const selectPassed = selectSums(passedOver)

/** The latest hours of a tenant, or with 0 of all tenants of the database; the present one last. */
export async function readHours(
  database: D1Database,
  tenantId: number,
  count: number,
  now: number,
): Promise<Result<HourCount[], Refusal>> {
  const last = Math.floor(now / hour) * hour
  // One more: an hour ends where the next begins.
  const hours = Array.from({ length: count + 1 }, (_, index) => last - (count - 1 - index) * hour)
  const values = { tenantId, hours: JSON.stringify(hours), since: hours[0] ?? 0 }
  const read = await readBatch(database, [
    selectChanged(database, values),
    selectFailed(database, values),
    selectPassed(database, values),
  ])
  if (!read.ok) return read
  const [changed, failed, passed] = read.value.map(
    (rows) => new Map(rows.map(({ at, bound }) => [at, bound])),
  )
  const difference = (bounds: ReadonlyMap<number, number> | undefined, at: number) =>
    (bounds?.get(at + hour) ?? 0) - (bounds?.get(at) ?? 0)
  return ok(
    hours.slice(0, count).map((at) => ({
      at,
      changed: difference(changed, at),
      failed: difference(failed, at),
      passedOver: difference(passed, at),
    })),
  )
}
