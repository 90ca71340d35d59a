/** Guard of the deletion of people, and of the memberships that end with it. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { users } from '../database/schema/directory'
import { overlays } from '../database/schema/guard'
import { command, tenant, value, type Statement } from '../database/statement'
import { deletedUsers, type UserDeletion } from '../memberships/remove-from-teams'
import type { Credential } from '../tokens/credential'
import { surround, type GuardContext, type SurroundingStatements } from './guarded-batch'
import { openHold } from './hold-state'
import { isWatched, lossStatements } from './loss-window'
import {
  isActive,
  isOverlaid,
  isOverlayOf,
  isPending,
  isProtected,
  isSeenActive,
  lossReason,
  overlayColumns,
  pendingAgain,
  setPending,
  subjectOverlay,
} from './overlay'
import { markBatchStart, membershipsOf, recordSeenMemberships, withholdEvents } from './withhold'

const user = alias(users, 'user')

const deletedUserRows = sql`${deletedUsers} as deletion cross join ${users} as ${user}
  on ${user.tenantId} = ${tenant} and ${user.id} = deletion.id`

/** Condition that something is pending of a user already: the deletion waits with it. */
const waits = sql`(${isOverlaid({ userId: user.id }, isPending)} or exists (
  select 1 from ${overlays} as ${subjectOverlay} where ${subjectOverlay.tenantId} = ${tenant}
    and ${subjectOverlay.userId} = ${user.id} and ${subjectOverlay.kind} = 'member'
    and ${subjectOverlay.change} = 'remove' and ${isPending}))`

const losses = {
  plain: lossStatements(sql`select ${user.id} as user_key from ${deletedUserRows}
    where ${isActive(user)}`),
  seen: lossStatements(sql`select ${user.id} as user_key from ${deletedUserRows}
    where ${isSeenActive(user)} and not ${waits}`),
}

/** Condition of `overlays`: a membership of a deleted user whose end the operator discarded. */
const isDiscardedMembership = sql`${overlays.tenantId} = ${tenant} and ${overlays.kind} = 'member'
  and ${overlays.state} = 'drift' and ${overlays.change} = 'remove'
  and ${overlays.userId} in (select id from ${deletedUsers})`

const deletionStatements: readonly Statement[] = [
  () => sql`insert into ${overlays} (${overlayColumns})
    select ${tenant}, '', ${user.id}, 'user', null, ${user.attributes}, 'held', ${openHold},
      ${lossReason(user)}, ${value('cause')}, ${value('now')}, 1
    from ${deletedUserRows} where ${isProtected(user)} or ${waits}
      or ${value('holdsLosses')} = 1 and ${isSeenActive(user)}
    ${pendingAgain}`,
  () => sql`update ${overlays} set ${setPending}
    where ${isDiscardedMembership} and ${overlays.userId} in (
      select ${subjectOverlay.userId} from ${deletedUsers} as deletion
      cross join ${overlays} as ${subjectOverlay}
        on ${isOverlayOf({ userId: sql`deletion.id` })} and ${isPending})`,
  () => recordSeenMemberships('remove', membershipsOf(isDiscardedMembership)),
  () => sql`delete from ${overlays} where ${isDiscardedMembership}`,
  () => sql`delete from ${overlays} where ${overlays.tenantId} = ${tenant}
    and ${overlays.teamId} = '' and ${overlays.state} = 'drift'
    and ${overlays.userId} in (select id from ${deletedUsers})`,
].map(command)

/** Statements around the deletion of people. */
export function guardUserDeletions(
  database: D1Database,
  credential: Credential,
  context: GuardContext,
  list: readonly UserDeletion[],
): SurroundingStatements {
  return surround(database, credential, context, {
    // A membership that ends with its user waits with the deletion, not for a review.
    values: () => ({ review: 0, items: JSON.stringify(list) }),
    losses: isWatched(credential.settings) ? losses : undefined,
    before: [markBatchStart, ...deletionStatements],
    after: withholdEvents,
  })
}
