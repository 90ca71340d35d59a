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
import { spend, startBudget } from './budget'
import { isEmpty, isObject, isSame, type Json, type JsonObject } from '../json'
import type { AttributeChange, Change } from './change'
import { mergeParts, setPart } from '../list'
import { pathText } from '../path'
import { readPart } from '../passed-over/beside'
import { isNarrow } from '../profile'
import { statedProblem } from './stated'
import { getAttribute, setAttribute, type Resource, tooManyValues } from '../resource'
import type { Reading } from '../tolerance/reading'
import { isUrn } from '../notation/urn'
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
  const budget = startBudget()
  const lists = new Map<string, AttributePath>()
  for (const change of changes) {
    if (change.kind === 'stated') {
      const problem = statedProblem(reading, shown, change)
      if (problem) return err(problem)
      continue
    }
    const path = { ...change.path, subAttribute: undefined }
    if (!path.attribute.multiValued) {
      changeSingle(reading, result, path, change)
      continue
    }
    const present = listAt(result, path)
    const changed = readPart(reading, pathText(change.path), present, () => {
      const problem = change.filter && spend(budget, change.filter, present.length)
      return problem ? err(problem) : changeList(comparing, present, change)
    })
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

function changeSingle(
  reading: Reading,
  resource: Resource,
  path: AttributePath,
  change: AttributeChange,
): void {
  const { attribute } = path
  const { subAttribute } = change.path
  const value = change.op === 'remove' ? undefined : change.value
  const stored = getAttribute(resource, path)
  const present = isObject(stored) ? stored : {}
  if (subAttribute) {
    const changed = setPart(attribute, present, subAttribute, value)
    setAttribute(resource, path, isEmpty(changed) ? undefined : changed)
  } else {
    // RFC 7644 section 3.5.2.3 keeps parts that are not named; the narrow profile replaces the whole.
    const isWhole = !isObject(value) || (change.op === 'replace' && isNarrow(reading))
    setAttribute(resource, path, isWhole ? value : mergeParts(attribute, present, value))
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
  const flattened = new Map<string, Json>()
  for (const [name, value] of Object.entries(resource)) {
    if (isUrn(name) && isObject(value)) {
      for (const [inner, item] of Object.entries(value)) flattened.set(`${name}:${inner}`, item)
    } else flattened.set(name, value)
  }
  return flattened
}
