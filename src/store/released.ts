/**
 * What the application may see of a tenant: its users, teams and members as they are released to
 * it. Lists follow the ids, so that a page begins where the last one ended, whatever changes.
 */
import { sql, type SQL } from 'drizzle-orm'
import { ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import type { Refusal } from './database'
import { pageBytes } from './event-log'
import { readableTenant, readAs, readerValues, type Reader, type ReaderState } from './reader'
import { statement, value } from './statement'
import { textOrNull, type Row } from './stored'
import { memberships, teams, users } from './tables'

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

const resources = (table: typeof users | typeof teams) =>
  sql`select ${table.id} as id, ${table.attributes} as attributes from ${table}
    where ${table.tenantId} = ${readableTenant}`

const behind = (column: SQL) => sql`${column} > ${value('after')}`

const listUsers = statement(page(sql`${resources(users)} and ${behind(sql`${users.id}`)}`))
const listTeams = statement(page(sql`${resources(teams)} and ${behind(sql`${teams.id}`)}`))
const selectUser = statement(sql`${resources(users)} and ${users.id} = ${value('id')}`)
const selectTeam = statement(sql`${resources(teams)} and ${teams.id} = ${value('id')}`)

const listMembers = statement(
  page(sql`
    select membership.user_id as id, (select person.attributes ->> '$.userName'
      from ${users} as person where person.tenant_id = membership.tenant_id
        and person.id = membership.user_id) as attributes
    from ${memberships} as membership
    where membership.tenant_id = ${readableTenant} and membership.team_id = ${value('teamId')}
      and ${behind(sql`membership.user_id`)}`),
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
  select: D1PreparedStatement,
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
  select: D1PreparedStatement,
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
