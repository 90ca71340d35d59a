/** Guard of the deletion of a team. */
import { sql, type SQLWrapper } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { overlays } from '../database/schema/guard'
import { command, tenant, value, type Statement } from '../database/statement'
import type { Credential } from '../tokens/credential'
import { surround, type GuardContext, type SurroundingStatements } from './guarded-batch'
import {
  isOverlaid,
  isPending,
  isProtected,
  isUnknown,
  setPending,
  subjectOverlay,
} from './overlay'
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

/** Condition that somebody, who may be gone from the directory, is not lost with the team. */
const waits = (id: SQLWrapper) =>
  sql`(${isProtected({ id })} or ${isOverlaid({ userId: id }, isPending)})`

const memberOverlay = alias(overlays, 'member_overlay')

/** Condition that some of those whom the application alone sees in the team have to wait. */
const someoneWaits = sql`exists (select 1 from ${overlays} as ${memberOverlay}
  where ${memberOverlay.tenantId} = ${tenant} and ${memberOverlay.teamId} = ${teamId}
    and ${memberOverlay.kind} = 'member' and ${memberOverlay.change} = 'remove'
    and (${memberOverlay.state} = 'held' or ${waits(memberOverlay.userId)}))`

/**
 * A team that was never released is deleted without an event. One of whose members something is
 * pending stays with them: it can't go before those who are in it.
 */
const captureDeletion = captureTeam(
  sql`
  not ${isOverlaid({ teamId }, isUnknown)} and (${value('review')} = 1
    or ${value('holdsLosses')} = 1 or ${isOverlaid({ teamId }, isPending)} or ${someoneWaits}
    or exists (select 1 from ${membersOfTeam} where ${waits(user.id)}))`,
  'losses',
)

const isCaptured = isOverlaid(
  { teamId },
  sql`${isPending} and ${subjectOverlay.released} is not null`,
)

const losses = lossesOf(membersOfTeam)

const isDiscardedLeaving = isDiscardedMembership('remove')

const deletionStatements: readonly Statement[] = [
  captureDeletion,
  ...[
    () => sql`
    update ${overlays} set ${setPending} where ${isDiscardedLeaving} and ${isCaptured}`,
    () => recordSeenMemberships('remove', membershipsOf(isDiscardedLeaving)),
    () => sql`delete from ${overlays} where ${isDiscardedLeaving}`,
  ].map(command),
]

/** The row of a team whose deletion was told, or that was never known. */
const forgetTold = command(
  () => sql`delete from ${overlays} where ${isRowOfTeam} and (${overlays.state} <> 'held'
    or ${overlays.reason} = 'together' or ${overlays.released} is null)`,
)

/** Statements around the deletion of a team. */
export function guardTeamDeletion(
  database: D1Database,
  credential: Credential,
  context: GuardContext,
  id: string,
): SurroundingStatements {
  return surround(database, credential, context, {
    values: () => ({ teamId: id }),
    losses: countsLosses(credential) ? losses : undefined,
    before: [markBatchStart, ...deletionStatements],
    after: [...withholdEvents, forgetTold],
  })
}
