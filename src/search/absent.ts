/** People and teams whom the directory does not have under the wanted name: refused, deleted, renamed. */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { teamMark } from '../activity/other-names'
import { isOver, shownName } from '../activity/problem-state'
import { fieldList, flag, type RowOf } from '../database/field'
import { users } from '../database/schema/directory'
import { overlays } from '../database/schema/guard'
import { departures, otherNames, problems } from '../database/schema/support'
import { tenants } from '../database/schema/tenants'
import { query, value } from '../database/statement'
import { begins, isWanted, limit, ofTenant } from './wanted'

const byNames = (
  table: typeof problems | typeof departures,
): SQL => sql`(${begins(table.nameKey)} or ${begins(table.emailKey)} or ${begins(table.displayKey)}
  or ${table.externalId} = ${value('text')})`

const isOtherName = (kind: 'former' | 'deleted' | 'refused') =>
  sql`${otherNames.kind} = ${sql.raw(`'${kind}'`)} and ${begins(otherNames.nameKey)}`

const refusedFields = {
  ...ofTenant,
  key: problems.key,
  kind: problems.kind,
  /** Id in the path of the request; null for somebody new. */
  id: problems.resourceId,
  name: sql<string>`coalesce(${shownName}, ${problems.resourceId}, ${problems.key})`,
  code: problems.code,
  lastAt: problems.lastAt,
  isOver: flag(isOver),
}

export const selectRefused = query(
  refusedFields,
  (fields) => sql`
  select ${fieldList(fields)} from ${problems} cross join ${tenants} on ${tenants.id} = ${problems.tenantId}
  where ${isWanted} and ${byNames(problems)} order by ${problems.lastAt} desc limit ${limit}`,
)

/** Refused people by addresses after the first. */
export const selectOtherRefused = query(
  refusedFields,
  (fields) => sql`
  select ${fieldList(fields)} from ${otherNames}
    cross join ${problems} on ${problems.tenantId} = ${otherNames.tenantId}
      and ${problems.key} = ${otherNames.subject}
    cross join ${tenants} on ${tenants.id} = ${problems.tenantId}
  where ${isOtherName('refused')} and ${isWanted} limit ${limit}`,
)

const departureFields = {
  ...ofTenant,
  userId: departures.userId,
  userName: departures.userName,
  at: departures.at,
}

export const selectDeparted = query(
  departureFields,
  (fields) => sql`
  select ${fieldList(fields)} from ${departures}
    cross join ${tenants} on ${tenants.id} = ${departures.tenantId}
  where ${isWanted} and (${byNames(departures)} or ${departures.userId} = ${value('text')})
    and ${departures.nameKey} not like ${sql.raw(`char(${teamMark.charCodeAt(0)})`)} || '%'
  order by ${departures.at} desc limit ${limit}`,
)

/** Deleted people by names that SQLite cannot fold, and by addresses after the first. */
export const selectOtherDeparted = query(
  {
    ...ofTenant,
    userId: otherNames.subject,
    userName: sql<string>`coalesce(${otherNames.name}, '')`,
    at: otherNames.at,
  },
  (fields) => sql`
  select ${fieldList(fields)} from ${otherNames}
    cross join ${tenants} on ${tenants.id} = ${otherNames.tenantId}
  where ${isOtherName('deleted')} and ${isWanted}
    and substr(${otherNames.nameKey}, 1, 1) <> ${sql.raw(`char(${teamMark.charCodeAt(0)})`)}
  limit ${limit}`,
)

/** People by names and addresses that they had before. */
export const selectFormer = query(
  {
    ...ofTenant,
    id: otherNames.subject,
    /** The former name, as it was written. */
    former: sql<string>`coalesce(${otherNames.name}, '')`,
    /** The user name by now; null where the person is gone. */
    userName: sql<string | null>`(select ${users.attributes} ->> '$.userName' from ${users}
      where ${users.tenantId} = ${otherNames.tenantId} and ${users.id} = ${otherNames.subject})`,
    at: otherNames.at,
  },
  (fields) => sql`
  select ${fieldList(fields)} from ${otherNames}
    cross join ${tenants} on ${tenants.id} = ${otherNames.tenantId}
  where ${isOtherName('former')} and ${isWanted} limit ${limit}`,
)

const held = alias(overlays, 'held_person')

/** People whom the application still has, and the provider has deleted: the deletion waits. */
export const selectHeld = query(
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

type RefusedHit = RowOf<typeof refusedFields>
type DepartedHit = RowOf<typeof departureFields>

/** Both lists, each problem once. */
export function allRefused(
  refused: readonly RefusedHit[],
  others: readonly RefusedHit[],
): RefusedHit[] {
  return once([...refused, ...others], ({ slug, key }) => `${slug} ${key}`)
}

/** Both lists, each deleted person once. */
export function allDeparted(
  departed: readonly DepartedHit[],
  others: readonly DepartedHit[],
): DepartedHit[] {
  return once([...departed, ...others], ({ slug, userId }) => `${slug} ${userId}`)
}

export function once<T>(list: readonly T[], keyOf: (entry: T) => string): T[] {
  const known = new Map<string, T>()
  for (const entry of list) if (!known.has(keyOf(entry))) known.set(keyOf(entry), entry)
  return [...known.values()]
}
