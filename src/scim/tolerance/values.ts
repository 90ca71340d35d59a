/**
 * Values of identity providers that RFC 7643 and 7644 do not allow, one named function per deviation with the recorded request
 * above it. Each is pure: it answers what was meant, or `undefined` when the deviation is not there.
 * Callers note its name in the `Reading`.
 */
import { isObject, type Json, type JsonObject } from '../json'
import { isExactNumber, readWithInexact } from '../notation/json-text'
import type { Attribute } from '../schema'
import type { Reading } from './reading'

/** Entra: `{"op": "Replace", "path": "active", "value": "False"}`; also `"primary": "True"`. */
export function booleanAsText(value: Json): boolean | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.trim().toLowerCase()
  return text === 'true' ? true : text === 'false' ? false : undefined
}

/**
 * Okta and Entra map numbers to text attributes: `"employeeNumber": 701984`. Of a fraction the last
 * digits may be lost, as in 1.10, so that it is no identifier; nor is what was written as 1.0 or 1e3.
 */
export function numberAsText({ rewritten }: Reading, value: Json): string | undefined {
  const isKept = typeof value === 'number' && Number.isSafeInteger(value) && !rewritten.has(value)
  return isKept ? String(value) : undefined
}

/** The opposite, for number attributes of extensions: `"floor": "12"`. */
export function textAsNumber(value: Json): number | undefined {
  if (typeof value !== 'string' || !/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return undefined
  return isExactNumber(value) ? Number(value) : undefined
}

/**
 * Entra clears with `{"op": "replace", "path": "…:department", "value": ""}`; OneLogin's empty
 * macros give `"title": ""`. Both mean that there is no value.
 */
export function emptyTextIsNoValue(value: Json): boolean {
  return typeof value === 'string' && value.trim() === ''
}

/**
 * A client that keeps every attribute as a list: `"active": []`, `"title": []`. RFC 7643 section 2.5
 * lets an empty list stand for "no value" where the attribute is multi-valued.
 */
export function emptyListIsNoValue(value: Json): boolean {
  return Array.isArray(value) && value.length === 0
}

/** OneLogin (enterprise 1.1 template): `"emails": {"value": "jo@example.com", "type": "work"}`. */
export function loneValueAsList(value: Json): Json[] | undefined {
  return Array.isArray(value) ? undefined : [value]
}

/**
 * Entra: `{"op": "Add", "path": "manager", "value": [{"$ref": "…/Users/2819", "value": "2819"}]}`; the
 * builder of SCIM-SDK: `{"op": "replace", "value": [{"title": "T"}]}`.
 */
export function listOfOneAsValue(value: Json): Json | undefined {
  return Array.isArray(value) && value.length === 1 ? value[0] : undefined
}

/**
 * Entra: `{"path": "…:User:manager", "value": "2819"}`, and `"value": "new@example.com"` on
 * `emails`; Microsoft's test collection: `"members": ["2819"]`. The text is the sub-attribute `value`.
 */
export function textAsComplexValue(attribute: Attribute, value: Json): JsonObject | undefined {
  const hasValue = attribute.subAttributes?.some((sub) => sub.name === 'value')
  return hasValue && (typeof value === 'string' || typeof value === 'number')
    ? { value }
    : undefined
}

/**
 * Entra (app roles): `{"path": "roles", "value": [{"value": "{\"id\":\"18d1\",\"value\":\"25\",
 * \"displayName\":\"Role1234\"}"}]}`. The text, or the `value` of an object, stands for the object
 * that it holds: one with a part of the attribute, or another name for one.
 */
export function jsonInText(
  attribute: Attribute,
  value: Json,
  alias?: string,
): JsonObject | undefined {
  const outer = isObject(value) ? Object.entries(value) : []
  const isValue = ([name]: readonly [string, Json]) => name.toLowerCase() === 'value'
  const text = isObject(value) ? outer.find(isValue)?.[1] : value
  const inner = text === undefined ? undefined : objectInText(text)
  const isPart = (name: string) => hasPart(attribute, name) || name.toLowerCase() === alias
  if (!inner || !Object.keys(inner).some(isPart)) return undefined
  const others = Object.fromEntries(outer.filter((entry) => !isValue(entry)))
  return { ...others, ...inner }
}

/**
 * The same with a whole list in the text: `{"op": "add", "path": "emails", "value":
 * "[{\"value\":\"jo@example.com\"}]"}`. Each entry of it is an object with a part of the attribute.
 */
export function listInText(
  attribute: Attribute,
  value: Json,
  alias?: string,
): JsonObject[] | undefined {
  const members = isObject(value) ? Object.entries(value) : []
  const [first] = members
  const isAlone = members.length === 1 && first?.[0].toLowerCase() === 'value'
  const list = jsonIn(isAlone ? first?.[1] : value, /^\s*\[/)
  const isPart = (part: string) => hasPart(attribute, part) || part.toLowerCase() === alias
  const isEntry = (entry: Json) => isObject(entry) && Object.keys(entry).some(isPart)
  const isMeant = Array.isArray(list) && list.length > 0 && list.every(isEntry)
  return isMeant ? list.filter(isObject) : undefined
}

/**
 * The builder of patches in SCIM-SDK writes the value of an operation as text: `{"op": "replace",
 * "value": "{\"title\":\"T\"}"}`. The text stands for the object that it holds.
 */
export function objectInText(value: Json): JsonObject | undefined {
  const json = jsonIn(value, /^\s*\{/)
  return isObject(json) ? json : undefined
}

/** JSON that a text holds, where it begins so and no number in it loses digits. */
function jsonIn(value: Json | undefined, start: RegExp): Json | undefined {
  const read = typeof value === 'string' && start.test(value) ? readWithInexact(value) : undefined
  const isKept = read?.ok && !read.value.problem && read.value.rewritten.size === 0
  return isKept ? read.value.json : undefined
}

function hasPart(attribute: Attribute, name: string): boolean {
  const wanted = name.toLowerCase()
  return attribute.subAttributes?.some((sub) => sub.name.toLowerCase() === wanted) ?? false
}
