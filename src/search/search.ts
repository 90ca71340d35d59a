/**
 * One search over all tenants: tenants, people, refused and deleted people, teams and requests. Every
 * part finds an index or has a bound: it costs by the number of tenants, and never by that of people.
 */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { gathering } from '../activity/departures'
import { isOver } from '../activity/problem-state'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList, flag, type RowOf } from '../database/field'
import { fromEach, type Databases } from '../database/placement'
import { teams, userEmails, users } from '../database/schema/directory'
import { events } from '../database/schema/events'
import { overlays } from '../database/schema/guard'
import { departures, exchanges, problems } from '../database/schema/support'
import { tenants } from '../database/schema/tenants'
import { query, value } from '../database/statement'
import { ok, type Result } from '../result'
import { fold } from '../scim/filter/match'

/** Hits of each part in each database. */
const maximumHits = 20

/** People of each database whose family name is looked at: those who were created last. */
export const scannedPeople = 5_000

/** Changes that are looked through for a request: of so many tenants, so many of each. */
export const scannedTenants = 25
export const scannedEvents = 400

const ofTenant = { slug: tenants.slug, tenantName: tenants.name }

const isWanted = sql`(${value('slug')} = '' or ${tenants.slug} = ${value('slug')})`

/** A text that begins as the wanted one does. */
const begins = (text: SQL | SQL.Aliased | object) =>
  sql`${text} >= ${value('folded')} and ${text} < ${value('end')}`

const limit = value('limit')

const selectTenants = query(
  { ...ofTenant, people: tenants.userCount },
  (fields) => sql`
  select ${fieldList(fields)} from ${tenants} where ${isWanted}
    and (instr(${tenants.slug}, ${value('folded')}) > 0
      or instr(lower(${tenants.name}), ${value('folded')}) > 0)
  order by ${tenants.slug} limit ${limit}`,
)

/**
 * Ids of people of each tenant by a condition that finds an index within the tenant. D1 takes
 * at most five parts of a union.
 */
const peopleWith = (condition: SQL) => sql`select * from (
  select ${users.tenantId} as tenant_key, ${users.id} as id_key
  from ${tenants} cross join ${users} on ${users.tenantId} = ${tenants.id} and ${condition}
  where ${isWanted} limit ${limit})`

const recent = alias(users, 'recent')
const family = sql`${recent.search} ->> '$.name.familyName'`

const familyNames = sql`select * from (
  select recent_tenant, recent_id from (
    select ${recent.tenantId} as recent_tenant, ${recent.id} as recent_id, ${family} as family_name
    from ${users} as ${recent} order by ${recent.position} desc limit ${value('scannedPeople')})
  where family_name >= ${value('folded')} and family_name < ${value('end')} limit ${limit})`

const selectPeople = query(
  {
    ...ofTenant,
    id: users.id,
    userName: sql<string>`coalesce(${users.attributes} ->> '$.userName', '')`,
    name: sql<string>`coalesce(${users.attributes} ->> '$.displayName',
      (${users.attributes} ->> '$.name.givenName') || ' ' || (${users.attributes} ->> '$.name.familyName'), '')`,
    externalId: sql<string | null>`${users.attributes} ->> '$.externalId'`,
    isActive: flag(sql`coalesce(${users.search} ->> '$.active', 1) = 1`),
  },
  (fields) => sql`
  with begun(tenant_key, id_key) as (
    ${peopleWith(begins(users.userName))}
    union ${peopleWith(begins(users.firstEmail))}
    union ${peopleWith(begins(users.displayName))}
    union ${familyNames}),
  same(tenant_key, id_key) as (
    ${peopleWith(sql`${users.externalId} = ${value('text')}`)}
    union ${peopleWith(sql`${users.id} = ${value('text')}`)}
    union ${peopleWith(sql`${users.id} in (select ${userEmails.userId} from ${userEmails}
      where ${userEmails.tenantId} = ${tenants.id} and ${userEmails.value} = ${value('folded')})`)}),
  found(tenant_key, id_key) as (select * from begun union select * from same)
  select ${fieldList(fields)} from found
    cross join ${users} on ${users.tenantId} = found.tenant_key and ${users.id} = found.id_key
    cross join ${tenants} on ${tenants.id} = ${users.tenantId}
  where ${isWanted} order by ${users.userName} = ${value('folded')} desc, ${users.userName} limit ${limit}`,
)

const byNames = (
  table: typeof problems | typeof departures,
): SQL => sql`(${begins(table.nameKey)} or ${begins(table.emailKey)} or ${begins(table.displayKey)}
  or ${table.externalId} = ${value('text')})`

const selectRefused = query(
  {
    ...ofTenant,
    key: problems.key,
    kind: problems.kind,
    name: sql<string>`coalesce(${problems.name}, ${problems.resourceId}, ${problems.key})`,
    code: problems.code,
    lastAt: problems.lastAt,
    isOver: flag(isOver),
  },
  (fields) => sql`
  select ${fieldList(fields)} from ${problems} cross join ${tenants} on ${tenants.id} = ${problems.tenantId}
  where ${isWanted} and ${byNames(problems)} order by ${problems.lastAt} desc limit ${limit}`,
)

const departureFields = {
  ...ofTenant,
  userId: departures.userId,
  userName: departures.userName,
  at: departures.at,
}

const selectDeparted = query(
  departureFields,
  (fields) => sql`
  select ${fieldList(fields)} from ${departures}
    cross join ${tenants} on ${tenants.id} = ${departures.tenantId}
  where ${isWanted} and ${byNames(departures)} order by ${departures.at} desc limit ${limit}`,
)

const held = alias(overlays, 'held_person')

/** People whom the application still has, and the provider has deleted: the deletion waits. */
const selectHeld = query(
  {
    ...ofTenant,
    id: held.userId,
    userName: sql<string>`coalesce(${held.released} ->> '$.userName', '')`,
    at: held.at,
  },
  (fields) => sql`
  select ${fieldList(fields)} from ${tenants} cross join ${overlays} as ${held}
    on ${held.tenantId} = ${tenants.id} and ${begins(held.name)}
  where ${isWanted} and ${held.kind} = 'user' and ${held.released} is not null
    and not exists (select 1 from ${users} where ${users.tenantId} = ${held.tenantId}
      and ${users.id} = ${held.userId})
  order by ${held.at} desc limit ${limit}`,
)

const teamsWith = (condition: SQL) => sql`select * from (
  select ${teams.tenantId} as tenant_key, ${teams.id} as id_key
  from ${tenants} cross join ${teams} on ${teams.tenantId} = ${tenants.id} and ${condition}
  where ${isWanted} limit ${limit})`

const selectTeams = query(
  {
    ...ofTenant,
    id: teams.id,
    name: sql<string>`coalesce(${teams.attributes} ->> '$.displayName', '')`,
    memberCount: teams.memberCount,
  },
  (fields) => sql`
  with found(tenant_key, id_key) as (
    ${teamsWith(begins(teams.nameKey))}
    union ${teamsWith(sql`${teams.externalId} = ${value('text')}`)}
    union ${teamsWith(sql`${teams.id} = ${value('text')}`)})
  select ${fieldList(fields)} from found
    cross join ${teams} on ${teams.tenantId} = found.tenant_key and ${teams.id} = found.id_key
    cross join ${tenants} on ${tenants.id} = ${teams.tenantId}
  order by ${teams.nameKey} limit ${limit}`,
)

const selectRefusedRequests = query(
  {
    ...ofTenant,
    at: exchanges.at,
    key: sql<string | null>`(select ${problems.key} from ${problems}
      where ${problems.tenantId} = ${exchanges.tenantId} and ${problems.seq} = ${exchanges.seq} limit 1)`,
  },
  (fields) => sql`
  select ${fieldList(fields)} from ${exchanges} cross join ${tenants} on ${tenants.id} = ${exchanges.tenantId}
  where ${isWanted} and ${exchanges.requestId} = ${value('text')} limit ${limit}`,
)

const last = alias(events, 'last_event')

const selectRequests = query(
  {
    ...ofTenant,
    at: events.at,
    type: events.type,
    id: events.resourceId,
    memberId: events.memberId,
  },
  (fields) => sql`
  select ${fieldList(fields)} from (
    select tenant_key, last_seq from (
      select ${tenants.id} as tenant_key, (select max(${last.seq}) from ${events} as ${last}
        where ${last.tenantId} = ${tenants.id}) as last_seq from ${tenants} where ${isWanted})
    where last_seq is not null order by (select ${last.at} from ${events} as ${last}
      where ${last.tenantId} = tenant_key and ${last.seq} = last_seq) desc
    limit ${value('scannedTenants')}) as latest
  cross join ${events} on ${events.tenantId} = latest.tenant_key
    and ${events.seq} > latest.last_seq - ${value('scannedEvents')}
  cross join ${tenants} on ${tenants.id} = ${events.tenantId}
  where ${events.cause} ->> '$.requestId' = ${value('text')} limit ${limit}`,
)

export interface SearchResult {
  readonly tenants: readonly RowsOf<typeof selectTenants>[]
  readonly people: readonly RowsOf<typeof selectPeople>[]
  readonly refused: readonly RowsOf<typeof selectRefused>[]
  /** People who are deleted, and whose deletion waits for a decision. */
  readonly held: readonly RowsOf<typeof selectHeld>[]
  readonly departed: readonly RowOf<typeof departureFields>[]
  readonly teams: readonly RowsOf<typeof selectTeams>[]
  readonly refusedRequests: readonly RowsOf<typeof selectRefusedRequests>[]
  readonly requests: readonly RowsOf<typeof selectRequests>[]
}

type RowsOf<S extends (...values: never[]) => { readonly read: (row: never) => unknown }> =
  ReturnType<ReturnType<S>['read']>

/**
 * Finds a text: 1 to 200 characters. Names, user names and addresses by their beginning, whatever the
 * case; identifiers, ids and requests as they are. `slug` keeps the search to one tenant; empty for all.
 * At most 20 hits of a kind come from each database.
 */
export async function searchAll(
  environment: Databases,
  text: string,
  slug: string,
): Promise<Result<SearchResult, Refusal>> {
  const folded = fold(text)
  const values = {
    text,
    folded,
    // After every text that begins so.
    end: `${folded}\u{10ffff}`,
    slug,
    limit: maximumHits,
    scannedPeople,
    scannedTenants,
    scannedEvents: slug === '' ? scannedEvents : scannedEvents * scannedTenants,
  }
  const found = await fromEach(environment, async ({ DB }) => {
    const read = await readBatch(DB, [
      ...gathering(DB, 0),
      selectTenants(DB, values),
      selectPeople(DB, values),
      selectRefused(DB, values),
      selectDeparted(DB, values),
      selectTeams(DB, values),
      selectRefusedRequests(DB, values),
      selectRequests(DB, values),
      selectHeld(DB, values),
    ])
    if (!read.ok) return read
    const [, , ...found] = read.value
    return ok([found])
  })
  if (!found.ok) return found
  const all = found.value
  return ok({
    tenants: all.flatMap(([rows]) => rows),
    people: all.flatMap(([, rows]) => rows),
    refused: all.flatMap(([, , rows]) => rows),
    departed: all.flatMap(([, , , rows]) => rows),
    teams: all.flatMap(([, , , , rows]) => rows),
    refusedRequests: all.flatMap(([, , , , , rows]) => rows),
    requests: all.flatMap(([, , , , , , rows]) => rows),
    held: all.flatMap(([, , , , , , , rows]) => rows),
  })
}
