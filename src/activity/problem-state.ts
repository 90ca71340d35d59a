/** Who a problem is about by now, and whether it is over: its person or team has come, in SQL. */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { hasDeparted } from './departures'
import { memberships, teams, users } from '../database/schema/directory'
import { problems } from '../database/schema/support'

function isPresent(table: typeof users | typeof teams): SQL {
  const found = alias(table, 'present')
  return sql`exists (select 1 from ${table} as ${found} where ${found.tenantId} = ${problems.tenantId}
    and ${found.id} = ${problems.resourceId})`
}

/**
 * People and teams that a problem may be about: by id, by name, by identifier. Each finds an index. Of
 * whoever is there under the id, a name or identifier in the request may be somebody else's.
 */
function arrived(of: 'user' | 'team'): SQL {
  const { tenantId, resourceId, nameKey, externalId, lastAt } = problems
  const found = of === 'user' ? alias(users, 'arrived_user') : alias(teams, 'arrived_team')
  const table = of === 'user' ? users : teams
  const name = 'userName' in found ? found.userName : found.nameKey
  const since = sql`${found.updatedAt} > ${lastAt}`
  const named = (condition: SQL) => sql`exists (select 1 from ${table}
    as ${found} where ${found.tenantId} = ${tenantId} and ${condition} and ${since})`
  return sql`iif(${isPresent(table)}, ${named(sql`${found.id} = ${resourceId}`)},
    ${named(sql`${name} = ${nameKey}`)} or ${named(sql`${found.externalId} = ${externalId}`)}
    or ${hasDeparted(problems, of)})`
}

/** Of what had an id and was there: it has been deleted since. */
const isGone = (table: typeof users | typeof teams) =>
  sql`(${problems.resourceId} is not null and ${problems.code} <> 'resourceNotFound'
    and not ${isPresent(table)})`

/** All people who were to join are in the team, or the request named none. */
const areIn = sql`not exists (select 1 from json_each(${problems.members}) as joining
  where not exists (select 1 from ${memberships} where ${memberships.tenantId} = ${problems.tenantId}
    and ${memberships.teamId} = ${problems.resourceId} and ${memberships.userId} = joining.value))`

/**
 * True for a problem that is over: the person or team was changed or created after the last refusal, or
 * deleted. A team that somebody was to join has to have that person, whatever else was changed. A request
 * that names nobody is never over.
 */
export const isOver = sql<number>`case ${problems.kind}
  when 'user' then ${arrived('user')} or ${isGone(users)}
  when 'team' then ${isGone(teams)} or iif(${problems.resourceId} is null or ${problems.members} is null,
    ${arrived('team')}, ${areIn})
  else 0 end`

/** Whoever the directory has by a condition; an id is nobody else's, a name or identifier may be. */
function idBy(table: typeof users | typeof teams): SQL {
  const found = alias(table, 'named')
  const name = 'userName' in found ? found.userName : found.nameKey
  const id = (condition: SQL) => sql`(select ${found.id} from ${table} as ${found}
    where ${found.tenantId} = ${problems.tenantId} and ${condition} limit 1)`
  return sql`coalesce(${id(sql`${found.id} = ${problems.resourceId}`)},
    ${id(sql`${name} = ${problems.nameKey}`)}, ${id(sql`${found.externalId} = ${problems.externalId}`)})`
}

/** The id of what the directory has, under the id of the problem or one of its names; null for nothing. */
export const presentId = sql<string | null>`case ${problems.kind}
  when 'user' then ${idBy(users)} when 'team' then ${idBy(teams)} end`

const user = alias(users, 'problem_user')
const team = alias(teams, 'problem_team')

/** The name that the directory has for the id of the problem, else the one that was sent. */
export const shownName = sql<string | null>`coalesce(
  (select ${user.attributes} ->> '$.userName' from ${users} as ${user}
    where ${user.tenantId} = ${problems.tenantId} and ${user.id} = ${problems.resourceId}),
  (select ${team.attributes} ->> '$.displayName' from ${teams} as ${team}
    where ${team.tenantId} = ${problems.tenantId} and ${team.id} = ${problems.resourceId}),
  ${problems.name})`

/** True for a problem of somebody who is there under an id: a name in it is one that was wanted. */
export const isAnothers = sql`(${problems.resourceId} is not null and ${isPresent(users)})`
