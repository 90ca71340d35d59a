/**
 * Overlay rows in SQL: what they say of a subject (a person, a team or a membership), and which
 * changes have to wait because of them. See docs/decisions/0008-holding-is-an-overlay.md.
 */
import { sql, type Column, type SQL, type SQLWrapper } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { teams, users } from '../database/schema/directory'
import { overlays, protectedPeople } from '../database/schema/guard'
import { columns, tenant, value } from '../database/statement'
import { openHold } from './hold-state'

export const overlayColumns = columns(
  overlays.tenantId,
  overlays.teamId,
  overlays.userId,
  overlays.kind,
  overlays.change,
  overlays.released,
  overlays.state,
  overlays.holdId,
  overlays.reason,
  overlays.cause,
  overlays.at,
  overlays.version,
  overlays.name,
)

/** Version of a new row: another one than that of a row that was there before, and is gone. */
export const firstVersion = value('now')

/** Columns of a new row where there is one: it is pending, and keeps what the application sees. */
export const pendingAgain = sql`on conflict do update set ${columns(overlays.state)} = 'held',
  ${columns(overlays.holdId)} = excluded.${columns(overlays.holdId)},
  ${columns(overlays.cause)} = excluded.${columns(overlays.cause)},
  ${columns(overlays.at)} = excluded.${columns(overlays.at)},
  ${columns(overlays.version)} = ${overlays.version} + 1,
  ${columns(overlays.reason)} = case
    when ${overlays.state} = 'held' and ${overlays.reason} <> 'together' then ${overlays.reason}
    else excluded.${columns(overlays.reason)} end`

/** Columns of a row that is pending again, in the open hold. */
export const setPending = sql`${columns(overlays.state)} = 'held',
  ${columns(overlays.holdId)} = ${openHold}, ${columns(overlays.version)} = ${overlays.version} + 1`

/** The overlay row of the subject that a condition is about. */
export const subjectOverlay = alias(overlays, 'subject_overlay')

/** Ids of a subject; a person has no team, and a team no person. */
interface Subject {
  readonly teamId?: SQLWrapper
  readonly userId?: SQLWrapper
}

const noId = sql`''`

/** Condition that `subjectOverlay` is the row of a subject. */
export function isOverlayOf({ teamId = noId, userId = noId }: Subject): SQL {
  return sql`${subjectOverlay.tenantId} = ${tenant} and ${subjectOverlay.teamId} = ${teamId}
    and ${subjectOverlay.userId} = ${userId}`
}

/** Condition that a subject has a row, and that `more` is true of it. */
export function isOverlaid(subject: Subject, more: SQL = sql`true`): SQL {
  return sql`exists (select 1 from ${overlays} as ${subjectOverlay}
    where ${isOverlayOf(subject)} and ${more})`
}

/** Condition that a change is pending by itself, and not because of another one. */
export const isPending = sql`(${subjectOverlay.state} = 'held'
  and ${subjectOverlay.reason} <> 'together')`

/** Condition that the application does not know the team or person. */
export const isUnknown = sql`${subjectOverlay.released} is null`

/** `users`, under whatever alias. */
type UserColumns = Readonly<Record<'id' | 'attributes', Column>>

const user = alias(users, 'user')
const team = alias(teams, 'team')

/** Condition that the application sees a user, and as active. */
export function isSeenActive({ id, attributes }: UserColumns): SQL {
  return sql`coalesce((
    select iif(${isUnknown}, 0, ${subjectOverlay.released} ->> '$.active')
    from ${overlays} as ${subjectOverlay} where ${isOverlayOf({ userId: id })}),
    ${attributes} ->> '$.active', 1) <> 0`
}

/** Condition that a user is active in the directory. */
export function isActive({ attributes }: Pick<UserColumns, 'attributes'>): SQL {
  return sql`${attributes} ->> '$.active' is not 0`
}

/** Condition that a person is protected, who may be gone from the directory. */
export function isProtected({ id }: { readonly id: SQLWrapper }): SQL {
  return sql`exists (select 1 from ${protectedPeople}
    where ${protectedPeople.tenantId} = ${tenant} and ${protectedPeople.userId} = ${id})`
}

/** Reason for holding the loss of a person. */
export function lossReason(lost: { readonly id: SQLWrapper }): SQL {
  return sql`case when ${isProtected(lost)} then 'protected' else 'losses' end`
}

/** Condition that a membership that starts (`add`) or ends (`remove`) has to wait. */
export function hasToWait(change: SQLWrapper, teamId: SQLWrapper, userId: SQLWrapper): SQL {
  return sql`(${value('review')} = 1
    or ${isOverlaid({ teamId }, isUnknown)}
    or ${isOverlaid({ userId }, isUnknown)}
    or ${change} = 'remove' and (
      ${isOverlaid({ userId }, isPending)}
      or ${isOverlaid({ teamId }, isPending)} and not exists (select 1 from ${teams} as ${team}
        where ${team.tenantId} = ${tenant} and ${team.id} = ${teamId})
      or ${isProtected({ id: userId })}
      or ${value('holdsLosses')} = 1 and exists (select 1 from ${users} as ${user}
        where ${user.tenantId} = ${tenant} and ${user.id} = ${userId} and ${isSeenActive(user)})))`
}

/** Reason for holding a membership that starts or ends. */
export function membershipReason(change: SQLWrapper, userId: SQLWrapper): SQL {
  return sql`case when ${value('review')} = 1 then 'review' when ${change} = 'add' then 'together'
    else ${lossReason({ id: userId })} end`
}
