/** Checks of a resource before it is stored: required attributes, rules and size. */
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import { changedImmutable, missingAttribute, overlongList, type Resource } from '../scim/resource'
import { applyRules, type AttributeRules } from '../scim/rules'
import type { ResourceType } from '../scim/schema'
import { documentsOf, isTooLarge, maximumResourceBytes, type Documents } from './documents'

/** A resource as it will be stored. */
export interface Checked {
  readonly attributes: Resource
  readonly documents: Documents
}

/**
 * Checks a resource and applies the rules of its tenant. Refused for a missing required attribute,
 * a changed immutable one, a list that is too long, a broken rule, or more than 256 KiB.
 */
export function checkResource(
  type: ResourceType,
  rules: AttributeRules,
  before: Resource | undefined,
  after: Resource,
): Result<Checked, ScimError> {
  const problem =
    missingAttribute(type, after) ??
    changedImmutable(type, before, after) ??
    overlongList(type, after)
  if (problem) return err(problem)
  const ruled = applyRules(type, rules, before, after)
  if ('problem' in ruled) return err(ruled.problem)
  const documents = documentsOf(type, ruled.resource)
  return isTooLarge(documents)
    ? err(scimError('resourceTooLarge', { limit: maximumResourceBytes }))
    : ok({ attributes: ruled.resource, documents })
}
