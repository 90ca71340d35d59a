/**
 * What identity providers send although RFC 7643 and 7644 do not allow it, one named function per
 * deviation with the recorded request above it. Each is pure: it answers what was meant, or
 * `undefined` when the deviation is not there. Callers note its name in the `Reading`.
 */
import type { Filter } from './filter/tree'
import { isObject, type Json, type JsonObject } from './json'
import { isExactNumber, readJson } from './notation/json-text'
import type { Attribute, AttributePath, ResourceType } from './schema'

export type ToleranceName =
  | 'legacyUrn'
  | 'dotAfterUrn'
  | 'unknownName'
  | 'extensionNameWithoutUrn'
  | 'booleanAsText'
  | 'numberAsText'
  | 'textAsNumber'
  | 'emptyTextIsNoValue'
  | 'loneValueAsList'
  | 'listOfOneAsValue'
  | 'textAsComplexValue'
  | 'managerIdAsValue'
  | 'severalPrimaries'
  | 'dottedKeys'
  | 'missingSchemas'
  | 'operationInCapitals'
  | 'valueListOnRemove'
  | 'entryMadeByFilter'
  | 'operationsOfVersion1'
  | 'noOperations'
  | 'resourceAsPatch'
  | 'readOnlyValue'
  | 'besideDeactivation'
  | 'jsonInText'
  | 'displayNameAsDisplay'
  | 'entryWithoutValue'
  | 'memberById'
  | 'memberByReference'
  | 'membersInsideValue'
  | 'renameByPut'
  | 'bareWordInFilter'
  | 'booleanTextInFilter'
  | 'pathAfterValueFilter'

export type ProfileName = 'auto' | 'onelogin' | 'okta' | 'entra' | 'rfc'

/** Readings that the RFCs allow every profile, and that are told all the same. */
export type RemarkName =
  | 'groupsInUser'
  | 'idInBody'
  | 'withoutActive'
  | 'repeatedComparison'
  | 'membersSkipped'
  | 'membersRemoved'

/** Something that a request asked for and did not get, or is warned of, although it was answered 2xx. */
export interface PassedOver {
  readonly name: ToleranceName | RemarkName
  /** An attribute, path or person, as the request names it; at most 100 characters. */
  readonly what: string
  /** The reason; at most 200 characters. */
  readonly why: string
  /** Number of them; absent for one. */
  readonly count?: number
  /** Id of the person or team that the request was about. */
  readonly of?: string
}

/** Reading of one request: type, profile, tolerances applied so far, and what they passed over. */
export interface Reading {
  readonly type: ResourceType
  readonly profile: ProfileName
  readonly applied: Set<ToleranceName>
  /** Written by `passed-over/notes.ts` alone, which bounds it. */
  readonly passed: PassedOver[]
  /** Read-only attributes in a whole resource, which cannot change them. */
  readonly stated: { readonly path: AttributePath; readonly value: Json }[]
  /**
   * Set where what cannot be taken is passed over (`passed-over/beside.ts`): the attributes, and the
   * URNs of undeclared extensions, that stay as they are because of it.
   */
  readonly beside: { readonly kept: (AttributePath | string)[] } | undefined
}

export function startReading(type: ResourceType, profile: ProfileName = 'auto'): Reading {
  return { type, profile, applied: new Set(), passed: [], stated: [], beside: undefined }
}

/** A copy that goes on alone: what it notes is not noted in the reading that it came from. */
export function forkReading(reading: Reading): Reading {
  return { ...reading, applied: new Set(reading.applied), passed: [...reading.passed] }
}

/**
 * Entra: `{"op": "Add", "path": "manager", "value": [...]}` and `"department": null` at the root,
 * where the enterprise extension is meant. The attribute must be in exactly one extension.
 */
export function extensionNameWithoutUrn(type: ResourceType, name: string) {
  const wanted = name.toLowerCase()
  const found = type.extensions.flatMap((extension) =>
    extension.attributes
      .filter((attribute) => attribute.name.toLowerCase() === wanted)
      .map((attribute) => ({ extension, attribute })),
  )
  return found.length === 1 ? found[0] : undefined
}

/** Entra: `{"op": "Replace", "path": "active", "value": "False"}`; also `"primary": "True"`. */
export function booleanAsText(value: Json): boolean | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.trim().toLowerCase()
  return text === 'true' ? true : text === 'false' ? false : undefined
}

/**
 * Okta and Entra map numbers to text attributes: `"employeeNumber": 701984`. Of a fraction the last
 * digits may be lost, as in 1.10, so that it is no identifier.
 */
export function numberAsText(value: Json): string | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : undefined
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

/** OneLogin (enterprise 1.1 template): `"emails": {"value": "jo@example.com", "type": "work"}`. */
export function loneValueAsList(value: Json): Json[] | undefined {
  return Array.isArray(value) ? undefined : [value]
}

/** Entra: `{"op": "Add", "path": "manager", "value": [{"$ref": "…/Users/2819", "value": "2819"}]}`. */
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
 * that it holds: one with a part of the attribute.
 */
export function jsonInText(attribute: Attribute, value: Json): JsonObject | undefined {
  const outer = isObject(value) ? Object.entries(value) : []
  const isValue = ([name]: readonly [string, Json]) => name.toLowerCase() === 'value'
  const text = isObject(value) ? outer.find(isValue)?.[1] : value
  const read = typeof text === 'string' && /^\s*\{/.test(text) ? readJson(text) : undefined
  const inner = read?.ok ? read.value : undefined
  if (!isObject(inner) || !Object.keys(inner).some((name) => hasPart(attribute, name))) {
    return undefined
  }
  const others = Object.fromEntries(outer.filter((entry) => !isValue(entry)))
  return { ...others, ...inner }
}

function hasPart(attribute: Attribute, name: string): boolean {
  const wanted = name.toLowerCase()
  return attribute.subAttributes?.some((sub) => sub.name.toLowerCase() === wanted) ?? false
}

/** OneLogin (enterprise templates): `"manager": {"managerId": "17", "displayName": "Kim Boss"}`. */
export function managerIdAsValue(attribute: Attribute, name: string): Attribute | undefined {
  return attribute.name === 'manager' && name.toLowerCase() === 'managerid'
    ? attribute.subAttributes?.find((sub) => sub.name === 'value')
    : undefined
}

/** Templates whose field is empty: `"emails": [{"type": "work", "primary": true}]`. */
export function entryWithoutValue(value: Json): boolean {
  return isObject(value) && Object.values(value).some((item) => item !== null)
}

/** Entra (app roles): `"roles": [{"value": "25", "displayName": "Role1234"}]`. */
export function displayNameAsDisplay(attribute: Attribute, name: string): Attribute | undefined {
  return name.toLowerCase() === 'displayname'
    ? attribute.subAttributes?.find((sub) => sub.name === 'display')
    : undefined
}

/**
 * PingOne fills two e-mail slots and marks both: `[{"value": "a@x.com", "primary": true},
 * {"value": "b@x.com", "primary": true}]`. The first stays primary (RFC 7643 section 2.4: one is).
 */
export function severalPrimaries(elements: readonly Json[]): Json[] | undefined {
  const first = elements.findIndex((element) => isObject(element) && element['primary'] === true)
  const isSecond = (element: Json, index: number): element is JsonObject =>
    index > first && isObject(element) && element['primary'] === true
  if (first < 0 || !elements.some(isSecond)) return undefined
  return elements.map((element, index) =>
    isSecond(element, index) ? { ...element, primary: false } : element,
  )
}

/** Entra and Microsoft's validator: `"op": "Add"`, `"Replace"`, `"Remove"`. */
export function operationInCapitals(operation: string): string | undefined {
  const plain = operation.toLowerCase()
  return plain === operation ? undefined : plain
}

/**
 * Entra: `{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "2819"}]}`;
 * authentik the same with a lower-case `remove`. Only the listed values go, never all.
 */
export function valueListOnRemove(value: Json | undefined): Json[] | undefined {
  if (value === undefined || value === null) return undefined
  const list = Array.isArray(value) ? value : [value]
  return list.length > 0 ? list : undefined
}

/** Entra's documentation: `?filter=externalId eq jyoung` without quotes. */
export function bareWordInFilter(word: string): string | undefined {
  return /^[\p{L}\p{N}._@+-]+$/u.test(word) ? word : undefined
}

/**
 * Entra: `{"op": "Add", "path": "emails[type eq \"work\"].value", "value": "ann@example.com"}` on a
 * user without such an entry, `Replace` as well. The entry is made of what the filter says:
 * `undefined` when the filter is more than `eq` terms joined by `and`.
 */
export function entryMadeByFilter(filter: Filter): JsonObject | undefined {
  if (filter.kind === 'compare') {
    const sub = filter.path.subAttribute
    const isMade = sub && sub.mutability !== 'readOnly' && filter.operator === 'eq'
    if (!isMade || filter.value === null) return undefined
    return { [sub.name]: spelling(sub, filter.value) ?? filter.written ?? filter.value }
  }
  if (filter.kind !== 'and') return undefined
  const entry: JsonObject = {}
  for (const operand of filter.operands) {
    const part = entryMadeByFilter(operand)
    if (!part) return undefined
    Object.assign(entry, part)
  }
  return entry
}

/** The filter holds folded text; the schema knows how its own values are written. */
function spelling(sub: Attribute, value: string | number | boolean): string | undefined {
  return sub.canonicalValues?.find((canonical) => canonical.toLowerCase() === value)
}
