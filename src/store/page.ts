/** The statements of a list: how many match, and one page of them in order of creation. */
import { sql, type SQL } from 'drizzle-orm'
import type { Filter } from '../scim/filter-tree'
import type { ResourceType } from '../scim/schema'
import { filterSql } from './filter-sql'
import { statement } from './statement'
import type { teams, users } from './tables'

export interface Page {
  readonly filter: Filter | undefined
  /** 1-based, as startIndex (RFC 7644 section 3.4.2.4). */
  readonly startIndex: number
  readonly count: number
}

export interface PageStatements {
  readonly list: readonly D1PreparedStatement[]
  /** Where the total is among the results; without a filter the tenant's row has it. */
  readonly countAt: number | undefined
  readonly pageAt: number | undefined
  /** Selects the ids of the page, for what belongs to it. */
  readonly ids: SQL
}

export function pageStatements(
  database: D1Database,
  tenantId: number,
  type: ResourceType,
  page: Page,
  source: { readonly table: typeof users | typeof teams; readonly columns: SQL },
): PageStatements {
  const { table } = source
  const list: D1PreparedStatement[] = []
  const condition = page.filter
    ? sql`${table.tenantId} = ${tenantId} and (${filterSql(type, page.filter, tenantId)})`
    : sql`${table.tenantId} = ${tenantId}`
  const window = sql`order by ${table.position} limit ${page.count} offset ${page.startIndex - 1}`
  const countAt = page.filter ? list.length : undefined
  if (page.filter) {
    list.push(
      statement(sql`select count(*) as total from ${table} where ${condition}`)(database, {}),
    )
  }
  const pageAt = page.count > 0 ? list.length : undefined
  if (page.count > 0) {
    const query = sql`select ${source.columns} from ${table} where ${condition} ${window}`
    list.push(statement(query)(database, {}))
  }
  return {
    list,
    countAt,
    pageAt,
    ids: sql`select ${table.id} from ${table} where ${condition} ${window}`,
  }
}
