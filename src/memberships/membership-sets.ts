/**
 * The people whom a change of members names, as SQL: a list, or one who is bound as he is. What takes
 * SQLite least to plan is a statement that has no list to take apart.
 */
import { sql, type SQL } from 'drizzle-orm'
import { eventColumns, lastSeq } from '../events/append'
import { statement, tenant, value, type Statement } from '../database/statement'
import { memberships, teams, users } from '../database/schema/directory'
import { events } from '../database/schema/events'

/** Those of the named who move. */
export interface People {
  readonly event: 'team.member_added' | 'team.member_removed'
  /** Whoever joins or leaves, to stand behind `from`. */
  readonly moving: SQL
  readonly id: SQL
  readonly userName: SQL
  /** What causes the change of each of them. */
  readonly cause: SQL
  /** 1 for the first of them, 2 for the next. */
  readonly number: SQL
  /** Ids among the named that no user of the tenant has, as a JSON list; absent when there is none. */
  readonly unknown?: SQL
}

export const ofThisTeam = sql`membership.tenant_id = ${tenant}
  and membership.team_id = ${value('teamId')}`

const isPerson = (id: SQL) => sql`person.tenant_id = ${tenant} and person.id = ${id}`

/** `[[user id, number of the cause], …]` as rows. */
export const wanted = sql`json_each(${value('joins')}) as wanted`
export const wantedId = sql`(wanted.value ->> 0)`
export const unwanted = sql`json_each(${value('leaves')}) as unwanted`
export const unwantedId = sql`(unwanted.value ->> 0)`

const numbered = sql`row_number() over ()`

const isNoMember = (id: SQL) => sql`not exists (select 1 from ${memberships} as membership
  where ${ofThisTeam} and membership.user_id = ${id})`

const joining = {
  event: 'team.member_added',
  id: sql`person.id`,
  userName: sql`person.attributes ->> '$.userName'`,
} as const

const leaving = {
  event: 'team.member_removed',
  id: sql`membership.user_id`,
  userName: sql`(select person.attributes ->> '$.userName' from ${users} as person
    where ${isPerson(sql`membership.user_id`)})`,
} as const

/** Ids among the wanted that no user of the tenant has, as a JSON list. */
export const unknownPeople = sql`(select json_group_array(${wantedId}) from ${wanted}
  where not exists (select 1 from ${users} as person where ${isPerson(wantedId)}))`

/** Who will join: users of the tenant among the named that are not in yet. */
export const joiningListed: People = {
  ...joining,
  moving: sql`${wanted} cross join ${users} as person on ${isPerson(wantedId)}
    where ${isNoMember(wantedId)}`,
  cause: sql`${value('causes')} -> (wanted.value ->> 1)`,
  number: numbered,
  unknown: unknownPeople,
}

export const joiningOne: People = {
  ...joining,
  moving: sql`${users} as person where ${isPerson(sql`${value('person')}`)}
    and ${isNoMember(sql`${value('person')}`)}`,
  cause: sql`${value('cause')}`,
  number: sql`1`,
}

/** Who will leave: of the named, those who are in. */
export const leavingListed: People = {
  ...leaving,
  moving: sql`${unwanted} cross join ${memberships} as membership
    on ${ofThisTeam} and membership.user_id = ${unwantedId} where true`,
  cause: sql`${value('causes')} -> (unwanted.value ->> 1)`,
  number: numbered,
}

export const leavingOne: People = {
  ...leaving,
  moving: sql`${memberships} as membership
    where ${ofThisTeam} and membership.user_id = ${value('person')}`,
  cause: sql`${value('cause')}`,
  number: sql`1`,
}

/** Who will leave when the list is replaced: whoever is in and not named. */
export const leavingOthers: People = {
  ...leaving,
  moving: sql`${memberships} as membership
    where ${ofThisTeam} and membership.user_id not in (select ${wantedId} from ${wanted})`,
  cause: sql`${value('causes')} -> 0`,
  number: numbered,
}

/** Who will leave when the team is deleted. */
export const leavingAll: People = {
  ...leaving,
  moving: sql`${memberships} as membership where ${ofThisTeam}`,
  cause: sql`${value('causes')} -> 0`,
  number: numbered,
}

/** True unless people are to join of whom none is a user of the tenant. */
export const someoneIsKnown = sql`(${value('joins')} = '[]' or exists (
  select 1 from ${wanted} cross join ${users} as person on ${isPerson(wantedId)}))`

export const personIsKnown = sql`exists (
  select 1 from ${users} as person where ${isPerson(sql`${value('person')}`)})`

/** `{"members": {"before": …, "after": …}}`: the person on the one side, nothing on the other. */
function memberChange({ event, id, userName }: Pick<People, 'event' | 'id' | 'userName'>): SQL {
  const shown = sql`json_object('value', ${id}, 'userName', ${userName})`
  return event === 'team.member_added'
    ? sql`json_object('members', json_object('before', null, 'after', ${shown}))`
    : sql`json_object('members', json_object('before', ${shown}, 'after', null))`
}

/** What the event of a member who is in `membership` says of the change. */
export const removalOfMember = memberChange(leaving)

/** What an event of a membership shows of the team that is called `team`. */
export const teamShown = sql`json_object('id', team.id, 'displayName', team.attributes ->> '$.displayName')`

/** An event for each who moves: shows the team, and the person. */
export function recordMembershipEvents(people: People): Statement {
  return statement(
    () => sql`
    insert into ${events} (${eventColumns})
    select ${tenant}, ${lastSeq} + ${people.number}, ${sql.raw(`'${people.event}'`)},
      ${value('teamId')}, ${people.id}, ${value('now')},
      (select ${teamShown} from ${teams} as team
        where team.tenant_id = ${tenant} and team.id = ${value('teamId')}),
      ${memberChange(people)}, ${people.cause}
    from ${people.moving}`,
  )
}
