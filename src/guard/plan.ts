/** Plan of a change of a person: it reaches the application, waits, or ends a wait. Pure. */
import type { JsonObject } from '../scim/json'
import { textOf } from '../scim/json'
import { fold } from '../scim/filter/match'
import type { Event } from '../events/append'
import type { GuardedUser, OverlayRow } from './users'
import { userEvents } from './effects'

export interface PersonChange {
  readonly id: string
  /** Attributes in the directory, before the change and after it. */
  readonly before: JsonObject
  readonly after: JsonObject
  /** True when the request says whether the person is active. */
  readonly statesActive: boolean
  /** True when the directory is written: what is said again may change nothing there. */
  readonly isWritten: boolean
  readonly row: OverlayRow | undefined
}

export interface PersonPlan extends GuardedUser {
  /** Events that the application gets. */
  readonly events: readonly Event[]
}

/**
 * Plans a change of a person: the events that the application gets, and what becomes of the
 * overlay.
 */
export function planPerson(
  change: PersonChange,
  rule: { readonly holdsLosses: boolean; readonly protectedNames: ReadonlySet<string> },
): PersonPlan {
  const { id, before, after, row, isWritten } = change
  const seen = row?.released ?? before
  const isLoss = isActive(seen) && !isActive(after)
  const isProtected = [before, after, seen].some(({ userName }) =>
    rule.protectedNames.has(fold(textOf(userName))),
  )
  const overlay = {
    id,
    version: row?.version ?? 0,
    reason: isProtected ? ('protected' as const) : ('losses' as const),
    released: JSON.stringify(seen),
    isWritten,
    events: [],
  }
  const silent = { events: [], overlay: { ...overlay, action: 'leave' as const }, isLost: false }
  if (isLoss && row?.state === 'held') {
    return { ...silent, overlay: { ...overlay, action: 'hold' } }
  }
  // A deactivation that the operator discarded stays discarded when other attributes change.
  if (isLoss && row?.state === 'drift' && !change.statesActive) return silent
  if (isLoss && (isProtected || rule.holdsLosses)) {
    return { events: [], overlay: { ...overlay, action: 'hold' }, isLost: true }
  }
  const events = userEvents(id, seen, after)
  const action = row ? ('drop' as const) : ('leave' as const)
  return {
    events: isWritten ? events : [],
    overlay: { ...overlay, action, events: isWritten ? [] : events },
    isLost: isLoss,
  }
}

function isActive(user: JsonObject): boolean {
  return user['active'] !== false
}
