/** Reading teams from D1. Every function takes the credential, and with it the tenant. */
import { and, eq, sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import type { Reference, StoredTeam } from '../scim/representation'
import { requiredCredential, tenantRequiring } from '../database/precondition'
import { credentialValues, readFor, type Credential } from '../tokens/credential'
import { readBatch, type Refusal } from '../database/batch'
import { select } from '../database/builder'
import { fieldList } from '../database/field'
import { jsonLists } from '../database/json-lists'
import { query, queryPerRequest, tenant, value, type BoundStatement } from '../database/statement'
import {
  knownTotal,
  pageRows,
  pageSource,
  pageStatements,
  type Listed,
  type Page,
} from '../directory/page'
import { shownTeamFields, teamFields, type TeamRow } from '../memberships/team-fields'
import { groupTypeOf } from '../tenants/settings'
import { memberships, teams, users } from '../database/schema/directory'

const teamPages = pageSource(teams, shownTeamFields)

const selectTeam = query(teamFields, (fields) =>
  select(fields)
    .from(teams)
    .where(
      and(eq(teams.tenantId, tenantRequiring(requiredCredential)), eq(teams.id, value('teamId'))),
    ),
)

const membership = alias(memberships, 'membership')
const member = alias(users, 'member')

/** The name that people know the user by. */
const display = sql<string>`coalesce(${member.attributes} ->> '$.displayName',
  ${member.attributes} ->> '$.name.formatted', ${member.attributes} ->> '$.userName', '')`

const memberFields = { id: membership.userId, display }

const membersWithNames = sql`${memberships} as ${membership} cross join ${users} as ${member}
  on ${member.tenantId} = ${membership.tenantId} and ${member.id} = ${membership.userId}`

/** Members, unless the team has more than `most`: then none is read. */
const selectMembers = query(
  memberFields,
  (fields) => sql`
  select ${fieldList(fields)} from ${membersWithNames}
  where ${membership.tenantId} = ${tenant} and ${membership.teamId} = (
    select ${teams.id} from ${teams} where ${teams.tenantId} = ${tenant}
      and ${teams.id} = ${value('teamId')} and ${teams.memberCount} <= ${value('most')})`,
)

/** Ids of a list that are users of the tenant, and whether each is in the team. */
const selectPeople = query(
  {
    id: sql<string>`${member.id}`,
    display,
    isMember: sql<number>`exists (select 1 from ${memberships} as ${membership}
      where ${membership.tenantId} = ${tenant} and ${membership.teamId} = ${value('teamId')}
        and ${membership.userId} = ${member.id})`,
  },
  (fields) => sql`
  select ${fieldList(fields)} from json_each(${value('ids')}) as named cross join ${users} as ${member}
  on ${member.tenantId} = ${tenant} and ${member.id} = named.value`,
)

const selectMembersOfPage = queryPerRequest({ ...memberFields, teamId: membership.teamId }, {})

export interface TeamState {
  readonly team: StoredTeam
  readonly operation: string
  /** Ids that were to join, and that no user of the tenant has: at most 5,000 of them. */
  readonly unknown: readonly string[]
  readonly unknownCount: number
}

/** A user whom a change names, and whether they are in the team. */
export interface NamedPerson extends Reference {
  readonly isMember: number
}

/** The people of `named`, as far as they are users of the tenant, are read with the team. */
export interface FoundTeam extends TeamState {
  readonly people: readonly NamedPerson[]
}

/**
 * Finds a team; undefined when there is none. Members come with it when there are at most
 * `membersUpTo`.
 */
export async function findTeam(
  database: D1Database,
  credential: Credential,
  teamId: string,
  membersUpTo: number,
  named: readonly string[] = [],
): Promise<Result<FoundTeam | undefined, Refusal>> {
  const { tenantId } = credential
  const lists = named.length > 0 ? jsonLists(named) : []
  const outcome = await readBatch(database, [
    selectTeam(database, { ...credentialValues(credential), teamId }),
    memberStatement(database, tenantId, teamId, membersUpTo),
    lists.map((ids) => selectPeople(database, { tenantId, teamId, ids })),
  ])
  if (!outcome.ok) return outcome
  const [[team], members, people] = outcome.value
  const state = teamState(team, members)
  return ok(state && { ...state, people: people.flat() })
}

/** Reads the members when there are at most this many; undefined for none. */
export function memberStatement(
  database: D1Database,
  tenantId: number,
  teamId: string,
  most: number,
): BoundStatement<Reference> | undefined {
  return most > 0 ? selectMembers(database, { tenantId, teamId, most }) : undefined
}

/** `members` are empty too when the team has more of them than were wanted. */
export function teamState(
  row: TeamRow | undefined,
  members: readonly Reference[] | undefined,
  unknown: Pick<TeamState, 'unknown' | 'unknownCount'> = { unknown: [], unknownCount: 0 },
): TeamState | undefined {
  if (!row) return undefined
  const { id, attributes, version, createdAt, updatedAt, memberCount, operation } = row
  const team = { id, attributes, version, createdAt, updatedAt, memberCount }
  const isComplete = members?.length === memberCount
  return {
    team: isComplete ? { ...team, members } : team,
    operation,
    unknown: unknown.unknown,
    unknownCount: unknown.unknownCount,
  }
}

/** A page of teams, with their members if they are wanted. */
export async function listTeams(
  database: D1Database,
  credential: Credential,
  page: Page,
  withMembers: boolean,
): Promise<Result<Listed<StoredTeam>, Refusal>> {
  const { tenantId } = credential
  const statements = pageStatements(database, tenantId, groupTypeOf(credential), page, teamPages)
  const { count, rows, ids } = statements
  const isAsked = withMembers && page.count > 0
  const allMembers = (list: SQL) => sql`select ${list} from ${membersWithNames}
    where ${membership.tenantId} = ${tenantId} and ${membership.teamId} in (${ids})`
  const outcome = await readFor(database, credential, [
    count,
    rows,
    isAsked ? selectMembersOfPage(database, {}, allMembers) : undefined,
  ])
  if (!outcome.ok) return outcome
  const [counted, read, members] = outcome.value.rows
  const { rows: listed, ...found } = pageRows(page, counted, read)
  const byTeam = members && Map.groupBy(members, ({ teamId }) => teamId)
  return ok({
    ...found,
    total: found.total ?? knownTotal(page) ?? outcome.value.state.teamCount,
    resources: byTeam
      ? listed.map((team) => ({ ...team, members: byTeam.get(team.id) ?? [] }))
      : listed,
  })
}
