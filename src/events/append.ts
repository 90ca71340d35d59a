/** Events as statements for the batch of the change that they tell of. */
import { sql, type SQL } from 'drizzle-orm'
import type { EventType } from '../database/schema/event-types'
import type { JsonObject } from '../scim/json'
import { columns, command, tenant, value, type BoundStatement } from '../database/statement'
import { events, type Cause } from '../database/schema/events'

export type { Cause } from '../database/schema/events'

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

/** Highest number so far, or 0. D1 has one writer, so numbers follow the order of commit. */
export const lastSeq = sql`ifnull((select ${events.seq} from ${events}
  where ${events.tenantId} = ${tenant} order by ${events.seq} desc limit 1), 0)`

/** Lowest number that is kept, or 0. */
export const firstSeq = sql`ifnull((select ${events.seq} from ${events}
  where ${events.tenantId} = ${tenant} order by ${events.seq} limit 1), 0)`

/** Bytes of a name as JSON that the event of a membership copies, at most. */
const copiedNameBytes = 128

/**
 * A name in the event of a membership: null for a long one, which the event refers to by its id. Whoever
 * reads the event finds it in the directory (`events/log.ts`).
 */
export function copiedName(name: SQL): SQL {
  return sql`iif(octet_length(json_quote(${name})) <= ${sql.raw(String(copiedNameBytes))}, ${name}, null)`
}

const insertEvents = command(
  () => sql`
  insert into ${events} (${eventColumns})
  select ${tenant}, ${lastSeq} + event.key + 1,
    event.value ->> '$.type', event.value ->> '$.resourceId', null, ${value('now')},
    event.value -> '$.resource', event.value -> '$.changes', ${value('cause')}
  from json_each(${value('events')}) as event
  where true order by event.key`,
)

/** One statement that writes these events in their order, or none for no events. */
export function recordEvents(
  database: D1Database,
  tenantId: number,
  now: number,
  cause: Cause,
  list: readonly Event[],
): BoundStatement<never>[] {
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
