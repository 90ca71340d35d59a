/** Taking people out of teams because one of the two is deleted. */
import { and, eq, sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { eventColumns, lastSeq } from '../events/append'
import type { MembershipWrite } from './store'
import { leavingAll, recordMembershipEvents, removalOfMember, teamShown } from './membership-sets'
import { deleteFrom } from '../database/builder'
import {
  columns,
  command,
  counting,
  tenant,
  value,
  type Added,
  type Statement,
  type Values,
  type BoundStatement,
} from '../database/statement'
import { memberships, teams, users } from '../database/schema/directory'
import { events } from '../database/schema/events'

export interface UserDeletion {
  readonly id: string
  /** The version that it must have; undefined for any. */
  readonly version: number | undefined
}

const listedUser = alias(users, 'listed')
const membership = alias(memberships, 'membership')
const team = alias(teams, 'team')

/**
 * The users of a list that will be deleted, as `id` and `position`: those with the version that
 * they must have.
 */
export const deletedUsers = sql`(select ${listedUser.id} as id, ${listedUser.position} as position
  from json_each(${value('items')}) as item cross join ${users} as ${listedUser}
    on ${listedUser.tenantId} = ${tenant} and ${listedUser.id} = item.value ->> '$.id'
  where item.value ->> '$.version' is null
    or ${listedUser.version} = item.value ->> '$.version')`

/** The statements that take the people of a list out of every team; one set for each list. */
function leavingStatements(people: SQL): readonly Statement<Added>[] {
  const leavers = sql`${people} as leaving cross join ${memberships} as ${membership}
    on ${membership.tenantId} = ${tenant} and ${membership.userId} = leaving.id`
  const statements = [
    () => sql`insert into ${events} (${eventColumns})
      select ${tenant}, ${lastSeq} + row_number() over (), 'team.member_removed',
        ${team.id}, ${membership.userId}, ${value('now')},
        ${teamShown}, ${removalOfMember}, ${value('cause')}
      from ${leavers} join ${teams} as ${team}
        on ${team.tenantId} = ${membership.tenantId} and ${team.id} = ${membership.teamId}`,
    // Counted and found before, or SQLite would walk all teams of the tenant.
    () => sql`with counted as materialized (
        select ${membership.teamId} as teamKey, count(*) as leavers from ${leavers}
        group by ${membership.teamId}),
      found as materialized (
        select ${team.position} as place, counted.leavers as leavers from counted
        cross join ${teams} as ${team}
          on ${team.tenantId} = ${tenant} and ${team.id} = counted.teamKey)
      update ${teams} set ${columns(teams.version)} = ${teams.version} + 1,
        ${columns(teams.operation)} = ${value('operation')},
        ${columns(teams.updatedAt)} = ${value('now')},
        ${columns(teams.memberCount)} = ${teams.memberCount} - found.leavers
      from found where ${teams.position} = found.place`,
  ].map(command)
  const takeOut = counting(-1, () =>
    deleteFrom(memberships).where(
      and(
        eq(memberships.tenantId, tenant),
        sql`${memberships.userId} in (select id from ${people})`,
      ),
    ),
  )
  return [...statements, takeOut]
}

const rendered = new Map<SQL, readonly Statement<Added>[]>()

/**
 * Takes users who are being deleted out of every team. `people` selects their ids and is one of a
 * few constants, so that each is rendered once.
 */
export function leaveAllTeams(
  database: D1Database,
  values: Values,
  people: SQL,
): BoundStatement<Added>[] {
  const statements = rendered.get(people) ?? leavingStatements(people)
  rendered.set(people, statements)
  return statements.map((make) => make(database, values))
}

const recordDissolution = recordMembershipEvents(leavingAll)

const deleteAllMembers = counting(-1, () =>
  deleteFrom(memberships).where(
    and(eq(memberships.tenantId, tenant), eq(memberships.teamId, value('teamId'))),
  ),
)

/** Takes everybody out of a team that is being deleted. */
export function dissolve(
  database: D1Database,
  { causes, ...write }: Omit<MembershipWrite, 'versionStep'>,
): BoundStatement<Added>[] {
  const values = { ...write, causes: JSON.stringify(causes) }
  return [recordDissolution, deleteAllMembers].map((make) => make(database, values))
}
