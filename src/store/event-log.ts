/** Reading the event log of a tenant: in order, from any number on. */
import { sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import { readBatch, type Refusal } from './database'
import type { Cause } from './events'
import { statement, value } from './statement'
import { textOrNull, type Row } from './stored'
import { events, tenants, tokens } from './tables'

/** An event as it is kept, with what its numbers stand for. */
export interface StoredEvent {
  readonly tenantId: number
  /** Slug of the tenant. */
  readonly tenant: string
  readonly seq: number
  readonly type: string
  readonly at: number
  readonly resource: JsonObject
  readonly changes: JsonObject
  readonly cause: Cause
  /** The person of a membership event. */
  readonly memberId: string | null
  /** Label of the token that was used; null when there is none. */
  readonly tokenLabel: string | null
}

/** Bytes of one page, more or less: a page ends behind the event that reaches this. */
export const pageBytes = 4 * 1024 * 1024

const tenant = value('tenantId')

/**
 * A page of the log. There is one writer at a time, and numbers are given in the batch that
 * commits the change: what is read behind a number has nothing missing before it, ever.
 */
const selectEvents = statement(sql`
  select page.*, (select ${tenants.slug} from ${tenants} where ${tenants.id} = ${tenant}) as tenant,
    (select ${tokens.label} from ${tokens} where ${tokens.tenantId} = ${tenant}
      and ${tokens.id} = page.cause ->> '$.tokenId') as token_label
  from (select event.*, sum(length(event.resource) + length(event.changes)) over (
        order by event.seq rows between unbounded preceding and 1 preceding) as bytes_before
      from ${events} as event where event.tenant_id = ${tenant} and event.seq > ${value('after')}
      order by event.seq limit ${value('limit')}) as page
  where coalesce(page.bytes_before, 0) < ${pageBytes} order by page.seq`)

/** Events behind a number, in their order. */
export async function readEvents(
  database: D1Database,
  tenantId: number,
  after: number,
  limit: number,
): Promise<Result<StoredEvent[], Refusal>> {
  const outcome = await readBatch(database, [selectEvents(database, { tenantId, after, limit })])
  return outcome.ok ? ok((outcome.value[0] ?? []).map(storedEvent)) : outcome
}

function storedEvent(row: Row): StoredEvent {
  return {
    tenantId: Number(row['tenant_id']),
    tenant: String(row['tenant']),
    seq: Number(row['seq']),
    type: String(row['type']),
    at: Number(row['at']),
    resource: JSON.parse(String(row['resource'])) as JsonObject,
    changes: JSON.parse(String(row['changes'])) as JsonObject,
    cause: JSON.parse(String(row['cause'])) as Cause,
    memberId: textOrNull(row['member_id']),
    tokenLabel: textOrNull(row['token_label']),
  }
}
