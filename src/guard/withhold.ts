/**
 * Events of what has to wait: taken out of the log by the batch that wrote them, and remembered as
 * overlay rows. Memberships that the operator decided on have their events written here.
 */
import { eq, and, sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { update } from '../database/builder'
import { teams, users } from '../database/schema/directory'
import { events } from '../database/schema/events'
import { batchMarks, overlays } from '../database/schema/guard'
import { columns, command, tenant, value, type Statement } from '../database/statement'
import { copiedName, eventColumns, lastSeq } from '../events/append'
import { openHold } from './hold-state'
import {
  firstVersion,
  hasToWait,
  isOverlaid,
  isOverlayOf,
  isPending,
  isUnknown,
  membershipReason,
  overlayColumns,
  subjectOverlay,
} from './overlay'

const event = alias(events, 'event')
const user = alias(users, 'user')
const team = alias(teams, 'team')

/** Remembers the last event. Before all statements of a batch that write events. */
export const markBatchStart: Statement = command(
  () => sql`
  insert into ${batchMarks} (${columns(batchMarks.tenantId, batchMarks.seq)})
  values (${tenant}, ${lastSeq})
  on conflict do update set ${columns(batchMarks.seq)} = excluded.${columns(batchMarks.seq)}`,
)

const batchStart = sql`(
  select ${batchMarks.seq} from ${batchMarks} where ${batchMarks.tenantId} = ${tenant})`

const isOfThisBatch = sql`${event.tenantId} = ${tenant} and ${event.seq} > ${batchStart}`

const change = sql`case ${event.type} when 'team.member_added' then 'add' else 'remove' end`
const membership = { teamId: event.resourceId, userId: event.memberId }

/** State of the row of a team or person that the application does not know. */
const stateOfUnknown = (subject: Parameters<typeof isOverlayOf>[0]) => sql`(
  select ${subjectOverlay.state} from ${overlays} as ${subjectOverlay}
  where ${isOverlayOf(subject)} and ${isUnknown})`

/** State of a membership: discarded where the creation of the team or person was, else pending. */
const membershipState = sql`coalesce(${stateOfUnknown({ teamId: event.resourceId })},
  ${stateOfUnknown({ userId: event.memberId })}, 'held')`

/** Condition that a deletion is not told: it is pending, or of what the application never knew. */
const isUntold = sql`(${isPending} or ${isUnknown})`

/** The released document of a subject that has a row; null for all others. */
const seenOf = (subject: Parameters<typeof isOverlayOf>[0]) => sql`(
  select ${subjectOverlay.released} from ${overlays} as ${subjectOverlay}
  where ${isOverlayOf(subject)})`

const memberNamePath = sql`case ${event.type} when 'team.member_added'
  then '$.members.after.userName' else '$.members.before.userName' end`

/** Events of this batch show names, and what is deleted, as the application knows them. */
const showSeen: readonly Statement[] = [
  () => sql`update ${events} as ${event} set ${columns(events.changes)} = json_set(
      ${event.changes}, ${memberNamePath}, ${seenOf({ userId: event.memberId })} ->> '$.userName')
    where ${isOfThisBatch} and ${event.memberId} is not null
      and ${seenOf({ userId: event.memberId })} is not null`,
  () => sql`update ${events} as ${event} set ${columns(events.resource)} = json_set(${event.resource},
      '$.displayName', ${seenOf({ teamId: event.resourceId })} ->> '$.displayName')
    where ${isOfThisBatch} and ${event.memberId} is not null
      and ${seenOf({ teamId: event.resourceId })} is not null`,
  () => sql`update ${events} as ${event} set ${columns(events.resource)} = json_set(
      coalesce(${seenOf({ teamId: event.resourceId })}, ${seenOf({ userId: event.resourceId })}),
      '$.id', ${event.resourceId})
    where ${isOfThisBatch} and ${event.type} in ('team.deleted', 'user.deleted')
      and (${isOverlaid({ teamId: event.resourceId })} or ${isOverlaid({ userId: event.resourceId })})`,
].map(command)

/** Takes back the events of this batch that have to wait, and keeps them as overlay rows. */
export const withholdEvents: readonly Statement[] = [
  ...[
    // Memberships that have to wait.
    () => sql`insert into ${overlays} (${overlayColumns})
    select ${tenant}, ${event.resourceId}, ${event.memberId}, 'member', ${change}, null,
      ${membershipState}, ${openHold}, ${membershipReason(change, event.memberId)}, ${event.cause},
      ${event.at}, ${firstVersion}, null
    from ${events} as ${event} where ${isOfThisBatch} and ${event.memberId} is not null
      and not ${isOverlaid(membership)}
      and ${hasToWait(change, event.resourceId, event.memberId)}
    on conflict do nothing`,
    // A change that is taken back before the application saw it leaves no trace.
    () => sql`update ${events} as ${event} set ${columns(events.type)} = 'void' where ${isOfThisBatch}
    and ${event.memberId} is not null
    and ${isOverlaid(membership, sql`${subjectOverlay.change} <> ${change}`)}`,
    () => sql`delete from ${overlays} where ${overlays.tenantId} = ${tenant}
    and (${overlays.teamId}, ${overlays.userId}) in (select ${event.resourceId}, ${event.memberId}
      from ${events} as ${event} where ${isOfThisBatch} and ${event.type} = 'void')`,
    () => sql`delete from ${events} as ${event} where ${isOfThisBatch} and (${event.type} = 'void'
    or ${event.memberId} is not null and ${isOverlaid(membership)}
    or ${event.memberId} is null and ${event.type} in ('team.created', 'team.renamed', 'team.updated')
      and ${isOverlaid({ teamId: event.resourceId })}
    or ${event.type} = 'team.deleted' and ${isOverlaid({ teamId: event.resourceId }, isUntold)}
    or ${event.type} = 'user.deleted' and ${isOverlaid({ userId: event.resourceId }, isUntold)})`,
    // Numbers without gaps, by way of negative ones: no two rows may share a number meanwhile.
    () => sql`update ${events} set ${columns(events.seq)} = -renumbered.new_number
    from (select ${event.seq} as old_number,
        row_number() over (order by ${event.seq}) + ${batchStart} as new_number
      from ${events} as ${event} where ${isOfThisBatch}) as renumbered
    where ${events.tenantId} = ${tenant} and ${events.seq} = renumbered.old_number
      and renumbered.old_number <> renumbered.new_number`,
    () =>
      update(events)
        .set({ seq: sql`-${events.seq}` })
        .where(and(eq(events.tenantId, tenant), sql`${events.seq} < 0`)),
  ].map(command),
  ...showSeen,
]

/** Query of the teams and people of overlay rows, for `recordSeenMemberships`. */
export function membershipsOf(condition: SQL): SQL {
  return sql`select ${overlays.teamId} as team_key, ${overlays.userId} as user_key
    from ${overlays} where ${condition}`
}

/**
 * Writes events of memberships, with names as the application knows them. `memberships` is a query
 * that selects the ids of teams and people as `team_key` and `user_key`.
 */
export function recordSeenMemberships(change: 'add' | 'remove', memberships: SQL): SQL {
  const teamKey = sql`announced.team_key`
  const userKey = sql`announced.user_key`
  const userName = sql`coalesce(
    (select ${subjectOverlay.released} ->> '$.userName' from ${overlays} as ${subjectOverlay}
      where ${isOverlayOf({ userId: userKey })}),
    (select ${user.attributes} ->> '$.userName' from ${users} as ${user}
      where ${user.tenantId} = ${tenant} and ${user.id} = ${userKey}))`
  const displayName = sql`coalesce(
    (select ${subjectOverlay.released} ->> '$.displayName' from ${overlays} as ${subjectOverlay}
      where ${isOverlayOf({ teamId: teamKey })}),
    (select ${team.attributes} ->> '$.displayName' from ${teams} as ${team}
      where ${team.tenantId} = ${tenant} and ${team.id} = ${teamKey}))`
  const shown = sql`json_object('value', ${userKey}, 'userName', ${copiedName(userName)})`
  const members =
    change === 'add'
      ? sql`json_object('before', null, 'after', ${shown})`
      : sql`json_object('before', ${shown}, 'after', null)`
  return sql`
    insert into ${events} (${eventColumns})
    select ${tenant}, ${lastSeq} + row_number() over (order by ${teamKey}, ${userKey}),
      ${change === 'add' ? sql`'team.member_added'` : sql`'team.member_removed'`}, ${teamKey},
      ${userKey}, ${value('now')},
      json_object('id', ${teamKey}, 'displayName', ${copiedName(displayName)}),
      json_object('members', ${members}), ${value('cause')}
    from (${memberships}) as announced`
}
