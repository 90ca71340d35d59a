/** Single events of an endpoint: listed with their state, sent once more, passed over. */
import { auditStatement } from '../audit/log'
import { runBatch, type Refusal } from '../database/batch'
import { readEvents, type StoredEvent } from '../events/log'
import { eventId, wireEvent } from '../events/wire'
import { allOk, err, ok, type Result } from '../result'
import { attemptStatements, readOutcomes, type Attempt, type Outcomes } from './attempts'
import { apply, type OperatorContext, type WebhookRefusal } from './commands'
import { attemptOf, senderOf, type Answer, type Receiver, type SendingEnvironment } from './send'
import { findWebhook, type WebhookHealth } from './store'

/**
 * `unwanted`: of a type that the endpoint does not get. `earlier`: older than the endpoint, which begins behind it.
 * `skipped`: left out by somebody.
 */
export type EventState = 'delivered' | 'failed' | 'waiting' | 'unwanted' | 'earlier' | 'skipped'

export interface ListedEvent {
  readonly seq: number
  readonly type: string
  readonly at: number
  readonly state: EventState
}

/** An event with the text that the receiver gets. */
export interface ChosenEvent {
  readonly event: StoredEvent
  readonly body: string
}

/** How far an endpoint is with the log of a tenant. */
export type LogProgress = Pick<
  WebhookHealth,
  'id' | 'tenantId' | 'createdAt' | 'types' | 'place' | 'lastSuccessAt' | 'failures' | 'lastSeq'
>

/** The database of the tenant's events, and the one that has the endpoint's attempts. */
export interface Logs {
  readonly events: D1Database
  readonly attempts: D1Database
}

/** Events of a tenant below a number, the latest first. */
export async function listEvents(
  logs: Logs,
  webhook: LogProgress,
  before: number,
  limit: number,
): Promise<Result<readonly ListedEvent[], Refusal>> {
  const end = Math.min(before, webhook.lastSeq + 1)
  const after = Math.max(0, end - 1 - limit)
  const read = await allOk([
    readEvents(logs.events, webhook.tenantId, after, end - 1 - after),
    readOutcomes(logs.attempts, webhook, { after, before: end }),
  ])
  if (!read.ok) return read
  const [page, outcomes] = read.value
  return ok(
    page
      .map((event) => ({
        seq: event.seq,
        type: event.type,
        at: event.at,
        state: stateOf(webhook, event, outcomes),
      }))
      .toReversed(),
  )
}

/** An endpoint's place says which events it is done with, and its attempts which of those it took. */
function stateOf(
  { types, place, failures, createdAt, lastSuccessAt }: LogProgress,
  { seq, type, at }: Pick<StoredEvent, 'seq' | 'type' | 'at'>,
  { taken, keptSince }: Outcomes,
): EventState {
  if (types !== null && !types.includes(type)) return 'unwanted'
  if (seq > place) return seq === place + 1 && failures > 0 ? 'failed' : 'waiting'
  if (taken.get(seq) === true) return 'delivered'
  if (at < createdAt) return 'earlier'
  return keptSince <= at || lastSuccessAt === null ? 'skipped' : 'delivered'
}

/** An event with its text and what became of it; undefined when the log has no such event. */
export async function readChosen(
  database: D1Database,
  webhook: LogProgress,
  seq: number,
): Promise<Result<(ChosenEvent & Pick<ListedEvent, 'state'>) | undefined, Refusal>> {
  const read = await allOk([
    readBody(database, webhook.tenantId, seq),
    readOutcomes(database, webhook, { after: seq - 1, before: seq + 1 }),
  ])
  if (!read.ok) return read
  const [chosen, outcomes] = read.value
  return ok(chosen && { ...chosen, state: stateOf(webhook, chosen.event, outcomes) })
}

/** Numbers of those of some events that an endpoint will never get, because somebody left them out. */
export async function readSkipped(
  database: D1Database,
  webhook: LogProgress,
  events: readonly Pick<StoredEvent, 'seq' | 'type' | 'at'>[],
): Promise<Result<ReadonlySet<number>, Refusal>> {
  const done = events.filter(({ seq, at }) => seq <= webhook.place && at >= webhook.createdAt)
  if (done.length === 0) return ok(new Set())
  const numbers = done.map(({ seq }) => seq)
  const span = { after: Math.min(...numbers) - 1, before: Math.max(...numbers) + 1 }
  const read = await readOutcomes(database, webhook, span)
  if (!read.ok) return read
  const skipped = done.filter((event) => stateOf(webhook, event, read.value) === 'skipped')
  return ok(new Set(skipped.map(({ seq }) => seq)))
}

/** The text that the receiver gets for an event; undefined when the log has no such event. */
async function readBody(
  database: D1Database,
  tenantId: number,
  seq: number,
): Promise<Result<ChosenEvent | undefined, Refusal>> {
  const found = await readEvents(database, tenantId, seq - 1, 1)
  if (!found.ok) return found
  const [event] = found.value
  return ok(event?.seq === seq ? { event, body: JSON.stringify(wireEvent(event)) } : undefined)
}

/**
 * Sends an event of a tenant's log to an endpoint, past the line of those that wait, and says what came of
 * it. Refused with `noEvent`.
 */
export async function sendChosen(
  environment: SendingEnvironment,
  endpoint: Receiver,
  log: { readonly database: D1Database; readonly tenantId: number },
  seq: number,
): Promise<
  Result<{ readonly answer: Answer; readonly attempt: Attempt }, Refusal | { kind: 'noEvent' }>
> {
  const read = await readBody(log.database, log.tenantId, seq)
  if (!read.ok) return read
  if (!read.value) return err({ kind: 'noEvent' })
  const { event, body } = read.value
  const send = await senderOf(environment, endpoint, Date.now)
  if (!send.ok) return send
  const message = { id: eventId(event), type: event.type, seq }
  const at = Date.now()
  const answer = await send.value(message.id, body)
  return ok({ answer, attempt: attemptOf(message, at, answer) })
}

/**
 * Sends an event once more, past the line of those that wait. When the receiver takes the next one,
 * the delivery goes on behind it. Refused with `noEvent`.
 */
export async function resendEvent(
  command: OperatorContext,
  id: string,
  seq: number,
): Promise<Result<Answer, WebhookRefusal>> {
  const { environment, tenant, author } = command
  const { DB } = environment
  const found = await findWebhook(DB, tenant.id, id)
  if (!found.ok) return found
  const webhook = found.value
  const sent = await sendChosen(environment, webhook, { database: DB, tenantId: tenant.id }, seq)
  if (!sent.ok) return sent
  const { answer, attempt } = sent.value
  const entry = { action: 'webhook.resent', subject: id, after: { seq } }
  const noted = await runBatch(DB, [
    ...attemptStatements(DB, webhook, [attempt]),
    auditStatement(DB, { tenant: tenant.id, author, ...entry }),
  ])
  if (!noted.ok) return noted
  if (answer.error === null && seq === webhook.place + 1) {
    const passed = await apply(command, id, { kind: 'pass', seq }, 'received', { after: { seq } })
    // The delivery may have come first.
    if (!passed.ok && passed.error.kind !== 'version') return passed
  }
  return ok(answer)
}

/** Leaves the next event out: the receiver never gets it. Refused with `notNext` for any other. */
export async function skipEvent(
  command: OperatorContext,
  id: string,
  seq: number,
): Promise<Result<WebhookHealth, WebhookRefusal>> {
  const skipped = await apply(command, id, { kind: 'pass', seq }, 'skipped', { after: { seq } })
  return skipped.ok || skipped.error.kind !== 'version' ? skipped : err({ kind: 'notNext' })
}
