/** One team and its overlay rows: what a change of the team and its deletion have in common. */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { memberships, teams, users } from '../database/schema/directory'
import { overlays } from '../database/schema/guard'
import { command, tenant, value, type Statement } from '../database/statement'
import type { Credential } from '../tokens/credential'
import { membership, ofThisTeam } from '../memberships/membership-sets'
import { openHold } from './hold-state'
import { isWatched, lossStatements } from './loss-window'
import { firstVersion, isActive, isSeenActive, overlayColumns, pendingAgain } from './overlay'

export const teamId = value('teamId')

export const user = alias(users, 'user')

/** All members with their users; more conditions can follow. */
export const membersOfTeam = sql`${memberships} as ${membership} cross join ${users} as ${user}
  on ${user.tenantId} = ${tenant} and ${user.id} = ${membership.userId} and ${ofThisTeam}`

/** Condition of `overlays`: a membership of the team whose change the operator discarded. */
export function isDiscardedMembership(change: 'add' | 'remove', whom: SQL = sql`is not null`): SQL {
  return sql`${overlays.tenantId} = ${tenant} and ${overlays.teamId} = ${teamId}
    and ${overlays.kind} = 'member' and ${overlays.state} = 'drift'
    and ${overlays.change} = ${sql.raw(`'${change}'`)} and ${overlays.userId} ${whom}`
}

/**
 * Losses by members who leave. `leaving` are `membership` and `user` to stand after `from`; `whom`
 * is the same as a condition on an id, for members that the application alone sees.
 */
export function lossesOf(leaving: SQL, whom?: SQL) {
  return {
    plain: lossStatements(sql`select ${user.id} as user_key from ${leaving}
      where ${isActive(user)}`),
    seen: lossStatements(sql`select ${user.id} as user_key from ${leaving}
      where ${isSeenActive(user)}
      union select ${user.id} as user_key from ${overlays} cross join ${users} as ${user}
        on ${user.tenantId} = ${tenant} and ${user.id} = ${overlays.userId}
      where ${isDiscardedMembership('remove', whom)} and ${isSeenActive(user)}`),
  }
}

/** True when members who leave are lost: what waits for a review is not. */
export function countsLosses({ settings }: Credential): boolean {
  return isWatched(settings) && settings.guard.teams === 'apply'
}

/** Condition of `overlays`: the row of the team itself. */
export const isRowOfTeam = sql`${overlays.tenantId} = ${tenant} and ${overlays.teamId} = ${teamId}
  and ${overlays.userId} = ''`

/**
 * Keeps the attributes of the team as the application sees them, where a condition is met;
 * `otherwise` is the reason in a tenant that does not review its teams.
 */
export function captureTeam(condition: SQL, otherwise: 'losses' | 'together'): Statement {
  return command(
    () => sql`
    insert into ${overlays} (${overlayColumns})
    select ${tenant}, ${teams.id}, '', 'team', null, ${teams.attributes}, 'held', ${openHold},
      case when ${value('review')} = 1 then 'review' else ${sql.raw(`'${otherwise}'`)} end,
      ${value('cause')}, ${value('now')}, ${firstVersion}, ${teams.nameKey}
    from ${teams} where ${teams.tenantId} = ${tenant} and ${teams.id} = ${teamId} and ${condition}
    ${pendingAgain}`,
  )
}
