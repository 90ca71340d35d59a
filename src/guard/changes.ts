/** Changes that are pending or discarded, as the operator sees and selects them. Reads only. */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList, flag, json } from '../database/field'
import { teams, users } from '../database/schema/directory'
import {
  overlays,
  protectedPeople,
  releaseChanges,
  releases,
  type HoldReason,
  type OverlayState,
} from '../database/schema/guard'
import { query, tenant, value } from '../database/statement'
import type { Cause } from '../events/append'
import { chosenWith, overlay } from './names/linked'
import { subjectOverlay } from './overlay'
import { isSelected, selectionValues, type Place, type Selection } from './review/selection'

/** A change that is pending (`held`), or that was discarded and stays undone (`drift`). */
export interface HeldChange {
  readonly kind: 'user' | 'team' | 'member'
  /** Effect of releasing a membership; null for people and teams. */
  readonly change: 'add' | 'remove' | null
  readonly state: OverlayState
  /** Empty for a person. */
  readonly teamId: string
  /** Empty for a team. */
  readonly userId: string
  readonly userName: string | null
  readonly teamName: string | null
  readonly reason: HoldReason
  /** True for a change of a protected person. */
  readonly isProtected: boolean
  /** True when Entra has made the name in the directory unusable. */
  readonly isNameUnusable: boolean
  readonly cause: Cause
  /** Milliseconds since 1970. */
  readonly at: number
  readonly version: number
  /** Attributes that the application sees; null when it does not know it, and for memberships. */
  readonly released: JsonObject | null
  /** Attributes and version in the directory; null when it has none, and for memberships. */
  readonly directory: JsonObject | null
  readonly directoryVersion: number | null
  /** Time at which it will be told, in milliseconds since 1970; null while nobody has released it. */
  readonly tellAt: number | null
}

const user = alias(users, 'user')
const team = alias(teams, 'team')

/** Name in the overlay row of a person or team that the directory does not have. */
function releasedName(name: SQL, subject: SQL): SQL {
  return sql`(select ${subjectOverlay.released} ->> ${name} from ${overlays} as ${subjectOverlay}
    where ${subjectOverlay.tenantId} = ${overlay.tenantId} and ${subject})`
}

const changeFields = {
  kind: overlay.kind,
  change: overlay.change,
  state: overlay.state,
  teamId: overlay.teamId,
  userId: overlay.userId,
  // The name that Entra made by a soft delete is nobody's.
  userName: sql<string | null>`coalesce(
    ${releasedName(
      sql`'$.userName'`,
      sql`${subjectOverlay.teamId} = '' and ${subjectOverlay.userId} = ${overlay.userId}
        and ${subjectOverlay.state} = 'kept'`,
    )},
    ${user.attributes} ->> '$.userName',
    case when ${overlay.kind} = 'user' then ${overlay.released} ->> '$.userName' end,
    ${releasedName(
      sql`'$.userName'`,
      sql`${subjectOverlay.teamId} = '' and ${subjectOverlay.userId} = ${overlay.userId}`,
    )})`,
  teamName: sql<string | null>`coalesce(${team.attributes} ->> '$.displayName',
    ${releasedName(
      sql`'$.displayName'`,
      sql`${subjectOverlay.teamId} = ${overlay.teamId} and ${subjectOverlay.userId} = ''`,
    )})`,
  reason: overlay.reason,
  isProtected: flag(sql`exists (select 1 from ${protectedPeople}
    where ${protectedPeople.tenantId} = ${tenant} and ${overlay.userId} <> ''
      and (${protectedPeople.userId} = ${overlay.userId}
        or ${protectedPeople.userId} = '' and ${protectedPeople.nameKey} = ${overlay.name}))`),
  isNameUnusable: flag(sql`coalesce(${overlay.unusableName} = ${user.userName}, 0)`),
  cause: overlay.cause,
  at: overlay.at,
  version: overlay.version,
  released: overlay.released,
  directory: json<JsonObject | null>(sql`case ${overlay.kind}
    when 'user' then ${user.attributes} when 'team' then ${team.attributes} end`),
  directoryVersion: sql<number | null>`case ${overlay.kind}
    when 'user' then ${user.version} when 'team' then ${team.version} end`,
  tellAt: sql<number | null>`(select min(${releases.tellAt}) from ${releaseChanges}
    cross join ${releases} on ${releases.tenantId} = ${tenant}
      and ${releases.id} = ${releaseChanges.releaseId}
    where ${releaseChanges.tenantId} = ${tenant} and ${releaseChanges.teamId} = ${overlay.teamId}
      and ${releaseChanges.userId} = ${overlay.userId}
      and ${releaseChanges.version} = ${overlay.version})`,
}

const withDirectory = sql`
  left join ${users} as ${user}
    on ${user.tenantId} = ${overlay.tenantId} and ${user.id} = ${overlay.userId}
  left join ${teams} as ${team}
    on ${team.tenantId} = ${overlay.tenantId} and ${team.id} = ${overlay.teamId}`

const page = sql`and (${overlay.teamId}, ${overlay.userId}) > (${value('afterTeam')}, ${value('afterUser')})
  order by ${overlay.teamId}, ${overlay.userId} limit ${value('limit')}`

const selectPage = query(
  changeFields,
  (fields) => sql`
  select ${fieldList(fields)} from ${overlays} as ${overlay} ${withDirectory}
  where ${isSelected} ${page}`,
)

const unknown = alias(overlays, 'unknown')

/** Condition that nobody can join: the application does not know a team or a person, and will not. */
function isUnknownAfter(teamId: SQL, userId: SQL): SQL {
  return sql`exists (select 1 from ${overlays} as ${unknown} where ${unknown.tenantId} = ${tenant}
    and ${unknown.teamId} = ${teamId} and ${unknown.userId} = ${userId} and ${unknown.released} is null
    and not exists (select 1 from chosen
      where chosen.team_key = ${teamId} and chosen.user_key = ${userId}))`
}

const noId = sql`''`

/**
 * Page of a selection with what follows from it. A person who is deleted leaves the teams in which
 * the operator had kept the person, and nobody joins a team that the application does not know.
 */
const selectWhole = query(
  changeFields,
  (fields) => sql`
  with recursive ${chosenWith(isSelected)},
  deleted as materialized (
    select chosen.team_key, chosen.user_key from chosen where chosen.subject = 'user'
      and not exists (select 1 from ${users} as ${user}
        where ${user.tenantId} = ${tenant} and ${user.id} = chosen.user_key)
    union all
    select chosen.team_key, chosen.user_key from chosen where chosen.subject = 'team'
      and not exists (select 1 from ${teams} as ${team}
        where ${team.tenantId} = ${tenant} and ${team.id} = chosen.team_key)),
  whole as materialized (
    select team_key, user_key from chosen
    union
    select ${overlay.teamId}, ${overlay.userId} from deleted cross join ${overlays} as ${overlay}
      on ${overlay.tenantId} = ${tenant} and ${overlay.userId} = deleted.user_key
      where deleted.team_key = '' and ${overlay.kind} = 'member'
    union
    select ${overlay.teamId}, ${overlay.userId} from deleted cross join ${overlays} as ${overlay}
      on ${overlay.tenantId} = ${tenant} and ${overlay.teamId} = deleted.team_key
      where deleted.user_key = '' and ${overlay.kind} = 'member')
  select ${fieldList(fields)} from whole cross join ${overlays} as ${overlay}
    on ${overlay.tenantId} = ${tenant} and ${overlay.teamId} = whole.team_key
      and ${overlay.userId} = whole.user_key
  ${withDirectory}
  where not (${overlay.kind} = 'member' and ${overlay.change} = 'add'
    and (${isUnknownAfter(sql`${overlay.teamId}`, noId)}
      or ${isUnknownAfter(noId, sql`${overlay.userId}`)})) ${page}`,
)

/**
 * Changes of a selection, in order: at most `limit` after a place. With `isWhole` also those that
 * follow from them: the memberships that end with a deletion.
 */
export async function readChanges(
  database: D1Database,
  tenantId: number,
  selection: Selection,
  {
    after,
    limit,
    isWhole,
  }: { readonly after: Place; readonly limit: number; readonly isWhole: boolean },
): Promise<Result<readonly HeldChange[], Refusal>> {
  const values = {
    ...selectionValues(tenantId, selection),
    afterTeam: after.teamId,
    afterUser: after.userId,
    limit,
  }
  const selectChanges = isWhole ? selectWhole : selectPage
  const outcome = await readBatch(database, [selectChanges(database, values)])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

const selectKeys = query(
  changeFields,
  (fields) => sql`
  select ${fieldList(fields)} from json_each(${value('keys')}) as wanted
  cross join ${overlays} as ${overlay} on ${overlay.tenantId} = ${tenant}
    and ${overlay.teamId} = wanted.value ->> '$.teamId'
    and ${overlay.userId} = wanted.value ->> '$.userId' ${withDirectory}`,
)

/** Changes by their places. */
export async function readKeys(
  database: D1Database,
  tenantId: number,
  places: readonly Place[],
): Promise<Result<readonly HeldChange[], Refusal>> {
  const keys = JSON.stringify(places.map(({ teamId, userId }) => ({ teamId, userId })))
  const outcome = await readBatch(database, [selectKeys(database, { tenantId, keys })])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

const selectAbout = query(
  changeFields,
  (fields) => sql`
  select ${fieldList(fields)} from ${overlays} as ${overlay} ${withDirectory}
  where ${overlay.tenantId} = ${tenant}
    and (${overlay.teamId} = ${value('id')} or ${overlay.userId} = ${value('id')})
  order by ${overlay.kind} = 'member', ${overlay.at} desc limit ${value('limit')}`,
)

/** Changes of a person or a team, in whatever state: its own first, at most `limit`. */
export async function readAbout(
  database: D1Database,
  tenantId: number,
  id: string,
  limit: number,
): Promise<Result<readonly HeldChange[], Refusal>> {
  const outcome = await readBatch(database, [selectAbout(database, { tenantId, id, limit })])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

const selectLatest = query(
  changeFields,
  (fields) => sql`
  select ${fieldList(fields)} from ${overlays} as ${overlay} ${withDirectory}
  where ${overlay.tenantId} = ${tenant} and ${overlay.state} = 'held'
  order by ${overlay.at} desc, ${overlay.teamId}, ${overlay.userId} limit ${value('limit')}`,
)

/** The latest changes that wait. */
export async function readLatest(
  database: D1Database,
  tenantId: number,
  limit: number,
): Promise<Result<readonly HeldChange[], Refusal>> {
  const outcome = await readBatch(database, [selectLatest(database, { tenantId, limit })])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

const selectGone = query(
  changeFields,
  (fields) => sql`
  select ${fieldList(fields)} from ${overlays} as ${overlay} ${withDirectory}
  where ${overlay.tenantId} = ${tenant} and ${overlay.kind} = ${value('kind')}
    and ${overlay.released} is not null and coalesce(${user.id}, ${team.id}) is null
    and (${value('search')} = '' or instr(lower(coalesce(${overlay.released} ->> '$.userName', '')
      || ' ' || coalesce(${overlay.released} ->> '$.displayName', '')), ${value('search')}) > 0)
  order by lower(${overlay.name}) limit ${value('limit')}`,
)

/** People (`user`) or teams that the directory does not have any more, and the application still has. */
export async function readGone(
  database: D1Database,
  tenantId: number,
  kind: 'user' | 'team',
  search: string,
  limit: number,
): Promise<Result<readonly HeldChange[], Refusal>> {
  const values = { tenantId, kind, search: search.toLowerCase(), limit }
  const outcome = await readBatch(database, [selectGone(database, values)])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}
