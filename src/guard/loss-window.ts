/**
 * Loss window: the people that a tenant lost within the last hour, and the number that it may lose
 * unseen. A loss is an active person who is deactivated, deleted or taken out of a team; a person
 * counts once, by the latest loss. The hour is the present minute and the 59 before it. Pending
 * losses count as well, so that an accident that goes on stays held, and so do losses that were
 * taken back. The limit ends the batch here (`loss`); guarded-batch.ts then repeats the write with
 * its losses held back, and hold-state.ts opens the hold.
 */
import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList } from '../database/field'
import { preconditionStatement, forbid } from '../database/precondition'
import { users } from '../database/schema/directory'
import { losses, lossMinutes } from '../database/schema/guard'
import { tenants } from '../database/schema/tenants'
import type { TenantSettings } from '../tenants/settings'
import {
  columns,
  command,
  hasWritten,
  query,
  tenant,
  value,
  type Statement,
  type Values,
} from '../database/statement'

/** Number of people up to which the guard never triggers. */
export const fewestAllowed = 10

/** Minutes after which a loss is forgotten. */
export const lossWindow = 60

const known = alias(losses, 'known')
const gone = alias(users, 'gone')

const isRecent = sql`> ${value('minute')} - ${lossWindow}`

/** Number of people lost within the hour. */
export const lostSoFar = sql`(select coalesce(sum(${lossMinutes.people}), 0) from ${lossMinutes}
  where ${lossMinutes.tenantId} = ${tenant} and ${lossMinutes.minute} ${isRecent})`

const activeNow = sql`(select ${tenants.activeCount} from ${tenants} where ${tenants.id} = ${tenant})`

/** Number of people lost within the hour who are not active any more. */
const inactiveNow = sql`(select count(*) from ${losses} as ${known}
  left join ${users} as ${gone}
    on ${gone.tenantId} = ${tenant} and ${gone.id} = ${known.userId}
  where ${known.tenantId} = ${tenant} and ${known.minute} ${isRecent}
    and (${gone.id} is null or ${gone.attributes} ->> '$.active' = 0))`

/** Number of people who were active when the hour began. */
export const activeAtStart = sql`(${activeNow} + ${inactiveNow})`

/** Share of a number of people, rounded down: 0.29 of a hundred is 29, whatever floating point makes of it. */
function shareOf(people: SQL): SQL {
  return sql`cast(${value('share')} * (${people}) + 1e-9 as integer)`
}

/**
 * Number of people that may be lost: a share of those who were active when the hour began, or a
 * number, whichever is smaller.
 */
export const allowed = sql`max(${fewestAllowed},
  min(${value('mostPeople')}, ${shareOf(activeAtStart)}))`

/**
 * Condition that more people are lost than may be. It looks those up who are not active any more
 * only where they decide it: they are none at least, and all who were lost at most.
 */
const isOverLimit = sql`${lostSoFar} > ${fewestAllowed} and exists (
  with seen as materialized (select ${lostSoFar} as lost)
  select 1 from seen where seen.lost > ${value('mostPeople')}
    or seen.lost > ${shareOf(activeNow)}
      and (seen.lost > ${shareOf(sql`${activeNow} + seen.lost`)}
        or seen.lost > ${shareOf(activeAtStart)}))`

/** Statements on the losses of one kind of batch. */
export interface LossStatements {
  /**
   * Counts the people, and ends the batch (`loss`) when they are too many. In this order, before
   * the people are lost or after it: either way they were active when the hour began.
   */
  readonly count: readonly Statement[]
  readonly limit: Statement
}

/**
 * Statements on the people whose ids a query selects as `user_key`. `isWritten` is a condition on
 * the id of a person, for a batch that does not write all of them; it is looked at after as much
 * else as can be.
 */
export function lossStatements(people: SQL, isWritten?: (id: SQLWrapper) => SQL): LossStatements {
  const lostId = sql`lost.user_key`
  const isLost = (id: SQLWrapper) => isWritten?.(id) ?? sql`true`
  const isOnly = isWritten ? sql`(select count(*) from (${people})) = 1` : sql`true`
  return {
    count: [
      // A person who was counted before moves to the present minute.
      command(
        () => sql`
        insert into ${lossMinutes} (${columns(
          lossMinutes.tenantId,
          lossMinutes.minute,
          lossMinutes.people,
        )})
        select ${tenant}, moved.minute_key, sum(moved.step) from (
          select ${value('minute')} as minute_key, 1 as step from (${people}) as lost
            where ${isLost(lostId)}
          union all
          select ${known.minute}, -1 from (${people}) as lost cross join ${losses} as ${known}
            on ${known.tenantId} = ${tenant} and ${known.userId} = ${lostId}
            where ${known.minute} ${isRecent} and ${isLost(known.userId)}) as moved
        group by moved.minute_key having sum(moved.step) <> 0
        on conflict do update set
          ${columns(lossMinutes.people)} = ${lossMinutes.people} + excluded.${columns(lossMinutes.people)}`,
      ),
      // Where nobody has moved there is nothing to write, and where one is lost it is this one.
      command(
        () => sql`
        insert into ${losses} (${columns(losses.tenantId, losses.userId, losses.minute)})
        select ${tenant}, ${lostId}, ${value('minute')} from (${people}) as lost
        where ${hasWritten} and (${isOnly} or ${isLost(lostId)})
        on conflict do update set
          ${columns(losses.minute)} = excluded.${columns(losses.minute)}`,
      ),
    ],
    limit: preconditionStatement(
      forbid(sql`${isOverLimit} and exists (select 1 from (${people}))`, 'loss'),
    ),
  }
}

const selectAllowance = query(
  { left: sql<number>`${allowed} - ${lostSoFar}` },
  (fields) => sql`select ${fieldList(fields)}`,
)

/** Query of those, of the people that another selects as `user_key`, who were not lost within the hour yet. */
export function selectFresh(people: SQL) {
  return query(
    { id: sql<string>`lost.user_key` },
    (fields) => sql`select ${fieldList(fields)} from (${people}) as lost where not exists (
      select 1 from ${losses} as ${known} where ${known.tenantId} = ${tenant}
        and ${known.userId} = lost.user_key and ${known.minute} ${isRecent})`,
  )
}

/** What a tenant may still lose within the hour. */
interface Allowance {
  /** Number of people. */
  readonly left: number
  /** Ids of those, of the people asked for, of whom each would be one more. */
  readonly fresh: ReadonlySet<string>
}

/** Answers how many operations on people, from the first one on, are within an allowance. */
export function countWithin(ids: readonly string[], { left, fresh }: Allowance): number {
  let lost = 0
  for (const [index, id] of ids.entries()) {
    if (fresh.has(id)) lost += 1
    if (lost > left) return index
  }
  return ids.length
}

export async function readAllowance(
  database: D1Database,
  fresh: ReturnType<typeof selectFresh>,
  values: Values,
): Promise<Result<Allowance, Refusal>> {
  const outcome = await readBatch(database, [
    selectAllowance(database, values),
    fresh(database, values),
  ])
  if (!outcome.ok) return outcome
  const [[allowance], people] = outcome.value
  return ok({ left: allowance?.left ?? 0, fresh: new Set(people.map(({ id }) => id)) })
}

export function lossValues({ guard }: TenantSettings, now: number) {
  return {
    minute: Math.floor(now / 60_000),
    share: guard.deactivations,
    mostPeople: guard.people,
  }
}

/** False for a tenant that may lose everybody. */
export function isWatched({ guard }: TenantSettings): boolean {
  return guard.deactivations < 1
}
