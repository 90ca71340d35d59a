/** The fields of a user or a team that make a resource. */
import type { teams, users } from './schema/directory'

/** A row of these fields is a `StoredResource`. */
export function resourceFields(table: typeof users | typeof teams) {
  const { id, attributes, version, createdAt, updatedAt } = table
  return { id, attributes, version, createdAt, updatedAt }
}
