/** Events of a change, from what the application saw to what it sees. Pure. */
import { differences } from '../scim/patch/apply'
import { isSame, type Json, type JsonObject } from '../scim/json'
import type { Event } from '../events/append'
import { changeEvent } from '../events/change'

/**
 * Events of a person: one for access that is lost or regained, one for everything else. `text` is the JSON
 * of `after`, for whoever has it.
 */
export function userEvents(
  id: string,
  before: JsonObject,
  after: JsonObject,
  text = JSON.stringify(after),
): Event[] {
  const { active, ...others } = differences(before, after)
  const events: Event[] = []
  if (Object.keys(others).length > 0) {
    events.push(changeEvent('user.updated', id, after, others, text))
  }
  if (active !== undefined) {
    const type = after['active'] === false ? 'user.deactivated' : 'user.reactivated'
    events.push(changeEvent(type, id, after, { active }, text))
  }
  return events
}

/** How one document is made of another: members that go, as null, and those that come in their place. */
export interface Difference {
  readonly dropped: JsonObject
  readonly added: JsonObject
}

/** What makes `before` of `after`, by their attributes. */
export function differenceTo(before: JsonObject, after: JsonObject): Difference {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  const differing = [...names].filter((name) => !isSame(before[name], after[name]))
  const added = differing.flatMap((name): [string, Json][] => {
    const value = before[name]
    return value === undefined ? [] : [[name, value]]
  })
  return {
    dropped: Object.fromEntries(differing.map((name) => [name, null])),
    added: Object.fromEntries(added),
  }
}

/** Events of a team: a new name is an event of its own. */
export function teamEvents(id: string, before: JsonObject, after: JsonObject): Event[] {
  const { displayName, ...others } = differences(before, after)
  const events: Event[] = []
  if (displayName !== undefined) {
    events.push(changeEvent('team.renamed', id, after, { displayName }, JSON.stringify(after)))
  }
  if (Object.keys(others).length > 0) {
    events.push(changeEvent('team.updated', id, after, others, JSON.stringify(after)))
  }
  return events
}
