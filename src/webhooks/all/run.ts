/**
 * One run of the delivery to an endpoint of all tenants. The feed is read page by page; each tenant of a
 * page has a lane, in which its events go one after the other, and several lanes go side by side. A lane
 * that is not through stays, in D1, and the feed goes on without it: at most as many as `maximumLanes`.
 * D1 says where everything stands; a run that is cut off anywhere is taken up from what was written.
 */
import type { Refusal } from '../../database/batch'
import { eachDatabase, type Databases } from '../../database/placement'
import { readPlaces, writePlaces } from '../../events/places'
import { ok, type Result } from '../../result'
import { noTenant } from '../../sealing/keys'
import { within } from '../../time'
import { nextAttempt, patience, readRetryAfter, timingOf, type Timing } from '../retry'
import type { Next } from '../run'
import { attemptOf, senderOf, type Answer, type Send, type SendingEnvironment } from '../send'
import { recordRound, type FeedAttempt } from './attempts'
import { readFeed } from './feed'
import { isDone, spanOf, stepsOf, tenantOf, type OpenLane } from './lane'
import { findFeedWebhook, type FeedWebhook } from './store'

/** Tenants that wait for the receiver, beyond which the feed waits too. */
export const maximumLanes = 20

/** Tenants whose events are sent at the same time: a Worker has six connections. */
const sideBySide = 5

/** Calls of one run, of the fifty that the free plan of Workers makes. */
const maximumCalls = 45

/** Milliseconds after which what was done is written down, and of one run. */
const roundTime = 1_000
const maximumRunTime = 25_000
const maximumGap = 8_000

/** Milliseconds of an answer for which a run has to wait. */
const slowAnswer = 1_000

/** Entries of the feed that are read at once. */
const pageSize = 50

/** Milliseconds until another try when D1 does not answer, or the feed is not there yet. */
const unavailableGap = 10_000

/** A lane, or an endpoint, that fails no more. */
const noFailure = { failures: 0, failingSince: null, nextAttemptAt: null, lastError: null }

interface Run {
  readonly environment: SendingEnvironment & Databases
  readonly send: Send
  readonly timing: Timing
  readonly now: () => number
  readonly end: number
  webhook: FeedWebhook
  readonly lanes: Map<number, OpenLane>
  /** Tenants whose lanes are worked on. */
  readonly busy: Set<number>
  readonly workers: Set<Promise<void>>
  /** Time after which no further message is sent in this round. */
  until: number
  attempts: FeedAttempt[]
  calls: number
  /** True when no further message is sent: the endpoint failed for good, or is somebody else's now. */
  isStopped: boolean
  isUnavailable: boolean
  written: string
}

/** The clock is a parameter: days of failures are tested in a moment. */
export async function deliverFeed(
  environment: SendingEnvironment & Databases,
  id: string,
  now: () => number = Date.now,
): Promise<Next> {
  const found = await findFeedWebhook(environment.DB, id)
  if (!found.ok) {
    if (found.error.kind === 'target') return { kind: 'gone' }
    return { kind: 'at', time: now() + unavailableGap }
  }
  const { webhook, lanes } = found.value
  if (webhook.state !== 'active') return { kind: 'rest' }
  if (isClosed(webhook, now())) return { kind: 'at', time: webhook.nextAttemptAt ?? now() }
  const sender = await senderOf(environment, { ...webhook, tenantId: noTenant }, now)
  if (!sender.ok) return { kind: 'at', time: now() + unavailableGap }
  const open = lanes.map((state) => [
    state.tenantId,
    { state, entries: undefined, isStored: true },
  ]) satisfies [number, OpenLane][]
  const run: Run = {
    environment,
    send: sender.value,
    timing: timingOf(environment),
    now,
    end: now() + maximumRunTime,
    webhook,
    lanes: new Map(open),
    busy: new Set(),
    workers: new Set(),
    until: 0,
    attempts: [],
    calls: 2,
    isStopped: false,
    isUnavailable: false,
    written: '',
  }
  run.written = stateOf(run)
  return deliver(run)
}

async function deliver(run: Run): Promise<Next> {
  const { now } = run
  for (let gap = roundTime; ;) {
    const page = await takeIn(run)
    if (!page.ok) run.isUnavailable = true
    startWorkers(run)
    const before = run.attempts.length
    await within(gap, Promise.all(run.workers))
    const isOver = isFinished(run)
    if (isOver) await Promise.all(run.workers)
    const isQuiet = run.attempts.length === before && page.ok && !page.value
    gap = isQuiet ? Math.min(2 * gap, maximumGap) : roundTime
    const written = await write(run)
    if (!written.ok) {
      run.isStopped = true
      await Promise.all(run.workers)
      // Another writer has moved the endpoint: the next run starts from there, at once.
      const isMoved = written.error.kind === 'version'
      return { kind: 'at', time: now() + (isMoved ? 0 : unavailableGap) }
    }
    const next = nextOf(run, page.ok && page.value)
    if (next && run.workers.size === 0) return next
    if (isOver) return next ?? { kind: 'at', time: now() }
  }
}

/** The step after a run; undefined while there is something to do at once. */
function nextOf(run: Run, hasMore: boolean): Next | undefined {
  const { webhook, lanes, now } = run
  if (webhook.state !== 'active') return { kind: 'rest' }
  if (isClosed(webhook, now())) return { kind: 'at', time: webhook.nextAttemptAt ?? now() }
  if (run.isUnavailable) return { kind: 'at', time: now() + unavailableGap, isOpen: true }
  const left = Array.from(lanes.values(), ({ state }) => state.nextAttemptAt ?? 0)
  const isOpen = lanes.size < maximumLanes
  if (left.some((time) => time <= now()) || (isOpen && hasMore)) return undefined
  return left.length === 0 ? { kind: 'rest' } : { kind: 'at', time: Math.min(...left), isOpen }
}

/** Reads on in the feed, as far as there is room for its tenants; true when it has more. */
async function takeIn(run: Run): Promise<Result<boolean, unknown>> {
  const { environment, lanes, webhook } = run
  if (run.isStopped || run.isUnavailable || lanes.size >= maximumLanes || isFinished(run)) {
    return ok(true)
  }
  run.calls += 2 * eachDatabase(environment).length
  const places = readPlaces(webhook.place) ?? new Map()
  const known = new Set(lanes.keys())
  const isWanted = (type: string) => webhook.types?.some((one) => one === type) ?? true
  const page = await readFeed(environment, places, pageSize, (entry, count) => {
    if (count >= pageSize) return false
    const tenantId = tenantOf(entry)
    if (known.has(tenantId) || (entry.kind === 'event' && !isWanted(entry.event.type))) return true
    if (known.size >= maximumLanes) return false
    known.add(tenantId)
    return true
  })
  if (!page.ok) return page
  for (const entry of page.value.entries) {
    const { from, to } = spanOf(entry)
    const tenantId = tenantOf(entry)
    const lane = lanes.get(tenantId)
    if (lane) {
      // What the feed gives again, after a replay, is sent again.
      const place = Math.min(lane.state.place, from - 1)
      lane.state = { ...lane.state, place, upTo: Math.max(lane.state.upTo, to) }
      lane.entries?.push(entry)
    } else if (known.has(tenantId)) {
      lanes.set(tenantId, {
        state: newLane(tenantId, entry.database, from - 1, to),
        entries: [entry],
        isStored: false,
      })
    }
  }
  run.webhook = { ...webhook, place: writePlaces(page.value.places) }
  return ok(page.value.hasMore)
}

function newLane(tenantId: number, database: string, place: number, upTo: number) {
  return { tenantId, database, place, upTo, ...noFailure }
}

/** As many workers as there are connections: each takes the lane that has waited longest. */
function startWorkers(run: Run): void {
  run.until = run.now() + roundTime
  while (run.workers.size < sideBySide && nextLane(run)) {
    const worker: Promise<void> = work(run).finally(() => run.workers.delete(worker))
    run.workers.add(worker)
  }
}

async function work(run: Run): Promise<void> {
  for (let lane = nextLane(run); lane && !isSilent(run); lane = nextLane(run)) {
    const { tenantId } = lane.state
    run.busy.add(tenantId)
    await deliverLane(run, lane)
    run.busy.delete(tenantId)
    // Behind the others, with what is left of it.
    run.lanes.delete(tenantId)
    run.lanes.set(tenantId, lane)
  }
}

function nextLane({ lanes, busy, now }: Run): OpenLane | undefined {
  for (const lane of lanes.values()) {
    const { tenantId, nextAttemptAt } = lane.state
    if (!busy.has(tenantId) && !isDone(lane) && (nextAttemptAt ?? 0) <= now()) return lane
  }
  return undefined
}

async function deliverLane(run: Run, lane: OpenLane): Promise<void> {
  const { entries } = lane
  if (!entries) run.calls += 1
  const steps = await stepsOf(run.environment, lane, run.webhook.types)
  // What is left behind these steps is read from the log.
  if (lane.entries === entries) lane.entries = undefined
  if (!steps.ok) {
    lane.state = { ...lane.state, nextAttemptAt: run.now() + unavailableGap }
    return
  }
  for (const { to, message } of steps.value) {
    if (!message) {
      lane.state = { ...lane.state, place: Math.max(lane.state.place, to) }
      continue
    }
    if (isSilent(run)) return
    run.calls += 1
    const at = run.now()
    const answer = await run.send(message.id, message.body)
    run.attempts.push({ ...attemptOf(message, at, answer), tenantId: lane.state.tenantId })
    if (answer.error !== null) return noteFailure(run, lane, at, answer)
    noteSuccess(run, lane, to, answer)
  }
}

function noteSuccess(run: Run, lane: OpenLane, place: number, { duration }: Answer): void {
  const { webhook, now } = run
  const rest = isHoldingUp(run, lane, duration) ? { nextAttemptAt: now() + duration } : {}
  lane.state = { ...lane.state, ...noFailure, ...rest, place }
  if (webhook.state !== 'active') return
  // A receiver that has asked for time has it, whatever it took before.
  const nextAttemptAt = isClosed(webhook, now()) ? webhook.nextAttemptAt : null
  run.webhook = { ...webhook, ...noFailure, nextAttemptAt, lastSuccessAt: now() }
}

/**
 * True for a slow answer that a run has waited for while other tenants had something: the tenant then
 * leaves them as long as it took.
 */
function isHoldingUp(run: Run, lane: OpenLane, duration: number): boolean {
  if (duration < slowAnswer || !isFinished(run)) return false
  return [...run.lanes.values()].some((other) => other !== lane && !isDone(other))
}

/** The tenant waits; the whole endpoint when the receiver says so, and for good when patience ends. */
function noteFailure(run: Run, lane: OpenLane, at: number, answer: Answer): void {
  const { timing, webhook } = run
  const failures = lane.state.failures + 1
  const lastError = answer.error === 'status' ? `status ${answer.status}` : answer.error
  const next = nextAttempt(timing, { failures, since: at }, at, undefined, Math.random())
  const failingSince = lane.state.failingSince ?? at
  lane.state = { ...lane.state, failures, failingSince, nextAttemptAt: next ?? at, lastError }
  const since = webhook.failingSince ?? at
  const isFinal = answer.status === 410 || answer.error === 'secret' || answer.error === 'address'
  const isBusy = answer.status === 429 || answer.status === 503
  const asked = isBusy ? readRetryAfter(answer.retryAfter, at) : undefined
  const failing = { failures: webhook.failures + 1, failingSince: since, lastError }
  run.webhook = { ...webhook, ...failing }
  if (isFinal || at >= since + patience) {
    run.webhook = { ...run.webhook, state: 'failed', stateAt: at, nextAttemptAt: null }
    run.isStopped = true
  } else if (asked !== undefined) {
    const wait = nextAttempt(timing, { failures: 1, since: at }, at, asked, 0) ?? at
    run.webhook = { ...run.webhook, nextAttemptAt: Math.max(webhook.nextAttemptAt ?? 0, wait) }
  }
}

async function write(run: Run): Promise<Result<unknown, Refusal>> {
  const { environment, lanes, busy, attempts } = run
  const all = [...lanes.values()]
  const left = all.filter((lane) => !isDone(lane))
  // What failed was skipped, or its tenant is deleted: nothing fails any more.
  const isOver = left.length === 0 && run.webhook.state === 'active' && run.webhook.failures > 0
  if (isOver) run.webhook = { ...run.webhook, failures: 0, failingSince: null, lastError: null }
  const state = stateOf(run)
  if (attempts.length === 0 && state === run.written) return ok(undefined)
  const done = all.filter((lane) => isDone(lane))
  run.attempts = []
  run.calls += 1
  const recorded = await recordRound(environment.DB, {
    webhook: run.webhook,
    lanes: left.map((lane) => lane.state),
    done: done.filter(({ isStored }) => isStored).map(({ state: { tenantId } }) => tenantId),
    attempts,
  })
  if (!recorded.ok) return recorded
  run.written = state
  run.webhook = { ...run.webhook, step: run.webhook.step + 1 }
  for (const lane of left) lane.isStored = true
  for (const lane of done) {
    const { tenantId } = lane.state
    if (isDone(lane) && !busy.has(tenantId)) lanes.delete(tenantId)
  }
  return recorded
}

/** What a write would write. */
function stateOf({ webhook, lanes }: Run): string {
  const { step: _, ...progress } = webhook
  return JSON.stringify([progress, Array.from(lanes.values(), ({ state }) => state)])
}

function isClosed({ nextAttemptAt }: FeedWebhook, now: number): boolean {
  return nextAttemptAt !== null && nextAttemptAt > now
}

/** True when nothing more is begun in this run. */
function isFinished(run: Run): boolean {
  const { calls, isStopped, now, end, environment } = run
  const ofRound = 2 * eachDatabase(environment).length + 2
  return isStopped || calls + ofRound > maximumCalls || now() >= end
}

/** True when no further message is sent in this round. */
function isSilent({ isStopped, now, until, calls, webhook }: Run): boolean {
  return isStopped || now() >= until || calls + 2 > maximumCalls || isClosed(webhook, now())
}
