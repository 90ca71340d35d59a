/**
 * The people whom a change of members names, as SQL: one id bound as a parameter, a JSON list, or rows
 * of a table for lists that D1 would not take as a value. SQLite plans a statement without a list in
 * less time than one that takes a list apart.
 */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { copiedName, eventColumns, lastSeq } from '../events/append'
import { command, tenant, value, type Statement } from '../database/statement'
import { memberships, namedPeople, teams, users } from '../database/schema/directory'
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
  /** Named ids that no user of the tenant has; absent when there is none. */
  readonly unknown?: { readonly people: SQL<string>; readonly count: SQL<number> }
}

/** A membership, as all statements on members call it. */
export const membership = alias(memberships, 'membership')
const joiner = alias(users, 'joiner')
const leaver = alias(users, 'leaver')
const team = alias(teams, 'team')

export const ofThisTeam = sql`${membership.tenantId} = ${tenant}
  and ${membership.teamId} = ${value('teamId')}`

const isJoiner = (id: SQL) => sql`${joiner.tenantId} = ${tenant} and ${joiner.id} = ${id}`

/** The rows of a list of people, to stand after `from`, and what they hold. */
export interface NamedRows {
  readonly rows: SQL
  readonly id: SQL
  /** Number of the cause. */
  readonly cause: SQL
  /** True for a list of nobody. */
  readonly isEmpty: SQL
}

type ListName = 'joins' | 'leaves'

/** `[[user id, number of the cause], …]` as rows. */
function rowsOfValue(list: ListName): NamedRows {
  const name = sql.raw(list === 'joins' ? 'wanted' : 'unwanted')
  return {
    rows: sql`json_each(${value(list)}) as ${name}`,
    id: sql`(${name}.value ->> 0)`,
    cause: sql`(${name}.value ->> 1)`,
    isEmpty: sql`${value(list)} = '[]'`,
  }
}

function rowsOfTable(list: ListName): NamedRows {
  const name = list === 'joins' ? 'wanted' : 'unwanted'
  const named = alias(namedPeople, name)
  const rows = sql`(select ${namedPeople.userId}, ${namedPeople.cause} from ${namedPeople}
    where ${namedPeople.tenantId} = ${tenant} and ${namedPeople.list} = ${sql.raw(`'${list}'`)})
    as ${sql.raw(name)}`
  return {
    rows,
    id: sql`${named.userId}`,
    cause: sql`${named.cause}`,
    isEmpty: sql`not exists (select 1 from ${rows})`,
  }
}

const boundId = value('userId')

/** Unknown ids that are answered; a row of an answer may have 2 MB. */
const maximumUnknown = 5_000

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

export const joiningOne: People = {
  ...joining,
  joinersOrLeavers: sql`${users} as ${joiner} where ${isJoiner(boundId)} and ${isNoMember(boundId)}`,
  cause: sql`${value('cause')}`,
  number: sql`1`,
}

export const leavingOne: People = {
  ...leaving,
  joinersOrLeavers: sql`${memberships} as ${membership}
    where ${ofThisTeam} and ${membership.userId} = ${boundId}`,
  cause: sql`${value('cause')}`,
  number: sql`1`,
}

/** Leavers of a team that is deleted: all members. */
export const leavingAll: People = {
  ...leaving,
  joinersOrLeavers: sql`${memberships} as ${membership} where ${ofThisTeam}`,
  cause: sql`${value('causes')} -> 0`,
  number: numbered,
}

/** Sets of people as the lists of a change name them. */
export interface NamedSets {
  /** Joiners: users of the tenant among the named that are not in yet. */
  readonly joining: People
  /** Leavers: of the named, those who are in. */
  readonly leaving: People
  /** Leavers of a list that is replaced: those who are in and not named. */
  readonly leavingOthers: People
  /** True unless people are to join of whom none is a user of the tenant. */
  readonly someoneIsKnown: SQL
  /** Ids among the wanted that no user of the tenant has, as a JSON list of at most 5,000. */
  readonly unknownPeople: SQL<string>
  readonly unknownCount: SQL<number>
  readonly unwanted: NamedRows
  /** Conditions of an id: it is in the list. */
  readonly isWanted: SQL
  readonly isUnwanted: SQL
}

function setsOf(wanted: NamedRows, unwanted: NamedRows): NamedSets {
  const isWanted = sql`in (select ${wanted.id} from ${wanted.rows})`
  const unknown = sql`${wanted.rows}
    where not exists (select 1 from ${users} as ${joiner} where ${isJoiner(wanted.id)})`
  const unknownPeople = sql<string>`(select json_group_array(unknown.id) from (
    select ${wanted.id} as id from ${unknown} limit ${sql.raw(String(maximumUnknown))}) as unknown)`
  const unknownCount = sql<number>`(select count(*) from ${unknown})`
  return {
    joining: {
      ...joining,
      joinersOrLeavers: sql`${wanted.rows} cross join ${users} as ${joiner} on ${isJoiner(wanted.id)}
        where ${isNoMember(wanted.id)}`,
      cause: sql`${value('causes')} -> ${wanted.cause}`,
      number: numbered,
      unknown: { people: unknownPeople, count: unknownCount },
    },
    leaving: {
      ...leaving,
      joinersOrLeavers: sql`${unwanted.rows} cross join ${memberships} as ${membership}
        on ${ofThisTeam} and ${membership.userId} = ${unwanted.id} where true`,
      cause: sql`${value('causes')} -> ${unwanted.cause}`,
      number: numbered,
    },
    leavingOthers: {
      ...leaving,
      joinersOrLeavers: sql`${memberships} as ${membership}
        where ${ofThisTeam} and ${membership.userId} not ${isWanted}`,
      cause: sql`${value('causes')} -> 0`,
      number: numbered,
    },
    someoneIsKnown: sql`(${wanted.isEmpty} or exists (
      select 1 from ${wanted.rows} cross join ${users} as ${joiner} on ${isJoiner(wanted.id)}))`,
    unknownPeople,
    unknownCount,
    unwanted,
    isWanted,
    isUnwanted: sql`in (select ${unwanted.id} from ${unwanted.rows})`,
  }
}

/** Sources in which the statements of a change find the named people. */
export type Source = 'values' | 'table'

export const namedSets: Readonly<Record<Source, NamedSets>> = {
  values: setsOf(rowsOfValue('joins'), rowsOfValue('leaves')),
  table: setsOf(rowsOfTable('joins'), rowsOfTable('leaves')),
}

export const personIsKnown = sql`exists (
  select 1 from ${users} as ${joiner} where ${isJoiner(boundId)})`

/** `{"members": {"before": …, "after": …}}`: the person on one side, null on the other. */
function memberChange({ event, id, userName }: Pick<People, 'event' | 'id' | 'userName'>): SQL {
  const shown = sql`json_object('value', ${id}, 'userName', ${copiedName(userName)})`
  return event === 'team.member_added'
    ? sql`json_object('members', json_object('before', null, 'after', ${shown}))`
    : sql`json_object('members', json_object('before', ${shown}, 'after', null))`
}

/** The change in the event of a leaver who is in `membership`. */
export const removalOfMember = memberChange(leaving)

/** The team in the event of a membership; its row is called `team`. */
export const teamShown = sql`json_object('id', ${team.id}, 'displayName',
  ${copiedName(sql`${team.attributes} ->> '$.displayName'`)})`

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
