/** Writes of users, and the rows that the statements of a batch make of each. Pure. */
import { searchDocument } from '../scim/filter/match'
import { isObject, isSame, type JsonObject } from '../scim/json'
import type { Resource } from '../scim/resource'
import { userType } from '../scim/user'
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
  /** The attributes of the version before, for what follows from it. */
  readonly before: Resource | undefined
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
  return write.events.map(({ resourceId, type, resource, changes }) => ({
    resourceId,
    type,
    resource: isAsWritten(write, resource) ? null : JSON.stringify(resource),
    changes: JSON.stringify(changes),
    cause,
  }))
}

/** True for the id and the very attributes that are written, in their order. */
function isAsWritten({ id, documents: { values } }: UserWrite, resource: JsonObject): boolean {
  const [first, ...names] = Object.keys(resource)
  const written = Object.keys(values)
  return (
    first === 'id' &&
    resource[first] === id &&
    names.length === written.length &&
    written.every((name, place) => name === names[place] && resource[name] === values[name])
  )
}

/** Differences that a write makes to the tenant's counts of users and active users: -1, 0 or 1. */
export function deltaOf({ id, before, documents }: UserWrite) {
  const isNew = before === undefined
  const activeDelta = Number(isActive(documents.values)) - Number(!isNew && isActive(before))
  return { id, userDelta: Number(isNew), activeDelta }
}

function isActive({ active }: Resource): boolean {
  return active !== false
}

/** The further addresses of a user where they change, before and after. */
export function changedEmailsOf({ id, before: old, documents }: UserWrite) {
  const { values, searchValues } = documents
  if (isSame(old?.['emails'], values['emails'])) return []
  const before = old
    ? furtherEmails(searchDocument(userType, { emails: old['emails'] ?? null }))
    : []
  const after = furtherEmails(searchValues)
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
