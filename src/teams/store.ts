/** Teams in D1. Writes are for the team's Durable Object alone; reads are for everybody. */
import { sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { fold } from '../scim/filter/match'
import type { Reference, StoredTeam } from '../scim/representation'
import {
  requiredCredential,
  preconditionStatement,
  allOf,
  demand,
  requiredTeam,
  tenantRequiring,
} from '../database/precondition'
import { credentialValues, readFor, type Credential } from '../tokens/credential'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { eventColumns, lastSeq, recordEvents, type Cause, type Event } from '../events/append'
import { noSurrounding, runBetween, type SurroundingStatements } from '../guard/overlay'
import { dissolve } from '../memberships/remove-from-teams'
import {
  changesMembers,
  membershipStatements,
  membershipValues,
  type MembershipChange,
} from '../memberships/store'
import { knownTotal, pageRows, pageStatements, type Listed, type Page } from '../directory/page'
import { someoneIsKnown, unknownPeople } from '../memberships/membership-sets'
import {
  columns,
  statement,
  tenant,
  value,
  type Values,
  type BoundStatement,
} from '../database/statement'
import { groupTypeOf } from '../tenants/settings'
import { hasId, textOrNull, type Documents, type Row } from '../database/row'
import { memberships, teams, users } from '../database/schema/directory'
import { reference, storedTeam, teamColumns } from '../memberships/team-row'
import { events } from '../database/schema/events'
import { tenants } from '../database/schema/tenants'

const thisTeam = sql`${teams.tenantId} = ${tenant} and ${teams.id} = ${value('teamId')}`

const selectTeam = statement(
  () => sql`
  select ${teamColumns} from ${teams}
  where ${teams.tenantId} = ${tenantRequiring(requiredCredential)} and ${teams.id} = ${value('teamId')}`,
)

/**
 * What a change wants to be so, and the team before it: the batch ends here when the token, the
 * team, its version or the people to join are not as they must be.
 */
const checkTeam = statement(
  () => sql`
  select ${teamColumns}, ${unknownPeople} as unknown from ${teams}
  where ${teams.tenantId} = ${tenantRequiring(requiredTeam, demand(someoneIsKnown, 'members'))}
    and ${teams.id} = ${value('teamId')}`,
)

/** The same for a deletion, which answers nothing. */
const checkTarget = preconditionStatement(requiredTeam)

/** How a member is shown: the name that people know the user by. */
const memberDisplay = sql`coalesce(person.attributes ->> '$.displayName',
  person.attributes ->> '$.name.formatted', person.attributes ->> '$.userName')`

const memberColumns = sql`membership.team_id as team_id, membership.user_id as user_id,
  ${memberDisplay} as display`

const membersWithNames = sql`${memberships} as membership cross join ${users} as person
  on person.tenant_id = membership.tenant_id and person.id = membership.user_id`

/** Members, unless the team has more than `most`: then none is read. */
const selectMembers = statement(
  () => sql`
  select ${memberColumns} from ${membersWithNames}
  where membership.tenant_id = ${tenant} and membership.team_id = (
    select ${teams.id} from ${teams} where ${thisTeam} and ${teams.memberCount} <= ${value('most')})`,
)

const insertTeam = statement(
  () => sql`
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
  )}) select ${tenant}, ${value('teamId')}, ${value('nameKey')},
    ${value('attributes')}, ${value('search')}, 1, ${value('operation')}, 0,
    ${value('now')}, ${value('now')}
  where ${allOf(requiredCredential, demand(someoneIsKnown, 'members'))}
  returning ${teamColumns}, ${unknownPeople} as unknown`,
)

const updateTeam = statement(
  () => sql`
  update ${teams} set name_key = ${value('nameKey')}, attributes = ${value('attributes')},
    search = ${value('search')}, version = version + 1, operation = ${value('operation')},
    updated_at = ${value('now')}
  where ${thisTeam} returning ${teamColumns}`,
)

const deleteTeamRow = statement(() => sql`delete from ${teams} where ${thisTeam}`)

const countTeams = statement(
  () => sql`
  update ${tenants} set team_count = team_count + ${value('change')}
  where ${tenants.id} = ${tenant}`,
)

const recordDeletion = statement(
  () => sql`
  insert into ${events} (${eventColumns})
  select ${tenant}, ${lastSeq} + 1, 'team.deleted', ${teams.id}, null, ${value('now')},
    json_set(${teams.attributes}, '$.id', ${teams.id}), '{}', ${value('cause')}
  from ${teams} where ${thisTeam}`,
)

/** What every write of a team carries. */
export interface TeamWrite {
  readonly teamId: string
  readonly operation: string
  /** What caused the write: that of its attributes first. */
  readonly causes: readonly [Cause, ...Cause[]]
  readonly now: number
  /** The version that the write must find. */
  readonly version: number | undefined
  /** New attributes; undefined leaves them. */
  readonly documents: Documents | undefined
  readonly events: readonly Event[]
  readonly membership: MembershipChange
  /** Statements of the guard around those of the write. */
  readonly surrounding?: SurroundingStatements
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
  const outcome = await readBatch(database, [
    selectTeam(database, { ...credentialValues(credential), teamId }),
    ...memberStatements(database, credential.tenantId, teamId, membersUpTo),
  ])
  if (!outcome.ok) return outcome
  const [teamRows, memberRows] = outcome.value
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
    ...(isAsked ? [statement(() => members)(database, {})] : []),
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
  const insert = insertTeam(database, {
    ...credentialValues(credential),
    ...documentValues(write.documents),
    ...rowValues(write),
    ...membershipValues(write.membership),
  })
  const count = countTeams(database, { tenantId, change: 1 })
  return runWrite(database, credential, write, [insert], [count])
}

/** Changes attributes, members or both: one version, one batch. */
export async function changeTeam(
  database: D1Database,
  credential: Credential,
  write: TeamWrite,
): Promise<Result<TeamState | undefined, Refusal>> {
  const { tenantId } = credential
  const { version = null, documents, membership } = write
  const conditions = { ...credentialValues(credential), version }
  // A change of members alone asks for itself: a statement less.
  if (!documents && changesMembers(membership)) {
    return runWrite(database, credential, write, [], [], conditions)
  }
  const check = checkTeam(database, {
    ...conditions,
    ...rowValues(write),
    ...membershipValues(membership),
  })
  const update =
    documents &&
    updateTeam(database, { tenantId, ...rowValues(write), ...documentValues(documents) })
  return runWrite(database, credential, write, update ? [check, update] : [check], [])
}

/**
 * The batch of a write. Each of the `first` statements answers the team as it is then, the very
 * first of the batch also who is unknown. With `conditions` the move of the members asks for them.
 */
async function runWrite(
  database: D1Database,
  { tenantId }: Credential,
  write: TeamWrite,
  first: readonly BoundStatement[],
  more: readonly BoundStatement[],
  conditions?: Values,
): Promise<Result<TeamState | undefined, Refusal>> {
  const { teamId, membersUpTo, now, causes } = write
  const moves = memberWrites(database, tenantId, write, conditions)
  const events = recordEvents(database, tenantId, now, causes[0], write.events)
  const reads = memberStatements(database, tenantId, teamId, membersUpTo)
  const statements = [...first, ...more, ...events, ...moves, ...reads]
  const outcome = await runBetween(database, write.surrounding, statements)
  if (!outcome.ok) return outcome
  const moved = first.length + more.length + events.length
  const shown = [...outcome.value.slice(0, first.length), outcome.value[moved] ?? []]
  const last = shown.slice(0, moves.length > 0 ? undefined : first.length).findLast(hasRow)
  const members = reads.length > 0 ? outcome.value.at(-1) : undefined
  return ok(teamState(last?.[0], members, unknownIn(shown[0]?.[0])))
}

export async function deleteTeam(
  database: D1Database,
  credential: Credential,
  write: Pick<TeamWrite, 'teamId' | 'operation' | 'causes' | 'now' | 'version' | 'surrounding'>,
): Promise<Result<unknown, Refusal>> {
  const { tenantId } = credential
  const { teamId, operation, version = null, now, causes } = write
  const { before, after } = write.surrounding ?? noSurrounding
  const values = { tenantId, teamId, operation, now }
  return runBatch(database, [
    ...before,
    checkTarget(database, { ...credentialValues(credential), teamId, version }),
    ...dissolve(database, { ...values, causes }),
    recordDeletion(database, { ...values, cause: JSON.stringify(causes[0]) }),
    deleteTeamRow(database, { tenantId, teamId }),
    countTeams(database, { tenantId, change: -1 }),
    ...after,
  ])
}

function memberWrites(
  database: D1Database,
  tenantId: number,
  write: TeamWrite,
  conditions: Values | undefined,
): BoundStatement[] {
  if (!changesMembers(write.membership)) return []
  // Attributes that change in the same batch have moved the version already.
  const versionStep = write.documents ? 0 : 1
  return membershipStatements(
    database,
    { tenantId, ...rowValues(write), versionStep, causes: write.causes },
    write.membership,
    conditions,
  )
}

function memberStatements(
  database: D1Database,
  tenantId: number,
  teamId: string,
  most: number,
): BoundStatement[] {
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
  unknown: readonly string[],
): TeamState | undefined {
  if (!row || !hasId(row)) return undefined
  const isComplete = memberRows?.length === Number(row['member_count'])
  return {
    team: storedTeam(row, isComplete ? memberRows.map(reference) : undefined),
    operation: String(row['operation']),
    unknown,
  }
}

function hasRow(rows: readonly Row[]): boolean {
  return rows.length > 0
}

function unknownIn(row: Row | undefined): string[] {
  const unknown: unknown = JSON.parse(textOrNull(row?.['unknown']) ?? '[]')
  return Array.isArray(unknown) ? unknown.map(String) : []
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
