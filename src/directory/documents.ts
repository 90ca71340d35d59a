/** Documents made of a resource when it is written: its attributes, and what filters search. */
import type { JsonObject } from '../scim/json'
import { searchDocument } from '../scim/filter/match'
import { schemasOf, type Resource } from '../scim/resource'
import type { ResourceType } from '../scim/schema'

/**
 * Bytes that the attributes of one resource may take, so that a write with its event stays far
 * below D1's 2 MB.
 */
export const maximumResourceBytes = 256 * 1024

export interface Documents {
  /** JSON of the resource. */
  readonly attributes: string
  /** JSON of `searchValues`. */
  readonly search: string
  readonly searchValues: JsonObject
}

/** The documents of a resource: as it is returned, and in the form that filters compare. */
export function documentsOf(type: ResourceType, resource: Resource): Documents {
  const searchValues = searchDocument(type, {
    ...resource,
    schemas: schemasOf(type, resource),
  })
  return {
    attributes: JSON.stringify(resource),
    search: JSON.stringify(searchValues),
    searchValues,
  }
}

export function isTooLarge({ attributes }: Documents): boolean {
  // A UTF-16 unit takes three bytes at most: nearly all are small without being counted.
  return (
    attributes.length > maximumResourceBytes / 3 &&
    new TextEncoder().encode(attributes).length > maximumResourceBytes
  )
}
