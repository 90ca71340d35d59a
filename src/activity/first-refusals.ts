/** The first refusals of a tenant, as long as the log keeps them. */
import { sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList } from '../database/field'
import { query, tenant, value } from '../database/statement'
import { refusals } from '../database/schema/events'

/** Refusals that all have one code. */
export interface SameRefusals {
  readonly code: string
  readonly count: number
}

/** Rows that are read. */
const looked = 20

const selectFirst = query(
  {
    first: sql<number | null>`min(first_seq)`,
    code: sql<string | null>`min(first_code)`,
    codes: sql<number>`count(distinct first_code)`,
    count: sql<number>`count(*)`,
  },
  (fields) => sql`
  select ${fieldList(fields)} from (
    select ${refusals.seq} as first_seq, ${refusals.code} as first_code from ${refusals}
    where ${refusals.tenantId} = ${tenant} order by ${refusals.seq} limit ${value('limit')})`,
)

/** Refusals that say something of a connection: fewer may be about one person. */
const leastRefusals = 3

/**
 * The code of a tenant's first refusals, at most 20, when all have the same. Undefined where they differ,
 * are fewer than three, or are no longer kept.
 */
export async function findSameRefusals(
  database: D1Database,
  tenantId: number,
): Promise<Result<SameRefusals | undefined, Refusal>> {
  const read = await readBatch(database, [selectFirst(database, { tenantId, limit: looked })])
  if (!read.ok) return read
  const [[found]] = read.value
  if (!found || found.code === null || found.first !== 1) return ok(undefined)
  const { code, codes, count } = found
  return ok(codes === 1 && count >= leastRefusals ? { code, count } : undefined)
}
