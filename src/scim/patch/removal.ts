/**
 * What an operation "remove" takes away. RFC 7644 section 3.5.2.2 has no value there; one that is sent all
 * the same names what goes, and nothing beside it goes.
 */
import { err, ok, type Result } from '../../result'
import { scimError, type ScimError } from '../error'
import type { PatchPath } from '../filter/parse'
import { isEmpty, isObject, type Json, type JsonObject } from '../json'
import { passOverName } from '../passed-over/notes'
import { findSubAttribute, pathText, target } from '../path'
import { isActive } from '../resource'
import type { AttributePath } from '../schema'
import type { Reading } from '../tolerance/reading'
import { emptyTextIsNoValue, listOfOneAsValue } from '../tolerance/values'
import { valueListOnRemove } from './tolerance'
import { readValue } from '../value'

interface Removal extends PatchPath {
  /** What goes of those that the path names; undefined for all. */
  readonly value: Json | undefined
}

type Removals = Result<readonly Removal[], ScimError>

/** True for a path that is a list as a whole. */
export function isWholeList({ path, filter }: PatchPath): boolean {
  return path.attribute.multiValued && !path.subAttribute && !filter
}

/** The refusal of taking away what a resource has to have. */
export function requiredProblem(path: AttributePath): ScimError | undefined {
  if (isActive(path)) return scimError('activeWithoutValue')
  return target(path).required
    ? scimError('requiredAttribute', { attribute: pathText(path) })
    : undefined
}

/** `json` is undefined when there is no value. */
export function readRemoval(reading: Reading, to: PatchPath, json: Json | undefined): Removals {
  const problem = requiredProblem(to.path)
  if (problem) return err(problem)
  const { attribute, subAttribute } = to.path
  const whole: Removals = ok([{ ...to, value: undefined }])
  if (json === undefined || json === null) return whole
  if (isWholeList(to)) return readListed(reading, to, json, ok([]))
  if (attribute.multiValued && !to.filter) return readPart(reading, to, json)
  // An empty value beside a filter or a name says nothing more than they do.
  if (isEmpty(json) || emptyTextIsNoValue(json)) return whole
  if (attribute.multiValued && !subAttribute) return readListed(reading, to, json, whole)
  const object = listOfOneAsValue(json) ?? json
  return target(to.path).type === 'complex' && isObject(object)
    ? readParts(reading, to, object)
    : whole
}

/**
 * Values of a list. An empty list names nobody; taking it for "all" would empty a team by accident.
 * What cannot be read names nothing: refused, but beside a filter, which is enough.
 */
function readListed(reading: Reading, to: PatchPath, json: Json, unsaid: Removals): Removals {
  const listed = valueListOnRemove(json)
  if (!listed) return unsaid
  const read = readValue(reading, to.path.attribute, listed, pathText(to.path))
  if (!read.ok) return read
  if (read.value === undefined) return to.filter ? unsaid : nothingNamed(to)
  reading.applied.add('valueListOnRemove')
  return ok([{ ...to, value: read.value }])
}

/** The value of a part, such as `emails.value`: it goes where it has that value. */
function readPart(reading: Reading, to: PatchPath, json: Json): Removals {
  const read = readValue(reading, target(to.path), json, pathText(to.path))
  if (!read.ok) return read
  if (read.value === undefined) return nothingNamed(to)
  reading.applied.add('valueListOnRemove')
  return ok([{ ...to, value: read.value }])
}

/** Parts of a single value: those that are named go, the others stay. */
function readParts(reading: Reading, to: PatchPath, object: JsonObject): Removals {
  const removals: Removal[] = []
  for (const name of Object.keys(object)) {
    const subAttribute = findSubAttribute(reading, to.path.attribute, name)
    if (!subAttribute) passOverName(reading, `${pathText(to.path)}.${name}`)
    if (!subAttribute || subAttribute.mutability === 'readOnly') continue
    const path = { ...to.path, subAttribute }
    const problem = requiredProblem(path)
    if (problem) return err(problem)
    removals.push({ path, filter: undefined, value: undefined })
  }
  if (removals.length === 0) return nothingNamed(to)
  reading.applied.add('valueListOnRemove')
  return ok(removals)
}

function nothingNamed({ path }: PatchPath): Removals {
  const expected = path.attribute.multiValued
    ? 'an entry with a value'
    : 'an object with parts of it'
  return err(scimError('wrongType', { attribute: pathText(path), expected }))
}
