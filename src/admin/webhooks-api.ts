/** Webhooks, as JSON. */
import type { Context } from 'hono'
import type * as z from 'zod/mini'
import type { AppTypes } from '../http/context'
import type { Result } from '../result'
import { listDeliveries, type DeliveryRecord } from '../store/deliveries'
import { findTenant } from '../store/tenants'
import { findWebhook, listWebhooks, type WebhookHealth } from '../store/webhooks'
import { operatorAuthor, problems, replyBadQuery, replyProblem, replyRefusal } from './problem'
import {
  editWebhook,
  makeWebhook,
  replayEvents,
  rotateSecret,
  sendTest,
  steerWebhook,
  type Command,
  type Issued,
  type WebhookRefusal,
} from './webhook-commands'
import {
  deliveriesQuery,
  targetTexts,
  type newWebhook,
  type replayBody,
  type webhookChange,
} from './webhook-forms'

type ApiContext = Context<AppTypes>

export async function postWebhook(c: ApiContext, wish: z.output<typeof newWebhook>) {
  const command = await commandOf(c)
  if (!command.ok) return replyRefusal(c, command.error)
  const { url, events } = wish
  return replyIssued(c, 201, await makeWebhook(command.value, { url, types: events ?? null }))
}

export async function getWebhooks(c: ApiContext) {
  const command = await commandOf(c)
  if (!command.ok) return replyRefusal(c, command.error)
  const found = await listWebhooks(c.env.DB, command.value.tenant.id)
  if (!found.ok) return replyRefusal(c, found.error)
  return c.json({ webhooks: found.value.map(showWebhook) })
}

export async function getWebhook(c: ApiContext) {
  const command = await commandOf(c)
  if (!command.ok) return replyRefusal(c, command.error)
  return replyWebhook(c, await findWebhook(c.env.DB, command.value.tenant.id, idOf(c)))
}

export async function patchWebhook(c: ApiContext, wish: z.output<typeof webhookChange>) {
  const command = await commandOf(c)
  if (!command.ok) return replyRefusal(c, command.error)
  const { url, events } = wish
  const change = {
    ...(url === undefined ? {} : { url }),
    ...(events === undefined ? {} : { types: events }),
  }
  return replyWebhook(c, await editWebhook(command.value, idOf(c), change))
}

export async function deleteWebhook(c: ApiContext) {
  const command = await commandOf(c)
  if (!command.ok) return replyRefusal(c, command.error)
  const deleted = await steerWebhook(command.value, idOf(c), 'delete')
  return deleted.ok ? c.body(null, 204) : refuse(c, deleted.error)
}

export async function postRotation(c: ApiContext) {
  const command = await commandOf(c)
  if (!command.ok) return replyRefusal(c, command.error)
  return replyIssued(c, 200, await rotateSecret(command.value, idOf(c)))
}

export function postSteering(kind: 'pause' | 'resume' | 'retry') {
  return async function steer(c: ApiContext) {
    const command = await commandOf(c)
    if (!command.ok) return replyRefusal(c, command.error)
    return replyWebhook(c, await steerWebhook(command.value, idOf(c), kind))
  }
}

export async function postReplay(c: ApiContext, { after }: z.output<typeof replayBody>) {
  const command = await commandOf(c)
  if (!command.ok) return replyRefusal(c, command.error)
  return replyWebhook(c, await replayEvents(command.value, idOf(c), after))
}

export async function postTest(c: ApiContext) {
  const command = await commandOf(c)
  if (!command.ok) return replyRefusal(c, command.error)
  const sent = await sendTest(command.value, idOf(c))
  if (!sent.ok) return refuse(c, sent.error)
  const { status, duration, error, excerpt } = sent.value
  return c.json({ status, duration, error, excerpt })
}

export async function getDeliveries(c: ApiContext) {
  const query = deliveriesQuery.safeParse(c.req.query())
  if (!query.success) return replyBadQuery(c, query.error)
  const command = await commandOf(c)
  if (!command.ok) return replyRefusal(c, command.error)
  const found = await findWebhook(c.env.DB, command.value.tenant.id, idOf(c))
  if (!found.ok) return replyRefusal(c, found.error)
  const { before, limit } = query.data
  const list = await listDeliveries(c.env.DB, found.value, before, limit)
  if (!list.ok) return replyRefusal(c, list.error)
  const last = list.value.length === limit ? list.value.at(-1)?.number : undefined
  return c.json({ deliveries: list.value.map(showDelivery), before: last ?? null })
}

async function commandOf(c: ApiContext): Promise<Result<Command, WebhookRefusal>> {
  const tenant = await findTenant(c.env.DB, c.req.param('slug') ?? '')
  if (!tenant.ok) return tenant
  const command = { environment: c.env, tenant: tenant.value, author: operatorAuthor(c) }
  return { ok: true, value: command }
}

function idOf(c: ApiContext): string {
  return c.req.param('id') ?? ''
}

function replyWebhook(c: ApiContext, outcome: Result<WebhookHealth, WebhookRefusal>) {
  return outcome.ok ? c.json(showWebhook(outcome.value)) : refuse(c, outcome.error)
}

function replyIssued(c: ApiContext, status: 200 | 201, outcome: Result<Issued, WebhookRefusal>) {
  if (!outcome.ok) return refuse(c, outcome.error)
  const { webhook, secret } = outcome.value
  return c.json({ ...showWebhook(webhook), secret }, status, { 'Cache-Control': 'no-store' })
}

function refuse(c: ApiContext, refusal: WebhookRefusal): Response {
  if (refusal.kind !== 'badTarget') return replyRefusal(c, refusal)
  const errors = [{ pointer: '/url', detail: targetTexts[refusal.reason] }]
  return replyProblem(c, problems.invalid, { errors })
}

function showWebhook(webhook: WebhookHealth) {
  const { id, url, types, state, place, lastSeq, failures, lastError } = webhook
  return {
    id,
    url,
    events: types,
    state,
    stateSince: iso(webhook.stateAt),
    created: iso(webhook.createdAt),
    deliveredUpTo: place,
    behind: lastSeq - place,
    lastSuccess: iso(webhook.lastSuccessAt),
    failures,
    failingSince: iso(webhook.failingSince),
    nextAttempt: iso(webhook.nextAttemptAt),
    lastError,
    oldSecretUntil: iso(webhook.oldSecretUntil),
  }
}

function showDelivery({ number, at, seq, eventId, ...rest }: DeliveryRecord) {
  return { number, time: iso(at), seq, id: eventId, ...rest }
}

function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}
