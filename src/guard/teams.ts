/** Guard of changes of a team: its attributes, those who join and those who leave. */
import { sql, type SQL } from 'drizzle-orm'
import { memberships, teams, users } from '../database/schema/directory'
import { overlays } from '../database/schema/guard'
import { columns, command, tenant, value, type Statement } from '../database/statement'
import { membership, namedSets, ofThisTeam, type NamedSets } from '../memberships/membership-sets'
import { sourceOf } from '../memberships/named-people'
import { membershipValues, type MembershipChange } from '../memberships/store'
import type { Credential } from '../tokens/credential'
import { surround, type GuardContext, type SurroundingStatements } from './guarded-batch'
import { openHold } from './hold-state'
import { holdSeenName, isSeenElsewhere } from './names/seen'
import { firstVersion, hasToWait, isOverlaid, overlayColumns, setPending } from './overlay'
import {
  captureTeam,
  countsLosses,
  isDiscardedMembership,
  isRowOfTeam,
  lossesOf,
  membersOfTeam,
  teamId,
  user,
} from './team-overlay'
import { markBatchStart, membershipsOf, recordSeenMemberships, withholdEvents } from './withhold'

/** Discarded changes of members that the provider states again: they count as new. */
function restatements(change: 'add' | 'remove', whom: SQL): readonly Statement[] {
  const isRestated = isDiscardedMembership(change, whom)
  return [
    () => sql`update ${overlays} set ${setPending}, ${columns(overlays.cause)} = ${value('cause')},
        ${columns(overlays.at)} = ${value('now')}
      where ${isRestated} and ${hasToWait(overlays.change, overlays.teamId, overlays.userId)}`,
    () => recordSeenMemberships(change, membershipsOf(isRestated)),
    () => sql`delete from ${overlays} where ${isRestated}`,
  ].map(command)
}

/** Statements on those whom the lists of a change name: one by one, or all who are not listed. */
function statementsOn({ unwanted, isWanted, isUnwanted }: NamedSets) {
  const listed = sql`${unwanted.rows} cross join ${memberships} as ${membership}
      on ${ofThisTeam} and ${membership.userId} = ${unwanted.id}
    cross join ${users} as ${user}
      on ${user.tenantId} = ${tenant} and ${user.id} = ${membership.userId}`
  const others = sql`${membersOfTeam} and ${membership.userId} not ${isWanted}`
  return {
    joining: restatements('add', isWanted),
    leaving: { losses: lossesOf(listed, isUnwanted), restated: restatements('remove', isUnwanted) },
    leavingOthers: {
      losses: lossesOf(others, sql`not ${isWanted}`),
      restated: restatements('remove', sql`not ${isWanted}`),
    },
  }
}

const statements = {
  values: statementsOn(namedSets.values),
  table: statementsOn(namedSets.table),
}

const isNameSeen = isSeenElsewhere('team', value('nameKey'), teamId)

/** New attributes wait for a review, with what is pending already, or for their name. */
const captureChange = captureTeam(
  sql`(${value('review')} = 1 or ${isOverlaid({ teamId })} or ${isNameSeen})`,
  'together',
)

/** Another team that the application sees under the name waits with it. */
const holdSeen = holdSeenName(value('nameKey'), teamId)

/** Attributes that are again what the application sees. */
const dropUnchanged = command(
  () => sql`
  delete from ${overlays} where ${isRowOfTeam} and ${overlays.released} = (
    select ${teams.attributes} from ${teams}
    where ${teams.tenantId} = ${tenant} and ${teams.id} = ${teamId})`,
)

export interface GuardedTeamChange {
  readonly teamId: string
  /** Name of the new attributes, as no two teams may have the same; undefined leaves them. */
  readonly nameKey: string | undefined
  readonly membership: MembershipChange
}

/** Statements around a change of a team. */
export function guardTeamChange(
  database: D1Database,
  credential: Credential,
  context: GuardContext,
  change: GuardedTeamChange,
): SurroundingStatements {
  const { isReplacement, joins, leaves } = change.membership
  const { joining, leaving, leavingOthers } = statements[sourceOf(change.membership)]
  const hasAttributes = change.nameKey !== undefined
  const isLeaving = isReplacement || leaves.length > 0
  const { losses, restated } = isReplacement ? leavingOthers : leaving
  return surround(database, credential, context, {
    values: () => ({
      teamId: change.teamId,
      nameKey: change.nameKey ?? null,
      ...membershipValues(change.membership),
    }),
    losses: isLeaving && countsLosses(credential) ? losses : undefined,
    before: [
      markBatchStart,
      ...(hasAttributes ? [captureChange, holdSeen] : []),
      ...(isLeaving ? restated : []),
      ...(joins.length > 0 ? joining : []),
    ],
    after: [...withholdEvents, ...(hasAttributes ? [dropUnchanged] : [])],
  })
}

/** A new team waits for a review, or for its name. */
const rememberNew = command(
  () => sql`
  insert into ${overlays} (${overlayColumns})
  select ${tenant}, ${teamId}, '', 'team', null, null, 'held', ${openHold},
    iif(${value('review')} = 1, 'review', 'together'), ${value('cause')}, ${value('now')}, ${firstVersion}, null
  where ${value('review')} = 1 or ${isNameSeen} on conflict do nothing`,
)

/** Statements around a new team. */
export function guardNewTeam(
  database: D1Database,
  credential: Credential,
  context: GuardContext,
  team: { readonly teamId: string; readonly nameKey: string },
): SurroundingStatements {
  return surround(database, credential, context, {
    values: () => ({ teamId: team.teamId, nameKey: team.nameKey }),
    losses: undefined,
    before: [markBatchStart, rememberNew, holdSeen],
    after: withholdEvents,
  })
}
