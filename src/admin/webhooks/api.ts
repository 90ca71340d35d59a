/** Webhooks, as JSON. */
import type * as z from 'zod/mini'
import type { Result } from '../../result'
import { listDeliveries, type DeliveryRecord } from '../../webhooks/attempts'
import { isoOrNull } from '../../time'
import { findWebhook, listWebhooks, type WebhookHealth } from '../../webhooks/store'
import { idOf } from '../../http/id'
import { authorOf, type AdminContext } from '../shell/context'
import { problems, replyBadQuery, replyProblem, replyRefusal } from '../shell/problem'
import {
  editWebhook,
  makeWebhook,
  replayEvents,
  rotateSecret,
  sendTest,
  setWebhookState,
  type OperatorContext,
  type Issued,
  type WebhookRefusal,
} from '../../webhooks/commands'
import {
  deliveriesQuery,
  targetTexts,
  type newWebhook,
  type replayBody,
  type webhookChange,
} from './forms'

export async function postWebhook(c: AdminContext, input: z.output<typeof newWebhook>) {
  const { url, events } = input
  return replyIssued(c, 201, await makeWebhook(commandOf(c), { url, types: events ?? null }))
}

export async function getWebhooks(c: AdminContext) {
  const found = await listWebhooks(c.env.DB, c.var.tenant.id)
  if (!found.ok) return replyRefusal(c, found.error)
  return c.json({ webhooks: found.value.map(showWebhook) })
}

export async function getWebhook(c: AdminContext) {
  return replyWebhook(c, await findWebhook(c.env.DB, c.var.tenant.id, idOf(c)))
}

export async function patchWebhook(c: AdminContext, input: z.output<typeof webhookChange>) {
  const { url, events } = input
  const change = {
    ...(url === undefined ? {} : { url }),
    ...(events === undefined ? {} : { types: events }),
  }
  return replyWebhook(c, await editWebhook(commandOf(c), idOf(c), change))
}

export async function deleteWebhook(c: AdminContext) {
  const deleted = await setWebhookState(commandOf(c), idOf(c), 'delete')
  return deleted.ok ? c.body(null, 204) : refuse(c, deleted.error)
}

export async function postRotation(c: AdminContext) {
  return replyIssued(c, 200, await rotateSecret(commandOf(c), idOf(c)))
}

export function postState(kind: 'pause' | 'resume' | 'retry') {
  return async function steer(c: AdminContext) {
    return replyWebhook(c, await setWebhookState(commandOf(c), idOf(c), kind))
  }
}

export async function postReplay(c: AdminContext, { after }: z.output<typeof replayBody>) {
  return replyWebhook(c, await replayEvents(commandOf(c), idOf(c), after))
}

export async function postTest(c: AdminContext) {
  const sent = await sendTest(commandOf(c), idOf(c))
  if (!sent.ok) return refuse(c, sent.error)
  const { status, duration, error, excerpt } = sent.value
  return c.json({ status, duration, error, excerpt })
}

export async function getDeliveries(c: AdminContext) {
  const query = deliveriesQuery.safeParse(c.req.query())
  if (!query.success) return replyBadQuery(c, query.error)
  const found = await findWebhook(c.env.DB, c.var.tenant.id, idOf(c))
  if (!found.ok) return replyRefusal(c, found.error)
  const { before, limit } = query.data
  const list = await listDeliveries(c.env.DB, found.value, before, limit)
  if (!list.ok) return replyRefusal(c, list.error)
  const last = list.value.length === limit ? list.value.at(-1)?.number : undefined
  return c.json({ deliveries: list.value.map(showDelivery), before: last ?? null })
}

function commandOf(c: AdminContext): OperatorContext {
  return { environment: c.env, tenant: c.var.tenant, author: authorOf(c) }
}

function replyWebhook(c: AdminContext, outcome: Result<WebhookHealth, WebhookRefusal>) {
  return outcome.ok ? c.json(showWebhook(outcome.value)) : refuse(c, outcome.error)
}

function replyIssued(c: AdminContext, status: 200 | 201, outcome: Result<Issued, WebhookRefusal>) {
  if (!outcome.ok) return refuse(c, outcome.error)
  const { webhook, secret } = outcome.value
  return c.json({ ...showWebhook(webhook), secret }, status, { 'Cache-Control': 'no-store' })
}

function refuse(c: AdminContext, refusal: WebhookRefusal): Response {
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
    stateSince: isoOrNull(webhook.stateAt),
    created: isoOrNull(webhook.createdAt),
    deliveredUpTo: place,
    behind: lastSeq - place,
    lastSuccess: isoOrNull(webhook.lastSuccessAt),
    failures,
    failingSince: isoOrNull(webhook.failingSince),
    nextAttempt: isoOrNull(webhook.nextAttemptAt),
    lastError,
    oldSecretUntil: isoOrNull(webhook.oldSecretUntil),
  }
}

function showDelivery({ number, at, seq, eventId, ...rest }: DeliveryRecord) {
  return { number, time: isoOrNull(at), seq, id: eventId, ...rest }
}
