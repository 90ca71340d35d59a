/** Calls at a tenant's address that no token let in: counts of them, for whoever looks for the cause. */
import { and, desc, eq, gt, sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { select } from '../database/builder'
import { optional, type RowOf } from '../database/field'
import { columns, command, query, tenant, value } from '../database/statement'
import { refusedCalls, tenants, tokens } from '../database/schema/tenants'
import { day } from '../time'

/** Calls with one token, by its hash (SHA-256 in hex), or without one that could be looked up. */
export interface RefusedCalls {
  readonly hash: string | null
  /** What is known without the database. */
  readonly reason: 'missing' | 'malformed' | null
  readonly calls: number
}

/** Milliseconds after which the next call begins a new run. */
const longestPause = day

/** Milliseconds for which a run is told of. */
const tellingTime = 7 * day

const item = (name: string) => sql`(item.value ->> ${sql.raw(`'$.${name}'`)})`

/** Null for a token that holds by now, and for an access token, whose client gets itself another. */
const reasonOf = sql`case when ${item('reason')} is not null then ${item('reason')}
  when ${tokens.id} is null then 'unknown'
  when ${tokens.clientId} is not null then null
  when ${tokens.tenantId} <> ${tenants.id} then 'other'
  when ${tokens.revokedAt} is not null then 'revoked'
  when ${tokens.expiresAt} <= ${value('now')} then 'expired'
  when ${tenants.enabled} = 0 then 'disabled' end`

const insertCalls = command(() => {
  const { tenantId, reason, tokenId, firstAt, latestAt, calls } = refusedCalls
  const isNewRun = sql`${latestAt} < excluded.${columns(latestAt)} - ${longestPause}`
  return sql`
  insert into ${refusedCalls} (${columns(tenantId, reason, tokenId, firstAt, latestAt, calls)})
  select tenant_key, cause, own_token, ${value('now')}, ${value('now')}, sum(count_of)
  from (select ${tenants.id} as tenant_key, ${reasonOf} as cause, ${item('calls')} as count_of,
      iif(${tokens.tenantId} = ${tenants.id}, ${tokens.id}, '') as own_token
    from ${tenants} cross join json_each(${value('rows')}) as item
    left join ${tokens} on ${tokens.hash} = ${item('hash')}
    where ${tenants.slug} = ${value('slug')} and ${tenants.deletingAt} is null)
  where cause is not null group by tenant_key, cause, own_token
  on conflict do update set
    ${columns(firstAt)} = iif(${isNewRun}, excluded.${columns(firstAt)}, ${firstAt}),
    ${columns(calls)} = iif(${isNewRun}, 0, ${calls}) + excluded.${columns(calls)},
    ${columns(latestAt)} = excluded.${columns(latestAt)}`
})

const fields = {
  reason: refusedCalls.reason,
  firstAt: refusedCalls.firstAt,
  latestAt: refusedCalls.latestAt,
  calls: refusedCalls.calls,
  label: optional(tokens.label),
  revokedAt: optional(tokens.revokedAt),
  expiresAt: optional(tokens.expiresAt),
}

/** A run of refused calls with the token that they came with, if it is one of the tenant's. */
export type RefusedRun = RowOf<typeof fields>

const selectRuns = query(fields, (named) =>
  select(named)
    .from(refusedCalls)
    .leftJoin(
      tokens,
      and(eq(tokens.tenantId, refusedCalls.tenantId), eq(tokens.id, refusedCalls.tokenId)),
    )
    .where(and(eq(refusedCalls.tenantId, tenant), gt(refusedCalls.latestAt, value('since'))))
    .orderBy(desc(refusedCalls.latestAt))
    .limit(10),
)

/** Adds calls to the counts of the tenant with a slug; none where no tenant has it. */
export async function recordRefusedCalls(
  database: D1Database,
  slug: string,
  calls: readonly RefusedCalls[],
): Promise<Result<unknown, Refusal>> {
  const values = { slug, rows: JSON.stringify(calls), now: Date.now() }
  return runBatch(database, [insertCalls(database, values)])
}

/**
 * Runs of refused calls of the last 7 days, the latest first, at most 10: those after `since`
 * (milliseconds since 1970), which is the last call that was let in.
 */
export async function readRefusedCalls(
  database: D1Database,
  tenantId: number,
  since: number,
): Promise<Result<readonly RefusedRun[], Refusal>> {
  const from = Math.max(since, Date.now() - tellingTime)
  const read = await readBatch(database, [selectRuns(database, { tenantId, since: from })])
  return read.ok ? ok(read.value[0]) : read
}
