/** Changes applied to a resource, in order, all or none (RFC 7644 section 3.5.2). */
import { err, ok, type Result } from '../../result'
import {
  addElements,
  changeElements,
  removeElements,
  startComparing,
  withValues,
  type Comparing,
} from './elements'
import type { ScimError } from '../error'
import { isEmpty, isObject, isSame, type Json, type JsonObject } from '../json'
import type { AttributeChange, Change, ExtensionChange } from './change'
import { mergeParts, setPart } from '../list'
import { pathText } from '../path'
import { readPart } from '../passed-over/beside'
import { statedProblem } from './stated'
import { extensionsOf, getAttribute, setAttribute, type Resource, tooManyValues } from '../resource'
import type { Reading } from '../tolerance/reading'
import { isTakenUrn, isUrn } from '../notation/urn'
import type { AttributePath } from '../schema'

/**
 * Answers a new resource; the one that is given stays as it is. `shown` is the resource as answers
 * show it: what is read-only is compared with it.
 */
export function applyChanges(
  reading: Reading,
  resource: Resource,
  changes: readonly Change[],
  shown: JsonObject,
): Result<Resource, ScimError> {
  const result: Resource = { ...resource }
  const comparing = startComparing(reading)
  const lists = new Map<string, AttributePath>()
  const urns = new Map(extensionsOf(resource).map((name) => [name.toLowerCase(), name]))
  for (const change of changes) {
    if (change.kind === 'stated') {
      const problem = statedProblem(reading, shown, change)
      if (problem) return err(problem)
      continue
    }
    if (change.kind === 'extension') {
      applyToExtension(result, urns, change)
      continue
    }
    const path = { ...change.path, subAttribute: undefined }
    if (!path.attribute.multiValued) {
      changeSingle(result, path, change)
      continue
    }
    const present = listAt(result, path)
    const changed = readPart(reading, pathText(change.path), present, () =>
      changeList(comparing, present, change),
    )
    if (!changed.ok) return changed
    setList(result, path, changed.value)
    lists.set(pathText(path), path)
  }
  for (const path of lists.values()) {
    const before = listAt(resource, path)
    const kept = readPart(reading, pathText(path), before, () =>
      withValues(comparing, path.attribute, listAt(result, path)),
    )
    if (!kept.ok) return kept
    setList(result, path, kept.value)
  }
  return ok(result)
}

function changeSingle(resource: Resource, path: AttributePath, change: AttributeChange): void {
  const { attribute } = path
  const { subAttribute } = change.path
  const value = change.op === 'remove' ? undefined : change.value
  const stored = getAttribute(resource, path)
  const present = isObject(stored) ? stored : {}
  if (subAttribute) {
    const changed = setPart(attribute, present, subAttribute, value)
    setAttribute(resource, path, isEmpty(changed) ? undefined : changed)
  } else {
    setAttribute(resource, path, isObject(value) ? mergeParts(attribute, present, value) : value)
  }
}

function changeList(
  comparing: Comparing,
  elements: readonly Json[],
  change: AttributeChange,
): Result<Json[], ScimError> {
  const changed = changedList(comparing, elements, change)
  const whole = { ...change.path, subAttribute: undefined }
  const problem = changed.ok ? tooManyValues(whole, changed.value) : undefined
  return problem ? err(problem) : changed
}

function changedList(
  comparing: Comparing,
  elements: readonly Json[],
  change: AttributeChange,
): Result<Json[], ScimError> {
  const { op, path, filter, value } = change
  const { attribute, subAttribute } = path
  if (filter || subAttribute) return changeElements(comparing, elements, change)
  const list = Array.isArray(value) ? value : []
  const problem = tooManyValues(path, list)
  if (problem) return err(problem)
  if (op === 'add') return ok(addElements(comparing, attribute, elements, list))
  if (op === 'replace') return ok(addElements(comparing, attribute, [], list))
  return ok(value === undefined ? [] : removeElements(comparing, attribute, elements, list))
}

function listAt(resource: Resource, path: AttributePath): Json[] {
  const present = getAttribute(resource, path)
  return Array.isArray(present) ? present : []
}

function setList(resource: Resource, path: AttributePath, elements: Json[]): void {
  setAttribute(resource, path, elements.length > 0 ? elements : undefined)
}

/** One attribute name, or two (RFC 7643 section 2.1). No URN of a schema ends like this in `2.0`. */
const memberPattern = /^[a-z$][\w$-]*(\.[a-z$][\w$-]*)?$/i

/**
 * Nothing tells the URN of an undeclared extension from the path of one of its members:
 * `urn:example:params:2.0:User:badge`. What the resource has decides, then the value. `urns` holds
 * the URNs of the resource by their folded form: the spelling that came first stays.
 */
function applyToExtension(
  resource: Resource,
  urns: Map<string, string>,
  change: ExtensionChange,
): void {
  const { op, urn, value } = change
  const colon = urn.lastIndexOf(':')
  const prefix = urn.slice(0, colon)
  const member = urn.slice(colon + 1)
  const stored = urns.get(urn.toLowerCase())
  const holder = urns.get(prefix.toLowerCase())
  const isMember =
    holder !== undefined || (!isObject(value) && isUrn(prefix) && !isTakenUrn(prefix))
  const isBehind = stored === undefined && isMember && memberPattern.test(member)
  const name = isBehind ? (holder ?? prefix) : (stored ?? urn)
  const present = resource[name]
  const changed = isBehind
    ? withMember(present, member.split('.'), value)
    : isObject(value)
      ? merged(present, value, op)
      : value
  if (changed === undefined || isEmpty(changed)) {
    delete resource[name]
    urns.delete(name.toLowerCase())
  } else {
    resource[name] = changed
    urns.set(name.toLowerCase(), name)
  }
}

/** Members are entries of a map on their way: no name among them can reach a prototype. */
function withMember(
  present: Json | undefined,
  names: readonly string[],
  value: Json | undefined,
): JsonObject {
  const [name = '', ...inner] = names
  const members = new Map(Object.entries(isObject(present) ? present : {}))
  const changed = inner.length > 0 ? withMember(members.get(name), inner, value) : value
  if (changed === undefined || isEmpty(changed)) members.delete(name)
  else members.set(name, changed)
  return Object.fromEntries(members)
}

/** Null takes a member away when it replaces one, and adds nothing otherwise. */
function merged(
  present: Json | undefined,
  given: JsonObject,
  op: ExtensionChange['op'],
): JsonObject {
  const members = new Map(Object.entries(isObject(present) ? present : {}))
  for (const [name, value] of Object.entries(given)) {
    if (!isEmpty(value)) members.set(name, value)
    else if (op === 'replace') members.delete(name)
  }
  return Object.fromEntries(members)
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
