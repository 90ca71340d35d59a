/** Guard of the deletion of people, and of the memberships that end with it. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import type { Refusal } from '../database/batch'
import { teams, users } from '../database/schema/directory'
import { overlays, protectedPeople } from '../database/schema/guard'
import { command, tenant, value, type Statement } from '../database/statement'
import { deletedUsers, type UserDeletion } from '../memberships/remove-from-teams'
import type { Credential } from '../tokens/credential'
import { surround, type GuardContext, type SurroundingStatements } from './guarded-batch'
import { openHold } from './hold-state'
import {
  countWithin,
  isWatched,
  lossStatements,
  lossValues,
  readAllowance,
  selectFresh,
} from './loss-window'
import { unbindProtected } from './names/protected'
import {
  firstVersion,
  isActive,
  isOverlaid,
  isOverlayOf,
  isPending,
  isProtected,
  isSeenActive,
  isUnknown,
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

const goneTeam = alias(overlays, 'gone_team')

/** Condition that a membership that the application still sees waits with the deletion of its team. */
const waitsWithTeam = sql`exists (select 1 from ${overlays} as ${goneTeam}
  where ${goneTeam.tenantId} = ${tenant} and ${goneTeam.teamId} = ${subjectOverlay.teamId}
    and ${goneTeam.userId} = '' and ${goneTeam.state} = 'held'
    and ${goneTeam.reason} <> 'together' and not exists (select 1 from ${teams}
      where ${teams.tenantId} = ${tenant} and ${teams.id} = ${goneTeam.teamId}))`

/** Condition that something is pending of a user already: the deletion waits with it. */
const waits = sql`(${isOverlaid({ userId: user.id }, isPending)} or exists (
  select 1 from ${overlays} as ${subjectOverlay} where ${subjectOverlay.tenantId} = ${tenant}
    and ${subjectOverlay.userId} = ${user.id} and ${subjectOverlay.kind} = 'member'
    and ${subjectOverlay.change} = 'remove' and (${isPending} or ${waitsWithTeam})))`

const seenLosses = sql`select ${user.id} as user_key from ${deletedUserRows}
  where ${isSeenActive(user)} and not ${waits}`

const losses = {
  plain: lossStatements(sql`select ${user.id} as user_key from ${deletedUserRows}
    where ${isActive(user)}`),
  seen: lossStatements(seenLosses),
}

const selectFreshDeletions = selectFresh(seenLosses)

/** Answers how many of some deletions, from the first one on, may be told. */
export async function countAllowedDeletions(
  database: D1Database,
  { tenantId, settings }: Credential,
  list: readonly UserDeletion[],
): Promise<Result<number, Refusal>> {
  const values = { tenantId, items: JSON.stringify(list), ...lossValues(settings, Date.now()) }
  const allowance = await readAllowance(database, selectFreshDeletions, values)
  const ids = list.map(({ id }) => id)
  return allowance.ok ? ok(countWithin(ids, allowance.value)) : allowance
}

/** Condition of `overlays`: a membership of a deleted user whose end the operator discarded. */
const isDiscardedMembership = sql`${overlays.tenantId} = ${tenant} and ${overlays.kind} = 'member'
  and ${overlays.state} = 'drift' and ${overlays.change} = 'remove'
  and ${overlays.userId} in (select id from ${deletedUsers})`

const deletionStatements: readonly Statement[] = [
  () => sql`insert into ${overlays} (${overlayColumns})
    select ${tenant}, '', ${user.id}, 'user', null, ${user.attributes}, 'held', ${openHold},
      ${lossReason(user)}, ${value('cause')}, ${value('now')}, ${firstVersion}, ${user.userName}
    from ${deletedUserRows} where not ${isOverlaid({ userId: user.id }, isUnknown)}
      and (${isProtected(user)} or ${waits}
        or ${value('holdsLosses')} = 1 and ${isSeenActive(user)})
    ${pendingAgain}`,
  () => sql`update ${overlays} set ${setPending}
    where ${isDiscardedMembership} and ${overlays.userId} in (
      select ${subjectOverlay.userId} from ${deletedUsers} as deletion
      cross join ${overlays} as ${subjectOverlay}
        on ${isOverlayOf({ userId: sql`deletion.id` })} and ${isPending})`,
  () => recordSeenMemberships('remove', membershipsOf(isDiscardedMembership)),
  () => sql`delete from ${overlays} where ${isDiscardedMembership}`,
].map(command)

const erased = alias(users, 'erased')

/** The ids of a list that no user has any more. */
const erasedIds = sql`(select item.value ->> '$.id' from json_each(${value('items')}) as item
  where not exists (select 1 from ${users} as ${erased}
    where ${erased.tenantId} = ${tenant} and ${erased.id} = item.value ->> '$.id'))`

/** Rows of people whose deletion was told, or who were never known, have nothing to say any more. */
const forgetTold = command(
  () => sql`delete from ${overlays} where ${overlays.tenantId} = ${tenant}
    and ${overlays.teamId} = '' and ${overlays.userId} in ${erasedIds}
    and (${overlays.state} <> 'held' or ${overlays.reason} = 'together'
      or ${overlays.released} is null)`,
)

const unbindErased = command(() =>
  unbindProtected(sql`${protectedPeople.userId} in ${erasedIds}
    and not ${isOverlaid({ userId: protectedPeople.userId })}`),
)

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
    after: [...withholdEvents, forgetTold, unbindErased],
  })
}
