/** Looking people up by a text of theirs, as they are released to the application. */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import type { Result } from '../result'
import { fold } from '../scim/filter/match'
import { isObject, type Json } from '../scim/json'
import type { Refusal } from '../database/batch'
import { userEmails, users } from '../database/schema/directory'
import { overlayEmails, overlays } from '../database/schema/guard'
import { query, value } from '../database/statement'
import { readableTenant, readerValues, type Reader } from './reader'
import {
  listedResource,
  page,
  readPage,
  resources,
  userKind,
  type Released,
  type ReleasedPage,
  type ReleasedResource,
} from './released'

const overlay = alias(overlays, 'held_person')
const user = alias(users, 'stored_person')
const none = sql.raw("''")

/** People of the overlay, by a condition with this index: SQLite would look through all of them. */
const overlaid = (index: string, condition: SQL) => sql`
  select ${overlay.userId} from ${overlays} as ${overlay} indexed by ${sql.identifier(index)}
  where ${overlay.tenantId} = ${readableTenant} and ${overlay.teamId} = ${none}
    and ${overlay.released} is not null and ${condition}`

const ofTenant = sql`select +${user.id} as key from ${users} as ${user}
  where ${user.tenantId} = ${readableTenant}`

/**
 * Ids of people who may have a text, released or not. SQLite folds ASCII alone: an address of somebody
 * held with other characters counts as found, and whoever reads compares it.
 */
const candidates = {
  userName: sql`${ofTenant} and ${user.userName} = ${value('text')}
    union ${overlaid('held_name', sql`${overlay.name} = ${value('text')}`)}`,
  email: sql`${ofTenant} and ${user.firstEmail} = ${value('text')}
    union select ${userEmails.userId} from ${userEmails}
      where ${userEmails.tenantId} = ${readableTenant} and ${userEmails.value} = ${value('text')}
    union select ${overlayEmails.userId} from ${overlayEmails}
      where ${overlayEmails.tenantId} = ${readableTenant}
        and ${overlayEmails.value} in (${value('text')}, ${none})`,
  externalId: sql`${ofTenant} and ${user.externalId} = ${value('text')}
    union ${overlaid(
      'held_external_id',
      sql`${overlay.released} ->> '$.externalId' = ${value('text')}`,
    )}`,
}

/** A text by which people are looked up. */
export interface LookUp {
  readonly by: keyof typeof candidates
  readonly text: string
}

const listCandidates = (by: LookUp['by']) =>
  query(listedResource, (fields) =>
    page(
      fields,
      resources(userKind, (id) => sql`+${id} > ${value('after')}`, candidates[by]),
    ),
  )

const findUsers = {
  userName: listCandidates('userName'),
  email: listCandidates('email'),
  externalId: listCandidates('externalId'),
}
/** A page of the people who may have the text, for the caller to compare (`isFound`). */
export function findReleasedUsers(
  database: D1Database,
  reader: Reader,
  page: ReleasedPage,
  wanted: LookUp,
): Promise<Result<Released<ReleasedResource>, Refusal>> {
  const values = { ...readerValues(reader), ...page, text: comparable(wanted) }
  return readPage(database, reader, page, findUsers[wanted.by](database, values))
}

function comparable({ by, text }: LookUp): string {
  return by === 'externalId' ? text : fold(text)
}

/** True for a user who has the text as the application sees the user. */
export function isFound(user: ReleasedResource, { by, text }: LookUp): boolean {
  const isSame = (stated: Json | undefined) => {
    return (
      typeof stated === 'string' && comparable({ by, text: stated }) === comparable({ by, text })
    )
  }
  if (by !== 'email') return isSame(user[by])
  const { emails } = user
  return Array.isArray(emails) && emails.some((email) => isObject(email) && isSame(email['value']))
}
