/**
 * Complex values and lists of them: which elements are the same, and how they are changed. What is
 * given is never changed in place.
 */
import { err, ok, type Result } from '../../result'
import { scimError, type ScimError } from '../error'
import type { Filter } from '../filter/tree'
import { isObject, isSame, type Json, type JsonObject } from '../json'
import { matchesElement, searchElement } from '../filter/match'
import type { AttributeChange } from './change'
import type { Attribute } from '../schema'
import { entryMadeByFilter, type Reading } from '../tolerance'
import { saysSomething } from '../value'

/** An element as it is compared. */
interface Compared {
  readonly searched: Json
  readonly identity: string
  readonly type: string | undefined
}

/** Where elements are, by identity: the first of any type, and by type (or none) each. */
interface Places {
  readonly first: Map<string, number>
  readonly byType: Map<string, number>
}

/** What one PATCH needs again and again; elements and lists are never changed in place. */
export interface Comparing {
  readonly reading: Reading
  readonly known: Map<JsonObject, Compared>
  readonly places: Map<readonly Json[], Places>
}

export function startComparing(reading: Reading): Comparing {
  return { reading, known: new Map(), places: new Map() }
}

/**
 * Adds what is not there yet. An element is there when one has the same `value` and, where both
 * say it, the same `type`; it then takes on the sub-attributes that are given.
 */
export function addElements(
  comparing: Comparing,
  attribute: Attribute,
  elements: readonly Json[],
  added: readonly Json[],
): Json[] {
  const result = [...elements]
  const places = takePlaces(comparing, attribute, elements)
  for (const element of added) {
    const index = findPlace(places, compare(comparing, attribute, element)) ?? result.length
    const present = result[index]
    const merged =
      isObject(present) && isObject(element) ? mergeParts(attribute, present, element) : element
    result[index] = merged
    keepPlace(places, compare(comparing, attribute, merged), index)
    if (isPrimary(element)) demoteOthers(result, index)
  }
  comparing.places.set(result, places)
  return result
}

/** Each addition goes on from the list of the one before, whose places it takes over. */
function takePlaces(comparing: Comparing, attribute: Attribute, elements: readonly Json[]): Places {
  const known = comparing.places.get(elements)
  comparing.places.delete(elements)
  if (known) return known
  const places: Places = { first: new Map(), byType: new Map() }
  elements.forEach((element, index) => {
    keepPlace(places, compare(comparing, attribute, element), index)
  })
  return places
}

function findPlace({ first, byType }: Places, { identity, type }: Compared): number | undefined {
  if (type === undefined) return first.get(identity)
  return byType.get(`${identity} ${type}`) ?? byType.get(identity)
}

function keepPlace({ first, byType }: Places, { identity, type }: Compared, index: number): void {
  if (!first.has(identity)) first.set(identity, index)
  const key = type === undefined ? identity : `${identity} ${type}`
  if (!byType.has(key)) byType.set(key, index)
  // An element without a type may have taken one on.
  if (type !== undefined && byType.get(identity) === index) byType.delete(identity)
}

export function removeElements(
  comparing: Comparing,
  attribute: Attribute,
  elements: readonly Json[],
  removed: readonly Json[],
): Json[] {
  const types = new Map<string, Set<string | undefined>>()
  for (const element of removed) {
    const { identity, type } = compare(comparing, attribute, element)
    types.set(identity, (types.get(identity) ?? new Set()).add(type))
  }
  return elements.filter((element) => {
    const { identity, type } = compare(comparing, attribute, element)
    const listed = types.get(identity)
    return !listed || (type !== undefined && !listed.has(type) && !listed.has(undefined))
  })
}

/** Changes the elements that a filter is true for, or one sub-attribute of them. */
export function changeElements(
  comparing: Comparing,
  elements: readonly Json[],
  change: AttributeChange,
): Result<Json[], ScimError> {
  const { op, path, filter } = change
  if (!filter && op !== 'remove' && elements.length > 1) {
    return noTarget(`"${path.attribute.name}" has several values.`)
  }
  const isMeant = elements.map((element) => {
    const { searched } = compare(comparing, path.attribute, element)
    return !filter || (isObject(searched) && matchesElement(filter, searched))
  })
  if (!isMeant.includes(true)) return addMeant(comparing, elements, change)
  const result: Json[] = []
  let primary: number | undefined
  for (const [index, element] of elements.entries()) {
    const changed = isMeant[index] ? changeElement(element, change) : element
    if (changed === undefined) continue
    if (isMeant[index] && isPrimary(changed)) primary ??= result.length
    result.push(changed)
  }
  if (primary !== undefined && setsPrimary(change)) demoteOthers(result, primary)
  return ok(result)
}

/** Nothing is meant by the filter: made when it can be, and a success when it was to go. */
function addMeant(
  comparing: Comparing,
  elements: readonly Json[],
  { op, path, filter, value }: AttributeChange,
): Result<Json[], ScimError> {
  if (op === 'remove' || value === undefined) return ok([...elements])
  const start = filter ? entryMadeByFilter(filter) : {}
  if (!start) {
    return noTarget(`No value of "${path.attribute.name}" is matched by the filter of the path.`)
  }
  if (filter) comparing.reading.applied.add('entryMadeByFilter')
  const { attribute, subAttribute } = path
  const entry = subAttribute
    ? setPart(attribute, start, subAttribute, value)
    : { ...start, ...(isObject(value) ? value : {}) }
  return ok(addElements(comparing, attribute, elements, [entry]))
}

/** Undefined when the element goes. */
function changeElement(element: Json, change: AttributeChange): Json | undefined {
  const { op, path, filter, value } = change
  const { attribute, subAttribute } = path
  if (!isObject(element)) return element
  if (subAttribute) {
    return setPart(attribute, element, subAttribute, op === 'remove' ? undefined : value)
  }
  if (op === 'remove') return undefined
  if (!isObject(value)) return element
  // A mark alone, such as {"primary": true}, replaces no element: it is set on it.
  const isWhole = op === 'replace' && saysSomething(attribute, value)
  return isWhole
    ? { ...partsNamedBy(filter, element), ...value }
    : mergeParts(attribute, element, value)
}

/** A new element stays what the filter calls it where it says nothing else itself. */
function partsNamedBy(filter: Filter | undefined, element: JsonObject): JsonObject {
  const names = new Set(filter ? namesIn(filter) : [])
  return Object.fromEntries(Object.entries(element).filter(([name]) => names.has(name)))
}

function namesIn(filter: Filter): string[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.flatMap(namesIn)
    case 'not':
      return namesIn(filter.operand)
    case 'element':
      return namesIn(filter.filter)
    case 'present':
    case 'compare':
      return filter.path.subAttribute ? [filter.path.subAttribute.name] : []
  }
}

function setsPrimary({ op, path, value }: AttributeChange): boolean {
  if (op === 'remove') return false
  return path.subAttribute
    ? path.subAttribute.name === 'primary' && value === true
    : value !== undefined && isPrimary(value)
}

function isPrimary(element: Json): boolean {
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

function compare(comparing: Comparing, attribute: Attribute, element: Json): Compared {
  const known = isObject(element) ? comparing.known.get(element) : undefined
  if (known) return known
  const searched = searchElement(attribute, element)
  const type = isObject(searched) ? searched['type'] : undefined
  const compared = {
    searched,
    identity: identify(searched),
    type: typeof type === 'string' ? type : undefined,
  }
  if (isObject(element)) comparing.known.set(element, compared)
  return compared
}

/** What makes two elements the same: their `value`, or without one all but the primary mark. */
function identify(searched: Json): string {
  if (!isObject(searched)) return JSON.stringify(searched)
  const value = searched['value']
  if (value !== undefined) return JSON.stringify(value)
  // The order is that of the schema, so equal elements give equal text.
  return JSON.stringify(Object.entries(searched).filter(([name]) => name !== 'primary'))
}

function noTarget(problem: string): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('noTarget', { problem }))
}

/** Sets what is given; other sub-attributes stay (RFC 7644 sections 3.5.2.1 and 3.5.2.3). */
export function mergeParts(
  attribute: Attribute,
  present: JsonObject,
  given: JsonObject,
): JsonObject {
  const value = given['value']
  const isOther = value !== undefined && !isSame(value, present['value'])
  return { ...(isOther ? withoutReferences(attribute, present) : present), ...given }
}

/** Sets one sub-attribute, or with undefined takes it away. */
export function setPart(
  attribute: Attribute,
  present: JsonObject,
  sub: Attribute,
  value: Json | undefined,
): JsonObject {
  if (value !== undefined) return mergeParts(attribute, present, { [sub.name]: value })
  const base = sub.name === 'value' ? withoutReferences(attribute, present) : present
  return without(base, (name) => name === sub.name)
}

/** The address of a value (RFC 7643 section 2.4 "$ref") is wrong as soon as it is another value. */
function withoutReferences(attribute: Attribute, present: JsonObject): JsonObject {
  const names = new Set<string>()
  for (const { name, type } of attribute.subAttributes ?? []) {
    if (type === 'reference' && name !== 'value') names.add(name)
  }
  return names.size === 0 ? present : without(present, (name) => names.has(name))
}

function without(object: JsonObject, isLeftOut: (name: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !isLeftOut(name)))
}
