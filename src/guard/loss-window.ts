/**
 * Loss window: the number of people that a tenant lost within the last hour, and the number that it
 * may lose unseen. A loss is an active person who is deactivated, deleted or taken out of a team; a
 * person counts once an hour. Pending losses count as well, so that an accident that goes on stays
 * held. The limit ends the batch here (`loss`); guarded-batch.ts then repeats the write with its
 * losses held back, and hold-state.ts opens the hold.
 */
import { sql, type SQL } from 'drizzle-orm'
import { preconditionStatement, forbid } from '../database/precondition'
import { losses, lossMinutes } from '../database/schema/guard'
import type { TenantSettings } from '../tenants/settings'
import { columns, command, tenant, value, type Statement } from '../database/statement'
import { tenants } from '../database/schema/tenants'

/** Number of people below which the guard never triggers. */
export const fewestAllowed = 10

/** Minutes after which a loss is forgotten. */
export const lossWindow = 60

const isRecent = sql`> ${value('minute')} - ${lossWindow}`

const lostSoFar = sql`(select coalesce(sum(${lossMinutes.people}), 0) from ${lossMinutes}
  where ${lossMinutes.tenantId} = ${tenant} and ${lossMinutes.minute} ${isRecent})`

/** People, less those who have been counted within the hour. */
function uncounted(people: SQL): SQL {
  return sql`select lost.user_key from (${people}) as lost where not exists (
    select 1 from ${losses} where ${losses.tenantId} = ${tenant}
      and ${losses.userId} = lost.user_key and ${losses.minute} ${isRecent})`
}

/** Statements on the losses of one kind of batch; they run before the people are lost. */
export interface LossStatements {
  /** Ends the batch (`loss`) when more people would be lost than may be. */
  readonly limit: Statement
  readonly count: readonly Statement[]
}

/**
 * Statements on the people whose ids a query selects as `user_key`. The limit is a share of the
 * active people, rounded down: 0.29 of a hundred is 29, whatever floating point makes of it.
 */
export function lossStatements(people: SQL): LossStatements {
  const isTooMany = sql`exists (select 1 from (${people}))
    and ${lostSoFar} + (select count(*) from (${uncounted(people)})) > max(${fewestAllowed},
      (select cast(${value('share')} * (${tenants.activeCount} + ${lostSoFar}) + 1e-9 as integer)
        from ${tenants} where ${tenants.id} = ${tenant}))`
  return {
    limit: preconditionStatement(forbid(isTooMany, 'loss')),
    count: [
      command(
        () => sql`
        insert into ${lossMinutes} (${columns(
          lossMinutes.tenantId,
          lossMinutes.minute,
          lossMinutes.people,
        )})
        select ${tenant}, ${value('minute')}, fresh.count
        from (select count(*) as count from (${uncounted(people)})) as fresh where fresh.count > 0
        on conflict do update set
          ${columns(lossMinutes.people)} = ${lossMinutes.people} + excluded.${columns(lossMinutes.people)}`,
      ),
      command(
        () => sql`
        insert into ${losses} (${columns(losses.tenantId, losses.userId, losses.minute)})
        select ${tenant}, fresh.user_key, ${value('minute')} from (${uncounted(people)}) as fresh
        where true on conflict do update set
          ${columns(losses.minute)} = excluded.${columns(losses.minute)}`,
      ),
    ],
  }
}

export function lossValues(settings: TenantSettings, now: number) {
  return { minute: Math.floor(now / 60_000), share: settings.guard.deactivations }
}

/** False for a tenant that may lose everybody. */
export function isWatched({ guard }: TenantSettings): boolean {
  return guard.deactivations < 1
}
