/** Event rows as statements for the batch of the change that they tell of. */
import { sql } from 'drizzle-orm'
import type { EventType } from './types'
import type { JsonObject } from '../scim/json'
import { columns, statement, tenant, value, type BoundStatement } from '../database/statement'
import { events, type Cause } from '../database/schema/events'

export type { Cause }

export interface Event {
  readonly type: EventType
  readonly resourceId: string
  readonly resource: JsonObject
  readonly changes: JsonObject
}

export const eventColumns = columns(
  events.tenantId,
  events.seq,
  events.type,
  events.resourceId,
  events.memberId,
  events.at,
  events.resource,
  events.changes,
  events.cause,
)

/** The highest number so far: D1 has one writer, so numbers follow the order of commit. */
export const lastSeq = sql`ifnull((select ${events.seq} from ${events}
  where ${events.tenantId} = ${tenant} order by ${events.seq} desc limit 1), 0)`

const insertEvents = statement(
  () => sql`
  insert into ${events} (${eventColumns})
  select ${tenant}, ${lastSeq} + event.key + 1,
    event.value ->> '$.type', event.value ->> '$.resourceId', null, ${value('now')},
    event.value -> '$.resource', event.value -> '$.changes', ${value('cause')}
  from json_each(${value('events')}) as event
  where true order by event.key`,
)

/** Zero or one statement that writes these events in this order. */
export function recordEvents(
  database: D1Database,
  tenantId: number,
  now: number,
  cause: Cause,
  list: readonly Event[],
): BoundStatement[] {
  if (list.length === 0) return []
  return [
    insertEvents(database, {
      tenantId,
      now,
      cause: JSON.stringify(cause),
      events: JSON.stringify(list),
    }),
  ]
}
