/** Changes of users: read, apply, write one batch over exactly the versions that were read. */
import { err, ok, type Result } from '../result'
import { planPerson, type PersonPlan } from '../guard/plan'
import { fold } from '../scim/filter/match'
import { scimError, type ScimError } from '../scim/error'
import { isSame } from '../scim/json'
import { passedIn } from '../scim/passed-over/notes'
import type { StoredUser } from '../scim/representation'
import type { Reading } from '../scim/tolerance/reading'
import { userType } from '../scim/user'
import type { Refusal } from '../database/batch'
import { guarded, mayHold } from '../guard/guarded-batch'
import { findOverlayRows, type OverlayRow } from '../guard/users'
import { untilNotOvertaken } from '../directory/contention'
import { newlyObserved, observe, settle } from '../directory/observe'
import { refusedAs } from '../directory/refusal'
import { causeOf, type DirectoryRequest } from '../directory/request'
import { userTypeOf } from '../tenants/settings'
import { documentsOf } from '../directory/documents'
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
  const progress = { results, taken: new Set<string>() }
  const names = list.map(({ id }) => `${request.credential.tenantId}/${id}`)
  const changed = await inTurn(names, () =>
    guarded((holdsLosses) => changeAll(database, request, changes, progress, holdsLosses)),
  )
  const missing = err(changed.ok ? scimError('unavailable') : refusedAs(changed.error, userType))
  return list.map(({ id }) => results.get(id) ?? missing)
}

/** Progress of a list of changes. */
interface Progress {
  readonly results: Map<string, UserResult>
  /** Ids of those whose new userName is taken, and who keep the old one while being switched off. */
  readonly taken: Set<string>
}

/**
 * Makes the changes that have no result yet; those whose user another writer has changed meanwhile,
 * anew.
 */
async function changeAll(
  database: D1Database,
  request: DirectoryRequest,
  changes: readonly ReadChange[],
  { results, taken }: Progress,
  holdsLosses: boolean,
): Promise<Result<undefined, Refusal>> {
  const changed = await untilNotOvertaken(request, async () => {
    const pending = changes.filter(({ id }) => !results.has(id))
    if (pending.length === 0) return ok(undefined)
    const outcome = await changeOnce(database, request, pending, taken, holdsLosses)
    if (!outcome.ok) return outcome.error.kind === 'version' ? undefined : outcome
    for (const [id, result] of outcome.value) results.set(id, result)
    return pending.every(({ id }) => results.has(id)) ? ok(undefined) : undefined
  })
  return changed ?? ok(undefined)
}

/** The results of all but those whose user was changed by another writer meanwhile. */
async function changeOnce(
  database: D1Database,
  request: DirectoryRequest,
  list: readonly ReadChange[],
  taken: Set<string>,
  holdsLosses: boolean,
): Promise<Result<Map<string, UserResult>, Refusal>> {
  const { credential } = request
  const ids = list.map(({ id }) => id)
  const found = await findUsers(database, credential, ids)
  if (!found.ok) return found
  const rows = await findOverlayRows(database, credential, ids)
  if (!rows.ok) return rows
  const now = Date.now()
  const results = new Map<string, UserResult>()
  const plans: PersonPlan[] = []
  const readings: Reading[] = []
  const writes = new Map<string, PlannedWrite>()
  const rule = ruleOf(request, holdsLosses)
  const known = userTypeOf(credential)
  let type = known
  for (const change of list) {
    const stored = present(found.value, change.id, change.ifMatch)
    const old = stored.ok ? ok(settle(known, stored.value)) : stored
    if (!old.ok) {
      results.set(change.id, old)
      continue
    }
    const changed = prepareChange(request, old.value, change, taken.has(change.id))
    if (!changed.ok) {
      results.set(change.id, changed)
      continue
    }
    const seen = observe(type, changed.value.write?.attributes ?? {})
    if (!seen.ok) {
      results.set(change.id, seen)
      continue
    }
    type = seen.value
    const row = rows.value.get(change.id)
    const { reading, write } = changed.value
    readings.push(reading)
    if (!write) {
      results.set(change.id, ok({ user: old.value, passed: passedIn(reading, change.id, false) }))
    }
    if (!write && !isRestated(row, change)) continue
    const plan = planPerson(
      {
        id: change.id,
        before: old.value.attributes,
        after: write?.attributes ?? old.value.attributes,
        statesActive: change.statesActive,
        isWritten: write !== undefined,
        row,
      },
      rule,
    )
    plans.push(plan)
    if (write) {
      const { mayKeepName } = change
      writes.set(change.id, { ...write, events: plan.events, reading, mayKeepName })
    }
  }
  if (plans.length === 0) return ok(results)
  const applied = new Set(readings.flatMap((reading) => [...reading.applied]))
  const cause = causeOf(request, { applied, passed: [] })
  const observed = newlyObserved(known, type)
  const context = { cause, now, holdsLosses, operation: crypto.randomUUID(), observed }
  const written = [...writes.values()]
  const updated = await updateUserList(database, credential, context, written, plans)
  if (!updated.ok) return updated
  for (const [id, { attributes, old, reading, events, mayKeepName }] of writes) {
    const version = updated.value.versions.get(id)
    if (updated.value.written.has(id)) {
      const user = { ...old, attributes, version: old.version + 1, updatedAt: now }
      results.set(id, ok({ user, passed: passedIn(reading, id, events.length > 0), observed }))
    } else if (version === undefined) results.set(id, gone())
    else if (version === old.version && mayKeepName && !taken.has(id)) taken.add(id)
    else if (version === old.version) results.set(id, err(scimError('userNameTaken')))
  }
  return ok(results)
}

/**
 * True for a change that states `active` of a person whose change the operator discarded. It may
 * settle that, even where it changes nothing in the directory.
 */
function isRestated(row: OverlayRow | undefined, { statesActive }: ReadChange): boolean {
  return row?.state === 'drift' && statesActive
}

function ruleOf({ credential }: DirectoryRequest, holdsLosses: boolean) {
  const names = mayHold(credential) ? credential.settings.guard.protected : []
  return { holdsLosses, protectedNames: new Set(names.map(fold)) }
}

/** A new version of a user, but for its events. */
type Write = Omit<Prepared, 'events'> & { readonly old: StoredUser }

interface PlannedWrite extends Prepared {
  readonly old: StoredUser
  readonly reading: Reading
  readonly mayKeepName: boolean
}

/** A prepared change of a user; no write when nothing changes. */
function prepareChange(
  request: DirectoryRequest,
  old: StoredUser,
  change: ReadChange,
  keepsName: boolean,
): Result<{ readonly reading: Reading; readonly write: Write | undefined }, ScimError> {
  const changed = change.apply(old, keepsName)
  if (!changed.ok) return changed
  const { reading, attributes, documents } = changed.value
  if (isSame(attributes, old.attributes)) return ok({ reading, write: undefined })
  const write = {
    id: old.id,
    version: old.version,
    attributes,
    documents,
    before: documentsOf(userTypeOf(request.credential), old.attributes).searchValues,
    cause: { ...causeOf(request, reading, old.id), method: change.method },
    old,
  }
  return ok({ reading, write })
}
