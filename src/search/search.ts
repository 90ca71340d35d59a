/**
 * One search over all tenants: tenants, people, refused and deleted people, teams and requests. Every
 * part finds an index or has a bound: it costs by the number of tenants, and never by that of people.
 */
import { beginnings } from '../scim/text/spelling'
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { readGathered } from '../activity/departures'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList, flag } from '../database/field'
import { personName } from '../database/person-name'
import { fromEach, type Databases } from '../database/placement'
import { teams, userEmails, users } from '../database/schema/directory'
import { tenants } from '../database/schema/tenants'
import { query, value } from '../database/statement'
import { ok, type Result } from '../result'
import { fold } from '../scim/filter/match'
import {
  allDeparted,
  allRefused,
  once,
  selectDeparted,
  selectFormer,
  selectHeld,
  selectOtherDeparted,
  selectOtherRefused,
  selectRefused,
} from './absent'
import {
  scannedEvents,
  scannedTenants,
  selectPassedOver,
  selectRefusedRequests,
  selectRequests,
} from './requests'
import { begins, isWanted, limit, ofTenant } from './wanted'

/** Hits of each part in each database. */
export const maximumHits = 20

/** People of each database, or of the tenant, whose given and family names are looked at: the last created. */
export const scannedPeople = 5_000

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
const nameOfRecent = (part: string) =>
  sql`coalesce(${recent.search} ->> ${sql.raw(`'$.${part}'`)}, '')`

/** People who were created last, of one tenant or of all. */
const latestPeople = (condition: SQL) => sql`select * from (
  select ${recent.tenantId} as recent_tenant, ${recent.id} as recent_id,
    ${nameOfRecent('name.givenName')} as given_name, ${nameOfRecent('name.familyName')} as family_name,
    ${nameOfRecent('name.formatted')} as whole_name, ${nameOfRecent('nickName')} as nick_name
  from ${users} as ${recent} where ${condition}
  order by ${recent.position} desc limit ${value('scannedPeople')})`

const wantedTenant = alias(tenants, 'wanted_tenant')

/** Given and family names, in both orders, and what else people are called. */
const spokenNames = sql`select * from (
  select recent_tenant, recent_id from (
    ${latestPeople(sql`${value('slug')} = ''`)}
    union all ${latestPeople(sql`${recent.tenantId} = (select ${wantedTenant.id}
      from ${tenants} as ${wantedTenant} where ${wantedTenant.slug} = ${value('slug')})`)})
  where ${sql.join(
    [
      'given_name',
      'family_name',
      "given_name || ' ' || family_name",
      "family_name || ' ' || given_name",
      "family_name || ', ' || given_name",
      'whole_name',
      'nick_name',
    ].map((text) => begins(sql.raw(`(${text})`))),
    sql` or `,
  )} limit ${limit})`

const selectPeople = query(
  {
    ...ofTenant,
    id: users.id,
    userName: sql<string>`coalesce(${users.attributes} ->> '$.userName', '')`,
    name: sql<string>`coalesce(${personName(users.attributes)}, '')`,
    externalId: sql<string | null>`${users.attributes} ->> '$.externalId'`,
    isActive: flag(sql`coalesce(${users.search} ->> '$.active', 1) = 1`),
  },
  (fields) => sql`
  with begun(tenant_key, id_key) as (
    ${peopleWith(begins(users.userName))}
    union ${peopleWith(begins(users.firstEmail))}
    union ${peopleWith(begins(users.displayName))}
    union ${peopleWith(sql`${users.id} in (select ${userEmails.userId} from ${userEmails}
      where ${userEmails.tenantId} = ${tenants.id} and ${begins(userEmails.value)})`)}
    union ${spokenNames}),
  same(tenant_key, id_key) as (
    ${peopleWith(sql`${users.externalId} = ${value('text')}`)}
    union ${peopleWith(sql`${users.id} = ${value('text')}`)}),
  found(tenant_key, id_key) as (select * from begun union select * from same)
  select ${fieldList(fields)} from found
    cross join ${users} on ${users.tenantId} = found.tenant_key and ${users.id} = found.id_key
    cross join ${tenants} on ${tenants.id} = ${users.tenantId}
  where ${isWanted} order by ${users.userName} = ${value('folded')} desc, ${users.userName} limit ${limit}`,
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

export interface SearchResult {
  readonly tenants: readonly RowsOf<typeof selectTenants>[]
  readonly people: readonly RowsOf<typeof selectPeople>[]
  readonly refused: readonly RowsOf<typeof selectRefused>[]
  /** People who are deleted, and whose deletion waits for a decision. */
  readonly held: readonly RowsOf<typeof selectHeld>[]
  readonly departed: readonly RowsOf<typeof selectDeparted>[]
  /** People who had such a name or address, and are not found by another. */
  readonly former: readonly RowsOf<typeof selectFormer>[]
  readonly teams: readonly RowsOf<typeof selectTeams>[]
  readonly refusedRequests: readonly RowsOf<typeof selectRefusedRequests>[]
  readonly requests: readonly RowsOf<typeof selectRequests>[]
  readonly passedOver: readonly RowsOf<typeof selectPassedOver>[]
  /** False where so much is new that deletions and renames of the last minutes may be missing. */
  readonly isWhole: boolean
}

type RowsOf<S extends (...values: never[]) => { readonly read: (row: never) => unknown }> =
  ReturnType<ReturnType<S>['read']>

/**
 * Finds a text: 1 to 200 characters. Names, user names and addresses, also former ones, by their beginning, whatever the
 * case; identifiers, ids and requests as they are. `slug` keeps the search to one tenant; empty for all.
 * At most 20 hits of a kind come from each database, and of absent people 20 by each way in which they are found;
 * a text with an apostrophe is looked for with the straight and the curved one, one with an ß or ss with both, one that
 * ends in an s also as the beginning of an ß, each with as many.
 */
export async function searchAll(
  environment: Databases,
  text: string,
  slug: string,
): Promise<Result<SearchResult, Refusal>> {
  const [first, ...others] = beginnings(text)
  let found = await searchText(environment, first, slug)
  for (const other of others) {
    if (!found.ok) return found
    const more = await searchText(environment, other, slug)
    found = more.ok ? ok(joined(found.value, more.value)) : more
  }
  return found
}

/** Each hit once: a part of a name may be found both ways. */
function joined(first: SearchResult, second: SearchResult): SearchResult {
  const both = <T>(one: readonly T[], other: readonly T[]): T[] =>
    once([...one, ...other], (hit) => JSON.stringify(hit))
  return {
    tenants: both(first.tenants, second.tenants),
    people: both(first.people, second.people),
    refused: both(first.refused, second.refused),
    held: both(first.held, second.held),
    departed: both(first.departed, second.departed),
    former: both(first.former, second.former),
    teams: both(first.teams, second.teams),
    refusedRequests: both(first.refusedRequests, second.refusedRequests),
    requests: both(first.requests, second.requests),
    passedOver: both(first.passedOver, second.passedOver),
    isWhole: first.isWhole && second.isWhole,
  }
}

async function searchText(
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
    isRequest: /^(?=.*\d)[\w-]{8,64}$/.test(text) ? 1 : 0,
    scannedPeople,
    scannedTenants,
    scannedEvents: slug === '' ? scannedEvents : scannedEvents * scannedTenants,
  }
  const found = await fromEach(environment, async ({ DB }) => {
    const read = await readGathered(DB, 0, () =>
      readBatch(DB, [
        selectTenants(DB, values),
        selectPeople(DB, values),
        selectTeams(DB, values),
        selectRefusedRequests(DB, values),
        selectRequests(DB, values),
        selectRefused(DB, values),
        selectOtherRefused(DB, values),
        selectHeld(DB, values),
        selectDeparted(DB, values),
        selectOtherDeparted(DB, values),
        selectFormer(DB, values),
        selectPassedOver(DB, values),
      ]),
    )
    return read.ok ? ok([read.value]) : read
  })
  if (!found.ok) return found
  const all = found.value.map(({ found }) => found)
  const people = all.flatMap(([, rows]) => rows)
  const departed = all.flatMap((rows) => allDeparted(rows[8], rows[9]))
  const keyOf = ({ slug, id }: { readonly slug: string; readonly id: string }) => `${slug} ${id}`
  const known = new Set([
    ...people.map(keyOf),
    ...departed.map(({ slug, userId }) => keyOf({ slug, id: userId })),
  ])
  const former = all.flatMap((rows) => rows[10]).filter((hit) => !known.has(keyOf(hit)))
  return ok({
    tenants: all.flatMap(([rows]) => rows),
    people,
    teams: all.flatMap(([, , rows]) => rows),
    refusedRequests: all.flatMap(([, , , rows]) => rows),
    requests: all.flatMap(([, , , , rows]) => rows),
    passedOver: all.flatMap((rows) => rows[11]),
    refused: all.flatMap((rows) => allRefused(rows[5], rows[6])),
    held: all.flatMap((rows) => rows[7]),
    departed,
    former: once(former, keyOf),
    isWhole: found.value.every(({ isWhole }) => isWhole),
  })
}
