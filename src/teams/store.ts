/** Reading teams from D1. Every function takes the credential, and with it the tenant. */
import { and, eq, sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { comparedBytes } from '../limits'
import { ok, type Result } from '../result'
import {
  headBytes,
  memberIdBytes,
  memberNameBytes,
  namedMembers,
  shownMembers,
  referenceBytes,
  type Reference,
  type StoredTeam,
} from '../scim/representation'
import { requiredCredential, tenantRequiring } from '../database/precondition'
import { credentialValues, type Credential } from '../tokens/credential'
import { readBatch, type Refusal } from '../database/batch'
import { select } from '../database/builder'
import { fieldList } from '../database/field'
import { jsonLists } from '../database/json-lists'
import {
  query,
  queryPerRequest,
  tenant,
  value,
  type BoundStatement,
  type Statement,
} from '../database/statement'
import { pageStatements, readPage, type Listed, type Page } from '../directory/page'
import { pageSource } from '../directory/source'
import { continueWalk, noteWalk } from '../directory/walk'
import { columnOf, isOnPage } from '../directory/cut'
import { shownTeamFields, teamFields, type TeamRow } from '../memberships/team-fields'
import { groupTypeOf } from '../tenants/settings'
import { memberships, teams, users } from '../database/schema/directory'

/** The bytes of a reference are 0 where members are not shown. */
const teamPages = pageSource(teams, shownTeamFields, {
  texts: ['attributes'],
  weigh: (column, bytes) => sql`(${number(headBytes)} + octet_length(${column('attributes')})
    + ${column('memberCount')} * iif(${column('memberCount')} > ${number(namedMembers)},
      min(${bytes}, ${number(memberIdBytes)}), ${bytes}))`,
})

function number(constant: number): SQL {
  return sql.raw(String(constant))
}

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

/** The name as an answer shows it; null for one that is too long. */
const shownDisplay = sql<string | null>`iif(octet_length(json_quote(${display}))
  <= ${number(memberNameBytes)}, ${display}, null)`

const memberFields = { id: membership.userId, display: shownDisplay }

const isPersonOf = sql`${member.tenantId} = ${membership.tenantId}
  and ${member.id} = ${membership.userId}`

const membersUpTo = sql`${membership.tenantId} = ${tenant} and ${membership.teamId} = (
  select ${teams.id} from ${teams} where ${teams.tenantId} = ${tenant}
    and ${teams.id} = ${value('teamId')} and ${teams.memberCount} <= ${value('most')})`

/** Members, unless the team has more than `most`: then none is read. */
const selectMembers: Statement<Reference> = query(
  memberFields,
  (fields) => sql`
    select ${fieldList(fields)}
    from ${memberships} as ${membership} cross join ${users} as ${member} on ${isPersonOf}
    where ${membersUpTo}`,
)

/** As filters compare them: all, or none where their names take too many bytes. */
const selectMembersByName = query(
  { id: sql<string>`id`, display: sql<string>`display` },
  (fields) => sql`
  select ${fieldList(fields)} from (
    select ${membership.userId} as id, ${display} as display,
      sum(octet_length(${membership.userId}) + octet_length(${display})) over () as bytes
    from ${memberships} as ${membership} cross join ${users} as ${member} on ${isPersonOf}
    where ${membersUpTo}) where bytes <= ${number(comparedBytes)}`,
)

/**
 * Ids of a list that are users of the tenant, and whether each is in the team. A list is one of four at
 * most, as the body of a request bounds them; without names where those of a list take too many bytes.
 */
const selectPeople = query(
  {
    id: sql<string>`id`,
    display: sql<string | null>`iif(bytes <= ${number(comparedBytes / 4)}, display, null)`,
    isMember: sql<number>`is_member`,
  },
  (fields) => sql`
  select ${fieldList(fields)} from (
    select ${member.id} as id, ${display} as display, sum(octet_length(${display})) over () as bytes,
      exists (select 1 from ${memberships} as ${membership}
        where ${membership.tenantId} = ${tenant} and ${membership.teamId} = ${value('teamId')}
          and ${membership.userId} = ${member.id}) as is_member
    from json_each(${value('ids')}) as named cross join ${users} as ${member}
      on ${member.tenantId} = ${tenant} and ${member.id} = named.value)`,
)

/** People are looked up for the teams alone whose members are shown with their names. */
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

/** Members of a team that come with it. */
export interface WantedMembers {
  /** None come when the team has more. */
  readonly upTo: number
  /** True for names as filters compare them, however long. */
  readonly isByName?: boolean
  /** Ids of people who come too, members or not. */
  readonly named?: readonly string[] | undefined
}

/** Finds a team; undefined when there is none. */
export async function findTeam(
  database: D1Database,
  credential: Credential,
  teamId: string,
  { upTo, isByName = false, named = [] }: WantedMembers,
): Promise<Result<FoundTeam | undefined, Refusal>> {
  const { tenantId } = credential
  const lists = named.length > 0 ? jsonLists(named) : []
  const outcome = await readBatch(database, [
    selectTeam(database, { ...credentialValues(credential), teamId }),
    memberStatement(database, tenantId, teamId, upTo, isByName),
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
  isByName = false,
): BoundStatement<Reference> | undefined {
  if (most === 0) return undefined
  const select = isByName ? selectMembersByName : selectMembers
  return select(database, { tenantId, teamId, most })
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

/** What a page of teams shows beside their attributes. */
export interface ShownTeams {
  readonly withMembers: boolean
  /** That of the answer, whose bytes are bounded. */
  readonly baseUrl: string
}

/** A page of teams, with their members if they are wanted. */
export async function listTeams(
  database: D1Database,
  credential: Credential,
  asked: Page,
  { withMembers, baseUrl }: ShownTeams,
): Promise<Result<Listed<StoredTeam>, Refusal>> {
  const page = continueWalk(credential, 'teams', asked)
  const { tenantId } = credential
  const type = groupTypeOf(credential)
  const reference = withMembers ? referenceBytes(baseUrl) + memberNameBytes : 0
  const statements = pageStatements(database, credential, type, page, reference, teamPages)
  const { makeCut } = statements
  const isAsked = withMembers && page.count > 0
  const allMembers = (list: SQL) => sql`select ${list} from ${makeCut()}
    cross join ${memberships} as ${membership}
      on ${membership.tenantId} = ${tenantId} and ${membership.teamId} = ${columnOf('cut', 'id')}
    left join ${users} as ${member}
      on ${isPersonOf} and ${columnOf('cut', 'memberCount')} <= ${number(namedMembers)}
    where ${isOnPage} and ${columnOf('cut', 'memberCount')} <= ${number(shownMembers)}`
  const asking = isAsked ? selectMembersOfPage(database, {}, allMembers) : undefined
  const read = await readPage(database, credential, page, teamPages, statements, asking)
  if (!read.ok) return read
  const { list, more: members } = read.value
  noteWalk(credential, 'teams', page, list)
  const byTeam = members && Map.groupBy(members, ({ teamId }) => teamId)
  const withTheirs = (team: StoredTeam): StoredTeam =>
    byTeam && team.memberCount <= shownMembers
      ? { ...team, members: byTeam.get(team.id) ?? [] }
      : team
  return ok({ ...list, resources: list.resources.map(withTheirs) })
}
