/** What is deleted with time. */
import { sql } from 'drizzle-orm'
import { day, dayNumber } from './time'
import { links, sessions } from './database/schema/access'
import { longBatchTime, runBatch } from './database/batch'
import { defaultSettings, type TenantSettings } from './tenants/settings'
import { statement, value, type Statement } from './database/statement'
import { losses, lossMinutes } from './database/schema/guard'
import { clearHoldingFlags } from './guard/hold-state'
import { lossWindow } from './guard/loss-window'
import { deliveries } from './database/schema/webhooks'
import { events, refusals } from './database/schema/events'
import { tenants, tokenDays } from './database/schema/tenants'

/** Days that counts of requests and links that are no more stay. */
const countDays = 30

/** Days that attempts of webhooks stay. */
const deliveryDays = 7

/** Rows of one batch, which has half a minute; and batches of one run. */
const most = 5_000
const maximumRounds = 200

const dropEvents = dropNumbered(events, 'events')
const dropRefusals = dropNumbered(refusals, 'activity')

const countDropped = statement(() => sql`select changes() as count`)

const dropSessions = statement(
  () => sql`
  delete from ${sessions} where ${sessions.expiresAt} <= ${value('now')}`,
)

/** The list of a tenant tells of them for a while; the audit tells for ever. */
const dropLinks = statement(
  () => sql`
  delete from ${links} where ${links.expiresAt} < ${value('before')}`,
)

const dropDays = statement(
  () => sql`
  delete from ${tokenDays} where ${tokenDays.day} < ${value('before')}`,
)

const dropDeliveries = statement(
  () => sql`
  delete from ${deliveries} where (${deliveries.webhookId}, ${deliveries.number}) in (
    select old.webhook_id, old.number from ${deliveries} as old
    where old.at < ${value('now')} - ${deliveryDays * day} limit ${value('most')})`,
)

const dropLosses = [losses, lossMinutes].map((table) =>
  statement(() => sql`delete from ${table} where ${table.minute} < ${value('before')}`),
)

/** Deletes what has been kept long enough; called by the clock of the platform. */
export async function deleteExpired(database: D1Database, now: number): Promise<void> {
  const before = now - countDays * day
  await runBatch(database, [
    dropSessions(database, { now }),
    dropLinks(database, { before }),
    dropDays(database, { before: dayNumber(before) }),
    clearHoldingFlags(database, {}),
    ...dropLosses.map((drop) => drop(database, { before: Math.floor(now / 60_000) - lossWindow })),
  ])
  for (const drop of [dropEvents, dropRefusals, dropDeliveries]) await repeat(database, drop, now)
}

async function repeat(database: D1Database, drop: Statement, now: number): Promise<void> {
  for (let round = 0; round < maximumRounds; round += 1) {
    const statements = [drop(database, { now, most }), countDropped(database, {})]
    const outcome = await runBatch(database, statements, longBatchTime)
    if (!outcome.ok || Number(outcome.value[1]?.[0]?.['count']) < most) return
  }
}

/**
 * Rows that are older than the settings of their tenant want, in the order of their numbers, which
 * is that of time: tenants without one cost a row. Times may be out of step with the numbers by a
 * moment, so rows go up to the first that is young: no reader finds a gap. The last row of a tenant
 * stays: the next one is numbered after it.
 */
function dropNumbered(
  table: typeof events | typeof refusals,
  setting: keyof TenantSettings['retention'],
): Statement {
  const path = `$.retention.${setting}`
  const before = sql`${value('now')} - ${day}
    * coalesce(${tenants.settings} ->> ${path}, ${defaultSettings.retention[setting]})`
  const first = sql`select min(first.seq) from ${table} as first
    where first.tenant_id = ${tenants.id}`
  return statement(
    () => sql`
    delete from ${table} where (${table.tenantId}, ${table.seq}) in (
      select old.tenant_id, old.seq
      from (select ${tenants.id} as id, (${first}) as low,
          (select min(young.seq) from ${table} as young where young.tenant_id = ${tenants.id}
            and young.seq < (${first}) + ${value('most')} and young.at >= ${before}) as young,
          (select max(newest.seq) from ${table} as newest
            where newest.tenant_id = ${tenants.id}) as last
        from ${tenants} where (select start.at from ${table} as start
          where start.tenant_id = ${tenants.id} order by start.seq limit 1) < ${before}
      ) as kept cross join ${table} as old on old.tenant_id = kept.id
        and old.seq < min(kept.last, kept.low + ${value('most')}, coalesce(kept.young, kept.last))
      limit ${value('most')})`,
  )
}
