/** Webhooks of all tenants as JSON. */
import { readQuery } from '../../../http/query'
import type * as z from 'zod/mini'
import { idOf } from '../../../http/id'
import type { Result } from '../../../result'
import { isoOrNull } from '../../../time'
import { findAtHome } from '../../../tenants/locate'
import {
  editFeedWebhook,
  makeFeedWebhook,
  removeFeedWebhook,
  replayFeedSince,
  rotateFeedSecret,
  setFeedWebhookState,
  tryFeedWebhook,
} from '../../../webhooks/all/commands'
import {
  replayTenantEvents,
  resendTenantEvent,
  skipTenantEvent,
  type TenantAtHome,
} from '../../../webhooks/all/one-tenant'
import { findFeedWebhook, listFeedWebhooks, type FeedWebhook } from '../../../webhooks/all/store'
import type { IssuedOf, WebhookRefusal } from '../../../webhooks/endpoint-commands'
import type { AdminContext } from '../../shell/context'
import { endpointTag, seenKeyOf } from '../seen'
import { problems, replyBadQuery, replyProblem, replyRefusal } from '../../shell/problem'
import { asSeen, refuseWebhook, replyAnswer, showDelivery, showEndpoint } from '../api'
import { deliveriesQuery, type newWebhook, type webhookChange } from '../forms'
import { tenantEventsQuery, type feedReplayBody, type tenantEvent } from './forms'
import { deploymentContextOf, loadAttempts, loadFeedEndpoint, loadTenantEvents } from './load'

export async function postFeedWebhook(c: AdminContext, input: z.output<typeof newWebhook>) {
  return replyIssued(c, 201, await makeFeedWebhook(deploymentContextOf(c), input))
}

export async function getFeedWebhooks(c: AdminContext) {
  const found = await listFeedWebhooks(c.env.DB)
  if (!found.ok) return replyRefusal(c, found.error)
  return c.json({ webhooks: found.value.map(show) })
}

export async function getFeedWebhook(c: AdminContext) {
  const loaded = await loadFeedEndpoint(c.env, idOf(c))
  if (!loaded.ok) return replyRefusal(c, loaded.error)
  const { webhook, waiting, behind } = loaded.value
  const key = await seenKeyOf(c, loaded)
  if (!key.ok) return replyRefusal(c, key.error)
  c.header('ETag', await endpointTag(key.value, webhook))
  return c.json({
    ...show(webhook),
    behind,
    waiting: waiting.map(({ slug, place, upTo, failures, ...lane }) => ({
      tenant: slug,
      deliveredUpTo: place,
      behind: upTo - place,
      failures,
      failingSince: isoOrNull(lane.failingSince),
      nextAttempt: isoOrNull(lane.nextAttemptAt),
      lastError: lane.lastError,
    })),
  })
}

export async function patchFeedWebhook(c: AdminContext, input: z.output<typeof webhookChange>) {
  const key = await seenKeyOf(c, await findFeedWebhook(c.env.DB, idOf(c)))
  if (!key.ok) return replyRefusal(c, key.error)
  const condition = asSeen(c, key.value)
  const edited = await editFeedWebhook(deploymentContextOf(c), idOf(c), input, condition)
  if (edited.ok) c.header('ETag', await endpointTag(key.value, edited.value))
  return replyChanged(c, edited)
}

export async function deleteFeedWebhook(c: AdminContext) {
  const key = await seenKeyOf(c, await findFeedWebhook(c.env.DB, idOf(c)))
  if (!key.ok) return replyRefusal(c, key.error)
  const condition = asSeen(c, key.value)
  const deleted = await removeFeedWebhook(deploymentContextOf(c), idOf(c), condition)
  return deleted.ok ? c.body(null, 204) : refuse(c, deleted.error)
}

export async function postFeedRotation(c: AdminContext) {
  return replyIssued(c, 200, await rotateFeedSecret(deploymentContextOf(c), idOf(c)))
}

export function postFeedState(kind: 'pause' | 'resume' | 'retry') {
  return async function changeFeedState(c: AdminContext) {
    return replyChanged(c, await setFeedWebhookState(deploymentContextOf(c), idOf(c), kind))
  }
}

export async function postFeedReplay(c: AdminContext, input: z.output<typeof feedReplayBody>) {
  const command = deploymentContextOf(c)
  if ('since' in input) return replyChanged(c, await replayFeedSince(command, idOf(c), input.since))
  return ofTenant(c, input.tenant, async (whose) =>
    replyChanged(c, await replayTenantEvents(command, idOf(c), whose, input.after)),
  )
}

export function postFeedResend(c: AdminContext, { tenant, seq }: z.output<typeof tenantEvent>) {
  return ofTenant(c, tenant, async (whose) =>
    replyAnswer(c, await resendTenantEvent(deploymentContextOf(c), idOf(c), whose, seq)),
  )
}

export function postFeedSkip(c: AdminContext, { tenant, seq }: z.output<typeof tenantEvent>) {
  return ofTenant(c, tenant, async (whose) =>
    replyChanged(c, await skipTenantEvent(deploymentContextOf(c), idOf(c), whose, seq)),
  )
}

export async function postFeedTest(c: AdminContext) {
  return replyAnswer(c, await tryFeedWebhook(deploymentContextOf(c), idOf(c)))
}

export async function getFeedDeliveries(c: AdminContext) {
  const query = readQuery(deliveriesQuery, c.req.url)
  if (!query.ok) return replyBadQuery(c, query.error)
  const { before, limit } = query.value
  const endpoint = await loadFeedEndpoint(c.env, idOf(c))
  if (!endpoint.ok) return replyRefusal(c, endpoint.error)
  const loaded = await loadAttempts(c.env.DB, idOf(c), before, limit)
  if (!loaded.ok) return replyRefusal(c, loaded.error)
  const { log, older } = loaded.value
  return c.json({ deliveries: log.map(showDelivery), before: older })
}

export async function getFeedEvents(c: AdminContext) {
  const query = readQuery(tenantEventsQuery, c.req.url)
  if (!query.ok) return replyBadQuery(c, query.error)
  const { tenant, before, limit } = query.value
  const loaded = await loadTenantEvents(c, tenant, before, limit)
  if (!loaded.ok) return replyRefusal(c, loaded.error)
  const { events, progress } = loaded.value
  return c.json({
    deliveredUpTo: progress.place,
    behind: progress.lastSeq - progress.place,
    events: events.map(({ at, ...event }) => ({ ...event, time: isoOrNull(at) })),
    before: events.at(-1)?.seq ?? null,
  })
}

async function ofTenant(
  c: AdminContext,
  slug: string,
  act: (whose: TenantAtHome) => Promise<Response>,
): Promise<Response> {
  const whose = await findAtHome(c.env, slug)
  return whose.ok ? act(whose.value) : replyRefusal(c, whose.error)
}

function replyChanged(c: AdminContext, outcome: Result<FeedWebhook, WebhookRefusal>) {
  return outcome.ok ? c.json(show(outcome.value)) : refuse(c, outcome.error)
}

function replyIssued(
  c: AdminContext,
  status: 200 | 201,
  outcome: Result<IssuedOf<FeedWebhook>, WebhookRefusal>,
) {
  if (!outcome.ok) return refuse(c, outcome.error)
  const { webhook, secret } = outcome.value
  return c.json({ ...show(webhook), secret }, status, { 'Cache-Control': 'no-store' })
}

function refuse(c: AdminContext, refusal: WebhookRefusal): Response {
  if (refusal.kind === 'tooManyWebhooks') return replyProblem(c, problems.tooManyFeedWebhooks)
  return refuseWebhook(c, refusal)
}

function show(webhook: FeedWebhook) {
  return showEndpoint(webhook, {})
}
