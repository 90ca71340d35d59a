/**
 * Commands on users, on one or on many: read, apply, write one batch. A single request is a list
 * of one.
 */
import { err, ok, type Result } from '../result'
import { applyChanges, differences } from '../scim/change'
import { scimError, type ScimError } from '../scim/error'
import { isSame, type JsonObject } from '../scim/json'
import { fold } from '../scim/match'
import { readPatch } from '../scim/patch'
import { userTag, type StoredUser } from '../scim/representation'
import { noteSchemas, refusedTolerance } from '../scim/profile'
import { readResource, type Resource } from '../scim/resource'
import { startReading, type Reading, type ToleranceName } from '../scim/tolerance'
import { userType } from '../scim/user'
import { matchesTag } from '../scim/version'
import type { Event } from '../store/events'
import { refusedAs } from '../store/refusal'
import { checkResource, type Checked } from '../store/checked'
import { causeOf, type DirectoryRequest } from '../store/request'
import { userTypeOf } from '../store/settings'
import { documentsOf } from '../store/stored'
import {
  deleteUserList,
  findTakenNames,
  insertUserList,
  updateUserList,
  type UserWrite,
} from '../store/user-writes'
import { findUsers } from '../store/users'

export type UserResult = Result<StoredUser, ScimError>

/** Another writer may come between read and write; then the change is made on the new version. */
const attempts = 5

export interface NewUser {
  readonly id: string
  readonly body: JsonObject
}

/**
 * Creates users. With `mostErrors`, stops at that many refusals: what comes after the last of
 * them is not done, and has no result.
 */
export async function createUsers(
  database: D1Database,
  request: DirectoryRequest,
  list: readonly NewUser[],
  mostErrors?: number,
): Promise<UserResult[]> {
  const now = Date.now()
  const readings = list.map(() => startUserReading(request))
  const prepared = list.map(({ id, body }, index) =>
    prepareNew(request, readings[index] ?? startUserReading(request), id, body),
  )
  const refused =
    mostErrors === undefined ? undefined : await foresee(database, request, prepared, mostErrors)
  if (refused && !refused.ok) return list.map(() => refused)
  const results = refused ? refused.value : prepared
  const writes = results.flatMap((result) => (result.ok ? [result.value] : []))
  if (writes.length === 0) return results.map((result) => (result.ok ? gone() : result))
  const context = { cause: causeOf(request, appliedIn(readings)), now }
  const written = await insertUserList(database, request.credential, context, writes)
  if (!written.ok) return results.map(() => err(refusedAs(written.error, userType)))
  return results.map((result) => {
    if (!result.ok) return result
    const { id, attributes } = result.value
    if (!written.value.has(id)) return err(scimError('userNameTaken'))
    return ok({ id, attributes, version: 1, createdAt: now, updatedAt: now, groups: [] })
  })
}

interface Prepared extends UserWrite {
  readonly attributes: Resource
}

function startUserReading({ credential }: DirectoryRequest): Reading {
  const { settings } = credential
  return startReading(userTypeOf(settings), settings.profile)
}

function prepareNew(
  request: DirectoryRequest,
  reading: Reading,
  id: string,
  body: JsonObject,
): Result<Prepared, ScimError> {
  const read = readBody(reading, body)
  if (!read.ok) return read
  // A person who was provisioned may use the product unless the provider says otherwise.
  const kept = keep(request, undefined, { active: true, ...read.value })
  if (!kept.ok) return kept
  const { attributes, documents } = kept.value
  const event: Event = {
    type: 'user.created',
    resourceId: id,
    resource: { id, ...attributes },
    changes: {},
  }
  return ok({ id, version: 0, attributes, documents, before: undefined, events: [event] })
}

function readBody(reading: Reading, body: JsonObject): Result<Resource, ScimError> {
  noteSchemas(reading, body)
  const read = readResource(reading, body)
  const refused = refusedTolerance(reading)
  return read.ok && refused ? err(refused) : read
}

/** Which of the users will be refused, up to the last refusal that is accepted. */
async function foresee(
  database: D1Database,
  request: DirectoryRequest,
  prepared: readonly Result<Prepared, ScimError>[],
  mostErrors: number,
): Promise<Result<Result<Prepared, ScimError>[], ScimError>> {
  const nameOf = ({ attributes }: Prepared) => fold(String(attributes['userName']))
  const names = prepared.flatMap((one) => (one.ok ? [nameOf(one.value)] : []))
  const taken = await findTakenNames(database, request.credential, names)
  if (!taken.ok) return err(refusedAs(taken.error, userType))
  const seen = new Set(taken.value)
  const results: Result<Prepared, ScimError>[] = []
  let errors = 0
  for (const one of prepared) {
    if (errors >= mostErrors) break
    const isTaken = one.ok && seen.has(nameOf(one.value))
    if (one.ok) seen.add(nameOf(one.value))
    if (!one.ok || isTaken) errors += 1
    results.push(isTaken ? err(scimError('userNameTaken')) : one)
  }
  return ok(results)
}

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
  noteSchemas(reading, body)
  const read = readPatch(reading, body)
  if (!read.ok) return { ...change, reading, apply: read }
  const apply = (before: Resource) => {
    const changed = applyChanges(reading, before, read.value)
    const refused = refusedTolerance(reading)
    return changed.ok && refused ? err(refused) : changed
  }
  return { ...change, reading, apply: ok(apply) }
}

function appliedIn(readings: readonly Reading[]): ReadonlySet<ToleranceName> {
  return new Set(readings.flatMap(({ applied }) => [...applied]))
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
  const context = { cause: causeOf(request, appliedIn(list.map(({ reading }) => reading))), now }
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

function present(
  found: ReadonlyMap<string, StoredUser>,
  id: string,
  ifMatch: string | undefined,
): UserResult {
  const user = found.get(id)
  if (!user) return gone()
  const isOther = ifMatch !== undefined && !matchesTag(ifMatch, userTag(user))
  return isOther ? err(scimError('versionMismatch')) : ok(user)
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

export interface Removal {
  readonly id: string
  readonly ifMatch: string | undefined
}

/** Deletes users; those with a condition are read first. */
export async function deleteUsers(
  database: D1Database,
  request: DirectoryRequest,
  list: readonly Removal[],
): Promise<Result<undefined, ScimError>[]> {
  const conditional = list.filter(({ ifMatch }) => ifMatch !== undefined)
  const found =
    conditional.length > 0
      ? await findUsers(
          database,
          request.credential,
          conditional.map(({ id }) => id),
        )
      : ok(new Map<string, StoredUser>())
  if (!found.ok) return list.map(() => err(refusedAs(found.error, userType)))
  const checked = list.map(({ id, ifMatch }) =>
    ifMatch === undefined ? ok(undefined) : present(found.value, id, ifMatch),
  )
  const doomed = list.flatMap(({ id }, index) => {
    const check = checked[index]
    return check?.ok ? [{ id, version: check.value?.version }] : []
  })
  const context = { cause: causeOf(request), now: Date.now() }
  const deleted = await deleteUserList(database, request.credential, context, doomed)
  if (!deleted.ok) return list.map(() => err(refusedAs(deleted.error, userType)))
  return list.map(({ id, ifMatch }, index) => {
    const check = checked[index]
    if (check && !check.ok) return check
    if (deleted.value.has(id)) return ok(undefined)
    return ifMatch === undefined ? gone() : err(scimError('versionMismatch'))
  })
}

function gone(): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('resourceNotFound', { resourceType: userType.name }))
}

/** Nobody is switched on or off by silence. */
function keep(
  request: DirectoryRequest,
  before: Resource | undefined,
  after: Resource,
): Result<Checked, ScimError> {
  const isSilent = after['active'] === undefined && before?.['active'] !== undefined
  const kept = isSilent ? { ...after, active: before['active'] ?? true } : after
  const { settings } = request.credential
  return checkResource(userTypeOf(settings), settings.rules, before, kept)
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
