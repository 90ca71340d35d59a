/** Teams in D1. Writes are for the team's Durable Object alone; reads are for everybody. */
import { sql, type SQL } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { fold } from '../scim/match'
import type { Reference, StoredTeam } from '../scim/representation'
import { readFor, writeFor, writeForAll, type Credential } from './credentials'
import type { Refusal, Rows } from './database'
import { eventColumns, lastSeq, recordEvents, type Cause, type Event } from './events'
import {
  changesMembers,
  dissolve,
  membershipStatements,
  selectUnknown,
  type MembershipChange,
} from './memberships'
import { knownTotal, pageRows, pageStatements, type Listed, type Page } from './page'
import { columns, statement, value } from './statement'
import { groupTypeOf } from './settings'
import { storedResource, type Documents, type Row } from './stored'
import { events, guards, memberships, teams, tenants, users } from './tables'

const teamColumns: SQL = sql`${teams.id} as id, ${teams.attributes} as attributes,
  ${teams.version} as version, ${teams.memberCount} as member_count,
  ${teams.operation} as operation, ${teams.createdAt} as created_at,
  ${teams.updatedAt} as updated_at`

const thisTeam = sql`${teams.tenantId} = ${value('tenantId')} and ${teams.id} = ${value('teamId')}`

const selectTeam = statement(sql`select ${teamColumns} from ${teams} where ${thisTeam}`)

/** How a member is shown: the name that people know the user by. */
const memberDisplay = sql`coalesce(person.attributes ->> '$.displayName',
  person.attributes ->> '$.name.formatted', person.attributes ->> '$.userName')`

const memberColumns = sql`membership.team_id as team_id, membership.user_id as user_id,
  ${memberDisplay} as display`

const membersWithNames = sql`${memberships} as membership cross join ${users} as person
  on person.tenant_id = membership.tenant_id and person.id = membership.user_id`

/** Members, unless the team has more than `most`: then none is read. */
const selectMembers = statement(sql`
  select ${memberColumns} from ${teams}
  cross join ${memberships} as membership
    on membership.tenant_id = ${teams.tenantId} and membership.team_id = ${teams.id}
  cross join ${users} as person
    on person.tenant_id = membership.tenant_id and person.id = membership.user_id
  where ${thisTeam} and ${teams.memberCount} <= ${value('most')}`)

const insertTeam = statement(sql`
  insert into ${teams} (${columns(
    teams.tenantId,
    teams.id,
    teams.nameKey,
    teams.attributes,
    teams.search,
    teams.version,
    teams.operation,
    teams.memberCount,
    teams.createdAt,
    teams.updatedAt,
  )}) values (${value('tenantId')}, ${value('teamId')}, ${value('nameKey')},
    ${value('attributes')}, ${value('search')}, 1, ${value('operation')}, 0,
    ${value('now')}, ${value('now')})`)

const updateTeam = statement(sql`
  update ${teams} set name_key = ${value('nameKey')}, attributes = ${value('attributes')},
    search = ${value('search')}, version = version + 1, operation = ${value('operation')},
    updated_at = ${value('now')}
  where ${thisTeam}`)

const deleteTeamRow = statement(sql`delete from ${teams} where ${thisTeam}`)

const targetGuard = statement(sql`
  insert into ${guards} (target) select 0 where not exists (
    select 1 from ${teams} where ${thisTeam})`)

const versionGuard = statement(sql`
  insert into ${guards} (version) select 0 where not exists (
    select 1 from ${teams} where ${thisTeam} and ${teams.version} = ${value('version')})`)

const countTeams = statement(sql`
  update ${tenants} set team_count = team_count + ${value('change')}
  where ${tenants.id} = ${value('tenantId')}`)

const recordDeletion = statement(sql`
  insert into ${events} (${eventColumns})
  select ${value('tenantId')}, ${lastSeq} + 1, 'team.deleted', ${teams.id}, null, ${value('now')},
    json_set(${teams.attributes}, '$.id', ${teams.id}), '{}', ${value('cause')}
  from ${teams} where ${thisTeam}`)

/** What every write of a team carries. */
export interface TeamWrite {
  readonly teamId: string
  readonly operation: string
  readonly cause: Cause
  readonly now: number
  /** The version that the write must find. */
  readonly version: number | undefined
  /** New attributes; undefined leaves them. */
  readonly documents: Documents | undefined
  readonly events: readonly Event[]
  readonly membership: MembershipChange
  /** Members are answered when there are not more than this many; 0 for none. */
  readonly membersUpTo: number
}

export interface TeamState {
  readonly team: StoredTeam
  readonly operation: string
  /** Ids that were to join, and that no user of the tenant has. */
  readonly unknown: readonly string[]
}

export async function findTeam(
  database: D1Database,
  credential: Credential,
  teamId: string,
  membersUpTo: number,
): Promise<Result<TeamState | undefined, Refusal>> {
  const { tenantId } = credential
  const outcome = await readFor(database, credential, [
    selectTeam(database, { tenantId, teamId }),
    ...memberStatements(database, tenantId, teamId, membersUpTo),
  ])
  if (!outcome.ok) return outcome
  const [teamRows, memberRows] = outcome.value.rows
  return ok(teamState(teamRows?.[0], memberRows, []))
}

export async function listTeams(
  database: D1Database,
  credential: Credential,
  page: Page,
  withMembers: boolean,
): Promise<Result<Listed<StoredTeam>, Refusal>> {
  const { tenantId } = credential
  const { list, ids } = pageStatements(database, tenantId, groupTypeOf(credential.settings), page, {
    table: teams,
    columns: teamColumns,
  })
  const isAsked = withMembers && page.count > 0
  const members = sql`select ${memberColumns} from ${membersWithNames}
    where membership.tenant_id = ${tenantId} and membership.team_id in (${ids})`
  const outcome = await readFor(database, credential, [
    ...list,
    ...(isAsked ? [statement(members)(database, {})] : []),
  ])
  if (!outcome.ok) return outcome
  const { rows, ...found } = pageRows(page, outcome.value.rows)
  const byTeam = isAsked ? membersByTeam(outcome.value.rows[list.length] ?? []) : undefined
  return ok({
    ...found,
    total: found.total ?? knownTotal(page) ?? outcome.value.state.teamCount,
    resources: rows.map((row) => storedTeam(row, byTeam && (byTeam.get(String(row['id'])) ?? []))),
  })
}

export async function insertNewTeam(
  database: D1Database,
  credential: Credential,
  write: TeamWrite & { readonly documents: Documents },
): Promise<Result<TeamState | undefined, Refusal>> {
  const { tenantId } = credential
  const values = { tenantId, ...documentValues(write.documents), ...rowValues(write) }
  const changes = [
    insertTeam(database, values),
    countTeams(database, { tenantId, change: 1 }),
    ...recordEvents(database, tenantId, write.now, write.cause, write.events),
    ...memberWrites(database, tenantId, write),
  ]
  const reads = answerStatements(database, tenantId, write)
  const outcome = await writeFor(database, credential, [...changes, ...reads])
  return outcome.ok ? ok(readAnswer(write, outcome.value.slice(changes.length))) : outcome
}

/** Changes attributes, members or both: one version, one batch. */
export async function changeTeam(
  database: D1Database,
  credential: Credential,
  write: TeamWrite,
): Promise<Result<TeamState | undefined, Refusal>> {
  const outcome = await changeTogether(database, [{ credential, write }])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

/** Several changes in one batch, one after the other: all of them, or none. */
export async function changeTogether(
  database: D1Database,
  list: readonly { readonly credential: Credential; readonly write: TeamWrite }[],
): Promise<Result<(TeamState | undefined)[], Refusal>> {
  const writes = list.map(({ credential, write }) => {
    const changes = changeStatements(database, credential.tenantId, write)
    const reads = answerStatements(database, credential.tenantId, write)
    return { credential, write, changes, statements: [...changes, ...reads] }
  })
  const outcome = await writeForAll(database, writes)
  if (!outcome.ok) return outcome
  return ok(
    writes.map(({ write, changes }, index) =>
      readAnswer(write, (outcome.value[index] ?? []).slice(changes.length)),
    ),
  )
}

function changeStatements(
  database: D1Database,
  tenantId: number,
  write: TeamWrite,
): D1PreparedStatement[] {
  const { teamId, version, documents } = write
  const values = { tenantId, ...rowValues(write) }
  const attributes = documents
    ? [updateTeam(database, { ...values, ...documentValues(documents) })]
    : []
  return [
    targetGuard(database, { tenantId, teamId }),
    ...(version === undefined ? [] : [versionGuard(database, { tenantId, teamId, version })]),
    ...attributes,
    ...recordEvents(database, tenantId, write.now, write.cause, write.events),
    ...memberWrites(database, tenantId, write),
  ]
}

export async function deleteTeam(
  database: D1Database,
  credential: Credential,
  write: Pick<TeamWrite, 'teamId' | 'operation' | 'cause' | 'now' | 'version'>,
): Promise<Result<unknown, Refusal>> {
  const { tenantId } = credential
  const { teamId, version, now } = write
  const cause = JSON.stringify(write.cause)
  return writeFor(database, credential, [
    targetGuard(database, { tenantId, teamId }),
    ...(version === undefined ? [] : [versionGuard(database, { tenantId, teamId, version })]),
    ...dissolve(database, { tenantId, teamId, operation: write.operation, cause, now }),
    recordDeletion(database, { tenantId, teamId, now, cause }),
    deleteTeamRow(database, { tenantId, teamId }),
    countTeams(database, { tenantId, change: -1 }),
  ])
}

/** What the answer to a write needs, read in the same batch. */
function answerStatements(
  database: D1Database,
  tenantId: number,
  { teamId, membership, membersUpTo }: TeamWrite,
): D1PreparedStatement[] {
  const { joins } = membership
  const unknown =
    joins.length > 0 ? [selectUnknown(database, { tenantId, joins: JSON.stringify(joins) })] : []
  return [
    selectTeam(database, { tenantId, teamId }),
    ...unknown,
    ...memberStatements(database, tenantId, teamId, membersUpTo),
  ]
}

function readAnswer({ membership }: TeamWrite, rows: Rows): TeamState | undefined {
  const [teamRows, ...rest] = rows
  const unknown = membership.joins.length > 0 ? (rest.shift() ?? []) : []
  return teamState(teamRows?.[0], rest[0], unknown)
}

function memberWrites(
  database: D1Database,
  tenantId: number,
  write: TeamWrite,
): D1PreparedStatement[] {
  if (!changesMembers(write.membership)) return []
  // Attributes that change in the same batch have moved the version already.
  const versionStep = write.documents ? 0 : 1
  return membershipStatements(
    database,
    { tenantId, ...rowValues(write), versionStep, cause: JSON.stringify(write.cause) },
    write.membership,
  )
}

function memberStatements(
  database: D1Database,
  tenantId: number,
  teamId: string,
  most: number,
): D1PreparedStatement[] {
  return most > 0 ? [selectMembers(database, { tenantId, teamId, most })] : []
}

function rowValues(write: TeamWrite): { teamId: string; operation: string; now: number } {
  return { teamId: write.teamId, operation: write.operation, now: write.now }
}

function documentValues(documents: Documents): {
  nameKey: string
  attributes: string
  search: string
} {
  const name = documents.searchValues['displayName']
  return {
    nameKey: typeof name === 'string' ? fold(name.trim()) : '',
    attributes: documents.attributes,
    search: documents.search,
  }
}

/** `memberRows` are empty too when the team has more members than were wanted. */
function teamState(
  row: Row | undefined,
  memberRows: readonly Row[] | undefined,
  unknown: readonly Row[],
): TeamState | undefined {
  if (!row) return undefined
  const isComplete = memberRows?.length === Number(row['member_count'])
  return {
    team: storedTeam(row, isComplete ? memberRows.map(reference) : undefined),
    operation: String(row['operation']),
    unknown: unknown.map(({ id }) => String(id)),
  }
}

function membersByTeam(rows: readonly Row[]): Map<string, Reference[]> {
  const byTeam = new Map<string, Reference[]>()
  for (const row of rows) {
    const teamId = String(row['team_id'])
    const members = byTeam.get(teamId)
    if (members) members.push(reference(row))
    else byTeam.set(teamId, [reference(row)])
  }
  return byTeam
}

function storedTeam(row: Row, members: readonly Reference[] | undefined): StoredTeam {
  const team = { ...storedResource(row), memberCount: Number(row['member_count']) }
  return members ? { ...team, members } : team
}

function reference(row: Row): Reference {
  return {
    id: String(row['user_id']),
    display: typeof row['display'] === 'string' ? row['display'] : '',
  }
}
