/**
 * The people whom a change of members names, as SQL: a JSON list, or one id bound as a parameter.
 * SQLite plans a statement without a list in less time than one that takes a list apart.
 */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { eventColumns, lastSeq } from '../events/append'
import { command, tenant, value, type Statement } from '../database/statement'
import { memberships, teams, users } from '../database/schema/directory'
import { events } from '../database/schema/events'

/** People among those named whom a change affects: all of them join, or all of them leave. */
export interface People {
  readonly event: 'team.member_added' | 'team.member_removed'
  /** Their rows, to stand after `from`. */
  readonly joinersOrLeavers: SQL
  readonly id: SQL
  readonly userName: SQL
  /** Cause of the change of each of them, as JSON. */
  readonly cause: SQL
  /** 1 for the first of them, 2 for the next. */
  readonly number: SQL
  /**
   * Ids among the named that no user of the tenant has, as a JSON list; absent when there is none.
   */
  readonly unknown?: SQL<string>
}

/** A membership, as all statements on members call it. */
export const membership = alias(memberships, 'membership')
const joiner = alias(users, 'joiner')
const leaver = alias(users, 'leaver')
const team = alias(teams, 'team')

export const ofThisTeam = sql`${membership.tenantId} = ${tenant}
  and ${membership.teamId} = ${value('teamId')}`

const isJoiner = (id: SQL) => sql`${joiner.tenantId} = ${tenant} and ${joiner.id} = ${id}`

/** `[[user id, number of the cause], …]` as rows. */
export const wanted = sql`json_each(${value('joins')}) as wanted`
export const wantedId = sql`(wanted.value ->> 0)`
export const unwanted = sql`json_each(${value('leaves')}) as unwanted`
export const unwantedId = sql`(unwanted.value ->> 0)`

const boundId = value('userId')

const numbered = sql`row_number() over ()`

const isNoMember = (id: SQL) => sql`not exists (select 1 from ${memberships} as ${membership}
  where ${ofThisTeam} and ${membership.userId} = ${id})`

const joining = {
  event: 'team.member_added',
  id: sql`${joiner.id}`,
  userName: sql`${joiner.attributes} ->> '$.userName'`,
} as const

const leaving = {
  event: 'team.member_removed',
  id: sql`${membership.userId}`,
  userName: sql`(select ${leaver.attributes} ->> '$.userName' from ${users} as ${leaver}
    where ${leaver.tenantId} = ${tenant} and ${leaver.id} = ${membership.userId})`,
} as const

/** Ids among the wanted that no user of the tenant has, as a JSON list. */
export const unknownPeople = sql<string>`(select json_group_array(${wantedId}) from ${wanted}
  where not exists (select 1 from ${users} as ${joiner} where ${isJoiner(wantedId)}))`

/** Joiners: users of the tenant among the named that are not in yet. */
export const joiningListed: People = {
  ...joining,
  joinersOrLeavers: sql`${wanted} cross join ${users} as ${joiner} on ${isJoiner(wantedId)}
    where ${isNoMember(wantedId)}`,
  cause: sql`${value('causes')} -> (wanted.value ->> 1)`,
  number: numbered,
  unknown: unknownPeople,
}

export const joiningOne: People = {
  ...joining,
  joinersOrLeavers: sql`${users} as ${joiner} where ${isJoiner(boundId)} and ${isNoMember(boundId)}`,
  cause: sql`${value('cause')}`,
  number: sql`1`,
}

/** Leavers: of the named, those who are in. */
export const leavingListed: People = {
  ...leaving,
  joinersOrLeavers: sql`${unwanted} cross join ${memberships} as ${membership}
    on ${ofThisTeam} and ${membership.userId} = ${unwantedId} where true`,
  cause: sql`${value('causes')} -> (unwanted.value ->> 1)`,
  number: numbered,
}

export const leavingOne: People = {
  ...leaving,
  joinersOrLeavers: sql`${memberships} as ${membership}
    where ${ofThisTeam} and ${membership.userId} = ${boundId}`,
  cause: sql`${value('cause')}`,
  number: sql`1`,
}

/** Leavers of a list that is replaced: those who are in and not named. */
export const leavingOthers: People = {
  ...leaving,
  joinersOrLeavers: sql`${memberships} as ${membership}
    where ${ofThisTeam} and ${membership.userId} not in (select ${wantedId} from ${wanted})`,
  cause: sql`${value('causes')} -> 0`,
  number: numbered,
}

/** Leavers of a team that is deleted: all members. */
export const leavingAll: People = {
  ...leaving,
  joinersOrLeavers: sql`${memberships} as ${membership} where ${ofThisTeam}`,
  cause: sql`${value('causes')} -> 0`,
  number: numbered,
}

/** True unless people are to join of whom none is a user of the tenant. */
export const someoneIsKnown = sql`(${value('joins')} = '[]' or exists (
  select 1 from ${wanted} cross join ${users} as ${joiner} on ${isJoiner(wantedId)}))`

export const personIsKnown = sql`exists (
  select 1 from ${users} as ${joiner} where ${isJoiner(boundId)})`

/** `{"members": {"before": …, "after": …}}`: the person on one side, null on the other. */
function memberChange({ event, id, userName }: Pick<People, 'event' | 'id' | 'userName'>): SQL {
  const shown = sql`json_object('value', ${id}, 'userName', ${userName})`
  return event === 'team.member_added'
    ? sql`json_object('members', json_object('before', null, 'after', ${shown}))`
    : sql`json_object('members', json_object('before', ${shown}, 'after', null))`
}

/** The change in the event of a leaver who is in `membership`. */
export const removalOfMember = memberChange(leaving)

/** The team in the event of a membership; its row is called `team`. */
export const teamShown = sql`json_object('id', ${team.id}, 'displayName', ${team.attributes} ->> '$.displayName')`

/** An event for each joiner or leaver: shows the team, and the person. */
export function recordMembershipEvents(people: People): Statement<never> {
  return command(
    () => sql`
    insert into ${events} (${eventColumns})
    select ${tenant}, ${lastSeq} + ${people.number}, ${sql.raw(`'${people.event}'`)},
      ${value('teamId')}, ${people.id}, ${value('now')},
      (select ${teamShown} from ${teams} as ${team}
        where ${team.tenantId} = ${tenant} and ${team.id} = ${value('teamId')}),
      ${memberChange(people)}, ${people.cause}
    from ${people.joinersOrLeavers}`,
  )
}
