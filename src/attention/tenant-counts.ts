/** What needs somebody in one tenant, as the navigation of its pages counts it. */
import { eq, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { openProblems } from '../activity/problems'
import { readBatch, type Refusal } from '../database/batch'
import { select } from '../database/builder'
import { refusals } from '../database/schema/events'
import { holds } from '../database/schema/guard'
import { tenants } from '../database/schema/tenants'
import { webhooks } from '../database/schema/webhooks'
import { query, tenant, value } from '../database/statement'
import { ok, type Result } from '../result'
import { startOfDay } from '../time'
import { countUndecided, mostCounted } from './notices'

/** Each is counted up to a hundred: more is not looked at. */
export interface TenantCounts {
  /** Changes on hold that wait for a decision. */
  readonly held: number
  /** Endpoints that nothing is delivered to, or that fail at the moment. */
  readonly failingWebhooks: number
  /** Requests that were refused since the begin of the day (UTC). */
  readonly refused: number
  /** People and teams that are missing or stale, and requests about nobody; counted further where that is asked for. */
  readonly problems: number
}

const most = sql.raw(String(mostCounted))
const newest = alias(refusals, 'newest')

const selectCounts = query(
  {
    held: countUndecided(
      sql`(select ${holds.id} from ${holds} where ${holds.tenantId} = ${tenants.id} and ${holds.closedAt} is null)`,
    ),
    failingWebhooks: sql<number>`(select count(*) from ${webhooks}
      where ${webhooks.tenantId} = ${tenants.id}
        and (${webhooks.state} = 'failed' or ${webhooks.failures} > 0))`,
    refused: sql<number>`(select count(*) from ${refusals}
      where ${refusals.tenantId} = ${tenants.id} and ${refusals.at} >= ${value('today')}
        and ${refusals.seq} > (select max(${newest.seq}) from ${refusals} as ${newest}
          where ${newest.tenantId} = ${tenants.id}) - ${most})`,
  },
  (fields) => select(fields).from(tenants).where(eq(tenants.id, tenant)),
)

/** One call of D1; `mostProblems` is where the count of problems ends. */
export async function countTenant(
  database: D1Database,
  tenantId: number,
  mostProblems = mostCounted,
): Promise<Result<TenantCounts, Refusal>> {
  const read = await readBatch(database, [
    selectCounts(database, { tenantId, today: startOfDay(Date.now()) }),
    openProblems(database, tenantId, mostProblems),
  ])
  if (!read.ok) return read
  const [[counts = { held: 0, failingWebhooks: 0, refused: 0 }], [open]] = read.value
  return ok({ ...counts, problems: open?.count ?? 0 })
}
