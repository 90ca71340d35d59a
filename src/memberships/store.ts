/**
 * What a request does to the members of one team, as statements. They are sets: what a change costs
 * depends on how many people it moves, never on how many are in the team. With `leaving.ts` the only
 * writer of memberships.
 */
import { sql, type SQL } from 'drizzle-orm'
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
import {
  columns,
  statement,
  tenant,
  value,
  type Statement,
  type Values,
  type BoundStatement,
} from '../database/statement'
import { memberships, teams } from '../database/schema/directory'
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

function insertMoving({ id, moving }: People): Statement {
  return statement(
    () => sql`
    insert or ignore into ${memberships} (${memberColumns})
    select ${tenant}, ${value('teamId')}, ${id} from ${moving}`,
  )
}

function deleteMembers(whose: SQL): Statement {
  return statement(
    () => sql`
    delete from ${memberships} where tenant_id = ${tenant}
      and team_id = ${value('teamId')} and user_id ${whose}`,
  )
}

/**
 * Moves the team's version and size before the rows move, and only if some will; answers the team in
 * either case, and who of the wanted is unknown.
 */
function bumpTeam(joins: People | undefined, leaves: People | undefined, asked?: SQL): Statement {
  const count = (people?: People) =>
    people ? sql`(select count(*) from ${people.moving})` : sql`0`
  const moves = sql`(step.joins + step.leaves > 0)`
  const whose = asked ? tenantRequiring(asked) : tenant
  return statement(
    () => sql`
    update ${teams} set (version, operation, updated_at, member_count) = (
      select ${teams.version} + ${moves} * ${value('versionStep')},
        iif(${moves}, ${value('operation')}, ${teams.operation}),
        iif(${moves}, ${value('now')}, ${teams.updatedAt}),
        ${teams.memberCount} + step.joins - step.leaves
      from (select ${count(joins)} as joins, ${count(leaves)} as leaves) as step)
    where ${teams.tenantId} = ${whose} and ${teams.id} = ${value('teamId')}
    returning ${teamColumns}, ${joins?.unknown ?? sql`'[]'`} as unknown`,
  )
}

/** Everything that a change of a list wants to be so, asked by the first statement of its batch. */
const listPreconditions = sql`${requiredTeam} ${demand(someoneIsKnown, 'members')}`

const lists = {
  joins: [recordMembershipEvents(joiningListed), insertMoving(joiningListed)],
  leaves: [
    recordMembershipEvents(leavingListed),
    deleteMembers(sql`in (select ${unwantedId} from ${unwanted})`),
  ],
  others: [
    recordMembershipEvents(leavingOthers),
    deleteMembers(sql`not in (select ${wantedId} from ${wanted})`),
  ],
  move: {
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
  joins: [
    bumpTeam(joiningOne, undefined, sql`${requiredTarget} ${demand(personIsKnown, 'members')}`),
    recordMembershipEvents(joiningOne),
    insertMoving(joiningOne),
  ],
  leaves: [
    bumpTeam(undefined, leavingOne, requiredTarget),
    recordMembershipEvents(leavingOne),
    deleteMembers(sql`= ${value('person')}`),
  ],
}

export interface MembershipWrite {
  readonly tenantId: number
  readonly teamId: string
  readonly operation: string
  /** What caused the changes; the first of them where nothing else is said. */
  readonly causes: readonly Cause[]
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
  { causes, ...write }: MembershipWrite,
  change: MembershipChange,
  conditions?: Values,
): BoundStatement[] {
  const { isReplacement, joins, leaves, causeOf } = change
  const [person, ...others] = [...joins, ...leaves]
  const isBlind = conditions?.['version'] === null && !isReplacement
  if (isBlind && person !== undefined && others.length === 0) {
    const cause = JSON.stringify(causes[causeOf?.get(person) ?? 0])
    const values = { ...conditions, ...write, person, cause }
    return (joins.length > 0 ? single.joins : single.leaves).map((make) => make(database, values))
  }
  const moves = isReplacement ? lists.replace : lists.move
  const statements = [
    conditions ? moves.withPreconditions : moves.withoutPreconditions,
    ...(isReplacement ? lists.others : leaves.length > 0 ? lists.leaves : []),
    ...(joins.length > 0 ? lists.joins : []),
  ]
  const listed = { causes: JSON.stringify(causes), ...membershipValues(change) }
  const values = { ...conditions, ...write, ...listed }
  return statements.map((make) => make(database, values))
}

export function membershipValues({ joins, leaves, causeOf }: MembershipChange) {
  const pairs = (ids: readonly string[]) =>
    JSON.stringify(ids.map((id) => [id, causeOf?.get(id) ?? 0]))
  return { joins: pairs(joins), leaves: pairs(leaves) }
}
