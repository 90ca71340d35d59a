/** One tenant's events at an endpoint of all tenants: listed, sent once more, passed over, replayed. */
import { auditStatement } from '../../audit/log'
import { runBatch, type Refusal } from '../../database/batch'
import { mainName, type Databases } from '../../database/placement'
import { beginning, readPlaces } from '../../events/places'
import { err, ok, type Result } from '../../result'
import { noTenant } from '../../sealing/keys'
import type { Tenant } from '../../tenants/tenant'
import type { WebhookRefusal } from '../endpoint-commands'
import { listEvents, sendChosen, type ListedEvent } from '../one-event'
import type { Answer } from '../send'
import { feedAttemptStatements } from './attempts'
import { applyToFeed, whileMoved, type DeploymentContext } from './commands'
import { readCovered } from './feed'
import { findFeedWebhook, type FeedWebhook, type Lane } from './store'

/** A tenant, with the environment of its database. */
export interface TenantAtHome {
  readonly tenant: Tenant
  readonly home: Databases
}

/** How far an endpoint is with a tenant. */
export interface TenantProgress {
  readonly webhook: FeedWebhook
  /** The lane, while the tenant has one. */
  readonly lane: Lane | undefined
  /** Number of the last event that is delivered, and of the last before the endpoint's place. */
  readonly place: number
  readonly upTo: number
  readonly lastSeq: number
  readonly failures: number
}

/** How far an endpoint is with a tenant. */
export async function progressOf(
  main: D1Database,
  id: string,
  { tenant, home }: TenantAtHome,
): Promise<Result<TenantProgress, Refusal>> {
  const found = await findFeedWebhook(main, id)
  if (!found.ok) return found
  const { webhook, lanes } = found.value
  const places = readPlaces(webhook.place)
  const start = places?.get(home.databaseName ?? mainName) ?? beginning
  const read = await readCovered(home.DB, tenant.id, start)
  if (!read.ok) return read
  const lane = lanes.find(({ tenantId }) => tenantId === tenant.id)
  const { covered, lastSeq } = read.value
  const upTo = Math.max(covered, lane?.upTo ?? 0)
  return ok({
    webhook,
    lane,
    place: lane?.place ?? covered,
    upTo,
    lastSeq,
    failures: lane?.failures ?? 0,
  })
}

/** Events of a tenant below a number, the latest first. The attempts are in the main database. */
export function listTenantEvents(
  main: D1Database,
  { home, tenant }: TenantAtHome,
  { webhook: { id, types, createdAt, lastSuccessAt }, place, failures, lastSeq }: TenantProgress,
  before: number,
  limit: number,
): Promise<Result<readonly ListedEvent[], Refusal>> {
  const endpoint = { id, tenantId: tenant.id, createdAt, types, lastSuccessAt }
  const progress = { ...endpoint, place, failures, lastSeq }
  return listEvents({ events: home.DB, attempts: main }, progress, before, limit)
}

/**
 * Sends an event once more, past the line of those that wait. When the receiver takes the one that the
 * tenant waits with, its delivery goes on behind it. Refused with `noEvent`.
 */
export async function resendTenantEvent(
  command: DeploymentContext,
  id: string,
  whose: TenantAtHome,
  seq: number,
): Promise<Result<Answer, WebhookRefusal>> {
  const { environment, author } = command
  const { DB } = environment
  const progress = await progressOf(DB, id, whose)
  if (!progress.ok) return progress
  const endpoint = { ...progress.value.webhook, tenantId: noTenant }
  const log = { database: whose.home.DB, tenantId: whose.tenant.id }
  const sent = await sendChosen(environment, endpoint, log, seq)
  if (!sent.ok) return sent
  const { answer } = sent.value
  const attempt = { ...sent.value.attempt, tenantId: whose.tenant.id }
  const after = { tenant: whose.tenant.slug, seq }
  const entry = { action: 'webhook.resent', subject: id, after }
  const noted = await runBatch(DB, [
    ...feedAttemptStatements(DB, id, [attempt]),
    auditStatement(DB, { tenant: noTenant, author, ...entry }),
  ])
  if (!noted.ok) return noted
  const isNext = progress.value.lane?.place === seq - 1
  if (answer.error === null && isNext) {
    const passed = await moveLane(command, whose, progress.value, seq, 'received', { seq })
    // The delivery may have come first.
    if (!passed.ok && passed.error.kind !== 'version') return passed
  }
  return ok(answer)
}

/**
 * Leaves out the event that a tenant waits with: the receiver never gets it. Refused with `notNext` for any
 * other.
 */
export async function skipTenantEvent(
  command: DeploymentContext,
  id: string,
  whose: TenantAtHome,
  seq: number,
): Promise<Result<FeedWebhook, WebhookRefusal>> {
  return whileMoved(async () => {
    const progress = await progressOf(command.environment.DB, id, whose)
    if (!progress.ok) return progress
    if (progress.value.lane?.place !== seq - 1) return err({ kind: 'notNext' })
    return moveLane(command, whose, progress.value, seq, 'skipped', { seq })
  })
}

/** Delivers a tenant's events behind a number again. Refused with `notDelivered` for one that was not. */
export async function replayTenantEvents(
  command: DeploymentContext,
  id: string,
  whose: TenantAtHome,
  after: number,
): Promise<Result<FeedWebhook, WebhookRefusal>> {
  return whileMoved(async () => {
    const progress = await progressOf(command.environment.DB, id, whose)
    if (!progress.ok) return progress
    const { place } = progress.value
    if (after > place) return err({ kind: 'notDelivered', deliveredUpTo: place })
    return moveLane(command, whose, progress.value, after, 'replayed', { after })
  })
}

function moveLane(
  command: DeploymentContext,
  { tenant, home }: TenantAtHome,
  { webhook, upTo }: TenantProgress,
  place: number,
  word: string,
  what: Readonly<Record<string, number>>,
): Promise<Result<FeedWebhook, Refusal>> {
  const database = home.databaseName ?? mainName
  const lane = { tenantId: tenant.id, database, place, upTo }
  const change = { kind: 'lane', lane, from: webhook } as const
  const difference = { after: { tenant: tenant.slug, ...what } }
  return applyToFeed(command, webhook.id, change, word, difference)
}
