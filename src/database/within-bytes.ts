/** Rows of a list up to a number of bytes, with the row that reaches them: for lists of what can be long. */
import { sql, type SQL } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { applicationPageBytes } from '../limits'

/** Number of rows that the list has before its bytes end it. */
export const listed = sql<number>`listed_rows`

/**
 * `rows` selects all of a table and has a limit; they stand under the table's name behind `from`, and
 * `isWithinBytes` is a condition on them.
 */
export function measured(table: SQLiteTable, rows: SQL, bytes: SQL, order: SQL): SQL {
  return sql`(select ${table}.*, count(*) over () as listed_rows, coalesce(sum(${bytes}) over (
      order by ${order} rows between unbounded preceding and 1 preceding), 0) as bytes_before
    from (${rows}) as ${table}) as ${table}`
}

export const isWithinBytes = sql`bytes_before < ${sql.raw(String(applicationPageBytes))}`

/** True when a list goes on: it was cut by its bytes, or has as many rows as were wanted. */
export function goesOn(rows: readonly { readonly listed: number }[], limit: number): boolean {
  const [first] = rows
  return first !== undefined && (first.listed > rows.length || first.listed === limit)
}
