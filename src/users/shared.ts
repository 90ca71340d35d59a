/**
 * Steps that the commands on users share. Each command works on a list; a single request is a list
 * of one.
 */
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import type { JsonObject } from '../scim/json'
import { remark, type Passed } from '../scim/passed-over/notes'
import { noteSchemas, refusedTolerance } from '../scim/profile'
import type { StoredUser, UserText } from '../scim/representation'
import { readResource, type Resource } from '../scim/resource'
import type { ResourceType, SeenSchema } from '../scim/schema'
import { startReading, type Reading } from '../scim/tolerance/reading'
import { userType } from '../scim/user'
import { holdsForVersion, type Condition } from '../scim/version'
import { checkBeside, checkResource, type Checked } from '../directory/validate'
import type { DirectoryRequest } from '../directory/request'
import {
  readsSilenceAsInactive,
  rulesOfUsers,
  userTypeOf,
  type TenantSettings,
} from '../tenants/settings'
import type { UserWrite } from './write-rows'

/** A user as a command leaves it. */
export interface UserAnswer {
  readonly user: UserText
  readonly passed: Passed
  /** What was observed with it, if anything new. */
  readonly observed?: readonly SeenSchema[] | undefined
}

export type UserResult = Result<UserAnswer, ScimError>

export interface Prepared extends UserWrite {
  readonly attributes: Resource
}

export function startUserReading(
  { credential, rewritten }: DirectoryRequest,
  type: ResourceType = userTypeOf(credential),
): Reading {
  return startReading(type, credential.settings.profile, rewritten)
}

/**
 * Reads the resource in a body, and notes the tolerances that it needs. Refused for one that the
 * profile does not allow.
 */
export function readBody(reading: Reading, body: JsonObject): Result<Resource, ScimError> {
  noteSchemas(reading, body, reading.type.schema.id)
  const read = readResource(reading, body)
  const refused = refusedTolerance(reading)
  return read.ok && refused ? err(refused) : read
}

/** A person whose request says nothing of `active`, as the setting of the tenant reads that. */
export function withActive(
  reading: Reading,
  settings: TenantSettings,
  resource: Resource,
): Resource {
  if (resource['active'] !== undefined || !readsSilenceAsInactive(settings)) return resource
  const why = 'The request came without "active", which the settings read as inactive.'
  remark(reading, 'withoutActive', 'active', why)
  return { ...resource, active: false }
}

/** Checks a resource. Without the attribute `active` a user stays as active as before. */
export function keep(
  request: DirectoryRequest,
  reading: Reading,
  before: Resource | undefined,
  after: Resource,
): Result<Checked, ScimError> {
  const isSilent = after['active'] === undefined && before?.['active'] !== undefined
  const kept = isSilent ? { ...after, active: before['active'] ?? true } : after
  const rules = rulesOfUsers(request.credential.settings)
  return before && reading.beside
    ? checkBeside(reading, rules, before, kept)
    : checkResource(reading.type, rules, before, kept)
}

/**
 * The user among those found. Refused with `resourceNotFound`, or `versionMismatch` when its
 * version is none of the condition.
 */
export function present<User extends Pick<StoredUser, 'version'>>(
  found: ReadonlyMap<string, User>,
  id: string,
  ifMatch: Condition | undefined,
): Result<User, ScimError> {
  const user = found.get(id)
  if (!user) return gone()
  const isOther = ifMatch !== undefined && !holdsForVersion(ifMatch, user.version)
  return isOther ? err(scimError('versionMismatch')) : ok(user)
}

export function gone(): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('resourceNotFound', { resourceType: userType.name }))
}
