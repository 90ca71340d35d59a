/** Decisions of the operator on pending changes: the application gets them, or never does. */
import { err, ok, type Result } from '../result'
import { auditIfChanged, auditStatement, type AuditEntry, type Author } from '../audit/log'
import type { Refusal } from '../database/batch'
import { readChanges, start, type HeldChange, type Place, type Selection } from './changes'
import { findHold, type Hold } from './holds'
import { settleNames } from './names/settle'
import { planRelease } from './release-plan'
import { discardRows, releaseRows } from './release-store'
import type { Tenant } from '../tenants/tenant'

/** Number of changes that are read at once. */
const pageSize = 2_000

/** Tries of a release: the provider may change what is pending meanwhile; then it is read again. */
const attempts = 5

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
 * `confirmed`. Answers the hold; undefined for discarded changes of all holds.
 */
export async function release(
  database: D1Database,
  tenant: Tenant,
  decision: Decision & { readonly confirmed: readonly string[] },
): Promise<Result<Hold | undefined, ReleaseRefusal>> {
  const { selection } = decision
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const changes = await readAll(database, tenant.id, selection)
    if (!changes.ok) return changes
    const people = unconfirmed(changes.value, new Set(decision.confirmed))
    if (people.length > 0) return err({ kind: 'unconfirmed', people })
    if (changes.value.length === 0) return present(database, tenant, selection)
    const ending = {
      tenantId: tenant.id,
      cause: { requestId: decision.author.requestId, tokenId: '' },
      now: Date.now(),
      audit: [auditStatement(database, entryOf(tenant, decision, changes.value.length))],
    }
    const done = await releaseRows(database, ending, selection, planRelease(changes.value))
    const isMoreTold = done.ok && (await settleNames(database, tenant.id, ending.cause))
    if (isMoreTold) return present(database, tenant, selection)
    if (done.ok || done.error.kind !== 'version') return done
  }
  return err({ kind: 'unavailable', outage: 'overloaded' })
}

/** Discards changes: the application keeps what it sees until the provider states it again. */
export async function discard(
  database: D1Database,
  tenant: Tenant,
  decision: Decision & { readonly selection: { readonly holdId: string } },
): Promise<Result<Hold | undefined, Refusal>> {
  const found = await findHold(database, tenant.id, decision.selection.holdId)
  if (!found.ok || found.value.waiting === 0) return found
  const entry = entryOf(tenant, decision, undefined)
  const ending = {
    tenantId: tenant.id,
    now: Date.now(),
    audit: [auditIfChanged(database, entry)],
  }
  return discardRows(database, ending, decision.selection)
}

/** `released` is the number of changes; undefined when they were discarded. */
function entryOf(tenant: Tenant, decision: Decision, released: number | undefined): AuditEntry {
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

async function present(
  database: D1Database,
  tenant: Tenant,
  { holdId }: Selection,
): Promise<Result<Hold | undefined, Refusal>> {
  return holdId === undefined ? ok(undefined) : findHold(database, tenant.id, holdId)
}

async function readAll(
  database: D1Database,
  tenantId: number,
  selection: Selection,
): Promise<Result<readonly HeldChange[], Refusal>> {
  const changes: HeldChange[] = []
  let after: Place = start
  for (;;) {
    const options = { after, limit: pageSize, isWhole: true }
    const page = await readChanges(database, tenantId, selection, options)
    if (!page.ok) return page
    changes.push(...page.value)
    const last = page.value.at(-1)
    if (!last || page.value.length < pageSize) return ok(changes)
    after = last
  }
}

function unconfirmed(
  changes: readonly HeldChange[],
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
function takesAccess({ kind, change, released, directory }: HeldChange): boolean {
  if (kind !== 'user') return change === 'remove'
  if (!directory) return true
  return released !== null && released['active'] !== false && directory['active'] === false
}
