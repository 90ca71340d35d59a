/** What the latest lines of the log say of a connection as a whole. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList } from '../database/field'
import { events, passedOver } from '../database/schema/events'
import { query, tenant, value } from '../database/statement'
import { ok, type Result } from '../result'

/** Lines of each kind that are looked at. */
const looked = 100

/** Requests among them that passed something over, by its name. */
export interface Hints {
  /** Teams came inside people. */
  readonly groupsInUser: number
  /** A filter held the same comparison twice. */
  readonly repeatedComparison: number
}

const countIn = (table: typeof events | typeof passedOver, name: keyof Hints) => {
  const newest = alias(table, 'newest')
  return sql`(select count(*) from ${table} where ${table.tenantId} = ${tenant}
    and ${table.seq} > (select max(${newest.seq}) from ${table} as ${newest}
      where ${newest.tenantId} = ${tenant}) - ${value('looked')}
    and instr(${table.cause}, '"name":"${sql.raw(name)}"') > 0)`
}

const selectHints = query(
  {
    groupsInUser: sql<number>`${countIn(events, 'groupsInUser')}
      + ${countIn(passedOver, 'groupsInUser')}`,
    repeatedComparison: sql<number>`${countIn(events, 'repeatedComparison')}
      + ${countIn(passedOver, 'repeatedComparison')}`,
  },
  (fields) => sql`select ${fieldList(fields)}`,
)

export async function findHints(
  database: D1Database,
  tenantId: number,
): Promise<Result<Hints, Refusal>> {
  const read = await readBatch(database, [selectHints(database, { tenantId, looked })])
  if (!read.ok) return read
  return ok(read.value[0][0] ?? { groupsInUser: 0, repeatedComparison: 0 })
}
