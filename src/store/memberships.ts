/**
 * The only writer of memberships. Statements are sets: what a change costs depends on how many
 * people it moves, never on how many are in the team.
 */
import { sql, type SQL } from 'drizzle-orm'
import { eventColumns, lastSeq } from './events'
import { columns, statement, value, type Statement, type Values } from './statement'
import { events, guards, memberships, teams, users } from './tables'

/** The net effect of a request on the members of one team. */
export interface MembershipChange {
  /** True: whoever is not in `joins` leaves. */
  readonly isReplacement: boolean
  /** User ids that shall be in, each once. */
  readonly joins: readonly string[]
  /** User ids that shall not be in; none of them in `joins`. Not used by a replacement. */
  readonly leaves: readonly string[]
}

export const noMembershipChange: MembershipChange = { isReplacement: false, joins: [], leaves: [] }

export function changesMembers(change: MembershipChange): boolean {
  return change.isReplacement || change.joins.length > 0 || change.leaves.length > 0
}

const memberColumns = columns(memberships.tenantId, memberships.teamId, memberships.userId)

const ofThisTeam = sql`membership.tenant_id = ${value('tenantId')}
  and membership.team_id = ${value('teamId')}`

/** Who will join: users of the tenant among the named that are not in yet. */
const joining = sql`json_each(${value('joins')}) as wanted
  cross join ${users} as person
    on person.tenant_id = ${value('tenantId')} and person.id = wanted.value
  where not exists (select 1 from ${memberships} as membership
    where ${ofThisTeam} and membership.user_id = wanted.value)`

/** Who will leave: of the named, those who are in. */
const leavingListed = sql`json_each(${value('leaves')}) as unwanted
  cross join ${memberships} as membership
    on ${ofThisTeam} and membership.user_id = unwanted.value where true`

/** Who will leave when the list is replaced: whoever is in and not named. */
const leavingOthers = sql`${memberships} as membership where ${ofThisTeam}
  and membership.user_id not in (select value from json_each(${value('joins')}))`

const isThisTeam = sql`team.tenant_id = ${value('tenantId')} and team.id = ${value('teamId')}`

/** `{"members": {"before": …, "after": …}}`: the person on the one side, nothing on the other. */
function memberChange(type: MembershipEvent, personId: SQL): SQL {
  const shown = sql`json_object('value', ${personId}, 'userName',
    (select known.attributes ->> '$.userName' from ${users} as known
      where known.tenant_id = ${value('tenantId')} and known.id = ${personId}))`
  return type === 'team.member_added'
    ? sql`json_object('members', json_object('before', null, 'after', ${shown}))`
    : sql`json_object('members', json_object('before', ${shown}, 'after', null))`
}

type MembershipEvent = 'team.member_added' | 'team.member_removed'

/** What an event of a membership shows: the team, and the person. */
function membershipEvent(type: MembershipEvent, personId: SQL, people: SQL): SQL {
  return sql`
    insert into ${events} (${eventColumns})
    select ${value('tenantId')}, ${lastSeq} + row_number() over (), ${type}, ${value('teamId')},
      ${personId}, ${value('now')},
      (select json_object('id', team.id, 'displayName', team.attributes ->> '$.displayName')
        from ${teams} as team where ${isThisTeam}),
      ${memberChange(type, personId)}, ${value('cause')}
    from ${people}`
}

const person = sql`wanted.value`
const member = sql`membership.user_id`

const recordJoins = statement(membershipEvent('team.member_added', person, joining))
const recordListedLeaves = statement(membershipEvent('team.member_removed', member, leavingListed))
const recordOtherLeaves = statement(membershipEvent('team.member_removed', member, leavingOthers))

const insertMembers = statement(sql`
  insert or ignore into ${memberships} (${memberColumns})
  select ${value('tenantId')}, ${value('teamId')}, person.id from ${joining}`)

const deleteListed = statement(sql`
  delete from ${memberships} where tenant_id = ${value('tenantId')}
    and team_id = ${value('teamId')}
    and user_id in (select value from json_each(${value('leaves')}))`)

const deleteOthers = statement(sql`
  delete from ${memberships} where tenant_id = ${value('tenantId')}
    and team_id = ${value('teamId')}
    and user_id not in (select value from json_each(${value('joins')}))`)

/** Moves the team's version and size before the rows move, and only if some will. */
function moveTeam(leaving: SQL): Statement {
  return statement(sql`
    update ${teams} set version = version + ${value('versionStep')},
      operation = ${value('operation')}, updated_at = ${value('now')},
      member_count = member_count + (select count(*) from ${joining})
        - (select count(*) from ${leaving})
    where tenant_id = ${value('tenantId')} and id = ${value('teamId')}
      and (exists (select 1 from ${joining}) or exists (select 1 from ${leaving}))`)
}

const moveTeamByList = moveTeam(leavingListed)
const moveTeamByReplacement = moveTeam(leavingOthers)

/** Refuses a change that names people to join of whom none is a user of the tenant. */
const membersGuard = statement(sql`
  insert into ${guards} (members) select 0
  where not exists (select 1 from json_each(${value('joins')}) as wanted
    cross join ${users} as person
      on person.tenant_id = ${value('tenantId')} and person.id = wanted.value)`)

/** Ids among the wanted that no user of the tenant has. */
export const selectUnknown = statement(sql`
  select wanted.value as id from json_each(${value('joins')}) as wanted
  where not exists (select 1 from ${users} as person
    where person.tenant_id = ${value('tenantId')} and person.id = wanted.value)`)

export interface MembershipWrite {
  readonly tenantId: number
  readonly teamId: string
  readonly operation: string
  readonly cause: string
  readonly now: number
  /** How far the version moves with the members: 0 when the same batch has moved it already. */
  readonly versionStep: number
}

/** The statements of one membership change, in the order in which they must run. */
export function membershipStatements(
  database: D1Database,
  write: MembershipWrite,
  change: MembershipChange,
): D1PreparedStatement[] {
  const values = {
    ...write,
    joins: JSON.stringify(change.joins),
    leaves: JSON.stringify(change.leaves),
  }
  const { isReplacement } = change
  const move = isReplacement ? moveTeamByReplacement : moveTeamByList
  const leaves = isReplacement
    ? [recordOtherLeaves, deleteOthers]
    : change.leaves.length > 0
      ? [recordListedLeaves, deleteListed]
      : []
  const joins = change.joins.length > 0 ? [recordJoins, insertMembers] : []
  const guard = change.joins.length > 0 ? [membersGuard] : []
  return [...guard, move, ...leaves, ...joins].map((make) => make(database, values))
}

/** The statements that take the people of a list out of every team; one set for each list. */
function leavingStatements(people: SQL): readonly Statement[] {
  const theirs = sql`${people} as leaving cross join ${memberships} as membership
    on membership.tenant_id = ${value('tenantId')} and membership.user_id = leaving.id`
  const change = memberChange('team.member_removed', sql`membership.user_id`)
  return [
    sql`insert into ${events} (${eventColumns})
      select ${value('tenantId')}, ${lastSeq} + row_number() over (), 'team.member_removed',
        team.id, membership.user_id, ${value('now')},
        json_object('id', team.id, 'displayName', team.attributes ->> '$.displayName'),
        ${change}, ${value('cause')}
      from ${theirs} join ${teams} as team
        on team.tenant_id = membership.tenant_id and team.id = membership.team_id`,
    // Counted and found before, or SQLite would walk all teams of the tenant.
    sql`with moved as materialized (
        select membership.team_id as team_id, count(*) as count from ${theirs}
        group by membership.team_id),
      found as materialized (
        select team.position as position, moved.count as count from moved
        cross join ${teams} as team
          on team.tenant_id = ${value('tenantId')} and team.id = moved.team_id)
      update ${teams} set version = version + 1, operation = ${value('operation')},
        updated_at = ${value('now')}, member_count = member_count - found.count
      from found where ${teams.position} = found.position`,
    sql`delete from ${memberships} where tenant_id = ${value('tenantId')}
      and user_id in (select id from ${people})`,
  ].map(statement)
}

const rendered = new Map<SQL, readonly Statement[]>()

/**
 * Takes users who are being deleted out of every team. `people` selects their ids and is one of a
 * few constants, so that each is rendered once.
 */
export function leaveAllTeams(
  database: D1Database,
  values: Values,
  people: SQL,
): D1PreparedStatement[] {
  const statements = rendered.get(people) ?? leavingStatements(people)
  rendered.set(people, statements)
  return statements.map((make) => make(database, values))
}

const recordDissolution = statement(
  membershipEvent(
    'team.member_removed',
    member,
    sql`${memberships} as membership where ${ofThisTeam}`,
  ),
)

const deleteAllMembers = statement(sql`
  delete from ${memberships} where tenant_id = ${value('tenantId')}
    and team_id = ${value('teamId')}`)

/** Takes everybody out of a team that is being deleted. */
export function dissolve(
  database: D1Database,
  write: Omit<MembershipWrite, 'versionStep'>,
): D1PreparedStatement[] {
  return [recordDissolution, deleteAllMembers].map((make) => make(database, { ...write }))
}
