/** Changes of users: read, apply, write one batch over exactly the versions that were read. */
import { err, ok, type Result } from '../result'
import { planPerson, type PersonPlan } from '../guard/plan'
import { applyChanges } from '../scim/patch/apply'
import { fold } from '../scim/filter/match'
import { scimError, type ScimError } from '../scim/error'
import { isSame, type JsonObject } from '../scim/json'
import { readPatch } from '../scim/patch/parse'
import { messageUrns, noteSchemas, refusedTolerance } from '../scim/profile'
import { representUser, type StoredUser } from '../scim/representation'
import type { Resource } from '../scim/resource'
import type { Reading } from '../scim/tolerance'
import { userType } from '../scim/user'
import type { Refusal } from '../database/batch'
import { guarded, mayHold } from '../guard/guarded-batch'
import { findOverlayRows, type OverlayRow } from '../guard/users'
import { untilNotOvertaken } from '../directory/contention'
import { refusedAs } from '../directory/refusal'
import { causeOf, type DirectoryRequest } from '../directory/request'
import { userTypeOf } from '../tenants/settings'
import { documentsOf } from '../directory/documents'
import { updateUserList } from './write'
import { findUsers } from './store'
import { inTurn } from './turns'
import {
  appliedIn,
  gone,
  keep,
  present,
  readBody,
  startUserReading,
  type Prepared,
  type UserResult,
} from './shared'

export interface UserChange {
  readonly id: string
  readonly ifMatch: string | undefined
  /** PUT: what the body leaves out is cleared, but nobody is switched on or off by silence. */
  readonly method: 'PUT' | 'PATCH'
  readonly body: JsonObject
}

/** A change that was read, with the reading that notes what it needs when it is applied. */
interface ReadChange extends UserChange {
  readonly reading: Reading
  /** True when it says whether the person is active. */
  readonly statesActive: boolean
  readonly apply: Result<(before: StoredUser) => Result<Resource, ScimError>, ScimError>
}

function readChange(request: DirectoryRequest, change: UserChange): ReadChange {
  const reading = startUserReading(request)
  const { method, body } = change
  if (method === 'PUT') {
    const read = readBody(reading, body)
    const statesActive = read.ok && read.value['active'] !== undefined
    return { ...change, reading, statesActive, apply: read.ok ? ok(() => read) : read }
  }
  noteSchemas(reading, body, messageUrns.patch)
  const read = readPatch(reading, body)
  if (!read.ok) return { ...change, reading, statesActive: false, apply: read }
  const statesActive = read.value.some(
    (one) => one.kind === 'attribute' && one.path.attribute.name === 'active',
  )
  const apply = (before: StoredUser) => {
    const shown = representUser(before, '')
    const changed = applyChanges(reading, before.attributes, read.value, shown)
    const refused = refusedTolerance(reading)
    return changed.ok && refused ? err(refused) : changed
  }
  return { ...change, reading, statesActive, apply: ok(apply) }
}

/** Changes users, each named once. */
export async function changeUsers(
  database: D1Database,
  request: DirectoryRequest,
  list: readonly UserChange[],
): Promise<UserResult[]> {
  const results = new Map<string, UserResult>()
  const changes = list.map((change) => readChange(request, change))
  for (const { id, apply } of changes) if (!apply.ok) results.set(id, apply)
  const names = list.map(({ id }) => `${request.credential.tenantId}/${id}`)
  const changed = await inTurn(names, () =>
    guarded((holdsLosses) => changeAll(database, request, changes, results, holdsLosses)),
  )
  const missing = err(changed.ok ? scimError('unavailable') : refusedAs(changed.error, userType))
  return list.map(({ id }) => results.get(id) ?? missing)
}

/**
 * Makes the changes that have no result yet; those whose user another writer has changed meanwhile,
 * anew.
 */
async function changeAll(
  database: D1Database,
  request: DirectoryRequest,
  changes: readonly ReadChange[],
  results: Map<string, UserResult>,
  holdsLosses: boolean,
): Promise<Result<undefined, Refusal>> {
  const changed = await untilNotOvertaken(request, async () => {
    const pending = changes.filter(({ id }) => !results.has(id))
    if (pending.length === 0) return ok(undefined)
    const outcome = await changeOnce(database, request, pending, holdsLosses)
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
  const writes = new Map<string, Prepared & { readonly old: StoredUser }>()
  const rule = ruleOf(request, holdsLosses)
  for (const change of list) {
    const old = present(found.value, change.id, change.ifMatch)
    const changed = old.ok ? prepareChange(request, old.value, change) : old
    if (!old.ok || !changed.ok) {
      results.set(change.id, changed.ok ? old : changed)
      continue
    }
    const row = rows.value.get(change.id)
    if (!changed.value) results.set(change.id, old)
    if (!changed.value && !isRestated(row, change)) continue
    const plan = planPerson(
      {
        id: change.id,
        before: old.value.attributes,
        after: changed.value?.attributes ?? old.value.attributes,
        statesActive: change.statesActive,
        isWritten: changed.value !== undefined,
        row,
      },
      rule,
    )
    plans.push(plan)
    if (changed.value) writes.set(change.id, { ...changed.value, events: plan.events })
  }
  if (plans.length === 0) return ok(results)
  const cause = causeOf(request, appliedIn(list.map(({ reading }) => reading)))
  const context = { cause, now, holdsLosses, operation: crypto.randomUUID() }
  const written = [...writes.values()]
  const updated = await updateUserList(database, credential, context, written, plans)
  if (!updated.ok) return updated
  for (const [id, { attributes, old }] of writes) {
    const version = updated.value.versions.get(id)
    if (updated.value.written.has(id)) {
      results.set(id, ok({ ...old, attributes, version: old.version + 1, updatedAt: now }))
    } else if (version === undefined) results.set(id, gone())
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

/** Undefined when nothing changes. */
function prepareChange(
  request: DirectoryRequest,
  old: StoredUser,
  { apply }: ReadChange,
): Result<(Omit<Prepared, 'events'> & { readonly old: StoredUser }) | undefined, ScimError> {
  const changed = apply.ok ? apply.value(old) : apply
  if (!changed.ok) return changed
  const kept = keep(request, old.attributes, changed.value)
  if (!kept.ok) return kept
  const { attributes, documents } = kept.value
  if (isSame(attributes, old.attributes)) return ok(undefined)
  return ok({
    id: old.id,
    version: old.version,
    attributes,
    documents,
    before: documentsOf(userTypeOf(request.credential.settings), old.attributes).searchValues,
    old,
  })
}
