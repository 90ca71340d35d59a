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
  type HoldReason,
  type OverlayState,
} from '../database/schema/guard'
import { query, tenant, value } from '../database/statement'
import type { Cause } from '../events/append'
import { chosenWith, overlay } from './names/linked'
import { subjectOverlay } from './overlay'

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
}

/** Changes of a hold: all, or those of some people and teams. */
export interface Selection {
  /** Undefined for the discarded changes of all holds. */
  readonly holdId: string | undefined
  readonly some:
    | { readonly people: readonly string[]; readonly teams: readonly string[] }
    | undefined
}

export function selectionValues(tenantId: number, { holdId, some }: Selection) {
  return {
    tenantId,
    holdId: holdId ?? null,
    isAll: some === undefined ? 1 : 0,
    people: JSON.stringify(some?.people ?? []),
    teams: JSON.stringify(some?.teams ?? []),
  }
}

const user = alias(users, 'user')
const team = alias(teams, 'team')

/** Condition that `overlay` is in a selection. */
export const isSelected: SQL = sql`${overlay.tenantId} = ${tenant}
  and (${value('holdId')} is null and ${overlay.state} = 'drift'
    or ${overlay.holdId} = ${value('holdId')} and ${overlay.state} = 'held')
  and (${value('isAll')} = 1
    or ${overlay.userId} in (select value from json_each(${value('people')}))
    or ${overlay.teamId} in (select value from json_each(${value('teams')})))`

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
  userName: sql<string | null>`coalesce(${user.attributes} ->> '$.userName',
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

/** Place in the order of changes: that of teams and people. */
export interface Place {
  readonly teamId: string
  readonly userId: string
}

/** Place before all changes. */
export const start: Place = { teamId: '', userId: '' }

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
