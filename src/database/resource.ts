/** The fields of a user or a team that make a resource. */
import { sql, type SQL } from 'drizzle-orm'
import { withoutStrays, type Resource } from '../scim/resource'
import type { teams, users } from './schema/directory'

/** A row of these fields is a `StoredResource`. */
export function resourceFields(table: typeof users | typeof teams) {
  const { id, attributes, version, createdAt, updatedAt } = table
  const shown: SQL<Resource> = sql`${attributes}`.mapWith(readAttributes)
  return { id, attributes: shown, version, createdAt, updatedAt }
}

/** Attributes as they are stored, without what nobody is shown. */
export function readAttributes(text: string): Resource {
  return withoutStrays(JSON.parse(text) as Resource)
}
