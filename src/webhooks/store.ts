/** The endpoints of a tenant's webhooks, as the operator manages them. */
import { and, eq, getTableColumns, gt, sql } from 'drizzle-orm'
import type { SQLiteUpdateSetSource } from 'drizzle-orm/sqlite-core'
import type { EventType } from '../database/schema/event-types'
import { err, ok, type Result } from '../result'
import { preconditionStatement, demand } from '../database/precondition'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { deleteFrom, insertInto, select, update } from '../database/builder'
import type { RowOf } from '../database/field'
import { command, query, tenant, value } from '../database/statement'
import type { BoundStatement, Statement } from '../database/statement'
import { deliveries, webhooks } from '../database/schema/webhooks'
import { tenants } from '../database/schema/tenants'
import { firstSeq, lastSeq } from '../events/append'
import { rotation, rotationOverlap } from './rotation'

export const maximumWebhooks = 10

export type Webhook = typeof webhooks.$inferSelect

/** Fields of an endpoint, with the numbers of the tenant's last event and of the first one kept. */
const healthFields = {
  ...getTableColumns(webhooks),
  lastSeq: sql<number>`${lastSeq}`,
  firstSeq: sql<number>`${firstSeq}`,
}

export type WebhookHealth = RowOf<typeof healthFields>

const isWebhook = and(eq(webhooks.tenantId, tenant), eq(webhooks.id, value('id')))

/** At most so many endpoints; refused as `version`. */
const isFewer = sql`(select count(*) from ${webhooks}
  where ${webhooks.tenantId} = ${tenant}) < ${sql.raw(String(maximumWebhooks))}`
const checkNumber = preconditionStatement(demand(isFewer, 'version'))

/** A replay goes back, never past events that were not delivered; refused as `version`. */
const isDelivered = sql`exists (select 1 from ${webhooks}
  where ${isWebhook} and ${webhooks.place} >= ${value('after')})`
const checkDelivered = preconditionStatement(demand(isDelivered, 'version'))

/**
 * The event that is passed over is in the log already, and the one before it is the last that was delivered;
 * else `version`.
 */
const isNext = sql`exists (select 1 from ${webhooks}
  where ${isWebhook} and ${webhooks.place} = ${value('seq')} - 1) and ${value('seq')} <= ${lastSeq}`
const checkNext = preconditionStatement(demand(isNext, 'version'))

/** An endpoint to which nothing is sent cannot be tried again; else `version`. */
const isActive = sql`exists (select 1 from ${webhooks} where ${isWebhook} and ${webhooks.state} = 'active')`
const checkActive = preconditionStatement(demand(isActive, 'version'))

/** The address and types follow those that were read; else `version`. */
const isRevision = sql`exists (select 1 from ${webhooks}
  where ${isWebhook} and ${webhooks.revision} = ${value('revision')})`
const checkRevision = preconditionStatement(demand(isRevision, 'version'))

/** A new secret follows the one that was read; else `version`. */
const isSecret = sql`exists (select 1 from ${webhooks}
  where ${isWebhook} and ${webhooks.secret} = ${value('before')})`
const checkSecret = preconditionStatement(demand(isSecret, 'version'))

const isThere = sql`exists (select 1 from ${webhooks} where ${isWebhook})`
const checkTarget = preconditionStatement(demand(isThere, 'target'))

const insertWebhook = query(healthFields, (fields) =>
  insertInto(webhooks)
    .values({
      id: value('id'),
      tenantId: tenant,
      url: value('url'),
      types: value('types'),
      secret: value('secret'),
      createdAt: value('now'),
      state: 'active',
      stateAt: value('now'),
      place: lastSeq,
      revision: 1,
      failures: 0,
    })
    .onConflictDoNothing()
    .returning(fields),
)

const selectWebhooks = query(healthFields, (fields) =>
  select(fields)
    .from(webhooks)
    .where(eq(webhooks.tenantId, tenant))
    .orderBy(webhooks.createdAt, webhooks.id),
)

const selectWebhook = query(healthFields, (fields) =>
  select(fields).from(webhooks).where(isWebhook),
)

/** The cached credentials of the tenant name its active endpoints, so they must be read again. */
const outdateCredentials = command(() =>
  update(tenants)
    .set({ revision: sql`${tenants.revision} + 1` })
    .where(eq(tenants.id, tenant)),
)

/** A change by the operator; answers the endpoint after it. */
function changing(change: SQLiteUpdateSetSource<typeof webhooks>): Statement<WebhookHealth> {
  return query(healthFields, (fields) =>
    update(webhooks)
      .set({ ...change, revision: sql`${webhooks.revision} + 1` })
      .where(isWebhook)
      .returning(fields),
  )
}

const updateAddress = changing({ url: value('url'), types: value('types') })

const updateSecret = changing(rotation(webhooks))

/** The same secrets under another key, unless the operator has changed the endpoint meanwhile. */
const updateSealing = command(() =>
  update(webhooks)
    .set({
      secret: value('secret'),
      oldSecret: value('oldSecret'),
      olderSecrets: value('olderSecrets'),
    })
    .where(and(isWebhook, eq(webhooks.revision, value('revision')))),
)

const selectAll = query(getTableColumns(webhooks), (fields) =>
  select(fields)
    .from(webhooks)
    .where(gt(webhooks.id, value('after')))
    .orderBy(webhooks.id)
    .limit(100),
)

const pause = changing({ state: 'paused', stateAt: value('now'), nextAttemptAt: null })

const resume = changing({
  state: 'active',
  stateAt: value('now'),
  failures: 0,
  failingSince: null,
  nextAttemptAt: null,
})

const retryNow = changing({ nextAttemptAt: null })

const movePlace = changing({
  place: value('after'),
  nextAttemptAt: null,
})

const passOne = changing({
  place: value('seq'),
  failures: 0,
  failingSince: null,
  nextAttemptAt: null,
  lastError: null,
})

const deleteWebhookRow = query(healthFields, (fields) =>
  deleteFrom(webhooks).where(isWebhook).returning(fields),
)

const deleteDeliveries = command(() =>
  deleteFrom(deliveries).where(
    and(eq(deliveries.tenantId, tenant), eq(deliveries.webhookId, value('id'))),
  ),
)

/** Changes of an endpoint by the operator. */
export type WebhookChange =
  /** `revision` is that of the endpoint that was read; refused as `version` when it is another one. */
  | {
      readonly kind: 'address'
      readonly url: string
      readonly types: readonly EventType[] | null
      readonly revision: number
    }
  /** `before` is the sealed secret that it follows; refused as `version` when it is another one. */
  | { readonly kind: 'secret'; readonly secret: string; readonly before?: string | undefined }
  | { readonly kind: 'pause' | 'resume' | 'retry' }
  /** With a `revision`, that of the endpoint that was read; refused as `version` when it is another one. */
  | { readonly kind: 'delete'; readonly revision?: number }
  | { readonly kind: 'replay'; readonly after: number }
  /** The next event is passed over: it was received otherwise, or is to be left out. */
  | { readonly kind: 'pass'; readonly seq: number }

/**
 * Adds an endpoint that gets the events from now on; a `version` refusal when there are enough, and a
 * `target` one for an id that is there. The audit is noted with an endpoint alone, which `once` is a condition of.
 */
export async function addWebhook(
  database: D1Database,
  tenantId: number,
  webhook: Pick<Webhook, 'id' | 'url' | 'types' | 'secret'>,
  audit: readonly BoundStatement[],
  once?: BoundStatement,
): Promise<Result<WebhookHealth, Refusal>> {
  const { id, url, types, secret } = webhook
  const now = Date.now()
  const outcome = await runBatch(database, [
    once,
    checkNumber(database, { tenantId }),
    insertWebhook(database, { id, tenantId, url, types: typesText(types), secret, now }),
    ...audit,
    outdateCredentials(database, { tenantId }),
  ])
  return outcome.ok ? found(outcome.value[2]) : outcome
}

export async function listWebhooks(
  database: D1Database,
  tenantId: number,
): Promise<Result<readonly WebhookHealth[], Refusal>> {
  const outcome = await readBatch(database, [selectWebhooks(database, { tenantId })])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

export async function findWebhook(
  database: D1Database,
  tenantId: number,
  id: string,
): Promise<Result<WebhookHealth, Refusal>> {
  const outcome = await readBatch(database, [selectWebhook(database, { tenantId, id })])
  return outcome.ok ? found(outcome.value[0]) : outcome
}

/**
 * Changes an endpoint, with its audit; answers it as it is after the change, or was before its end.
 * A replay from behind the last delivered event is refused as `version`, and so is passing over any
 * event but the next.
 */
export async function changeWebhook(
  database: D1Database,
  { tenantId, id }: Pick<Webhook, 'tenantId' | 'id'>,
  change: WebhookChange,
  audit: readonly BoundStatement[],
): Promise<Result<WebhookHealth, Refusal>> {
  const key = { tenantId, id }
  const outcome = await runBatch(database, [
    checkTarget(database, key),
    preconditionOf(database, key, change),
    ...changeStatements(database, key, change),
    ...audit,
  ])
  return outcome.ok ? found(outcome.value[2]) : outcome
}

function preconditionOf(
  database: D1Database,
  key: Pick<Webhook, 'tenantId' | 'id'>,
  change: WebhookChange,
) {
  if (change.kind === 'replay') return checkDelivered(database, { ...key, after: change.after })
  if (change.kind === 'pass') return checkNext(database, { ...key, seq: change.seq })
  if (change.kind === 'retry') return checkActive(database, key)
  if ((change.kind === 'address' || change.kind === 'delete') && change.revision !== undefined) {
    return checkRevision(database, { ...key, revision: change.revision })
  }
  if (change.kind !== 'secret' || change.before === undefined) return undefined
  return checkSecret(database, { ...key, before: change.before })
}

/** The change of the endpoint, and what follows from it. */
function changeStatements(
  database: D1Database,
  key: { readonly tenantId: number; readonly id: string },
  change: WebhookChange,
): [BoundStatement<WebhookHealth>, ...BoundStatement<never>[]] {
  const now = Date.now()
  switch (change.kind) {
    case 'address': {
      const { url, types } = change
      return [updateAddress(database, { ...key, url, types: typesText(types) })]
    }
    case 'secret': {
      const until = now + rotationOverlap
      return [updateSecret(database, { ...key, secret: change.secret, until, now })]
    }
    case 'pause':
      return [pause(database, { ...key, now }), outdateCredentials(database, key)]
    case 'resume':
      return [resume(database, { ...key, now }), outdateCredentials(database, key)]
    case 'retry':
      return [retryNow(database, key)]
    case 'replay':
      return [movePlace(database, { ...key, after: change.after })]
    case 'pass':
      return [passOne(database, { ...key, seq: change.seq })]
    case 'delete':
      return [
        deleteWebhookRow(database, key),
        deleteDeliveries(database, key),
        outdateCredentials(database, key),
      ]
  }
}

/** Number of events that were not delivered and are no longer kept. */
export function lostEvents({ place, firstSeq }: WebhookHealth): number {
  return Math.max(firstSeq - 1 - place, 0)
}

function found([webhook]: readonly WebhookHealth[]): Result<WebhookHealth, Refusal> {
  return webhook ? ok(webhook) : err({ kind: 'target' })
}

function typesText(types: readonly EventType[] | null): string | null {
  return types === null ? null : JSON.stringify(types)
}

/** Endpoints of all tenants of a database, by id, behind the one with the id `after`. */
export async function listEndpoints(
  database: D1Database,
  after: string,
): Promise<Result<readonly Webhook[], Refusal>> {
  const outcome = await readBatch(database, [selectAll(database, { after })])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

/** A statement that stores the secrets of an endpoint as they are sealed now. */
export function sealingStatement(
  database: D1Database,
  { tenantId, id, revision, secret, oldSecret, olderSecrets }: Webhook,
): BoundStatement<never> {
  const older = olderSecrets && JSON.stringify(olderSecrets)
  const values = { tenantId, id, revision, secret, oldSecret, olderSecrets: older }
  return updateSealing(database, values)
}
