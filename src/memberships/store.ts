/**
 * The effect of a request on the members of one team, as statements. They are sets: the cost of a
 * change depends on how many people join or leave, never on how many are in the team. With
 * `remove-from-teams.ts` the only writer of memberships.
 */
import { and, eq, sql, type SQL } from 'drizzle-orm'
import { demand, requiredTarget, requiredTeam, tenantRequiring } from '../database/precondition'
import type { Cause } from '../events/append'
import {
  joiningListed,
  joiningOne,
  leavingListed,
  leavingOne,
  leavingOthers,
  personIsKnown,
  recordMembershipEvents,
  someoneIsKnown,
  unwanted,
  unwantedId,
  wanted,
  wantedId,
  type People,
} from './membership-sets'
import { deleteFrom } from '../database/builder'
import { fieldList, json } from '../database/field'
import {
  columns,
  command,
  query,
  tenant,
  value,
  type BoundStatement,
  type Statement,
  type Values,
} from '../database/statement'
import { memberships, teams } from '../database/schema/directory'
import { teamFields, type TeamRow } from './team-fields'

/** The net effect of a request on the members of one team. */
export interface MembershipChange {
  /** True: whoever is not in `joins` leaves. */
  readonly isReplacement: boolean
  /** User ids that shall be in, each once. */
  readonly joins: readonly string[]
  /** User ids that shall not be in; none of them in `joins`. Not used by a replacement. */
  readonly leaves: readonly string[]
  /** The number of the cause of each of them; the first where absent. */
  readonly causeOf?: ReadonlyMap<string, number>
}

export const noMembershipChange: MembershipChange = { isReplacement: false, joins: [], leaves: [] }

export function changesMembers(change: MembershipChange): boolean {
  return change.isReplacement || change.joins.length > 0 || change.leaves.length > 0
}

const memberColumns = columns(memberships.tenantId, memberships.teamId, memberships.userId)

function insertMembers({ id, joinersOrLeavers }: People): Statement<never> {
  return command(
    () => sql`
    insert or ignore into ${memberships} (${memberColumns})
    select ${tenant}, ${value('teamId')}, ${id} from ${joinersOrLeavers}`,
  )
}

function deleteMembers(condition: SQL): Statement<never> {
  return command(() =>
    deleteFrom(memberships).where(
      and(
        eq(memberships.tenantId, tenant),
        eq(memberships.teamId, value('teamId')),
        sql`${memberships.userId} ${condition}`,
      ),
    ),
  )
}

/** A team, and the ids that were to join and that no user of the tenant has. */
export interface BumpedTeam extends TeamRow {
  readonly unknown: readonly string[]
}

/** The ids as a field, from SQL that makes a JSON list. */
export function unknownField(list: SQL) {
  return json<readonly string[]>(list)
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
    { ...teamFields, unknown: unknownField(joins?.unknown ?? sql`'[]'`) },
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

/** Preconditions of the change of a list, checked by the first statement of its batch. */
const listPreconditions = sql`${requiredTeam} ${demand(someoneIsKnown, 'members')}`

const lists = {
  joins: [recordMembershipEvents(joiningListed), insertMembers(joiningListed)],
  leaves: [
    recordMembershipEvents(leavingListed),
    deleteMembers(sql`in (select ${unwantedId} from ${unwanted})`),
  ],
  others: [
    recordMembershipEvents(leavingOthers),
    deleteMembers(sql`not in (select ${wantedId} from ${wanted})`),
  ],
  change: {
    withPreconditions: bumpTeam(joiningListed, leavingListed, listPreconditions),
    withoutPreconditions: bumpTeam(joiningListed, leavingListed),
  },
  replace: {
    withPreconditions: bumpTeam(joiningListed, leavingOthers, listPreconditions),
    withoutPreconditions: bumpTeam(joiningListed, leavingOthers),
  },
}

/** One person, whatever the version of the team: what providers send most. */
const single = {
  joins: {
    team: bumpTeam(
      joiningOne,
      undefined,
      sql`${requiredTarget} ${demand(personIsKnown, 'members')}`,
    ),
    members: [recordMembershipEvents(joiningOne), insertMembers(joiningOne)],
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
  readonly members: readonly BoundStatement<never>[]
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
  const bump = isReplacement ? lists.replace : lists.change
  const values = {
    ...conditions,
    ...write,
    causes: JSON.stringify(causes),
    ...membershipValues(change),
  }
  const members = [
    ...(isReplacement ? lists.others : leaves.length > 0 ? lists.leaves : []),
    ...(joins.length > 0 ? lists.joins : []),
  ]
  return {
    team: (conditions ? bump.withPreconditions : bump.withoutPreconditions)(database, values),
    members: members.map((make) => make(database, values)),
  }
}

/** Values of the statements over lists: `[[user id, number of the cause], …]` as JSON. */
export function membershipValues({ joins, leaves, causeOf }: MembershipChange) {
  const pairs = (ids: readonly string[]) =>
    JSON.stringify(ids.map((id) => [id, causeOf?.get(id) ?? 0]))
  return { joins: pairs(joins), leaves: pairs(leaves) }
}
