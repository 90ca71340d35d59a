/** Times at which a failed delivery is tried again, and the time at which it is given up. Pure. */
import { isLoopbackAllowed, type LoopbackVariables } from '../public-address'
const second = 1000
const minute = 60 * second
const hour = 60 * minute

export interface Timing {
  /** Milliseconds from one failed attempt to the next; the last one repeats. */
  readonly gaps: readonly number[]
  /** Milliseconds in which a receiver has to answer. */
  readonly timeout: number
}

const usualTiming: Timing = {
  gaps: [
    5 * second,
    30 * second,
    2 * minute,
    10 * minute,
    30 * minute,
    hour,
    2 * hour,
    4 * hour,
    6 * hour,
  ],
  timeout: 15 * second,
}

/** Milliseconds of failures in a row after which an endpoint is paused. */
export const patience = 72 * hour

/** The longest wait that a receiver can ask for with Retry-After. */
const maximumRetryAfter = 6 * hour

export interface TimingVariables extends LoopbackVariables {
  /** Milliseconds, separated by commas. Only together with WEBHOOK_LOOPBACK, for tests. */
  readonly WEBHOOK_GAPS?: string
  /** Milliseconds. Only together with WEBHOOK_LOOPBACK, for tests. */
  readonly WEBHOOK_TIMEOUT?: string
}

/** Deployments always have the usual timing. */
export function timingOf(variables: TimingVariables): Timing {
  if (!isLoopbackAllowed(variables)) return usualTiming
  const gaps = (variables.WEBHOOK_GAPS ?? '').split(',').map(Number).filter(isSpan)
  const timeout = Number(variables.WEBHOOK_TIMEOUT ?? '')
  return {
    gaps: gaps.length > 0 ? gaps : usualTiming.gaps,
    timeout: isSpan(timeout) ? timeout : usualTiming.timeout,
  }
}

function isSpan(milliseconds: number): boolean {
  return Number.isFinite(milliseconds) && milliseconds > 0
}

export interface Failing {
  /** Failures in a row, this one included. */
  readonly failures: number
  /** Time of the first of them, in milliseconds since 1970. */
  readonly since: number
}

/**
 * The time of the next attempt, or undefined when patience has ended. `random` from 0 to 1 spreads
 * attempts, so that endpoints of one receiver do not come back in step.
 */
export function nextAttempt(
  { gaps }: Timing,
  { failures, since }: Failing,
  now: number,
  input: number | undefined,
  random: number,
): number | undefined {
  const end = since + patience
  if (now >= end) return undefined
  const gap = gaps[Math.min(failures, gaps.length) - 1] ?? hour
  const wait = Math.max(gap * (0.8 + 0.4 * random), Math.min(input ?? 0, maximumRetryAfter))
  return Math.min(Math.round(now + wait), end)
}

/** Milliseconds that a Retry-After header asks to wait (RFC 9110 section 10.2.3). */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  const text = header.trim()
  if (/^\d{1,9}$/.test(text)) return Number(text) * second
  const date = readHttpDate(text)
  return date === undefined ? undefined : Math.max(date - now, 0)
}

/**
 * Milliseconds since 1970 of a date in one of the three forms of RFC 9110 section 5.6.7, all in UTC; undefined for
 * one that does not exist, which `Date.parse` would take for a later one.
 */
function readHttpDate(text: string): number | undefined {
  const [, day, , dayAtEnd] =
    /^[A-Z][a-z]+(?:, (\d\d)([ -])[A-Z][a-z]{2}\2\d{2,4}| [A-Z][a-z]{2} ([ \d]\d)) \d\d:\d\d:\d\d(?: GMT| \d{4})$/.exec(
      text,
    ) ?? []
  const date = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return new Date(date).getUTCDate() === Number(day ?? dayAtEnd) ? date : undefined
}
