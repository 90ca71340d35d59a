/** Changes of users: read, apply, write one batch over exactly the versions that were read. */
import { bytesAtMost } from '../limits'
import { err, ok, type Result } from '../result'
import { userNameKey } from '../guard/names/keys'
import { findSeenPeople, type OverlayRow } from '../guard/names/people'
import { settleHeld } from '../guard/names/settle'
import { planPerson, type PersonPlan, type PlanRule } from '../guard/plan'
import { scimError, type ScimError } from '../scim/error'
import { isSame } from '../scim/json'
import { passedIn, passOver } from '../scim/passed-over/notes'
import { isTolerated } from '../scim/profile'
import type { StoredUser } from '../scim/representation'
import type { Resource } from '../scim/resource'
import type { Reading } from '../scim/tolerance/reading'
import { userType } from '../scim/user'
import type { Refusal } from '../database/batch'
import { partsOf } from '../database/json-lists'
import { guardedList } from '../guard/guarded-batch'
import { countAllowedChanges } from '../guard/users'
import { untilNotOvertaken } from '../directory/contention'
import { newlyObserved, observe, settle } from '../directory/observe'
import { refusedAs } from '../directory/refusal'
import { causeOf, type DirectoryRequest } from '../directory/request'
import { userTypeOf } from '../tenants/settings'
import { documentsOf, type Documents } from '../directory/documents'
import { updateUserList } from './write'
import { findUsers } from './store'
import { inTurn } from './turns'
import { readChange, type ReadChange, type UserChange } from './read-change'
import { gone, present, type Prepared, type UserResult } from './shared'

/** Changes users, each named once. */
export async function changeUsers(
  database: D1Database,
  request: DirectoryRequest,
  list: readonly UserChange[],
): Promise<UserResult[]> {
  const results = new Map<string, UserResult>()
  const changes = list.map((change) => readChange(request, change))
  for (const { id, problem } of changes) if (problem) results.set(id, err(problem))
  const progress = { results, taken: new Set<string>(), lost: new Set<string>() }
  const names = list.map(({ id }) => `${request.credential.tenantId}/${id}`)
  const ids = changes.map(({ id }) => id)
  const { refusal } = await inTurn(names, () =>
    guardedList(
      changes,
      (part, holdsLosses) => changeAll(database, request, part, progress, holdsLosses),
      () => countAllowedChanges(database, request.credential, ids, progress.lost),
    ),
  )
  await settleHeld(database, request.credential, causeOf(request))
  const missing = err(refusal ? refusedAs(refusal, userType) : scimError('unavailable'))
  return list.map(({ id }) => results.get(id) ?? missing)
}

/** Progress of a list of changes. */
interface Progress {
  readonly results: Map<string, UserResult>
  /** Ids of those whose new userName is taken, and who keep the old one while being switched off. */
  readonly taken: Set<string>
  /** Ids of those whom the last try would have taken from the application. */
  readonly lost: Set<string>
}

/**
 * Makes the changes that have no result yet; those whose user another writer has changed meanwhile,
 * anew.
 */
async function changeAll(
  database: D1Database,
  request: DirectoryRequest,
  changes: readonly ReadChange[],
  progress: Progress,
  holdsLosses: boolean,
): Promise<Result<undefined, Refusal>> {
  const { results } = progress
  const changed = await untilNotOvertaken(request, async () => {
    const pending = changes.filter(({ id }) => !results.has(id))
    if (pending.length === 0) return ok(undefined)
    const outcome = await changeOnce(database, request, pending, progress, holdsLosses)
    if (!outcome.ok) return outcome.error.kind === 'version' ? undefined : outcome
    return pending.every(({ id }) => results.has(id)) ? ok(undefined) : undefined
  })
  return changed ?? ok(undefined)
}

/** Adds the results of all but those whose user was changed by another writer meanwhile. */
async function changeOnce(
  database: D1Database,
  request: DirectoryRequest,
  list: readonly ReadChange[],
  { results, taken, lost }: Progress,
  holdsLosses: boolean,
): Promise<Result<undefined, Refusal>> {
  const { credential } = request
  const ids = list.map(({ id }) => id)
  const found = await findUsers(database, credential, ids)
  if (!found.ok) return found
  const now = Date.now()
  const prepared: PreparedChange[] = []
  const known = userTypeOf(credential)
  let type = known
  for (const change of list) {
    const stored = present(found.value, change.id, change.ifMatch)
    const changed = stored.ok
      ? prepareChange(settle(known, stored.value), change, taken.has(change.id))
      : stored
    const seen = changed.ok
      ? observe(type, changed.value.documents ? changed.value.after : {})
      : changed
    if (changed.ok && seen.ok) {
      type = seen.value
      prepared.push(changed.value)
    } else if (!seen.ok) results.set(change.id, seen)
  }
  const names = prepared.map(({ after }) => userNameKey(after))
  const seen = await findSeenPeople(database, credential, ids, names)
  if (!seen.ok) return seen
  const { rows, holders, protectedIds, protectedNames } = seen.value
  /** Ids of people by the names that they keep for the application in this batch. */
  const keepers = new Map<string, string>()
  const plans: PersonPlan[] = []
  const readings: Reading[] = []
  const writes = new Map<string, PlannedWrite>()
  for (const { change, old, after, documents, reading } of prepared) {
    const { id, statesActive, mayKeepName } = change
    const row = rows.get(id)
    readings.push(reading)
    if (!documents) {
      results.set(id, ok({ user: old, passed: passedIn(reading, id, false) }))
      if (!isRestated(row, change)) continue
    }
    const nameKey = userNameKey(after)
    const others = [keepers.get(nameKey), holders.get(nameKey)?.id]
    const holder = others.find((other) => other !== undefined && other !== id) ?? ''
    const found = holders.get(nameKey)?.id
    const plan = planPerson(
      {
        id,
        before: old.attributes,
        after,
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
  if (plans.length === 0) return ok(undefined)
  lost.clear()
  for (const { isLost, overlay } of plans) if (isLost) lost.add(overlay.id)
  const applied = new Set(readings.flatMap((reading) => [...reading.applied]))
  const cause = causeOf(request, { applied, passed: [] })
  const observed = newlyObserved(known, type)
  const unobserved = { cause, now, holdsLosses, operation: crypto.randomUUID() }
  const parts = partsOf(plans, (plan) => boundBytes(plan, writes.get(plan.overlay.id)))
  for (const part of parts) {
    // What was observed moves the revision that every part requires: it comes last.
    const context = part === parts.at(-1) ? { ...unobserved, observed } : unobserved
    const ids = part.map(({ overlay }) => overlay.id)
    const written = ids.flatMap((id) => writes.get(id) ?? [])
    const updated = await updateUserList(database, credential, context, written, part)
    if (!updated.ok) return updated
    for (const { id, attributes, old, reading, events, mayKeepName } of written) {
      const version = updated.value.versions.get(id)
      if (updated.value.written.has(id)) {
        const user = { ...old, attributes, version: old.version + 1, updatedAt: now }
        results.set(id, ok({ user, passed: passedIn(reading, id, events.length > 0), observed }))
      } else if (version === undefined) results.set(id, gone())
      else if (version === old.version && mayKeepName && !taken.has(id)) taken.add(id)
      else if (version === old.version) results.set(id, err(scimError('userNameTaken')))
    }
  }
  return ok(undefined)
}

/** Bytes of a change as values of its batch, at most: the documents, the events, the overlay. */
function boundBytes({ overlay }: PersonPlan, write: PlannedWrite | undefined): number {
  const texts = [
    write?.documents.attributes ?? '',
    write?.documents.search ?? '',
    JSON.stringify([write?.events ?? [], overlay.events]),
    overlay.row?.released ?? '',
  ]
  return texts.reduce((sum, text) => sum + bytesAtMost(text), 0)
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

interface PlannedWrite extends Prepared {
  readonly old: StoredUser
  readonly reading: Reading
  readonly mayKeepName: boolean
}

/** A person before and after a change; without documents when nothing changes. */
interface PreparedChange {
  readonly change: ReadChange
  readonly old: StoredUser
  readonly after: Resource
  readonly documents: Documents | undefined
  readonly reading: Reading
}

function prepareChange(
  old: StoredUser,
  change: ReadChange,
  keepsName: boolean,
): Result<PreparedChange, ScimError> {
  const changed = change.apply(old, keepsName)
  if (!changed.ok) return changed
  const { reading, attributes, documents } = changed.value
  return isSame(attributes, old.attributes)
    ? ok({ change, old, after: old.attributes, documents: undefined, reading })
    : ok({ change, old, after: attributes, documents, reading })
}

/** A new version of a user, but for its events. */
function writeOf(
  request: DirectoryRequest,
  { change, old, after, documents, reading }: PreparedChange & { readonly documents: Documents },
) {
  return {
    id: old.id,
    version: old.version,
    attributes: after,
    documents,
    before: documentsOf(userTypeOf(request.credential), old.attributes).searchValues,
    cause: { ...causeOf(request, reading, old.id), method: change.method },
    old,
  }
}
