/**
 * Announcements of tokens and of secrets of OAuth clients that expire soon, as events of their
 * tenants: once for each of a few days.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { day } from '../time'
import { demandDone, longBatchTime, runBatch } from '../database/batch'
import { eventColumns, type Cause } from '../events/append'
import { fieldList } from '../database/field'
import { columns, command, query, value } from '../database/statement'
import { events } from '../database/schema/events'
import { clients, clientSecrets } from '../database/schema/oauth'
import { tenants, tokens } from '../database/schema/tenants'

/** Days before the expiry; each is announced once. */
export const expiryDays = [30, 14, 7, 1] as const

/** Tokens or secrets of one batch, which has half a minute. */
const maximumNotices = 500

/** Smallest of the days that the expiry has come to. */
function daysLeft(expiresAt: SQLiteColumn): SQL {
  return sql`(select min(days.value) from json_each(${JSON.stringify(expiryDays)}) as days
  where ${expiresAt} - ${value('now')} <= days.value * ${day})`
}

type Expiring = typeof tokens | typeof clientSecrets

/** Those that are live in tenants that stay, and were not announced for the days that are left. */
function due(table: Expiring, label: SQL, joins: SQL, isMeant: SQL): SQL {
  const left = daysLeft(table.expiresAt)
  return sql`(select ${table.id} as expiring, ${table.tenantId} as owner,
    ${label} as name, ${table.expiresAt} as expiry, ${left} as days
  from ${table} join ${tenants} on ${tenants.id} = ${table.tenantId} ${joins}
  where ${table.revokedAt} is null and ${isMeant}
    and ${table.expiresAt} > ${value('now')}
    and ${table.expiresAt} <= ${value('horizon')} and ${tenants.deletingAt} is null
    and (${table.notifiedDays} is null or ${table.notifiedDays} > ${left})
  order by ${table.expiresAt}, ${table.id} limit ${maximumNotices})`
}

function notices(table: Expiring, type: 'token.expiring' | 'secret.expiring', list: SQL) {
  return {
    insert: command(
      () => sql`
  insert into ${events} (${eventColumns})
  select due.owner, (select coalesce(max(${events.seq}), 0) from ${events}
      where ${events.tenantId} = due.owner)
      + row_number() over (partition by due.owner order by due.expiry, due.expiring),
    ${type}, due.expiring, null, ${value('now')},
    json_object('id', due.expiring, 'label', due.name, 'days', due.days,
      'expires', strftime('%Y-%m-%dT%H:%M:%fZ', due.expiry / 1000.0, 'unixepoch')),
    '{}', ${value('cause')}
  from ${list} as due`,
    ),
    mark: query(
      { id: table.id },
      (fields) => sql`
  update ${table} set ${columns(table.notifiedDays)} = ${daysLeft(table.expiresAt)}
  where ${table.id} in (select due.expiring from ${list} as due)
  returning ${fieldList(fields)}`,
    ),
  }
}

/** Access tokens last an hour, and nobody is told of them. */
const ofTokens = notices(
  tokens,
  'token.expiring',
  due(tokens, sql`${tokens.label}`, sql``, sql`${tokens.clientId} is null`),
)

const ofSecrets = notices(
  clientSecrets,
  'secret.expiring',
  due(
    clientSecrets,
    sql`${clients.label}`,
    sql`join ${clients} on ${clients.id} = ${clientSecrets.owner}`,
    sql`${clients.revokedAt} is null`,
  ),
)

/** Announces what expires soon, in batches until nothing is left; called by the clock. */
export async function announceExpiring(database: D1Database, now: number): Promise<void> {
  const cause: Cause = { requestId: `clock-${new Date(now).toISOString()}`, tokenId: '' }
  const horizon = now + Math.max(...expiryDays) * day
  for (const { insert, mark } of [ofTokens, ofSecrets]) {
    for (let count = maximumNotices; count === maximumNotices;) {
      const outcome = await runBatch(
        database,
        [
          insert(database, { now, horizon, cause: JSON.stringify(cause) }),
          mark(database, { now, horizon }),
        ],
        longBatchTime,
      )
      const [, marked] = demandDone(outcome)
      count = marked.length
    }
  }
}
