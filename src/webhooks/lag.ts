/** Lag of deliveries: from an event to its receipt, and how long the next one has been waiting. */
import { and, eq, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList } from '../database/field'
import { events } from '../database/schema/events'
import { tenants } from '../database/schema/tenants'
import { deliveries, webhooks } from '../database/schema/webhooks'
import { query, tenant, value } from '../database/statement'
import { ok, type Result } from '../result'

const hour = 3_600_000

/** Attempts of each endpoint that are looked at, of a tenant and of all tenants. */
const maximumAttempts = 1_000
export const attemptsOfAll = 100

/** Endpoints that are looked at: those that were reached last. */
export const endpointsOfAll = 100

/** Endpoints that are shown, the latest first. */
const maximumLate = 20

export interface LagOfHour {
  /** Begin of the hour, in milliseconds since 1970. */
  readonly at: number
  /** Milliseconds of the slowest delivery. */
  readonly worst: number
}

const newest = alias(deliveries, 'newest')

const selectLag = query(
  {
    at: sql<number>`cast(received / ${hour} as integer) * ${hour}`,
    worst: sql<number>`max(max(0, received - ${events.at}))`,
  },
  (fields) => sql`
  select ${fieldList(fields)} from (
    select owner, ${deliveries.seq} as delivered, ${deliveries.at} + ${deliveries.duration} as received
    from (select ${webhooks.id} as endpoint, ${webhooks.tenantId} as owner from ${webhooks}
      where (${tenant} = 0 or ${webhooks.tenantId} = ${tenant})
      order by ${webhooks.lastSuccessAt} desc limit ${endpointsOfAll})
    cross join ${deliveries} on ${deliveries.webhookId} = endpoint
    where ${deliveries.error} is null
      and ${deliveries.at} >= ${value('since')} and ${deliveries.number} > (
        select max(${newest.number}) from ${deliveries} as ${newest}
        where ${newest.webhookId} = endpoint) - ${value('attempts')})
  cross join ${events} on ${events.tenantId} = owner and ${events.seq} = delivered
  group by 1 order by 1`,
)

/**
 * The slowest delivery of each of the latest hours in which something was delivered, of a tenant or with 0
 * of all of the database.
 */
export async function readLag(
  database: D1Database,
  tenantId: number,
  since: number,
): Promise<Result<readonly LagOfHour[], Refusal>> {
  const read = await readBatch(database, [
    selectLag(database, {
      tenantId,
      since,
      attempts: tenantId === 0 ? attemptsOfAll : maximumAttempts,
    }),
  ])
  return read.ok ? ok(read.value[0]) : read
}

const next = alias(events, 'next')

const lateFields = {
  id: webhooks.id,
  slug: tenants.slug,
  name: tenants.name,
  waitingSince: next.at,
}

export type LateEndpoint = {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly waitingSince: number
}

const selectLate = query(
  lateFields,
  (fields) => sql`
  select ${fieldList(fields)} from ${webhooks}
  cross join ${tenants} on ${eq(tenants.id, webhooks.tenantId)}
  cross join ${events} as ${next} on ${and(
    eq(next.tenantId, webhooks.tenantId),
    sql`${next.seq} = ${webhooks.place} + 1`,
  )}
  where ${webhooks.state} <> 'paused' and ${next.at} < ${value('before')}
  order by ${next.at} limit ${maximumLate}`,
)

/** Endpoints of a database whose next event has been waiting for more than a minute. */
export async function listLate(
  database: D1Database,
  now: number,
): Promise<Result<readonly LateEndpoint[], Refusal>> {
  const read = await readBatch(database, [selectLate(database, { before: now - 60_000 })])
  return read.ok ? ok(read.value[0]) : read
}
