/** New users: read, check, write one batch. */
import { bytesAtMost, listBytes, peopleTogether } from '../limits'
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import { passedIn, remark } from '../scim/passed-over/notes'
import { remarkStated } from '../scim/passed-over/stated'
import { textOf, type JsonObject } from '../scim/json'
import type { Reading } from '../scim/tolerance/reading'
import type { Resource } from '../scim/resource'
import { userType } from '../scim/user'
import type { Refusal } from '../database/batch'
import { userNameKey } from '../guard/names/keys'
import { partsOf } from '../database/json-lists'
import { mayHold } from '../guard/guarded-batch'
import { guardNewPeople, planNewPerson } from '../guard/names/new-people'
import { findSeenPeople } from '../guard/names/people'
import { untilNotOvertaken } from '../directory/contention'
import { noteResource, tenantFull } from '../directory/growth'
import { newlyObserved, observe } from '../directory/observe'
import { refusedAs } from '../directory/refusal'
import { causeOf, type DirectoryRequest } from '../directory/request'
import { userTypeOf } from '../tenants/settings'
import { findTakenNames } from './taken-names'
import { rememberUser } from './remembered'
import { insertUserList, type WriteContext } from './write'
import {
  gone,
  keep,
  readBody,
  startUserReading,
  withActive,
  type Prepared,
  type UserResult,
} from './shared'

export interface NewUser {
  readonly id: string
  readonly body: JsonObject
}

/**
 * Creates users. With `maximumErrors`, stops at that many refusals: what comes after the last of
 * them is not done, and has no result.
 */
export async function createUsers(
  database: D1Database,
  request: DirectoryRequest,
  list: readonly NewUser[],
  maximumErrors?: number,
): Promise<UserResult[]> {
  const now = Date.now()
  const known = userTypeOf(request.credential)
  let type = known
  const prepared = list.map(({ id, body }) => {
    const user = prepareNew(request, id, body)
    const seen = user.ok ? observe(type, user.value.attributes) : user
    if (!seen.ok) return seen
    type = seen.value
    return user
  })
  const observed = newlyObserved(known, type)
  const refused =
    maximumErrors === undefined
      ? undefined
      : await refuseTaken(database, request, prepared, maximumErrors)
  if (refused && !refused.ok) return list.map(() => refused)
  const results = refused ? refused.value : prepared
  const writes = results.flatMap((result) => (result.ok ? [result.value] : []))
  if (writes.length === 0) return results.map((result) => (result.ok ? gone() : result))
  const { tried, told, refusal } = await insertAll(database, request, writes, { now, observed })
  return results.map((result) => {
    if (!result.ok) return result
    const { id, attributes, documents, reading } = result.value
    const isTold = told.get(id)
    if (isTold === undefined) return err(tried.has(id) ? nameTaken(attributes) : refusal)
    noteResource(request.credential, undefined, documents.attributes)
    const text = documents.attributes
    const user = { id, attributes: text, version: 1, createdAt: now, updatedAt: now, groups: [] }
    if (list.length === 1) rememberUser(request.credential, user)
    return ok({ user, passed: passedIn(reading, id, isTold), observed })
  })
}

/** Outcome of a list of new people. */
interface Inserted {
  /** Ids of those whose batch was carried out. */
  readonly tried: ReadonlySet<string>
  /** Ids of those who were added, and whether events tell of it. */
  readonly told: ReadonlyMap<string, boolean>
  /** Refusal of all others. */
  readonly refusal: ScimError
}

/** Adds people: in one batch, unless others whom the application sees are read, or kept, with them. */
async function insertAll(
  database: D1Database,
  request: DirectoryRequest,
  list: readonly NewPerson[],
  context: Pick<WriteContext, 'now' | 'observed'>,
): Promise<Inserted> {
  const tried = new Set<string>()
  const told = new Map<string, boolean>()
  for (let next = 0; next < list.length;) {
    const rest = list.slice(next)
    const written = await untilNotOvertaken(request, () =>
      insertFirst(database, request, rest, context),
    )
    if (!written?.ok) {
      const refusal = written ? refusedAs(written.error, userType) : scimError('unavailable')
      return { tried, told, refusal }
    }
    const { count, added } = written.value
    for (const { id } of rest.slice(0, count)) tried.add(id)
    for (const [id, isTold] of added) told.set(id, isTold)
    next += count
  }
  return { tried, told, refusal: scimError('unavailable') }
}

/**
 * Adds the people who come first: answers how many were tried, and of those who were added whether events
 * tell of it. Undefined when what the application sees was changed by another writer meanwhile.
 */
async function insertFirst(
  database: D1Database,
  request: DirectoryRequest,
  list: readonly NewPerson[],
  { now, observed }: Pick<WriteContext, 'now' | 'observed'>,
): Promise<
  | Result<
      { readonly count: number; readonly added: readonly (readonly [string, boolean])[] },
      Refusal
    >
  | undefined
> {
  const { credential } = request
  const most = mayHold(credential) ? peopleTogether : list.length
  const names = list.slice(0, most).map(({ attributes }) => userNameKey(attributes))
  const seen = await findSeenPeople(database, credential, [], names)
  if (!seen.ok) return seen
  const all = list
    .slice(0, most)
    .map((person) => ({ person, ...planNewPerson(person.id, person.attributes, seen.value) }))
  // The rows of the overlay are one value of the batch.
  const [part = []] = partsOf(all, ({ overlay }) => bytesAtMost(JSON.stringify(overlay)), listBytes)
  const writes = part.map(({ person, events, overlay }) => {
    const { id, reading } = person
    if (overlay.action === 'return') remark(reading, 'samePerson', 'userName', comesBack)
    return { ...person, events, cause: { ...causeOf(request, reading, id), method: 'POST' } }
  })
  // What was observed moves the revision that every part requires: it comes last.
  const shown = part.length === list.length ? { observed } : {}
  const context = { now, operation: crypto.randomUUID(), ...shown }
  const guard = { ...context, cause: causeOf(request), holdsLosses: false }
  const surrounding = guardNewPeople(database, credential, guard, part)
  const written = await insertUserList(database, credential, context, writes, surrounding)
  if (!written.ok) return written.error.kind === 'version' ? undefined : written
  // Whom the application sees by the name may have been discarded, and wait for nothing now.
  if (part.some(({ overlay }) => overlay.action === 'wait')) {
    const { settleNames } = await import('../guard/names/settle')
    await settleNames(database, credential.tenantId, guard.cause)
  }
  const added = writes.flatMap(({ id, events }) =>
    written.value.has(id) ? [[id, events.length > 0] as const] : [],
  )
  return ok({ count: part.length, added })
}

/** Longest identifier that a refusal tells. */
const maximumIdentifier = 256

/** The refusal says who wanted the name: the person may be somebody who is inactive here. */
function nameTaken({ userName, externalId }: Resource): ScimError {
  const offered = textOf(externalId)
  return offered === '' || offered.length > maximumIdentifier
    ? scimError('userNameTaken')
    : scimError('userNameTaken', {
        userName: userNameKey({ userName: userName ?? '' }),
        externalId: offered,
      })
}

/** A user to add, with the reading of the body. */
interface NewPerson extends Omit<Prepared, 'events' | 'cause'> {
  readonly reading: Reading
}

const comesBack =
  'The deletion of the person waited: the application sees the same person, by the id from before.'

const madeActive = 'The request came without "active": the person is active.'

function prepareNew(
  request: DirectoryRequest,
  id: string,
  body: JsonObject,
): Result<NewPerson, ScimError> {
  const reading = startUserReading(request)
  const read = readBody(reading, body)
  if (!read.ok) return read
  const resource = withActive(reading, request.credential.settings, read.value)
  if (resource['active'] === undefined) remark(reading, 'withoutActive', 'active', madeActive)
  remarkStated(reading, () => ({}))
  // A new user is active unless the provider says otherwise.
  const kept = keep(request, reading, undefined, { active: true, ...resource })
  if (!kept.ok) return kept
  if (request.credential.isFull) return err(tenantFull(request.credential))
  const { attributes, documents } = kept.value
  return ok({ id, version: 0, updatedAt: 0, before: undefined, attributes, documents, reading })
}

/** The refusals that are known before the batch, for taken names, too; ends at `maximumErrors`. */
async function refuseTaken(
  database: D1Database,
  request: DirectoryRequest,
  prepared: readonly Result<NewPerson, ScimError>[],
  maximumErrors: number,
): Promise<Result<Result<NewPerson, ScimError>[], ScimError>> {
  const nameOf = ({ attributes }: NewPerson) => userNameKey(attributes)
  const names = prepared.flatMap((user) => (user.ok ? [nameOf(user.value)] : []))
  const taken = await findTakenNames(database, request.credential, names)
  if (!taken.ok) return err(refusedAs(taken.error, userType))
  const seen = new Set(taken.value)
  const results: Result<NewPerson, ScimError>[] = []
  let errors = 0
  for (const user of prepared) {
    if (errors >= maximumErrors) break
    const isTaken = user.ok && seen.has(nameOf(user.value))
    if (user.ok) seen.add(nameOf(user.value))
    if (!user.ok || isTaken) errors += 1
    results.push(isTaken ? err(nameTaken(user.value.attributes)) : user)
  }
  return ok(results)
}
