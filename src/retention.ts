/** Retention: what is deleted with time. */
import { lt, lte, sql, type SQLWrapper } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { day, dayNumber } from './time'
import { links, sessions } from './database/schema/access'
import { demandDone, longBatchTime, runBatch } from './database/batch'
import { deleteFrom } from './database/builder'
import { fieldList } from './database/field'
import { defaultSettings, type TenantSettings } from './tenants/settings'
import { command, query, value, type Statement } from './database/statement'
import { losses, lossMinutes } from './database/schema/guard'
import { clearHoldingFlags } from './guard/hold-state'
import { lossWindow } from './guard/loss-window'
import { deliveries } from './database/schema/webhooks'
import { events, passedOver, refusals } from './database/schema/events'
import { departures, exchanges, otherNames, problems } from './database/schema/support'
import { isOver } from './activity/problem-state'
import { segments } from './database/schema/feed'
import { assertions } from './database/schema/oauth'
import { refusedCalls, tenants, tokenDays, tokens } from './database/schema/tenants'

/** Days for which counts of requests, refused calls and expired links are kept. */
const countDays = 30

/** Days for which attempts of webhooks are kept. */
const deliveryDays = 7

/** Rows of one batch, which has half a minute; and batches of one run. */
const maximumRows = 5_000
const maximumRounds = 200

const deleteOldEvents = deleteNumbered(events, 'events')
const deleteOldRefusals = deleteNumbered(refusals, 'activity')
const deleteOldPassedOver = deleteNumbered(passedOver, 'activity')

const oldProblem = alias(problems, 'old_problem')
const oldExchange = alias(exchanges, 'old_exchange')

/** Days that a setting of retention says for the tenant of a row. */
function daysOf(setting: keyof TenantSettings['retention'], tenantId: SQLWrapper) {
  return sql`coalesce((select ${tenants.settings} ->> ${`$.retention.${setting}`} from ${tenants}
    where ${tenants.id} = ${tenantId}), ${defaultSettings.retention[setting]})`
}

/** Problems that nobody has tried again for as long as refusals are kept, and those that are over. */
const deleteOldProblems = [
  command(
    () => sql`
    delete from ${problems} where (${problems.tenantId}, ${problems.key}) in (
      select ${oldProblem.tenantId}, ${oldProblem.key} from ${problems} as ${oldProblem}
      where ${oldProblem.lastAt} < ${value('now')} - ${day} * ${daysOf('activity', oldProblem.tenantId)}
      limit ${value('maximumRows')})`,
  ),
  command(
    () => sql`
    delete from ${problems} where ${problems.lastAt} < ${value('now')} - ${day} and ${isOver}`,
  ),
]

const deleteOldExchanges = command(
  () => sql`
  delete from ${exchanges} where (${exchanges.tenantId}, ${exchanges.seq}) in (
    select ${oldExchange.tenantId}, ${oldExchange.seq} from ${exchanges} as ${oldExchange}
    where ${oldExchange.at} < ${value('now')} - ${day} * ${daysOf('exchanges', oldExchange.tenantId)}
    limit ${value('maximumRows')})`,
)

const oldDeparture = alias(departures, 'old_departure')

/** Deleted people, as long as the event of the deletion is kept. */
const deleteOldDepartures = command(
  () => sql`
  delete from ${departures} where (${departures.tenantId}, ${departures.seq}) in (
    select ${oldDeparture.tenantId}, ${oldDeparture.seq} from ${departures} as ${oldDeparture}
    where ${oldDeparture.at} < ${value('now')} - ${day} * ${daysOf('events', oldDeparture.tenantId)}
    limit ${value('maximumRows')})`,
)

const oldName = alias(otherNames, 'old_name')

/** Other names, as long as the event or the refusal that told of them is kept. */
const deleteOldNames = command(
  () => sql`
  delete from ${otherNames} where (${otherNames.tenantId}, ${otherNames.nameKey}, ${otherNames.kind},
    ${otherNames.subject}) in (
    select ${oldName.tenantId}, ${oldName.nameKey}, ${oldName.kind}, ${oldName.subject}
    from ${otherNames} as ${oldName}
    where ${oldName.at} < ${value('now')} - ${day} * iif(${oldName.kind} = 'refused',
      ${daysOf('activity', oldName.tenantId)}, ${daysOf('events', oldName.tenantId)})
    limit ${value('maximumRows')})`,
)

const oldSegment = alias(segments, 'old_segment')

/**
 * Segments of the feed whose events are gone, but for the last ones of each log: by those a reader
 * that comes late is told of the gap.
 */
const deleteOldSegments = command(
  () => sql`
  delete from ${segments} where ${segments.position} in (
    select ${oldSegment.position} from ${segments} as ${oldSegment}
    where ${oldSegment.last} < (select min(${events.seq}) from ${events}
      where ${events.tenantId} = ${oldSegment.tenantId}) - 1
    order by ${oldSegment.position} limit ${value('maximumRows')})`,
)

const countDeleted = query(
  { count: sql<number>`changes()` },
  (fields) => sql`select ${fieldList(fields)}`,
)

const deleteSessions = command(() =>
  deleteFrom(sessions).where(lte(sessions.expiresAt, value('now'))),
)

/** Expired links stay in the list of their tenant for a while, and in the audit for ever. */
const deleteLinks = command(() => deleteFrom(links).where(lt(links.expiresAt, value('before'))))

const oldToken = alias(tokens, 'old_token')
const oldAssertion = alias(assertions, 'old_assertion')

const deleteDays = command(() => deleteFrom(tokenDays).where(lt(tokenDays.day, value('before'))))

/** Access tokens and the assertions that they were exchanged for, once nothing takes them. */
const deleteOldAccess = [
  command(
    () => sql`
    delete from ${tokens} where ${tokens.id} in (select ${oldToken.id} from ${tokens} as ${oldToken}
      where ${oldToken.clientId} is not null and ${oldToken.expiresAt} < ${value('now')}
      limit ${value('maximumRows')})`,
  ),
  command(
    () => sql`
    delete from ${assertions} where (${assertions.owner}, ${assertions.jti}) in (
      select ${oldAssertion.owner}, ${oldAssertion.jti} from ${assertions} as ${oldAssertion}
      where ${oldAssertion.expiresAt} < ${value('now')} limit ${value('maximumRows')})`,
  ),
]

const deleteRefusedCalls = command(() =>
  deleteFrom(refusedCalls).where(lt(refusedCalls.latestAt, value('before'))),
)

const oldDelivery = alias(deliveries, 'old_delivery')

const deleteOldDeliveries = command(
  () => sql`
  delete from ${deliveries} where (${deliveries.webhookId}, ${deliveries.number}) in (
    select ${oldDelivery.webhookId}, ${oldDelivery.number} from ${deliveries} as ${oldDelivery}
    where ${oldDelivery.at} < ${value('now')} - ${deliveryDays * day} limit ${value('maximumRows')})`,
)

const deleteLosses = [losses, lossMinutes].map((table) =>
  command(() => deleteFrom(table).where(lt(table.minute, value('before')))),
)

/** Deletes what has been kept long enough; called by the nightly job. */
export async function deleteExpired(database: D1Database, now: number): Promise<void> {
  const before = now - countDays * day
  const beforeMinute = Math.floor(now / 60_000) - lossWindow
  const first = await runBatch(database, [
    deleteSessions(database, { now }),
    deleteLinks(database, { before }),
    deleteRefusedCalls(database, { before }),
    deleteDays(database, { before: dayNumber(before) }),
    clearHoldingFlags(database, {}),
    ...deleteLosses.map((deleteOld) => deleteOld(database, { before: beforeMinute })),
  ])
  for (const deleteOld of [
    deleteOldEvents,
    deleteOldRefusals,
    deleteOldPassedOver,
    deleteOldDeliveries,
    ...deleteOldProblems,
    deleteOldExchanges,
    deleteOldDepartures,
    deleteOldNames,
    ...deleteOldAccess,
    deleteOldSegments,
  ]) {
    await repeat(database, deleteOld, now)
  }
  demandDone(first)
}

async function repeat(
  database: D1Database,
  deleteOld: Statement<never>,
  now: number,
): Promise<void> {
  for (let round = 0; round < maximumRounds; round += 1) {
    const outcome = await runBatch(
      database,
      [deleteOld(database, { now, maximumRows }), countDeleted(database, {})],
      longBatchTime,
    )
    const [, [deleted]] = demandDone(outcome)
    if (!deleted || deleted.count < maximumRows) return
  }
}

/**
 * Deletes rows that are older than the settings of their tenant want, in the order of their
 * numbers, which is that of time: tenants without one cost a row. Times may be out of step with the
 * numbers by a moment, so rows are deleted up to the first young one, and no reader finds a gap.
 * The last row of a tenant stays: the next one is numbered after it.
 */
function deleteNumbered(
  table: typeof events | typeof refusals | typeof passedOver,
  setting: keyof TenantSettings['retention'],
): Statement<never> {
  const path = `$.retention.${setting}`
  const before = sql`${value('now')} - ${day}
    * coalesce(${tenants.settings} ->> ${path}, ${defaultSettings.retention[setting]})`
  const oldest = alias(table, 'oldest')
  const young = alias(table, 'young')
  const newest = alias(table, 'newest')
  const old = alias(table, 'old')
  const oldestNumber = sql`select min(${oldest.seq}) from ${table} as ${oldest}
    where ${oldest.tenantId} = ${tenants.id}`
  return command(
    () => sql`
    delete from ${table} where (${table.tenantId}, ${table.seq}) in (
      select ${old.tenantId}, ${old.seq}
      from (select ${tenants.id} as tenant_key, (${oldestNumber}) as oldest_number,
          (select min(${young.seq}) from ${table} as ${young} where ${young.tenantId} = ${tenants.id}
            and ${young.seq} < (${oldestNumber}) + ${value('maximumRows')}
            and ${young.at} >= ${before}) as young_number,
          (select max(${newest.seq}) from ${table} as ${newest}
            where ${newest.tenantId} = ${tenants.id}) as newest_number
        from ${tenants} where (select ${oldest.at} from ${table} as ${oldest}
          where ${oldest.tenantId} = ${tenants.id} order by ${oldest.seq} limit 1) < ${before}
      ) cross join ${table} as ${old} on ${old.tenantId} = tenant_key
        and ${old.seq} < min(newest_number, oldest_number + ${value('maximumRows')},
          coalesce(young_number, newest_number))
      limit ${value('maximumRows')})`,
  )
}
