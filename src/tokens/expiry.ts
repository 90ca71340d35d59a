/**
 * Announcements of tokens that expire soon, as events of their tenants: once for each of a few
 * days.
 */
import { sql } from 'drizzle-orm'
import { day } from '../time'
import { demandDone, longBatchTime, runBatch } from '../database/batch'
import { eventColumns, type Cause } from '../events/append'
import { fieldList } from '../database/field'
import { columns, command, query, value } from '../database/statement'
import { events } from '../database/schema/events'
import { tenants, tokens } from '../database/schema/tenants'

/** Days before the expiry; each is announced once. */
export const expiryDays = [30, 14, 7, 1] as const

/** Tokens of one batch, which has half a minute. */
const maximumTokens = 500

/** Smallest of the days that the token has come to. */
const daysLeft = sql`(select min(days.value) from json_each(${JSON.stringify(expiryDays)}) as days
  where ${tokens.expiresAt} - ${value('now')} <= days.value * ${day})`

const dueTokens = sql`(select ${tokens.id} as token, ${tokens.tenantId} as owner,
    ${tokens.label} as name, ${tokens.expiresAt} as expiry, ${daysLeft} as days
  from ${tokens} join ${tenants} on ${tenants.id} = ${tokens.tenantId}
  where ${tokens.revokedAt} is null and ${tokens.clientId} is null
    and ${tokens.expiresAt} > ${value('now')}
    and ${tokens.expiresAt} <= ${value('horizon')} and ${tenants.deletingAt} is null
    and (${tokens.notifiedDays} is null or ${tokens.notifiedDays} > ${daysLeft})
  order by ${tokens.expiresAt}, ${tokens.id} limit ${maximumTokens})`

const insertEvents = command(
  () => sql`
  insert into ${events} (${eventColumns})
  select due.owner, (select coalesce(max(${events.seq}), 0) from ${events}
      where ${events.tenantId} = due.owner)
      + row_number() over (partition by due.owner order by due.expiry, due.token),
    'token.expiring', due.token, null, ${value('now')},
    json_object('id', due.token, 'label', due.name, 'days', due.days,
      'expires', strftime('%Y-%m-%dT%H:%M:%fZ', due.expiry / 1000.0, 'unixepoch')),
    '{}', ${value('cause')}
  from ${dueTokens} as due`,
)

const markTokens = query(
  { id: tokens.id },
  (fields) => sql`
  update ${tokens} set ${columns(tokens.notifiedDays)} = ${daysLeft}
  where ${tokens.id} in (select due.token from ${dueTokens} as due)
  returning ${fieldList(fields)}`,
)

/** Announces tokens that expire soon, in batches until none is left; called by the clock. */
export async function announceExpiringTokens(database: D1Database, now: number): Promise<void> {
  const cause: Cause = { requestId: `clock-${new Date(now).toISOString()}`, tokenId: '' }
  const horizon = now + Math.max(...expiryDays) * day
  for (;;) {
    const outcome = await runBatch(
      database,
      [
        insertEvents(database, { now, horizon, cause: JSON.stringify(cause) }),
        markTokens(database, { now, horizon }),
      ],
      longBatchTime,
    )
    const [, marked] = demandDone(outcome)
    if (marked.length < maximumTokens) return
  }
}
