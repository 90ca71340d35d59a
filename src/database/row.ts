/** Values of rows that are not typed yet. */
import type { JsonObject } from '../scim/json'

export type Row = Readonly<Record<string, unknown>>

export function textOrNull(field: unknown): string | null {
  return typeof field === 'string' ? field : null
}

/** A time as people and programs outside read it. */
export function isoOrNull(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}

/** JSON of an object, or nothing. */
export function objectOf(field: unknown): JsonObject | undefined {
  return typeof field === 'string' ? (JSON.parse(field) as JsonObject) : undefined
}
