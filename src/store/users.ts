/** Users in D1. Every function takes the credential, and with it the tenant. */
import { sql, type SQL } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { isObject, type JsonObject } from '../scim/json'
import type { Reference, StoredUser } from '../scim/representation'
import { userType } from '../scim/user'
import { readFor, writeFor, type Credential } from './credentials'
import type { Refusal } from './database'
import { eventColumns, lastSeq, recordEvents, type Cause, type Event } from './events'
import { leaveAllTeams } from './memberships'
import { knownTotal, pageRows, pageStatements, type Listed, type Page } from './page'
import { columns, statement, value } from './statement'
import { storedResource, type Documents, type Row } from './stored'
import { events, guards, memberships, teams, tenants, userEmails, users } from './tables'

/** The teams of a user as one JSON value, `[[id, name], …]`. */
const groupsOfUser = sql`(
  select json_group_array(json_array(membership.team_id, team.attributes ->> '$.displayName'))
  from ${memberships} as membership
  join ${teams} as team
    on team.tenant_id = membership.tenant_id and team.id = membership.team_id
  where membership.tenant_id = ${users.tenantId} and membership.user_id = ${users.id})`

const userColumns: SQL = sql`${users.id} as id, ${users.attributes} as attributes,
  ${users.version} as version, ${users.createdAt} as created_at,
  ${users.updatedAt} as updated_at, ${groupsOfUser} as user_groups`

const thisUser = sql`${users.tenantId} = ${value('tenantId')} and ${users.id} = ${value('id')}`

const selectUser = statement(sql`select ${userColumns} from ${users} where ${thisUser}`)

const insertUser = statement(sql`
  insert into ${users} (${columns(
    users.tenantId,
    users.id,
    users.attributes,
    users.search,
    users.version,
    users.operation,
    users.createdAt,
    users.updatedAt,
  )}) values (${value('tenantId')}, ${value('id')}, ${value('attributes')}, ${value('search')}, 1,
    ${value('operation')}, ${value('now')}, ${value('now')})`)

const updateUser = statement(sql`
  update ${users} set attributes = ${value('attributes')}, search = ${value('search')},
    version = version + 1, operation = ${value('operation')}, updated_at = ${value('now')}
  where ${thisUser}`)

const deleteUserRow = statement(sql`delete from ${users} where ${thisUser}`)

const versionGuard = statement(sql`
  insert into ${guards} (version) select 0 where not exists (
    select 1 from ${users} where ${thisUser} and ${users.version} = ${value('version')})`)

const targetGuard = statement(sql`
  insert into ${guards} (target) select 0 where not exists (
    select 1 from ${users} where ${thisUser})`)

const countUsers = statement(sql`
  update ${tenants} set user_count = user_count + ${value('change')}
  where ${tenants.id} = ${value('tenantId')}`)

const removeEmails = statement(sql`
  delete from ${userEmails} where ${userEmails.tenantId} = ${value('tenantId')}
    and ${userEmails.userId} = ${value('id')}
    and ${userEmails.value} not in (select value from json_each(${value('emails')}))`)

const addEmails = statement(sql`
  insert or ignore into ${userEmails} (${columns(
    userEmails.tenantId,
    userEmails.value,
    userEmails.userId,
  )}) select ${value('tenantId')}, email.value, ${value('id')}
  from json_each(${value('emails')}) as email`)

const recordDeletion = statement(sql`
  insert into ${events} (${eventColumns})
  select ${value('tenantId')}, ${lastSeq} + 1, 'user.deleted', ${users.id}, null,
    ${value('now')}, json_set(${users.attributes}, '$.id', ${users.id}), '{}', ${value('cause')}
  from ${users} where ${thisUser}`)

/** A write of one user, as it goes into a batch. */
export interface UserWrite {
  readonly id: string
  readonly documents: Documents
  readonly events: readonly Event[]
  readonly operation: string
  readonly cause: Cause
  readonly now: number
}

export async function findUser(
  database: D1Database,
  credential: Credential,
  id: string,
): Promise<Result<StoredUser | undefined, Refusal>> {
  const { tenantId } = credential
  const outcome = await readFor(database, credential, [selectUser(database, { tenantId, id })])
  if (!outcome.ok) return outcome
  const row = outcome.value.rows[0]?.[0]
  return ok(row && storedUser(row))
}

export async function listUsers(
  database: D1Database,
  credential: Credential,
  page: Page,
): Promise<Result<Listed<StoredUser>, Refusal>> {
  const { list } = pageStatements(database, credential.tenantId, userType, page, {
    table: users,
    columns: userColumns,
  })
  const outcome = await readFor(database, credential, list)
  if (!outcome.ok) return outcome
  const { rows, ...found } = pageRows(page, outcome.value.rows)
  return ok({
    ...found,
    total: found.total ?? knownTotal(page) ?? outcome.value.state.userCount,
    resources: rows.map(storedUser),
  })
}

export async function insertNewUser(
  database: D1Database,
  credential: Credential,
  write: UserWrite,
): Promise<Result<unknown, Refusal>> {
  const { tenantId } = credential
  const { id, documents, operation, now } = write
  return writeFor(database, credential, [
    insertUser(database, {
      tenantId,
      id,
      operation,
      now,
      attributes: documents.attributes,
      search: documents.search,
    }),
    ...emailStatements(database, tenantId, write, undefined),
    countUsers(database, { tenantId, change: 1 }),
    ...recordEvents(database, tenantId, now, write.cause, write.events),
  ])
}

/** Writes a new version over exactly the version that was read. */
export async function replaceUser(
  database: D1Database,
  credential: Credential,
  before: StoredUser,
  emailsBefore: JsonObject,
  write: UserWrite,
): Promise<Result<unknown, Refusal>> {
  const { tenantId } = credential
  const { id, documents, operation, now } = write
  return writeFor(database, credential, [
    versionGuard(database, { tenantId, id, version: before.version }),
    updateUser(database, {
      tenantId,
      id,
      operation,
      now,
      attributes: documents.attributes,
      search: documents.search,
    }),
    ...emailStatements(database, tenantId, write, emailsBefore),
    ...recordEvents(database, tenantId, now, write.cause, write.events),
  ])
}

/** Deletes a user with everything that hangs on it; teams move on by one version. */
export async function deleteUser(
  database: D1Database,
  credential: Credential,
  deletion: {
    readonly id: string
    readonly version: number | undefined
    readonly operation: string
    readonly cause: Cause
    readonly now: number
  },
): Promise<Result<unknown, Refusal>> {
  const { tenantId } = credential
  const { id, version, operation, now } = deletion
  const cause = JSON.stringify(deletion.cause)
  return writeFor(database, credential, [
    targetGuard(database, { tenantId, id }),
    ...(version === undefined ? [] : [versionGuard(database, { tenantId, id, version })]),
    ...leaveAllTeams(database, { tenantId, userId: id, operation, cause, now }),
    removeEmails(database, { tenantId, id, emails: '[]' }),
    recordDeletion(database, { tenantId, id, now, cause }),
    deleteUserRow(database, { tenantId, id }),
    countUsers(database, { tenantId, change: -1 }),
  ])
}

function emailStatements(
  database: D1Database,
  tenantId: number,
  write: UserWrite,
  before: JsonObject | undefined,
): D1PreparedStatement[] {
  const old = before ? emailValues(before) : []
  const emails = emailValues(write.documents.searchValues)
  const isSameSet = old.length === emails.length && old.every((email) => emails.includes(email))
  if (isSameSet) return []
  const values = { tenantId, id: write.id, emails: JSON.stringify(emails) }
  return [
    ...(old.length > 0 ? [removeEmails(database, values)] : []),
    ...(emails.length > 0 ? [addEmails(database, values)] : []),
  ]
}

/** The e-mail addresses of a search document, each once. */
function emailValues(search: JsonObject): string[] {
  const emails = search['emails']
  const list = Array.isArray(emails) ? emails : []
  const values = list.flatMap((email) =>
    isObject(email) && typeof email['value'] === 'string' ? [email['value']] : [],
  )
  return Array.from(new Set(values))
}

function storedUser(row: Row): StoredUser {
  return { ...storedResource(row), groups: references(JSON.parse(String(row['user_groups']))) }
}

function references(pairs: readonly (readonly [string, string | null])[]): Reference[] {
  return pairs.map(([id, display]) => ({ id, display: display ?? '' }))
}
