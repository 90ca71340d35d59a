/** Reading users from D1. Every function takes the credential, and with it the tenant. */
import { and, eq, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { peopleTogether, readBytes } from '../limits'
import { ok, type Result } from '../result'
import {
  headBytes,
  referenceBytes,
  type Reference,
  type StoredUser,
  type UserText,
} from '../scim/representation'
import {
  requiring,
  requiredCredential,
  credentialIsRequired,
  isMet,
  tenantRequiring,
} from '../database/precondition'
import { credentialValues, type Credential } from '../tokens/credential'
import { readBatch, type Refusal } from '../database/batch'
import { select } from '../database/builder'
import { fieldList, optional } from '../database/field'
import { readAttributes, resourceFields } from '../database/resource'
import { query, tenant, value } from '../database/statement'
import { pageStatements, readPage, type Listed, type Page } from '../directory/page'
import { pageSource } from '../directory/source'
import { continueWalk, noteWalk } from '../directory/walk'
import { userTypeOf } from '../tenants/settings'
import { memberships, teams, users } from '../database/schema/directory'

const membership = alias(memberships, 'membership')
const team = alias(teams, 'team')

/** The teams of a user as one JSON value, `[[id, name], …]`. */
const groupsOfUser = sql`(
  select json_group_array(json_array(${membership.teamId}, (
    select ${team.attributes} ->> '$.displayName' from ${teams} as ${team}
    where ${team.tenantId} = ${membership.tenantId} and ${team.id} = ${membership.teamId})))
  from ${memberships} as ${membership}
  where ${membership.tenantId} = ${users.tenantId} and ${membership.userId} = ${users.id})`

/** The teams of a user, in a statement on `users`. */
export const groupsField = groupsOfUser.mapWith(readGroups)

const userFields = { ...resourceFields(users), groups: groupsField }

/** Most users of a list are in no team, and cost no parsing. */
function readGroups(pairs: string): Reference[] {
  return pairs === '[]' ? [] : references(JSON.parse(pairs))
}

function references(pairs: readonly (readonly [string, string | null])[]): Reference[] {
  return pairs.map(([id, display]) => ({ id, display: display ?? '' }))
}

/** The attributes stay the text that is stored: most of it goes into an answer as it is. */
const textFields = { ...userFields, attributes: sql<string>`${users.attributes}` }

const userPages = pageSource(users, textFields, {
  texts: ['attributes', 'groups'],
  weigh: (column, referenceBytes) => sql`(${sql.raw(String(headBytes))}
    + octet_length(${column('attributes')}) + octet_length(${column('groups')})
    + iif(${column('groups')} = '[]', 0, json_array_length(${column('groups')}) * ${referenceBytes}))`,
})

const selectUser = query(textFields, (fields) =>
  select(fields)
    .from(users)
    .where(and(eq(users.tenantId, tenantRequiring(requiredCredential)), eq(users.id, value('id')))),
)

const selectUsers = query(
  { ...userFields, id: optional(users.id) },
  (fields) => sql`select ${fieldList(fields)}
  from ${requiring(credentialIsRequired)} left join json_each(${value('ids')}) as wanted left join ${users}
    on ${users.tenantId} = ${tenant} and ${users.id} = wanted.value
  where ${isMet}`,
)

/** Those of a long list who come first, up to `readBytes`; `cut` is the place of the first one left out. */
const selectFirst = query(
  { ...userFields, id: optional(users.id), cut: sql<number | null>`cut_at` },
  (fields) => sql`
  with weighed as materialized (
    select wanted.key as place, ${users.position} as position,
      sum(octet_length(${users.attributes}) + octet_length(${groupsOfUser})) over (
        order by wanted.key rows between unbounded preceding and 1 preceding) as bytes_before
    from json_each(${value('ids')}) as wanted cross join ${users}
      on ${users.tenantId} = ${tenant} and ${users.id} = wanted.value)
  select ${fieldList(fields)}
  from ${requiring(credentialIsRequired)} cross join (select min(place) as cut_at from weighed
      where bytes_before >= ${sql.raw(String(readBytes))}) as ending
    left join weighed on place < ifnull(cut_at, ${sql.raw(String(Number.MAX_SAFE_INTEGER))})
    left join ${users} on ${users.position} = weighed.position
  where ${isMet} order by place`,
)

/** False for the row of a left join that found nothing: there everything is null. */
export function isFound<Row extends { readonly id: string | null }>(
  row: Row,
): row is Row & { readonly id: string } {
  return row.id !== null
}

/** Users of a list, up to what a step may have in memory. */
export interface FirstUsers {
  readonly found: ReadonlyMap<string, StoredUser>
  /** Number of ids, from the first one on, that were looked for: at least one. */
  readonly count: number
}

/** Finds the users of the ids that come first: all of them, unless they are long. */
export async function findFirstUsers(
  database: D1Database,
  credential: Credential,
  ids: readonly string[],
): Promise<Result<FirstUsers, Refusal>> {
  if (ids.length <= peopleTogether) {
    const found = await findUsers(database, credential, ids)
    return found.ok ? ok({ found: found.value, count: ids.length }) : found
  }
  const values = { ...credentialValues(credential), ids: JSON.stringify(ids) }
  const outcome = await readBatch(database, [selectFirst(database, values)])
  if (!outcome.ok) return outcome
  const [rows] = outcome.value
  const found = new Map(rows.filter(isFound).map((user) => [user.id, user]))
  return ok({ found, count: rows[0]?.cut ?? ids.length })
}

/** Finds a user by id; undefined for an id that no user has. */
export async function findUser(
  database: D1Database,
  credential: Credential,
  id: string,
): Promise<Result<UserText | undefined, Refusal>> {
  const values = { ...credentialValues(credential), id }
  const outcome = await readBatch(database, [selectUser(database, values)])
  return outcome.ok ? ok(outcome.value[0][0]) : outcome
}

/** Finds users by id, in one round trip; ids that no user has are missing. At most `peopleTogether`. */
export async function findUsers(
  database: D1Database,
  credential: Credential,
  ids: readonly string[],
): Promise<Result<ReadonlyMap<string, StoredUser>, Refusal>> {
  const [id] = ids
  if (id !== undefined && ids.length === 1) {
    const found = await findUser(database, credential, id)
    if (!found.ok) return found
    return ok(new Map(found.value ? [[id, readUserText(found.value)]] : []))
  }
  const values = { ...credentialValues(credential), ids: JSON.stringify(ids) }
  const outcome = await readBatch(database, [selectUsers(database, values)])
  if (!outcome.ok) return outcome
  const [rows] = outcome.value
  return ok(new Map(rows.filter(isFound).map((user) => [user.id, user])))
}

/** A user with the attributes that the text holds. */
export function readUserText(user: UserText): StoredUser {
  return { ...user, attributes: readAttributes(user.attributes), text: user.attributes }
}

/** A page of users; `baseUrl` is that of the answer, whose bytes are bounded. */
export async function listUsers(
  database: D1Database,
  credential: Credential,
  asked: Page,
  baseUrl: string,
): Promise<Result<Listed<UserText>, Refusal>> {
  const page = continueWalk(credential, 'users', asked)
  const type = userTypeOf(credential)
  const reference = referenceBytes(baseUrl)
  const statements = pageStatements(database, credential, type, page, reference, userPages)
  const read = await readPage(database, credential, page, userPages, statements)
  if (!read.ok) return read
  const { list } = read.value
  noteWalk(credential, 'users', page, list)
  return ok(list)
}
