/** Reading users from D1. Every function takes the credential, and with it the tenant. */
import { and, eq, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
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

/** False for the row of a left join that found nothing: there everything is null. */
export function isFound<Row extends { readonly id: string | null }>(
  row: Row,
): row is Row & { readonly id: string } {
  return row.id !== null
}

/** Finds users by id, in one round trip for any number; ids that no user has are missing. */
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
  page: Page,
  baseUrl: string,
): Promise<Result<Listed<StoredUser>, Refusal>> {
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
  return ok({ ...found, total: found.total ?? knownTotal(page) ?? state.userCount, resources })
}
