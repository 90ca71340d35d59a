/**
 * PATCH operations to changes (RFC 7644 section 3.5.2): paths resolved, values read, mutability
 * checked. What comes out is data for two consumers: `change.ts` applies it to a document, and
 * the members of a team are rows.
 */
import { err, ok, type Result } from '../result'
import { quote, scimError, type ScimError } from './error'
import { parsePatchPath, type PatchPath } from './filter'
import type { Filter } from './filter-tree'
import { isObject, type Json, type JsonObject } from './json'
import { findSchema, pathText, resolvePath, target, type AttributePath } from './path'
import { isEmpty, isUrn } from './resource'
import type { Schema } from './schema'
import {
  emptyTextIsNoValue,
  operationInCapitals,
  operationsOfVersion1,
  valueListOnRemove,
  type Reading,
} from './tolerance'
import { readElement, readValue } from './value'

export const maximumOperations = 1_000

export type Operation = 'add' | 'replace' | 'remove'

/** A change of an attribute that a schema defines. */
export interface AttributeChange {
  readonly kind: 'attribute'
  readonly op: Operation
  readonly path: AttributePath
  /** Which elements of the list are meant; undefined for all of the attribute. */
  readonly filter: Filter | undefined
  /** Read and canonical. For `remove` the listed values, or undefined for everything. */
  readonly value: Json | undefined
}

/** A change of an extension that no schema describes; its content is kept as it was sent. */
export interface ExtensionChange {
  readonly kind: 'extension'
  readonly op: Operation
  readonly urn: string
  readonly value: Json | undefined
}

export type Change = AttributeChange | ExtensionChange

type Changes = Result<readonly Change[], ScimError>

const none: Changes = ok([])

/** Reads the body of a PATCH. `schemas` may be missing: Okta and authentik leave it out. */
export function readPatch(reading: Reading, body: JsonObject): Changes {
  const operations = findOperations(reading, body)
  if (!operations) return invalidPatch('"Operations" is missing')
  if (!Array.isArray(operations)) return invalidPatch('"Operations" is not a list')
  if (operations.length === 0) return invalidPatch('"Operations" is empty')
  if (operations.length > maximumOperations) {
    return err(scimError('tooManyOperations', { limit: maximumOperations }))
  }
  const changes: Change[] = []
  for (const operation of operations) {
    if (!isObject(operation)) return invalidPatch('an operation is not an object')
    const read = readOperation(reading, operation)
    if (!read.ok) return read
    changes.push(...read.value)
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
  const path = member(operation, 'path')
  const value = member(operation, 'value')
  if (path === undefined || path === null || path === '') {
    return withoutPath(reading, op.value, value)
  }
  if (typeof path !== 'string') return err(scimError('invalidPath', { path: 'that is not text' }))
  return withPath(reading, op.value, path, value)
}

const operationNames: ReadonlyMap<string, Operation> = new Map(
  (['add', 'replace', 'remove'] as const).map((name) => [name, name]),
)

function readOp(reading: Reading, json: Json | undefined): Result<Operation, ScimError> {
  const text = typeof json === 'string' ? json : ''
  const tolerated = operationInCapitals(text)
  const op = operationNames.get(tolerated ?? text)
  if (!op) {
    const operation = json === undefined ? 'without an "op"' : quote(JSON.stringify(json))
    return err(scimError('unknownOperation', { operation }))
  }
  if (tolerated !== undefined) reading.applied.add('operationInCapitals')
  return ok(op)
}

/** The value names what to change (RFC 7644 sections 3.5.2.1 and 3.5.2.3). */
function withoutPath(reading: Reading, op: Operation, value: Json | undefined): Changes {
  if (op === 'remove') {
    return err(scimError('noTarget', { problem: 'The operation "remove" has no path.' }))
  }
  if (!isObject(value)) {
    return err(scimError('missingValue', { operation: op, path: 'without a path' }))
  }
  const changes: Change[] = []
  const unknown: string[] = []
  for (const [name, json] of Object.entries(value)) {
    const read = readNamed(reading, op, name, json)
    if (!read) unknown.push(name)
    else if (!read.ok) return read
    else changes.push(...read.value)
  }
  const [first] = unknown
  const isAllUnknown = first !== undefined && unknown.length === Object.keys(value).length
  return isAllUnknown ? err(scimError('invalidPath', { path: quote(first) })) : ok(changes)
}

/** One member of a value without path; undefined for a name that nobody knows. */
function readNamed(
  reading: Reading,
  op: Operation,
  name: string,
  json: Json,
): Changes | undefined {
  const schema = findSchema(reading, name)
  if (schema) return readSchema(reading, op, schema, json, false)
  const isPlain = /^[\w$-]+$/.test(name)
  const path = isPlain ? plainPath(reading, name) : parsePatchPath(reading, name)
  if (path?.ok) {
    if (!isPlain) reading.applied.add('dottedKeys')
    // Okta and authentik send the whole resource back: what is read-only in it says nothing.
    if (isReadOnly(path.value.path)) return none
    if (op === 'add' && json === null) return none
    return changeOf(reading, op, path.value, json)
  }
  if (isUrn(name)) return ok([{ kind: 'extension', op, urn: name, value: json }])
  return path && path.error.code !== 'invalidPath' ? path : undefined
}

function plainPath(
  reading: Reading,
  name: string,
): { readonly ok: true; readonly value: PatchPath } | undefined {
  const path = resolvePath(reading, name)
  return path && ok({ path, filter: undefined })
}

function withPath(
  reading: Reading,
  op: Operation,
  text: string,
  value: Json | undefined,
): Changes {
  const schema = findSchema(reading, text)
  if (schema) return readSchema(reading, op, schema, value, true)
  const path = parsePatchPath(reading, text)
  if (!path.ok) {
    const isUndeclared = path.error.code === 'invalidPath' && isUrn(text) && !/[[\]"\s]/.test(text)
    return isUndeclared ? undeclared(op, text, value) : path
  }
  if (isReadOnly(path.value.path)) {
    return err(scimError('readOnly', { attribute: pathText(path.value.path) }))
  }
  return changeOf(reading, op, path.value, value)
}

function undeclared(op: Operation, urn: string, value: Json | undefined): Changes {
  if (op !== 'remove' && value === undefined) return missingValue(op, quote(urn))
  return ok([{ kind: 'extension', op, urn, value: op === 'remove' ? undefined : value }])
}

/** A path or key that is the URN of a schema stands for its attributes. */
function readSchema(
  reading: Reading,
  op: Operation,
  schema: Schema,
  value: Json | undefined,
  isStrict: boolean,
): Changes {
  if (op === 'remove' || isEmpty(value)) {
    if (schema === reading.type.schema) {
      return op === 'remove'
        ? err(scimError('noTarget', { problem: 'The core attributes cannot be removed as one.' }))
        : none
    }
    return op === 'add' ? none : ok(schema.attributes.map((attribute) => cleared(schema, attribute)))
  }
  if (!isObject(value)) return wrongType(schema.id)
  const changes: Change[] = []
  for (const [name, json] of Object.entries(value)) {
    const path = parsePatchPath(reading, `${schema.id}:${name}`)
    if (!path.ok) {
      if (isStrict) return path
      continue
    }
    if (isReadOnly(path.value.path)) continue
    const read = changeOf(reading, op, path.value, json)
    if (!read.ok) return read
    changes.push(...read.value)
  }
  return ok(changes)
}

function cleared(extension: Schema, attribute: AttributePath['attribute']): Change {
  const path = { extension, attribute, subAttribute: undefined }
  return { kind: 'attribute', op: 'remove', path, filter: undefined, value: undefined }
}

function isReadOnly({ attribute, subAttribute }: AttributePath): boolean {
  return attribute.mutability === 'readOnly' || subAttribute?.mutability === 'readOnly'
}

function changeOf(
  reading: Reading,
  op: Operation,
  { path, filter }: PatchPath,
  json: Json | undefined,
): Changes {
  // Passwords are accepted and not kept.
  if (path.attribute.mutability === 'writeOnly') return none
  if (op === 'remove') return removal(reading, path, filter, json)
  if (json === undefined) return missingValue(op, quote(pathText(path)))
  const isElement = filter !== undefined && !path.subAttribute
  const read = isElement
    ? readElement(reading, path.attribute, unwrapped(json), pathText(path))
    : readValue(reading, target(path), json, pathText(path))
  if (!read.ok) return read
  if (read.value !== undefined) {
    return ok([{ kind: 'attribute', op, path, filter, value: read.value }])
  }
  if (op === 'add' && !emptyTextIsNoValue(json)) return none
  return emptied(path, filter)
}

/** An element of a list may come as a list of one. */
function unwrapped(json: Json): Json {
  return Array.isArray(json) && json.length === 1 ? (json[0] ?? null) : json
}

/** Replaced by nothing: the same as removed, but for a list that says it is empty. */
function emptied(path: AttributePath, filter: Filter | undefined): Changes {
  const problem = requiredProblem(path)
  if (problem) return err(problem)
  const isWholeList = path.attribute.multiValued && !path.subAttribute && !filter
  return ok([
    isWholeList
      ? { kind: 'attribute', op: 'replace', path, filter, value: [] }
      : { kind: 'attribute', op: 'remove', path, filter, value: undefined },
  ])
}

function removal(
  reading: Reading,
  path: AttributePath,
  filter: Filter | undefined,
  json: Json | undefined,
): Changes {
  const problem = requiredProblem(path)
  if (problem) return err(problem)
  const isWholeList = path.attribute.multiValued && !path.subAttribute && !filter
  if (!isWholeList || json === undefined || json === null) {
    return ok([{ kind: 'attribute', op: 'remove', path, filter, value: undefined }])
  }
  const listed = valueListOnRemove(json)
  // An empty list names nobody; taking it for "all" would empty a team by accident.
  if (!listed) return none
  reading.applied.add('valueListOnRemove')
  const read = readValue(reading, path.attribute, listed, pathText(path))
  if (!read.ok) return read
  if (read.value === undefined) return none
  return ok([{ kind: 'attribute', op: 'remove', path, filter, value: read.value }])
}

function requiredProblem(path: AttributePath): ScimError | undefined {
  return target(path).required
    ? scimError('requiredAttribute', { attribute: pathText(path) })
    : undefined
}

function invalidPatch(problem: string): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('invalidPatch', { problem }))
}

function missingValue(operation: Operation, path: string): Changes {
  return err(scimError('missingValue', { operation, path }))
}

function wrongType(attribute: string): Changes {
  return err(scimError('wrongType', { attribute, expected: 'an object' }))
}
