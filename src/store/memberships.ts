/**
 * The only writer of memberships. Statements are sets: what a change costs depends on how many
 * people it moves, never on how many are in the team.
 */
import { sql, type SQL } from 'drizzle-orm'
import { allowing, ifTeamAnd, isAllowed } from './condition'
import { eventColumns, lastSeq } from './events'
import { columns, statement, value, type Statement, type Values } from './statement'
import { events, memberships, teams, users } from './tables'
import { teamColumns } from './team-row'

/** The net effect of a request on the members of one team. */
export interface MembershipChange {
  /** True: whoever is not in `joins` leaves. */
  readonly isReplacement: boolean
  /** User ids that shall be in, each once. */
  readonly joins: readonly string[]
  /** User ids that shall not be in; none of them in `joins`. Not used by a replacement. */
  readonly leaves: readonly string[]
  /** Which of the causes of the write moves each of them; the first where absent. */
  readonly causeOf?: ReadonlyMap<string, number>
}

export const noMembershipChange: MembershipChange = { isReplacement: false, joins: [], leaves: [] }

export function changesMembers(change: MembershipChange): boolean {
  return change.isReplacement || change.joins.length > 0 || change.leaves.length > 0
}

const memberColumns = columns(memberships.tenantId, memberships.teamId, memberships.userId)

const ofThisTeam = sql`membership.tenant_id = ${value('tenantId')}
  and membership.team_id = ${value('teamId')}`

/** `[[user id, number of the cause], …]` as rows. */
const wanted = sql`json_each(${value('joins')}) as wanted`
const wantedId = sql`(wanted.value ->> 0)`
const unwantedId = sql`(unwanted.value ->> 0)`

/** Who will join: users of the tenant among the named that are not in yet. */
const joining = sql`${wanted}
  cross join ${users} as person
    on person.tenant_id = ${value('tenantId')} and person.id = ${wantedId}
  where not exists (select 1 from ${memberships} as membership
    where ${ofThisTeam} and membership.user_id = ${wantedId})`

/** Who will leave: of the named, those who are in. */
const leavingListed = sql`json_each(${value('leaves')}) as unwanted
  cross join ${memberships} as membership
    on ${ofThisTeam} and membership.user_id = ${unwantedId} where true`

/** Who will leave when the list is replaced: whoever is in and not named. */
const leavingOthers = sql`${memberships} as membership where ${ofThisTeam}
  and membership.user_id not in (select ${wantedId} from ${wanted})`

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
function membershipEvent(
  type: MembershipEvent,
  personId: SQL,
  people: SQL,
  causeNumber: SQL = sql`0`,
): SQL {
  return sql`
    insert into ${events} (${eventColumns})
    select ${value('tenantId')}, ${lastSeq} + row_number() over (), ${type}, ${value('teamId')},
      ${personId}, ${value('now')},
      (select json_object('id', team.id, 'displayName', team.attributes ->> '$.displayName')
        from ${teams} as team where ${isThisTeam}),
      ${memberChange(type, personId)}, ${value('causes')} -> ${causeNumber}
    from ${people}`
}

const member = sql`membership.user_id`

const recordJoins = statement(
  membershipEvent('team.member_added', wantedId, joining, sql`(wanted.value ->> 1)`),
)
const recordListedLeaves = statement(
  membershipEvent('team.member_removed', member, leavingListed, sql`(unwanted.value ->> 1)`),
)
const recordOtherLeaves = statement(membershipEvent('team.member_removed', member, leavingOthers))

const insertMembers = statement(sql`
  insert or ignore into ${memberships} (${memberColumns})
  select ${value('tenantId')}, ${value('teamId')}, person.id from ${joining}`)

const deleteListed = statement(sql`
  delete from ${memberships} where tenant_id = ${value('tenantId')}
    and team_id = ${value('teamId')}
    and user_id in (select ${unwantedId} from json_each(${value('leaves')}) as unwanted)`)

const deleteOthers = statement(sql`
  delete from ${memberships} where tenant_id = ${value('tenantId')}
    and team_id = ${value('teamId')}
    and user_id not in (select ${wantedId} from ${wanted})`)

/** True unless people are to join of whom none is a user of the tenant. */
export const someoneIsKnown = sql`(${value('joins')} = '[]' or exists (
  select 1 from ${wanted} cross join ${users} as person
    on person.tenant_id = ${value('tenantId')} and person.id = ${wantedId}))`

/** Ids among the wanted that no user of the tenant has, as a JSON list. */
export const unknownPeople = sql`(select json_group_array(${wantedId}) from ${wanted}
  where not exists (select 1 from ${users} as person
    where person.tenant_id = ${value('tenantId')} and person.id = ${wantedId}))`

/**
 * Moves the team's version and size before the rows move, and only if some will; answers the team in
 * either case. Found by position: of an inner join without a team SQLite would skip the condition.
 */
function moveTeam(leaving: SQL, condition: SQL): Statement {
  const moves = sql`(step.joins + step.leaves > 0)`
  return statement(sql`
    with step as materialized (
      select target.position as position, (select count(*) from ${joining}) as joins,
        (select count(*) from ${leaving}) as leaves
      from ${allowing(condition)} left join ${teams} as target
        on target.tenant_id = ${value('tenantId')} and target.id = ${value('teamId')}
      where ${isAllowed})
    update ${teams} set version = version + ${moves} * ${value('versionStep')},
      operation = iif(${moves}, ${value('operation')}, ${teams.operation}),
      updated_at = iif(${moves}, ${value('now')}, ${teams.updatedAt}),
      member_count = member_count + step.joins - step.leaves
    from step where ${teams.position} = step.position
    returning ${teamColumns}, ${unknownPeople} as unknown`)
}

/** The first statement of its batch asks for everything that the change wants to be so. */
const asked = ifTeamAnd(someoneIsKnown, 'members')
const listMoves = { asking: moveTeam(leavingListed, asked), plain: moveTeam(leavingListed, sql`1`) }
const replacementMoves = {
  asking: moveTeam(leavingOthers, asked),
  plain: moveTeam(leavingOthers, sql`1`),
}

export interface MembershipWrite {
  readonly tenantId: number
  readonly teamId: string
  readonly operation: string
  /** JSON list: what caused the changes; the first of them where nothing else is said. */
  readonly causes: string
  readonly now: number
  /** How far the version moves with the members: 0 when the same batch has moved it already. */
  readonly versionStep: number
}

/**
 * The statements of one membership change, in the order in which they must run. The first answers
 * the team as it is then, and who is unknown. With `conditions`, the values of the credential and
 * the version, it also asks whether the change may be made; else an earlier statement did.
 */
export function membershipStatements(
  database: D1Database,
  write: MembershipWrite,
  change: MembershipChange,
  conditions?: Values,
): D1PreparedStatement[] {
  const values = { ...conditions, ...write, ...membershipValues(change) }
  const { isReplacement } = change
  const moves = isReplacement ? replacementMoves : listMoves
  const move = conditions ? moves.asking : moves.plain
  const leaves = isReplacement
    ? [recordOtherLeaves, deleteOthers]
    : change.leaves.length > 0
      ? [recordListedLeaves, deleteListed]
      : []
  const joins = change.joins.length > 0 ? [recordJoins, insertMembers] : []
  return [move, ...leaves, ...joins].map((make) => make(database, values))
}

export function membershipValues({ joins, leaves, causeOf }: MembershipChange) {
  const pairs = (ids: readonly string[]) =>
    JSON.stringify(ids.map((id) => [id, causeOf?.get(id) ?? 0]))
  return { joins: pairs(joins), leaves: pairs(leaves) }
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
