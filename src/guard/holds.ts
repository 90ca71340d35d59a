/** Holds as the operator sees them: their reasons, and numbers of pending changes. Reads only. */
import { and, desc, eq, sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { err, ok, type Result } from '../result'
import { readBatch, type Refusal } from '../database/batch'
import { select } from '../database/builder'
import { holds, overlays, type HoldReason } from '../database/schema/guard'
import { tokens } from '../database/schema/tenants'
import { query, tenant, value } from '../database/statement'
import type { Cause } from '../events/append'

export interface Hold {
  readonly id: string
  readonly reason: HoldReason
  /** Milliseconds since 1970. */
  readonly openedAt: number
  /** Null while the hold is open. */
  readonly closedAt: number | null
  readonly cause: Cause
  /** Label of the token that was used; null when there is none. */
  readonly tokenLabel: string | null
  /** Numbers of people and of teams that have pending changes. */
  readonly people: number
  readonly teams: number
  /** Numbers of changes that are pending, were released, were discarded. */
  readonly waiting: number
  readonly released: number
  readonly discarded: number
  /** Number of losses that were told before, and taken back. */
  readonly undone: number
  /** Time at which the losses passed the threshold, and its numbers of people; null for no losses. */
  readonly lossesAt: number | null
  /** Number of the last event before that. */
  readonly lossesSeq: number | null
  readonly lost: number | null
  readonly base: number | null
  readonly allowed: number | null
}

/** What a decision has done. */
export interface Decided {
  /** The hold afterwards; undefined for discarded changes of all holds. */
  readonly hold: Hold | undefined
  /** Number of changes that it was about; 0 when none fits. */
  readonly decided: number
}

const overlay = alias(overlays, 'overlay')

/** Count over the pending rows of a hold. */
function countPending(counted: SQL, more: SQL = sql`true`): SQL<number> {
  return sql<number>`(select count(${counted}) from ${overlays} as ${overlay}
    where ${overlay.tenantId} = ${tenant} and ${overlay.holdId} = ${holds.id}
      and ${overlay.state} = 'held' and ${more})`
}

const holdFields = {
  id: holds.id,
  reason: holds.reason,
  openedAt: holds.openedAt,
  closedAt: holds.closedAt,
  cause: holds.cause,
  tokenLabel: sql<string | null>`(select nullif(${tokens.label}, '') from ${tokens}
    where ${tokens.id} = ${holds.cause} ->> '$.tokenId' and ${tokens.tenantId} = ${tenant})`,
  people: countPending(sql`distinct ${overlay.userId}`, sql`${overlay.userId} <> ''`),
  teams: countPending(sql`distinct ${overlay.teamId}`, sql`${overlay.teamId} <> ''`),
  waiting: countPending(sql`*`),
  released: holds.released,
  discarded: holds.discarded,
  undone: holds.undone,
  lossesAt: holds.lossesAt,
  lossesSeq: holds.lossesSeq,
  lost: holds.lost,
  base: holds.base,
  allowed: holds.allowed,
}

const selectHolds = query(holdFields, (fields) =>
  select(fields)
    .from(holds)
    .where(eq(holds.tenantId, tenant))
    .orderBy(sql`${holds.closedAt} is not null`, desc(holds.openedAt), holds.id)
    .limit(100),
)

export const selectHold = query(holdFields, (fields) =>
  select(fields)
    .from(holds)
    .where(and(eq(holds.tenantId, tenant), eq(holds.id, value('holdId')))),
)

/** Answers the latest hundred holds, the open one first. */
export async function listHolds(
  database: D1Database,
  tenantId: number,
): Promise<Result<readonly Hold[], Refusal>> {
  const outcome = await readBatch(database, [selectHolds(database, { tenantId })])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

/** Refused (`target`) when the tenant has no such hold. */
export async function findHold(
  database: D1Database,
  tenantId: number,
  holdId: string,
): Promise<Result<Hold, Refusal>> {
  const outcome = await readBatch(database, [selectHold(database, { tenantId, holdId })])
  if (!outcome.ok) return outcome
  const [[hold]] = outcome.value
  return hold ? ok(hold) : err({ kind: 'target' })
}
