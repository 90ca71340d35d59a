/** Checks of a resource before it is stored: required attributes, rules and size. */
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import { isSame } from '../scim/json'
import { isPassedOver } from '../scim/passed-over/beside'
import { resolvePath } from '../scim/path'
import {
  changedImmutable,
  missingAttribute,
  overlongList,
  restored,
  type Resource,
} from '../scim/resource'
import { startReading, type Reading } from '../scim/tolerance/reading'
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
 * a changed immutable one, a list that is too long, a broken rule, or more than 256 KiB. What was
 * missing in `excused` may be missing.
 */
export function checkResource(
  type: ResourceType,
  rules: AttributeRules,
  before: Resource | undefined,
  after: Resource,
  excused?: Resource,
): Result<Checked, ScimError> {
  const problem =
    missingAttribute(type, after, excused) ??
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

/** Attributes of a person that are put back, at most; then all are. */
const maximumRestored = 50

/**
 * Checks a person who is switched off by a request that is read so (`passed-over/beside.ts`): an attribute
 * that is refused stays as it was, also where what was stored breaks a rule that came later.
 */
export function checkBeside(
  reading: Reading,
  rules: AttributeRules,
  before: Resource,
  after: Resource,
): Result<Checked, ScimError> {
  const { type } = reading
  let resource = after
  for (let count = 0; count < maximumRestored; count += 1) {
    const checked = checkResource(type, rules, before, resource, before)
    if (checked.ok) return checked
    const attribute = String(checked.error.values['attribute'] ?? 'what else it says')
    if (!isPassedOver(reading, attribute, checked.error)) return checked
    const next = withoutRefused(type, before, resource, attribute)
    if (!next) break
    resource = next
  }
  const attributes = { ...before, active: false }
  return ok({ attributes, documents: documentsOf(type, attributes) })
}

/** The resource with the refused attribute as it was; undefined when that changes nothing. */
function withoutRefused(
  type: ResourceType,
  before: Resource,
  resource: Resource,
  attribute: string,
): Resource | undefined {
  const path = resolvePath(startReading(type), attribute)
  if (!path) return undefined
  const whole = restored(before, resource, { ...path, subAttribute: undefined })
  if (!isSame(whole, resource)) return whole
  // A part that is missing in an extension that came with the request: the extension goes.
  const rest = path.extension ? restored(before, resource, path.extension.id) : resource
  return isSame(rest, resource) ? undefined : rest
}
