/** The tenants of all databases as a list to look through, a few rows of each. */
import { sql } from 'drizzle-orm'
import { readBatch, type Refusal } from '../database/batch'
import { select } from '../database/builder'
import { fromEach, mainName, type Databases } from '../database/placement'
import type { RowOf } from '../database/field'
import { tenants } from '../database/schema/tenants'
import { query } from '../database/statement'
import { ok, type Result } from '../result'
import { lastCallAt } from '../tokens/last-call'

const fields = {
  id: tenants.id,
  slug: tenants.slug,
  name: tenants.name,
  enabled: tenants.enabled,
  userCount: tenants.userCount,
  teamCount: tenants.teamCount,
  deletingAt: tenants.deletingAt,
  createdAt: tenants.createdAt,
  lastCallAt,
}

export type TenantLine = RowOf<typeof fields> & { readonly database: string }

/** Tenants of one database that are looked at. */
export const maximumListed = 5_000

const selectLines = query(fields, (named) =>
  select(named)
    .from(tenants)
    .orderBy(tenants.slug)
    .limit(sql.raw(String(maximumListed)) as never),
)

/** All tenants in the order of their slugs. */
export async function listLines(environment: Databases): Promise<Result<TenantLine[], Refusal>> {
  const found = await fromEach(environment, async ({ DB, databaseName: database = mainName }) => {
    const read = await readBatch(DB, [selectLines(DB, {})])
    return read.ok ? ok(read.value[0].map((line) => ({ ...line, database }))) : read
  })
  return found.ok ? ok(found.value.sort((left, right) => (left.slug < right.slug ? -1 : 1))) : found
}
