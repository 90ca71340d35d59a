/** Tolerances for members of a team that RFC 7643 section 4.2 does not allow. */
import { isEmpty, isObject, textOf, type Json, type JsonObject } from '../json'

/** Members of an object by their names in lower case: attribute names do not depend on case. */
function partOf(entry: JsonObject, name: string): Json | undefined {
  return Object.entries(entry).find(([key]) => key.toLowerCase() === name)?.[1]
}

/** The user's own attribute for the reference to it: `"members": [{"id": "2819"}]`. */
export function memberById(entry: JsonObject): string | undefined {
  return nonBlank(partOf(entry, 'id'))
}

/** An address alone: `"members": [{"$ref": "../Users/2819/"}]`. Its last part is the id. */
export function memberByReference(entry: JsonObject): string | undefined {
  const address = textOf(partOf(entry, '$ref')).split(/[?#]/, 1)[0] ?? ''
  return nonBlank(address.replace(/\/+$/, '').split('/').at(-1))
}

/**
 * go-atlassian and the Databricks SDKs (`Groups.Update`) rename a team by `PUT {"id": "7301",
 * "displayName": "Sales"}`: without `schemas`, and with nothing that is not a name of the team.
 */
export function renameByPut(body: JsonObject): boolean {
  const named = Object.entries(body).filter(([, value]) => !isEmpty(value))
  return named.every(([name]) => /^(displayName|id|externalId)$/i.test(name))
}

/** ConnId: `{"op": "remove", "path": "members", "value": {"members": [{"value": "2819"}]}}`. */
export function membersInsideValue(value: Json): Json | undefined {
  const only = isObject(value) ? Object.entries(value) : []
  return only.length === 1 && only[0]?.[0].toLowerCase() === 'members' ? only[0][1] : undefined
}

/** The id of a member as RFC 7643 section 4.2 has it; a number is read as text is elsewhere. */
export function memberByValue(entry: JsonObject): string | number | undefined {
  const value = partOf(entry, 'value')
  return typeof value === 'number' ? value : nonBlank(value)
}

function nonBlank(json: Json | undefined): string | undefined {
  const text = textOf(json)
  return text.trim() === '' ? undefined : text
}
