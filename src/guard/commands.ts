/** Decisions of the operator on pending changes: the application gets them, or never does. */
import { err, ok, type Result } from '../result'
import { auditIfChanged, auditStatement, type AuditEntry, type Author } from '../audit/log'
import type { Refusal } from '../database/batch'
import type { Cause } from '../events/append'
import type { PendingChange } from './changes'
import { findHold, type Decided } from './holds'
import { settleNames } from './names/settle'
import { releaseChanges } from './release'
import { discardRows } from './release-store'
import { holdDecision, summaryOf } from './review/hold-events'
import { chosenOf } from './review/planned'
import type { Selection } from './review/selection'
import type { Tenant } from '../tenants/tenant'
import { readAll } from './review/whole-selection'

/** Tries of a release: the provider may change what is pending meanwhile; then it is read again. */
export const attempts = 5

export interface Decision {
  readonly selection: Selection
  readonly author: Author
}

export interface ProtectedPerson {
  readonly id: string
  readonly userName: string
}

export type ReleaseRefusal =
  | Refusal
  | { readonly kind: 'unconfirmed'; readonly people: readonly ProtectedPerson[] }

/**
 * Releases changes: the application gets their events. A second release of the same changes does
 * nothing. Refused (`unconfirmed`) when protected people would be lost whose ids are not
 * `confirmed`.
 */
export async function release(
  database: D1Database,
  tenant: Pick<Tenant, 'id'>,
  decision: Decision & {
    readonly confirmed: readonly string[]
    /** Time of a release that was decided before, in milliseconds since 1970. */
    readonly plannedFor?: number
  },
): Promise<Result<Decided, ReleaseRefusal>> {
  const { selection, plannedFor } = decision
  const confirmed = new Set(decision.confirmed)
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const read = await readAll(database, tenant.id, selection, { follows: true })
    if (!read.ok) return read
    const changes =
      plannedFor === undefined
        ? read
        : ok(chosenOf(read.value, (change) => isPlanned(change, plannedFor, confirmed)))
    // What was decided before asks nobody: it leaves out who was not confirmed.
    const people = unconfirmed(changes.value, confirmed)
    if (people.length > 0) return err({ kind: 'unconfirmed', people })
    const decided = changes.value.length
    if (decided === 0) return present(database, tenant, selection, 0)
    const { holdId } = selection
    const cause = causeOf(decision, releaseText(decision, changes.value))
    const values = { tenantId: tenant.id, now: Date.now() }
    const endingOf = (part: readonly PendingChange[]) => ({
      ...values,
      cause,
      audit: [auditStatement(database, entryOf(tenant, decision, part.length))],
      announced: holdId
        ? [
            holdDecision(database, { ...values, holdId }, 'hold.released', {
              cause,
              summary: summaryOf(part),
              isCertain: true,
            }),
          ]
        : [],
    })
    const done = await releaseChanges(database, tenant.id, selection, changes.value, endingOf)
    const isMoreTold = done.ok && (await settleNames(database, tenant.id, cause))
    if (isMoreTold) return present(database, tenant, selection, decided)
    if (done.ok) return ok({ hold: done.value, decided })
    if (done.error.kind !== 'version') return done
  }
  return err({ kind: 'unavailable', outage: 'overloaded' })
}

/** Discards changes: the application keeps what it sees until the provider states it again. */
export async function discard(
  database: D1Database,
  tenant: Tenant,
  decision: Decision & { readonly selection: { readonly holdId: string } },
): Promise<Result<Decided, Refusal>> {
  const found = await findHold(database, tenant.id, decision.selection.holdId)
  if (!found.ok) return found
  const nothing: Decided = { hold: found.value, decided: 0 }
  if (found.value.waiting === 0) return ok(nothing)
  const { holdId } = decision.selection
  const changes = await readAll(database, tenant.id, decision.selection, { follows: false })
  if (!changes.ok) return changes
  if (changes.value.length === 0) return ok(nothing)
  const values = { tenantId: tenant.id, now: Date.now() }
  const told = {
    cause: causeOf(decision, `discarding of hold ${holdId}`),
    summary: summaryOf(changes.value),
    isCertain: false,
  }
  const ending = {
    ...values,
    audit: [
      auditIfChanged(database, entryOf(tenant, decision, undefined)),
      holdDecision(database, { ...values, holdId }, 'hold.discarded', told),
    ],
  }
  return discardRows(database, ending, decision.selection)
}

/** “release of hold …, by …, after 12 minutes”. */
function releaseText({ selection, author }: Decision, changes: readonly PendingChange[]): string {
  const what = selection.holdId ? `hold ${selection.holdId}` : 'discarded changes'
  const since = Math.min(...changes.map(({ at }) => at))
  const minutes = Math.round((Date.now() - since) / 60_000)
  return `release of ${what}, by ${author.actor}, after ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`
}

/** The cause of events that a decision makes. */
function causeOf({ author }: Decision, decision: string): Cause {
  return { requestId: author.requestId, tokenId: '', decision }
}

/** `released` is the number of changes; undefined when they were discarded. */
function entryOf(
  tenant: Pick<Tenant, 'id'>,
  decision: Decision,
  released: number | undefined,
): AuditEntry {
  const { author, selection } = decision
  const { holdId, some } = selection
  return {
    tenant: tenant.id,
    author,
    action: released === undefined ? 'hold.discarded' : 'hold.released',
    subject: holdId ?? 'drift',
    after: {
      ...(released === undefined ? {} : { changes: released }),
      ...(some ? { people: some.people.slice(0, 100), teams: some.teams.slice(0, 100) } : {}),
    },
  }
}

/** The hold of a selection as it is now, after a decision about `decided` changes. */
export async function present(
  database: D1Database,
  tenant: Pick<Tenant, 'id'>,
  { holdId }: Selection,
  decided: number,
): Promise<Result<Decided, Refusal>> {
  if (holdId === undefined) return ok({ hold: undefined, decided })
  const found = await findHold(database, tenant.id, holdId)
  return found.ok ? ok({ hold: found.value, decided }) : found
}

/** True for a change that was decided to be told by a time, and takes nobody who was not confirmed. */
function isPlanned(
  change: PendingChange,
  plannedFor: number,
  confirmed: ReadonlySet<string>,
): boolean {
  const { tellAt } = change
  return tellAt !== null && tellAt <= plannedFor && unconfirmed([change], confirmed).length === 0
}

/** Protected people whom changes would take from the application, without the `confirmed` ones. */
export function unconfirmed(
  changes: readonly PendingChange[],
  confirmed: ReadonlySet<string>,
): ProtectedPerson[] {
  const people = new Map<string, ProtectedPerson>()
  for (const held of changes) {
    const { userId, userName, reason, isProtected } = held
    const isLoss = takesAccess(held)
    const isKept = isProtected || reason === 'protected'
    if (userId !== '' && isLoss && isKept && !confirmed.has(userId)) {
      people.set(userId, { id: userId, userName: userName ?? userId })
    }
  }
  return [...people.values()]
}

/** True for a change after which the application has a person no more, or not in a team. */
function takesAccess({ kind, change, released, directory }: PendingChange): boolean {
  if (kind !== 'user') return change === 'remove'
  if (!directory) return true
  return released !== null && released['active'] !== false && directory['active'] === false
}
