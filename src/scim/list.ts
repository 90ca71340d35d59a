/**
 * Entries of a list: which of them are the same, and how one takes on what another says. What is
 * given is never changed in place.
 */
import { searchElement } from './filter/match'
import { isObject, isSame, type Json, type JsonObject } from './json'
import type { Attribute } from './schema'

/** An entry as it is compared. */
export interface Compared {
  readonly searched: Json
  /** Identity of an entry: its `value`, or without one all but the primary mark. */
  readonly identity: string
  readonly type: string | undefined
}

export function compareEntry(attribute: Attribute, entry: Json): Compared {
  const searched = searchElement(attribute, entry)
  const type = isObject(searched) ? searched['type'] : undefined
  return {
    searched,
    identity: identify(searched),
    type: typeof type === 'string' ? type : undefined,
  }
}

function identify(searched: Json): string {
  if (!isObject(searched)) return JSON.stringify(searched)
  const value = searched['value']
  if (value !== undefined) return JSON.stringify(value)
  // The order is that of the schema, so equal entries give equal text.
  return JSON.stringify(Object.entries(searched).filter(([name]) => name !== 'primary'))
}

/** Entries with one key are one entry: those of the same type and value (RFC 7643 section 2.4). */
export function keyOf({ identity, type }: Compared): string {
  return type === undefined ? identity : `${identity} ${type}`
}

/** Merges entries that are the same; the later one wins. */
export function joinEntries(attribute: Attribute, entries: Json[]): Json[] {
  if (entries.length < 2 || haveOtherValues(attribute, entries)) return entries
  const joined = new Map<string, Json>()
  for (const entry of entries) {
    const key = keyOf(compareEntry(attribute, entry))
    joined.set(key, mergeEntries(attribute, joined.get(key), entry))
  }
  return joined.size === entries.length ? entries : [...joined.values()]
}

/** True when all values differ: a quick check for teams of many members. */
function haveOtherValues(attribute: Attribute, entries: readonly Json[]): boolean {
  const part = attribute.subAttributes?.find(({ name }) => name === 'value')
  const values = new Set<Json>()
  for (const entry of entries) {
    const value = part && isObject(entry) ? entry['value'] : undefined
    if (part && value !== undefined) values.add(searchElement(part, value))
  }
  return values.size === entries.length
}

export function mergeEntries(attribute: Attribute, present: Json | undefined, given: Json): Json {
  return isObject(present) && isObject(given) ? mergeParts(attribute, present, given) : given
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
