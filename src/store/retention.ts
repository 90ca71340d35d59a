/** What is deleted with time. */
import { sql } from 'drizzle-orm'
import { runBatch } from './database'
import { statement, value } from './statement'
import { events, refusals, tokenDays } from './tables'

const day = 24 * 60 * 60 * 1000
/** Milliseconds. */
export const eventRetention = 90 * day
export const refusalRetention = 30 * day

/** Rows of one run: a batch has half a minute. */
const most = 5_000

/** The last event of a tenant stays: the next one is numbered after it. */
const dropEvents = statement(sql`
  delete from ${events} where (${events.tenantId}, ${events.seq}) in (
    select old.tenant_id, old.seq from ${events} as old
    where old.at < ${value('before')} and old.seq < (
      select max(newest.seq) from ${events} as newest where newest.tenant_id = old.tenant_id)
    limit ${value('most')})`)

const dropRefusals = statement(sql`
  delete from ${refusals} where (${refusals.tenantId}, ${refusals.seq}) in (
    select old.tenant_id, old.seq from ${refusals} as old
    where old.at < ${value('before')} and old.seq < (
      select max(newest.seq) from ${refusals} as newest where newest.tenant_id = old.tenant_id)
    limit ${value('most')})`)

const dropDays = statement(sql`
  delete from ${tokenDays} where ${tokenDays.day} < ${value('before')}`)

/** Deletes what has been kept long enough; called by the clock of the platform. */
export async function dropOld(database: D1Database, now: number): Promise<void> {
  await runBatch(database, [
    dropEvents(database, { before: now - eventRetention, most }),
    dropRefusals(database, { before: now - refusalRetention, most }),
    dropDays(database, { before: Math.floor((now - refusalRetention) / day) }),
  ])
}
