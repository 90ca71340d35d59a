/**
 * What the application may see of a tenant: users, teams and members as they are released to it,
 * which is the directory with what is held laid over it. Lists follow the ids, so that a page begins
 * where the last one ended, whatever changes.
 */
import { sql, type SQL } from 'drizzle-orm'
import { ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import type { Refusal } from '../database/batch'
import { pageBytes } from '../events/log'
import { overlays } from '../database/schema/guard'
import { readableTenant, readAs, readerValues, type Reader, type ReaderState } from './reader'
import { statement, value, type BoundStatement } from '../database/statement'
import { textOrNull, type Row } from '../database/row'
import { memberships, teams, users } from '../database/schema/directory'

/** Where a page begins, and how long it may be. */
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

/** A user or a team: the attributes that the provider stated, with the id. */
export type ReleasedResource = JsonObject & { readonly id: string }

export interface ReleasedMember {
  readonly id: string
  readonly userName: string | null
}

/**
 * A page of a list that has `id` and `attributes`, in the order of the ids: one more than asked
 * for tells whether there is more, and large entries end a page early.
 */
const page = (list: SQL) => sql`
  select sized.* from (
    select entry.*, coalesce(sum(length(entry.attributes)) over (
      order by entry.id rows between unbounded preceding and 1 preceding), 0) as bytes_before,
      count(*) over () as found
    from (${list} order by id limit ${value('limit')} + 1) as entry) as sized
  where sized.bytes_before < ${pageBytes} order by sized.id`

/** The rows of `held` of a tenant, which say what the application sees otherwise. */
const heldAt = (teamId: SQL, userId: SQL) => sql`mine.tenant_id = ${readableTenant}
  and mine.team_id = ${teamId} and mine.user_id = ${userId}`

const none = sql`''`

/** The directory with what is held laid over it: what is deleted and held is merged in by its id. */
function resources(
  table: typeof users | typeof teams,
  key: { readonly teamId: SQL; readonly userId: SQL },
  mine: SQL,
  where: (id: SQL) => SQL,
): SQL {
  return sql`
    select ${table.id} as id, coalesce((select mine.released from ${overlays} as mine
        where ${heldAt(key.teamId, key.userId)}), ${table.attributes}) as attributes
    from ${table} where ${table.tenantId} = ${readableTenant} and ${where(sql`${table.id}`)}
      and not exists (select 1 from ${overlays} as mine
        where ${heldAt(key.teamId, key.userId)} and mine.released is null)
    union all
    select ${mine} as id, mine.released as attributes from ${overlays} as mine
    where mine.tenant_id = ${readableTenant} and ${where(mine)} and mine.released is not null
      and ${mine === heldUser ? sql`mine.team_id = ''` : sql`mine.user_id = ''`}
      and not exists (select 1 from ${table} as present
        where present.tenant_id = mine.tenant_id and present.id = ${mine})`
}

const heldUser = sql`mine.user_id`
const heldTeam = sql`mine.team_id`

const usersWhere = (where: (id: SQL) => SQL) =>
  resources(users, { teamId: none, userId: sql`${users.id}` }, heldUser, where)
const teamsWhere = (where: (id: SQL) => SQL) =>
  resources(teams, { teamId: sql`${teams.id}`, userId: none }, heldTeam, where)

const behind = (id: SQL) => sql`${id} > ${value('after')}`
const exactly = (id: SQL) => sql`${id} = ${value('id')}`

const listUsers = statement(() => page(usersWhere(behind)))
const listTeams = statement(() => page(teamsWhere(behind)))
const selectUser = statement(() => usersWhere(exactly))
const selectTeam = statement(() => teamsWhere(exactly))

/** The name by which the application knows a person. */
const nameOf = (userId: SQL) => sql`coalesce(
  (select mine.released ->> '$.userName' from ${overlays} as mine where ${heldAt(none, userId)}),
  (select person.attributes ->> '$.userName' from ${users} as person
    where person.tenant_id = ${readableTenant} and person.id = ${userId}))`

const listMembers = statement(() =>
  page(sql`
    select membership.user_id as id, ${nameOf(sql`membership.user_id`)} as attributes
    from ${memberships} as membership
    where membership.tenant_id = ${readableTenant} and membership.team_id = ${value('teamId')}
      and ${behind(sql`membership.user_id`)} and not exists (select 1 from ${overlays} as mine
        where ${heldAt(sql`membership.team_id`, sql`membership.user_id`)})
    union all
    select other.user_id as id, ${nameOf(sql`other.user_id`)} as attributes
    from ${overlays} as other
    where other.tenant_id = ${readableTenant} and other.team_id = ${value('teamId')}
      and other.change = 'remove' and ${behind(sql`other.user_id`)}`),
)

export function listReleasedUsers(
  database: D1Database,
  reader: Reader,
  wanted: ReleasedPage,
): Promise<Result<Released<ReleasedResource>, Refusal>> {
  const values = { ...readerValues(reader), ...wanted }
  return readPage(database, reader, wanted, listUsers(database, values), resourceOf)
}

export function listReleasedTeams(
  database: D1Database,
  reader: Reader,
  wanted: ReleasedPage,
): Promise<Result<Released<ReleasedResource>, Refusal>> {
  const values = { ...readerValues(reader), ...wanted }
  return readPage(database, reader, wanted, listTeams(database, values), resourceOf)
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
  wanted: ReleasedPage,
): Promise<Result<{ state: ReaderState; members: Released<ReleasedMember> | undefined }, Refusal>> {
  const values = { ...readerValues(reader), ...wanted, teamId }
  const outcome = await readAs(database, reader, [
    selectTeam(database, { ...values, id: teamId }),
    listMembers(database, values),
  ])
  if (!outcome.ok) return outcome
  const { state, rows } = outcome.value
  const [[team] = [], found = []] = rows
  return ok({ state, members: team && pageOf(state, wanted, found, memberOf) })
}

async function readPage<T>(
  database: D1Database,
  reader: Reader,
  wanted: ReleasedPage,
  select: BoundStatement,
  read: (row: Row) => T,
): Promise<Result<Released<T>, Refusal>> {
  const outcome = await readAs(database, reader, [select])
  if (!outcome.ok) return outcome
  const { state, rows } = outcome.value
  return ok(pageOf(state, wanted, rows[0] ?? [], read))
}

async function readOne(
  database: D1Database,
  reader: Reader,
  select: BoundStatement,
): Promise<Result<{ state: ReaderState; entry: ReleasedResource | undefined }, Refusal>> {
  const outcome = await readAs(database, reader, [select])
  if (!outcome.ok) return outcome
  const { state, rows } = outcome.value
  const row = rows[0]?.[0]
  return ok({ state, entry: row && resourceOf(row) })
}

function pageOf<T>(
  state: ReaderState,
  { limit }: ReleasedPage,
  rows: readonly Row[],
  read: (row: Row) => T,
): Released<T> {
  const entries = rows.slice(0, limit).map(read)
  return { state, entries, hasMore: Number(rows[0]?.['found'] ?? 0) > entries.length }
}

function resourceOf(row: Row): ReleasedResource {
  const attributes = JSON.parse(String(row['attributes'])) as JsonObject
  return { id: String(row['id']), ...attributes }
}

function memberOf(row: Row): ReleasedMember {
  return { id: String(row['id']), userName: textOrNull(row['attributes']) }
}
