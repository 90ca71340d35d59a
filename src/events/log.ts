/** The event log of a tenant, read in its order from any number on. */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import { readBatch, type Refusal } from '../database/batch'
import { eventColumns, type Cause } from './append'
import { credentialLabel } from '../database/credential-label'
import { fieldList } from '../database/field'
import { query, tenant, value, type Statement } from '../database/statement'
import { events } from '../database/schema/events'
import { releasedIds } from '../database/schema/guard'
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
  /** Label of the token that was used; null when there is none. */
  readonly tokenLabel: string | null
}

/** Bytes of one page, approximately: a page ends after the event that reaches this. */
export const pageBytes = 4 * 1024 * 1024

/** Events of the page before it is cut by its bytes, and the same with the bytes before each. */
const event = alias(events, 'event')
const measuredEvent = alias(events, 'measured_event')

/**
 * A page of the log after the number `after`, of at most `limit` events. There is one writer at a
 * time, and numbers are given in the batch that commits the change, so no event appears later below
 * a number that was read. The rows are limited before their bytes are summed up, or SQLite would
 * sum up the whole log.
 */
export function selectEvents(tenantId: SQL): Statement<StoredEvent> {
  return query(
    {
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
      tokenLabel: credentialLabel(
        measuredEvent.tenantId,
        sql`${measuredEvent.cause} ->> '$.tokenId'`,
      ),
    },
    (fields) => sql`
    select ${fieldList(fields)}
    from (select ${event}.*,
        coalesce(sum(length(${event.resource}) + length(${event.changes})) over (
          order by ${event.seq} rows between unbounded preceding and 1 preceding), 0) as bytes_before
      from (select ${eventColumns} from ${events}
        where ${events.tenantId} = ${tenantId} and ${events.seq} > ${value('after')}
        order by ${events.seq} limit ${value('limit')}) as ${event}) as ${measuredEvent}
    where bytes_before < ${pageBytes} order by ${measuredEvent.seq}`,
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
