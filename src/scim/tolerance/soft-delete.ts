/** Names of people whom Entra has deleted softly. Pure. */
import { fold } from '../filter/match'
import { isObject, textOf, type Json, type JsonObject } from '../json'

/**
 * Entra (soft delete): the object's id without its hyphens stands before the name, beside
 * `"active": "False"`:
 * `{"op": "Replace", "path": "userName", "value": "0f8fad5bd9cb469fa16570867728950eann@example.com"}`.
 * Thirty days later the person is deleted, or has the old name again. `known` is the name without it.
 */
export function isSoftDeletedName(userName: string, known: string): boolean {
  return (
    known !== '' && /^[0-9a-f]{32}/i.test(userName) && fold(formerNameOf(userName)) === fold(known)
  )
}

/** The name behind the one of a soft delete. */
export function formerNameOf(userName: string): string {
  return userName.slice(32)
}

/** A person by another userName, which also stands wherever else the present one is a value. */
export function withUserName(person: JsonObject, userName: string): JsonObject {
  const present = textOf(person['userName'])
  const renamed = (value: Json): Json => {
    if (value === present) return userName
    if (Array.isArray(value)) return value.map(renamed)
    if (!isObject(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, renamed(item)]))
  }
  return present === '' ? { ...person, userName } : (renamed(person) as JsonObject)
}
