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
import { overlay } from './names/linked'
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
  /**
   * Attributes that the application sees; null when it does not know it, and for memberships. Where many
   * changes are read at a time these are `userName`, `displayName` and `active` alone.
   */
  readonly released: JsonObject | null
  /** The same of the directory, and the version there; null when it has none, and for memberships. */
  readonly directory: JsonObject | null
  readonly directoryVersion: number | null
  /** Bytes of both when they are whole. */
  readonly weight: number
  /** Time at which it will be told, in milliseconds since 1970; null while nobody has released it. */
  readonly tellAt: number | null
}

/** A change without its cause: of a decision that may be about very many. */
export type PendingChange = Omit<HeldChange, 'cause'>

/** What the directory has of the person, and of the team, of a change. */
export const user = alias(users, 'user')
export const team = alias(teams, 'team')

/** Name in the overlay row of a person or team that the directory does not have. */
function releasedName(name: SQL, subject: SQL): SQL {
  return sql`(select ${subjectOverlay.released} ->> ${name} from ${overlays} as ${subjectOverlay}
    where ${subjectOverlay.tenantId} = ${overlay.tenantId} and ${subject})`
}

const released = sql`${overlay.released}`
const directory = sql`case ${overlay.kind}
  when 'user' then ${user.attributes} when 'team' then ${team.attributes} end`

/** What an attribute document says of whom or what it is about, and of access. */
function head(attributes: SQL): SQL<JsonObject | null> {
  const names = ['userName', 'displayName', 'active'] as const
  const parts = names.map((name) => sql.raw(`'${name}', content -> '$.${name}'`))
  return json(sql`(select json_object(${sql.join(parts, sql`, `)})
    from (select ${attributes} as content) where content is not null)`)
}

/** Fields of a `PendingChange`. */
export const headFields = {
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
  at: overlay.at,
  version: overlay.version,
  released: head(released),
  directory: head(directory),
  weight: sql<number>`coalesce(octet_length(${released}), 0)
    + coalesce(octet_length(${directory}), 0)`,
  directoryVersion: sql<number | null>`case ${overlay.kind}
    when 'user' then ${user.version} when 'team' then ${team.version} end`,
  tellAt: sql<number | null>`(select min(${releases.tellAt}) from ${releaseChanges}
    cross join ${releases} on ${releases.tenantId} = ${tenant}
      and ${releases.id} = ${releaseChanges.releaseId}
    where ${releaseChanges.tenantId} = ${tenant} and ${releaseChanges.teamId} = ${overlay.teamId}
      and ${releaseChanges.userId} = ${overlay.userId}
      and ${releaseChanges.version} = ${overlay.version})`,
}

export const headsWithCause = { ...headFields, cause: overlay.cause }

/** With whole documents: for what is bounded by their bytes. */
export const wholeFields = {
  ...headsWithCause,
  released: json<JsonObject | null>(released),
  directory: json<JsonObject | null>(directory),
}

export const withDirectory = sql`
  left join ${users} as ${user}
    on ${user.tenantId} = ${overlay.tenantId} and ${user.id} = ${overlay.userId}
  left join ${teams} as ${team}
    on ${team.tenantId} = ${overlay.tenantId} and ${team.id} = ${overlay.teamId}`

/** Condition, order and length of a part of a selection: the values of `partValues`. */
export const page = sql`and (${overlay.teamId}, ${overlay.userId}) > (${value('afterTeam')}, ${value('afterUser')})
  order by ${overlay.teamId}, ${overlay.userId} limit ${value('limit')}`

const selectPage = query(
  headsWithCause,
  (fields) => sql`
  select ${fieldList(fields)} from ${overlays} as ${overlay} ${withDirectory}
  where ${isSelected} ${page}`,
)

/** A part of a selection: at most `limit` changes after a place. */
export interface Part {
  readonly after: Place
  /** -1 for all of them. */
  readonly limit: number
}

export function partValues(tenantId: number, selection: Selection, { after, limit }: Part) {
  return {
    ...selectionValues(tenantId, selection),
    afterTeam: after.teamId,
    afterUser: after.userId,
    limit,
  }
}

/** Changes of a selection, in order. */
export async function readChanges(
  database: D1Database,
  tenantId: number,
  selection: Selection,
  part: Part,
): Promise<Result<readonly HeldChange[], Refusal>> {
  const values = partValues(tenantId, selection, part)
  const outcome = await readBatch(database, [selectPage(database, values)])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

/** Changes by their places, which the value `keys` holds. */
export const byKeys = sql`from json_each(${value('keys')}) as wanted
  cross join ${overlays} as ${overlay} on ${overlay.tenantId} = ${tenant}
    and ${overlay.teamId} = wanted.value ->> 0 and ${overlay.userId} = wanted.value ->> 1
  ${withDirectory}`

const selectHeads = query(headFields, (fields) => sql`select ${fieldList(fields)} ${byKeys}`)

const selectKeys = query(headsWithCause, (fields) => sql`select ${fieldList(fields)} ${byKeys}`)

export const keysOf = (places: readonly Place[]) =>
  JSON.stringify(places.map(({ teamId, userId }) => [teamId, userId]))

/** Changes by their places, without their causes. */
export async function readHeads(
  database: D1Database,
  tenantId: number,
  places: readonly Place[],
): Promise<Result<readonly PendingChange[], Refusal>> {
  const keys = keysOf(places)
  const outcome = await readBatch(database, [selectHeads(database, { tenantId, keys })])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

/** Changes by their places. */
export async function readKeys(
  database: D1Database,
  tenantId: number,
  places: readonly Place[],
): Promise<Result<readonly HeldChange[], Refusal>> {
  const keys = keysOf(places)
  const outcome = await readBatch(database, [selectKeys(database, { tenantId, keys })])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}
