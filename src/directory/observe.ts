/** What a command sees of extensions that no schema describes, on its way from and to the store. */
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import { seenIn } from '../scim/observed/observe'
import { settled, undescribed } from '../scim/observed/settled'
import type { Resource } from '../scim/resource'
import type { ResourceType, SeenSchema } from '../scim/schema'

/** A stored resource as its schemas describe it, with those that it shows itself. */
export function settle<T extends { readonly attributes: Resource }>(
  type: ResourceType,
  stored: T,
): T {
  const { attributes } = stored
  const described = settled(seenIn(type, attributes), attributes)
  return described === attributes ? stored : { ...stored, attributes: described }
}

/**
 * The type with what a resource shows that is going to be stored. Refused where that is of another
 * type than what the type knows.
 */
export function observe(type: ResourceType, resource: Resource): Result<ResourceType, ScimError> {
  const next = seenIn(type, resource)
  const attribute = undescribed(next, resource)
  return attribute === undefined
    ? ok(next)
    : err(scimError('seenOtherwise', { attribute, expected: 'of the same type' }))
}

/** What a type has observed beyond the one that it came from; undefined for nothing. */
export function newlyObserved(
  before: ResourceType,
  after: ResourceType,
): readonly SeenSchema[] | undefined {
  return after.observed === before.observed ? undefined : after.observed
}
