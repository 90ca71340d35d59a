/** Progress of the delivery to an endpoint, and the log of its attempts. */
import { and, desc, eq, lt, sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { err, ok, type Result } from '../result'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { deleteFrom, select, update } from '../database/builder'
import { fieldList, flag, type RowOf } from '../database/field'
import { feeds } from '../database/schema/feed'
import { lastSeq } from '../events/append'
import { columns, command, query, tenant, value, type BoundStatement } from '../database/statement'
import type { Webhook } from './store'
import { deliveries, webhooks, type deliveryErrors } from '../database/schema/webhooks'
import { events } from '../database/schema/events'
import { tenants } from '../database/schema/tenants'

/** Attempts that are kept of one endpoint; the nightly run deletes those that are old. */
export const maximumDeliveries = 5_000

export const recordFields = {
  number: deliveries.number,
  at: deliveries.at,
  seq: deliveries.seq,
  eventId: deliveries.eventId,
  type: deliveries.type,
  status: deliveries.status,
  duration: deliveries.duration,
  error: deliveries.error,
  excerpt: deliveries.excerpt,
}

export type DeliveryRecord = RowOf<typeof recordFields>

export type DeliveryError = (typeof deliveryErrors)[number]

/** One attempt to deliver. */
export type Attempt = Omit<DeliveryRecord, 'number'>

/** State of the delivery to an endpoint after some attempts. */
export type Progress = Pick<
  Webhook,
  'place' | 'lastSuccessAt' | 'failures' | 'failingSince' | 'nextAttemptAt' | 'lastError' | 'state'
>

const isWebhook = and(eq(webhooks.tenantId, tenant), eq(webhooks.id, value('id')))
const newest = alias(deliveries, 'newest')
const isActive = eq(webhooks.state, 'active')
const isOfWebhook = eq(deliveries.webhookId, value('id'))

/**
 * Compared with what was read: another instance of the object, or the operator, may have moved the
 * place in the meantime, and what they did holds.
 */
const updateProgress = query({ lastSeq: sql<number>`${lastSeq}` }, (fields) =>
  update(webhooks)
    .set({
      place: value('place'),
      lastSuccessAt: value('lastSuccessAt'),
      failures: value('failures'),
      failingSince: value('failingSince'),
      nextAttemptAt: value('nextAttemptAt'),
      lastError: value('lastError'),
      state: value('state'),
      stateAt: sql`case when ${webhooks.state} = ${value('state')} then ${webhooks.stateAt}
        else ${value('now')} end`,
    })
    .where(
      and(
        isWebhook,
        isActive,
        eq(webhooks.revision, value('revision')),
        eq(webhooks.place, value('from')),
      ),
    )
    .returning(fields),
)

/** The set of active endpoints that credentials name has changed. */
const outdateCredentials = command(() =>
  update(tenants)
    .set({ revision: sql`${tenants.revision} + 1` })
    .where(
      and(
        eq(tenants.id, tenant),
        sql`exists (select 1 from ${webhooks} where ${isWebhook} and ${webhooks.state} = 'failed'
          and ${webhooks.stateAt} = ${value('now')})`,
      ),
    ),
)

/**
 * Notes attempts behind those of the endpoint, where its row is there. They are noted even when they moved
 * nothing: they were made.
 */
export function insertingAttempts(tenantOfAttempt: SQL, isThere: SQL) {
  return command(
    () => sql`
  insert into ${deliveries} (${columns(
    deliveries.webhookId,
    deliveries.number,
    deliveries.tenantId,
    deliveries.at,
    deliveries.seq,
    deliveries.eventId,
    deliveries.type,
    deliveries.status,
    deliveries.duration,
    deliveries.error,
    deliveries.excerpt,
  )})
  select ${value('id')}, (select coalesce(max(${deliveries.number}), 0) from ${deliveries}
      where ${isOfWebhook}) + attempt.key + 1, ${tenantOfAttempt},
    attempt.value ->> '$.at', attempt.value ->> '$.seq', attempt.value ->> '$.eventId',
    attempt.value ->> '$.type', attempt.value ->> '$.status', attempt.value ->> '$.duration',
    attempt.value ->> '$.error', attempt.value ->> '$.excerpt'
  from json_each(${value('attempts')}) as attempt
  where ${isThere} order by attempt.key`,
  )
}

const insertAttempts = insertingAttempts(
  sql`${tenant}`,
  sql`exists (select 1 from ${webhooks} where ${isWebhook})`,
)

/** One row for each event that was sent; a test event has no number. */
const selectOutcomes = query(
  { seq: sql<number>`${deliveries.seq}`, isTaken: flag(sql`max(${deliveries.error} is null)`) },
  (fields) => sql`
  select ${fieldList(fields)} from ${deliveries} where ${deliveries.tenantId} = ${tenant}
    and ${isOfWebhook} and ${deliveries.seq} > ${value('after')} and ${deliveries.seq} < ${value('before')}
  group by ${deliveries.seq}`,
)

const selectFirst = query({ number: deliveries.number, at: deliveries.at }, (fields) =>
  select(fields).from(deliveries).where(isOfWebhook).orderBy(deliveries.number).limit(1),
)

const lastNumber = sql`(select max(${newest.number}) from ${deliveries} as ${newest}
  where ${newest.webhookId} = ${value('id')})`

export const deleteOldAttempts = command(() =>
  deleteFrom(deliveries).where(
    and(isOfWebhook, sql`${deliveries.number} <= ${lastNumber} - ${maximumDeliveries}`),
  ),
)

const selectDeliveries = query(recordFields, (fields) =>
  select(fields)
    .from(deliveries)
    .where(
      and(eq(deliveries.tenantId, tenant), isOfWebhook, lt(deliveries.number, value('before'))),
    )
    .orderBy(desc(deliveries.number))
    .limit(sql.placeholder('limit')),
)

const selectActive = query(
  { id: sql<string>`active.id` },
  (fields) => sql`
  select ${fieldList(fields)} from (
    select ${webhooks.id} as id from ${webhooks} where ${webhooks.tenantId} = ${tenant} and ${isActive}
    union all
    select wake.value from ${feeds} cross join json_each(${feeds.wakes}) as wake) as active`,
)

/** Endpoints behind the log of their tenants that wait for no time. */
const selectOverdue = query({ tenantId: webhooks.tenantId, id: webhooks.id }, (fields) =>
  select(fields)
    .from(webhooks)
    .where(
      and(
        isActive,
        sql`coalesce(${webhooks.nextAttemptAt}, 0) <= ${value('now')}`,
        sql`${webhooks.place} < (select coalesce(max(${events.seq}), 0) from ${events}
          where ${events.tenantId} = ${webhooks.tenantId})`,
      ),
    )
    .orderBy(sql`random()`)
    .limit(sql.placeholder('limit')),
)

/**
 * Records attempts and the progress that they made; answers the number of the tenant's last event.
 * Refused with `version` when the endpoint is no longer where it was.
 */
export async function recordProgress(
  database: D1Database,
  webhook: Pick<Webhook, 'tenantId' | 'id' | 'revision' | 'place'>,
  progress: Progress,
  attempts: readonly Attempt[],
  now: number,
): Promise<Result<number, Refusal>> {
  const { tenantId, id, revision, place: from } = webhook
  const outcome = await runBatch(database, [
    updateProgress(database, { tenantId, id, revision, from, now, ...progress }),
    ...(progress.state === 'failed' ? [outdateCredentials(database, { tenantId, id, now })] : []),
    ...attemptStatements(database, { tenantId, id }, attempts),
  ])
  if (!outcome.ok) return outcome
  const [[updated]] = outcome.value
  return updated ? ok(updated.lastSeq) : err({ kind: 'version' })
}

/** Statements that record attempts; alone for those that move nothing, such as a test event. */
export function attemptStatements(
  database: D1Database,
  key: Pick<Webhook, 'tenantId' | 'id'>,
  attempts: readonly Attempt[],
): BoundStatement[] {
  if (attempts.length === 0) return []
  return [
    insertAttempts(database, { ...key, attempts: JSON.stringify(attempts) }),
    deleteOldAttempts(database, { id: key.id }),
  ]
}

/** Attempts before a number, the latest first. */
export async function listDeliveries(
  database: D1Database,
  { tenantId, id }: Pick<Webhook, 'tenantId' | 'id'>,
  before: number,
  limit: number,
): Promise<Result<readonly DeliveryRecord[], Refusal>> {
  const outcome = await readBatch(database, [
    selectDeliveries(database, { tenantId, id, before, limit }),
  ])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

/** What is kept of the attempts with some events. */
export interface Outcomes {
  /** By the number of an event that was sent: whether the endpoint took it. */
  readonly taken: ReadonlyMap<number, boolean>
  /** Time from which on every attempt is kept, in milliseconds since 1970. */
  readonly keptSince: number
}

/** What became of a tenant's events between two numbers at an endpoint, its own or one of all tenants. */
export async function readOutcomes(
  database: D1Database,
  { tenantId, id }: Pick<Webhook, 'tenantId' | 'id'>,
  { after, before }: { readonly after: number; readonly before: number },
): Promise<Result<Outcomes, Refusal>> {
  const read = await readBatch(database, [
    selectOutcomes(database, { tenantId, id, after, before }),
    selectFirst(database, { id }),
  ])
  if (!read.ok) return read
  const [rows, [first]] = read.value
  const taken = new Map(rows.map(({ seq, isTaken }) => [seq, isTaken]))
  return ok({
    taken,
    keptSince: first === undefined ? Infinity : first.number === 1 ? 0 : first.at,
  })
}

/** Names of the active endpoints of a tenant and of all tenants. */
export async function listActive(
  database: D1Database,
  tenantId: number,
): Promise<Result<string[], Refusal>> {
  const outcome = await readBatch(database, [selectActive(database, { tenantId })])
  return outcome.ok ? ok(outcome.value[0].map(({ id }) => id)) : outcome
}

/**
 * Endpoints of all tenants that have something to get now; with more than `limit`, a random choice.
 */
export async function listOverdue(
  database: D1Database,
  now: number,
  limit: number,
): Promise<Result<readonly Pick<Webhook, 'tenantId' | 'id'>[], Refusal>> {
  const outcome = await readBatch(database, [selectOverdue(database, { now, limit })])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}
