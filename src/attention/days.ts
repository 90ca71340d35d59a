/** Numbers of people and teams day by day, noted by the nightly job. */
import { and, eq, gte, lt, sql } from 'drizzle-orm'
import { demandDone, longBatchTime, readBatch, runBatch, type Refusal } from '../database/batch'
import { deleteFrom, select } from '../database/builder'
import type { RowOf } from '../database/field'
import { tenantDays } from '../database/schema/attention'
import { tenants } from '../database/schema/tenants'
import { columns, command, query, tenant, value } from '../database/statement'
import { ok, type Result } from '../result'
import { dayNumber } from '../time'

/** Days that are kept, and those that are shown. */
const keptDays = 400
export const shownDays = 90

const fields = { day: tenantDays.day, people: tenantDays.people, teams: tenantDays.teams }

export type PeopleOfDay = RowOf<typeof fields>

const dayColumns = columns(tenantDays.tenantId, tenantDays.day, tenantDays.people, tenantDays.teams)

/** The job runs early in the morning: what it sees is how the day before ended. */
const insertDays = command(
  () => sql`
  insert into ${tenantDays} (${dayColumns})
  select ${tenants.id}, ${value('day')}, ${tenants.userCount}, ${tenants.teamCount} from ${tenants}
  where true on conflict do nothing`,
)

const insertTotal = command(
  () => sql`
  insert into ${tenantDays} (${dayColumns})
  select 0, ${value('day')}, coalesce(sum(${tenants.userCount}), 0),
    coalesce(sum(${tenants.teamCount}), 0)
  from ${tenants} where true on conflict do nothing`,
)

const deleteOld = command(() => deleteFrom(tenantDays).where(lt(tenantDays.day, value('before'))))

const selectDays = query(fields, (named) =>
  select(named)
    .from(tenantDays)
    .where(and(eq(tenantDays.tenantId, tenant), gte(tenantDays.day, value('since'))))
    .orderBy(tenantDays.day),
)

/** Notes the numbers of the day that has ended, a row for each tenant and one for all. */
export async function countDays(database: D1Database, now: number): Promise<void> {
  const today = dayNumber(now)
  const values = { day: today - 1 }
  const done = await runBatch(
    database,
    [
      insertDays(database, values),
      insertTotal(database, values),
      deleteOld(database, { before: today - keptDays }),
    ],
    longBatchTime,
  )
  demandDone(done)
}

/** The latest days of a tenant, or with 0 of all of the database; fewer where fewer were noted. */
export async function readDaysOfPeople(
  database: D1Database,
  tenantId: number,
  now: number,
): Promise<Result<readonly PeopleOfDay[], Refusal>> {
  const since = dayNumber(now) - shownDays
  const read = await readBatch(database, [selectDays(database, { tenantId, since })])
  return read.ok ? ok(read.value[0]) : read
}
