/**
 * One run of the delivery to an endpoint: its events in order, one at a time, each at least once.
 * D1 says where it stands; a run that is cut off anywhere is taken up from what was written.
 */
import { ok, type Result } from '../result'
import type { Refusal } from '../database/batch'
import { readEvents, type StoredEvent } from '../events/log'
import { findWebhook, type Webhook } from './store'
import { within } from '../time'
import { Delivering } from './progress'
import { nextAttempt, readRetryAfter, timingOf, type Timing } from './retry'
import { attemptOf, senderOf, type Answer, type Send, type SendingEnvironment } from './send'
import { eventId, wireEvent } from '../events/wire'

/** Bounds of one run; the next one follows at once. A Worker may send few requests in each. */
const maximumSent = 40
const maximumRunTime = 25_000
const pageSize = 50

/** Milliseconds until another try when D1 does not answer. */
const unavailableGap = 10_000

/** The step after a run. */
export type Next =
  /** With `isOpen`, a call may come before that time. */
  | { readonly kind: 'at'; readonly time: number; readonly isOpen?: boolean }
  | { readonly kind: 'rest' }
  /** The endpoint has been deleted. */
  | { readonly kind: 'gone' }

interface Run {
  readonly database: D1Database
  readonly delivering: Delivering
  readonly send: Send
  readonly timing: Timing
  readonly now: () => number
  readonly end: number
  sent: number
  hasFailed: boolean
}

/** The clock is a parameter: days of failures are tested in a moment. */
export async function deliverDue(
  environment: SendingEnvironment,
  { tenantId, id }: Pick<Webhook, 'tenantId' | 'id'>,
  now: () => number = Date.now,
): Promise<Next> {
  const database = environment.DB
  const found = await findWebhook(database, tenantId, id)
  if (!found.ok) {
    if (found.error.kind === 'target') return { kind: 'gone' }
    return { kind: 'at', time: now() + unavailableGap }
  }
  const { state, nextAttemptAt } = found.value
  if (state !== 'active') return { kind: 'rest' }
  if (nextAttemptAt !== null && nextAttemptAt > now()) return { kind: 'at', time: nextAttemptAt }
  const delivering = new Delivering(database, found.value, now)
  const sender = await senderOf(environment, found.value, now)
  if (!sender.ok) return { kind: 'at', time: now() + unavailableGap }
  const send = sender.value
  const timing = timingOf(environment)
  const end = now() + maximumRunTime
  const run = { database, delivering, send, timing, now, end, sent: 0, hasFailed: false }
  while (!isFinished(run)) {
    const page = await deliverPage(run)
    if (!page.ok) {
      // Another writer has moved the endpoint: the next run starts from there, at once.
      const gap = page.error.kind === 'version' ? 0 : unavailableGap
      return { kind: 'at', time: now() + gap }
    }
    if (run.hasFailed) {
      const time = delivering.webhook.nextAttemptAt
      return time === null ? { kind: 'rest' } : { kind: 'at', time }
    }
    if (!page.value) return { kind: 'rest' }
  }
  return { kind: 'at', time: now() }
}

/** Delivers events until the page or the run ends or an attempt fails; false when none was due. */
async function deliverPage(run: Run): Promise<Result<boolean, Refusal>> {
  const { database, delivering } = run
  const { tenantId, place, lastSeq } = delivering.webhook
  if (place >= lastSeq) return ok(false)
  const page = await readEvents(database, tenantId, place, pageSize)
  if (!page.ok) return page
  const [first] = page.value
  if (first && first.seq > place + 1) {
    const told = await deliverGap(run, first)
    if (!told.ok) return told
  }
  for (const event of page.value) {
    if (isFinished(run) || run.hasFailed) break
    const advanced = await deliverOne(run, event)
    if (!advanced.ok) return advanced
  }
  const written = await delivering.write()
  return written.ok ? ok(page.value.length > 0) : written
}

/**
 * Tells what the log no longer has: a message that is no event, whatever types the endpoint wants.
 */
async function deliverGap(run: Run, first: StoredEvent): Promise<Result<unknown, Refusal>> {
  const { delivering, now } = run
  const { place, tenantId } = delivering.webhook
  const { tenant, log } = first
  run.sent += 1
  const id = `evt_gap_${log || tenantId}_${place}_${first.seq}`
  const message = { id, type: 'log.gap', seq: null }
  const at = now()
  const resource = { id: log, from: place + 1, to: first.seq - 1 }
  const time = new Date(at).toISOString()
  const answer = await run.send(
    id,
    JSON.stringify({ type: message.type, id, tenant, log, time, resource }),
  )
  run.hasFailed = answer.error !== null
  const change = run.hasFailed ? failure(run, answer) : success(first.seq - 1, now())
  delivering.note(change, attemptOf(message, at, answer))
  return delivering.timeLeft === 0 ? delivering.write() : ok(undefined)
}

async function deliverOne(run: Run, event: StoredEvent): Promise<Result<unknown, Refusal>> {
  const { delivering, now } = run
  const { types } = delivering.webhook
  if (types !== null && !types.some((type) => type === event.type)) {
    delivering.note({ place: event.seq })
  } else {
    run.sent += 1
    const message = { id: eventId(event), type: event.type, seq: event.seq }
    const at = now()
    const sending = run.send(message.id, JSON.stringify(wireEvent(event)))
    // While a receiver takes its time, what others have got already is written down.
    if (delivering.hasUnwritten && !(await within(delivering.timeLeft, sending))) {
      const written = await delivering.write()
      if (!written.ok) return written
    }
    const answer = await sending
    run.hasFailed = answer.error !== null
    const change = run.hasFailed ? failure(run, answer) : success(event.seq, now())
    delivering.note(change, attemptOf(message, at, answer))
  }
  return delivering.timeLeft === 0 ? delivering.write() : ok(undefined)
}

function success(place: number, lastSuccessAt: number): Partial<Webhook> {
  const none = { failures: 0, failingSince: null, nextAttemptAt: null, lastError: null }
  return { place, lastSuccessAt, ...none }
}

/** Tried again later, until patience ends or the receiver says that it never wants events again. */
function failure({ delivering, timing, now }: Run, answer: Answer): Partial<Webhook> {
  const at = now()
  const { webhook } = delivering
  const failures = webhook.failures + 1
  const failingSince = webhook.failingSince ?? at
  const lastError = answer.error === 'status' ? `status ${answer.status}` : answer.error
  const isFinal = answer.status === 410 || answer.error === 'secret' || answer.error === 'address'
  const isBusy = answer.status === 429 || answer.status === 503
  const input = isBusy ? readRetryAfter(answer.retryAfter, at) : undefined
  const failing = { failures, since: failingSince }
  const next = isFinal ? undefined : nextAttempt(timing, failing, at, input, Math.random())
  return {
    failures,
    failingSince,
    lastError,
    nextAttemptAt: next ?? null,
    ...(next === undefined ? { state: 'failed' as const } : {}),
  }
}

function isFinished({ sent, now, end }: Run): boolean {
  return sent >= maximumSent || now() >= end
}
