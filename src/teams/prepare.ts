/** The step of every write of a team between its new attributes and its batch. */
import { err, ok, type Result } from '../result'
import type { ScimError } from '../scim/error'
import type { Resource } from '../scim/resource'
import type { SeenSchema } from '../scim/schema'
import type { Reading } from '../scim/tolerance/reading'
import { growsTeam, tenantFull } from '../directory/growth'
import { newlyObserved, observe } from '../directory/observe'
import { checkResource, type Checked } from '../directory/validate'
import { groupTypeOf } from '../tenants/settings'
import type { Credential } from '../tokens/credential'

/** A team as it will be stored, and what is observed with it. */
export interface Prepared extends Checked {
  readonly observed: readonly SeenSchema[] | undefined
}

/**
 * Checks a team, and finds what its write will show of extensions that no schema describes. Refused with
 * `tenantFull` where it grows and there is no room.
 */
export function prepare(
  credential: Credential,
  { type }: Reading,
  before: Resource | undefined,
  after: Resource,
): Result<Prepared, ScimError> {
  const checked = checkResource(type, credential.settings.rules, before, after)
  if (!checked.ok) return checked
  const { attributes } = checked.value
  if (credential.isFull && growsTeam(before, attributes)) return err(tenantFull(credential))
  const known = groupTypeOf(credential)
  const seen = observe(known, checked.value.attributes)
  return seen.ok ? ok({ ...checked.value, observed: newlyObserved(known, seen.value) }) : seen
}
