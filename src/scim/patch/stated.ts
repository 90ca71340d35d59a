/** Read-only attributes in a PATCH without path, compared with those of the resource. */
import { scimError, type ScimError } from '../error'
import { isObject, type Json, type JsonObject } from '../json'
import { findSchema, pathText } from '../path'
import { groupsReason, passOver, readOnlyReason } from '../passed-over/notes'
import { isTolerated } from '../profile'
import type { Reading } from '../tolerance/reading'
import type { AttributePath } from '../schema'
import type { StatedValue } from './change'

/** A resource that is sent back as it was shown changes nothing; another value is no instruction. */
export function statedProblem(
  reading: Reading,
  shown: JsonObject,
  { path, value }: StatedValue,
): ScimError | undefined {
  const { extension, attribute, subAttribute } = path
  const holder = extension ? shown[extension.id] : shown
  const whole = isObject(holder) ? holder[attribute.name] : undefined
  const own = subAttribute ? (isObject(whole) ? whole[subAttribute.name] : undefined) : whole
  const isOwn = attribute.name === 'schemas' ? namesKnown(reading, value, own) : agrees(value, own)
  if (isOwn) return undefined
  passOver(reading, 'readOnlyValue', pathText(path), reasonFor(path))
  return isTolerated(reading, 'readOnlyValue')
    ? undefined
    : scimError('readOnly', { attribute: pathText(path) })
}

function reasonFor({ attribute }: AttributePath): string {
  return attribute.name === 'groups' ? groupsReason : readOnlyReason
}

/** A resource may be sent with the schemas of what it is going to have. */
function namesKnown(reading: Reading, value: Json, own: Json | undefined): boolean {
  const isKnown = (urn: Json) =>
    agrees([urn], own) || (typeof urn === 'string' && findSchema(reading, urn) !== undefined)
  return Array.isArray(value) && value.every(isKnown)
}

/** True when the stated value is what the resource has. Addresses stand below some base URL. */
export function agrees(value: Json, own: Json | undefined): boolean {
  if (value === null) return true
  if (own === undefined) return Array.isArray(value) && value.length === 0
  if (Array.isArray(value)) {
    const list = Array.isArray(own) ? own : [own]
    const isListed = (item: Json) => list.some((ownItem) => agrees(item, ownItem))
    return value.length > 0 ? value.every(isListed) : list.length === 0
  }
  if (isObject(value)) {
    const members = new Map(
      Object.entries(isObject(own) ? own : {}).map(([name, item]) => [name.toLowerCase(), item]),
    )
    return Object.entries(value).every(([name, item]) =>
      agrees(item, members.get(name.toLowerCase())),
    )
  }
  const isAddress = typeof own === 'string' && own.startsWith('/')
  return value === own || (isAddress && typeof value === 'string' && value.endsWith(own))
}
