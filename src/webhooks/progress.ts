/** Progress of one run of a delivery, and the part of it that is not in D1 yet. */
import type { Result } from '../result'
import type { Refusal } from '../database/batch'
import { recordProgress, type Attempt } from './attempts'
import type { Webhook, WebhookHealth } from './store'

/** A crash repeats at most so many events, or those of this many milliseconds. */
const maximumUnwritten = 20
const maximumUnwrittenTime = 1_000

export class Delivering {
  readonly #database: D1Database
  readonly #now: () => number
  #written: WebhookHealth
  #current: WebhookHealth
  #attempts: Attempt[] = []
  #oldest = 0

  constructor(database: D1Database, webhook: WebhookHealth, now: () => number) {
    this.#database = database
    this.#now = now
    this.#written = webhook
    this.#current = webhook
  }

  /** The endpoint as it is with all that was attempted. */
  get webhook(): WebhookHealth {
    return this.#current
  }

  get hasUnwritten(): boolean {
    return this.#current.place !== this.#written.place || this.#attempts.length > 0
  }

  /** Milliseconds until the unwritten progress must be written; 0 for at once. */
  get timeLeft(): number {
    if (this.#attempts.length >= maximumUnwritten) return 0
    return Math.max(this.#oldest + maximumUnwrittenTime - this.#now(), 0)
  }

  /** Notes an attempt, and the endpoint's state after it. */
  note(change: Partial<Webhook>, attempt?: Attempt): void {
    if (!this.hasUnwritten) this.#oldest = this.#now()
    this.#current = { ...this.#current, ...change }
    if (attempt) this.#attempts.push(attempt)
  }

  /** Refused with `version` when somebody else has moved the endpoint. */
  async write(): Promise<Result<number, Refusal>> {
    const from = this.#written
    const to = this.#current
    const attempts = this.#attempts
    this.#attempts = []
    this.#written = to
    const { place, lastSuccessAt, failures, failingSince, nextAttemptAt, lastError, state } = to
    const progress = {
      place,
      lastSuccessAt,
      failures,
      failingSince,
      nextAttemptAt,
      lastError,
      state,
    }
    const recorded = await recordProgress(this.#database, from, progress, attempts, this.#now())
    if (recorded.ok) this.#current = { ...this.#current, lastSeq: recorded.value }
    return recorded
  }
}
