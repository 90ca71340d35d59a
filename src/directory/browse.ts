/** Reads of the directory for the operator: by tenant, without a token. */
import { and, eq, sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import { fold } from '../scim/filter/match'
import { readBatch, type Refusal } from '../database/batch'
import { select } from '../database/builder'
import { fieldList, json } from '../database/field'
import { resourceFields } from '../database/resource'
import { query, tenant, value } from '../database/statement'
import { memberships, teams, userEmails, users } from '../database/schema/directory'
import { events } from '../database/schema/events'
import { tokens } from '../database/schema/tenants'
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

/** One event of a user's or a team's history. */
export interface PastEvent {
  readonly seq: number
  readonly type: string
  readonly at: number
  readonly resourceId: string
  readonly memberId: string | null
  readonly resource: JsonObject
  readonly changes: JsonObject
  readonly requestId: string
  /** Label of the token that was used; null when the token is unknown. */
  readonly tokenLabel: string | null
}

/** Events of a tenant that one page of a history looks through; the next page goes on from there. */
const historyReach = 50_000

/** A part of the history of a resource, the latest event first. */
export interface HistoryPage {
  readonly events: readonly PastEvent[]
  /** The number before which older events are to be looked for; undefined when there are none. */
  readonly older: number | undefined
}

const userFields = resourceFields(users)
const teamFields = { ...resourceFields(teams), memberCount: teams.memberCount }
const totalField = { total: sql<number>`count(*)` }

const limit = sql.placeholder('limit')
const offset = sql.placeholder('offset')

const ofTenant = (table: typeof users | typeof teams) => eq(table.tenantId, tenant)

const holds = (text: SQL) => sql`instr(${text}, ${value('search')}) > 0`

/** A part of a name, or a whole e-mail address; both sides are folded. */
const isNamed = sql`(${holds(sql`${users.userName}`)} or ${holds(sql`${users.displayName}`)}
  or ${holds(sql`${users.search} ->> '$.name.formatted'`)}
  or ${holds(sql`(${users.search} ->> '$.name.givenName') || ' ' ||
    (${users.search} ->> '$.name.familyName')`)}
  or ${users.firstEmail} = ${value('search')}
  or exists (select 1 from ${userEmails} where ${userEmails.tenantId} = ${users.tenantId}
    and ${userEmails.value} = ${value('search')} and ${userEmails.userId} = ${users.id}))`

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

const selectMembers = query(
  {
    id: member.id,
    name: sql<string>`coalesce(${member.attributes} ->> '$.displayName',
      ${member.attributes} ->> '$.userName', '')`,
  },
  (fields) => sql`
  select ${fieldList(fields)}
  from ${memberships} as ${membership} cross join ${users} as ${member}
    on ${member.tenantId} = ${membership.tenantId} and ${member.id} = ${membership.userId}
  where ${membership.tenantId} = ${tenant} and ${membership.teamId} = ${value('id')}
  order by ${member.userName} limit ${limit} offset ${offset}`,
)

const latest = alias(events, 'latest')

const historyFloor = sql<number>`(
  select min(${value('before')}, coalesce(max(${latest.seq}), 0) + 1) - ${value('reach')}
  from ${events} as ${latest} where ${latest.tenantId} = ${tenant})`

const selectHistory = query(
  {
    seq: events.seq,
    type: events.type,
    at: events.at,
    resourceId: events.resourceId,
    memberId: events.memberId,
    resource: json<JsonObject>(sql`${events.resource}`),
    changes: json<JsonObject>(sql`${events.changes}`),
    requestId: sql<string>`coalesce(${events.cause} ->> '$.requestId', '')`,
    tokenLabel: sql<string | null>`(select ${tokens.label} from ${tokens}
      where ${tokens.tenantId} = ${tenant} and ${tokens.id} = ${events.cause} ->> '$.tokenId')`,
  },
  (fields) => sql`
  select ${fieldList(fields)}
  from ${events} where ${events.tenantId} = ${tenant}
    and ${events.seq} < ${value('before')} and ${events.seq} >= ${historyFloor}
    and (${events.resourceId} = ${value('id')} or ${events.memberId} = ${value('id')})
  order by ${events.seq} desc limit ${value('limit')}`,
)

const selectHistoryEnds = query(
  {
    floor: historyFloor,
    first: sql<number | null>`(select min(${events.seq}) from ${events}
      where ${events.tenantId} = ${tenant})`,
  },
  (fields) => sql`select ${fieldList(fields)}`,
)

/** Users by user name; `search` may be an e-mail address too, `state` is `active` or `inactive`. */
export async function findUsers(
  database: D1Database,
  tenant: Tenant,
  { search, state }: Wanted,
  { limit, offset }: Window,
): Promise<Result<Found<Entry>, Refusal>> {
  const values = { tenantId: tenant.id, search: fold(search), state, limit, offset }
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
  const values = { tenantId: tenant.id, search: fold(search), state, limit, offset }
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

/** A team with one page of its members; undefined when the tenant has no such team. */
export async function readTeam(
  database: D1Database,
  tenant: Tenant,
  id: string,
  { limit, offset }: Window,
): Promise<Result<{ team: TeamEntry; members: readonly Named[] } | undefined, Refusal>> {
  const values = { tenantId: tenant.id, id, limit, offset }
  const outcome = await readBatch(database, [
    selectTeam(database, values),
    selectMembers(database, values),
  ])
  if (!outcome.ok) return outcome
  const [[team], members] = outcome.value
  return ok(team && { team, members })
}

/**
 * The history of a user or a team before the event with a number. No index leads to the events of a
 * resource (`docs/decisions/0007-history-without-an-index.md`).
 */
export async function readHistory(
  database: D1Database,
  tenant: Tenant,
  id: string,
  { limit, before }: { readonly limit: number; readonly before: number },
): Promise<Result<HistoryPage, Refusal>> {
  const values = { tenantId: tenant.id, id, limit, before, reach: historyReach }
  const outcome = await readBatch(database, [
    selectHistory(database, values),
    selectHistoryEnds(database, values),
  ])
  if (!outcome.ok) return outcome
  const [past, [ends]] = outcome.value
  const last = past.at(-1)
  // Nothing happens to a resource before it is created.
  const isWhole = last?.resourceId === id && last.type.endsWith('.created')
  const end = past.length === limit ? last?.seq : ends?.floor
  const isMore = end !== undefined && end > (ends?.first ?? Infinity)
  return ok({ events: past, older: isMore && !isWhole ? end : undefined })
}
