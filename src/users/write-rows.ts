/** Writes of users, and the rows that the statements of a batch make of each. Pure. */
import { isObject, type JsonObject } from '../scim/json'
import type { Cause, Event } from '../events/append'
import type { Documents } from '../directory/documents'
import { boundDocuments } from './bound-documents'

/** A new user, or a new version of one. */
export interface UserWrite {
  readonly id: string
  /** The version that it replaces; 0 for a new user. */
  readonly version: number
  /** Milliseconds since 1970 of that version: after a restored backup another one has its number. */
  readonly updatedAt: number
  readonly documents: Documents
  /** The search document of the version before, for what follows from it. */
  readonly before: JsonObject | undefined
  readonly events: readonly Event[]
  /** Cause of its events: that of its own operation, where a Bulk has several. */
  readonly cause: Cause
}

export function rowOf({ id, version, updatedAt, documents }: UserWrite) {
  return { id, version, updatedAt, ...boundDocuments(documents) }
}

/** The resource of an event that tells of a row as it was written is null: the row has it. */
export function eventRows(write: UserWrite) {
  const cause = JSON.stringify(write.cause)
  const written = `{"id":"${write.id}",${write.documents.attributes.slice(1)}`
  return write.events.map(({ resourceId, type, resource, changes }) => {
    const text = JSON.stringify(resource)
    return {
      resourceId,
      type,
      resource: resourceId === write.id && text === written ? null : text,
      changes: JSON.stringify(changes),
      cause,
    }
  })
}

/** Differences that a write makes to the tenant's counts of users and active users: -1, 0 or 1. */
export function deltaOf({ id, before, documents }: UserWrite) {
  const isNew = before === undefined
  const activeDelta = Number(isActive(documents.searchValues)) - Number(!isNew && isActive(before))
  return { id, userDelta: Number(isNew), activeDelta }
}

function isActive(search: JsonObject): boolean {
  return search['active'] !== false
}

/** The further addresses of a user where they change, before and after. */
export function changedEmailsOf({ id, before: old, documents }: UserWrite) {
  const before = old ? furtherEmails(old) : []
  const after = furtherEmails(documents.searchValues)
  const isSameSet = before.length === after.length && before.every((email) => after.includes(email))
  return isSameSet ? [] : [{ id, before, after }]
}

/** The e-mail addresses of a search document after the first one, which `users` knows. */
function furtherEmails(search: JsonObject): string[] {
  const emails = search['emails']
  const list = Array.isArray(emails) ? emails : []
  const values = list
    .slice(1)
    .flatMap((email) =>
      isObject(email) && typeof email['value'] === 'string' ? [email['value']] : [],
    )
  return Array.from(new Set(values))
}
