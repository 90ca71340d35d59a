/** Numbers of people and teams day by day, noted by the nightly job. */
import { lt, sql } from 'drizzle-orm'
import { demandDone, longBatchTime, runBatch } from '../database/batch'
import { deleteFrom } from '../database/builder'
import { tenantDays } from '../database/schema/attention'
import { tenants } from '../database/schema/tenants'
import { columns, command, value } from '../database/statement'
import { dayNumber } from '../time'

/** Days that are kept. */
const keptDays = 400

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
