/** Tokens that expire soon, told in the event log of their tenants: once for each of a few days. */
import { sql } from 'drizzle-orm'
import { day } from '../time'
import { longBatchTime, runBatch } from '../database/batch'
import { eventColumns, type Cause } from '../events/append'
import { statement, value } from '../database/statement'
import { events } from '../database/schema/events'
import { tenants, tokens } from '../database/schema/tenants'

/** Days before the expiry, each of which is told once. */
export const expiryDays = [30, 14, 7, 1] as const

/** As many tokens at once: a batch has half a minute. */
const most = 500

/** The least of the days that the token has come to. */
const daysLeft = sql`(select min(days.value) from json_each(${JSON.stringify(expiryDays)}) as days
  where ${tokens.expiresAt} - ${value('now')} <= days.value * ${day})`

const dueTokens = sql`(select ${tokens.id} as id, ${tokens.tenantId} as tenant_id,
    ${tokens.label} as label, ${tokens.expiresAt} as expires_at, ${daysLeft} as days
  from ${tokens} join ${tenants} on ${tenants.id} = ${tokens.tenantId}
  where ${tokens.revokedAt} is null and ${tokens.expiresAt} > ${value('now')}
    and ${tokens.expiresAt} <= ${value('horizon')} and ${tenants.deletingAt} is null
    and (${tokens.notifiedDays} is null or ${tokens.notifiedDays} > ${daysLeft})
  order by ${tokens.expiresAt}, ${tokens.id} limit ${most})`

const insertEvents = statement(
  () => sql`
  insert into ${events} (${eventColumns})
  select due.tenant_id, (select coalesce(max(${events.seq}), 0) from ${events}
      where ${events.tenantId} = due.tenant_id)
      + row_number() over (partition by due.tenant_id order by due.expires_at, due.id),
    'token.expiring', due.id, null, ${value('now')},
    json_object('id', due.id, 'label', due.label, 'days', due.days,
      'expires', strftime('%Y-%m-%dT%H:%M:%fZ', due.expires_at / 1000.0, 'unixepoch')),
    '{}', ${value('cause')}
  from ${dueTokens} as due`,
)

const markTokens = statement(
  () => sql`
  update ${tokens} set notified_days = ${daysLeft}
  where ${tokens.id} in (select due.id from ${dueTokens} as due) returning 1`,
)

/** Tells of tokens that expire soon; called by the clock of the platform. */
export async function announceExpiringTokens(database: D1Database, now: number): Promise<void> {
  const cause: Cause = { requestId: `clock-${new Date(now).toISOString()}`, tokenId: '' }
  const horizon = now + Math.max(...expiryDays) * day
  for (;;) {
    const statements = [
      insertEvents(database, { now, horizon, cause: JSON.stringify(cause) }),
      markTokens(database, { now, horizon }),
    ]
    const told = await runBatch(database, statements, longBatchTime)
    if (!told.ok || (told.value[1]?.length ?? 0) < most) return
  }
}
