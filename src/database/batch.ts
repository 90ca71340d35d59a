/**
 * A batch sent to D1: how long it may take, what its refusal means, and whether it may be sent once
 * more. The only place that reads D1's error texts.
 */
import { getTableName, type Column } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { logFailure } from '../failure'
import { within } from '../time'
import type { RawRow } from './field'
import { isStandstill, noteIfStandstill, type Standstill } from './standstill'
import { teams, users } from './schema/directory'
import { tenants } from './schema/tenants'
import type { BoundStatement } from './statement'

/**
 * Reason why D1 did not answer. `overloaded`: nothing was done, and another attempt at once makes
 * it worse. `overdue`: nothing was done, because D1 came to the batch after its time. `interrupted`: a passing state; the batch may have been carried out. `late`: no answer
 * in time; the batch may still be carried out. `unforeseen`: an error that nobody has described;
 * the batch may have been carried out. Of a standstill nothing was done, and another try is as bad.
 */
export type Outage = 'overloaded' | 'overdue' | 'interrupted' | 'late' | 'unforeseen' | Standstill

/** Reason why a batch was rolled back, or why it has no answer. */
export type Refusal =
  | { readonly kind: 'credential' | 'target' | 'version' | 'members' | 'loss' }
  | { readonly kind: 'taken'; readonly what: 'userName' | 'teamName' | 'slug' | 'id' }
  | { readonly kind: 'unavailable'; readonly outage: Outage }

/** One place of a batch: a statement, several that follow each other, or none. */
export type Part = BoundStatement | readonly BoundStatement[] | undefined

type AnswerOf<P extends Part> =
  P extends BoundStatement<infer Row>
    ? readonly Row[]
    : P extends readonly BoundStatement<infer Row>[]
      ? readonly (readonly Row[])[]
      : undefined

/** The rows of each part of a batch, in its place; undefined for none. */
export type Answers<Parts extends readonly Part[]> = {
  readonly [Index in keyof Parts]: AnswerOf<Parts[Index]>
}

/** Milliseconds for one batch: D1 gives up after thirty seconds, providers before that. */
export const batchTime = 8_000

/** For what no provider waits for, and what grows with a tenant. */
export const longBatchTime = 30_000

/** One transaction, one round trip: all of it happens, or none. */
export async function runBatch<const Parts extends readonly Part[]>(
  database: D1Database,
  parts: Parts,
  time = batchTime,
): Promise<Result<Answers<Parts>, Refusal>> {
  try {
    const prepared = parts.flatMap((part) => part ?? []).map((statement) => statement.prepared)
    const results = await within(time, database.batch<RawRow>(prepared))
    if (!results) return err({ kind: 'unavailable', outage: 'late' })
    return ok(readAnswers(parts, results))
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal?.kind === 'unavailable') noteIfStandstill(refusal.outage)
    if (!refusal) logFailure('A batch failed in an unforeseen way', undefined, error)
    return err(refusal ?? { kind: 'unavailable', outage: 'unforeseen' })
  }
}

/** The answer of a job's batch. Nobody waits for a job, so a refusal is thrown. */
export function demandDone<T>(outcome: Result<T, Refusal>): T {
  if (!outcome.ok) throw new Error(`A batch was not done: ${outcome.error.kind}`)
  return outcome.value
}

function readAnswers<Parts extends readonly Part[]>(
  parts: Parts,
  results: readonly D1Result<RawRow>[],
): Answers<Parts> {
  let next = 0
  const readNext = ({ read, isCounted }: BoundStatement) => {
    const { results: rows = [], meta } = results[next] ?? {}
    next += 1
    return isCounted ? [read({ changes: meta?.changes ?? 0 })] : rows.map((row) => read(row))
  }
  const answers = parts.map((part) => {
    if (part === undefined) return undefined
    return 'prepared' in part ? readNext(part) : part.map(readNext)
  })
  // A mapped tuple loses its places in `map`.
  return answers as Answers<Parts>
}

/** A batch that changes nothing: it may be sent as often as one likes. */
export async function readBatch<const Parts extends readonly Part[]>(
  database: D1Database,
  parts: Parts,
): Promise<Result<Answers<Parts>, Refusal>> {
  const outcome = await repeatInterrupted(() => runBatch(database, parts))
  const isOutage =
    !outcome.ok && outcome.error.kind === 'unavailable' && !isStandstill(outcome.error.outage)
  // A read changes nothing, whatever the outage: the caller may always try again.
  return isOutage ? err({ kind: 'unavailable', outage: 'overloaded' }) : outcome
}

const tries = 3

/**
 * Does once more what was interrupted, twice at most. For reads, and for writes that find out by
 * themselves, when they are told that they are a repetition, whether the first one came through.
 */
export async function repeatInterrupted<T>(
  attempt: (isRepeated: boolean) => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> {
  for (let count = 1; ; count += 1) {
    const outcome = await attempt(count > 1)
    if (outcome.ok || count === tries || !isInterrupted(outcome.error)) {
      return count > 1 ? afterInterruption(outcome) : outcome
    }
    await scheduler.wait(10 * count + Math.random() * 40)
  }
}

/** An overload after an interruption: an earlier try may have been carried out. */
function afterInterruption<T>(outcome: Result<T, Refusal>): Result<T, Refusal> {
  const isOut = !outcome.ok && outcome.error.kind === 'unavailable'
  return isOut ? err({ kind: 'unavailable', outage: 'interrupted' }) : outcome
}

function isInterrupted(refusal: Refusal): boolean {
  return refusal.kind === 'unavailable' && refusal.outage === 'interrupted'
}

const refusals: readonly (readonly [RegExp, Refusal])[] = [
  [/\bguard_time\b/, { kind: 'unavailable', outage: 'overdue' }],
  [/\bguard_credential\b/, { kind: 'credential' }],
  [/\bguard_target\b/, { kind: 'target' }],
  [/\bguard_version\b/, { kind: 'version' }],
  [/\bguard_members\b/, { kind: 'members' }],
  [/\bguard_loss\b/, { kind: 'loss' }],
  [notUnique(users.userName), { kind: 'taken', what: 'userName' }],
  [notUnique(teams.nameKey), { kind: 'taken', what: 'teamName' }],
  [notUnique(tenants.slug), { kind: 'taken', what: 'slug' }],
  [notUnique(users.id), { kind: 'taken', what: 'id' }],
  [notUnique(teams.id), { kind: 'taken', what: 'id' }],
  [/exceeded maximum (db|database) size|database or disk is full/i, standstill('full')],
  [/too many (subrequests|api requests by single worker)/i, standstill('calls')],
  [/\bdaily\b.*\blimit|\blimit\b.*\bdaily\b|\bquota\b.*\bexceeded\b/i, standstill('daily')],
  // Documented by D1 as passing states. The first match counts: a reset after a timeout is late.
  [/overloaded/i, { kind: 'unavailable', outage: 'overloaded' }],
  [
    /exceeded timeout|storage operation exceeded|exceeded its (memory|cpu)/i,
    { kind: 'unavailable', outage: 'late' },
  ],
  [
    /Network connection lost|object to be reset|code was updated|transient issue|client disconnected/i,
    { kind: 'unavailable', outage: 'interrupted' },
  ],
]

function standstill(outage: Standstill): Refusal {
  return { kind: 'unavailable', outage }
}

/** True for a call that the platform did not make, because the request has made too many. */
export function isBeyondCalls(error: unknown): boolean {
  const refusal = refusalOf(error)
  return refusal?.kind === 'unavailable' && refusal.outage === 'calls'
}

/** `UNIQUE constraint failed: users.tenant_id, users.user_name`, or the index in their place. */
function notUnique(column: Column): RegExp {
  const table = getTableName(column.table)
  return new RegExp(`UNIQUE constraint failed: .*\\b${table}[._](.*[ .])?${column.name}\\b`)
}

function refusalOf(error: unknown): Refusal | undefined {
  const text = error instanceof Error ? `${error.message} ${causeOf(error)}` : String(error)
  return refusals.find(([pattern]) => pattern.test(text))?.[1]
}

function causeOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : ''
}
