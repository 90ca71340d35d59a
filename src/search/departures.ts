/** People who were deleted, findable by their names: gathered from the events, so that no deletion waits for it. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { demandDone, longBatchTime, runBatch } from '../database/batch'
import { events } from '../database/schema/events'
import { departureMarks, departures } from '../database/schema/support'
import { tenants } from '../database/schema/tenants'
import { columns, command, value } from '../database/statement'

/** Tenants of one run, and events of each that it looks at. */
const maximumTenants = 50
const maximumEvents = 1_000

const newest = alias(events, 'newest')

/** Number of the last event of a tenant that was looked at. */
export const lookedAt = sql`coalesce((select ${departureMarks.seq} from ${departureMarks}
  where ${departureMarks.tenantId} = ${tenants.id}), 0)`

const lastOfTenant = sql`(select coalesce(max(${newest.seq}), 0) from ${events} as ${newest}
  where ${newest.tenantId} = ${tenants.id})`

/** Tenants with events that nobody has looked at, and the span that this run looks at. */
const due = sql`(select ${tenants.id} as tenant_key, ${lookedAt} as after_seq,
    min(${lastOfTenant}, ${lookedAt} + ${value('maximumEvents')}) as to_seq
  from ${tenants} where ${lastOfTenant} > ${lookedAt} limit ${value('maximumTenants')})`

/** The names of a deleted person; folded as SQLite does, which is ASCII alone. */
export const departed = {
  userName: sql<string>`coalesce(${events.resource} ->> '$.userName', '')`,
  externalId: sql<string | null>`${events.resource} ->> '$.externalId'`,
  emailKey: sql<string | null>`lower(${events.resource} ->> '$.emails[0].value')`,
  displayKey: sql<string | null>`lower(coalesce(${events.resource} ->> '$.displayName',
    (${events.resource} ->> '$.name.givenName') || ' ' || (${events.resource} ->> '$.name.familyName')))`,
}

const insertDepartures = command(
  () => sql`
  insert into ${departures} (${columns(
    departures.tenantId,
    departures.seq,
    departures.userId,
    departures.at,
    departures.userName,
    departures.nameKey,
    departures.externalId,
    departures.emailKey,
    departures.displayKey,
  )})
  select ${events.tenantId}, ${events.seq}, ${events.resourceId}, ${events.at}, ${departed.userName},
    lower(${departed.userName}), ${departed.externalId}, ${departed.emailKey}, ${departed.displayKey}
  from ${due} as due cross join ${events} on ${events.tenantId} = due.tenant_key
    and ${events.seq} > due.after_seq and ${events.seq} <= due.to_seq
  where ${events.type} = 'user.deleted'
  on conflict do nothing`,
)

const moveMarks = command(
  () => sql`
  insert into ${departureMarks} (${columns(departureMarks.tenantId, departureMarks.seq)})
  select due.tenant_key, due.to_seq from ${due} as due where true
  on conflict (${columns(departureMarks.tenantId)}) do update
    set ${columns(departureMarks.seq)} = excluded.${columns(departureMarks.seq)}`,
)

/** Looks at events that are new: of at most 50 tenants, at most 1,000 of each. */
export async function gatherDepartures(database: D1Database): Promise<void> {
  const values = { maximumTenants, maximumEvents }
  demandDone(
    await runBatch(
      database,
      [insertDepartures(database, values), moveMarks(database, values)],
      longBatchTime,
    ),
  )
}
