/** Who is told of a tenant's events: endpoints, its own and those of all tenants, and readers; how far each is. */
import { listReaders } from '../../application/keys'
import type { Refusal } from '../../database/batch'
import type { Databases } from '../../database/placement'
import type { EventType } from '../../database/schema/event-types'
import { allOk, ok, type Result } from '../../result'
import type { Tenant } from '../../tenants/tenant'
import { progressOf } from '../../webhooks/all/one-tenant'
import { listFeedWebhooks } from '../../webhooks/all/store'
import { readSkipped, type LogProgress } from '../../webhooks/one-event'
import { listWebhooks, type Webhook } from '../../webhooks/store'
import { errorText } from '../webhooks/health'
import { dateOf } from './sentence'
import type { Receiver } from './told'

/** An event that a page speaks of. */
export interface SpokenOf {
  readonly seq: number
  readonly at: number
  readonly type: EventType
}

type Health = Pick<Webhook, 'url' | 'state' | 'stateAt' | 'failures' | 'failingSince' | 'lastError'>

interface Endpoint {
  readonly health: Health
  readonly progress: LogProgress
  /** The database that has its attempts. */
  readonly attempts: D1Database
}

/** Whoever gets events of a tenant, and which of `events` each will never get. */
export async function readReceivers(
  environment: Databases,
  tenant: Tenant,
  events: readonly SpokenOf[],
): Promise<Result<Receiver[], Refusal>> {
  const read = await allOk([
    ownEndpoints(environment, tenant),
    commonEndpoints(environment, tenant),
    listReaders(environment, tenant.id),
  ])
  if (!read.ok) return read
  const [own, common, { keys, progress }] = read.value
  const endpoints = await allOk([...own, ...common].map((endpoint) => receiverOf(endpoint, events)))
  if (!endpoints.ok) return endpoints
  const readers = progress.map(({ reader, seq }) => ({
    name: keys.find((key) => key.id === reader)?.label || `reader ${reader}`,
    seq,
    // Who has taken over so much has read all before it.
    since: 0,
    types: null,
  }))
  return ok([...endpoints.value, ...readers])
}

async function ownEndpoints(
  { DB }: Databases,
  tenant: Tenant,
): Promise<Result<Endpoint[], Refusal>> {
  const found = await listWebhooks(DB, tenant.id)
  if (!found.ok) return found
  return ok(found.value.map((webhook) => ({ health: webhook, progress: webhook, attempts: DB })))
}

/** The endpoints of all tenants, which the main database has. */
async function commonEndpoints(
  environment: Databases,
  tenant: Tenant,
): Promise<Result<Endpoint[], Refusal>> {
  const main = environment.mainDatabase ?? environment.DB
  const found = await listFeedWebhooks(main)
  if (!found.ok) return found
  const whose = { tenant, home: environment }
  const all = await allOk(found.value.map(({ id }) => progressOf(main, id, whose)))
  if (!all.ok) return all
  return ok(
    all.value.map(({ webhook, lane, place, lastSeq, failures }) => {
      const { url, state, stateAt, id, createdAt, types, lastSuccessAt } = webhook
      const { failingSince, lastError } = lane ?? webhook
      return {
        health: { url, state, stateAt, failures, failingSince, lastError },
        progress: {
          id,
          tenantId: tenant.id,
          createdAt,
          types,
          place,
          lastSuccessAt,
          failures,
          lastSeq,
        },
        attempts: main,
      }
    }),
  )
}

async function receiverOf(
  { health, progress, attempts }: Endpoint,
  events: readonly SpokenOf[],
): Promise<Result<Receiver, Refusal>> {
  const skipped = await readSkipped(attempts, progress, events)
  if (!skipped.ok) return skipped
  return ok({
    name: new URL(health.url).host,
    seq: progress.place,
    since: progress.createdAt,
    types: progress.types,
    trouble: troubleInTime(health),
    skipped: skipped.value,
  })
}

/** Why an endpoint gets nothing, for a sentence that is read some other day; undefined where it does. */
function troubleInTime({ state, stateAt, failures, failingSince, lastError }: Health) {
  if (state === 'paused') return `paused since ${dateOf(stateAt)}`
  if (state === 'failed') return `paused since ${dateOf(stateAt)}: ${errorText(lastError)}`
  if (failures === 0) return undefined
  const since = failingSince === null ? '' : ` since ${dateOf(failingSince)}`
  return `failing${since}: ${errorText(lastError)}`
}
