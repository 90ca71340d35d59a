/** The event log of a tenant, read in its order from any number on. */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { applicationPageBytes } from '../limits'
import { ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import { readBatch, type Refusal } from '../database/batch'
import { eventColumns, type Cause } from './append'
import { credentialLabel } from '../database/credential-label'
import { fieldList } from '../database/field'
import { query, tenant, value, type Statement } from '../database/statement'
import { teams, users } from '../database/schema/directory'
import { events } from '../database/schema/events'
import { overlays, releasedIds } from '../database/schema/guard'
import { tenants } from '../database/schema/tenants'
import type { EventType } from '../database/schema/event-types'

/** An event as it is stored, with the names that its numbers stand for. */
export interface StoredEvent {
  readonly tenantId: number
  /** Slug of the tenant. */
  readonly tenant: string
  /** Name of the log; empty for the first one of a tenant of releases up to 0.2.0. */
  readonly log: string
  readonly seq: number
  readonly type: EventType
  /** Milliseconds since 1970. */
  readonly at: number
  readonly resource: JsonObject
  readonly changes: JsonObject
  readonly cause: Cause
  /** The person of a membership event. */
  readonly memberId: string | null
  /** Id by which readers know the person of the event, where it is not that of the directory. */
  readonly releasedId: string | null
  /** Present names of the two of a membership, where the event does not copy them; else null. */
  readonly teamName: string | null
  readonly memberName: string | null
  /** Label of the token that was used; null when there is none. */
  readonly tokenLabel: string | null
}

/** Events of the page before it is cut by its bytes, and the same with the bytes before each. */
export const event = alias(events, 'event')
export const measuredEvent = alias(events, 'measured_event')

const teamOfEvent = alias(teams, 'team_of_event')
const personOfEvent = alias(users, 'person_of_event')
const seenTeam = alias(overlays, 'seen_team')
const seenPerson = alias(overlays, 'seen_person')

const isOfMembership = sql`${measuredEvent.memberId} is not null`

/** The name as the application knows it: what waits for the operator is not told. */
const teamName = sql<string | null>`iif(${isOfMembership}
  and ${measuredEvent.resource} ->> '$.displayName' is null, coalesce(
    (select ${seenTeam.released} ->> '$.displayName' from ${overlays} as ${seenTeam}
      where ${seenTeam.tenantId} = ${measuredEvent.tenantId}
        and ${seenTeam.teamId} = ${measuredEvent.resourceId} and ${seenTeam.userId} = ''),
    (select ${teamOfEvent.attributes} ->> '$.displayName' from ${teams} as ${teamOfEvent}
      where ${teamOfEvent.tenantId} = ${measuredEvent.tenantId}
        and ${teamOfEvent.id} = ${measuredEvent.resourceId})), null)`

const memberName = sql<string | null>`iif(${isOfMembership}
  and coalesce(${measuredEvent.changes} ->> '$.members.after.userName',
    ${measuredEvent.changes} ->> '$.members.before.userName') is null, coalesce(
    (select ${seenPerson.released} ->> '$.userName' from ${overlays} as ${seenPerson}
      where ${seenPerson.tenantId} = ${measuredEvent.tenantId}
        and ${seenPerson.userId} = ${measuredEvent.memberId} and ${seenPerson.teamId} = ''),
    (select ${personOfEvent.attributes} ->> '$.userName' from ${users} as ${personOfEvent}
      where ${personOfEvent.tenantId} = ${measuredEvent.tenantId}
        and ${personOfEvent.id} = ${measuredEvent.memberId})), null)`

/** Fields of a `StoredEvent`, of a row of `measuredEvent`. */
export const storedEvent = {
  tenantId: measuredEvent.tenantId,
  tenant: sql<string>`(select ${tenants.slug} from ${tenants}
    where ${tenants.id} = ${measuredEvent.tenantId})`,
  log: sql<string>`(select ${tenants.logId} from ${tenants}
    where ${tenants.id} = ${measuredEvent.tenantId})`,
  seq: measuredEvent.seq,
  type: measuredEvent.type,
  at: measuredEvent.at,
  resource: measuredEvent.resource,
  changes: measuredEvent.changes,
  cause: measuredEvent.cause,
  memberId: measuredEvent.memberId,
  releasedId: sql<string | null>`(select ${releasedIds.releasedId} from ${releasedIds}
    where ${releasedIds.tenantId} = ${measuredEvent.tenantId} and ${releasedIds.userId} =
      coalesce(${measuredEvent.memberId}, ${measuredEvent.resourceId}))`,
  teamName,
  memberName,
  tokenLabel: credentialLabel(measuredEvent.tenantId, sql`${measuredEvent.cause} ->> '$.tokenId'`),
}

/** Bytes of the events before one in an order. */
export function bytesBefore({ resource, changes, cause }: typeof event, order: SQL): SQL {
  return sql`coalesce(sum(octet_length(${resource}) + octet_length(${changes})
    + octet_length(${cause})) over (
    order by ${order} rows between unbounded preceding and 1 preceding), 0)`
}

/**
 * A page of the log after the number `after`, of at most `limit` events. There is one writer at a
 * time, and numbers are given in the batch that commits the change, so no event appears later below
 * a number that was read. The rows are limited before their bytes are summed up, or SQLite would
 * sum up the whole log.
 */
export function selectEvents(tenantId: SQL): Statement<StoredEvent> {
  return query(
    storedEvent,
    (fields) => sql`
    select ${fieldList(fields)}
    from (select ${event}.*, ${bytesBefore(event, sql`${event.seq}`)} as bytes_before
      from (select ${eventColumns} from ${events}
        where ${events.tenantId} = ${tenantId} and ${events.seq} > ${value('after')}
        order by ${events.seq} limit ${value('limit')}) as ${event}) as ${measuredEvent}
    where bytes_before < ${applicationPageBytes} order by ${measuredEvent.seq}`,
  )
}

const selectOfTenant = selectEvents(tenant)

/** Events after a number, in their order. */
export async function readEvents(
  database: D1Database,
  tenantId: number,
  after: number,
  limit: number,
): Promise<Result<readonly StoredEvent[], Refusal>> {
  const outcome = await readBatch(database, [selectOfTenant(database, { tenantId, after, limit })])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}
