/**
 * The effect of a request on the members of one team, as statements. They are sets: the cost of a
 * change depends on how many people join or leave, never on how many are in the team. With
 * `remove-from-teams.ts` the only writer of memberships.
 */
import { and, eq, sql, type SQL } from 'drizzle-orm'
import { demand, requiredTarget, requiredTeam, tenantRequiring } from '../database/precondition'
import type { Cause } from '../events/append'
import {
  joiningOne,
  leavingOne,
  namedSets,
  personIsKnown,
  recordMembershipEvents,
  type NamedSets,
  type People,
} from './membership-sets'
import type { MembershipChange } from './membership-change'
import { namedLists, sourceOf } from './named-people'
import { deleteFrom } from '../database/builder'
import { fieldList, json } from '../database/field'
import {
  columns,
  counting,
  hasWritten,
  query,
  tenant,
  value,
  type Added,
  type BoundStatement,
  type Statement,
  type Values,
} from '../database/statement'
import { memberships, teams } from '../database/schema/directory'
import { teamFields, type TeamRow } from './team-fields'

export { changesMembers, noMembershipChange, type MembershipChange } from './membership-change'

const memberColumns = columns(memberships.tenantId, memberships.teamId, memberships.userId)

function insertMembers({ id, joinersOrLeavers }: People): Statement<Added> {
  return counting(
    1,
    () => sql`
    insert or ignore into ${memberships} (${memberColumns})
    select ${tenant}, ${value('teamId')}, ${id} from ${joinersOrLeavers}`,
  )
}

/** The one person whom the statement before has recorded as joining. */
const insertRecorded = counting(
  1,
  () => sql`
  insert or ignore into ${memberships} (${memberColumns})
  select ${tenant}, ${value('teamId')}, ${value('userId')} where ${hasWritten}`,
)

function deleteMembers(condition: SQL): Statement<Added> {
  return counting(-1, () =>
    deleteFrom(memberships).where(
      and(
        eq(memberships.tenantId, tenant),
        eq(memberships.teamId, value('teamId')),
        sql`${memberships.userId} ${condition}`,
      ),
    ),
  )
}

/** A team, and those who were to join and whom no user of the tenant is: the first of them, and all. */
export interface BumpedTeam extends TeamRow {
  readonly unknown: readonly string[]
  readonly unknownCount: number
}

/** Ids that were to join and that no user has, as fields. */
export function unknownFields(unknown: People['unknown']) {
  return {
    unknown: json<readonly string[]>(unknown?.people ?? sql`'[]'`),
    unknownCount: unknown?.count ?? sql<number>`0`,
  }
}

/**
 * Changes the version and the size of a team before its members change, and only if some will;
 * answers the team in either case.
 */
function bumpTeam(
  joins: People | undefined,
  leaves: People | undefined,
  precondition?: SQL,
): Statement<BumpedTeam> {
  const count = (people?: People) =>
    people ? sql`(select count(*) from ${people.joinersOrLeavers})` : sql`0`
  const isChange = sql`(delta.joins + delta.leaves > 0)`
  const owner = precondition ? tenantRequiring(precondition) : tenant
  const { version, operation, updatedAt, memberCount } = teams
  return query(
    { ...teamFields, ...unknownFields(joins?.unknown) },
    (fields) => sql`
    update ${teams} set (${columns(version, operation, updatedAt, memberCount)}) = (
      select ${version} + ${isChange} * ${value('versionStep')},
        iif(${isChange}, ${value('operation')}, ${operation}),
        iif(${isChange}, ${value('now')}, ${updatedAt}),
        ${memberCount} + delta.joins - delta.leaves
      from (select ${count(joins)} as joins, ${count(leaves)} as leaves) as delta)
    where ${teams.tenantId} = ${owner} and ${teams.id} = ${value('teamId')}
    returning ${fieldList(fields)}`,
  )
}

/** Statements on the people whom the lists of a change name. */
function listStatements(sets: NamedSets) {
  const { joining, leaving, leavingOthers, isWanted, isUnwanted } = sets
  // Checked by the first statement of the batch.
  const preconditions = sql`${requiredTeam} ${demand(sets.someoneIsKnown, 'members')}`
  return {
    joins: [recordMembershipEvents(joining), insertMembers(joining)],
    leaves: [recordMembershipEvents(leaving), deleteMembers(isUnwanted)],
    others: [recordMembershipEvents(leavingOthers), deleteMembers(sql`not ${isWanted}`)],
    change: {
      withPreconditions: bumpTeam(joining, leaving, preconditions),
      withoutPreconditions: bumpTeam(joining, leaving),
    },
    replace: {
      withPreconditions: bumpTeam(joining, leavingOthers, preconditions),
      withoutPreconditions: bumpTeam(joining, leavingOthers),
    },
  }
}

const lists = {
  values: listStatements(namedSets.values),
  table: listStatements(namedSets.table),
}

/** One person, whatever the version of the team: what providers send most. */
const single = {
  joins: {
    team: bumpTeam(
      joiningOne,
      undefined,
      sql`${requiredTarget} ${demand(personIsKnown, 'members')}`,
    ),
    members: [recordMembershipEvents(joiningOne), insertRecorded],
  },
  leaves: {
    team: bumpTeam(undefined, leavingOne, requiredTarget),
    members: [recordMembershipEvents(leavingOne), deleteMembers(sql`= ${value('userId')}`)],
  },
}

export interface MembershipWrite {
  readonly tenantId: number
  readonly teamId: string
  readonly operation: string
  /** Causes of the changes; the first of them where nothing else is said. */
  readonly causes: readonly Cause[]
  readonly now: number
  /** Added to the version when members change: 0 when the same batch has raised it already. */
  readonly versionStep: number
}

/** The statements of one membership change: first that on the team, then those on its members. */
export interface MembershipStatements {
  readonly team: BoundStatement<BumpedTeam>
  readonly members: readonly BoundStatement<Added>[]
}

/**
 * Binds the statements of one membership change. With `conditions`, the values of the credential
 * and the version, the first also checks the preconditions of the change; without them an earlier
 * statement did.
 */
export function membershipStatements(
  database: D1Database,
  { causes, ...write }: MembershipWrite,
  change: MembershipChange,
  conditions?: Values,
): MembershipStatements {
  const { isReplacement, joins, leaves, causeOf } = change
  const [userId, ...others] = [...joins, ...leaves]
  const needsNoVersion = conditions?.['version'] === null && !isReplacement
  if (needsNoVersion && userId !== undefined && others.length === 0) {
    const cause = JSON.stringify(causes[causeOf?.get(userId) ?? 0])
    const values = { ...conditions, ...write, userId, cause }
    const { team, members } = joins.length > 0 ? single.joins : single.leaves
    return {
      team: team(database, values),
      members: members.map((make) => make(database, values)),
    }
  }
  const list = lists[sourceOf(change)]
  const bump = isReplacement ? list.replace : list.change
  const values = {
    ...conditions,
    ...write,
    causes: JSON.stringify(causes),
    ...membershipValues(change),
  }
  const members = [
    ...(isReplacement ? list.others : leaves.length > 0 ? list.leaves : []),
    ...(joins.length > 0 ? list.joins : []),
  ]
  return {
    team: (conditions ? bump.withPreconditions : bump.withoutPreconditions)(database, values),
    members: members.map((make) => make(database, values)),
  }
}

/** Values of the statements over lists: `[[user id, number of the cause], …]` as JSON. */
/** The lists of a change as values; none when its statements find them in the table. */
export function membershipValues(change: MembershipChange): Values {
  if (sourceOf(change) === 'table') return {}
  const { joins, leaves } = namedLists(change)
  return { joins: joins[0] ?? '[]', leaves: leaves[0] ?? '[]' }
}
