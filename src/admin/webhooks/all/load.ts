/** An endpoint of all tenants with its attempts and the tenants that wait, for pages and JSON alike. */
import type { Refusal } from '../../../database/batch'
import type { Databases } from '../../../database/placement'
import { idOf } from '../../../http/id'
import { allOk, ok, type Result } from '../../../result'
import { findAtHome } from '../../../tenants/locate'
import { listFeedDeliveries, type FeedDelivery } from '../../../webhooks/all/attempts'
import type { DeploymentContext } from '../../../webhooks/all/commands'
import { countBehind } from '../../../webhooks/all/feed'
import {
  listTenantEvents,
  progressOf,
  type TenantAtHome,
  type TenantProgress,
} from '../../../webhooks/all/one-tenant'
import { readWaiting, type WaitingTenant } from '../../../webhooks/all/waiting'
import { findFeedWebhook, type FeedWebhook } from '../../../webhooks/all/store'
import type { ListedEvent } from '../../../webhooks/one-event'
import { authorOf, type AdminContext } from '../../shell/context'
import { lastOfFull } from '../../shell/forms'

export interface FeedEndpoint {
  readonly webhook: FeedWebhook
  readonly waiting: readonly WaitingTenant[]
  /** Events of the feed that it has not come to. */
  readonly behind: number
}

/** The endpoint in the address. */
export async function loadFeedEndpoint(
  environment: Databases,
  id: string,
): Promise<Result<FeedEndpoint, Refusal>> {
  const found = await findFeedWebhook(environment.DB, id)
  if (!found.ok) return found
  const { webhook, lanes } = found.value
  const read = await allOk([readWaiting(environment.DB, lanes), countBehind(environment, webhook)])
  if (!read.ok) return read
  const [waiting, behind] = read.value
  return ok({ webhook, waiting, behind })
}

export interface Attempts {
  readonly log: readonly FeedDelivery[]
  /** `before` of the next page; null on the last. */
  readonly older: number | null
}

export async function loadAttempts(
  main: D1Database,
  id: string,
  before: number,
  limit: number,
): Promise<Result<Attempts, Refusal>> {
  const log = await listFeedDeliveries(main, id, before, limit)
  return log.ok ? ok({ log: log.value, older: lastOfFull(log.value, limit)?.number ?? null }) : log
}

export interface TenantEvents extends TenantAtHome {
  readonly progress: TenantProgress
  readonly events: readonly ListedEvent[]
}

/** How far the endpoint in the address is with a tenant, and a page of that tenant's events. */
export async function loadTenantEvents(
  c: AdminContext,
  slug: string,
  before: number,
  limit: number,
): Promise<Result<TenantEvents, Refusal>> {
  const whose = await findAtHome(c.env, slug)
  if (!whose.ok) return whose
  const progress = await progressOf(c.env.DB, idOf(c), whose.value)
  if (!progress.ok) return progress
  const events = await listTenantEvents(c.env.DB, whose.value, progress.value, before, limit)
  if (!events.ok) return events
  return ok({ ...whose.value, progress: progress.value, events: events.value })
}

export function deploymentContextOf(c: AdminContext): DeploymentContext {
  return { environment: c.env, author: authorOf(c) }
}
