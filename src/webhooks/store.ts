/** The endpoints of a tenant's webhooks, as the operator manages them. */
import { sql } from 'drizzle-orm'
import type { EventType } from '../database/schema/event-types'
import { err, ok, type Result } from '../result'
import { preconditionStatement, demand } from '../database/precondition'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import {
  columns,
  statement,
  tenant,
  value,
  type Statement,
  type BoundStatement,
} from '../database/statement'
import { textOrNull, timeOrNull, type Row } from '../database/row'
import { webhooks } from '../database/schema/webhooks'
import { events } from '../database/schema/events'
import { tenants } from '../database/schema/tenants'

export const maximumWebhooks = 10

/** Milliseconds in which the secret before a rotation signs as well. */
export const rotationOverlap = 24 * 60 * 60 * 1000

export type WebhookState = 'active' | 'paused' | 'failed'

export interface Webhook {
  readonly id: string
  readonly tenantId: number
  readonly url: string
  /** The types of events that it gets; null for all. */
  readonly types: readonly EventType[] | null
  /** Encrypted. */
  readonly secret: string
  readonly oldSecret: string | null
  readonly oldSecretUntil: number | null
  readonly createdAt: number
  /** `paused` by the operator, `failed` after too many failures. */
  readonly state: WebhookState
  readonly stateAt: number
  readonly place: number
  readonly revision: number
  readonly lastSuccessAt: number | null
  readonly failures: number
  readonly failingSince: number | null
  readonly nextAttemptAt: number | null
  readonly lastError: string | null
}

/** An endpoint with the number of the tenant's last event. */
export interface WebhookHealth extends Webhook {
  readonly lastSeq: number
}

const lastSeqOfTenant = sql`(select coalesce(max(${events.seq}), 0) from ${events}
  where ${events.tenantId} = ${tenant})`
const one = sql`${webhooks.tenantId} = ${tenant} and ${webhooks.id} = ${value('id')}`

/** At most so many endpoints; refused as `version`. */
const isFewer = sql`(select count(*) from ${webhooks}
  where ${webhooks.tenantId} = ${tenant}) < ${sql.raw(String(maximumWebhooks))}`
const checkNumber = preconditionStatement(demand(isFewer, 'version'))

const isThere = sql`exists (select 1 from ${webhooks} where ${one})`
const checkTarget = preconditionStatement(demand(isThere, 'target'))

const insertWebhook = statement(
  () => sql`
  insert into ${webhooks} (${columns(
    webhooks.id,
    webhooks.tenantId,
    webhooks.url,
    webhooks.types,
    webhooks.secret,
    webhooks.createdAt,
    webhooks.state,
    webhooks.stateAt,
    webhooks.place,
    webhooks.revision,
    webhooks.failures,
  )}) values (${value('id')}, ${tenant}, ${value('url')}, ${value('types')}, ${value('secret')},
    ${value('now')}, 'active', ${value('now')}, ${lastSeqOfTenant}, 1, 0)`,
)

const selectWebhooks = statement(
  () => sql`
  select ${webhooks}.*, ${lastSeqOfTenant} as last_seq
  from ${webhooks} where ${webhooks.tenantId} = ${tenant}
  order by ${webhooks.createdAt}, ${webhooks.id}`,
)

const selectWebhook = statement(
  () => sql`
  select ${webhooks}.*, ${lastSeqOfTenant} as last_seq from ${webhooks} where ${one}`,
)

/** The cached credentials of the tenant name its active endpoints, so they must be read again. */
const outdateCredentials = statement(
  () => sql`
  update ${tenants} set revision = revision + 1 where ${tenants.id} = ${tenant}`,
)

const updateAddress = statement(
  () => sql`
  update ${webhooks} set url = ${value('url')}, types = ${value('types')}, revision = revision + 1
  where ${one}`,
)

const updateSecret = statement(
  () => sql`
  update ${webhooks} set old_secret = ${webhooks.secret}, old_secret_until = ${value('until')},
    secret = ${value('secret')}, revision = revision + 1
  where ${one}`,
)

const pause = statement(
  () => sql`
  update ${webhooks} set state = 'paused', state_at = ${value('now')}, next_attempt_at = null,
    revision = revision + 1
  where ${one}`,
)

const resume = statement(
  () => sql`
  update ${webhooks} set state = 'active', state_at = ${value('now')}, failures = 0,
    failing_since = null, next_attempt_at = null, revision = revision + 1
  where ${one}`,
)

const retryNow = statement(
  () => sql`
  update ${webhooks} set next_attempt_at = null, revision = revision + 1 where ${one}`,
)

const movePlace = statement(
  () => sql`
  update ${webhooks} set place = min(${value('after')}, ${lastSeqOfTenant}), next_attempt_at = null,
    revision = revision + 1
  where ${one}`,
)

const deleteWebhookRow = statement(() => sql`delete from ${webhooks} where ${one}`)

const deleteDeliveries = statement(
  () => sql`
  delete from deliveries where tenant_id = ${tenant} and webhook_id = ${value('id')}`,
)

/** What the operator can do to an endpoint. */
export type WebhookChange =
  | { readonly kind: 'address'; readonly url: string; readonly types: readonly EventType[] | null }
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'pause' | 'resume' | 'retry' | 'delete' }
  | { readonly kind: 'replay'; readonly after: number }

/** Adds an endpoint that gets the events from now on; a `version` refusal when there are enough. */
export async function addWebhook(
  database: D1Database,
  tenantId: number,
  webhook: Pick<Webhook, 'id' | 'url' | 'types' | 'secret'>,
  audit: readonly BoundStatement[],
): Promise<Result<WebhookHealth, Refusal>> {
  const { id, url, types, secret } = webhook
  const now = Date.now()
  const outcome = await runBatch(database, [
    checkNumber(database, { tenantId }),
    insertWebhook(database, { id, tenantId, url, types: typesText(types), secret, now }),
    outdateCredentials(database, { tenantId }),
    ...audit,
    selectWebhook(database, { tenantId, id }),
  ])
  return outcome.ok ? first(outcome.value.at(-1)) : outcome
}

export async function listWebhooks(
  database: D1Database,
  tenantId: number,
): Promise<Result<WebhookHealth[], Refusal>> {
  const outcome = await readBatch(database, [selectWebhooks(database, { tenantId })])
  return outcome.ok ? ok((outcome.value[0] ?? []).map(healthOf)) : outcome
}

export async function findWebhook(
  database: D1Database,
  tenantId: number,
  id: string,
): Promise<Result<WebhookHealth, Refusal>> {
  const outcome = await readBatch(database, [selectWebhook(database, { tenantId, id })])
  return outcome.ok ? first(outcome.value[0]) : outcome
}

/** Changes an endpoint and notes that; answers what it is afterwards, or was before its end. */
export async function changeWebhook(
  database: D1Database,
  { tenantId, id }: Pick<Webhook, 'tenantId' | 'id'>,
  change: WebhookChange,
  audit: readonly BoundStatement[],
): Promise<Result<WebhookHealth, Refusal>> {
  const key = { tenantId, id }
  const isEnd = change.kind === 'delete'
  const read = selectWebhook(database, key)
  const outcome = await runBatch(database, [
    checkTarget(database, key),
    ...(isEnd ? [read] : []),
    ...changeStatements(database, key, change),
    ...audit,
    ...(isEnd ? [] : [read]),
  ])
  return outcome.ok ? first(isEnd ? outcome.value[1] : outcome.value.at(-1)) : outcome
}

function changeStatements(
  database: D1Database,
  key: { readonly tenantId: number; readonly id: string },
  change: WebhookChange,
): BoundStatement[] {
  const now = Date.now()
  const together = (...list: readonly Statement[]) =>
    list.map((make) => make(database, { ...key, now }))
  switch (change.kind) {
    case 'address': {
      const { url, types } = change
      return [updateAddress(database, { ...key, url, types: typesText(types) })]
    }
    case 'secret': {
      const until = now + rotationOverlap
      return [updateSecret(database, { ...key, secret: change.secret, until })]
    }
    case 'pause':
      return together(pause, outdateCredentials)
    case 'resume':
      return together(resume, outdateCredentials)
    case 'retry':
      return together(retryNow)
    case 'replay':
      return [movePlace(database, { ...key, after: change.after })]
    case 'delete':
      return together(deleteWebhookRow, deleteDeliveries, outdateCredentials)
  }
}

function first(rows: readonly Row[] | undefined): Result<WebhookHealth, Refusal> {
  const row = rows?.[0]
  return row ? ok(healthOf(row)) : err({ kind: 'target' })
}

function healthOf(row: Row): WebhookHealth {
  return { ...webhookOf(row), lastSeq: Number(row['last_seq']) }
}

export function webhookOf(row: Row): Webhook {
  const types = textOrNull(row['types'])
  return {
    id: String(row['id']),
    tenantId: Number(row['tenant_id']),
    url: String(row['url']),
    types: types === null ? null : (JSON.parse(types) as EventType[]),
    secret: String(row['secret']),
    oldSecret: textOrNull(row['old_secret']),
    oldSecretUntil: timeOrNull(row['old_secret_until']),
    createdAt: Number(row['created_at']),
    state: String(row['state']) as WebhookState,
    stateAt: Number(row['state_at']),
    place: Number(row['place']),
    revision: Number(row['revision']),
    lastSuccessAt: timeOrNull(row['last_success_at']),
    failures: Number(row['failures']),
    failingSince: timeOrNull(row['failing_since']),
    nextAttemptAt: timeOrNull(row['next_attempt_at']),
    lastError: textOrNull(row['last_error']),
  }
}

function typesText(types: readonly EventType[] | null): string | null {
  return types === null ? null : JSON.stringify(types)
}
