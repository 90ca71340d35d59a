/** Changes of users: read, apply, write one batch over exactly the versions that were read. */
import { err, ok, type Result } from '../result'
import { applyChanges, differences } from '../scim/change'
import { scimError, type ScimError } from '../scim/error'
import { isSame, type JsonObject } from '../scim/json'
import { readPatch } from '../scim/patch'
import { messageUrns, noteSchemas, refusedTolerance } from '../scim/profile'
import type { StoredUser } from '../scim/representation'
import type { Resource } from '../scim/resource'
import type { Reading } from '../scim/tolerance'
import { userType } from '../scim/user'
import type { Event } from '../store/events'
import { refusedAs } from '../store/refusal'
import { causeOf, type DirectoryRequest } from '../store/request'
import { userTypeOf } from '../store/settings'
import { documentsOf } from '../store/stored'
import { updateUserList } from '../store/user-writes'
import { findUsers } from '../store/users'
import {
  appliedIn,
  gone,
  keep,
  present,
  readBody,
  startUserReading,
  type Prepared,
  type UserResult,
} from './common'

/** Another writer may come between read and write; then the change is made on the new version. */
const attempts = 5

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
  readonly apply: Result<(before: Resource) => Result<Resource, ScimError>, ScimError>
}

function readChange(request: DirectoryRequest, change: UserChange): ReadChange {
  const reading = startUserReading(request)
  const { method, body } = change
  if (method === 'PUT') {
    const read = readBody(reading, body)
    return { ...change, reading, apply: read.ok ? ok(() => read) : read }
  }
  noteSchemas(reading, body, messageUrns.patch)
  const read = readPatch(reading, body)
  if (!read.ok) return { ...change, reading, apply: read }
  const apply = (before: Resource) => {
    const changed = applyChanges(reading, before, read.value)
    const refused = refusedTolerance(reading)
    return changed.ok && refused ? err(refused) : changed
  }
  return { ...change, reading, apply: ok(apply) }
}

/** Changes users, each named once. */
export async function changeUsers(
  database: D1Database,
  request: DirectoryRequest,
  list: readonly UserChange[],
): Promise<UserResult[]> {
  const results = new Map<string, UserResult>()
  let pending = list.map((change) => readChange(request, change))
  for (const { id, apply } of pending) if (!apply.ok) results.set(id, apply)
  pending = pending.filter(({ id }) => !results.has(id))
  for (let attempt = 0; attempt < attempts && pending.length > 0; attempt += 1) {
    const outcome = await changeOnce(database, request, pending)
    if (!outcome.ok) return list.map(({ id }) => results.get(id) ?? outcome)
    for (const [id, result] of outcome.value) results.set(id, result)
    pending = pending.filter(({ id }) => !results.has(id))
  }
  return list.map(({ id }) => results.get(id) ?? err(scimError('unavailable')))
}

/** The results of all but those whose user was changed by another writer meanwhile. */
async function changeOnce(
  database: D1Database,
  request: DirectoryRequest,
  list: readonly ReadChange[],
): Promise<Result<Map<string, UserResult>, ScimError>> {
  const found = await findUsers(
    database,
    request.credential,
    list.map(({ id }) => id),
  )
  if (!found.ok) return err(refusedAs(found.error, userType))
  const now = Date.now()
  const results = new Map<string, UserResult>()
  const writes = new Map<string, Prepared & { readonly old: StoredUser }>()
  for (const change of list) {
    const old = present(found.value, change.id, change.ifMatch)
    const changed = old.ok ? prepareChange(request, old.value, change) : old
    if (!changed.ok) results.set(change.id, changed)
    else if (changed.value) writes.set(change.id, changed.value)
    else results.set(change.id, old)
  }
  if (writes.size === 0) return ok(results)
  const cause = causeOf(request, appliedIn(list.map(({ reading }) => reading)))
  const context = { cause, now, operation: crypto.randomUUID() }
  const updated = await updateUserList(database, request.credential, context, [...writes.values()])
  if (!updated.ok) return err(refusedAs(updated.error, userType))
  for (const [id, { attributes, old }] of writes) {
    const version = updated.value.versions.get(id)
    if (updated.value.written.has(id)) {
      results.set(id, ok({ ...old, attributes, version: old.version + 1, updatedAt: now }))
    } else if (version === undefined) results.set(id, gone())
    else if (version === old.version) results.set(id, err(scimError('userNameTaken')))
  }
  return ok(results)
}

function prepareChange(
  request: DirectoryRequest,
  old: StoredUser,
  { apply }: ReadChange,
): Result<(Prepared & { readonly old: StoredUser }) | undefined, ScimError> {
  const changed = apply.ok ? apply.value(old.attributes) : apply
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
    events: changeEvents(old.id, old.attributes, attributes),
    old,
  })
}

/** One event for access that is lost or regained, one for everything else. */
function changeEvents(id: string, before: Resource, after: Resource): Event[] {
  const { active, ...others } = differences(before, after)
  const resource = { id, ...after }
  const events: Event[] = []
  if (Object.keys(others).length > 0) {
    events.push({ type: 'user.updated', resourceId: id, resource, changes: others })
  }
  if (active !== undefined) {
    const type = after['active'] === false ? 'user.deactivated' : 'user.reactivated'
    events.push({ type, resourceId: id, resource, changes: { active } })
  }
  return events
}
