/** Reads of the directory for the operator: by tenant, without a token. */
import { and, eq, sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import { fold } from '../scim/filter/match'
import { readBatch, type Refusal } from '../database/batch'
import { select } from '../database/builder'
import { fieldList, flag, type RowOf } from '../database/field'
import { personName } from '../database/person-name'
import { resourceFields } from '../database/resource'
import { query, tenant, value } from '../database/statement'
import { plainSql } from '../database/plain-spelling'
import { beginnings, plain } from '../scim/text/spelling'
import { memberships, teams, userEmails, users } from '../database/schema/directory'
import type { Tenant } from '../tenants/tenant'

export interface Window {
  readonly offset: number
  readonly limit: number
}

/** Selection of a list; empty texts select everything. */
export interface Wanted {
  /** A part of a name. */
  readonly search: string
  readonly state: string
}

export interface Found<T> {
  readonly total: number
  readonly entries: readonly T[]
}

/** A user or a team with its attributes as the identity provider stated them. */
export interface Entry {
  readonly id: string
  readonly attributes: JsonObject
  readonly version: number
  readonly createdAt: number
  readonly updatedAt: number
}

export interface TeamEntry extends Entry {
  readonly memberCount: number
}

export interface Named {
  readonly id: string
  readonly name: string
}

const userFields = resourceFields(users)
const teamFields = { ...resourceFields(teams), memberCount: teams.memberCount }
const totalField = { total: sql<number>`count(*)` }

const limit = sql.placeholder('limit')
const offset = sql.placeholder('offset')

const ofTenant = (table: typeof users | typeof teams) => eq(table.tenantId, tenant)

const holds = (text: SQL) => sql`instr(${plainSql(text)}, ${value('search')}) > 0`

/** A part of a name, however it is spelled, or a whole e-mail address; both sides are folded. */
const isNamed = sql`(${holds(sql`${users.userName}`)} or ${holds(sql`${users.displayName}`)}
  or ${holds(sql`${users.search} ->> '$.name.formatted'`)}
  or ${holds(sql`(${users.search} ->> '$.name.givenName') || ' ' ||
    (${users.search} ->> '$.name.familyName')`)}
  or ${users.firstEmail} = ${value('address')}
  or exists (select 1 from ${userEmails} where ${userEmails.tenantId} = ${users.tenantId}
    and ${userEmails.value} = ${value('address')} and ${userEmails.userId} = ${users.id}))`

/** A user without the attribute `active` is active. */
const isUserInState = sql`(${value('state')} = '' or ${value('state')} =
  iif(coalesce(${users.search} ->> '$.active', 1) = 1, 'active', 'inactive'))`

const isFoundUser = and(
  ofTenant(users),
  isUserInState,
  sql`(${value('search')} = '' or ${isNamed})`,
)

const isTeamInState = sql`(${value('state')} = '' or ${value('state')} =
  iif(${teams.memberCount} = 0, 'empty', 'filled'))`

const isFoundTeam = and(
  ofTenant(teams),
  isTeamInState,
  sql`(${value('search')} = '' or ${holds(sql`${teams.nameKey}`)})`,
)

const usersWhere = (condition: SQL | undefined) =>
  query(userFields, (fields) =>
    select(fields).from(users).where(condition).orderBy(users.userName).limit(limit).offset(offset),
  )

const selectUsers = usersWhere(ofTenant(users))
const selectFoundUsers = usersWhere(isFoundUser)

const countFoundUsers = query(totalField, (fields) => select(fields).from(users).where(isFoundUser))

const teamsWhere = (condition: SQL | undefined) =>
  query(teamFields, (fields) =>
    select(fields).from(teams).where(condition).orderBy(teams.nameKey).limit(limit).offset(offset),
  )

const selectTeams = teamsWhere(ofTenant(teams))
const selectFoundTeams = teamsWhere(isFoundTeam)

const countFoundTeams = query(totalField, (fields) => select(fields).from(teams).where(isFoundTeam))

const selectUser = query(userFields, (fields) =>
  select(fields)
    .from(users)
    .where(and(ofTenant(users), eq(users.id, value('id')))),
)

const selectTeam = query(teamFields, (fields) =>
  select(fields)
    .from(teams)
    .where(and(ofTenant(teams), eq(teams.id, value('id')))),
)

const membership = alias(memberships, 'membership')
const joinedTeam = alias(teams, 'joined')
const member = alias(users, 'member')

const selectTeamsOfUser = query(
  {
    id: joinedTeam.id,
    name: sql<string>`coalesce(${joinedTeam.attributes} ->> '$.displayName', '')`,
  },
  (fields) => sql`
  select ${fieldList(fields)}
  from ${memberships} as ${membership} join ${teams} as ${joinedTeam}
    on ${joinedTeam.tenantId} = ${membership.tenantId} and ${joinedTeam.id} = ${membership.teamId}
  where ${membership.tenantId} = ${tenant} and ${membership.userId} = ${value('id')}
  order by ${joinedTeam.nameKey} limit 500`,
)

const memberFields = {
  id: member.id,
  name: sql<string>`coalesce(${personName(member.attributes)},
    ${member.attributes} ->> '$.userName', '')`,
  userName: sql<string>`coalesce(${member.attributes} ->> '$.userName', '')`,
}

const selectMembers = query(
  memberFields,
  (fields) => sql`
  select ${fieldList(fields)}
  from ${memberships} as ${membership} cross join ${users} as ${member}
    on ${member.tenantId} = ${membership.tenantId} and ${member.id} = ${membership.userId}
  where ${membership.tenantId} = ${tenant} and ${membership.teamId} = ${value('id')}
  order by ${member.userName} limit ${limit} offset ${offset}`,
)

/** People whose indexed names begin so, looked at for their membership. */
export const maximumNamed = 20_000

/** People of the tenant whose indexed name begins so, in one of its spellings. */
const beginning = (name: SQLWrapper) => sql`
  select ${users.id} as user_key, ${users.userName} as sorted_by
  from json_each(${value('beginnings')}) as begun cross join ${users}
    on ${users.tenantId} = ${tenant} and ${name} >= begun.value
      and ${name} < begun.value || char(1114111)`

/** From the names of the tenant to the team: a prefix finds few people in a team of many. */
const selectMembersNamed = query(
  memberFields,
  (fields) => sql`
  select ${fieldList(fields)} from (
    select named.user_key from (
      ${beginning(users.userName)}
      union ${beginning(users.displayName)}
      limit ${maximumNamed}) as named
    where exists (select 1 from ${memberships} as ${membership}
      where ${membership.tenantId} = ${tenant} and ${membership.teamId} = ${value('id')}
        and ${membership.userId} = named.user_key)
    order by named.sorted_by limit ${limit} offset ${offset}) as found
  cross join ${users} as ${member} on ${member.tenantId} = ${tenant}
    and ${member.id} = found.user_key
  order by ${member.userName}`,
)
const arrivalFields = {
  latestPerson: sql<string | null>`(select coalesce(${personName(users.attributes)},
      ${users.attributes} ->> '$.userName')
    from ${users} where ${users.tenantId} = ${tenant} order by ${users.position} desc limit 1)`,
  firstTeam: sql<string | null>`(select ${teams.attributes} ->> '$.displayName' from ${teams}
    where ${teams.tenantId} = ${tenant} order by ${teams.position} limit 1)`,
  hasMember: flag(sql`exists (select 1 from ${memberships}
    where ${memberships.tenantId} = ${tenant})`),
}

/** What has arrived of a tenant: the person who came last, the first team, and whether it has members. */
export type Arrivals = RowOf<typeof arrivalFields>

const selectArrivals = query(arrivalFields, (fields) => sql`select ${fieldList(fields)}`)

export async function readArrivals(
  database: D1Database,
  tenantId: number,
): Promise<Result<Arrivals, Refusal>> {
  const read = await readBatch(database, [selectArrivals(database, { tenantId })])
  if (!read.ok) return read
  const [[found]] = read.value
  return ok(found ?? { latestPerson: null, firstTeam: null, hasMember: false })
}

/** A text that is looked for, folded: in names in its plain spelling, in addresses as it is. */
function wanted(search: string) {
  const address = fold(search)
  return { search: plain(address), address }
}

/** Users by user name; `search` may be an e-mail address too, `state` is `active` or `inactive`. */
export async function findUsers(
  database: D1Database,
  tenant: Tenant,
  { search, state }: Wanted,
  { limit, offset }: Window,
): Promise<Result<Found<Entry>, Refusal>> {
  const values = { tenantId: tenant.id, ...wanted(search), state, limit, offset }
  const isWhole = search === '' && state === ''
  const outcome = await readBatch(database, [
    (isWhole ? selectUsers : selectFoundUsers)(database, values),
    isWhole ? undefined : countFoundUsers(database, values),
  ])
  if (!outcome.ok) return outcome
  const [entries, [count] = []] = outcome.value
  return ok({ total: count?.total ?? tenant.userCount, entries })
}

/** Teams by name; `state` is `empty` or `filled`. */
export async function findTeams(
  database: D1Database,
  tenant: Tenant,
  { search, state }: Wanted,
  { limit, offset }: Window,
): Promise<Result<Found<TeamEntry>, Refusal>> {
  const values = { tenantId: tenant.id, ...wanted(search), state, limit, offset }
  const isWhole = search === '' && state === ''
  const outcome = await readBatch(database, [
    (isWhole ? selectTeams : selectFoundTeams)(database, values),
    isWhole ? undefined : countFoundTeams(database, values),
  ])
  if (!outcome.ok) return outcome
  const [entries, [count] = []] = outcome.value
  return ok({ total: count?.total ?? tenant.teamCount, entries })
}

/** A user with the teams that the user is in; undefined when the tenant has no such user. */
export async function readUser(
  database: D1Database,
  tenant: Tenant,
  id: string,
): Promise<Result<{ user: Entry; teams: readonly Named[] } | undefined, Refusal>> {
  const values = { tenantId: tenant.id, id }
  const outcome = await readBatch(database, [
    selectUser(database, values),
    selectTeamsOfUser(database, values),
  ])
  if (!outcome.ok) return outcome
  const [[user], joined] = outcome.value
  return ok(user && { user, teams: joined })
}

/** A member of a team: the name that people read, and the user name beneath it. */
export interface Member extends Named {
  readonly userName: string
}

/**
 * A team with one page of its members, with a search only of those whose user name or display name
 * begins so; undefined when the tenant has no such team.
 */
export async function readTeam(
  database: D1Database,
  tenant: Tenant,
  id: string,
  { limit, offset, search = '' }: Window & { readonly search?: string },
): Promise<Result<{ team: TeamEntry; members: readonly Member[] } | undefined, Refusal>> {
  const values = {
    tenantId: tenant.id,
    id,
    limit,
    offset,
    beginnings: JSON.stringify(beginnings(fold(search))),
  }
  const outcome = await readBatch(database, [
    selectTeam(database, values),
    (search === '' ? selectMembers : selectMembersNamed)(database, values),
  ])
  if (!outcome.ok) return outcome
  const [[team], members] = outcome.value
  return ok(team && { team, members })
}
