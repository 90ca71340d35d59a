/** Taking people out of teams because one of the two is deleted. */
import { sql, type SQL } from 'drizzle-orm'
import { eventColumns, lastSeq } from '../events/append'
import type { MembershipWrite } from './store'
import { leavingAll, recordMembershipEvents, removalOfMember, teamShown } from './membership-sets'
import {
  statement,
  tenant,
  value,
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

/** The users of a list that will be deleted: those with the version that they must have. */
export const doomed = sql`(select person.id as id, person.position as position from json_each(${value('items')}) as item cross join ${users} as person
  on person.tenant_id = ${tenant} and person.id = item.value ->> '$.id'
  where item.value ->> '$.version' is null or person.version = item.value ->> '$.version')`

/** The statements that take the people of a list out of every team; one set for each list. */
function leavingStatements(people: SQL): readonly Statement[] {
  const theirs = sql`${people} as leaving cross join ${memberships} as membership
    on membership.tenant_id = ${tenant} and membership.user_id = leaving.id`
  return [
    () => sql`insert into ${events} (${eventColumns})
      select ${tenant}, ${lastSeq} + row_number() over (), 'team.member_removed',
        team.id, membership.user_id, ${value('now')},
        ${teamShown}, ${removalOfMember}, ${value('cause')}
      from ${theirs} join ${teams} as team
        on team.tenant_id = membership.tenant_id and team.id = membership.team_id`,
    // Counted and found before, or SQLite would walk all teams of the tenant.
    () => sql`with moved as materialized (
        select membership.team_id as team_id, count(*) as count from ${theirs}
        group by membership.team_id),
      found as materialized (
        select team.position as position, moved.count as count from moved
        cross join ${teams} as team
          on team.tenant_id = ${tenant} and team.id = moved.team_id)
      update ${teams} set version = version + 1, operation = ${value('operation')},
        updated_at = ${value('now')}, member_count = member_count - found.count
      from found where ${teams.position} = found.position`,
    () => sql`delete from ${memberships} where tenant_id = ${tenant}
      and user_id in (select id from ${people})`,
  ].map(statement)
}

const rendered = new Map<SQL, readonly Statement[]>()

/**
 * Takes users who are being deleted out of every team. `people` selects their ids and is one of a
 * few constants, so that each is rendered once.
 */
export function leaveAllTeams(database: D1Database, values: Values, people: SQL): BoundStatement[] {
  const statements = rendered.get(people) ?? leavingStatements(people)
  rendered.set(people, statements)
  return statements.map((make) => make(database, values))
}

const recordDissolution = recordMembershipEvents(leavingAll)

const deleteAllMembers = statement(
  () => sql`
  delete from ${memberships} where tenant_id = ${tenant}
    and team_id = ${value('teamId')}`,
)

/** Takes everybody out of a team that is being deleted. */
export function dissolve(
  database: D1Database,
  { causes, ...write }: Omit<MembershipWrite, 'versionStep'>,
): BoundStatement[] {
  const values = { ...write, causes: JSON.stringify(causes) }
  return [recordDissolution, deleteAllMembers].map((make) => make(database, values))
}
