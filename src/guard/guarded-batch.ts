/**
 * Guarded batches: a write with the statements of the guard around its own, in one batch. Those
 * before it count losses and remember what the application sees; those after it take back the
 * events of what has to wait. The statements of the write know nothing of them
 * (docs/decisions/0008-holding-is-an-overlay.md).
 */
import { ok, type Result } from '../result'
import type { Refusal } from '../database/batch'
import type { BoundStatement, Statement, Values } from '../database/statement'
import type { Cause } from '../events/append'
import type { Credential } from '../tokens/credential'
import { openHolds } from './hold-state'
import { lossValues, type LossStatements } from './loss-window'

/** Context of a guarded write. */
export interface GuardContext {
  readonly cause: Cause
  /** Milliseconds since 1970. */
  readonly now: number
  /** True after the write was refused because more people would be lost than may be. */
  readonly holdsLosses: boolean
}

/**
 * Carries out a write that may lose people. A write that is refused as too great a loss (`loss`) is
 * carried out once more, with all its losses held back from the application.
 */
export async function guarded<T>(
  write: (holdsLosses: boolean) => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> {
  const outcome = await write(false)
  return !outcome.ok && outcome.error.kind === 'loss' ? write(true) : outcome
}

/** Outcomes of the parts of a list, in order. */
export interface Parts<T> {
  readonly done: readonly T[]
  /** Refusal of the part after those that were done; undefined when there was none. */
  readonly refusal: Refusal | undefined
}

/**
 * Carries out a list of operations that may each lose a person, with the outcome that they have one
 * after the other: those of whom the tenant may still lose somebody are told, the others wait.
 * `countAllowed` answers how many operations at the start of the list may be told; it is asked after
 * a refusal alone.
 */
export async function guardedList<Item, T>(
  list: readonly Item[],
  write: (part: readonly Item[], holdsLosses: boolean) => Promise<Result<T, Refusal>>,
  countAllowed: () => Promise<Result<number, Refusal>>,
): Promise<Parts<T>> {
  const whole = await write(list, false)
  if (whole.ok) return { done: [whole.value], refusal: undefined }
  if (whole.error.kind !== 'loss') return { done: [], refusal: whole.error }
  const allowed = list.length > 1 ? await countAllowed() : ok(0)
  if (!allowed.ok) return { done: [], refusal: allowed.error }
  const told = list.slice(0, allowed.value)
  const first = told.length > 0 ? await write(told, false) : undefined
  // Somebody else has used up the number meanwhile.
  const isTold = first?.ok ?? false
  if (first && !first.ok && first.error.kind !== 'loss') return { done: [], refusal: first.error }
  const done = first?.ok ? [first.value] : []
  const rest = isTold ? list.slice(told.length) : list
  if (rest.length === 0) return { done, refusal: undefined }
  const held = await write(rest, true)
  return held.ok
    ? { done: [...done, held.value], refusal: undefined }
    : { done, refusal: held.error }
}

/** Statements around those of a write, in the same batch. */
export interface SurroundingStatements {
  readonly before: readonly BoundStatement[]
  readonly after: readonly BoundStatement[]
}

export const noSurrounding: SurroundingStatements = { before: [], after: [] }

/** True for a tenant whose batches look at what is held. All others are spared these statements. */
export function mayHold({ isHolding, settings }: Credential): boolean {
  return isHolding || settings.guard.teams === 'review' || settings.guard.protected.length > 0
}

/** Statements that one kind of write needs of the guard, and their values. */
export interface GuardedWrite {
  /** Asked for when there are statements to bind. */
  readonly values: () => Values
  /** Losses, where there may be any: by the directory alone, and by what the application sees. */
  readonly losses: { readonly plain: LossStatements; readonly seen: LossStatements } | undefined
  /** True when the batch alone shows who of them was written: they are counted after it. */
  readonly countsAfter?: boolean
  /** Preconditions for a tenant that may hold something, checked before losses are counted. */
  readonly preconditions?: readonly Statement[]
  /** True for a write that leaves rows in the overlay although nothing is held. */
  readonly isOverlaying?: boolean
  readonly before: readonly Statement[]
  readonly after: readonly Statement[]
}

/** The statements of the guard around a write; none for a write that nothing is to be asked of. */
export function surround(
  database: D1Database,
  credential: Credential,
  context: GuardContext,
  {
    values,
    losses,
    countsAfter = false,
    preconditions = [],
    isOverlaying = false,
    before,
    after,
  }: GuardedWrite,
): SurroundingStatements {
  const isHolding = mayHold(credential) || context.holdsLosses || isOverlaying
  if (!isHolding && !losses) return noSurrounding
  const bound = { ...guardValues(credential, context), ...values() }
  const bind = (make: Statement) => make(database, bound)
  const counted = isHolding ? losses?.seen : losses?.plain
  const counting = counted
    ? [...counted.count, ...(context.holdsLosses ? [] : [counted.limit])]
    : []
  const [countedBefore, countedAfter] = countsAfter ? [[], counting] : [counting, []]
  if (!isHolding) return { before: countedBefore.map(bind), after: countedAfter.map(bind) }
  return {
    before: [...preconditions, ...countedBefore, ...before].map(bind),
    after: [...countedAfter, ...after, ...openHolds].map(bind),
  }
}

function guardValues(credential: Credential, context: GuardContext): Values {
  const { guard } = credential.settings
  return {
    tenantId: credential.tenantId,
    now: context.now,
    cause: JSON.stringify(context.cause),
    holdId: crypto.randomUUID(),
    holdsLosses: context.holdsLosses ? 1 : 0,
    review: guard.teams === 'review' ? 1 : 0,
    ...lossValues(credential.settings, context.now),
  }
}
