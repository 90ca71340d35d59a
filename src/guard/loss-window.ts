/**
 * How many people a tenant has lost within the hour, and whether more may go unseen. A person is
 * lost who was active and was deactivated, deleted or taken out of a team; once an hour, however
 * often. What is held counts as well: it would have been lost.
 */
import { sql, type SQL } from 'drizzle-orm'
import { preconditionStatement, forbid } from '../database/precondition'
import { losses, lossMinutes } from '../database/schema/guard'
import type { TenantSettings } from '../tenants/settings'
import { columns, statement, tenant, value, type Statement } from '../database/statement'
import { tenants } from '../database/schema/tenants'

/** Nobody's accident is smaller than this. */
export const fewestAllowed = 10

/** Minutes after which a loss is forgotten. */
export const lossWindow = 60

const isRecent = sql`> ${value('minute')} - ${lossWindow}`

const lostSoFar = sql`(select coalesce(sum(${lossMinutes.people}), 0) from ${lossMinutes}
  where ${lossMinutes.tenantId} = ${tenant} and ${lossMinutes.minute} ${isRecent})`

/** Of the people, those who have not been counted within the hour. */
function uncounted(people: SQL): SQL {
  return sql`select person.id as id from (${people}) as person where not exists (
    select 1 from ${losses} where ${losses.tenantId} = ${tenant}
      and ${losses.userId} = person.id and ${losses.minute} ${isRecent})`
}

/**
 * Statements about the people that a query names by `id`; in the batch before they are lost. A
 * share of 0.29 of a hundred people is 29 of them, whatever floating point makes of it.
 */
export function lossStatements(people: SQL): { guard: Statement; count: readonly Statement[] } {
  const isTooMany = sql`exists (select 1 from (${people}))
    and ${lostSoFar} + (select count(*) from (${uncounted(people)})) > max(${fewestAllowed},
      (select cast(${value('share')} * (${tenants.activeCount} + ${lostSoFar}) + 1e-9 as integer)
        from ${tenants} where ${tenants.id} = ${tenant}))`
  return {
    guard: preconditionStatement(forbid(isTooMany, 'loss')),
    count: [
      statement(
        () => sql`
        insert into ${lossMinutes} (${columns(
          lossMinutes.tenantId,
          lossMinutes.minute,
          lossMinutes.people,
        )})
        select ${tenant}, ${value('minute')}, fresh.people
        from (select count(*) as people from (${uncounted(people)})) as fresh where fresh.people > 0
        on conflict do update set people = people + excluded.people`,
      ),
      statement(
        () => sql`
        insert into ${losses} (${columns(losses.tenantId, losses.userId, losses.minute)})
        select ${tenant}, fresh.id, ${value('minute')} from (${uncounted(people)}) as fresh
        where true on conflict do update set minute = excluded.minute`,
      ),
    ],
  }
}

export function lossValues(settings: TenantSettings, now: number) {
  return { minute: Math.floor(now / 60_000), share: settings.guard.deactivations }
}

/** A tenant that may lose everybody is not watched. */
export function isWatched({ guard }: TenantSettings): boolean {
  return guard.deactivations < 1
}
