/**
 * How values compare. `searchDocument` applies `caseExact` and `type` once; what it answers is
 * compared by `matches` here and by SQL in the store, so that the two agree.
 */
import type { Comparable, Filter, Operator } from './tree'
import { instant } from '../notation/instant'
import { isObject, type Json, type JsonObject } from '../json'
import { coreAttributes } from '../path'
import { isSecret, type Attribute, type AttributePath, type ResourceType } from '../schema'
import { isAscii } from '../text/ascii'

/**
 * Text without regard to case; SQLite folds ASCII only, so it is done here. Lower case can leave
 * NFC, hence the second time. Sigma is written in one way, because `toLowerCase` looks at its
 * neighbours, and a part of a text must fold as it does within the whole. ASCII is in NFC as it stands.
 */
export function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase()
  return text.normalize('NFC').toLowerCase().normalize('NFC').replaceAll('ς', 'σ')
}

/** A resource in the form in which it is compared. Undeclared extensions are left out. */
export function searchDocument(type: ResourceType, resource: JsonObject): JsonObject {
  const document = searchMembers(coreAttributes(type), resource)
  for (const extension of type.extensions) {
    const values = resource[extension.id]
    const found = isObject(values) ? searchMembers(extension.attributes, values) : {}
    if (hasMembers(found)) document[extension.id] = found
  }
  return document
}

function searchMembers(attributes: readonly Attribute[], values: JsonObject): JsonObject {
  const result: JsonObject = {}
  for (const attribute of attributes) {
    const value = values[attribute.name]
    if (value === undefined || isSecret(attribute)) continue
    const found = searchValue(attribute, value)
    if (found !== null) result[attribute.name] = found
  }
  return result
}

/** A value that its definition does not allow is left out: nothing could be compared with it. */
function searchValue(attribute: Attribute, value: Json): Json {
  if (!attribute.multiValued) {
    const found = searchElement(attribute, value)
    return isObject(found) && !hasMembers(found) ? null : found
  }
  if (!Array.isArray(value)) return null
  const elements = value
    .map((element) => searchElement(attribute, element))
    .filter((element) => (isObject(element) ? hasMembers(element) : element !== null))
  return elements.length > 0 ? elements : null
}

/** One value, or one element of a list, in the form in which it is compared. */
export function searchElement(attribute: Attribute, element: Json): Json {
  switch (attribute.type) {
    case 'complex':
      return isObject(element) ? searchMembers(attribute.subAttributes ?? [], element) : null
    case 'boolean':
      return typeof element === 'boolean' ? element : null
    case 'integer':
    case 'decimal':
      return typeof element === 'number' ? element : null
    case 'dateTime':
      return instant(element) ?? null
    case 'string':
    case 'reference':
    case 'binary':
      if (typeof element !== 'string') return null
      return attribute.caseExact ? element : fold(element)
  }
}

function hasMembers(object: JsonObject): boolean {
  return Object.keys(object).length > 0
}

/** True when a filter matches a search document (RFC 7644 section 3.4.2.2). */
export function matches(filter: Filter, document: JsonObject): boolean {
  return holds(filter, ({ extension, attribute, subAttribute }) => {
    const holder = extension ? document[extension.id] : document
    const elements = isObject(holder) ? listOf(holder[attribute.name]) : []
    if (!subAttribute) return attribute.multiValued ? each(elements) : [elements]
    const parts = elements.map((element) => part(element, subAttribute))
    if (subAttribute.multiValued) return each(parts.flat())
    return attribute.multiValued ? parts : [parts.flat()]
  })
}

/**
 * The same for one element of a list. The paths of the filter name its sub-attributes, or the list
 * itself where elements have none.
 */
export function matchesElement(filter: Filter, element: Json): boolean {
  return holds(filter, ({ attribute, subAttribute }) => {
    if (!subAttribute) return [attribute.type === 'complex' ? [] : listOf(element)]
    const values = part(element, subAttribute)
    return subAttribute.multiValued ? each(values) : [values]
  })
}

function each(values: readonly Json[]): readonly (readonly Json[])[] {
  return values.map((value) => [value])
}

/** Values at a path: one or none for each element of a list and each single value. */
type Read = (path: AttributePath) => readonly (readonly Json[])[]

function holds(filter: Filter, read: Read): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.operands.every((operand) => holds(operand, read))
    case 'or':
      return filter.operands.some((operand) => holds(operand, read))
    case 'not':
      return !holds(filter.operand, read)
    case 'present':
      return read(filter.path).flat().some(isPresent)
    case 'element':
      return read(filter.path)
        .flat()
        .some((element) => matchesElement(filter.filter, element))
    case 'compare': {
      const { path, operator, value } = filter
      const places = read(path)
      return compares(
        operator,
        value !== null && isAssumedFalse(path) ? places.map(orFalse) : places,
        value,
      )
    }
  }
}

/** An entry of a list that says nothing of `primary` is not primary (RFC 7643 section 2.4). */
export function isAssumedFalse({ attribute, subAttribute }: AttributePath): boolean {
  return (
    attribute.multiValued && subAttribute?.name === 'primary' && subAttribute.type === 'boolean'
  )
}

function orFalse(values: readonly Json[]): readonly Json[] {
  return values.length === 0 ? [false] : values
}

function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

function part(element: Json, subAttribute: Attribute): readonly Json[] {
  return isObject(element) ? listOf(element[subAttribute.name]) : []
}

/** Null, empty text, and lists and objects of nothing else are no value (RFC 7643 section 2.5). */
function isPresent(value: Json): boolean {
  if (value === null || value === '') return false
  return typeof value === 'object' ? Object.values(value).some(isPresent) : true
}

function compares(
  operator: Operator,
  places: readonly (readonly Json[])[],
  wanted: Comparable,
): boolean {
  // Of a list any value may be another one; what has no value is none of the values there are.
  if (operator === 'ne') return places.some((values) => !compares('eq', [values], wanted))
  const values = places.flat()
  if (wanted === null) return operator === 'eq' && !values.some(isPresent)
  return values.some((value) => holdsFor(operator, value, wanted))
}

/** True when one value compares so with another. Values of different types never do. */
export function holdsFor(operator: Operator, value: Json, wanted: Comparable): boolean {
  if (typeof value === 'string' && typeof wanted === 'string') {
    return textTests[operator](value, wanted)
  }
  if (typeof value === 'number' && typeof wanted === 'number') {
    return orderTests[operator](value - wanted)
  }
  return operator === 'eq' && typeof value === 'boolean' && value === wanted
}

const orderTests: Readonly<Record<Operator, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
  co: () => false,
  sw: () => false,
  ew: () => false,
}

const textTests: Readonly<Record<Operator, (value: string, wanted: string) => boolean>> = {
  eq: (value, wanted) => value === wanted,
  ne: (value, wanted) => value !== wanted,
  co: (value, wanted) => value.includes(wanted),
  sw: (value, wanted) => value.startsWith(wanted),
  ew: (value, wanted) => value.endsWith(wanted),
  gt: (value, wanted) => orderTests.gt(compareCodePoints(value, wanted)),
  ge: (value, wanted) => orderTests.ge(compareCodePoints(value, wanted)),
  lt: (value, wanted) => orderTests.lt(compareCodePoints(value, wanted)),
  le: (value, wanted) => orderTests.le(compareCodePoints(value, wanted)),
}

/** SQLite orders text by UTF-8, which is the order of code points; JavaScript's `<` is not. */
function compareCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index += 1) {
    // Halves of a pair can be compared alone: where the second ones differ, the first were equal.
    const order = rank(left.charCodeAt(index)) - rank(right.charCodeAt(index))
    if (order !== 0) return order
  }
  return left.length - right.length
}

/** Surrogates stand for code points above all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
