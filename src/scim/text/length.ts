/** How long each text of a resource may be, and what of a resource is longer. */
import { abridge, scimError, type ScimError } from '../error'
import { isObject, isSame, type Json, type JsonObject } from '../json'
import { coreAttributes, findAttribute } from '../path'
import type { Attribute, ResourceType } from '../schema'
import { lengths, maximumEntries } from './limits'

/** Characters that the text of an attribute may have; undefined for what holds no text. */
export function lengthOf({ type, maximumLength }: Attribute): number | undefined {
  switch (type) {
    case 'string':
      return maximumLength ?? lengths.text
    case 'reference':
      return maximumLength ?? lengths.reference
    case 'binary':
      return maximumLength ?? lengths.binary
    case 'dateTime':
      return maximumLength ?? lengths.dateTime
    case 'boolean':
    case 'integer':
    case 'decimal':
    case 'complex':
      return undefined
  }
}

/** True for a text of more characters than `most`; it is not counted when its length says so. */
export function isLongerThan(text: string, most: number): boolean {
  return text.length > most && (text.length > 2 * most || charactersIn(text) > most)
}

function charactersIn(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}

/**
 * The first text of a resource that is too long, or list of too many entries. A text that `before` has in
 * the same attribute stays: it was stored when no length was set.
 */
export function overlong(
  type: ResourceType,
  before: JsonObject | undefined,
  after: JsonObject,
): ScimError | undefined {
  for (const [name, value] of Object.entries(after)) {
    const old = before?.[name]
    if (isSame(old, value)) continue
    const place = placeOf(type, name)
    // A name of a schema is short; one that no schema describes is kept when a resource had it before.
    const problem =
      (old === undefined && overlongText(place.label, lengths.name, name, new Set())) ||
      overlongAt(place, value, textsOf(old))
    if (problem) return problem
  }
  return undefined
}

/** A value with its path as messages name it, its limit, and its parts where a schema has them. */
interface Place {
  readonly label: string
  readonly limit: number
  readonly separator: '.' | ':'
  readonly parts: readonly Attribute[]
}

function placeOf(type: ResourceType, name: string): Place {
  const attribute = findAttribute(coreAttributes(type), name)
  if (attribute) return defined(attribute, name)
  const extension = type.extensions.find(({ id }) => id === name)
  // What no schema describes is named by its URN, however deep a text lies in it.
  return {
    label: abridge(name),
    limit: lengths.text,
    separator: ':',
    parts: extension?.attributes ?? [],
  }
}

function defined(attribute: Attribute, label: string): Place {
  const limit = lengthOf(attribute) ?? lengths.text
  return { label, limit, separator: '.', parts: attribute.subAttributes ?? [] }
}

function overlongAt(
  place: Place,
  value: Json | undefined,
  stored: ReadonlySet<string>,
): ScimError | undefined {
  const { label, limit, separator, parts } = place
  if (typeof value === 'string') return overlongText(label, limit, value, stored)
  if (Array.isArray(value)) {
    if (value.length > maximumEntries) {
      return scimError('tooManyValues', { attribute: label, limit: maximumEntries })
    }
    return first(value, (entry) => overlongAt(place, entry, stored))
  }
  if (!isObject(value)) return undefined
  return first(Object.entries(value), ([name, inner]) => {
    const part = findAttribute(parts, name)
    return part
      ? overlongAt(defined(part, `${label}${separator}${part.name}`), inner, stored)
      : (overlongText(label, lengths.name, name, stored) ?? overlongAt(place, inner, stored))
  })
}

function overlongText(
  attribute: string,
  limit: number,
  text: string,
  stored: ReadonlySet<string>,
): ScimError | undefined {
  if (!isLongerThan(text, limit) || stored.has(text)) return undefined
  return scimError('textTooLong', { attribute, length: charactersIn(text), limit })
}

function first<T>(
  list: readonly T[],
  find: (one: T) => ScimError | undefined,
): ScimError | undefined {
  for (const one of list) {
    const found = find(one)
    if (found) return found
  }
  return undefined
}

/** Texts and names of members in a value, however deep. */
function textsOf(value: Json | undefined): ReadonlySet<string> {
  const found = new Set<string>()
  const collect = (json: Json | undefined): void => {
    if (typeof json === 'string') found.add(json)
    else if (Array.isArray(json)) json.forEach(collect)
    else if (isObject(json)) {
      for (const [name, inner] of Object.entries(json)) {
        found.add(name)
        collect(inner)
      }
    }
  }
  collect(value)
  return found
}
