/** Resources as D1 keeps them, and the documents made of a resource when it is written. */
import type { JsonObject } from '../scim/json'
import { searchDocument } from '../scim/filter/match'
import type { StoredResource } from '../scim/representation'
import { schemasOf, type Resource } from '../scim/resource'
import type { ResourceType } from '../scim/schema'

export type Row = Readonly<Record<string, unknown>>

export function textOrNull(field: unknown): string | null {
  return typeof field === 'string' ? field : null
}

export function timeOrNull(field: unknown): number | null {
  return typeof field === 'number' ? field : null
}

/** False for the row of an outer join that found nothing. */
export function hasId(row: Row | undefined): boolean {
  return typeof row?.['id'] === 'string'
}

/** A time as people and programs outside read it. */
export function isoOrNull(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}

/** JSON of an object, or nothing. */
export function objectOf(field: unknown): JsonObject | undefined {
  return typeof field === 'string' ? (JSON.parse(field) as JsonObject) : undefined
}

export function storedResource(row: Row): StoredResource {
  return {
    id: String(row['id']),
    attributes: JSON.parse(String(row['attributes'])) as JsonObject,
    version: Number(row['version']),
    createdAt: Number(row['created_at']),
    updatedAt: Number(row['updated_at']),
  }
}

/** Bytes that the attributes of one resource may take, so that a write with its event stays far below D1's 2 MB. */
export const maximumResourceBytes = 256 * 1024

export interface Documents {
  readonly attributes: string
  readonly search: string
  readonly searchValues: JsonObject
}

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
