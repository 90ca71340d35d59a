/** Whether a problem is over: its person or team has come, in SQL. */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { hasDeparted } from './departures'
import { memberships, teams, users } from '../database/schema/directory'
import { problems } from '../database/schema/support'

/** People and teams that a problem may be about: by id, by name, by identifier. Each finds an index. */
function arrived(of: 'user' | 'team'): SQL {
  const { tenantId, resourceId, nameKey, externalId, lastAt } = problems
  const found = of === 'user' ? alias(users, 'arrived_user') : alias(teams, 'arrived_team')
  const name = 'userName' in found ? found.userName : found.nameKey
  const since = sql`${found.updatedAt} > ${lastAt}`
  const named = (condition: SQL) => sql`exists (select 1 from ${of === 'user' ? users : teams}
    as ${found} where ${found.tenantId} = ${tenantId} and ${condition} and ${since})`
  return sql`(${named(sql`${found.id} = ${resourceId}`)} or ${named(sql`${name} = ${nameKey}`)}
    or ${named(sql`${found.externalId} = ${externalId}`)})`
}

function isPresent(table: typeof users | typeof teams): SQL {
  const found = alias(table, 'present')
  return sql`exists (select 1 from ${table} as ${found} where ${found.tenantId} = ${problems.tenantId}
    and ${found.id} = ${problems.resourceId})`
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
  when 'user' then ${arrived('user')} or ${isGone(users)} or ${hasDeparted(problems, 'user')}
  when 'team' then ${isGone(teams)} or ${hasDeparted(problems, 'team')} or iif(${problems.resourceId} is null or ${problems.members} is null,
    ${arrived('team')}, ${areIn})
  else 0 end`
