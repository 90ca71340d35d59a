/** The elements of a multi-valued attribute: which are the same, and how they are changed. */
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from './error'
import { isObject, isSame, type Json, type JsonObject } from './json'
import { matchesElement, searchElement } from './match'
import type { AttributeChange } from './patch'
import type { Attribute } from './schema'
import { entryMadeByFilter, type Reading } from './tolerance'
import { saysSomething } from './value'

/**
 * Adds what is not there yet. An element is there when one has the same `value` and, where both
 * say it, the same `type`; it then takes on the sub-attributes that are given.
 */
export function addElements(
  attribute: Attribute,
  elements: readonly Json[],
  added: readonly Json[],
): Json[] {
  const result = [...elements]
  const places = new Map<string, number[]>()
  result.forEach((element, index) => remember(places, identity(attribute, element), index))
  for (const element of added) {
    const key = identity(attribute, element)
    const place = places.get(key)?.find((index) => isSameType(attribute, result[index], element))
    const index = place ?? result.length
    const present = place === undefined ? undefined : result[place]
    result[index] = isObject(present) && isObject(element) ? { ...present, ...element } : element
    if (place === undefined) remember(places, key, index)
    if (isPrimary(element)) demoteOthers(result, index)
  }
  return result
}

export function removeElements(
  attribute: Attribute,
  elements: readonly Json[],
  removed: readonly Json[],
): Json[] {
  const keys = new Map<string, Json[]>()
  for (const element of removed) {
    const key = identity(attribute, element)
    keys.set(key, [...(keys.get(key) ?? []), element])
  }
  return elements.filter((element) => {
    const candidates = keys.get(identity(attribute, element)) ?? []
    return !candidates.some((candidate) => isSameType(attribute, element, candidate))
  })
}

/** Changes the elements that a filter is true for, or one sub-attribute of them. */
export function changeElements(
  reading: Reading,
  elements: readonly Json[],
  change: AttributeChange,
): Result<Json[], ScimError> {
  const { op, path, filter } = change
  const { attribute } = path
  const isMeant = elements.map((element) => {
    if (!filter) return true
    const searched = searchElement(attribute, element)
    return isObject(searched) && matchesElement(filter, searched)
  })
  if (!isMeant.includes(true)) return addMeant(reading, elements, change)
  const result: Json[] = []
  let primary: number | undefined
  for (const [index, element] of elements.entries()) {
    const changed = isMeant[index] ? changeElement(element, change) : element
    if (changed === undefined) continue
    if (isMeant[index] && isPrimary(changed) && op !== 'remove') primary ??= result.length
    result.push(changed)
  }
  const isAboutPrimary = path.subAttribute?.name === 'primary' || !path.subAttribute
  if (primary !== undefined && isAboutPrimary) demoteOthers(result, primary)
  return ok(result)
}

/** Nothing is meant by the filter: made when it can be, and a success when it was to go. */
function addMeant(
  reading: Reading,
  elements: readonly Json[],
  { op, path, filter, value }: AttributeChange,
): Result<Json[], ScimError> {
  if (op === 'remove' || value === undefined) return ok([...elements])
  const start = filter ? entryMadeByFilter(filter) : {}
  if (!start) {
    const problem = `No value of "${path.attribute.name}" is matched by the filter of the path.`
    return err(scimError('noTarget', { problem }))
  }
  if (filter) reading.applied.add('entryMadeByFilter')
  const { subAttribute } = path
  const entry: Json = subAttribute
    ? { ...start, [subAttribute.name]: value }
    : isObject(value)
      ? { ...start, ...value }
      : value
  return ok(addElements(path.attribute, elements, [entry]))
}

/** Undefined when nothing is left of the element. */
function changeElement(element: Json, change: AttributeChange): Json | undefined {
  const { op, path, value } = change
  const { attribute, subAttribute } = path
  if (!subAttribute) {
    if (op === 'remove') return undefined
    if (!isObject(element) || !isObject(value)) return value
    return op === 'add' ? { ...element, ...value } : replaced(element, value, change)
  }
  if (!isObject(element)) return element
  const rest = Object.entries(element).filter(([name]) => name !== subAttribute.name)
  const isGone = op === 'remove' || value === undefined
  const changed: JsonObject = Object.fromEntries(rest)
  if (!isGone) changed[subAttribute.name] = value
  return saysSomething(attribute, changed) ? changed : undefined
}

/** The new element, with what the filter said about the old one where it is silent. */
function replaced(element: JsonObject, value: JsonObject, { filter }: AttributeChange): JsonObject {
  const named = Object.keys((filter && entryMadeByFilter(filter)) ?? {})
  const kept = Object.entries(element).filter(([name]) => named.includes(name))
  return { ...Object.fromEntries(kept), ...value }
}

function isPrimary(element: Json | undefined): boolean {
  return isObject(element) && element['primary'] === true
}

/** A new primary takes the mark from the others (RFC 7644 section 3.5.2). */
function demoteOthers(elements: Json[], primary: number): void {
  elements.forEach((element, index) => {
    if (index !== primary && isObject(element) && element['primary'] === true) {
      elements[index] = { ...element, primary: false }
    }
  })
}

/** What makes two elements the same: their `value`, or without one everything but the primary mark. */
function identity(attribute: Attribute, element: Json): string {
  const searched = searchElement(attribute, element)
  if (!isObject(searched)) return JSON.stringify(searched)
  if (attribute.subAttributes?.some((sub) => sub.name === 'value')) {
    return JSON.stringify(searched['value'] ?? null)
  }
  const parts = Object.entries(searched).filter(([name]) => name !== 'primary')
  return JSON.stringify(parts.sort(([left], [right]) => (left < right ? -1 : 1)))
}

function isSameType(attribute: Attribute, left: Json | undefined, right: Json): boolean {
  if (!isObject(left) || !isObject(right)) return true
  const a = searchElement(attribute, left)
  const b = searchElement(attribute, right)
  if (!isObject(a) || !isObject(b)) return true
  return a['type'] === undefined || b['type'] === undefined || isSame(a['type'], b['type'])
}

function remember(places: Map<string, number[]>, key: string, index: number): void {
  const present = places.get(key)
  if (present) present.push(index)
  else places.set(key, [index])
}
