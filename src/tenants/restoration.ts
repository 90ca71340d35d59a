/**
 * What has to follow the restoration of a database to an earlier time: its event logs begin again
 * under new names. Numbers of events that were lost are given a second time, and whoever has read
 * them must not take the new ones for those.
 */
import { eq, isNull, sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { auditStatement, type Author } from '../audit/log'
import { longBatchTime, runBatch, type Refusal } from '../database/batch'
import { deleteFrom, update } from '../database/builder'
import { acknowledgements, feedAcknowledgements } from '../database/schema/application'
import { events, type Cause } from '../database/schema/events'
import { feeds } from '../database/schema/feed'
import { sealingKeys } from '../database/schema/sealing'
import { tenants } from '../database/schema/tenants'
import { webhooks } from '../database/schema/webhooks'
import { command, query, value } from '../database/statement'
import { eventColumns } from '../events/append'
import { newLogId } from './log-id'

/**
 * The revision makes every cached credential be read again. It is the time in seconds, since one more
 * than that of the backup is what a lost change of the settings had.
 */
const renameLogs = query({ id: tenants.id }, (fields) =>
  update(tenants)
    .set({ logId: newLogId, revision: sql`max(${tenants.revision}, unixepoch()) + 1` })
    .where(isNull(tenants.deletingAt))
    .returning(fields),
)

/** Readers of the feed go on with the first event of each new log, which comes after its present end. */
const restartFeed = command(() => update(feeds).set({ name: newLogId, start: sql`${feeds.last}` }))

const forgetAcknowledgements = command(() => deleteFrom(acknowledgements))

const forgetFeedAcknowledgements = command(() => deleteFrom(feedAcknowledgements))

const forgetCursors = command(() =>
  deleteFrom(sealingKeys).where(eq(sealingKeys.purpose, 'cursors')),
)

const ofTenant = sql`(select coalesce(max(${events.seq}), 0) from ${events}
  where ${events.tenantId} = ${tenants.id})`

/** The first event of each new log. */
const insertStarts = command(
  () => sql`
  insert into ${events} (${eventColumns})
  select ${tenants.id}, ${ofTenant} + 1, 'log.restarted', ${tenants.logId}, null, ${value('now')},
    json_object('id', ${tenants.logId}), '{}', ${value('cause')}
  from ${tenants} where ${tenants.deletingAt} is null`,
)

const lastOfWebhook = sql`(select max(${events.seq}) from ${events}
  where ${events.tenantId} = ${webhooks.tenantId})`

/** Every endpoint hears of its new log next; what came before is to be read again. */
const moveEndpoints = command(() =>
  update(webhooks).set({
    place: sql`${lastOfWebhook} - 1`,
    revision: sql`${webhooks.revision} + 1`,
    nextAttemptAt: null,
  }),
)

/**
 * Begins the log of every tenant of a database again; answers their number. Readers with a number
 * or a cursor of the log before are answered 410, and webhooks get the event `log.restarted`.
 */
export async function restartLogs(
  database: D1Database,
  author: Author,
): Promise<Result<number, Refusal>> {
  const cause: Cause = { requestId: author.requestId, tokenId: '' }
  const outcome = await runBatch(
    database,
    [
      renameLogs(database, {}),
      restartFeed(database, {}),
      forgetAcknowledgements(database, {}),
      forgetFeedAcknowledgements(database, {}),
      forgetCursors(database, {}),
      insertStarts(database, { now: Date.now(), cause: JSON.stringify(cause) }),
      moveEndpoints(database, {}),
      auditStatement(database, { tenant: 0, author, action: 'logs.restarted', subject: 'all' }),
    ],
    longBatchTime,
  )
  return outcome.ok ? ok(outcome.value[0].length) : outcome
}
