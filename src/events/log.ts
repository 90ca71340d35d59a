/** Reading the event log of a tenant: in order, from any number on. */
import { sql, type Placeholder, type SQL } from 'drizzle-orm'
import { ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import { readBatch, type Refusal } from '../database/batch'
import type { Cause } from './append'
import { statement, tenant, value } from '../database/statement'
import { textOrNull, type Row } from '../database/row'
import { events } from '../database/schema/events'
import { tenants, tokens } from '../database/schema/tenants'

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

/**
 * A page of the log. There is one writer at a time, and numbers are given in the batch that
 * commits the change: what is read behind a number has nothing missing before it, ever. The page
 * is cut before its bytes are summed up, or SQLite would sum up the whole log.
 */
export const selectEvents = (tenant: SQL | Placeholder) =>
  statement(
    () => sql`
    select sized.*,
      (select ${tenants.slug} from ${tenants} where ${tenants.id} = sized.tenant_id) as tenant,
      (select ${tokens.label} from ${tokens} where ${tokens.tenantId} = sized.tenant_id
        and ${tokens.id} = sized.cause ->> '$.tokenId') as token_label
    from (select entry.*,
        coalesce(sum(length(entry.resource) + length(entry.changes)) over (
          order by entry.seq rows between unbounded preceding and 1 preceding), 0) as bytes_before
      from (select event.* from ${events} as event
        where event.tenant_id = ${tenant} and event.seq > ${value('after')}
        order by event.seq limit ${value('limit')}) as entry) as sized
    where sized.bytes_before < ${pageBytes} order by sized.seq`,
  )

const selectOfTenant = selectEvents(tenant)

/** Events behind a number, in their order. */
export async function readEvents(
  database: D1Database,
  tenantId: number,
  after: number,
  limit: number,
): Promise<Result<StoredEvent[], Refusal>> {
  const outcome = await readBatch(database, [selectOfTenant(database, { tenantId, after, limit })])
  return outcome.ok ? ok((outcome.value[0] ?? []).map(storedEvent)) : outcome
}

export function storedEvent(row: Row): StoredEvent {
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
