/**
 * What is seen of extensions that no schema describes becomes a schema, which everything reads as
 * if the tenant had declared it: what an answer names is described (RFC 7643 section 3).
 */
import { isObject, type Json, type JsonObject } from '../json'
import { cutUrn, isReservedUrn, isUrn, schemaById } from '../notation/urn'
import {
  attribute,
  type Attribute,
  type ResourceType,
  type Schema,
  type SeenAttribute,
  type SeenSchema,
} from '../schema'
import { listOfOneAsValue, objectInText } from '../tolerance/values'
import { attributeAt, attributesFrom, countOf, joinAttribute } from './infer'

/** Attributes that are observed in a tenant, at most; sub-attributes count. */
export const maximumObserved = 100

const maximumUrnLength = 200

/** Longer than a URN with an attribute and a part behind it. */
const maximumPathLength = 400

/** A URN that a tenant may declare. */
export const urnPattern = /^urn:[a-z0-9][a-z0-9-]{0,31}:[\w.:-]+$/i

/** True when nothing more is observed, so that the rest is passed over. */
export function isFull({ observed = [] }: ResourceType): boolean {
  return countOf(observed.flatMap(({ attributes }) => attributes)) >= maximumObserved
}

/** The type with what was observed, in place of what it knew of that before. */
export function withObserved(type: ResourceType, observed: readonly SeenSchema[]): ResourceType {
  const declared = type.extensions.filter(({ isObserved }) => !isObserved)
  const isDeclared = (id: string) => declared.some((schema) => isSameUrn(schema.id, id))
  const own = observed.filter(
    ({ id, resourceTypes }) => resourceTypes.includes(type.name) && !isDeclared(id),
  )
  return { ...type, observed, extensions: [...declared, ...own.map(schemaOf)] }
}

/** The type with what a resource of it shows: the body of a request, or what is stored. */
export function seenIn(type: ResourceType, resource: JsonObject): ResourceType {
  let result = type
  for (const name of Object.keys(resource)) {
    if (isUrn(name)) result = seenAt(result, name, resource[name] ?? null)
  }
  return result
}

/** The type with what operations of a PATCH give. */
export function seenInPatch(type: ResourceType, operations: readonly Json[]): ResourceType {
  return operations.filter(isObject).reduce((result, operation) => {
    const entries = Object.entries(operation).map(([name, json]) => [name.toLowerCase(), json])
    const { op, path, value } = Object.fromEntries(entries) as Partial<JsonObject>
    if (value === undefined || (typeof op === 'string' && /^remove$/i.test(op))) return result
    if (typeof path === 'string' && path.trim() !== '') {
      return seenAtPath(result, path.trim(), value)
    }
    const object = objectOf(value)
    return object ? seenIn(result, object) : result
  }, type)
}

/** A path may choose entries of a list: `urn:…:phones[type eq "work"].value`. */
function seenAtPath(type: ResourceType, path: string, json: Json): ResourceType {
  if (path.length > maximumPathLength || !path.includes('[')) return seenAt(type, path, json)
  const [, list, part] = /^([^[]+)\[.*\](?:\.([^.]+))?$/.exec(path) ?? []
  if (list === undefined || !isUrn(list) || !cutUrn(type, list)) return type
  return part === undefined ? seenAt(type, list, json) : seenAt(type, `${list}.${part}`, json)
}

/**
 * The type with what stands at a URN, or at a path behind one: `urn:…:User`, `urn:…:User:badge`.
 * Nothing tells the two apart but what was seen before, and then the value: an object is a whole
 * extension.
 */
function seenAt(type: ResourceType, text: string, json: Json): ResourceType {
  if (text.length > maximumPathLength || !isUrn(text)) return type
  const schema = schemaById(type, text)
  if (schema) {
    const object = schema.isObserved ? objectOf(json) : undefined
    return object ? grown(type, schema.id, attributesFrom(object)) : type
  }
  const cut = cutUrn(type, text)
  const holder = cut && schemaById(type, cut.urn)
  if (cut) {
    return holder?.isObserved ? grown(type, holder.id, listOf(attributeAt(cut.rest, json))) : type
  }
  if (isReservedUrn(type, text)) return type
  const colon = text.lastIndexOf(':')
  const [id, seen] = isObject(json)
    ? [text, attributesFrom(json)]
    : [text.slice(0, colon), listOf(attributeAt(text.slice(colon + 1), json))]
  const isFree = id.length <= maximumUrnLength && urnPattern.test(id) && !isReservedUrn(type, id)
  return isFree ? grown(type, id, seen) : type
}

/** The object that a value is, or stands for: in a list of one, or as JSON text. */
function objectOf(json: Json): JsonObject | undefined {
  const value = listOfOneAsValue(json) ?? json
  return isObject(value) ? value : objectInText(value)
}

function listOf<T>(item: T | undefined): readonly T[] {
  return item === undefined ? [] : [item]
}

/** The type with attributes of an observed schema; the same type for nothing new. */
function grown(type: ResourceType, urn: string, seen: readonly SeenAttribute[]): ResourceType {
  if (seen.length === 0) return type
  const observed = type.observed ?? []
  const index = observed.findIndex(({ id }) => isSameUrn(id, urn))
  const known = observed[index] ?? { id: urn, resourceTypes: [], attributes: [] }
  const others = observed.filter((one) => one !== known)
  const left = maximumObserved - countOf(others.flatMap((one) => one.attributes))
  const attributes = seen.reduce((list, one) => joinWithin(list, one, left), known.attributes)
  const isNewType = attributes.length > 0 && !known.resourceTypes.includes(type.name)
  if (attributes === known.attributes && !isNewType) return type
  const resourceTypes = isNewType ? [...known.resourceTypes, type.name] : known.resourceTypes
  const next = { ...known, resourceTypes, attributes }
  return withObserved(type, index < 0 ? [...observed, next] : observed.with(index, next))
}

/** Attributes with one more, as far as there is room for it and its parts. */
function joinWithin(
  list: readonly SeenAttribute[],
  seen: SeenAttribute,
  most: number,
): readonly SeenAttribute[] {
  const joined = joinAttribute(list, seen)
  if (joined === list || countOf(joined) <= most) return joined
  const parts = seen.subAttributes ?? []
  if (parts.length < 2) return list
  // Part by part: those that still fit.
  return parts.reduce(
    (fitting, part) => joinWithin(fitting, { ...seen, subAttributes: [part] }, most),
    list,
  )
}

function isSameUrn(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}

const description = 'Observed in what the identity provider sends, and not declared.'

const schemas = new WeakMap<SeenSchema, Schema>()

/** What was seen as a schema. Nobody has said that case does not matter: text compares exactly. */
export function schemaOf(seen: SeenSchema): Schema {
  const known = schemas.get(seen)
  if (known) return known
  const { id } = seen
  const attributes = seen.attributes.map(definitionOf)
  const schema: Schema = { id, name: id.slice(0, 100), description, attributes, isObserved: true }
  schemas.set(seen, schema)
  return schema
}

function definitionOf({ name, type, multiValued, subAttributes }: SeenAttribute): Attribute {
  return attribute(name, 'Observed.', {
    type,
    multiValued,
    caseExact: type === 'string',
    ...(subAttributes ? { subAttributes: subAttributes.map(definitionOf) } : {}),
  })
}
