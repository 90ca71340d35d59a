/** An endpoint with its log, and the context of commands on it, for pages and JSON alike. */
import type { Refusal } from '../../database/batch'
import { idOf } from '../../http/id'
import { allOk, ok, type Result } from '../../result'
import { listDeliveries, type DeliveryRecord } from '../../webhooks/attempts'
import type { OperatorContext } from '../../webhooks/commands'
import {
  listEvents,
  readChosen,
  type ChosenEvent,
  type ListedEvent,
} from '../../webhooks/one-event'
import { findWebhook, type WebhookHealth } from '../../webhooks/store'
import { authorOf, type AdminContext } from '../shell/context'
import { lastOfFull } from '../shell/forms'
import { writeShown } from '../shell/stale/shown'
import { endpointDigests, seenKeyOf } from './seen'

export interface Endpoint {
  readonly webhook: WebhookHealth
  readonly log: readonly DeliveryRecord[]
  /** `before` of the next page of the log; null on the last. */
  readonly older: number | null
}

export interface EndpointPage extends Endpoint {
  readonly events: readonly ListedEvent[]
  readonly chosen: (ChosenEvent & Pick<ListedEvent, 'state'>) | undefined
  /** What the page shows of the endpoint, for a later look whether it is still so. */
  readonly seen: string
}

const eventsShown = 20

/** The endpoint in the address, with one page of its log. */
export async function loadEndpoint(
  c: AdminContext,
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<Result<Endpoint, Refusal>> {
  const key = { tenantId: c.var.tenant.id, id: idOf(c) }
  const loaded = await allOk([
    findWebhook(c.env.DB, key.tenantId, key.id),
    listDeliveries(c.env.DB, key, before, limit),
  ])
  if (!loaded.ok) return loaded
  const [webhook, log] = loaded.value
  return ok({ webhook, log, older: lastOfFull(log, limit)?.number ?? null })
}

/** The endpoint, a page of its log and one of its events, and the event that is shown in full. */
export async function loadPage(
  c: AdminContext,
  query: {
    readonly before: number
    readonly events: number
    readonly event?: number | undefined
    readonly limit: number
  },
): Promise<Result<EndpointPage, Refusal>> {
  const endpoint = await loadEndpoint(c, query)
  if (!endpoint.ok) return endpoint
  const { webhook } = endpoint.value
  const loaded = await allOk([
    seenKeyOf(c, endpoint),
    listEvents({ events: c.env.DB, attempts: c.env.DB }, webhook, query.events, eventsShown),
    query.event === undefined
      ? Promise.resolve(ok(undefined))
      : readChosen(c.env.DB, webhook, query.event),
  ])
  if (!loaded.ok) return loaded
  const [key, events, chosen] = loaded.value
  const seen = writeShown(await endpointDigests(key, webhook))
  return ok({ ...endpoint.value, events, chosen, seen })
}

export function operatorContextOf(c: AdminContext): OperatorContext {
  return { environment: c.env, tenant: c.var.tenant, author: authorOf(c) }
}
