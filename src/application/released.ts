/**
 * Users, teams and members of a tenant as they are released to the application: the directory under
 * the overlay of the guard. Lists are in the order of ids, so that a page begins where the last one
 * ended, whatever changes.
 */
import { sql, type Column, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { applicationPageBytes } from '../limits'
import { ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import { withoutStrays } from '../scim/resource'
import type { Refusal } from '../database/batch'
import { fieldList, json, type RowOf } from '../database/field'
import { overlays, releasedIds } from '../database/schema/guard'
import { readableTenant, readAs, readerValues, type Reader, type ReaderState } from './reader'
import { query, value, type BoundStatement } from '../database/statement'
import { memberships, teams, users } from '../database/schema/directory'

/** Beginning of a page, and its most entries. */
export interface ReleasedPage {
  /** Id of the last entry before the page; empty for the first page. */
  readonly after: string
  readonly limit: number
}

export interface Released<T> {
  readonly state: ReaderState
  readonly entries: readonly T[]
  readonly hasMore: boolean
}

/** A user or a team: its id and the attributes that the provider stated. */
export type ReleasedResource = JsonObject & { readonly id: string }

export interface ReleasedMember {
  readonly id: string
  readonly userName: string | null
}

const overlay = alias(overlays, 'overlay')
/** Overlay rows of members who left but are still in the team for the application. */
const pendingRemoval = alias(overlays, 'pending_removal')
const membership = alias(memberships, 'membership')
const user = alias(users, 'user')
const otherId = alias(releasedIds, 'other_id')

/** Rows of a list: `key` is an id, `content` the attributes, or of a member the name. */
const entry = { key: sql<string>`entry.key`, content: sql`entry.content` }
const resource = { id: entry.key, attributes: json<JsonObject>(entry.content) }
const member = { id: entry.key, userName: entry.content as SQL<string | null> }

/** Entries of a list beyond the page are counted too. */
const found = sql<number>`entry.found`
export const listedResource = { ...resource, found }

/**
 * A page of a list in the order of its keys: one more than asked for tells whether there is more,
 * and large entries end a page early.
 */
export const page = (fields: Readonly<Record<string, SQL.Aliased>>, list: SQL) => sql`
  select ${fieldList(fields)} from (
    select listed.*, coalesce(sum(octet_length(listed.content)) over (
      order by listed.key rows between unbounded preceding and 1 preceding), 0) as bytes_before,
      count(*) over () as found
    from (${list} order by key limit ${value('limit')} + 1) as listed) as entry
  where entry.bytes_before < ${applicationPageBytes} order by ${entry.key}`

/** The overlay row of a team, a user or a membership. */
const isOverlayOf = (teamId: Column | SQL, userId: Column | SQL) =>
  sql`${overlay.tenantId} = ${readableTenant} and ${overlay.teamId} = ${teamId}
    and ${overlay.userId} = ${userId}`

const none = sql.raw("''")

export const userKind = {
  table: users,
  present: alias(users, 'present'),
  isOverlay: isOverlayOf(none, users.id),
  overlayId: overlay.userId,
  isOfKind: sql`${overlay.teamId} = ${none}`,
}
const teamKind = {
  table: teams,
  present: alias(teams, 'present'),
  isOverlay: isOverlayOf(teams.id, none),
  overlayId: overlay.teamId,
  isOfKind: sql`${overlay.userId} = ${none}`,
}

/** Condition that a person has one id for the directory and the application. */
const hasOneId = (id: Column) => sql`not exists (select 1 from ${releasedIds} as ${otherId}
  where ${otherId.tenantId} = ${readableTenant} and ${otherId.userId} = ${id})`

/** People who have two ids, to stand before a join on that of the directory. */
const withTwoIds = sql`${releasedIds} as ${otherId} cross join`

/**
 * The directory under its overlay: resources whose deletion is pending are merged in by their ids.
 * A person who was created anew has the id from before. `among` selects ids of the directory (`key`):
 * no others are read, and they come first, as SQLite would walk through the whole tenant instead.
 */
export function resources(
  { table, present, isOverlay, overlayId, isOfKind }: typeof userKind | typeof teamKind,
  where: (id: Column) => SQL,
  among?: SQL,
): SQL {
  const from = among ? sql`(${among}) as candidate cross join` : sql``
  const isMeant = (id: Column) => (among ? sql`and ${id} = candidate.key` : sql``)
  const seen = sql`coalesce((select ${overlay.released}
    from ${overlays} as ${overlay} where ${isOverlay}), ${table.attributes}) as content`
  const isKnown = sql`${table.tenantId} = ${readableTenant}
    and not exists (select 1 from ${overlays} as ${overlay}
      where ${isOverlay} and ${overlay.released} is null)`
  const isGone = sql`${overlay.tenantId} = ${readableTenant}
    and ${overlay.released} is not null and ${isOfKind}
    and not exists (select 1 from ${table} as ${present}
      where ${present.tenantId} = ${overlay.tenantId} and ${present.id} = ${overlayId})`
  const isPerson = table === users
  const same = (id: Column) => (isPerson ? sql`${where(id)} and ${hasOneId(id)}` : where(id))
  const others = sql`
    union all
    select ${otherId.releasedId} as key, ${seen}
    from ${from} ${withTwoIds} ${table} on ${table.id} = ${otherId.userId} and ${isKnown}
    where ${otherId.tenantId} = ${readableTenant} ${isMeant(otherId.userId)}
      and ${where(otherId.releasedId)}
    union all
    select ${otherId.releasedId} as key, ${overlay.released} as content
    from ${from} ${withTwoIds} ${overlays} as ${overlay}
      on ${overlayId} = ${otherId.userId} and ${isGone}
    where ${otherId.tenantId} = ${readableTenant} ${isMeant(otherId.userId)}
      and ${where(otherId.releasedId)}`
  return sql`
    select ${table.id} as key, ${seen} from ${from} ${table}
    where ${isKnown} ${isMeant(table.id)} and ${same(table.id)}
    union all
    select ${overlayId} as key, ${overlay.released} as content
    from ${from} ${overlays} as ${overlay}
    where ${isGone} ${isMeant(overlayId)} and ${same(overlayId)}
    ${isPerson ? others : sql``}`
}

const isAfter = (id: Column) => sql`${id} > ${value('after')}`
const isExactly = (id: Column) => sql`${id} = ${value('id')}`

const single = (kind: typeof userKind | typeof teamKind) =>
  query(
    resource,
    (fields) => sql`select ${fieldList(fields)} from (${resources(kind, isExactly)}) as entry`,
  )

const selectUser = single(userKind)
const selectTeam = single(teamKind)
const listUsers = query(listedResource, (fields) => page(fields, resources(userKind, isAfter)))
const listTeams = query(listedResource, (fields) => page(fields, resources(teamKind, isAfter)))

/** The name by which the application knows a person. */
const nameOf = (userId: Column) => sql`coalesce(
  (select ${overlay.released} ->> '$.userName' from ${overlays} as ${overlay}
    where ${isOverlayOf(none, userId)}),
  (select ${user.attributes} ->> '$.userName' from ${users} as ${user}
    where ${user.tenantId} = ${readableTenant} and ${user.id} = ${userId}))`

const isMember = sql`${membership.tenantId} = ${readableTenant}
  and ${membership.teamId} = ${value('teamId')}
  and not exists (select 1 from ${overlays} as ${overlay}
    where ${isOverlayOf(membership.teamId, membership.userId)})`
const isPendingRemoval = sql`${pendingRemoval.tenantId} = ${readableTenant}
  and ${pendingRemoval.teamId} = ${value('teamId')} and ${pendingRemoval.change} = 'remove'`

/** Members of one source under the ids that the application knows. */
const membersIn = (rows: SQL, userId: Column, isOne: SQL) => sql`
  select ${userId} as key, ${nameOf(userId)} as content from ${rows}
  where ${isOne} and ${isAfter(userId)} and ${hasOneId(userId)}
  union all
  select ${otherId.releasedId} as key, ${nameOf(userId)} as content
  from ${withTwoIds} ${rows} on ${userId} = ${otherId.userId} and ${isOne}
  where ${otherId.tenantId} = ${readableTenant} and ${isAfter(otherId.releasedId)}`

const listMembers = query({ ...member, found }, (fields) =>
  page(
    fields,
    sql`
    ${membersIn(sql`${memberships} as ${membership}`, membership.userId, isMember)}
    union all
    ${membersIn(sql`${overlays} as ${pendingRemoval}`, pendingRemoval.userId, isPendingRemoval)}`,
  ),
)

export function listReleasedUsers(
  database: D1Database,
  reader: Reader,
  page: ReleasedPage,
): Promise<Result<Released<ReleasedResource>, Refusal>> {
  const values = { ...readerValues(reader), ...page }
  return readPage(database, reader, page, listUsers(database, values))
}

export function listReleasedTeams(
  database: D1Database,
  reader: Reader,
  page: ReleasedPage,
): Promise<Result<Released<ReleasedResource>, Refusal>> {
  const values = { ...readerValues(reader), ...page }
  return readPage(database, reader, page, listTeams(database, values))
}

/** Undefined when there is no such user. */
export function readReleasedUser(
  database: D1Database,
  reader: Reader,
  id: string,
): Promise<Result<{ state: ReaderState; entry: ReleasedResource | undefined }, Refusal>> {
  return readOne(database, reader, selectUser(database, { ...readerValues(reader), id }))
}

/** Undefined when there is no such team. */
export function readReleasedTeam(
  database: D1Database,
  reader: Reader,
  id: string,
): Promise<Result<{ state: ReaderState; entry: ReleasedResource | undefined }, Refusal>> {
  return readOne(database, reader, selectTeam(database, { ...readerValues(reader), id }))
}

/** The members of a team; undefined when there is no such team. */
export async function listReleasedMembers(
  database: D1Database,
  reader: Reader,
  teamId: string,
  page: ReleasedPage,
): Promise<Result<{ state: ReaderState; members: Released<ReleasedMember> | undefined }, Refusal>> {
  const values = { ...readerValues(reader), ...page, teamId }
  const outcome = await readAs(database, reader, [
    selectTeam(database, { ...values, id: teamId }),
    listMembers(database, values),
  ])
  if (!outcome.ok) return outcome
  const { state, rows } = outcome.value
  const [[team], members] = rows
  return ok({ state, members: team && pageOf(state, page, members, memberOf) })
}

/** One page of a list, by the statement that reads it. */
export async function readPage(
  database: D1Database,
  reader: Reader,
  page: ReleasedPage,
  select: BoundStatement<RowOf<typeof listedResource>>,
): Promise<Result<Released<ReleasedResource>, Refusal>> {
  const outcome = await readAs(database, reader, [select])
  if (!outcome.ok) return outcome
  const { state, rows } = outcome.value
  return ok(pageOf(state, page, rows[0], resourceOf))
}

async function readOne(
  database: D1Database,
  reader: Reader,
  select: BoundStatement<RowOf<typeof resource>>,
): Promise<Result<{ state: ReaderState; entry: ReleasedResource | undefined }, Refusal>> {
  const outcome = await readAs(database, reader, [select])
  if (!outcome.ok) return outcome
  const { state, rows } = outcome.value
  const [[row]] = rows
  return ok({ state, entry: row && resourceOf(row) })
}

function pageOf<Row extends { readonly found: number }, T>(
  state: ReaderState,
  { limit }: ReleasedPage,
  rows: readonly Row[],
  show: (row: Row) => T,
): Released<T> {
  const entries = rows.slice(0, limit).map(show)
  return { state, entries, hasMore: (rows[0]?.found ?? 0) > entries.length }
}

function resourceOf({ id, attributes }: RowOf<typeof resource>): ReleasedResource {
  return { id, ...withoutStrays(attributes) }
}

function memberOf({ id, userName }: RowOf<typeof member>): ReleasedMember {
  return { id, userName }
}
