/**
 * Changes that waited together with others, and do not have to any more: the name or the team that
 * they needed is free. They are told after the change that made them free, in a batch of their own. An
 * isolate evaluates it when something may wait (`settle-held.ts`).
 */
import { sql, type SQLWrapper } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { logFailure } from '../../failure'
import { readBatch } from '../../database/batch'
import { fieldList, flag } from '../../database/field'
import { teams, users } from '../../database/schema/directory'
import { overlays } from '../../database/schema/guard'
import { query, tenant, value } from '../../database/statement'
import type { Cause } from '../../events/append'
import { readKeys } from '../changes'
import { releaseChanges } from '../release'
import { freeOf } from './free'

/** Changes that one request looks at; the next one goes on. */
const maximumChanges = 1_000

const waiting = alias(overlays, 'waiting')
const holder = alias(overlays, 'holder')
const unknown = alias(overlays, 'unknown')
const user = alias(users, 'user')
const other = alias(users, 'other')
const team = alias(teams, 'team')

/** Condition that the application does not know a subject of the overlay. */
const isUnknown = (teamId: SQLWrapper, userId: SQLWrapper) =>
  flag(sql`exists (select 1 from ${overlays} as ${unknown} where ${unknown.tenantId} = ${tenant}
    and ${unknown.teamId} = ${teamId} and ${unknown.userId} = ${userId}
    and ${unknown.released} is null)`)

const noId = sql`''`

const selectWaiting = query(
  {
    teamId: waiting.teamId,
    userId: waiting.userId,
    kind: waiting.kind,
    holder: sql<string | null>`case ${waiting.kind}
      when 'user' then (select ${holder.userId} from ${overlays} as ${holder}
        where ${holder.tenantId} = ${tenant} and ${holder.kind} = 'user'
          and ${holder.name} = ${user.userName} and ${holder.userId} <> ${waiting.userId})
      when 'team' then (select ${holder.teamId} from ${overlays} as ${holder}
        where ${holder.tenantId} = ${tenant} and ${holder.kind} = 'team'
          and ${holder.name} = ${team.nameKey} and ${holder.teamId} <> ${waiting.teamId}) end`,
    isTeamUnknown: isUnknown(waiting.teamId, noId),
    isPersonUnknown: isUnknown(noId, waiting.userId),
    isReplaced: flag(sql`${waiting.kind} = 'user' and ${user.userName} = ${waiting.unusableName}
      and exists (select 1 from ${users} as ${other} where ${other.tenantId} = ${tenant}
        and ${other.userName} = ${waiting.name} and ${other.id} <> ${waiting.userId})`),
  },
  (fields) => sql`
  select ${fieldList(fields)} from ${overlays} as ${waiting}
  left join ${users} as ${user} on ${waiting.kind} = 'user' and ${user.tenantId} = ${tenant}
    and ${user.id} = ${waiting.userId}
  left join ${teams} as ${team} on ${waiting.kind} = 'team' and ${team.tenantId} = ${tenant}
    and ${team.id} = ${waiting.teamId}
  where ${waiting.tenantId} = ${tenant} and ${waiting.reason} = 'together'
    and (${waiting.state} = 'held' or ${waiting.kind} = 'member' and ${waiting.state} = 'kept')
    and (${waiting.kind} = 'member' or coalesce(${user.id}, ${team.id}) is not null)
  limit ${value('limit')}`,
)

/**
 * Tells what has to wait no longer; answers whether something was told. A failure leaves it waiting,
 * for the next change or the operator.
 */
export async function settleNames(
  database: D1Database,
  tenantId: number,
  cause: Cause,
): Promise<boolean> {
  const read = await readBatch(database, [
    selectWaiting(database, { tenantId, limit: maximumChanges }),
  ])
  const free = read.ok ? freeOf(read.value[0]) : []
  if (free.length === 0) return false
  const changes = await readKeys(database, tenantId, free)
  if (!changes.ok) return false
  const ending = { tenantId, cause, now: Date.now(), audit: [] }
  const selection = { holdId: undefined, some: undefined }
  const done = await releaseChanges(database, tenantId, selection, changes.value, () => ending)
  if (!done.ok && done.error.kind !== 'version') {
    logFailure('Changes that wait no longer could not be told', cause.requestId, undefined)
  }
  return done.ok
}
