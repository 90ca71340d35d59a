/** Times in a log whose numbers grow with time. */
import { sql, type Column, type SQL } from 'drizzle-orm'
import { query, value, type Statement } from '../statement'
import { fieldList } from '../field'

interface Log {
  readonly number: Column
  readonly at: Column
  /** Condition on its rows, such as that they are of a tenant. */
  readonly isOfLog: SQL
}

/**
 * The number of the first row at each of the `times`, or after it; one more than the last where there is none. A
 * search by halves finds it with a few rows, however many there are.
 */
export function firstSince({ number, at, isOfLog }: Log): Statement<{ readonly bound: number }> {
  const { table } = number
  const isBefore = sql`(select ${at} from ${table} where ${isOfLog}
    and ${number} >= (low + high) / 2 order by ${number} limit 1) < time`
  // Two selects: one that asks for both would read every row.
  const extreme = (name: 'min' | 'max') => sql`(select ${sql.raw(name)}(${number})
    from ${table} where ${isOfLog})`
  return query(
    { bound: sql<number>`low` },
    (fields) => sql`
    with recursive bounds(time, low, high) as (
      select times.value, first, last + 1 from json_each(${value('times')}) as times,
        (select coalesce(${extreme('min')}, 1) as first, coalesce(${extreme('max')}, 0) as last)
      union all
      select time, iif(${isBefore}, (low + high) / 2 + 1, low),
        iif(${isBefore}, high, (low + high) / 2)
      from bounds where low < high)
    select ${fieldList(fields)} from bounds where low = high order by time`,
  )
}
