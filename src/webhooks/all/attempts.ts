/** Progress of the delivery to an endpoint of all tenants, and the log of its attempts. */
import { and, desc, eq, lt, sql } from 'drizzle-orm'
import { readBatch, runBatch, type Refusal } from '../../database/batch'
import { select, update } from '../../database/builder'
import type { RowOf } from '../../database/field'
import { demand, preconditionStatement } from '../../database/precondition'
import { deliveries, feedWebhooks, lanes } from '../../database/schema/webhooks'
import { tenantDatabases, tenants } from '../../database/schema/tenants'
import { command, query, value, type BoundStatement } from '../../database/statement'
import { ok, type Result } from '../../result'
import { deleteOldAttempts, insertingAttempts, recordFields, type Attempt } from '../attempts'
import { laneConflict, type FeedWebhook, type Lane } from './store'
import { wakeStatements } from './wakes'

/** An attempt, with the tenant of its event; 0 for a test. */
export type FeedAttempt = Attempt & { readonly tenantId: number }

/** What a delivery has changed since its last write. */
export interface Written {
  readonly webhook: FeedWebhook
  /** Lanes with something left. */
  readonly lanes: readonly Lane[]
  /** Tenants of lanes that have nothing left. */
  readonly done: readonly number[]
  readonly attempts: readonly FeedAttempt[]
}

const isWebhook = eq(feedWebhooks.id, value('id'))

/** Another run, or the operator, may have moved the endpoint in the meantime: what they did holds. */
const isUnmoved = sql`exists (select 1 from ${feedWebhooks} where ${isWebhook}
  and ${feedWebhooks.state} = 'active' and ${feedWebhooks.revision} = ${value('revision')}
  and ${feedWebhooks.step} = ${value('step')})`
const checkUnmoved = preconditionStatement(demand(isUnmoved, 'version'))

const updateProgress = command(() =>
  update(feedWebhooks)
    .set({
      place: value('place'),
      step: sql`${feedWebhooks.step} + 1`,
      lastSuccessAt: value('lastSuccessAt'),
      failures: value('failures'),
      failingSince: value('failingSince'),
      nextAttemptAt: value('nextAttemptAt'),
      lastError: value('lastError'),
      state: value('state'),
      stateAt: value('stateAt'),
    })
    .where(isWebhook),
)

const storeLanes = command(
  () => sql`
  insert into ${lanes} select ${value('id')}, lane.value ->> '$.tenantId',
    lane.value ->> '$.database', lane.value ->> '$.place', lane.value ->> '$.upTo',
    lane.value ->> '$.failures', lane.value ->> '$.failingSince',
    lane.value ->> '$.nextAttemptAt', lane.value ->> '$.lastError'
  from json_each(${value('lanes')}) as lane where true
  ${laneConflict}`,
)

const deleteLanes = command(
  () => sql`
  delete from ${lanes} where ${lanes.webhookId} = ${value('id')}
    and ${lanes.tenantId} in (select done.value from json_each(${value('done')}) as done)`,
)

const insertAttempts = insertingAttempts(
  sql`attempt.value ->> '$.tenantId'`,
  sql`exists (select 1 from ${feedWebhooks} where ${isWebhook})`,
)

/** Statements that record attempts; alone for those that move nothing, such as a test event. */
export function feedAttemptStatements(
  main: D1Database,
  id: string,
  attempts: readonly FeedAttempt[],
): BoundStatement[] {
  if (attempts.length === 0) return []
  return [
    insertAttempts(main, { id, attempts: JSON.stringify(attempts) }),
    deleteOldAttempts(main, { id }),
  ]
}

/**
 * Records attempts and the progress that they made. Refused with `version` when the endpoint is no
 * longer where it was; the attempts are noted even so: they were made.
 */
export async function recordRound(
  main: D1Database,
  { webhook, lanes: left, done, attempts }: Written,
): Promise<Result<unknown, Refusal>> {
  const { id, revision, step, types: _types, olderSecrets: _older, ...progress } = webhook
  const outcome = await runBatch(main, [
    checkUnmoved(main, { id, revision, step }),
    updateProgress(main, { id, ...progress }),
    left.length === 0 ? undefined : storeLanes(main, { id, lanes: JSON.stringify(left) }),
    done.length === 0 ? undefined : deleteLanes(main, { id, done: JSON.stringify(done) }),
    ...feedAttemptStatements(main, id, attempts),
    ...(progress.state === 'failed' ? wakeStatements(main) : []),
  ])
  if (outcome.ok || outcome.error.kind !== 'version' || attempts.length === 0) return outcome
  const noted = await runBatch(main, feedAttemptStatements(main, id, attempts))
  return noted.ok ? outcome : noted
}

const feedRecordFields = {
  ...recordFields,
  /** Slug of the event's tenant; null for a test, and for a tenant that was deleted. */
  tenant: sql<string | null>`coalesce(
    (select ${tenants.slug} from ${tenants} where ${tenants.id} = ${deliveries.tenantId}),
    (select ${tenantDatabases.slug} from ${tenantDatabases}
      where ${tenantDatabases.id} = ${deliveries.tenantId}))`,
}

export type FeedDelivery = RowOf<typeof feedRecordFields>

const selectDeliveries = query(feedRecordFields, (fields) =>
  select(fields)
    .from(deliveries)
    .where(and(eq(deliveries.webhookId, value('id')), lt(deliveries.number, value('before'))))
    .orderBy(desc(deliveries.number))
    .limit(sql.placeholder('limit')),
)

/** Attempts before a number, the latest first. */
export async function listFeedDeliveries(
  main: D1Database,
  id: string,
  before: number,
  limit: number,
): Promise<Result<readonly FeedDelivery[], Refusal>> {
  const outcome = await readBatch(main, [selectDeliveries(main, { id, before, limit })])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}
