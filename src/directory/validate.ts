/** Checks of a resource before it is stored: required attributes, rules, lengths and size. */
import { err, ok, type Result } from '../result'
import { abridge, scimError, type ScimError } from '../scim/error'
import { isSame, type Json } from '../scim/json'
import { isPassedOver } from '../scim/passed-over/beside'
import { resolvePath } from '../scim/path'
import {
  changedImmutable,
  extensionsOf,
  missingAttribute,
  restored,
  type Resource,
} from '../scim/resource'
import { startReading, type Reading } from '../scim/tolerance/reading'
import { applyRules, type RulesInForce } from '../scim/rules'
import type { ResourceType } from '../scim/schema'
import { overlong } from '../scim/text/length'
import { maximumResourceBytes } from '../scim/text/limits'
import { documentsOf, type Documents } from './documents'

/** A resource as it will be stored. */
export interface Checked {
  readonly attributes: Resource
  readonly documents: Documents
}

/**
 * Checks a resource and applies the rules of its tenant: the one place of these checks, for every way of
 * writing. Refused for a missing required attribute, a changed immutable one, a broken rule, a text or
 * list that is too long, or more than 64 KiB. What was missing in `excused` may be missing, and what is
 * stored and too long may stay.
 */
export function checkResource(
  type: ResourceType,
  rules: RulesInForce,
  before: Resource | undefined,
  after: Resource,
  excused?: Resource,
): Result<Checked, ScimError> {
  const problem = missingAttribute(type, after, excused) ?? changedImmutable(type, before, after)
  if (problem) return err(problem)
  const ruled = applyRules(type, rules, before, after)
  if ('problem' in ruled) return err(ruled.problem)
  const attributes = ruled.resource
  const documents = documentsOf(type, attributes)
  const long = tooLarge(before, attributes, documents) ?? overlong(type, before, attributes)
  return long ? err(long) : ok({ attributes, documents })
}

/** The refusal of a resource of too many bytes; one that is stored may change, and not grow. */
function tooLarge(
  before: Resource | undefined,
  after: Resource,
  { attributes }: Documents,
): ScimError | undefined {
  if (!isAbove(attributes) || (before && sizeOf(after) <= sizeOf(before))) return undefined
  const changed = Object.entries(after).filter(([name, value]) => !isSame(before?.[name], value))
  const [[largest] = ['']] = changed.toSorted(
    ([, left], [, right]) => bytesOf(right) - bytesOf(left),
  )
  const attribute = abridge(largest)
  return scimError('resourceTooLarge', { limit: maximumResourceBytes, attribute })
}

/** A UTF-16 unit takes three bytes at most: nearly all documents are small without being counted. */
function isAbove(document: string): boolean {
  return (
    document.length > maximumResourceBytes / 3 &&
    new TextEncoder().encode(document).length > maximumResourceBytes
  )
}

/** Bytes of a resource, whether active or not: a person who is switched off takes one more. */
function sizeOf(resource: Resource): number {
  return bytesOf({ ...resource, active: null })
}

function bytesOf(json: Json): number {
  return new TextEncoder().encode(JSON.stringify(json)).length
}

/** Attributes of a person that are put back, at most; then all are. */
const maximumRestored = 50

/**
 * Checks a person who is switched off by a request that is read so (`passed-over/beside.ts`): an attribute
 * that is refused stays as it was, also where what was stored breaks a rule that came later.
 */
export function checkBeside(
  reading: Reading,
  rules: RulesInForce,
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
  const whole = path
    ? restored(before, resource, { ...path, subAttribute: undefined })
    : withoutNamed(before, resource, attribute)
  if (!isSame(whole, resource)) return whole
  // A part that is missing in an extension that came with the request: the extension goes.
  const rest = path?.extension ? restored(before, resource, path.extension.id) : resource
  return isSame(rest, resource) ? undefined : rest
}

/** The same for an extension, declared or not, by its URN as an error abridges it. */
function withoutNamed(before: Resource, resource: Resource, label: string): Resource {
  const urn = extensionsOf(resource).find((name) => abridge(name) === label)
  return urn === undefined ? resource : restored(before, resource, urn)
}
