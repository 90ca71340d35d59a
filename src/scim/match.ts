/**
 * How values compare. `searchDocument` applies `caseExact` and `type` once; what it answers is
 * compared by `matches` here and by SQL in the store, so that the two can't differ.
 */
import type { Comparable, Filter, Operator } from './filter-tree'
import { isObject, type Json, type JsonObject } from './json'
import { commonAttributes, type Attribute, type ResourceType } from './schema'
import type { AttributePath } from './path'
import { instant } from './value'

/** Text without regard to case. SQLite folds ASCII only, so it is done here. */
export function fold(text: string): string {
  return text.normalize('NFC').toLowerCase()
}

/** A simple value in the form in which it is compared. */
export function comparable(attribute: Attribute, value: string | number | boolean): Comparable {
  if (typeof value !== 'string') return value
  if (attribute.type === 'dateTime') return instant(value) ?? value
  return attribute.caseExact ? value : fold(value)
}

/** A resource in the form in which it is compared. Undeclared extensions are left out. */
export function searchDocument(type: ResourceType, resource: JsonObject): JsonObject {
  const core = [...commonAttributes, ...type.schema.attributes]
  const document = searchAttributes(core, resource)
  for (const extension of type.extensions) {
    const value = resource[extension.id]
    if (isObject(value)) document[extension.id] = searchAttributes(extension.attributes, value)
  }
  return document
}

function searchAttributes(attributes: readonly Attribute[], values: JsonObject): JsonObject {
  const result: JsonObject = {}
  for (const attribute of attributes) {
    const value = values[attribute.name]
    if (value !== undefined && value !== null) {
      result[attribute.name] = Array.isArray(value)
        ? value.map((item) => searchElement(attribute, item))
        : searchElement(attribute, value)
    }
  }
  return result
}

/** One value, or one element of a list, in the form in which it is compared. */
export function searchElement(attribute: Attribute, element: Json): Json {
  if (isObject(element)) return searchAttributes(attribute.subAttributes ?? [], element)
  return element === null || Array.isArray(element) ? element : comparable(attribute, element)
}

/** Whether a filter is true of a search document (RFC 7644 section 3.4.2.2). */
export function matches(filter: Filter, document: JsonObject): boolean {
  return evaluate(filter, (path) => valuesAt(path, document))
}

/** The same for one element of a list; the paths of the filter name its sub-attributes. */
export function matchesElement(filter: Filter, element: JsonObject): boolean {
  return evaluate(filter, ({ subAttribute }) => {
    const value = subAttribute ? element[subAttribute.name] : element
    return value === undefined || value === null ? [] : [value]
  })
}

function evaluate(filter: Filter, read: (path: AttributePath) => readonly Json[]): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.operands.every((operand) => evaluate(operand, read))
    case 'or':
      return filter.operands.some((operand) => evaluate(operand, read))
    case 'not':
      return !evaluate(filter.operand, read)
    case 'present':
      return read(filter.path).some(isPresent)
    case 'element':
      return read(filter.path).some(
        (element) => isObject(element) && matchesElement(filter.filter, element),
      )
    case 'compare':
      return compareAny(filter.operator, read(filter.path), filter.value)
  }
}

function compareAny(operator: Operator, values: readonly Json[], wanted: Comparable): boolean {
  // `ne` is the opposite of `eq`, also for lists and for what has no value.
  if (operator === 'ne') return !compareAny('eq', values, wanted)
  if (wanted === null) return operator === 'eq' && !values.some(isPresent)
  return values.some((value) => compareOne(operator, value, wanted))
}

function compareOne(operator: Operator, value: Json, wanted: string | number | boolean): boolean {
  if (typeof value !== typeof wanted) return false
  if (operator === 'eq') return value === wanted
  if (typeof value === 'string' && typeof wanted === 'string') {
    return compareText(operator, value, wanted)
  }
  return typeof value === 'number' && typeof wanted === 'number'
    ? isOrdered(operator, value - wanted)
    : false
}

function compareText(operator: Operator, value: string, wanted: string): boolean {
  switch (operator) {
    case 'co':
      return value.includes(wanted)
    case 'sw':
      return value.startsWith(wanted)
    case 'ew':
      return value.endsWith(wanted)
    case 'eq':
    case 'ne':
    case 'gt':
    case 'ge':
    case 'lt':
    case 'le':
      return isOrdered(operator, compareCodePoints(value, wanted))
  }
}

function isOrdered(operator: Operator, difference: number): boolean {
  switch (operator) {
    case 'gt':
      return difference > 0
    case 'ge':
      return difference >= 0
    case 'lt':
      return difference < 0
    case 'le':
      return difference <= 0
    case 'eq':
    case 'ne':
    case 'co':
    case 'sw':
    case 'ew':
      return false
  }
}

/** SQLite orders text by UTF-8, which is the order of code points; JavaScript's `<` is not. */
function compareCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index += 1) {
    if (left.charCodeAt(index) !== right.charCodeAt(index)) {
      // Inside a surrogate pair the difference is in its second half; the first was equal.
      const a = left.charCodeAt(index)
      const b = right.charCodeAt(index)
      return rank(a) - rank(b)
    }
  }
  return left.length - right.length
}

/** Surrogates stand for code points above all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

function isPresent(value: Json): boolean {
  if (value === null || value === '') return false
  return typeof value === 'object' ? Object.keys(value).length > 0 : true
}

/** Every value that a path leads to: the elements of a list, or the one value there is. */
function valuesAt(path: AttributePath, document: JsonObject): readonly Json[] {
  const holder = path.extension ? document[path.extension.id] : document
  const value = isObject(holder) ? holder[path.attribute.name] : undefined
  const list = Array.isArray(value) ? value : value === undefined ? [] : [value]
  const { subAttribute } = path
  if (!subAttribute) return list
  return list.flatMap((element) => {
    const inner = isObject(element) ? element[subAttribute.name] : undefined
    return inner === undefined || inner === null ? [] : Array.isArray(inner) ? inner : [inner]
  })
}
