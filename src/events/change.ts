/**
 * The event of a change. It holds what changed: of a resource that is long, nothing else is copied, so that
 * a small change of a long person is a small event. Pure.
 */
import type { EventType } from '../database/schema/event-types'
import { isObject, type Json, type JsonObject } from '../scim/json'
import type { Event } from './append'

/** Characters of JSON up to which an event has the whole resource. Ordinary people take 1,500. */
const shortLength = 4_096

/** Mark of a resource that an event holds in part. No attribute has this name. */
export const partMark = '$part'

/** What says whom or what a change is about, in each event of it. */
const identifying = ['userName', 'displayName', 'externalId', 'active'] as const

/**
 * The event of a resource with these attributes after a change. `changes` are differences by attribute;
 * `text` is the JSON of the attributes.
 * The event of a long resource has its identifying attributes, and of lists and objects that changed those
 * entries and members alone that differ.
 */
export function changeEvent(
  type: EventType,
  id: string,
  attributes: JsonObject,
  changes: JsonObject,
  text: string,
): Event {
  if (text.length <= shortLength) {
    return { type, resourceId: id, resource: { id, ...attributes }, changes }
  }
  const named = identifying.flatMap((name): [string, Json][] => {
    const value = attributes[name]
    return value === undefined ? [] : [[name, value]]
  })
  return {
    type,
    resourceId: id,
    resource: { id, ...Object.fromEntries(named), [partMark]: true },
    changes: Object.fromEntries(
      Object.entries(changes).map(([name, change]) => [name, narrowed(change)]),
    ),
  }
}

function narrowed(change: Json): Json {
  if (!isObject(change)) return change
  const { before = null, after = null } = change
  return { before: without(before, after), after: without(after, before) }
}

/** What one value has and the other has not; a value that is neither list nor object is one whole. */
function without(value: Json, other: Json): Json {
  if (Array.isArray(value) && Array.isArray(other)) {
    const known = new Set(other.map((entry) => JSON.stringify(entry)))
    return value.filter((entry) => !known.has(JSON.stringify(entry)))
  }
  if (!isObject(value) || !isObject(other)) return value
  const differing = Object.entries(value).filter(
    ([name, part]) => JSON.stringify(part) !== JSON.stringify(other[name]),
  )
  return Object.fromEntries(
    differing.map(([name, part]) => [name, without(part, other[name] ?? null)]),
  )
}
