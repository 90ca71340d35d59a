/** Reading users from D1. Every function takes the credential, and with it the tenant. */
import { and, eq, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { peopleTogether, readBytes } from '../limits'
import { ok, type Result } from '../result'
import { headBytes, referenceBytes, type Reference, type StoredUser } from '../scim/representation'
import {
  requiring,
  requiredCredential,
  credentialIsRequired,
  isMet,
  tenantRequiring,
} from '../database/precondition'
import { credentialValues, readFor, type Credential } from '../tokens/credential'
import { readBatch, type Refusal } from '../database/batch'
import { select } from '../database/builder'
import { fieldList, optional } from '../database/field'
import { resourceFields } from '../database/resource'
import { query, tenant, value } from '../database/statement'
import {
  knownTotal,
  pageRows,
  pageSource,
  pageStatements,
  type Listed,
  type Page,
} from '../directory/page'
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

const userFields = { ...resourceFields(users), groups: groupsOfUser.mapWith(readGroups) }

/** Most users of a list are in no team, and cost no parsing. */
function readGroups(pairs: string): Reference[] {
  return pairs === '[]' ? [] : references(JSON.parse(pairs))
}

function references(pairs: readonly (readonly [string, string | null])[]): Reference[] {
  return pairs.map(([id, display]) => ({ id, display: display ?? '' }))
}

const userPages = pageSource(users, userFields, {
  texts: ['attributes', 'groups'],
  weigh: (column, referenceBytes) => sql`(${sql.raw(String(headBytes))}
    + octet_length(${column('attributes')}) + octet_length(${column('groups')})
    + json_array_length(${column('groups')}) * ${referenceBytes})`,
})

const selectUser = query(userFields, (fields) =>
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

const selectGroups = query({ id: users.id, groups: userFields.groups }, (fields) =>
  select(fields)
    .from(users)
    .where(and(eq(users.tenantId, tenant), eq(users.id, value('id')))),
)

/** The teams of one person, for the batch of a write. */
export function groupsOf(
  database: D1Database,
  { tenantId }: Credential,
  [one]: readonly { readonly id: string }[],
) {
  return selectGroups(database, { tenantId, id: one?.id ?? '' })
}

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

/** Finds users by id, in one round trip; ids that no user has are missing. At most `peopleTogether`. */
export async function findUsers(
  database: D1Database,
  credential: Credential,
  ids: readonly string[],
): Promise<Result<ReadonlyMap<string, StoredUser>, Refusal>> {
  const known = credentialValues(credential)
  const [id = ''] = ids
  const outcome = await readBatch(database, [
    ids.length === 1
      ? selectUser(database, { ...known, id })
      : selectUsers(database, { ...known, ids: JSON.stringify(ids) }),
  ])
  if (!outcome.ok) return outcome
  const [rows] = outcome.value
  return ok(new Map(rows.filter(isFound).map((user) => [user.id, user])))
}

/** A page of users; `baseUrl` is that of the answer, whose bytes are bounded. */
export async function listUsers(
  database: D1Database,
  credential: Credential,
  asked: Page,
  baseUrl: string,
): Promise<Result<Listed<StoredUser>, Refusal>> {
  const page = continueWalk(credential, 'users', asked)
  const { tenantId } = credential
  const type = userTypeOf(credential)
  const reference = referenceBytes(baseUrl)
  const { count, rows } = pageStatements(database, tenantId, type, page, reference, userPages)
  const outcome = await readFor(database, credential, [count, rows])
  if (!outcome.ok) return outcome
  const { rows: answers, state } = outcome.value
  const read = await pageRows(database, tenantId, page, userPages, answers)
  if (!read.ok) return read
  const { rows: resources, ...found } = read.value
  noteWalk(credential, 'users', page, { ...found, resources })
  return ok({ ...found, total: found.total ?? knownTotal(page) ?? state.userCount, resources })
}
