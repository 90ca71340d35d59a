/** What is deleted with time. */
import { sql } from 'drizzle-orm'
import { day, dayNumber } from '../time'
import { links, sessions } from './admin-tables'
import { longBatchTime, runBatch } from './database'
import { statement, value, type Statement } from './statement'
import { events, refusals, tokenDays } from './tables'

/** Milliseconds. */
export const eventRetention = 90 * day
export const refusalRetention = 30 * day

/** Rows of one run: a batch has half a minute. */
const most = 5_000

const dropEvents = dropNumbered(events)
const dropRefusals = dropNumbered(refusals)

const dropSessions = statement(sql`
  delete from ${sessions} where ${sessions.expiresAt} <= ${value('now')}`)

/** The list of a tenant tells of them for a while; the audit tells for ever. */
const dropLinks = statement(sql`
  delete from ${links} where ${links.expiresAt} < ${value('before')}`)

const dropDays = statement(sql`
  delete from ${tokenDays} where ${tokenDays.day} < ${value('before')}`)

/** Deletes what has been kept long enough; called by the clock of the platform. */
export async function dropOld(database: D1Database, now: number): Promise<void> {
  await runBatch(
    database,
    [
      dropEvents(database, { before: now - eventRetention, most }),
      dropRefusals(database, { before: now - refusalRetention, most }),
      dropSessions(database, { now }),
      dropLinks(database, { before: now - refusalRetention }),
      dropDays(database, { before: dayNumber(now - refusalRetention) }),
    ],
    longBatchTime,
  )
}

/** The last row of a tenant stays: the next one is numbered after it. */
function dropNumbered(table: typeof events | typeof refusals): Statement {
  return statement(sql`
    delete from ${table} where (${table.tenantId}, ${table.seq}) in (
      select old.tenant_id, old.seq from ${table} as old
      where old.at < ${value('before')} and old.seq < (
        select max(newest.seq) from ${table} as newest where newest.tenant_id = old.tenant_id)
      limit ${value('most')})`)
}
