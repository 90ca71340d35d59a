/** Adding one row of which its owner may have so many. */
import { sql, type Column, type SQL, type Table } from 'drizzle-orm'
import { fieldList, type Fields } from '../database/field'
import { columns, query } from '../database/statement'

interface CountedInsert<F extends Fields> {
  readonly table: Table
  /** What each column is given. */
  readonly row: readonly (readonly [Column, SQL])[]
  /** The table that the row's owner is read from, where it is one that can be missing. */
  readonly from?: Table
  /** Condition on the owner beside the maximum. */
  readonly canOwn: SQL
  readonly maximum: number
  /** Condition on the rows of the table that count towards the maximum. */
  readonly isCounted: SQL
  /** Answered for a row that was added. */
  readonly fields: F
}

/**
 * Counts and inserts in one statement, so that two requests at once do not make one too many. No row is
 * added, and none answered, when the owner has no room, or the same row is there.
 */
export function countedInsert<F extends Fields>({
  table,
  row,
  from,
  canOwn,
  maximum,
  isCounted,
  fields,
}: CountedInsert<F>) {
  const given = sql.join(
    row.map(([, expression]) => expression),
    sql`, `,
  )
  return query(
    fields,
    (named) => sql`
    insert into ${table} (${columns(...row.map(([column]) => column))})
    select ${given} ${from ? sql`from ${from}` : sql``}
    where ${canOwn} and ${maximum} > (select count(*) from ${table} where ${isCounted})
    on conflict do nothing returning ${fieldList(named)}`,
  )
}
