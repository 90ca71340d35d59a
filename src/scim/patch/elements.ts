/** Lists of complex values, and how operations change them. What is given is never changed in place. */
import { err, ok, type Result } from '../../result'
import { scimError, type ScimError } from '../error'
import { matchesElement, searchElement } from '../filter/match'
import type { Filter } from '../filter/tree'
import { isObject, isSame, type Json, type JsonObject } from '../json'
import {
  compareEntry,
  joinEntries,
  keyOf,
  mergeEntries,
  mergeParts,
  setPart,
  type Compared,
} from '../list'
import { passOver } from '../passed-over/notes'
import { pathText } from '../path'
import { isNarrow, isTolerated } from '../profile'
import type { Attribute, AttributePath } from '../schema'
import { entryMadeByFilter, onlyEmailWithoutMark } from './tolerance'
import type { Reading } from '../tolerance/reading'
import { noteSeveralPrimaries, saysSomething } from '../value'
import type { AttributeChange } from './change'

/** State of one PATCH; elements and lists are never changed in place. */
export interface Comparing {
  readonly reading: Reading
  readonly known: Map<JsonObject, Compared>
  /** Positions of the elements of a list, by the key of each. */
  readonly places: Map<readonly Json[], Map<string, number>>
  /** Elements made of a path that met none, and that no value has reached yet. */
  readonly made: Set<Json>
}

export function startComparing(reading: Reading): Comparing {
  return { reading, known: new Map(), places: new Map(), made: new Set() }
}

/** Adds what is not there yet. What is there takes on the sub-attributes that are given. */
export function addElements(
  comparing: Comparing,
  attribute: Attribute,
  elements: readonly Json[],
  added: readonly Json[],
): Json[] {
  const result = [...elements]
  const places = takePlaces(comparing, attribute, elements)
  for (const element of added) {
    const key = keyOf(compare(comparing, attribute, element))
    const index = places.get(key) ?? result.length
    const merged = mergeEntries(attribute, result[index], element)
    inherit(comparing, merged, result[index], element)
    result[index] = merged
    places.set(key, index)
    if (isPrimary(element)) demoteOthers(comparing, result, index)
  }
  comparing.places.set(result, places)
  return result
}

/** Each addition goes on from the list of the one before, whose places it takes over. */
function takePlaces(
  comparing: Comparing,
  attribute: Attribute,
  elements: readonly Json[],
): Map<string, number> {
  const known = comparing.places.get(elements)
  comparing.places.delete(elements)
  if (known) return known
  const places = new Map<string, number>()
  elements.forEach((element, index) => {
    const key = keyOf(compare(comparing, attribute, element))
    if (!places.has(key)) places.set(key, index)
  })
  return places
}

/** A type means the element of that type, or else the one without a type. */
export function removeElements(
  comparing: Comparing,
  attribute: Attribute,
  elements: readonly Json[],
  removed: readonly Json[],
): Json[] {
  const keys = new Set(elements.map((element) => keyOf(compare(comparing, attribute, element))))
  const ofAnyType = new Set<string>()
  const named = new Set<string>()
  for (const element of removed) {
    const compared = compare(comparing, attribute, element)
    const { identity, type } = compared
    if (type === undefined) ofAnyType.add(identity)
    else named.add(keys.has(keyOf(compared)) ? keyOf(compared) : identity)
  }
  return elements.filter((element) => {
    const compared = compare(comparing, attribute, element)
    return !ofAnyType.has(compared.identity) && !named.has(keyOf(compared))
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
    return !filter || matchesElement(filter, searched)
  })
  if (!isMeant.includes(true)) return addMeant(comparing, elements, change)
  if (filter && isNarrow(comparing.reading) && isMeant.indexOf(true) < isMeant.lastIndexOf(true)) {
    return err(scimError('severalEntries', { attribute: path.attribute.name }))
  }
  if (op === 'remove' && change.value !== undefined) {
    const isListed = listedIn(comparing, elements, change)
    isMeant.forEach((is, index) => (isMeant[index] = is && isListed(elements[index] ?? null)))
    if (!isMeant.includes(true)) {
      return filter ? noTarget(notListed(path.attribute)) : ok([...elements])
    }
  }
  const result: Json[] = []
  let primary: number | undefined
  for (const [index, element] of elements.entries()) {
    const changed = isMeant[index] ? changeElement(element, change) : element
    if (changed === undefined) continue
    inherit(comparing, changed, element)
    if (isMeant[index] && isPrimary(changed)) primary ??= result.length
    result.push(changed)
  }
  if (primary === undefined || !setsPrimary(change)) return ok(result)
  const marked = isMeant.filter((is) => is).length
  demoteOthers(comparing, result, primary)
  if (marked > 1) noteSeveralPrimaries(comparing.reading, pathText(path))
  return ok(result)
}

/** Tells whether the value of a removal, beside a filter or of a part, names an element as well. */
function listedIn(
  comparing: Comparing,
  elements: readonly Json[],
  { path: { attribute, subAttribute }, value = null }: AttributeChange,
): (element: Json) => boolean {
  if (!subAttribute) {
    const list = Array.isArray(value) ? value : [value]
    const kept = new Set(removeElements(comparing, attribute, elements, list))
    return (element) => !kept.has(element)
  }
  const wanted = searchElement(subAttribute, value)
  return (element) => {
    const { searched } = compare(comparing, attribute, element)
    return isObject(searched) && isSame(searched[subAttribute.name], wanted)
  }
}

function notListed({ name }: Attribute): string {
  return `The path names other values of "${name}" than the value of the operation does.`
}

/** An entry that the filter does not find: made when it can be; removed already otherwise. */
function addMeant(
  comparing: Comparing,
  elements: readonly Json[],
  { op, path, filter, value }: AttributeChange,
): Result<Json[], ScimError> {
  if (op === 'remove' || value === undefined) return ok([...elements])
  const only =
    op === 'replace' ? findOnlyEmail(comparing.reading, path, filter, elements) : undefined
  if (only && path.subAttribute) {
    return ok([setPart(path.attribute, only, path.subAttribute, value)])
  }
  const start = filter ? entryMadeByFilter(filter) : {}
  if (!start) return noTarget(unmet(path.attribute))
  if (filter) comparing.reading.applied.add('entryMadeByFilter')
  const { attribute, subAttribute } = path
  const entry = subAttribute
    ? setPart(attribute, start, subAttribute, value)
    : { ...start, ...(isObject(value) ? value : {}) }
  comparing.made.add(entry)
  return ok(addElements(comparing, attribute, elements, [entry]))
}

function findOnlyEmail(
  reading: Reading,
  path: AttributePath,
  filter: Filter | undefined,
  elements: readonly Json[],
): JsonObject | undefined {
  if (!isTolerated(reading, 'onlyEmailWithoutMark')) return undefined
  const only = onlyEmailWithoutMark(path, filter, elements)
  const why =
    'No e-mail has the mark of the path; the only one there is was changed, and has it now.'
  if (only) passOver(reading, 'onlyEmailWithoutMark', pathText(path), why)
  return only
}

/**
 * The elements that hold a value. Only at the end: Entra fills an entry part by part, and may send
 * its `display` in an operation before its `value`. What was made for a path and has got no value
 * shows that the path led nowhere.
 */
export function withValues(
  comparing: Comparing,
  attribute: Attribute,
  elements: readonly Json[],
): Result<Json[], ScimError> {
  const { made } = comparing
  const isHollow = (element: Json) => isObject(element) && !saysSomething(attribute, element)
  if (elements.some((element) => made.has(element) && isHollow(element))) {
    return noTarget(unmet(attribute))
  }
  // What was given another value or type may be what another entry is.
  const kept = elements.filter((element) => !isHollow(element))
  return ok(withoutTwins(comparing, attribute, kept))
}

/** A change of several entries may make them the same: they are one then, primary if one of them was. */
function withoutTwins(comparing: Comparing, attribute: Attribute, elements: Json[]): Json[] {
  const joined = joinEntries(attribute, elements)
  if (joined === elements) return elements
  const primary = elements.find(isPrimary)
  if (primary === undefined || joined.some(isPrimary)) return joined
  const key = keyOf(compare(comparing, attribute, primary))
  return joined.map((element) =>
    isObject(element) && keyOf(compare(comparing, attribute, element)) === key
      ? { ...element, primary: true }
      : element,
  )
}

function unmet({ name }: Attribute): string {
  return `No value of "${name}" is matched by the path, and the request gives none.`
}

/** An element made of one that was made counts as made. */
function inherit({ made }: Comparing, changed: Json, ...from: readonly (Json | undefined)[]): void {
  if (from.some((element) => element !== undefined && made.has(element))) made.add(changed)
}

/** Undefined when the element goes. */
function changeElement(element: Json, change: AttributeChange): Json | undefined {
  const { op, path, filter, value } = change
  const { attribute, subAttribute } = path
  if (op === 'remove' && !subAttribute) return undefined
  // A list without parts: the entry is its value.
  if (!isObject(element)) return value
  if (subAttribute) {
    return setPart(attribute, element, subAttribute, op === 'remove' ? undefined : value)
  }
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
function demoteOthers(comparing: Comparing, elements: Json[], primary: number): void {
  elements.forEach((element, index) => {
    if (index !== primary && isObject(element) && element['primary'] === true) {
      const demoted = { ...element, primary: false }
      inherit(comparing, demoted, element)
      elements[index] = demoted
    }
  })
}

function compare({ known }: Comparing, attribute: Attribute, element: Json): Compared {
  const found = isObject(element) ? known.get(element) : undefined
  if (found) return found
  const compared = compareEntry(attribute, element)
  if (isObject(element)) known.set(element, compared)
  return compared
}

function noTarget(problem: string): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('noTarget', { problem }))
}
