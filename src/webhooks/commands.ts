/** Commands on webhooks for the operator, from the API and the console. */
import { openSecret, sealSecret, type SealingEnvironment } from './secret'
import { attemptOf, senderOf, type Answer, type SendingEnvironment } from './send'
import { makeSecret } from './signature'
import { idWith } from '../bytes'
import { checkTarget, isLoopbackAllowed, shownTarget, type TargetRefusal } from '../public-address'
import { recheckDelivery, type WakeBindings } from './wake'
import type { EventType } from '../database/schema/event-types'
import { err, ok, type Result } from '../result'
import { auditIfChanged, auditStatement, type Author } from '../audit/log'
import { runBatch, type Refusal } from '../database/batch'
import { attemptStatements } from './attempts'
import {
  addWebhook,
  changeWebhook,
  findWebhook,
  isFullOfSecrets,
  type Webhook,
  type WebhookChange,
  type WebhookHealth,
} from './store'
import type { Tenant } from '../tenants/tenant'

export type WebhookRefusal =
  | Refusal
  | { readonly kind: 'tooManyWebhooks' }
  | { readonly kind: 'tooManyRotations' }
  | { readonly kind: 'badTarget'; readonly reason: TargetRefusal }
  | { readonly kind: 'notDelivered'; readonly deliveredUpTo: number }
  /** No such event in the log, or not the next one. */
  | { readonly kind: 'noEvent' | 'notNext' }

/** An endpoint with its signing secret: it is answered once, and not shown again. */
export interface Issued {
  readonly webhook: WebhookHealth
  readonly secret: string
}

export interface WebhookInput {
  readonly url: string
  /** Null for all. */
  readonly types: readonly EventType[] | null
}

/** The context of a command: the tenant, and the author for the audit. */
export interface OperatorContext {
  readonly environment: WakeBindings & SendingEnvironment
  readonly tenant: Tenant
  readonly author: Author
}

/**
 * Adds an endpoint and makes its secret. Refused with `badTarget` or `tooManyWebhooks`. With a text that
 * was `given` before, it answers the endpoint that this has made.
 */
export async function makeWebhook(
  { environment, tenant, author }: OperatorContext,
  input: WebhookInput,
  given?: string,
): Promise<Result<Issued, WebhookRefusal>> {
  const target = checkTarget(input.url, isLoopbackAllowed(environment))
  if (!target.ok) return err({ kind: 'badTarget', reason: target.error })
  const id = await idWith(given)
  const sealed = await newSecret(environment, { tenantId: tenant.id, id }, given)
  if (!sealed.ok) return sealed
  const { href: url } = target.value
  const { types } = input
  const after = { url: shownTarget(url), events: types ?? 'all' }
  const entry = { action: 'webhook.created', subject: id, after }
  const audit = auditIfChanged(environment.DB, { tenant: tenant.id, author, ...entry })
  const webhook = { id, url, types, secret: sealed.value.sealed }
  const added = await addWebhook(environment.DB, tenant.id, webhook, [audit])
  const { secret } = sealed.value
  if (added.ok) return ok({ webhook: added.value, secret })
  const same = given === undefined ? added : await findWebhook(environment.DB, tenant.id, id)
  if (same.ok) return ok({ webhook: same.value, secret })
  return added.error.kind === 'version' ? err({ kind: 'tooManyWebhooks' }) : added
}

/**
 * Changes the address or the types of an endpoint. Refused with `badTarget`, or `target` when there
 * is none.
 */
export async function editWebhook(
  command: OperatorContext,
  id: string,
  input: Partial<WebhookInput>,
): Promise<Result<WebhookHealth, WebhookRefusal>> {
  const { environment, tenant } = command
  const found = await findWebhook(environment.DB, tenant.id, id)
  if (!found.ok) return found
  const before = found.value
  // The address as it was shown, sent back, is the one that it stands for.
  const { url: wanted = before.url } = input
  const target = checkTarget(
    wanted === shownTarget(before.url) ? before.url : wanted,
    isLoopbackAllowed(environment),
  )
  if (!target.ok) return err({ kind: 'badTarget', reason: target.error })
  const { href: url } = target.value
  const types = input.types === undefined ? before.types : input.types
  return apply(command, id, { kind: 'address', url, types }, 'changed', {
    before: { url: shownTarget(before.url), events: before.types ?? 'all' },
    after: { url: shownTarget(url), events: types ?? 'all' },
  })
}

/**
 * A new signing secret; those before it sign as well, each for a day. A text that was `given` before makes
 * no second one. Refused with `tooManyRotations` where a secret would have to end before its day.
 */
export async function rotateSecret(
  command: OperatorContext,
  id: string,
  given?: string,
): Promise<Result<Issued, WebhookRefusal>> {
  const { environment, tenant } = command
  const key = { tenantId: tenant.id, id }
  const before = await secretNow()
  if (!before.ok) return before
  const sealed = await newSecret(environment, key, given)
  if (!sealed.ok) return sealed
  const { secret } = sealed.value
  const { webhook } = before.value
  if (before.value.secret === secret) return ok({ webhook, secret })
  if (isFullOfSecrets(webhook, Date.now())) return err({ kind: 'tooManyRotations' })
  const follows = given === undefined ? {} : { before: webhook.secret }
  const change = { kind: 'secret', secret: sealed.value.sealed, ...follows } as const
  const changed = await apply(command, id, change, 'rotated')
  if (changed.ok) return ok({ webhook: changed.value, secret })
  if (given === undefined || changed.error.kind !== 'version') return changed
  // The same form came at the same time, and was first.
  const after = await secretNow()
  if (!after.ok) return after
  return after.value.secret === secret ? ok({ webhook: after.value.webhook, secret }) : changed

  async function secretNow(): Promise<
    Result<{ readonly webhook: WebhookHealth; readonly secret: string | undefined }, Refusal>
  > {
    const found = await findWebhook(environment.DB, tenant.id, id)
    if (!found.ok) return found
    const opened = await openSecret(environment, key, found.value.secret)
    return opened.ok ? ok({ webhook: found.value, secret: opened.value }) : opened
  }
}

const words = {
  pause: 'paused',
  resume: 'resumed',
  retry: 'retried',
  delete: 'deleted',
} as const

/** Pauses, resumes, retries or deletes an endpoint. */
export function setWebhookState(
  command: OperatorContext,
  id: string,
  kind: keyof typeof words,
): Promise<Result<WebhookHealth, WebhookRefusal>> {
  return apply(command, id, { kind }, words[kind])
}

/**
 * Delivers again what comes behind a number. Refused with `notDelivered` for one behind the last
 * delivered event: the events between would never be sent.
 */
export async function replayEvents(
  command: OperatorContext,
  id: string,
  after: number,
): Promise<Result<WebhookHealth, WebhookRefusal>> {
  const change = { kind: 'replay', after } as const
  const replayed = await apply(command, id, change, 'replayed', { after: { after } })
  if (replayed.ok || replayed.error.kind !== 'version') return replayed
  const found = await findWebhook(command.environment.DB, command.tenant.id, id)
  return found.ok ? err({ kind: 'notDelivered', deliveredUpTo: found.value.place }) : found
}

/**
 * Sends a message that is no event, past the line of those that wait, and says what came of it.
 * Noted in the log and in the audit after it was sent, together.
 */
export async function sendTest(
  { environment, tenant, author }: OperatorContext,
  id: string,
): Promise<Result<Answer, WebhookRefusal>> {
  const found = await findWebhook(environment.DB, tenant.id, id)
  if (!found.ok) return found
  const message = { id: `evt_test_${crypto.randomUUID()}`, type: 'webhook.test', seq: null }
  const send = await senderOf(environment, found.value, Date.now)
  if (!send.ok) return send
  const at = Date.now()
  const answer = await send.value(
    message.id,
    JSON.stringify({
      type: message.type,
      id: message.id,
      tenant: tenant.slug,
      time: new Date(at).toISOString(),
      resource: { id },
    }),
  )
  const entry = { action: 'webhook.tested', subject: id }
  const noted = await runBatch(environment.DB, [
    ...attemptStatements(environment.DB, found.value, [attemptOf(message, at, answer)]),
    auditStatement(environment.DB, { tenant: tenant.id, author, ...entry }),
  ])
  return noted.ok ? ok(answer) : noted
}

/** Changes an endpoint with an entry of the audit, `webhook.{word}`, and wakes its delivery. */
export async function apply(
  { environment, tenant, author }: OperatorContext,
  id: string,
  change: WebhookChange,
  word: string,
  difference: Pick<Parameters<typeof auditStatement>[1], 'before' | 'after'> = {},
): Promise<Result<WebhookHealth, WebhookRefusal>> {
  const entry = { action: `webhook.${word}`, subject: id, ...difference }
  const audit = auditStatement(environment.DB, { tenant: tenant.id, author, ...entry })
  const key = { tenantId: tenant.id, id }
  const changed = await changeWebhook(environment.DB, key, change, [audit])
  if (changed.ok) await recheckDelivery(environment, key)
  return changed
}

async function newSecret(
  environment: SealingEnvironment,
  endpoint: Pick<Webhook, 'tenantId' | 'id'>,
  given: string | undefined,
): Promise<Result<{ readonly secret: string; readonly sealed: string }, Refusal>> {
  const secret = makeSecret(given)
  const sealed = await sealSecret(environment, endpoint, secret)
  return sealed.ok ? ok({ secret, sealed: sealed.value }) : sealed
}
