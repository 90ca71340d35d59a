/**
 * Plan of a change of a person: it reaches the application, waits, or ends a wait. Pure. Two names
 * of a person may differ: that in the directory, and the one by which the application knows the
 * person, while Entra has deleted the person softly or the application sees the new name elsewhere.
 */
import { fold } from '../scim/filter/match'
import { isSame, textOf, type JsonObject } from '../scim/json'
import { formerNameOf, isSoftDeletedName, withUserName } from '../scim/tolerance/soft-delete'
import type { Event } from '../events/append'
import { differenceTo, userEvents } from './effects'
import { userNameKey } from './names/keys'
import type { HoldReason, OverlayState } from '../database/schema/guard'
import type { OverlayRow } from './names/people'
import type { GuardedUser } from './users'

export interface PersonChange {
  readonly id: string
  /** Attributes in the directory, before the change and after it. */
  readonly before: JsonObject
  readonly after: JsonObject
  /** JSON of `after`, where it is at hand. */
  readonly text?: string | undefined
  /** True when the request says whether the person is active. */
  readonly statesActive: boolean
  /** True when the directory is written: what is said again may change nothing there. */
  readonly isWritten: boolean
  readonly row: OverlayRow | undefined
  /** Id of somebody else whom the application knows by the name in `after`; empty for nobody. */
  readonly holder: string
  /** The same before the batch that the change is part of. */
  readonly foundHolder: string
  readonly isProtected: boolean
}

export interface PersonPlan extends GuardedUser {
  /** Events that the application gets. */
  readonly events: readonly Event[]
  /** True when the application keeps the name that Entra has made unusable. */
  readonly keepsName: boolean
}

export interface PlanRule {
  readonly holdsLosses: boolean
  /** True when soft deletes of Entra are recognized. */
  readonly knowsSoftDeletes: boolean
}

/**
 * Plans a change of a person: the events that the application gets, and what becomes of the
 * overlay.
 */
export function planPerson(change: PersonChange, rule: PlanRule): PersonPlan {
  const { id, before, after, row, holder, isWritten, isProtected } = change
  const seen = row ? row.released : before
  const known = textOf(seen?.['userName'])
  const isSoftDeleted = rule.knowsSoftDeletes && isUnusable(change, known)
  const nameKey = userNameKey(after)
  const overlay = {
    id,
    version: row?.version ?? 0,
    nameKey,
    holder,
    foundHolder: change.foundHolder,
    protectedName: isSoftDeleted ? known : textOf(after['userName']),
    protectedKey: isSoftDeleted ? fold(known) : nameKey,
    isWritten,
    events: [],
  }
  const plan = (action: Pick<GuardedUser['overlay'], 'action' | 'row'>, events: Event[] = []) => ({
    events: isWritten ? events : [],
    overlay: { ...overlay, ...action, events: isWritten ? [] : events },
    isLost: false,
    keepsName: isSoftDeleted,
  })
  const unusableName = isSoftDeleted ? nameKey : null
  const stays = plan({ action: 'leave', row: null })
  if (!seen) {
    if (isSoftDeleted) return plan({ action: 'write', row: { ...unknownRow, unusableName } })
    if (holder !== '') return stays
    const created: Event = {
      type: 'user.created',
      resourceId: id,
      resource: { id, ...after },
      changes: {},
    }
    return plan({ action: 'drop', row: null }, [created])
  }
  const isLoss = isActive(seen) && !isActive(after)
  const write = (released: JsonObject, state: OverlayState, reason: HoldReason) => ({
    action: 'write' as const,
    row: {
      released: JSON.stringify(released),
      difference: isWritten ? differenceTo(released, after) : null,
      name: userNameKey(seen),
      state,
      reason,
      unusableName,
    },
  })
  const isPending = row?.state === 'held' && row.reason !== 'together'
  if (isLoss && isPending) {
    return plan(write(seen, 'held', isProtected ? 'protected' : row.reason))
  }
  // A deactivation that the operator discarded stays discarded when other attributes change.
  if (row && isLoss && isDiscarded(row) && !change.statesActive) {
    return isSoftDeleted ? plan(write(seen, row.state, row.reason)) : stays
  }
  if (isLoss && (isProtected || rule.holdsLosses)) {
    return { ...plan(write(seen, 'held', isProtected ? 'protected' : 'losses')), isLost: true }
  }
  const told = isSoftDeleted
    ? withUserName(after, known)
    : holder !== ''
      ? { ...after, userName: known }
      : after
  const events = userEvents(id, seen, told, told === after ? change.text : undefined)
  const left = isSame(told, after)
    ? { action: row ? ('drop' as const) : ('leave' as const), row: null }
    : write(told, stateOf(row, isSoftDeleted), 'together')
  return { ...plan(left, events), isLost: isLoss }
}

/** The row of somebody whom the application does not know, and whose name it is not to hear. */
const unknownRow = {
  released: null,
  difference: null,
  name: null,
  state: 'kept',
  reason: 'together',
} as const

/**
 * True for a person whose name in the directory Entra has made unusable, from the one that the
 * application knows, the one that the directory had, or the one behind an unusable one.
 */
function isUnusable({ before, after, row }: PersonChange, known: string): boolean {
  const userName = textOf(after['userName'])
  const unusable = row?.unusableName ?? ''
  return (
    unusable === userNameKey(after) ||
    isSoftDeletedName(userName, formerNameOf(unusable)) ||
    isSoftDeletedName(userName, known) ||
    isSoftDeletedName(userName, textOf(before['userName']))
  )
}

/** State of a row that keeps nothing but a name. */
function stateOf(row: OverlayRow | undefined, isSoftDeleted: boolean): OverlayState {
  if (row?.reason === 'together' && row.state !== 'kept') return row.state
  return isSoftDeleted ? 'kept' : 'held'
}

/** True for a change of more than a name that the operator discarded. */
function isDiscarded({ state, reason }: OverlayRow): boolean {
  return state === 'drift' && reason !== 'together'
}

function isActive(user: JsonObject): boolean {
  return user['active'] !== false
}
