/** Commands on users: read the request, apply it to the version that was read, write one batch. */
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import { applyChanges, differences } from '../scim/change'
import { isSame, type JsonObject } from '../scim/json'
import { readPatch } from '../scim/patch'
import { missingAttribute, readResource, type Resource } from '../scim/resource'
import { userTag, type StoredUser } from '../scim/representation'
import { applyRules } from '../scim/rules'
import { startReading } from '../scim/tolerance'
import { userType } from '../scim/user'
import { matchesTag } from '../scim/version'
import type { Event } from '../store/events'
import { refusedAs } from '../store/refusal'
import type { DirectoryRequest } from '../store/request'
import { documentsOf, isTooLarge, maximumResourceBytes, type Documents } from '../store/stored'
import * as users from '../store/users'

/** Another writer may come between read and write; then the change is made on the new version. */
const attempts = 5

export async function createUser(
  database: D1Database,
  request: DirectoryRequest,
  body: JsonObject,
): Promise<Result<StoredUser, ScimError>> {
  const read = readResource(startReading(userType), body)
  if (!read.ok) return read
  // A person who was provisioned may use the product unless the provider says otherwise.
  const prepared = prepare(request, undefined, { active: true, ...read.value })
  if (!prepared.ok) return prepared
  const { attributes, documents } = prepared.value
  const id = crypto.randomUUID()
  const now = Date.now()
  const written = await users.insertNewUser(database, request.credential, {
    id,
    documents,
    now,
    operation: request.operation,
    cause: request.cause,
    events: [
      { type: 'user.created', resourceId: id, resource: { id, ...attributes }, changes: {} },
    ],
  })
  if (!written.ok) return err(refusedAs(written.error, userType))
  return ok({ id, attributes, version: 1, createdAt: now, updatedAt: now, groups: [] })
}

/** PUT: what the body leaves out is cleared, but nobody is switched on or off by silence. */
export async function replaceUser(
  database: D1Database,
  request: DirectoryRequest,
  id: string,
  body: JsonObject,
): Promise<Result<StoredUser, ScimError>> {
  const read = readResource(startReading(userType), body)
  if (!read.ok) return read
  return changeUser(database, request, id, () => read)
}

export async function patchUser(
  database: D1Database,
  request: DirectoryRequest,
  id: string,
  body: JsonObject,
): Promise<Result<StoredUser, ScimError>> {
  const reading = startReading(userType)
  const changes = readPatch(reading, body)
  if (!changes.ok) return changes
  return changeUser(database, request, id, (before) => applyChanges(reading, before, changes.value))
}

export async function deleteUser(
  database: D1Database,
  request: DirectoryRequest,
  id: string,
): Promise<Result<undefined, ScimError>> {
  const { credential, ifMatch, operation, cause } = request
  let version: number | undefined
  if (ifMatch !== undefined) {
    const before = await readForChange(database, request, id)
    if (!before.ok) return before
    version = before.value.version
  }
  const deletion = { id, version, operation, cause, now: Date.now() }
  const deleted = await users.deleteUser(database, credential, deletion)
  return deleted.ok ? ok(undefined) : err(refusedAs(deleted.error, userType))
}

async function changeUser(
  database: D1Database,
  request: DirectoryRequest,
  id: string,
  change: (before: Resource) => Result<Resource, ScimError>,
): Promise<Result<StoredUser, ScimError>> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = await readForChange(database, request, id)
    if (!before.ok) return before
    const changed = change(before.value.attributes)
    if (!changed.ok) return changed
    const prepared = prepare(request, before.value.attributes, changed.value)
    if (!prepared.ok) return prepared
    const { attributes, documents } = prepared.value
    if (isSame(attributes, before.value.attributes)) return before
    const now = Date.now()
    const written = await users.replaceUser(
      database,
      request.credential,
      before.value,
      documentsOf(userType, before.value.attributes).searchValues,
      {
        id,
        documents,
        now,
        operation: request.operation,
        cause: request.cause,
        events: changeEvents(id, before.value.attributes, attributes),
      },
    )
    if (written.ok) {
      const { version, createdAt, groups } = before.value
      return ok({ id, attributes, version: version + 1, createdAt, updatedAt: now, groups })
    }
    if (written.error.kind !== 'version') return err(refusedAs(written.error, userType))
  }
  return err(scimError('unavailable'))
}

async function readForChange(
  database: D1Database,
  { credential, ifMatch }: DirectoryRequest,
  id: string,
): Promise<Result<StoredUser, ScimError>> {
  const found = await users.findUser(database, credential, id)
  if (!found.ok) return err(refusedAs(found.error, userType))
  if (!found.value) return err(scimError('resourceNotFound', { resourceType: userType.name }))
  if (ifMatch !== undefined && !matchesTag(ifMatch, userTag(found.value))) {
    return err(scimError('versionMismatch'))
  }
  return ok(found.value)
}

/** Rules, required attributes and size: what is checked of every resource that will be kept. */
function prepare(
  { credential }: DirectoryRequest,
  before: Resource | undefined,
  after: Resource,
): Result<{ attributes: Resource; documents: Documents }, ScimError> {
  const kept =
    after['active'] === undefined && before?.['active'] !== undefined
      ? { ...after, active: before['active'] }
      : after
  const missing = missingAttribute(userType, kept)
  if (missing) return err(missing)
  const ruled = applyRules(userType, credential.settings.rules, before, kept)
  if ('problem' in ruled) return err(ruled.problem)
  const documents = documentsOf(userType, ruled.resource)
  return isTooLarge(documents)
    ? err(scimError('resourceTooLarge', { limit: maximumResourceBytes }))
    : ok({ attributes: ruled.resource, documents })
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
