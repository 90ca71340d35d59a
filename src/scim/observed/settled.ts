/** Stored resources as their schemas describe them. */
import { isObject, type Json, type JsonObject } from '../json'
import { isUrn, schemaById } from '../notation/urn'
import { findAttribute } from '../path'
import type { Resource } from '../resource'
import type { Attribute, ResourceType } from '../schema'

/**
 * A resource without what neither a declared nor an observed schema describes: releases before 0.3
 * kept extensions as they were sent. The same resource where there is nothing to leave out.
 */
export function settled(type: ResourceType, resource: Resource): Resource {
  if (undescribed(type, resource) === undefined) return resource
  return Object.fromEntries(
    Object.entries(resource).flatMap(([name, held]): [string, Json][] => {
      const schema = schemaById(type, name)
      if (!isUrn(name) || (schema && !schema.isObserved)) return [[name, held]]
      const kept = isObject(held) && schema ? describedOf(schema.attributes, held) : {}
      return schema && Object.keys(kept).length > 0 ? [[schema.id, kept]] : []
    }),
  )
}

/** The first attribute of a resource that is not what an observed schema says. */
export function undescribed(type: ResourceType, resource: Resource): string | undefined {
  for (const urn of Object.keys(resource)) {
    if (!isUrn(urn)) continue
    const schema = type.extensions.find(({ id }) => id === urn)
    if (schema && !schema.isObserved) continue
    const held = resource[urn]
    if (!schema || !isObject(held)) return urn
    const found = Object.entries(held).find(([name, json]) => {
      const attribute = findAttribute(schema.attributes, name)
      return attribute?.name !== name || !isAs(attribute, json)
    })
    if (found) return `${urn}:${found[0]}`
  }
  return undefined
}

/** The described members of an extension, under the names of its schema. */
function describedOf(attributes: readonly Attribute[], held: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(held).flatMap(([name, json]) => {
      const attribute = findAttribute(attributes, name)
      return attribute && isAs(attribute, json) ? [[attribute.name, json]] : []
    }),
  )
}

function isAs(attribute: Attribute, json: Json): boolean {
  if (!attribute.multiValued) return isOne(attribute, json)
  return Array.isArray(json) && json.every((item) => isOne(attribute, item))
}

function isOne({ type, subAttributes }: Attribute, json: Json): boolean {
  switch (type) {
    case 'complex':
      return (
        isObject(json) &&
        Object.entries(json).every(([name, item]) => {
          const part = findAttribute(subAttributes, name)
          return part !== undefined && isAs(part, item)
        })
      )
    case 'integer':
      return Number.isSafeInteger(json)
    case 'decimal':
      return typeof json === 'number'
    case 'boolean':
      return typeof json === 'boolean'
    case 'string':
    case 'dateTime':
    case 'reference':
    case 'binary':
      return typeof json === 'string'
  }
}
