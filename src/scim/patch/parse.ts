/**
 * PATCH operations to changes (RFC 7644 section 3.5.2): paths resolved, values read, mutability
 * checked. What comes out is data for two consumers: `apply.ts` applies it to a document, and
 * the members of a team are rows.
 */
import { err, ok, type Result } from '../../result'
import { quote, scimError, type ScimError } from '../error'
import { parsePatchPath, type PatchPath } from '../filter/parse'
import { isObject, type Json, type JsonObject } from '../json'
import { findSchema, isDeclared, pathText, resolvePath } from '../path'
import {
  isFixed,
  missingValue,
  noChange,
  noTarget,
  readChange,
  readExtensionChange,
  type Change,
  type Changes,
  type Operation,
} from './change'
import { isEmpty, isUrn } from '../resource'
import type { Schema } from '../schema'
import {
  emptyTextIsNoValue,
  operationInCapitals,
  operationsOfVersion1,
  type Reading,
} from '../tolerance'

export type { AttributeChange, Change } from './change'

export const maximumOperations = 1_000

/** One operation without path changes many attributes; each change costs what a list is long. */
const maximumChanges = 2 * maximumOperations

/** Reads the body of a PATCH. `schemas` may be missing: Okta and authentik leave it out. */
export function readPatch(reading: Reading, body: JsonObject): Changes {
  const operations = findOperations(reading, body)
  if (operations === undefined) return invalidPatch('"Operations" is missing')
  if (!Array.isArray(operations)) return invalidPatch('"Operations" is not a list')
  if (operations.length === 0) return invalidPatch('"Operations" is empty')
  if (operations.length > maximumOperations) return tooManyOperations(maximumOperations)
  const changes: Change[] = []
  for (const operation of operations) {
    if (!isObject(operation)) return invalidPatch('an operation is not an object')
    const read = readOperation(reading, operation)
    if (!read.ok) return read
    for (const change of read.value) changes.push(change)
    if (changes.length > maximumChanges) return tooManyOperations(maximumChanges)
  }
  return ok(changes)
}

function findOperations(reading: Reading, body: JsonObject): Json | undefined {
  const operations = member(body, 'operations')
  if (operations !== undefined && operations !== null) return operations
  const tolerated = operationsOfVersion1(body)
  if (tolerated) reading.applied.add('operationsOfVersion1')
  return tolerated
}

/** A member of a message, whatever the case of its name. */
function member(object: JsonObject, name: string): Json | undefined {
  const entry = Object.entries(object).find(([key]) => key.toLowerCase() === name)
  return entry?.[1]
}

function readOperation(reading: Reading, operation: JsonObject): Changes {
  const op = readOp(reading, member(operation, 'op'))
  if (!op.ok) return op
  const path = member(operation, 'path') ?? ''
  const value = member(operation, 'value')
  if (typeof path !== 'string') return err(scimError('invalidPath', { path: 'that is not text' }))
  const text = path.trim()
  return text === ''
    ? withoutPath(reading, op.value, value)
    : withPath(reading, op.value, text, value)
}

const operationNames: ReadonlyMap<string, Operation> = new Map(
  (['add', 'replace', 'remove'] as const).map((name) => [name, name]),
)

function readOp(reading: Reading, json: Json | undefined): Result<Operation, ScimError> {
  if (typeof json !== 'string') {
    return err(scimError('unknownOperation', { operation: 'without an "op"' }))
  }
  const tolerated = operationInCapitals(json)
  const op = operationNames.get(tolerated ?? json)
  if (!op) return err(scimError('unknownOperation', { operation: quote(json) }))
  if (tolerated !== undefined) reading.applied.add('operationInCapitals')
  return ok(op)
}

/** The value names what to change (RFC 7644 sections 3.5.2.1 and 3.5.2.3). */
function withoutPath(reading: Reading, op: Operation, value: Json | undefined): Changes {
  if (op === 'remove') return noTarget('The operation "remove" has no path.')
  if (value === undefined || value === null) return missingValue(op, 'without a path')
  if (!isObject(value)) return notAnObject('value')
  return readMembers(value, (name, json) => readMember(reading, op, name, json))
}

/** Unknown names are passed over, as in POST and PUT, unless there is no other. */
function readMembers(
  value: JsonObject,
  read: (name: string, json: Json) => Changes | undefined,
): Changes {
  const changes: Change[] = []
  const unknown: string[] = []
  const members = Object.entries(value)
  for (const [name, json] of members) {
    const outcome = read(name, json)
    if (outcome && !outcome.ok) return outcome
    if (!outcome) unknown.push(name)
    for (const change of outcome?.value ?? []) changes.push(change)
  }
  const [first] = unknown
  return first !== undefined && unknown.length === members.length
    ? err(scimError('invalidPath', { path: quote(first) }))
    : ok(changes)
}

/** One member of a value without path; undefined for a name that nobody knows. */
function readMember(
  reading: Reading,
  op: Operation,
  name: string,
  json: Json,
): Changes | undefined {
  const schema = findSchema(reading, name)
  if (schema) return readSchema(reading, op, schema, json)
  const path = resolveKey(reading, name)
  if (path) return readKnown(reading, op, path, json)
  return isUndeclared(reading, name) ? readExtensionChange(op, name, json) : undefined
}

/** Keys may be paths: `name.givenName`, `emails[type eq "work"].value`. */
function resolveKey(reading: Reading, name: string): PatchPath | undefined {
  if (/^[\w$-]+$/.test(name)) {
    const path = resolvePath(reading, name)
    return path && { path, filter: undefined }
  }
  const path = parsePatchPath(reading, name)
  if (!path.ok) return undefined
  if (!isUrn(name)) reading.applied.add('dottedKeys')
  return path.value
}

/** What is read-only says nothing here: Okta and authentik send the whole resource back. */
function readKnown(
  reading: Reading,
  op: Operation,
  path: PatchPath,
  json: Json | undefined,
): Changes {
  return isFixed(path.path) ? noChange : readChange(reading, op, path, json)
}

function withPath(reading: Reading, op: Operation, text: string, value: Json | undefined): Changes {
  const schema = findSchema(reading, text)
  if (schema) return readSchema(reading, op, schema, value)
  const path = parsePatchPath(reading, text)
  if (!path.ok) {
    return path.error.code === 'invalidPath' && isUndeclared(reading, text)
      ? readExtensionChange(op, text, value)
      : path
  }
  return isFixed(path.value.path)
    ? err(scimError('readOnly', { attribute: pathText(path.value.path) }))
    : readChange(reading, op, path.value, value)
}

/** The URN of an extension that no schema describes, perhaps with one of its members behind it. */
function isUndeclared(reading: Reading, text: string): boolean {
  return isUrn(text) && !/[\s"[\]]/.test(text) && !isDeclared(reading, text)
}

/** The URN of a schema stands for all its attributes. */
function readSchema(
  reading: Reading,
  op: Operation,
  schema: Schema,
  value: Json | undefined,
): Changes {
  if (op === 'remove') return clearSchema(reading, schema)
  if (value === undefined) return missingValue(op, quote(schema.id))
  if (isEmpty(value) || emptyTextIsNoValue(value)) {
    return op === 'add' ? noChange : clearSchema(reading, schema)
  }
  if (!isObject(value)) return notAnObject(schema.id)
  return readMembers(value, (name, json) => {
    const path = parsePatchPath(reading, `${schema.id}:${name}`)
    return path.ok ? readKnown(reading, op, path.value, json) : undefined
  })
}

function clearSchema(reading: Reading, schema: Schema): Changes {
  if (schema === reading.type.schema) return noTarget('The core attributes cannot go all at once.')
  const changes: Change[] = []
  for (const attribute of schema.attributes) {
    const path = { extension: schema, attribute, subAttribute: undefined }
    const read = readKnown(reading, 'remove', { path, filter: undefined }, undefined)
    if (!read.ok) return read
    changes.push(...read.value)
  }
  return ok(changes)
}

function invalidPatch(problem: string): Changes {
  return err(scimError('invalidPatch', { problem }))
}

function tooManyOperations(limit: number): Changes {
  return err(scimError('tooManyOperations', { limit }))
}

function notAnObject(attribute: string): Changes {
  return err(scimError('wrongType', { attribute, expected: 'an object' }))
}
