/** The directory as the operator reads it: by tenant, without a token. Reads only. */
import { sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import { fold } from '../scim/filter/match'
import { readBatch, type Refusal } from '../database/batch'
import { statement, tenant, value } from '../database/statement'
import { storedResource, textOrNull, type Row } from '../database/row'
import { memberships, teams, userEmails, users } from '../database/schema/directory'
import { events } from '../database/schema/events'
import { tokens } from '../database/schema/tenants'
import type { Tenant } from '../tenants/tenant'

export interface Window {
  readonly offset: number
  readonly limit: number
}

/** What a list is to show; empty for everything. */
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

/** A part of what happened to a resource, the latest first. */
export interface HistoryPage {
  readonly events: readonly PastEvent[]
  /** Where to look for what is older; undefined when there is nothing older. */
  readonly older: number | undefined
}

const entryColumns = (table: typeof users | typeof teams) => sql`${table.id} as id,
  ${table.attributes} as attributes, ${table.version} as version,
  ${table.createdAt} as created_at, ${table.updatedAt} as updated_at`

const teamColumns = sql`${entryColumns(teams)}, ${teams.memberCount} as member_count`

const window = sql`limit ${value('limit')} offset ${value('offset')}`

const ofTenant = (table: typeof users | typeof teams) => sql`${table.tenantId} = ${tenant}`

const holds = (text: ReturnType<typeof sql>) => sql`instr(${text}, ${value('search')}) > 0`

/** A part of a name, or a whole e-mail address; both sides are folded. */
const isNamed = sql`(${holds(sql`${users.userName}`)} or ${holds(sql`${users.displayName}`)}
  or ${holds(sql`${users.search} ->> '$.name.formatted'`)}
  or ${holds(sql`(${users.search} ->> '$.name.givenName') || ' ' ||
    (${users.search} ->> '$.name.familyName')`)}
  or ${users.firstEmail} = ${value('search')}
  or exists (select 1 from ${userEmails} where ${userEmails.tenantId} = ${users.tenantId}
    and ${userEmails.value} = ${value('search')} and ${userEmails.userId} = ${users.id}))`

const selectUsers = statement(
  () => sql`select ${entryColumns(users)} from ${users}
  where ${ofTenant(users)} order by ${users.userName} ${window}`,
)

/** A user of whom nothing is said is active. */
const isInState = sql`(${value('state')} = '' or ${value('state')} =
  iif(coalesce(${users.search} ->> '$.active', 1) = 1, 'active', 'inactive'))`

const isFoundUser = sql`${isInState} and (${value('search')} = '' or ${isNamed})`

const selectFoundUsers = statement(
  () => sql`select ${entryColumns(users)} from ${users}
  where ${ofTenant(users)} and ${isFoundUser} order by ${users.userName} ${window}`,
)

const countFoundUsers = statement(
  () => sql`select count(*) as total from ${users}
  where ${ofTenant(users)} and ${isFoundUser}`,
)

const selectTeams = statement(
  () => sql`select ${teamColumns} from ${teams}
  where ${ofTenant(teams)} order by ${teams.nameKey} ${window}`,
)

const isFoundTeam = sql`(${value('state')} = '' or ${value('state')} =
    iif(${teams.memberCount} = 0, 'empty', 'filled'))
  and (${value('search')} = '' or ${holds(sql`${teams.nameKey}`)})`

const selectFoundTeams = statement(
  () => sql`select ${teamColumns} from ${teams}
  where ${ofTenant(teams)} and ${isFoundTeam} order by ${teams.nameKey} ${window}`,
)

const countFoundTeams = statement(
  () => sql`select count(*) as total from ${teams}
  where ${ofTenant(teams)} and ${isFoundTeam}`,
)

const selectUser = statement(
  () => sql`select ${entryColumns(users)} from ${users}
  where ${ofTenant(users)} and ${users.id} = ${value('id')}`,
)

const selectTeamsOfUser = statement(
  () => sql`
  select team.id as id, team.attributes ->> '$.displayName' as name
  from ${memberships} as membership join ${teams} as team
    on team.tenant_id = membership.tenant_id and team.id = membership.team_id
  where membership.tenant_id = ${tenant} and membership.user_id = ${value('id')}
  order by team.name_key limit 500`,
)

const selectTeam = statement(
  () => sql`select ${teamColumns} from ${teams}
  where ${ofTenant(teams)} and ${teams.id} = ${value('id')}`,
)

const selectMembers = statement(
  () => sql`
  select person.id as id, coalesce(person.attributes ->> '$.displayName',
    person.attributes ->> '$.userName') as name
  from ${memberships} as membership cross join ${users} as person
    on person.tenant_id = membership.tenant_id and person.id = membership.user_id
  where membership.tenant_id = ${tenant} and membership.team_id = ${value('id')}
  order by person.user_name ${window}`,
)

const historyFloor = sql`(select min(${value('before')}, coalesce(max(latest.seq), 0) + 1)
    - ${value('reach')} from ${events} as latest where latest.tenant_id = ${tenant})`

const selectHistory = statement(
  () => sql`
  select ${events.seq} as seq, ${events.type} as type, ${events.at} as at,
    ${events.resourceId} as resource_id, ${events.memberId} as member_id,
    ${events.resource} as resource, ${events.changes} as changes,
    ${events.cause} ->> '$.requestId' as request_id,
    (select ${tokens.label} from ${tokens} where ${tokens.tenantId} = ${tenant}
      and ${tokens.id} = ${events.cause} ->> '$.tokenId') as token_label
  from ${events} where ${events.tenantId} = ${tenant}
    and ${events.seq} < ${value('before')} and ${events.seq} >= ${historyFloor}
    and (${events.resourceId} = ${value('id')} or ${events.memberId} = ${value('id')})
  order by ${events.seq} desc limit ${value('limit')}`,
)

const selectHistoryEnds = statement(
  () => sql`
  select ${historyFloor} as floor, (select min(${events.seq}) from ${events}
    where ${events.tenantId} = ${tenant}) as first`,
)

/** Users by user name; `search` may be an e-mail address too, `state` is `active` or `inactive`. */
export async function findUsers(
  database: D1Database,
  tenant: Tenant,
  { search, state }: Wanted,
  { limit, offset }: Window,
): Promise<Result<Found<Entry>, Refusal>> {
  const values = { tenantId: tenant.id, search: fold(search), state, limit, offset }
  const outcome = await readBatch(
    database,
    search === '' && state === ''
      ? [selectUsers(database, values)]
      : [selectFoundUsers(database, values), countFoundUsers(database, values)],
  )
  if (!outcome.ok) return outcome
  const [rows = [], count] = outcome.value
  return ok({
    total: count ? Number(count[0]?.['total']) : tenant.userCount,
    entries: rows.map(storedResource),
  })
}

/** Teams by name; `state` is `empty` or `filled`. */
export async function findTeams(
  database: D1Database,
  tenant: Tenant,
  { search, state }: Wanted,
  { limit, offset }: Window,
): Promise<Result<Found<TeamEntry>, Refusal>> {
  const values = { tenantId: tenant.id, search: fold(search), state, limit, offset }
  const outcome = await readBatch(
    database,
    search === '' && state === ''
      ? [selectTeams(database, values)]
      : [selectFoundTeams(database, values), countFoundTeams(database, values)],
  )
  if (!outcome.ok) return outcome
  const [rows = [], count] = outcome.value
  return ok({
    total: count ? Number(count[0]?.['total']) : tenant.teamCount,
    entries: rows.map(teamEntry),
  })
}

/** A user with the teams that the user is in; undefined when the tenant has no such user. */
export async function readUser(
  database: D1Database,
  tenant: Tenant,
  id: string,
): Promise<Result<{ user: Entry; teams: Named[] } | undefined, Refusal>> {
  const values = { tenantId: tenant.id, id }
  const outcome = await readBatch(database, [
    selectUser(database, values),
    selectTeamsOfUser(database, values),
  ])
  if (!outcome.ok) return outcome
  const [[row] = [], names = []] = outcome.value
  return ok(row && { user: storedResource(row), teams: names.map(named) })
}

/** A team with one page of its members; undefined when the tenant has no such team. */
export async function readTeam(
  database: D1Database,
  tenant: Tenant,
  id: string,
  { limit, offset }: Window,
): Promise<Result<{ team: TeamEntry; members: Named[] } | undefined, Refusal>> {
  const values = { tenantId: tenant.id, id, limit, offset }
  const outcome = await readBatch(database, [
    selectTeam(database, values),
    selectMembers(database, values),
  ])
  if (!outcome.ok) return outcome
  const [[row] = [], names = []] = outcome.value
  return ok(row && { team: teamEntry(row), members: names.map(named) })
}

/**
 * What happened to a user or a team before the event with a number. No index leads to the events of
 * a resource (`docs/decisions/0007-history-without-an-index.md`).
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
  const [rows = [], [ends = {}] = []] = outcome.value
  const past = rows.map(pastEvent)
  const last = past.at(-1)
  // Nothing happened to anybody before they were created.
  const isWhole = last?.resourceId === id && last.type.endsWith('.created')
  const floor = Number(ends['floor'])
  const end = past.length === limit ? last?.seq : floor
  const isMore = end !== undefined && end > Number(ends['first'] ?? Infinity)
  return ok({ events: past, older: isMore && !isWhole ? end : undefined })
}

function pastEvent(row: Row): PastEvent {
  return {
    seq: Number(row['seq']),
    type: String(row['type']),
    at: Number(row['at']),
    resourceId: String(row['resource_id']),
    memberId: textOrNull(row['member_id']),
    resource: JSON.parse(String(row['resource'])) as JsonObject,
    changes: JSON.parse(String(row['changes'])) as JsonObject,
    requestId: textOrNull(row['request_id']) ?? '',
    tokenLabel: textOrNull(row['token_label']),
  }
}

function teamEntry(row: Row): TeamEntry {
  return { ...storedResource(row), memberCount: Number(row['member_count']) }
}

function named(row: Row): Named {
  return { id: String(row['id']), name: textOrNull(row['name']) ?? '' }
}
