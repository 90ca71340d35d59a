/** Reading users from D1. Every function takes the credential, and with it the tenant. */
import { sql, type SQL } from 'drizzle-orm'
import { ok, type Result } from '../result'
import type { Reference, StoredUser } from '../scim/representation'
import {
  requiring,
  requiredCredential,
  credentialIsRequired,
  isMet,
  tenantRequiring,
} from '../database/precondition'
import { credentialValues, readFor, type Credential } from '../tokens/credential'
import { readBatch, type Refusal } from '../database/batch'
import { knownTotal, pageRows, pageStatements, type Listed, type Page } from '../directory/page'
import { statement, tenant, value } from '../database/statement'
import { userTypeOf } from '../tenants/settings'
import { hasId, storedResource, type Row } from '../database/row'
import { memberships, teams, users } from '../database/schema/directory'

/** The teams of a user as one JSON value, `[[id, name], …]`. */
const groupsOfUser = sql`(
  select json_group_array(json_array(membership.team_id, (
    select team.attributes ->> '$.displayName' from ${teams} as team
    where team.tenant_id = membership.tenant_id and team.id = membership.team_id)))
  from ${memberships} as membership
  where membership.tenant_id = ${users.tenantId} and membership.user_id = ${users.id})`

const userColumns: SQL = sql`${users.id} as id, ${users.attributes} as attributes,
  ${users.version} as version, ${users.createdAt} as created_at,
  ${users.updatedAt} as updated_at, ${groupsOfUser} as user_groups`

const selectUser = statement(
  () => sql`select ${userColumns} from ${users}
  where ${users.tenantId} = ${tenantRequiring(requiredCredential)} and ${users.id} = ${value('id')}`,
)

const selectUsers = statement(
  () => sql`select ${userColumns}
  from ${requiring(credentialIsRequired)} left join json_each(${value('ids')}) as wanted left join ${users}
    on ${users.tenantId} = ${tenant} and ${users.id} = wanted.value
  where ${isMet}`,
)

/** Those of the ids that users have; one round trip for any number. */
export async function findUsers(
  database: D1Database,
  credential: Credential,
  ids: readonly string[],
): Promise<Result<ReadonlyMap<string, StoredUser>, Refusal>> {
  const known = credentialValues(credential)
  const [id = ''] = ids
  const select =
    ids.length === 1
      ? selectUser(database, { ...known, id })
      : selectUsers(database, { ...known, ids: JSON.stringify(ids) })
  const outcome = await readBatch(database, [select])
  if (!outcome.ok) return outcome
  const found = (outcome.value[0] ?? []).filter(hasId).map(storedUser)
  return ok(new Map(found.map((user) => [user.id, user])))
}

export async function listUsers(
  database: D1Database,
  credential: Credential,
  page: Page,
): Promise<Result<Listed<StoredUser>, Refusal>> {
  const { list } = pageStatements(
    database,
    credential.tenantId,
    userTypeOf(credential.settings),
    page,
    {
      table: users,
      columns: userColumns,
    },
  )
  const outcome = await readFor(database, credential, list)
  if (!outcome.ok) return outcome
  const { rows, ...found } = pageRows(page, outcome.value.rows)
  return ok({
    ...found,
    total: found.total ?? knownTotal(page) ?? outcome.value.state.userCount,
    resources: rows.map(storedUser),
  })
}

function storedUser(row: Row): StoredUser {
  const groups = String(row['user_groups'])
  return { ...storedResource(row), groups: groups === '[]' ? [] : references(JSON.parse(groups)) }
}

function references(pairs: readonly (readonly [string, string | null])[]): Reference[] {
  return pairs.map(([id, display]) => ({ id, display: display ?? '' }))
}
