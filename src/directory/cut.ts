/**
 * Pages that end before the resource that would make the answer too long. A row says what it weighs in
 * the answer; one with long texts comes without them, so that a page of them does not fill the memory
 * before it is cut. Those that are on the page are read afterwards: nearly no page has any.
 */
import { sql, type SQL } from 'drizzle-orm'
import { flag } from '../database/field'
import { renderConstant } from '../database/statement'
import { pageBytes } from '../limits'

/** Bytes of the texts of a row that comes whole, together. */
const shortBytes = 16 * 1024

/** Column of a row, by the name of its field. */
export type ColumnOf = (name: string) => SQL

/** What the rows of a table weigh in an answer. */
export interface Weighing {
  /** Fields that can be long: JSON texts. */
  readonly texts: readonly string[]
  /**
   * Bytes that a row adds to an answer, at most. `referenceBytes` are those of one reference to another
   * resource, without its name.
   */
  readonly weigh: (column: ColumnOf, referenceBytes: SQL) => SQL
}

/** Fields of a row that `weighed` gives their values; what stands here is not read. */
export const weighedFields = { weight: sql<number>`0`, isLong: flag(sql`0`) }

export interface WeighedRow {
  readonly weight: number
  /** True for a row without its texts. */
  readonly isLong: boolean
}

/** Condition that a row of `listed` is long. */
export function isLongRow(texts: readonly string[]): SQL {
  const bytes = texts.map((name) => sql`octet_length(${columnOf('listed', name)})`)
  return sql`${sql.join(bytes, sql` + `)} > ${sql.raw(String(shortBytes))}`
}

/** Makes of a list of rows the same, in its order, with their weight. */
export type Weigh = (list: SQL, referenceBytes: SQL) => SQL

/** The rows of lists of these fields; what does not depend on the list is rendered once. */
export function weighed(
  fields: Readonly<Record<string, unknown>>,
  { texts, weigh }: Weighing,
): Weigh {
  const column = (name: string) => columnOf('listed', name)
  const makeParts = () => {
    const isLong = renderConstant(isLongRow(texts))
    const others = Object.keys(fields)
      .filter((name) => !Object.hasOwn(weighedFields, name))
      .map((name) => {
        const whole = column(name)
        const shown = texts.includes(name) ? sql`iif(${isLong}, null, ${whole})` : whole
        return sql`${shown} as ${sql.identifier(name)}`
      })
    return { isLong, others: renderConstant(sql.join(others, sql`, `)) }
  }
  let parts: ReturnType<typeof makeParts> | undefined
  return function weighList(list, referenceBytes) {
    const { isLong, others } = (parts ??= makeParts())
    const values = sql`${weigh(column, referenceBytes)} as "weight", ${isLong} as "isLong"`
    // With a condition the list is not merged into this, which would read the texts more than once.
    return sql`select ${others}, ${values} from (${list}) as listed
      where ${column('position')} > 0`
  }
}

/** The rows of a page: up to its bytes, and at least one. */
export function cutRows<Row extends WeighedRow>(rows: readonly Row[]): readonly Row[] {
  let bytes = 0
  const end = rows.findIndex(({ weight }, index) => {
    bytes += weight
    return index > 0 && bytes > pageBytes
  })
  return end < 0 ? rows : rows.slice(0, end)
}

/** The rows of a page as `cut`, to stand behind `from`: the same rows that `cutRows` keeps. */
export function cutList(
  { weigh }: Weighing,
  list: SQL,
  order: (column: ColumnOf) => SQL,
  referenceBytes: SQL,
): SQL {
  const columns = (name: string) => columnOf('listed', name)
  return sql`(
    select listed.*, sum(${weigh(columns, referenceBytes)}) over (
        order by ${order(columns)} rows unbounded preceding) as bytes_so_far,
      row_number() over (order by ${order(columns)}) as place_number
    from (${list}) as listed) as cut`
}

/** Condition of the rows of `cutList`. */
export const isOnPage = sql`(cut.place_number = 1
  or cut.bytes_so_far <= ${sql.raw(String(pageBytes))})`

export function columnOf(row: string, name: string): SQL {
  return sql`${sql.raw(row)}.${sql.identifier(name)}`
}
