/** Documents made of a resource when it is written: its attributes, and what filters search. */
import type { JsonObject } from '../scim/json'
import { searchDocument } from '../scim/filter/match'
import { schemasOf, type Resource } from '../scim/resource'
import type { ResourceType } from '../scim/schema'

export interface Documents {
  /** The resource, and its JSON. */
  readonly values: Resource
  readonly attributes: string
  readonly searchValues: JsonObject
}

/** The documents of a resource: as it is returned, and in the form that filters compare. */
export function documentsOf(type: ResourceType, resource: Resource): Documents {
  const searchValues = searchDocument(type, { ...resource, schemas: schemasOf(type, resource) })
  return { values: resource, attributes: JSON.stringify(resource), searchValues }
}
