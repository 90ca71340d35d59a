/** The endpoints of all tenants, as the operator manages them; in the main database. */
import { eq, getTableColumns, sql, type Column } from 'drizzle-orm'
import type { SQLiteUpdateSetSource } from 'drizzle-orm/sqlite-core'
import { readBatch, runBatch, type Refusal } from '../../database/batch'
import { deleteFrom, insertInto, select, update } from '../../database/builder'
import { demand, preconditionStatement } from '../../database/precondition'
import { deliveries, feedWebhooks, lanes } from '../../database/schema/webhooks'
import {
  columns,
  command,
  query,
  value,
  type BoundStatement,
  type Statement,
} from '../../database/statement'
import { err, ok, type Result } from '../../result'
import { rotation, rotationOverlap } from '../rotation'
import type { WebhookChange } from '../store'
import { wakeStatements } from './wakes'

/** Endpoints of a deployment. */
export const maximumFeedWebhooks = 5

export type FeedWebhook = typeof feedWebhooks.$inferSelect

/** A tenant of which an endpoint has not got everything before its place. */
export type Lane = Omit<typeof lanes.$inferSelect, 'webhookId'>

const fields = getTableColumns(feedWebhooks)

const { webhookId: _, ...laneFields } = getTableColumns(lanes)

const isWebhook = eq(feedWebhooks.id, value('id'))
const isOfWebhook = eq(lanes.webhookId, value('id'))

const isFewer = sql`(select count(*) from ${feedWebhooks}) < ${sql.raw(String(maximumFeedWebhooks))}`
const checkNumber = preconditionStatement(demand(isFewer, 'version'))

const isThere = sql`exists (select 1 from ${feedWebhooks} where ${isWebhook})`
const checkTarget = preconditionStatement(demand(isThere, 'target'))

/** The address and types follow those that were read; else `version`. */
const isRevision = sql`exists (select 1 from ${feedWebhooks}
  where ${isWebhook} and ${feedWebhooks.revision} = ${value('revision')})`
const checkRevision = preconditionStatement(demand(isRevision, 'version'))

/** A new secret follows the one that was read; else `version`. */
const isSecret = sql`exists (select 1 from ${feedWebhooks}
  where ${isWebhook} and ${feedWebhooks.secret} = ${value('before')})`
const checkSecret = preconditionStatement(demand(isSecret, 'version'))

/** An endpoint to which nothing is sent cannot be tried again; else `version`. */
const isActive = sql`exists (select 1 from ${feedWebhooks}
  where ${isWebhook} and ${feedWebhooks.state} = 'active')`
const checkActive = preconditionStatement(demand(isActive, 'version'))

/** The place and the lane are those that were read; else `version`. */
const isUnmoved = sql`exists (select 1 from ${feedWebhooks} where ${isWebhook}
  and ${feedWebhooks.revision} = ${value('revision')} and ${feedWebhooks.step} = ${value('step')})`
const checkUnmoved = preconditionStatement(demand(isUnmoved, 'version'))

const insertWebhook = query(fields, (named) =>
  insertInto(feedWebhooks)
    .values({
      id: value('id'),
      url: value('url'),
      types: value('types'),
      secret: value('secret'),
      createdAt: value('now'),
      state: 'active',
      stateAt: value('now'),
      place: value('place'),
      revision: 1,
      step: 0,
      failures: 0,
    })
    .onConflictDoNothing()
    .returning(named),
)

const selectWebhooks = query(fields, (named) =>
  select(named).from(feedWebhooks).orderBy(feedWebhooks.createdAt, feedWebhooks.id),
)

const selectWebhook = query(fields, (named) => select(named).from(feedWebhooks).where(isWebhook))

const selectLanes = query(laneFields, (named) =>
  select(named).from(lanes).where(isOfWebhook).orderBy(lanes.failingSince, lanes.tenantId),
)

/** A change by the operator; answers the endpoint after it. */
function changing(change: SQLiteUpdateSetSource<typeof feedWebhooks>): Statement<FeedWebhook> {
  return query(fields, (named) =>
    update(feedWebhooks)
      .set({ ...change, revision: sql`${feedWebhooks.revision} + 1` })
      .where(isWebhook)
      .returning(named),
  )
}

const state = {
  pause: changing({ state: 'paused', stateAt: value('now'), nextAttemptAt: null }),
  resume: changing({
    state: 'active',
    stateAt: value('now'),
    failures: 0,
    failingSince: null,
    nextAttemptAt: null,
  }),
  retry: changing({ nextAttemptAt: null }),
}

const updateAddress = changing({ url: value('url'), types: value('types') })
const updateSecret = changing(rotation(feedWebhooks))
const updatePlace = changing({ place: value('place') })
const touch = changing({})

const wakeLanes = command(() => update(lanes).set({ nextAttemptAt: null }).where(isOfWebhook))

const deleteRow = query(fields, (named) =>
  deleteFrom(feedWebhooks).where(isWebhook).returning(named),
)
const deleteLanes = command(() => deleteFrom(lanes).where(isOfWebhook))
const deleteAttempts = command(() =>
  deleteFrom(deliveries).where(eq(deliveries.webhookId, value('id'))),
)

/** Lanes of a restored database: what came before its new logs is to be read again. */
const deleteLanesOf = command(() => deleteFrom(lanes).where(eq(lanes.database, value('database'))))

const touchAll = command(() =>
  update(feedWebhooks).set({ revision: sql`${feedWebhooks.revision} + 1` }),
)

const toNew = (column: Column) => sql`${columns(column)} = excluded.${columns(column)}`

/** What is stored of a lane that is there. */
export const laneConflict = sql`on conflict do update set ${sql.join(
  [
    lanes.place,
    lanes.upTo,
    lanes.failures,
    lanes.failingSince,
    lanes.nextAttemptAt,
    lanes.lastError,
  ].map(toNew),
  sql`, `,
)}`

const storeLane = command(
  () => sql`
  insert into ${lanes} values (${value('id')}, ${value('tenantId')}, ${value('database')},
    ${value('place')}, ${value('upTo')}, 0, null, null, null)
  ${laneConflict}`,
)

const deleteLane = command(() =>
  deleteFrom(lanes).where(sql`${isOfWebhook} and ${lanes.tenantId} = ${value('tenantId')}`),
)

/** Changes of an endpoint by the operator. */
export type FeedWebhookChange =
  | Extract<WebhookChange, { kind: 'address' | 'secret' | 'pause' | 'resume' | 'retry' | 'delete' }>
  /** Everything behind this place again; `from` is what was read. */
  | { readonly kind: 'replay'; readonly place: string; readonly from: FeedWebhook }
  /** A tenant's delivery goes on behind another number. */
  | {
      readonly kind: 'lane'
      readonly lane: Pick<Lane, 'tenantId' | 'database' | 'place' | 'upTo'>
      readonly from: FeedWebhook
    }

/** Adds an endpoint that gets what comes behind a place, unless `once` stops it; a `version` refusal when there are enough. */
export async function addFeedWebhook(
  main: D1Database,
  webhook: Pick<FeedWebhook, 'id' | 'url' | 'types' | 'secret' | 'place'>,
  audit: readonly BoundStatement[],
  once?: BoundStatement,
): Promise<Result<FeedWebhook, Refusal>> {
  const { types, ...values } = webhook
  const outcome = await runBatch(main, [
    once,
    checkNumber(main, {}),
    insertWebhook(main, { ...values, types: types && JSON.stringify(types), now: Date.now() }),
    ...audit,
    ...wakeStatements(main),
  ])
  return outcome.ok ? found(outcome.value[2]) : outcome
}

export async function listFeedWebhooks(
  main: D1Database,
): Promise<Result<readonly FeedWebhook[], Refusal>> {
  const outcome = await readBatch(main, [selectWebhooks(main, {})])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

export interface FeedWebhookState {
  readonly webhook: FeedWebhook
  readonly lanes: readonly Lane[]
}

/** An endpoint with its lanes. */
export async function findFeedWebhook(
  main: D1Database,
  id: string,
): Promise<Result<FeedWebhookState, Refusal>> {
  const outcome = await readBatch(main, [selectWebhook(main, { id }), selectLanes(main, { id })])
  if (!outcome.ok) return outcome
  const [[webhook], list] = outcome.value
  return webhook ? ok({ webhook, lanes: list }) : err({ kind: 'target' })
}

/**
 * Changes an endpoint, with its audit; answers it as it is after the change, or was before its end.
 * What follows from a place or a lane that has been moved since is refused as `version`.
 */
export async function changeFeedWebhook(
  main: D1Database,
  id: string,
  change: FeedWebhookChange,
  audit: readonly BoundStatement[],
): Promise<Result<FeedWebhook, Refusal>> {
  const outcome = await runBatch(main, [
    checkTarget(main, { id }),
    preconditionOf(main, id, change),
    ...changeStatements(main, id, change),
    ...audit,
    ...wakeStatements(main),
  ])
  return outcome.ok ? found(outcome.value[2]) : outcome
}

function preconditionOf(main: D1Database, id: string, change: FeedWebhookChange) {
  if (change.kind === 'replay' || change.kind === 'lane') {
    const { revision, step } = change.from
    return checkUnmoved(main, { id, revision, step })
  }
  if (change.kind === 'retry') return checkActive(main, { id })
  if ((change.kind === 'address' || change.kind === 'delete') && change.revision !== undefined) {
    return checkRevision(main, { id, revision: change.revision })
  }
  if (change.kind !== 'secret' || change.before === undefined) return undefined
  return checkSecret(main, { id, before: change.before })
}

function changeStatements(
  main: D1Database,
  id: string,
  change: FeedWebhookChange,
): [BoundStatement<FeedWebhook>, ...BoundStatement<never>[]] {
  const now = Date.now()
  switch (change.kind) {
    case 'address': {
      const { url, types } = change
      return [updateAddress(main, { id, url, types: types && JSON.stringify(types) })]
    }
    case 'secret': {
      const until = now + rotationOverlap
      return [updateSecret(main, { id, secret: change.secret, until, now })]
    }
    case 'pause':
      return [state.pause(main, { id, now })]
    case 'resume':
    case 'retry':
      return [state[change.kind](main, { id, now }), wakeLanes(main, { id })]
    case 'replay':
      return [updatePlace(main, { id, place: change.place })]
    case 'lane': {
      const { lane } = change
      const isDone = lane.place >= lane.upTo
      const store = isDone ? deleteLane : storeLane
      return [touch(main, { id }), store(main, { id, ...lane })]
    }
    case 'delete':
      return [deleteRow(main, { id }), deleteLanes(main, { id }), deleteAttempts(main, { id })]
  }
}

/** Forgets what endpoints still had to get of a database that was restored. */
export function forgetLanes(main: D1Database, database: string): Promise<Result<unknown, Refusal>> {
  return runBatch(main, [deleteLanesOf(main, { database }), touchAll(main, {})])
}

function found([webhook]: readonly FeedWebhook[]): Result<FeedWebhook, Refusal> {
  return webhook ? ok(webhook) : err({ kind: 'target' })
}
