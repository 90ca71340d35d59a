/** Identification of the user that an entry of `members` names. */
import { members } from '../group'
import { isEmpty, isObject, type Json } from '../json'
import { passOverName } from '../passed-over/notes'
import { findSubAttribute } from '../path'
import type { Reading } from '../tolerance/reading'
import { jsonInText, textAsComplexValue } from '../tolerance/values'
import { memberById, memberByReference, memberByValue } from './tolerance'

/** The id of a user, as it was sent; undefined for an entry that identifies nobody. */
export function identify(reading: Reading, json: Json): string | number | undefined {
  const inner = jsonInText(members, json, 'id')
  if (inner) reading.applied.add('jsonInText')
  const text = inner ? undefined : textAsComplexValue(members, json)
  if (text) reading.applied.add('textAsComplexValue')
  const entry = inner ?? text ?? json
  if (!isObject(entry)) return undefined
  const value = memberByValue(entry)
  const id = value === undefined ? memberById(entry) : undefined
  if (id !== undefined) reading.applied.add('memberById')
  const found = value ?? id
  for (const [name, item] of Object.entries(entry)) {
    const isMeant = name.toLowerCase() === 'id' && id !== undefined
    const isKnown = isMeant || isEmpty(item) || findSubAttribute(reading, members, name)
    if (!isKnown) passOverName(reading, `members.${name}`)
  }
  if (found !== undefined) return found
  const named = memberByReference(entry)
  if (named !== undefined) reading.applied.add('memberByReference')
  return named
}
