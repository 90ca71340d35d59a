/** Webhooks as JSON. */
import { readQuery } from '../../http/query'
import type * as z from 'zod/mini'
import type { Result } from '../../result'
import type { DeliveryRecord } from '../../webhooks/attempts'
import { isoOrNull } from '../../time'
import { shownTarget } from '../../public-address'
import {
  findWebhook,
  listWebhooks,
  lostEvents,
  type Webhook,
  type WebhookHealth,
} from '../../webhooks/store'
import { idOf } from '../../http/id'
import type { AdminContext } from '../shell/context'
import { replyBadQuery, replyFault, replyRefusal } from '../shell/problem'
import { conditionOf } from '../shell/stale/if-match'
import {
  editWebhook,
  makeWebhook,
  removeWebhook,
  replayEvents,
  rotateSecret,
  sendTest,
  setWebhookState,
  type Issued,
  type WebhookRefusal,
} from '../../webhooks/commands'
import type { Endpoint } from '../../webhooks/endpoint-commands'
import { resendEvent, skipEvent } from '../../webhooks/one-event'
import type { Answer } from '../../webhooks/send'
import { replaySince } from './replay'
import { endpointTag, seenKeyOf } from './seen'
import {
  deliveriesQuery,
  nothingSinceText,
  replayText,
  targetTexts,
  type newWebhook,
  type oneEvent,
  type replayBody,
  type webhookChange,
} from './forms'
import { operatorContextOf, loadEndpoint } from './load'

export async function postWebhook(c: AdminContext, input: z.output<typeof newWebhook>) {
  return replyIssued(c, 201, await makeWebhook(operatorContextOf(c), input))
}

export async function getWebhooks(c: AdminContext) {
  const found = await listWebhooks(c.env.DB, c.var.tenant.id)
  if (!found.ok) return replyRefusal(c, found.error)
  return c.json({ webhooks: found.value.map(showWebhook) })
}

export async function getWebhook(c: AdminContext) {
  const found = await findWebhook(c.env.DB, c.var.tenant.id, idOf(c))
  const key = await seenKeyOf(c, found)
  if (found.ok && key.ok) c.header('ETag', await endpointTag(key.value, found.value))
  return replyWebhook(c, key.ok ? found : key)
}

export async function patchWebhook(c: AdminContext, input: z.output<typeof webhookChange>) {
  const key = await seenKeyOf(c, await findWebhook(c.env.DB, c.var.tenant.id, idOf(c)))
  if (!key.ok) return replyRefusal(c, key.error)
  const condition = asSeen(c, key.value)
  const edited = await editWebhook(operatorContextOf(c), idOf(c), input, condition)
  if (edited.ok) c.header('ETag', await endpointTag(key.value, edited.value))
  return replyWebhook(c, edited)
}

export async function deleteWebhook(c: AdminContext) {
  const key = await seenKeyOf(c, await findWebhook(c.env.DB, c.var.tenant.id, idOf(c)))
  if (!key.ok) return replyRefusal(c, key.error)
  const deleted = await removeWebhook(operatorContextOf(c), idOf(c), asSeen(c, key.value))
  return deleted.ok ? c.body(null, 204) : refuseWebhook(c, deleted.error)
}

/** The condition of `If-Match` on an endpoint. */
export function asSeen(c: AdminContext, key: string) {
  return conditionOf(c, (present: Endpoint) => endpointTag(key, present))
}

export async function postRotation(c: AdminContext) {
  return replyIssued(c, 200, await rotateSecret(operatorContextOf(c), idOf(c)))
}

export function postState(kind: 'pause' | 'resume' | 'retry') {
  return async function changeState(c: AdminContext) {
    return replyWebhook(c, await setWebhookState(operatorContextOf(c), idOf(c), kind))
  }
}

export async function postReplay(c: AdminContext, input: z.output<typeof replayBody>) {
  const command = operatorContextOf(c)
  return replyWebhook(
    c,
    'since' in input
      ? await replaySince(command, idOf(c), input.since)
      : await replayEvents(command, idOf(c), input.after),
  )
}

export async function postResend(c: AdminContext, { seq }: z.output<typeof oneEvent>) {
  return replyAnswer(c, await resendEvent(operatorContextOf(c), idOf(c), seq))
}

export async function postSkip(c: AdminContext, { seq }: z.output<typeof oneEvent>) {
  return replyWebhook(c, await skipEvent(operatorContextOf(c), idOf(c), seq))
}

export async function postTest(c: AdminContext) {
  return replyAnswer(c, await sendTest(operatorContextOf(c), idOf(c)))
}

export function replyAnswer(c: AdminContext, sent: Result<Answer, WebhookRefusal>) {
  if (!sent.ok) return refuseWebhook(c, sent.error)
  const { status, duration, error, excerpt } = sent.value
  return c.json({ status, duration, error, excerpt })
}

export async function getDeliveries(c: AdminContext) {
  const query = readQuery(deliveriesQuery, c.req.url)
  if (!query.ok) return replyBadQuery(c, query.error)
  const loaded = await loadEndpoint(c, query.value)
  if (!loaded.ok) return replyRefusal(c, loaded.error)
  const { log, older } = loaded.value
  return c.json({ deliveries: log.map(showDelivery), before: older })
}

function replyWebhook(c: AdminContext, outcome: Result<WebhookHealth, WebhookRefusal>) {
  return outcome.ok ? c.json(showWebhook(outcome.value)) : refuseWebhook(c, outcome.error)
}

function replyIssued(c: AdminContext, status: 200 | 201, outcome: Result<Issued, WebhookRefusal>) {
  if (!outcome.ok) return refuseWebhook(c, outcome.error)
  const { webhook, secret } = outcome.value
  return c.json({ ...showWebhook(webhook), secret }, status, { 'Cache-Control': 'no-store' })
}

export function refuseWebhook(c: AdminContext, refusal: WebhookRefusal): Response {
  if (refusal.kind === 'badTarget') return replyFault(c, '/url', targetTexts[refusal.reason])
  if (refusal.kind === 'noEvent') return replyFault(c, '/seq', 'The log has no such event.')
  if (refusal.kind === 'notNext') {
    return replyFault(c, '/seq', 'Only the event behind deliveredUpTo can be left out.')
  }
  if (refusal.kind === 'nothingSince') return replyFault(c, '/since', nothingSinceText)
  if (refusal.kind !== 'notDelivered') return replyRefusal(c, refusal)
  return replyFault(c, '/after', replayText(refusal.deliveredUpTo))
}

function showWebhook(webhook: WebhookHealth) {
  const { place, lastSeq } = webhook
  return showEndpoint(webhook, {
    deliveredUpTo: place,
    behind: lastSeq - place,
    lost: lostEvents(webhook),
  })
}

/** An endpoint of a tenant or of all tenants; `progress` stands in the middle. */
export function showEndpoint<Progress extends object>(
  webhook: Omit<Webhook, 'tenantId' | 'place'>,
  progress: Progress,
) {
  const { id, url, types, state, failures, lastError } = webhook
  return {
    id,
    url: shownTarget(url),
    events: types,
    state,
    stateSince: isoOrNull(webhook.stateAt),
    created: isoOrNull(webhook.createdAt),
    ...progress,
    lastSuccess: isoOrNull(webhook.lastSuccessAt),
    failures,
    failingSince: isoOrNull(webhook.failingSince),
    nextAttempt: isoOrNull(webhook.nextAttemptAt),
    lastError,
    oldSecretUntil: isoOrNull(webhook.oldSecretUntil),
  }
}

export function showDelivery<D extends DeliveryRecord>({ number, at, seq, eventId, ...rest }: D) {
  return { number, time: isoOrNull(at), seq, id: eventId, ...rest }
}
