/** How far the delivery to an endpoint is, and the log of its attempts. */
import { sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { lastSeq } from '../events/append'
import { columns, statement, tenant, value, type BoundStatement } from '../database/statement'
import { textOrNull, type Row } from '../database/row'
import type { Webhook, WebhookState } from './store'
import { deliveries, webhooks } from '../database/schema/webhooks'
import { events } from '../database/schema/events'
import { tenants } from '../database/schema/tenants'

/** Attempts that are kept of one endpoint; the nightly run drops those that are old. */
export const maximumDeliveries = 5_000

export type DeliveryError =
  | 'timeout'
  | 'connection'
  | 'redirect'
  | 'status'
  /** The signing secret can't be decrypted any more. */
  | 'secret'
  /** The address is not one that events may be sent to. */
  | 'address'

/** One attempt to deliver. */
export interface Attempt {
  readonly at: number
  /** Number of the event; null for a test event. */
  readonly seq: number | null
  readonly eventId: string
  readonly type: string
  /** HTTP status of the answer, if there was one. */
  readonly status: number | null
  /** Milliseconds. */
  readonly duration: number
  /** Null for a success. */
  readonly error: DeliveryError | null
  readonly excerpt: string
}

export interface DeliveryRecord extends Attempt {
  readonly number: number
}

/** What is known after some attempts. */
export interface Progress {
  readonly place: number
  readonly lastSuccessAt: number | null
  readonly failures: number
  readonly failingSince: number | null
  readonly nextAttemptAt: number | null
  readonly lastError: string | null
  readonly state: WebhookState
}

const one = sql`${webhooks.tenantId} = ${tenant} and ${webhooks.id} = ${value('id')}`
const ofOne = sql`${deliveries.webhookId} = ${value('id')}`

/**
 * Compared with what was read: another instance of the object, or the operator, may have moved the
 * place in the meantime, and what they did holds.
 */
const moveOn = statement(
  () => sql`
  update ${webhooks} set place = ${value('place')}, last_success_at = ${value('lastSuccessAt')},
    failures = ${value('failures')}, failing_since = ${value('failingSince')},
    next_attempt_at = ${value('nextAttemptAt')}, last_error = ${value('lastError')},
    state = ${value('state')},
    state_at = case when ${webhooks.state} = ${value('state')} then ${webhooks.stateAt}
      else ${value('now')} end
  where ${one} and ${webhooks.state} = 'active' and ${webhooks.revision} = ${value('revision')}
    and ${webhooks.place} = ${value('from')}
  returning ${lastSeq} as last_seq`,
)

/** The set of active endpoints that credentials name has changed. */
const outdateCredentials = statement(
  () => sql`
  update ${tenants} set revision = revision + 1 where ${tenants.id} = ${tenant} and exists (
    select 1 from ${webhooks} where ${one} and ${webhooks.state} = 'failed'
      and ${webhooks.stateAt} = ${value('now')})`,
)

/** Attempts are noted even when they moved nothing: they were made. */
const insertAttempts = statement(
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
      where ${ofOne}) + attempt.key + 1, ${tenant},
    attempt.value ->> '$.at', attempt.value ->> '$.seq', attempt.value ->> '$.eventId',
    attempt.value ->> '$.type', attempt.value ->> '$.status', attempt.value ->> '$.duration',
    attempt.value ->> '$.error', attempt.value ->> '$.excerpt'
  from json_each(${value('attempts')}) as attempt
  where exists (select 1 from ${webhooks} where ${one}) order by attempt.key`,
)

const dropAttempts = statement(
  () => sql`
  delete from ${deliveries} where ${ofOne} and ${deliveries.number} <= (
    select max(newest.number) from ${deliveries} as newest
    where newest.webhook_id = ${value('id')}) - ${maximumDeliveries}`,
)

const selectDeliveries = statement(
  () => sql`
  select * from ${deliveries} where ${deliveries.tenantId} = ${tenant} and ${ofOne}
    and ${deliveries.number} < ${value('before')}
  order by ${deliveries.number} desc limit ${value('limit')}`,
)

const selectActive = statement(
  () => sql`
  select ${webhooks.id} as id from ${webhooks}
  where ${webhooks.tenantId} = ${tenant} and ${webhooks.state} = 'active'`,
)

const selectForgotten = statement(
  () => sql`
  select ${webhooks.tenantId} as tenant_id, ${webhooks.id} as id from ${webhooks}
  where ${webhooks.state} = 'active'
    and coalesce(${webhooks.nextAttemptAt}, 0) <= ${value('now')}
    and ${webhooks.place} < (select coalesce(max(${events.seq}), 0) from ${events}
      where ${events.tenantId} = ${webhooks.tenantId})
  order by random() limit ${value('limit')}`,
)

/**
 * Writes down what was attempted and how far that led; answers the number of the tenant's last
 * event. Refused with `version` when the endpoint is no longer where it was.
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
    moveOn(database, { tenantId, id, revision, from, now, ...progress }),
    ...(progress.state === 'failed' ? [outdateCredentials(database, { tenantId, id, now })] : []),
    ...attemptStatements(database, { tenantId, id }, attempts),
  ])
  if (!outcome.ok) return outcome
  const row = outcome.value[0]?.[0]
  return row ? ok(Number(row['last_seq'])) : err({ kind: 'version' })
}

/** Notes attempts that move nothing, such as a test event. */
export function attemptStatements(
  database: D1Database,
  key: Pick<Webhook, 'tenantId' | 'id'>,
  attempts: readonly Attempt[],
): BoundStatement[] {
  if (attempts.length === 0) return []
  return [
    insertAttempts(database, { ...key, attempts: JSON.stringify(attempts) }),
    dropAttempts(database, { id: key.id }),
  ]
}

/** Attempts before a number, the latest first. */
export async function listDeliveries(
  database: D1Database,
  { tenantId, id }: Pick<Webhook, 'tenantId' | 'id'>,
  before: number,
  limit: number,
): Promise<Result<DeliveryRecord[], Refusal>> {
  const outcome = await readBatch(database, [
    selectDeliveries(database, { tenantId, id, before, limit }),
  ])
  return outcome.ok ? ok((outcome.value[0] ?? []).map(deliveryOf)) : outcome
}

/** The endpoints of a tenant that get events. */
export async function listActive(
  database: D1Database,
  tenantId: number,
): Promise<Result<string[], Refusal>> {
  const outcome = await readBatch(database, [selectActive(database, { tenantId })])
  return outcome.ok ? ok((outcome.value[0] ?? []).map(({ id }) => String(id))) : outcome
}

/** Endpoints of all tenants that have something to get now; which ones, when there are many, varies. */
export async function listForgotten(
  database: D1Database,
  now: number,
  limit: number,
): Promise<Result<Pick<Webhook, 'tenantId' | 'id'>[], Refusal>> {
  const outcome = await readBatch(database, [selectForgotten(database, { now, limit })])
  if (!outcome.ok) return outcome
  const rows = outcome.value[0] ?? []
  return ok(rows.map((row) => ({ tenantId: Number(row['tenant_id']), id: String(row['id']) })))
}

function deliveryOf(row: Row): DeliveryRecord {
  return {
    number: Number(row['number']),
    at: Number(row['at']),
    seq: row['seq'] === null ? null : Number(row['seq']),
    eventId: String(row['event_id']),
    type: String(row['type']),
    status: row['status'] === null ? null : Number(row['status']),
    duration: Number(row['duration']),
    error: textOrNull(row['error']) as DeliveryError | null,
    excerpt: String(row['excerpt']),
  }
}
