/** Commands on the webhooks of a tenant for the operator, from the API and the console. */
import { auditIfChanged, auditStatement, unmadeStatement, type Author } from '../audit/log'
import { runBatch } from '../database/batch'
import { err, ok, type Result } from '../result'
import type { Tenant } from '../tenants/tenant'
import { attemptStatements } from './attempts'
import {
  deleteEndpoint,
  editEndpoint,
  makeEndpoint,
  rotateEndpoint,
  tryEndpoint,
  type Difference,
  type Endpoints,
  type IsAsSeen,
  type IssuedOf,
  type WebhookInput,
  type WebhookRefusal,
  unlessIdle,
} from './endpoint-commands'
import { attemptOf, type Answer, type SendingEnvironment } from './send'
import {
  addWebhook,
  changeWebhook,
  findWebhook,
  type WebhookChange,
  type WebhookHealth,
} from './store'
import { recheckDelivery, type WakeBindings } from './wake'

export type { WebhookInput, WebhookRefusal } from './endpoint-commands'

export type Issued = IssuedOf<WebhookHealth>

/** The context of a command: the tenant, and the author for the audit. */
export interface OperatorContext {
  readonly environment: WakeBindings & SendingEnvironment
  readonly tenant: Tenant
  readonly author: Author
}

function endpointsOf(command: OperatorContext): Endpoints<WebhookHealth> {
  const { environment, tenant, author } = command
  const { DB } = environment
  return {
    environment,
    tenantId: tenant.id,
    find: (id) => findWebhook(DB, tenant.id, id),
    add: (webhook, difference, isOnce) => {
      const made = { action: 'webhook.created', subject: webhook.id }
      const audit = auditIfChanged(DB, { tenant: tenant.id, author, ...made, ...difference })
      const once = isOnce ? unmadeStatement(DB, { tenantId: tenant.id, ...made }) : undefined
      return addWebhook(DB, tenant.id, webhook, [audit], once)
    },
    apply: (id, change, word, difference) => apply(command, id, change, word, difference),
  }
}

/** Adds an endpoint that gets the events from now on. */
export function makeWebhook(
  command: OperatorContext,
  input: WebhookInput,
  given?: string,
): Promise<Result<Issued, WebhookRefusal>> {
  return makeEndpoint(endpointsOf(command), input, given)
}

/** Changes the address or the types of an endpoint, as long as it is what `isAsSeen` says of it. */
export function editWebhook(
  command: OperatorContext,
  id: string,
  input: Partial<WebhookInput>,
  isAsSeen?: IsAsSeen,
): Promise<Result<WebhookHealth, WebhookRefusal>> {
  return editEndpoint(endpointsOf(command), id, input, isAsSeen)
}

/** A new signing secret; those before it sign as well, each for a day. */
export function rotateSecret(
  command: OperatorContext,
  id: string,
  given?: string,
): Promise<Result<Issued, WebhookRefusal>> {
  return rotateEndpoint(endpointsOf(command), id, given)
}

export const stateWords = {
  pause: 'paused',
  resume: 'resumed',
  retry: 'retried',
} as const

/** Deletes an endpoint, as long as it is what `isAsSeen` says of it. */
export function removeWebhook(
  command: OperatorContext,
  id: string,
  isAsSeen?: IsAsSeen,
): Promise<Result<WebhookHealth, WebhookRefusal>> {
  return deleteEndpoint(endpointsOf(command), id, isAsSeen)
}

/** Pauses, resumes or retries an endpoint. */
export async function setWebhookState(
  command: OperatorContext,
  id: string,
  kind: keyof typeof stateWords,
): Promise<Result<WebhookHealth, WebhookRefusal>> {
  return unlessIdle(await apply(command, id, { kind }, stateWords[kind]))
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
  command: OperatorContext,
  id: string,
): Promise<Result<Answer, WebhookRefusal>> {
  const { environment, tenant, author } = command
  const { DB } = environment
  const tried = await tryEndpoint(endpointsOf(command), id, tenant.slug)
  if (!tried.ok) return tried
  const { message, at, answer } = tried.value
  const entry = { action: 'webhook.tested', subject: id }
  const key = { tenantId: tenant.id, id }
  const noted = await runBatch(DB, [
    ...attemptStatements(DB, key, [attemptOf(message, at, answer)]),
    auditStatement(DB, { tenant: tenant.id, author, ...entry }),
  ])
  return noted.ok ? ok(answer) : noted
}

/** Changes an endpoint with an entry of the audit, `webhook.{word}`, and wakes its delivery. */
export async function apply(
  { environment, tenant, author }: OperatorContext,
  id: string,
  change: WebhookChange,
  word: string,
  difference: Difference = {},
) {
  const entry = { action: `webhook.${word}`, subject: id, ...difference }
  const audit = auditStatement(environment.DB, { tenant: tenant.id, author, ...entry })
  const key = { tenantId: tenant.id, id }
  const changed = await changeWebhook(environment.DB, key, change, [audit])
  if (changed.ok) await recheckDelivery(environment, key)
  return changed
}
