/** Plans of changes of people: what is written of each, and what the application is told of it. */
import { userNameKey } from '../guard/names/keys'
import type { OverlayRow, SeenPeople } from '../guard/names/people'
import { planPerson, type PersonPlan, type PlanRule } from '../guard/plan'
import type { Documents } from '../directory/documents'
import { causeOf, type DirectoryRequest } from '../directory/request'
import { passOver } from '../scim/passed-over/notes'
import { isTolerated } from '../scim/profile'
import type { StoredUser } from '../scim/representation'
import type { Reading } from '../scim/tolerance/reading'
import type { PreparedChange } from './prepare-change'
import type { ReadChange } from './read-change'
import type { Prepared } from './shared'

export interface PlannedWrite extends Prepared {
  readonly old: StoredUser
  readonly reading: Reading
  readonly mayKeepName: boolean
}

interface PlannedChanges {
  readonly plans: readonly PersonPlan[]
  /** Writes by id; a change of the guard alone has none. */
  readonly writes: ReadonlyMap<string, PlannedWrite>
  readonly readings: readonly Reading[]
}

/** Plans changes in one batch, in which nobody may come to see two people of one name. */
export function planChanges(
  request: DirectoryRequest,
  prepared: readonly PreparedChange[],
  { rows, holders, protectedIds, protectedNames }: SeenPeople,
  holdsLosses: boolean,
): PlannedChanges {
  /** Ids of people by the names that they keep for the application in this batch. */
  const keepers = new Map<string, string>()
  const plans: PersonPlan[] = []
  const readings: Reading[] = []
  const writes = new Map<string, PlannedWrite>()
  for (const { change, old, after, documents, reading } of prepared) {
    const { id, statesActive, mayKeepName } = change
    const row = rows.get(id)
    readings.push(reading)
    if (!documents && !isRestated(row, change)) continue
    const nameKey = userNameKey(after)
    const others = [keepers.get(nameKey), holders.get(nameKey)?.id]
    const holder = others.find((other) => other !== undefined && other !== id) ?? ''
    const found = holders.get(nameKey)?.id
    const plan = planPerson(
      {
        id,
        before: old.attributes,
        after,
        text: documents?.attributes,
        statesActive,
        isWritten: documents !== undefined,
        row,
        holder,
        foundHolder: found === undefined || found === id ? '' : found,
        isProtected: protectedIds.has(id) || protectedNames.has(nameKey),
      },
      ruleOf(reading, holdsLosses),
    )
    plans.push(plan)
    const kept = plan.overlay.row?.name
    if (kept) keepers.set(kept, id)
    if (!documents) continue
    if (plan.keepsName) passOver(reading, 'softDeletedName', 'userName', keepsOldName)
    writes.set(id, {
      ...writeOf(request, { change, old, after, documents, reading }),
      events: plan.events,
      reading,
      mayKeepName,
    })
  }
  return { plans, writes, readings }
}

/**
 * True for a change that states `active` of a person whose change the operator discarded. It may
 * settle that, even where it changes nothing in the directory.
 */
function isRestated(row: OverlayRow | undefined, { statesActive }: ReadChange): boolean {
  return row?.state === 'drift' && statesActive
}

const keepsOldName =
  'Entra makes the name of a person unusable who is deleted softly: the application keeps the old one.'

function ruleOf(reading: Reading, holdsLosses: boolean): PlanRule {
  return { holdsLosses, knowsSoftDeletes: isTolerated(reading, 'softDeletedName') }
}

/** A new version of a user, but for its events. */
function writeOf(
  request: DirectoryRequest,
  {
    change,
    old,
    after,
    documents,
    reading,
  }: Omit<PreparedChange, 'stored'> & { readonly documents: Documents },
) {
  return {
    id: old.id,
    version: old.version,
    updatedAt: old.updatedAt,
    attributes: after,
    documents,
    before: old.attributes,
    cause: { ...causeOf(request, reading, old.id), method: change.method },
    old,
  }
}
