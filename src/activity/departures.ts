/**
 * People and teams that were deleted, findable by their names: gathered from the events by a job, and by
 * whoever asks, so that no deletion waits for it.
 */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { demandDone, longBatchTime, runBatch } from '../database/batch'
import { events } from '../database/schema/events'
import { departureMarks, departures, type problems } from '../database/schema/support'
import { tenants } from '../database/schema/tenants'
import { columns, command, value, type BoundStatement } from '../database/statement'

/** Tenants of one run, and events of each that it looks at. */
const maximumTenants = 50
const maximumEvents = 1_000

/** Stands before what is a team's: no name of a person can have this character, and no search begins with it. */
const ofTeam = sql`char(1)`

const newest = alias(events, 'newest')

/** Number of the last event of a tenant that was looked at. */
const lookedAt = sql`coalesce((select ${departureMarks.seq} from ${departureMarks}
  where ${departureMarks.tenantId} = ${tenants.id}), 0)`

const lastOfTenant = sql`(select coalesce(max(${newest.seq}), 0) from ${events} as ${newest}
  where ${newest.tenantId} = ${tenants.id})`

/** Tenants with events that nobody has looked at, and the span that this run looks at. */
const due = sql`(select ${tenants.id} as tenant_key, ${lookedAt} as after_seq,
    min(${lastOfTenant}, ${lookedAt} + ${value('maximumEvents')}) as to_seq
  from ${tenants} where (${value('only')} = 0 or ${tenants.id} = ${value('only')})
    and ${lastOfTenant} > ${lookedAt} limit ${value('maximumTenants')})`

const isPerson = sql`${events.type} = 'user.deleted'`

const userName = sql`coalesce(${events.resource} ->> '$.userName',
  ${events.resource} ->> '$.displayName', '')`
const externalId = sql`(${events.resource} ->> '$.externalId')`

/** Folded as SQLite does, which is ASCII alone. */
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
  select ${events.tenantId}, ${events.seq}, ${events.resourceId}, ${events.at}, ${userName},
    iif(${isPerson}, lower(${userName}), ${ofTeam} || trim(lower(${userName}))),
    iif(${isPerson}, ${externalId}, ${ofTeam} || ${externalId}),
    iif(${isPerson}, lower(${events.resource} ->> '$.emails[0].value'), null),
    iif(${isPerson}, lower(coalesce(${events.resource} ->> '$.displayName',
      (${events.resource} ->> '$.name.givenName') || ' '
        || (${events.resource} ->> '$.name.familyName'))), null)
  from ${due} as due cross join ${events} on ${events.tenantId} = due.tenant_key
    and ${events.seq} > due.after_seq and ${events.seq} <= due.to_seq
  where ${events.type} in ('user.deleted', 'team.deleted')
  on conflict do nothing`,
)

const moveMarks = command(
  () => sql`
  insert into ${departureMarks} (${columns(departureMarks.tenantId, departureMarks.seq)})
  select due.tenant_key, due.to_seq from ${due} as due where true
  on conflict (${columns(departureMarks.tenantId)}) do update
    set ${columns(departureMarks.seq)} = excluded.${columns(departureMarks.seq)}`,
)

/**
 * Statements that look at events that are new, 1,000 of a tenant: of the one with the id, or, for 0, of at
 * most 50 tenants.
 */
export function gathering(
  database: D1Database,
  tenantId: number,
): readonly [BoundStatement<never>, BoundStatement<never>] {
  const values = { only: tenantId, maximumTenants, maximumEvents }
  return [insertDepartures(database, values), moveMarks(database, values)]
}

/** Looks at events that are new, of all tenants. */
export async function gatherDepartures(database: D1Database): Promise<void> {
  demandDone(await runBatch(database, gathering(database, 0), longBatchTime))
}

/** True for the person or team of a problem that was deleted after its last refusal. */
export function hasDeparted(problem: typeof problems, of: 'user' | 'team'): SQL {
  const key = (column: SQL | object) =>
    of === 'user' ? sql`${column}` : sql`${ofTeam} || ${column}`
  return sql`exists (select 1 from ${departures} where ${departures.tenantId} = ${problem.tenantId}
    and ${departures.at} > ${problem.lastAt} and (${departures.nameKey} = ${key(problem.nameKey)}
      or ${departures.externalId} = ${key(problem.externalId)}))`
}
