/** Whether a change of a person reaches the application, waits, or ends a wait. Pure. */
import type { JsonObject } from '../scim/json'
import { textOf } from '../scim/json'
import { fold } from '../scim/filter/match'
import type { Event } from '../events/append'
import type { OverlayRow, UserOverlay } from './users'
import { userEvents } from './effects'

export interface PersonChange {
  readonly id: string
  /** What the directory has, and what it will have. */
  readonly before: JsonObject
  readonly after: JsonObject
  /** True when the request says whether the person is active. */
  readonly statesActive: boolean
  /** True when the directory is written: what is said again may change nothing there. */
  readonly isWritten: boolean
  readonly row: OverlayRow | undefined
}

export interface PersonPlan {
  /** What the application is told. */
  readonly events: readonly Event[]
  readonly overlay: UserOverlay
  /** True when the person counts as lost. */
  readonly isLost: boolean
}

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
  // The operator has decided; what the provider says of other things does not touch that.
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
