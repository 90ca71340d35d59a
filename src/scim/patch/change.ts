/** One change of a PATCH: what an operation, a path and a value say together. */
import { err, ok, type Result } from '../../result'
import { quote, scimError, type ScimError } from '../error'
import type { PatchPath } from '../filter/parse'
import type { Filter } from '../filter/tree'
import { members } from '../group'
import { isEmpty, isObject, type Json, type JsonObject } from '../json'
import { remarkNotKept, writeOnlyReason } from '../passed-over/notes'
import { findSubAttribute, pathText, target } from '../path'
import { isActive, noteExtension, refusedAt } from '../resource'
import type { Reading } from '../tolerance/reading'
import { emptyTextIsNoValue, jsonInText, listOfOneAsValue } from '../tolerance/values'
import { readMemberChange } from './member-change'
import type { Operation } from './message'
import { isWholeList, readRemoval, requiredProblem } from './removal'
import { readValue } from '../value'
import type { AttributePath } from '../schema'

/** A change of an attribute that a schema defines. */
export interface AttributeChange {
  readonly kind: 'attribute'
  readonly op: Operation
  readonly path: AttributePath
  /** Which elements of the list are meant; undefined for all of the attribute. */
  readonly filter: Filter | undefined
  /**
   * Read and canonical. For `remove` the listed values, or that of a part; undefined for everything that the
   * path names.
   */
  readonly value: Json | undefined
}

/** A read-only value without a path; it changes nothing where the resource has it already. */
export interface StatedValue {
  readonly kind: 'stated'
  readonly path: AttributePath
  readonly value: Json
}

export type Change = AttributeChange | StatedValue

export type Changes = Result<readonly Change[], ScimError>

export const noChange: Changes = ok([])

/** True for a path that clients cannot change (RFC 7643 section 2.2 "mutability"). */
export function isFixed({ attribute, subAttribute }: AttributePath): boolean {
  // An immutable part comes and goes with the whole element, never by itself.
  return (
    attribute.mutability === 'readOnly' ||
    subAttribute?.mutability === 'readOnly' ||
    subAttribute?.mutability === 'immutable'
  )
}

/** The changes of a path that is not fixed; `json` is undefined when there is no value. */
export function readChange(
  reading: Reading,
  op: Operation,
  to: PatchPath,
  json: Json | undefined,
): Changes {
  const { path } = to
  const { attribute } = path
  if (to.filter && !attribute.multiValued) {
    return noTarget(`"${attribute.name}" is a single value and cannot be filtered.`)
  }
  // Passwords are accepted and not kept.
  if (attribute.mutability === 'writeOnly') {
    if (!isEmpty(json)) remarkNotKept(reading, pathText(path), writeOnlyReason)
    return noChange
  }
  if (attribute === members) {
    const change = readMemberChange(reading, op, to, json)
    return change.ok ? ok([{ kind: 'attribute', ...to, ...change.value }]) : change
  }
  if (op === 'remove') {
    const removals = readRemoval(reading, to, json)
    return removals.ok
      ? ok(removals.value.map((removal) => ({ kind: 'attribute', op, ...removal })))
      : removals
  }
  if (op === 'add' && to.filter && attribute.type !== 'complex') {
    return noTarget(`The entries of "${attribute.name}" have no parts that could be added.`)
  }
  if (json === undefined) return missingValueAt(op, to.path)
  noteExtension(reading, path)
  const read = readGiven(reading, op, to, json)
  return read.ok ? read : err(refusedAt(path, read.error))
}

/** The changes that a value makes. */
function readGiven(reading: Reading, op: Operation, to: PatchPath, json: Json): Changes {
  const { path } = to
  const { attribute } = path
  const inner = path.subAttribute?.name === 'value' ? jsonInText(attribute, json) : undefined
  if (inner && (to.filter || !attribute.multiValued)) {
    reading.applied.add('jsonInText')
    // The text is the `value` of an element whose other parts stay.
    return readParts(reading, 'add', { ...to, path: { ...path, subAttribute: undefined } }, inner)
  }
  // One value with parts: that of a single-valued attribute, or the elements that a filter chose.
  const hasParts = target(to.path).type === 'complex' && !isWholeList(to)
  return hasParts ? readParts(reading, op, to, json) : readWhole(reading, op, to, json)
}

function readWhole(reading: Reading, op: Operation, to: PatchPath, json: Json): Changes {
  // Behind a filter stands one entry of a list.
  const isOne = to.filter && !to.path.subAttribute
  const definition = isOne ? { ...to.path.attribute, multiValued: false } : target(to.path)
  const read = readValue(reading, definition, json, pathText(to.path))
  if (!read.ok) return read
  if (read.value !== undefined) return ok([{ kind: 'attribute', op, ...to, value: read.value }])
  if (isActive(to.path)) return err(scimError('activeWithoutValue'))
  // Empty text clears whatever the operation is; to add nothing to a list leaves it alone.
  const isCleared = op === 'replace' || (emptyTextIsNoValue(json) && !isWholeList(to))
  return isCleared ? clear(to) : noChange
}

/** Parts that are given are set, parts that are given as empty are cleared, others stay. */
function readParts(reading: Reading, op: Operation, to: PatchPath, json: Json): Changes {
  const only = listOfOneAsValue(json)
  if (only !== undefined) reading.applied.add('listOfOneAsValue')
  const object = only ?? json
  if (!isObject(object) || isEmpty(object)) return readPartsAsOne(reading, op, to, object)
  const changes: Change[] = []
  const read = readOne(reading, to, object)
  if (!read.ok) return read
  for (const path of emptyParts(reading, op, to.path, object, read.value)) {
    const cleared = clear({ path, filter: to.filter })
    if (!cleared.ok) return cleared
    changes.push(...cleared.value)
  }
  if (read.value !== undefined) changes.push({ kind: 'attribute', op, ...to, value: read.value })
  return ok(changes)
}

/** Text that stands for the whole, or nothing at all. */
function readPartsAsOne(reading: Reading, op: Operation, to: PatchPath, json: Json): Changes {
  const read = readOne(reading, to, json)
  if (!read.ok) return read
  if (read.value !== undefined) return ok([{ kind: 'attribute', op, ...to, value: read.value }])
  return op === 'replace' || emptyTextIsNoValue(json) ? clear(to) : noChange
}

/** A part of an element is enough here: a list would drop what has a type and nothing else. */
function readOne(reading: Reading, { path }: PatchPath, json: Json) {
  return readValue(reading, { ...path.attribute, multiValued: false }, json, pathText(path))
}

/** The parts that are cleared: those replaced by nothing, and of any operation those of empty text. */
function emptyParts(
  reading: Reading,
  op: Operation,
  path: AttributePath,
  object: JsonObject,
  read: Json | undefined,
): AttributePath[] {
  return Object.entries(object).flatMap(([name, json]) => {
    const subAttribute = findSubAttribute(reading, path.attribute, name)
    if (!subAttribute || isFixed({ ...path, subAttribute })) return []
    if (op !== 'replace' && !emptyTextIsNoValue(json)) return []
    const isGiven = isObject(read) && read[subAttribute.name] !== undefined
    return isGiven ? [] : [{ ...path, subAttribute }]
  })
}

/** Replaced by nothing: the same as removed, but for a list that says it is empty. */
function clear(to: PatchPath): Changes {
  const problem = requiredProblem(to.path)
  if (problem) return err(problem)
  return ok([
    isWholeList(to)
      ? { kind: 'attribute', op: 'replace', ...to, value: [] }
      : { kind: 'attribute', op: 'remove', ...to, value: undefined },
  ])
}

function missingValueAt(operation: Operation, path: AttributePath): Changes {
  if (isActive(path)) return err(scimError('activeWithoutValue'))
  const named = quote(pathText(path))
  return target(path).required
    ? err(scimError('missingRequiredValue', { operation, where: `on ${named}` }))
    : missingValue(operation, named)
}

export function missingValue(operation: Operation, path: string): Changes {
  return err(scimError('missingValue', { operation, path }))
}

export function noTarget(problem: string): Changes {
  return err(scimError('noTarget', { problem }))
}
