/**
 * Steps that the commands on users share. Each command works on a list; a single request is a list
 * of one.
 */
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import type { JsonObject } from '../scim/json'
import { noteSchemas, refusedTolerance } from '../scim/profile'
import type { StoredUser } from '../scim/representation'
import { readResource, type Resource } from '../scim/resource'
import { startReading, type Reading, type ToleranceName } from '../scim/tolerance'
import { userType } from '../scim/user'
import { matchesVersion } from '../scim/version'
import { checkResource, type Checked } from '../directory/validate'
import type { DirectoryRequest } from '../directory/request'
import { userTypeOf } from '../tenants/settings'
import type { UserWrite } from './write'

export type UserResult = Result<StoredUser, ScimError>

export interface Prepared extends UserWrite {
  readonly attributes: Resource
}

export function startUserReading({ credential }: DirectoryRequest): Reading {
  const { settings } = credential
  return startReading(userTypeOf(settings), settings.profile)
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

export function appliedIn(readings: readonly Reading[]): ReadonlySet<ToleranceName> {
  return new Set(readings.flatMap(({ applied }) => [...applied]))
}

/** Checks a resource. Without the attribute `active` a user stays as active as before. */
export function keep(
  request: DirectoryRequest,
  before: Resource | undefined,
  after: Resource,
): Result<Checked, ScimError> {
  const isSilent = after['active'] === undefined && before?.['active'] !== undefined
  const kept = isSilent ? { ...after, active: before['active'] ?? true } : after
  const { settings } = request.credential
  return checkResource(userTypeOf(settings), settings.rules, before, kept)
}

/**
 * The user among those found. Refused with `resourceNotFound`, or `versionMismatch` when If-Match
 * names another version.
 */
export function present(
  found: ReadonlyMap<string, StoredUser>,
  id: string,
  ifMatch: string | undefined,
): UserResult {
  const user = found.get(id)
  if (!user) return gone()
  const isOther = ifMatch !== undefined && !matchesVersion(ifMatch, user.version)
  return isOther ? err(scimError('versionMismatch')) : ok(user)
}

export function gone(): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('resourceNotFound', { resourceType: userType.name }))
}
