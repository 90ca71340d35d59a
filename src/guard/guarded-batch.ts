/**
 * Guarded batches: a write with the statements of the guard around its own, in one batch. Those
 * before it count losses and remember what the application sees; those after it take back the
 * events of what has to wait. The statements of the write know nothing of them
 * (docs/decisions/0008-holding-is-an-overlay.md).
 */
import type { Result } from '../result'
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
  { values, losses, preconditions = [], isOverlaying = false, before, after }: GuardedWrite,
): SurroundingStatements {
  const isHolding = mayHold(credential) || context.holdsLosses || isOverlaying
  if (!isHolding && !losses) return noSurrounding
  const bound = { ...guardValues(credential, context), ...values() }
  const bind = (make: Statement) => make(database, bound)
  const counted = isHolding ? losses?.seen : losses?.plain
  const counting = counted
    ? [...(context.holdsLosses ? [] : [counted.limit]), ...counted.count]
    : []
  if (!isHolding) return { before: counting.map(bind), after: [] }
  return {
    before: [...preconditions, ...counting, ...before].map(bind),
    after: [...after, ...openHolds].map(bind),
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
