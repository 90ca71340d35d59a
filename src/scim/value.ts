/**
 * One JSON value read by one definition (RFC 7643 section 2.3): checked, and in canonical form.
 * `undefined` stands for "no value": null, an empty list, an empty object (section 2.5).
 */
import { err, ok, type Result } from '../result'
import { abridge, scimError, type ScimError } from './error'
import { members } from './group'
import { instant } from './notation/instant'
import { isEmpty, isObject, isOther, member, textOf, type Json, type JsonObject } from './json'
import { joinEntries } from './list'
import { identify } from './members/identify'
import { membersInsideValue } from './members/tolerance'
import { passOver, passOverName, readOnlyReason, remarkNotKept } from './passed-over/notes'
import { findSubAttribute } from './path'
import { isNarrow, isSilent } from './profile'
import type { Attribute, AttributeType } from './schema'
import { entryWithoutValue, severalPrimaries } from './tolerance/entries'
import type { Reading } from './tolerance/reading'
import {
  booleanAsText,
  emptyListIsNoValue,
  emptyTextIsNoValue,
  jsonInText,
  listInText,
  listOfOneAsValue,
  objectInText,
  loneValueAsList,
  numberAsText,
  textAsComplexValue,
  textAsNumber,
} from './tolerance/values'

export type ReadValue = Result<Json | undefined, ScimError>

const nothing: ReadValue = ok(undefined)

/** Reads the whole value of an attribute; `label` is its path as messages name it. */
export function readValue(
  reading: Reading,
  attribute: Attribute,
  json: Json,
  label: string,
): ReadValue {
  if (attribute === members) return readMembers(reading, json, label)
  if (json === null) return nothing
  if (attribute.multiValued) return readList(reading, attribute, json, label)
  const inner = listInText(attribute, json)
  if (inner) reading.applied.add('jsonInText')
  const given = inner ?? json
  if (!Array.isArray(given)) return readElement(reading, attribute, given, label)
  if (emptyListIsNoValue(given)) {
    reading.applied.add('emptyListIsNoValue')
    return nothing
  }
  const only = listOfOneAsValue(given)
  if (only === undefined) return wrongType(label, 'a single value')
  reading.applied.add('listOfOneAsValue')
  return only === null ? nothing : readElement(reading, attribute, only, label)
}

/** Reads the value that stands for a resource or an extension; undefined where it is no object. */
export function readObject(reading: Reading, json: Json): JsonObject | undefined {
  const only = listOfOneAsValue(json)
  if (only !== undefined) reading.applied.add('listOfOneAsValue')
  const value = only ?? json
  const written = objectInText(value)
  if (written) reading.applied.add('jsonInText')
  return written ?? (isObject(value) ? value : undefined)
}

/** Reads one element of a multi-valued attribute, or the value of a single-valued one. */
export function readElement(
  reading: Reading,
  attribute: Attribute,
  json: Json,
  label: string,
): ReadValue {
  if (json === null) return nothing
  if (emptyTextIsNoValue(json)) {
    reading.applied.add('emptyTextIsNoValue')
    return nothing
  }
  if (attribute.type === 'complex') return readComplex(reading, attribute, json, label)
  return isNarrow(reading) && isStrange(attribute, json)
    ? wrongType(label, `one of ${attribute.canonicalValues?.join(', ')}`)
    : readSimple(reading, attribute.type, json, label)
}

/** True for a `type` that its list does not declare. */
function isStrange({ name, canonicalValues }: Attribute, json: Json): boolean {
  const type = textOf(json).toLowerCase()
  return name === 'type' && canonicalValues?.every((one) => one.toLowerCase() !== type) === true
}

function readList(reading: Reading, attribute: Attribute, json: Json, label: string): ReadValue {
  const tolerated = loneValueAsList(json)
  if (tolerated) reading.applied.add('loneValueAsList')
  const elements: Json[] = []
  for (const item of unfolded(reading, attribute, tolerated ?? (json as Json[]))) {
    const element = readElement(reading, attribute, item, label)
    if (!element.ok) return element
    if (element.value !== undefined) {
      elements.push(element.value)
      continue
    }
    // Null and {} ask for nothing that would be passed over.
    reading.applied.add('entryWithoutValue')
    if (entryWithoutValue(item)) {
      passOver(reading, 'entryWithoutValue', label, 'The entry has no value.')
    }
  }
  if (elements.length === 0) return nothing
  return ok(withOnePrimary(reading, joinEntries(attribute, elements), label))
}

/** Entries of a list, and in place of a text that holds a list the entries of that. */
function unfolded(
  reading: Reading,
  attribute: Attribute,
  list: readonly Json[],
  alias?: string,
): readonly Json[] {
  const inner = list.map((item) => listInText(attribute, item, alias))
  if (inner.every((found) => found === undefined)) return list
  reading.applied.add('jsonInText')
  return list.flatMap((item, place) => inner[place] ?? [item])
}

/**
 * The members of a team, each as `{"value": id}`. Every entry names a user, or all are refused: what
 * identifies nobody says neither who is in nor who is not. Null is an empty list.
 */
function readMembers(reading: Reading, json: Json, label: string): ReadValue {
  const inner = membersInsideValue(json)
  if (inner !== undefined) reading.applied.add('membersInsideValue')
  const given = inner ?? json
  if (given === null) return ok([])
  const tolerated = loneValueAsList(given)
  if (tolerated) reading.applied.add('loneValueAsList')
  const ids = new Set<Json>()
  for (const entry of unfolded(reading, members, tolerated ?? (given as Json[]), 'id')) {
    const named = identify(reading, entry)
    if (named === undefined) return err(nobody(entry))
    const id = readText(reading, named, `${label}.value`)
    if (!id.ok) return id
    if (id.value !== undefined) ids.add(id.value)
  }
  return ok([...ids].map((value) => ({ value })))
}

/** The refusal of an entry of `members` that identifies nobody. */
export function nobody(entry: Json): ScimError {
  return scimError('memberUnnamed', { entry: abridge(JSON.stringify(entry)) })
}

/** At most one element is primary (RFC 7643 section 2.4). */
export function withOnePrimary(reading: Reading, elements: Json[], label: string): Json[] {
  const tolerated = severalPrimaries(elements)
  if (tolerated) noteSeveralPrimaries(reading, label)
  return tolerated ?? elements
}

export function noteSeveralPrimaries(reading: Reading, label: string): void {
  passOver(reading, 'severalPrimaries', label, 'The first stays primary, the others do not.')
}

function readComplex(reading: Reading, attribute: Attribute, json: Json, label: string): ReadValue {
  const inner = jsonInText(attribute, json)
  if (inner) reading.applied.add('jsonInText')
  const text = inner ? undefined : textAsComplexValue(attribute, json)
  if (text) reading.applied.add('textAsComplexValue')
  const object = inner ?? text ?? json
  if (!isObject(object)) return wrongType(label, 'an object')
  const result: JsonObject = {}
  for (const [name, item] of Object.entries(object)) {
    const sub = findSubAttribute(reading, attribute, name)
    if (!sub && !isSilent(reading, item)) passOverName(reading, `${label}.${name}`)
    if (!sub || sub.mutability === 'readOnly') continue
    // A part under its own name counts for more than under another.
    const isAlias = sub.name.toLowerCase() !== name.toLowerCase()
    const beside = isAlias ? member(object, sub.name.toLowerCase()) : undefined
    if (beside !== undefined) {
      if (isOther(beside, item)) {
        passOver(reading, 'unknownName', `${label}.${name}`, `"${sub.name}" stands beside it.`)
      }
      continue
    }
    const value = readValue(reading, sub, item, `${label}.${sub.name}`)
    if (!value.ok) return value
    if (isOther(result[sub.name], value.value)) {
      return err(scimError('namedTwice', { attribute: `${label}.${sub.name}` }))
    }
    if (value.value !== undefined) result[sub.name] = value.value
  }
  if (saysSomething(attribute, result)) return ok(result)
  for (const { name, mutability } of attribute.subAttributes ?? []) {
    const isGiven = mutability === 'readOnly' && !isEmpty(member(object, name.toLowerCase()))
    if (isGiven) remarkNotKept(reading, `${label}.${name}`, readOnlyReason)
  }
  return nothing
}

/** An element of a list with nothing but a type or a primary mark holds no value. */
export function saysSomething(attribute: Attribute, element: JsonObject): boolean {
  const names = Object.keys(element)
  return attribute.multiValued
    ? names.some((name) => name !== 'type' && name !== 'primary' && name !== 'display')
    : names.length > 0
}

function readSimple(
  reading: Reading,
  type: Exclude<AttributeType, 'complex'>,
  json: Json,
  label: string,
): ReadValue {
  switch (type) {
    case 'boolean':
      return readBoolean(reading, json, label)
    case 'integer':
    case 'decimal':
      return readNumber(reading, type, json, label)
    case 'string':
    case 'reference':
      return readText(reading, json, label)
    case 'dateTime':
      return instant(json) === undefined
        ? wrongType(label, 'a date and time such as 2026-11-24T09:30:00Z')
        : ok(json)
    case 'binary':
      return isBase64(json) ? ok(json) : wrongType(label, 'binary data in base64')
  }
}

function readBoolean(reading: Reading, json: Json, label: string): ReadValue {
  if (typeof json === 'boolean') return ok(json)
  const tolerated = booleanAsText(json)
  if (tolerated === undefined) return wrongType(label, 'true or false')
  reading.applied.add('booleanAsText')
  return ok(tolerated)
}

function readNumber(
  reading: Reading,
  type: 'integer' | 'decimal',
  json: Json,
  label: string,
): ReadValue {
  const tolerated = textAsNumber(json)
  if (tolerated !== undefined) reading.applied.add('textAsNumber')
  const number = tolerated ?? json
  // JSON has numbers that are too large to be kept: 1e999 reads as infinity.
  const fits = type === 'integer' ? Number.isSafeInteger(number) : Number.isFinite(number)
  return fits ? ok(number) : wrongType(label, type === 'integer' ? 'a whole number' : 'a number')
}

function readText(reading: Reading, json: Json, label: string): ReadValue {
  const tolerated = numberAsText(reading, json)
  if (tolerated !== undefined) reading.applied.add('numberAsText')
  const text = tolerated ?? json
  if (typeof text !== 'string') {
    const isNumber = typeof text === 'number'
    return wrongType(label, isNumber ? 'text, and as a number it may lose digits' : 'text')
  }
  return isReadable(text) ? ok(text) : err(scimError('forbiddenCharacter', { attribute: label }))
}

/** SQLite ends text at NUL, and a lone surrogate does not survive UTF-8: neither can be kept. */
export function isReadable(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed()
}

function isBase64(json: Json): boolean {
  return typeof json === 'string' && /^[A-Za-z0-9+/_-]+={0,2}$/.test(json.replace(/\s+/g, ''))
}

function wrongType(attribute: string, expected: string): ReadValue {
  return err(scimError('wrongType', { attribute, expected }))
}
