/**
 * Changes that wait for each other because of a name: one takes the name by which the application
 * still knows somebody else. They are released and discarded together.
 */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { teams, users } from '../../database/schema/directory'
import { overlays } from '../../database/schema/guard'
import { tenant } from '../../database/statement'

export const overlay = alias(overlays, 'overlay')

const holder = alias(overlays, 'holder')
const taker = alias(overlays, 'taker')
const user = alias(users, 'user')
const team = alias(teams, 'team')

/** Pairs of rows: who takes a name, and whom the application still sees by it. */
const pairs = sql`
  select ${taker.teamId} as taker_team, ${taker.userId} as taker_user, ${taker.state} as taker_state,
    ${taker.reason} as taker_reason,
    ${holder.teamId} as holder_team, ${holder.userId} as holder_user, ${holder.state} as holder_state,
    ${holder.kind} as subject
  from ${overlays} as ${holder}
  left join ${users} as ${user} on ${holder.kind} = 'user' and ${user.tenantId} = ${tenant}
    and ${user.userName} = ${holder.name} and ${user.id} <> ${holder.userId}
  left join ${teams} as ${team} on ${holder.kind} = 'team' and ${team.tenantId} = ${tenant}
    and ${team.nameKey} = ${holder.name} and ${team.id} <> ${holder.teamId}
  cross join ${overlays} as ${taker} on ${taker.tenantId} = ${tenant}
    and ${taker.teamId} = coalesce(${team.id}, '') and ${taker.userId} = coalesce(${user.id}, '')
  where ${holder.tenantId} = ${tenant} and ${holder.name} is not null
    and coalesce(${user.id}, ${team.id}) is not null`

/**
 * Tables for a `with recursive`: `chosen` has the rows of the overlay for which a condition on
 * `overlay` holds, and those that wait together with them (`team_key`, `user_key`, `subject`). Whom
 * the application sees by a wanted name is always among them; who wants a name only in the same state,
 * and where nothing else of that one waits.
 */
export function chosenWith(isSelected: SQL): SQL {
  return sql`pairs as materialized (${pairs}),
    links as materialized (
      select taker_team as from_team, taker_user as from_user, holder_team as to_team,
        holder_user as to_user, subject from pairs
      union all
      select holder_team, holder_user, taker_team, taker_user, subject from pairs
      where taker_state = holder_state and taker_reason = 'together'),
    chosen as (
      select ${overlay.teamId} as team_key, ${overlay.userId} as user_key, ${overlay.kind} as subject
      from ${overlays} as ${overlay} where ${isSelected}
      union
      select links.to_team, links.to_user, links.subject from chosen cross join links
        on links.from_team = chosen.team_key and links.from_user = chosen.user_key)`
}
