/** The list of operations in the body of a PATCH, in whichever form it was sent. */
import { err, ok, type Result } from '../../result'
import { quote, scimError, type ScimError } from '../error'
import { isEmpty, isSame, member, textOf, type Json, type JsonObject } from '../json'
import { passOver } from '../passed-over/notes'
import { findSchema } from '../path'
import type { Reading } from '../tolerance/reading'
import { schemaById } from '../notation/urn'
import { loneOperation, noOperations, resourceAsPatch } from './tolerance'
import { isMarkedAsVersion1, operationsOfVersion1 } from './version1'

export type Operation = 'add' | 'replace' | 'remove'

/**
 * The operations of a body; none where it asks for nothing. Refused for anything but a list. `schemas`
 * may be missing: Okta and authentik leave it out.
 */
export function findOperations(
  reading: Reading,
  body: JsonObject,
): Result<readonly Json[], ScimError> {
  const twice = namedTwice(body, /^operations$/i)
  if (twice !== undefined) return refuse(twice)
  const operations = member(body, 'operations') ?? null
  if (noOperations(body, operations)) {
    reading.applied.add('noOperations')
    return ok([])
  }
  if (operations !== null) {
    const list = Array.isArray(operations) ? operations : loneOperation(operations)
    if (!list) return refuse('"Operations" is not a list')
    if (list !== operations) reading.applied.add('loneValueAsList')
    if (list.length === 0) return refuse('"Operations" is empty')
    passOthers(reading, body, /^(schemas|operations)$/i, 'It stands beside "Operations".')
    return ok(list)
  }
  const resource = resourceAsPatch(body, !isMarkedAsVersion1(body) && namesResource(reading, body))
  if (resource) {
    reading.applied.add('resourceAsPatch')
    return ok(resource)
  }
  const tolerated = operationsOfVersion1(body)
  if (!tolerated) return refuse('"Operations" is missing')
  reading.applied.add('operationsOfVersion1')
  return tolerated.length > 0 ? ok(tolerated) : refuse('"Operations" is empty')
}

/**
 * Whether `schemas` names the resource type. With SCIM 1.1, whose URN of old names any type, a list
 * of members is what to add.
 */
function namesResource(reading: Reading, body: JsonObject): boolean {
  const schemas = member(body, 'schemas')
  const { schema } = reading.type
  const isNamed = (urn: Json) =>
    typeof urn === 'string' &&
    (schemaById(reading.type, urn) === schema ||
      (member(body, 'members') === undefined && findSchema(reading, urn) === schema))
  return Array.isArray(schemas) && schemas.some(isNamed)
}

/** Members of an operation (RFC 7644 section 3.5.2). */
const parts = /^(op|path|value)$/i

/**
 * Notes what else stands in an operation: Entra's older `"name": "addMember"`. Answers what is wrong:
 * a part that comes twice, or a "remove" that says under another name what is to go.
 */
export function noteParts(reading: Reading, operation: JsonObject): string | undefined {
  const twice = namedTwice(operation, parts)
  if (twice !== undefined) return twice
  const isRemoval = textOf(member(operation, 'op')).toLowerCase() === 'remove'
  const isWhole = isRemoval && member(operation, 'value') === undefined
  const meant = Object.entries(operation).find(
    ([name, value]) => !parts.test(name) && typeof value === 'object' && !isEmpty(value),
  )
  if (isWhole && meant) return `"remove" has no "value", but ${quote(meant[0])}`
  passOthers(reading, operation, parts, 'It stands in an operation, and is no part of one.')
  return undefined
}

function passOthers(reading: Reading, message: JsonObject, known: RegExp, why: string): void {
  for (const [name, value] of Object.entries(message)) {
    if (!known.test(name) && !isEmpty(value)) passOver(reading, 'unknownName', name, why)
  }
}

/** Names are the same whatever their case: of two with different values, one would be left out. */
function namedTwice(message: JsonObject, known: RegExp): string | undefined {
  const seen = new Map<string, Json>()
  for (const [name, value] of Object.entries(message)) {
    const key = name.toLowerCase()
    if (known.test(key) && seen.has(key) && !isSame(seen.get(key), value))
      return `${quote(name)} comes twice`
    seen.set(key, value)
  }
  return undefined
}

function refuse(problem: string): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('invalidPatch', { problem }))
}
