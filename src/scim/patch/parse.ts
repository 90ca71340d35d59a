/**
 * PATCH operations to changes (RFC 7644 section 3.5.2): paths resolved, values read, mutability
 * checked. What comes out is data for two consumers: `apply.ts` applies it to a document, and
 * the members of a team are rows.
 */
import { err, ok, type Result } from '../../result'
import { quote, scimError, type ScimError } from '../error'
import { parsePatchPath, type PatchPath } from '../filter/parse'
import { members } from '../group'
import { isEmpty, isObject, member, type Json, type JsonObject } from '../json'
import { candidatesOf } from '../members/filter'
import { readPart } from '../passed-over/beside'
import { isNarrow } from '../profile'
import { passOverName, unseenReason } from '../passed-over/notes'
import { seenInPatch } from '../observed/observe'
import { findSchema, isDeclared, isReserved, pathText } from '../path'
import {
  isFixed,
  missingValue,
  noChange,
  noTarget,
  readChange,
  type Change,
  type Changes,
} from './change'
import { readObject } from '../value'
import { findOperations, noteParts, type Operation } from './message'
import { saysSchemaAgain } from '../resource'
import type { Schema } from '../schema'
import { secondValue } from './twice'
import { operationInCapitals } from './tolerance'
import type { Reading } from '../tolerance/reading'
import { emptyListIsNoValue, emptyTextIsNoValue } from '../tolerance/values'
import { isUrn } from '../notation/urn'

export type { AttributeChange, Change } from './change'

export const maximumOperations = 1_000

/** One operation without path changes many attributes; each change costs what a list is long. */
const maximumChanges = 2 * maximumOperations

/** Reads the body of a PATCH. A name that nobody knows is passed over, unless there is no other. */
export function readPatch(reading: Reading, body: JsonObject): Changes {
  const operations = findOperations(reading, body)
  if (!operations.ok) return operations
  reading.type = seenInPatch(reading.type, operations.value)
  const changes: Change[] = []
  const unknown: Unknown[] = []
  const counts = { operations: 0, changes: 0, isOfMembers: false }
  let hasKnown = operations.value.length === 0
  for (const operation of operations.value) {
    const read = readOne(reading, nameOf(operation), () =>
      isObject(operation)
        ? readOperation(reading, operation)
        : invalidPatch('an operation is not an object'),
    )
    if (isUnknown(read)) {
      unknown.push(read)
      count(counts, [])
    } else if (!read.ok) return read
    else {
      hasKnown = true
      for (const change of read.value) changes.push(change)
      count(counts, read.value)
    }
    if (counts.operations > maximumOperations) return tooManyOperations(maximumOperations)
    if (counts.changes > maximumChanges) return tooManyOperations(maximumChanges)
  }
  return passNames(reading, unknown, hasKnown) ?? ok(changes)
}

/** Operations and changes so far, of which those on members that follow each other are one. */
interface Counts {
  operations: number
  changes: number
  isOfMembers: boolean
}

/** Counts an operation. Nextcloud sends one for each member; it costs no more than what it names. */
function count(counts: Counts, changes: readonly Change[]): void {
  const isOfMembers = changes.length > 0 && changes.every(namesMembers)
  if (!isOfMembers || !counts.isOfMembers) {
    counts.operations += 1
    counts.changes += changes.length
  }
  counts.isOfMembers = isOfMembers
}

/** True when a change names the members that it can be about. */
function namesMembers(change: Change): boolean {
  if (change.kind !== 'attribute' || change.path.attribute !== members) return false
  return change.filter === undefined || candidatesOf(change.filter) !== undefined
}

/** The refusal of a name that no schema describes; beside others it is passed over. */
type Unknown = { readonly ok: false; readonly error: ScimError; readonly names: readonly string[] }

function unknownName(name: string): Unknown {
  return { ...err(scimError('invalidPath', { path: quote(name) })), names: [name] }
}

/** Passes over the names that nobody knows, unless there is no other: then the first is refused. */
function passNames(
  reading: Reading,
  list: readonly Unknown[],
  hasKnown: boolean,
): Unknown | undefined {
  const names = list.flatMap((one) => one.names)
  const [first] = list
  if (first && !hasKnown && !isNarrow(reading)) return { ...first, names }
  for (const name of names) passOverName(reading, name)
  return undefined
}

/** Reads an operation, or a member of its value, which may be passed over beside a deactivation. */
function readOne(reading: Reading, what: string, read: () => Changes | Unknown): Changes | Unknown {
  let unknown: Unknown | undefined
  const outcome = readPart<readonly Change[]>(reading, what, [], () => {
    const one = read()
    if (!isUnknown(one)) return one
    unknown = one
    return noChange
  })
  return unknown ?? outcome
}

/** An operation as the log names it. */
function nameOf(operation: Json): string {
  const path = isObject(operation) ? member(operation, 'path') : undefined
  return typeof path === 'string' && path.trim() !== '' ? path.trim() : 'an operation'
}

function isUnknown(read: Changes | Unknown): read is Unknown {
  return 'names' in read
}

function readOperation(reading: Reading, operation: JsonObject): Changes | Unknown {
  const problem = noteParts(reading, operation)
  if (problem !== undefined) return invalidPatch(problem)
  const op = readOp(reading, member(operation, 'op'))
  if (!op.ok) return op
  const path = member(operation, 'path') ?? ''
  const value = member(operation, 'value')
  if (typeof path !== 'string') return err(scimError('invalidPath', { path: 'that is not text' }))
  const text = path.trim()
  if (text !== '') return withPath(reading, op.value, text, value)
  return isNarrow(reading) ? err(scimError('pathMissing')) : withoutPath(reading, op.value, value)
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
function withoutPath(reading: Reading, op: Operation, value: Json | undefined): Changes | Unknown {
  if (op === 'remove') return noTarget('The operation "remove" has no path.')
  if (value === undefined || value === null) {
    return err(scimError('missingRequiredValue', { operation: op, where: 'without a path' }))
  }
  const object = readObject(reading, value)
  if (!object) return notAnObject('value')
  return readMembers(reading, op, object, (name, json) => readMember(reading, op, name, json))
}

/** Unknown names are passed over, as in POST and PUT, unless there is no other. */
function readMembers(
  reading: Reading,
  op: Operation,
  value: JsonObject,
  read: (name: string, json: Json) => Changes | Unknown,
): Changes | Unknown {
  const changes: Change[] = []
  const unknown: Unknown[] = []
  const given = new Map<string, Json>()
  let hasKnown = Object.keys(value).length === 0
  for (const [name, json] of Object.entries(value)) {
    const outcome = readOne(reading, name, () => once(given, op, read(name, json)))
    if (isUnknown(outcome)) {
      unknown.push(outcome)
      continue
    }
    if (!outcome.ok) return outcome
    hasKnown = true
    for (const change of outcome.value) changes.push(change)
  }
  return passNames(reading, unknown, hasKnown) ?? ok(changes)
}

/** Changes of a member of a value, refused where another member has set something else. */
function once(
  given: Map<string, Json>,
  op: Operation,
  outcome: Changes | Unknown,
): Changes | Unknown {
  const problem = outcome.ok ? secondValue(given, op, outcome.value) : undefined
  return problem ? err(problem) : outcome
}

/** One member of a value without path. */
function readMember(reading: Reading, op: Operation, name: string, json: Json): Changes | Unknown {
  const schema = findSchema(reading, name)
  if (schema) return readSchema(reading, op, schema, json)
  const path = resolveKey(reading, name)
  if (path.ok) return readKnown(reading, op, path.value, json)
  if (path.error.code !== 'invalidPath') return path
  if (isReserved(reading, name)) return err(scimError('reservedUrn', { name: quote(name) }))
  return isUndeclared(reading, name) ? readUnseen(reading, op, name, json) : unknownName(name)
}

/** Keys may be paths: `name.givenName`, `emails[type eq "work"].value`. */
function resolveKey(reading: Reading, name: string): Result<PatchPath, ScimError> {
  const path = parsePatchPath(reading, name)
  if (path.ok && !isUrn(name) && !/^[\w$-]+$/.test(name)) reading.applied.add('dottedKeys')
  return path
}

/** Read-only attributes are ignored here: Okta and authentik send the whole resource back. */
function readKnown(
  reading: Reading,
  op: Operation,
  to: PatchPath,
  json: Json | undefined,
): Changes {
  if (!isFixed(to.path)) return readChange(reading, op, to, json)
  return json === undefined || json === null
    ? noChange
    : ok([{ kind: 'stated', path: to.path, value: json }])
}

function withPath(
  reading: Reading,
  op: Operation,
  text: string,
  value: Json | undefined,
): Changes | Unknown {
  const schema = findSchema(reading, text)
  if (schema) return readSchema(reading, op, schema, value)
  const path = parsePatchPath(reading, text)
  if (!path.ok) {
    if (path.error.code !== 'invalidPath') return path
    if (isReserved(reading, text)) return err(scimError('reservedPath', { path: quote(text) }))
    return isUndeclared(reading, text) ? readUnseen(reading, op, text, value) : unknownName(text)
  }
  if (isFixed(path.value.path)) {
    return err(scimError('readOnly', { attribute: pathText(path.value.path) }))
  }
  return namesEntry(reading, op, path.value)
    ? err(scimError('pathOfEntry', { path: quote(text) }))
    : readChange(reading, op, path.value, value)
}

/** A whole entry under the narrow profile; there is no other path by which one member goes. */
function namesEntry(reading: Reading, op: Operation, { path, filter }: PatchPath): boolean {
  const isOneMember = op === 'remove' && path.attribute === members
  return isNarrow(reading) && filter !== undefined && !path.subAttribute && !isOneMember
}

/** The URN of an extension that nobody has declared, perhaps with one of its members behind it. */
function isUndeclared(reading: Reading, text: string): boolean {
  return isUrn(text) && !/[\s"[\]]/.test(text) && !isDeclared(reading, text)
}

/** What nobody has seen is gone already, and lacks nothing; no schema could describe a value of it. */
function readUnseen(
  reading: Reading,
  op: Operation,
  text: string,
  value: Json | undefined,
): Changes | Unknown {
  if (isNarrow(reading)) return unknownName(text)
  if (op === 'remove') return noChange
  if (value === undefined) return missingValue(op, quote(text))
  if (isEmpty(value) || emptyTextIsNoValue(value)) return noChange
  const problem = unseenReason(reading)
  return { ...err(scimError('undescribable', { path: quote(text), problem })), names: [text] }
}

/** The URN of a schema stands for all its attributes. */
function readSchema(
  reading: Reading,
  op: Operation,
  schema: Schema,
  value: Json | undefined,
): Changes | Unknown {
  if (op === 'remove' && (value === undefined || value === null)) {
    return clearSchema(reading, schema)
  }
  if (value === undefined) return missingValue(op, quote(schema.id))
  if (emptyListIsNoValue(value)) reading.applied.add('emptyListIsNoValue')
  if (isEmpty(value) || emptyTextIsNoValue(value)) {
    return op === 'replace' ? clearSchema(reading, schema) : noChange
  }
  const object = readObject(reading, value)
  if (!object) return notAnObject(schema.id)
  return readMembers(reading, op, object, (name, json) => {
    if (saysSchemaAgain(reading, schema, name, json)) return noChange
    const path = parsePatchPath(reading, `${schema.id}:${name}`)
    if (path.ok) return readKnown(reading, op, path.value, json)
    return path.error.code === 'invalidPath' ? unknownName(`${schema.id}:${name}`) : path
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
