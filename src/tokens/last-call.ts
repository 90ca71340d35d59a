/** The last call of a tenant, by whichever of its tokens and OAuth clients it came. */
import { sql, type SQL } from 'drizzle-orm'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList, type RowOf } from '../database/field'
import { clients } from '../database/schema/oauth'
import { tenants, tokens } from '../database/schema/tenants'
import { query, tenant } from '../database/statement'
import { ok, type Result } from '../result'

/** Their calls; one with an access token is noted at its client, and that a client fetched one is none. */
const usesOf = (tenantId: SQL) => sql`
  select ${tokens.lastUsedAt} as used_at, ${tokens.label} as used_label,
    ${tokens.lastAgent} as used_agent, ${tokens.configReads} as used_reads
  from ${tokens} where ${tokens.tenantId} = ${tenantId}
  union all
  select ${clients.lastCallAt}, ${clients.label}, ${clients.lastCallAgent}, 0
  from ${clients} where ${clients.tenantId} = ${tenantId}`

/** Its time, beside the tenant's row; null before the first. */
export const lastCallAt = sql<number | null>`(select max(used_at)
  from (${usesOf(sql`${tenants.id}`)}))`

const fields = {
  /** Milliseconds since 1970. */
  at: sql<number>`used_at`,
  /** Label of the token or client. */
  label: sql<string>`used_label`,
  agent: sql<string | null>`used_agent`,
  /** Reads of the configuration by the token, with nothing of the directory after them; of a client they are not counted. */
  configReads: sql<number>`used_reads`,
}

export type LastCall = RowOf<typeof fields>

const selectLastCall = query(
  fields,
  (named) => sql`
  select ${fieldList(named)} from (${usesOf(tenant)})
  where used_at is not null order by used_at desc limit 1`,
)

/** The last call that was let in; undefined before the first. */
export async function readLastCall(
  database: D1Database,
  tenantId: number,
): Promise<Result<LastCall | undefined, Refusal>> {
  const read = await readBatch(database, [selectLastCall(database, { tenantId })])
  return read.ok ? ok(read.value[0][0]) : read
}
