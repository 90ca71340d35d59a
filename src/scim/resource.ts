/** A request body read into a resource, and the small operations that every reader needs. */
import { err, ok, type Result } from '../result'
import { quote, scimError, type ScimError } from './error'
import { members } from './group'
import { isEmpty, isObject, isOther, isSame, type Json, type JsonObject } from './json'
import { readPart } from './passed-over/beside'
import { passOver, passOverName, remarkNotKept, writeOnlyReason } from './passed-over/notes'
import { seenIn } from './observed/observe'
import { findSchema, isReserved, pathText, resolvePath } from './path'
import { isSilent, refusedTolerance } from './profile'
import type { Attribute, AttributePath, ResourceType, Schema } from './schema'
import type { Reading } from './tolerance/reading'
import { schemasInsideExtension } from './tolerance/attributes'
import { emptyListIsNoValue } from './tolerance/values'
import { isStrayUrn, isUrn } from './notation/urn'
import { active } from './user'
import { nobody, readObject, readValue } from './value'
import { maximumEntries } from './text/limits'

/**
 * The attributes that a client gave, under the names of the schema; extensions under their URN, those
 * that nobody has declared by the schema that was observed of them. `id`, `meta`, `schemas`,
 * `groups` and `members` are not in here: the store adds them.
 */
export type Resource = JsonObject

/** Reads the body of POST and PUT (RFC 7644 sections 3.3 and 3.5.1). */
export function readResource(reading: Reading, body: JsonObject): Result<Resource, ScimError> {
  const resource: Resource = {}
  reading.type = seenIn(reading.type, body)
  for (const [name, json] of Object.entries(body)) {
    const problem = readOne(reading, name, () => readMember(reading, resource, name, json))
    if (problem) return err(problem)
  }
  return ok(resource)
}

/** Reads one member, which may be passed over beside a deactivation; answers what refuses it. */
function readOne(
  reading: Reading,
  what: string,
  read: () => ScimError | undefined,
): ScimError | undefined {
  const outcome = readPart(reading, what, undefined, () => {
    const problem = read()
    return problem ? err(problem) : ok(undefined)
  })
  return outcome.ok ? undefined : outcome.error
}

/** A resource that was read, with what it could not take as it was before. */
export function withKept({ beside }: Reading, before: Resource, after: Resource): Resource {
  const kept = beside?.kept ?? []
  return kept.reduce<Resource>((resource, name) => restored(before, resource, name), after)
}

/** A resource whose attribute, or extension, is as it was before. */
export function restored(
  before: Resource,
  after: Resource,
  kept: AttributePath | string,
): Resource {
  const resource = { ...after }
  if (typeof kept === 'string') assign(resource, kept, before[kept])
  else setAttribute(resource, kept, getAttribute(before, kept))
  return resource
}

/**
 * The first required attribute that has no value; those of an extension only where it is used, and
 * none that `excused` had no value of either.
 */
export function missingAttribute(
  type: ResourceType,
  resource: Resource,
  excused?: Resource,
): ScimError | undefined {
  const before = new Map(
    excused ? parts(type, excused).map(([label, holder]) => [label, holder]) : [],
  )
  for (const [label, holder, attributes] of parts(type, resource)) {
    const old = before.get(label)
    const missing = attributes.find(
      ({ required, name }) =>
        required && holder[name] === undefined && (!old || old[name] !== undefined),
    )
    if (missing) return scimError('missingAttribute', { attribute: `${label}${missing.name}` })
  }
  return undefined
}

/** Longer lists are refused before they are worked on: what is done with them would take long. */
export function tooManyValues(path: AttributePath, list: readonly Json[]): ScimError | undefined {
  return list.length > maximumEntries
    ? scimError('tooManyValues', { attribute: pathText(path), limit: maximumEntries })
    : undefined
}

/** The first immutable attribute whose value would change (RFC 7643 section 7, RFC 7644 3.5.1). */
export function changedImmutable(
  type: ResourceType,
  before: Resource | undefined,
  after: Resource,
): ScimError | undefined {
  if (!before) return undefined
  const now = new Map(parts(type, after).map(([label, holder]) => [label, holder]))
  for (const [label, holder, attributes] of parts(type, before)) {
    const changed = attributes.find(
      ({ mutability, name }) =>
        mutability === 'immutable' &&
        holder[name] !== undefined &&
        !isSame(holder[name], now.get(label)?.[name]),
    )
    if (changed) return scimError('immutable', { attribute: `${label}${changed.name}` })
  }
  return undefined
}

/** The core and each extension with values: a label, the values, and their definitions. */
function parts(
  type: ResourceType,
  resource: Resource,
): (readonly [string, JsonObject, readonly Attribute[]])[] {
  const extensions = type.extensions.flatMap((extension) => {
    const holder = resource[extension.id]
    return isObject(holder) ? [[`${extension.id}:`, holder, extension.attributes] as const] : []
  })
  return [['', resource, type.schema.attributes] as const, ...extensions]
}

/** Names that no schema describes are passed over by a tolerance. */
function readMember(
  reading: Reading,
  resource: Resource,
  name: string,
  json: Json,
): ScimError | undefined {
  const schema = findSchema(reading, name)
  if (schema) return readSchemaMembers(reading, resource, schema, json)
  const path = resolvePath(reading, name)
  if (path) {
    if (name.includes('.') && !isUrn(name)) reading.applied.add('dottedKeys')
    return readAttribute(reading, resource, path, json)
  }
  if (isReserved(reading, name)) return scimError('reservedUrn', { name: quote(name) })
  if (!isSilent(reading, json)) passOverName(reading, name)
  return undefined
}

function readSchemaMembers(
  reading: Reading,
  resource: Resource,
  schema: Schema,
  json: Json,
): ScimError | undefined {
  if (emptyListIsNoValue(json)) reading.applied.add('emptyListIsNoValue')
  if (isEmpty(json)) return undefined
  const object = readObject(reading, json)
  if (!object) {
    if (schema !== reading.type.schema) reading.beside?.kept.push(schema.id)
    return scimError('wrongType', { attribute: schema.id, expected: 'an object' })
  }
  for (const [name, value] of Object.entries(object)) {
    if (saysSchemaAgain(reading, schema, name, value)) continue
    const path = resolvePath(reading, `${schema.id}:${name}`)
    if (!path && !isSilent(reading, value)) passOverName(reading, `${schema.id}:${name}`)
    const problem =
      path && readOne(reading, pathText(path), () => readAttribute(reading, resource, path, value))
    if (problem) return problem
  }
  return undefined
}

/** True, and noted, for `schemas` inside an extension, which says what stands around it. */
export function saysSchemaAgain(
  reading: Reading,
  schema: Schema,
  name: string,
  json: Json,
): boolean {
  const isTolerated = schema !== reading.type.schema && schemasInsideExtension(schema, name, json)
  if (isTolerated) reading.applied.add('schemasInsideExtension')
  return isTolerated
}

function readAttribute(
  reading: Reading,
  resource: Resource,
  path: AttributePath,
  json: Json,
): ScimError | undefined {
  const { attribute, subAttribute } = path
  if (attribute.mutability === 'readOnly') reading.stated.push({ path, value: json })
  if (attribute.mutability === 'writeOnly' && !isEmpty(json)) {
    remarkNotKept(reading, pathText(path), writeOnlyReason)
  }
  if (attribute.mutability !== 'readWrite' && attribute.mutability !== 'immutable') return undefined
  if (subAttribute?.mutability === 'readOnly') return undefined
  // `emails.value` does not say which e-mail address is meant.
  if (subAttribute && attribute.multiValued) {
    if (attribute === members && !isEmpty(json)) return nobody({ [pathText(path)]: json })
    if (!isEmpty(json)) {
      passOver(
        reading,
        'unknownName',
        pathText(path),
        'It does not say which of the values is meant.',
      )
    }
    return undefined
  }
  // What cannot be read stays as it is, where it does not refuse the request.
  reading.beside?.kept.push(path)
  const value = readValue(reading, subAttribute ?? attribute, json, pathText(path))
  if (!value.ok) return refusedAt(path, value.error)
  noteExtension(reading, path)
  const refused = reading.beside && refusedTolerance(reading)
  if (refused) return refused
  reading.beside?.kept.pop()
  if (value.value === undefined) {
    return isActive(path) && !isEmpty(json) ? scimError('activeWithoutValue') : undefined
  }
  // Keys such as `name.givenName` may stand before or behind the object that they are a part of.
  const present = getAttribute(resource, path)
  if (isOther(present, value.value)) {
    return scimError('namedTwice', { attribute: pathText(path) })
  }
  const isMerged = isObject(present) && isObject(value.value)
  setAttribute(resource, path, isMerged ? { ...present, ...value.value } : value.value)
  return undefined
}

/** Notes that a value is of an extension that nobody has declared. */
export function noteExtension({ applied }: Reading, { extension }: AttributePath): void {
  if (extension?.isObserved) applied.add('undeclaredExtension')
}

/** The refusal of a value; of another type than was seen before, where nobody has declared one. */
export function refusedAt({ extension }: AttributePath, problem: ScimError): ScimError {
  return extension?.isObserved && problem.code === 'wrongType'
    ? scimError('seenOtherwise', problem.values)
    : problem
}

/** True for a path to `active`: silence never changes it. */
export function isActive({ attribute }: AttributePath): boolean {
  return attribute === active
}

/** The value that a path without filter names, in a resource. */
export function getAttribute(resource: Resource, path: AttributePath): Json | undefined {
  const holder = path.extension ? resource[path.extension.id] : resource
  if (!isObject(holder)) return undefined
  const value = holder[path.attribute.name]
  if (!path.subAttribute) return value
  return isObject(value) ? value[path.subAttribute.name] : undefined
}

/**
 * Sets (or with undefined clears) what a path without filter names. Names come from the schema.
 * Complex values and extensions that become empty go with it.
 */
export function setAttribute(
  resource: Resource,
  path: AttributePath,
  value: Json | undefined,
): void {
  const { extension, attribute, subAttribute } = path
  const holder = extension ? objectAt(resource, extension.id) : resource
  if (subAttribute) {
    const parent = objectAt(holder, attribute.name)
    assign(parent, subAttribute.name, value)
    assign(holder, attribute.name, isEmpty(parent) ? undefined : parent)
  } else {
    assign(holder, attribute.name, value)
  }
  if (extension) assign(resource, extension.id, isEmpty(holder) ? undefined : holder)
}

function objectAt(holder: JsonObject, name: string): JsonObject {
  const present = holder[name]
  return isObject(present) ? { ...present } : {}
}

function assign(holder: JsonObject, name: string, value: Json | undefined): void {
  if (value === undefined) delete holder[name]
  else holder[name] = value
}

/** URNs of extensions with values in this resource, declared or not. */
export function extensionsOf(resource: Resource): string[] {
  return Object.keys(resource).filter(isUrn)
}

/**
 * A stored resource without what releases before 0.3 took for extensions: content under URNs that
 * the RFCs have taken. It is not shown, and gone when the resource is next written.
 */
export function withoutStrays(resource: Resource): Resource {
  return Object.keys(resource).some(isStrayUrn)
    ? Object.fromEntries(Object.entries(resource).filter(([name]) => !isStrayUrn(name)))
    : resource
}

/** The `schemas` of a resource: its core schema, and each extension with values. */
export function schemasOf(type: ResourceType, resource: Resource): string[] {
  return [type.schema.id, ...extensionsOf(resource)]
}
