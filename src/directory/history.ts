/** The history of a user or a team, told by the events of the tenant. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import type { PassedOver } from '../scim/tolerance/reading'
import { readBatch, type Refusal } from '../database/batch'
import { credentialLabel } from '../database/credential-label'
import { fieldList, json } from '../database/field'
import { query, tenant, value } from '../database/statement'
import { events } from '../database/schema/events'
import type { Tenant } from '../tenants/tenant'

/** One event of a user's or a team's history. */
export interface PastEvent {
  readonly seq: number
  readonly type: string
  readonly at: number
  readonly resourceId: string
  readonly memberId: string | null
  readonly resource: JsonObject
  readonly changes: JsonObject
  readonly requestId: string
  /** Decision of an operator that caused it; null for the provider's own changes. */
  readonly decision: string | null
  /** Parts of the request that were passed over. */
  readonly passedOver: readonly PassedOver[]
  /** Label of the token that was used; null when the token is unknown. */
  readonly tokenLabel: string | null
}

/**
 * Events of a tenant that one page of a history looks through; the next page goes on from there.
 */
const historyReach = 50_000

/** A part of the history of a resource, the latest event first. */
export interface HistoryPage {
  readonly events: readonly PastEvent[]
  /** The number before which older events are to be looked for; undefined when there are none. */
  readonly older: number | undefined
}

const latest = alias(events, 'latest')

const historyFloor = sql<number>`(
  select min(${value('before')}, coalesce(max(${latest.seq}), 0) + 1) - ${value('reach')}
  from ${events} as ${latest} where ${latest.tenantId} = ${tenant})`

const selectHistory = query(
  {
    seq: events.seq,
    type: events.type,
    at: events.at,
    resourceId: events.resourceId,
    memberId: events.memberId,
    resource: json<JsonObject>(sql`${events.resource}`),
    changes: json<JsonObject>(sql`${events.changes}`),
    decision: sql<string | null>`${events.cause} ->> '$.decision'`,
    requestId: sql<string>`coalesce(${events.cause} ->> '$.requestId', '')`,
    passedOver: json<readonly PassedOver[]>(sql`coalesce(${events.cause} -> '$.passedOver', '[]')`),
    tokenLabel: credentialLabel(tenant, sql`${events.cause} ->> '$.tokenId'`),
  },
  (fields) => sql`
  select ${fieldList(fields)}
  from ${events} where ${events.tenantId} = ${tenant}
    and ${events.seq} < ${value('before')} and ${events.seq} >= ${historyFloor}
    and (${events.resourceId} = ${value('id')} or ${events.memberId} = ${value('id')})
  order by ${events.seq} desc limit ${value('limit')}`,
)

const selectHistoryEnds = query(
  {
    floor: historyFloor,
    first: sql<number | null>`(select min(${events.seq}) from ${events}
      where ${events.tenantId} = ${tenant})`,
  },
  (fields) => sql`select ${fieldList(fields)}`,
)

/**
 * The history of a user or a team before the event with a number. No index leads to the events of a
 * resource (`docs/decisions/0007-history-without-an-index.md`).
 */
export async function readHistory(
  database: D1Database,
  tenant: Tenant,
  id: string,
  { limit, before }: { readonly limit: number; readonly before: number },
): Promise<Result<HistoryPage, Refusal>> {
  const values = { tenantId: tenant.id, id, limit, before, reach: historyReach }
  const outcome = await readBatch(database, [
    selectHistory(database, values),
    selectHistoryEnds(database, values),
  ])
  if (!outcome.ok) return outcome
  const [past, [ends]] = outcome.value
  const last = past.at(-1)
  // A resource has no events before its creation.
  const isWhole = last?.resourceId === id && last.type.endsWith('.created')
  const end = past.length === limit ? last?.seq : ends?.floor
  const isMore = end !== undefined && end > (ends?.first ?? Infinity)
  return ok({ events: past, older: isMore && !isWhole ? end : undefined })
}
