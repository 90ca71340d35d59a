/** Changes applied to a resource, in order, all or none (RFC 7644 section 3.5.2). */
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from './error'
import { addElements, changeElements, removeElements } from './elements'
import { isObject, isSame, type Json, type JsonObject } from './json'
import type { AttributeChange, Change, ExtensionChange } from './patch'
import { isEmpty, getAttribute, isUrn, setAttribute, type Resource } from './resource'
import type { Reading } from './tolerance'

/** Answers a new resource; the one that is given stays as it is. */
export function applyChanges(
  reading: Reading,
  resource: Resource,
  changes: readonly Change[],
): Result<Resource, ScimError> {
  const result: Resource = { ...resource }
  for (const change of changes) {
    const problem =
      change.kind === 'extension'
        ? applyToExtension(result, change)
        : applyToAttribute(reading, result, change)
    if (problem) return err(problem)
  }
  return ok(result)
}

function applyToAttribute(
  reading: Reading,
  resource: Resource,
  change: AttributeChange,
): ScimError | undefined {
  const { path, filter } = change
  if (!path.attribute.multiValued) {
    if (filter) return scimError('noTarget', { problem: 'A single value cannot be filtered.' })
    setSingle(resource, change)
    return undefined
  }
  const whole = { ...path, subAttribute: undefined }
  const present = getAttribute(resource, whole)
  const elements = Array.isArray(present) ? present : []
  const changed = applyToList(reading, elements, change)
  if (!changed.ok) return changed.error
  setAttribute(resource, whole, changed.value.length > 0 ? changed.value : undefined)
  return undefined
}

function setSingle(resource: Resource, { op, path, value }: AttributeChange): void {
  if (op === 'remove' || value === undefined) {
    setAttribute(resource, path, undefined)
    return
  }
  // Sub-attributes that are not named stay (RFC 7644 sections 3.5.2.1 and 3.5.2.3).
  const present = getAttribute(resource, path)
  const isMerged = isObject(value) && isObject(present)
  setAttribute(resource, path, isMerged ? { ...present, ...value } : value)
}

function applyToList(
  reading: Reading,
  elements: readonly Json[],
  change: AttributeChange,
): Result<Json[], ScimError> {
  const { op, path, filter, value } = change
  const { attribute, subAttribute } = path
  if (filter || subAttribute) return changeElements(reading, elements, change)
  const list = Array.isArray(value) ? value : []
  if (op === 'add') return ok(addElements(attribute, elements, list))
  if (op === 'replace') return ok(addElements(attribute, [], list))
  return ok(value === undefined ? [] : removeElements(attribute, elements, list))
}

/**
 * The content of an undeclared extension has no definitions. A path that is no stored URN may be
 * one with a member behind its last colon.
 */
function applyToExtension(resource: Resource, change: ExtensionChange): undefined {
  const { op, urn, value } = change
  const stored = Object.keys(resource).find((name) => isUrn(name) && isSameUrn(name, urn))
  const colon = urn.lastIndexOf(':')
  const prefix = urn.slice(0, colon)
  const holder = Object.keys(resource).find((name) => isUrn(name) && isSameUrn(name, prefix))
  if (!stored && (holder || (!isObject(value) && isUrn(prefix)))) {
    setExtensionMember(resource, holder ?? prefix, urn.slice(colon + 1), op, value)
    return undefined
  }
  const name = stored ?? urn
  const present = resource[name]
  const isMerged = isObject(value) && isObject(present)
  setExtension(resource, name, op === 'remove' ? null : isMerged ? merged(present, value) : value)
  return undefined
}

function setExtensionMember(
  resource: Resource,
  urn: string,
  name: string,
  op: ExtensionChange['op'],
  value: Json | undefined,
): void {
  const present = resource[urn]
  const rest = Object.entries(isObject(present) ? present : {}).filter(([key]) => key !== name)
  const isKept = op !== 'remove' && value !== undefined && value !== null
  // Entries become own properties whatever their name, so no name can reach a prototype.
  setExtension(resource, urn, Object.fromEntries(isKept ? [...rest, [name, value]] : rest))
}

function merged(present: JsonObject, value: JsonObject): JsonObject {
  return Object.fromEntries([...Object.entries(present), ...Object.entries(value)])
}

function setExtension(resource: Resource, urn: string, value: Json | undefined): void {
  if (value === undefined || isEmpty(value)) delete resource[urn]
  else resource[urn] = value
}

function isSameUrn(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}

/**
 * What changed from one resource to another, by attribute: `{"title": {"before": null, "after":
 * "Boss"}}`. Attributes of extensions are named by their URN. Empty when nothing did.
 */
export function differences(before: Resource, after: Resource): JsonObject {
  const left = flat(before)
  const right = flat(after)
  const names = new Set([...left.keys(), ...right.keys()])
  const changed = [...names].filter((name) => !isSame(left.get(name), right.get(name)))
  return Object.fromEntries(
    changed.map((name) => [
      name,
      { before: left.get(name) ?? null, after: right.get(name) ?? null },
    ]),
  )
}

function flat(resource: Resource): Map<string, Json> {
  const entries = Object.entries(resource).flatMap(([name, value]): [string, Json][] =>
    isUrn(name) && isObject(value)
      ? Object.entries(value).map(([inner, item]) => [`${name}:${inner}`, item])
      : [[name, value]],
  )
  return new Map(entries)
}
