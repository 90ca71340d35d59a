/**
 * Pages in one row of D1. Between D1 and the Worker a row costs more than what it holds: so the rows of a page
 * come together, as a JSON list of their short fields and one text of their attributes.
 */
import { sql, type SQL } from 'drizzle-orm'
import { decoderOf, type Decode, type Fields, type RawRow } from '../database/field'
import { columnOf, isLongRow, type Weighing } from './cut'

/**
 * Rows that come as one: a row of D1 holds 2 MB, and theirs 16 KiB (`cut.ts`). A sort key has up to 64 KiB, and
 * so they are fewer with sort keys. To divide a longer page SQLite would store it once more.
 */
const together = { unsorted: 110, sorted: 25 } as const

/** Stands between two texts: JSON writes no control character as it is. */
const separator = '\u001e'

/** True for a page that comes as one row. */
export function isPacked(rows: number, isSorted: boolean): boolean {
  return rows <= (isSorted ? together.sorted : together.unsorted)
}

interface Head {
  readonly name: string
  readonly decode: Decode | undefined
  /** True for a text that a long row comes without. */
  readonly isText: boolean
}

/** The rows of a pack, and the total that its statement was given. */
interface Unpacked {
  readonly rows: readonly RawRow[]
  readonly total?: number
}

/**
 * Packs the rows of a list of these fields, in their order. The first of the long texts stands apart, and is
 * empty in a row that is long.
 */
export function packing(fields: Fields, { texts, weigh }: Weighing) {
  const [apart = '', ...others] = texts
  const own = new Set(['weight', 'isLong', apart])
  const heads: Head[] = Object.entries(fields)
    .filter(([name]) => !own.has(name))
    .map(([name, field]) => ({ name, decode: decoderOf(field), isText: others.includes(name) }))
  const decodeText = fields[apart] && decoderOf(fields[apart])
  const column = (name: string) => columnOf('listed', name)
  const isLong = isLongRow(texts)

  function pack(list: SQL, referenceBytes: SQL, total: SQL = sql`null`): SQL {
    const shown = heads.map(({ name, isText }) =>
      isText ? sql`iif(${isLong}, '', ${column(name)})` : column(name),
    )
    const head = sql.join([weigh(column, referenceBytes), ...shown], sql`, `)
    return sql`select json_group_array(json_array(${head})) as heads,
      group_concat(iif(${isLong}, '', ${column(apart)}), char(30)) as texts, ${total} as total
      from (${list}) as listed`
  }

  function unpack({ heads: list, texts: joined, total }: RawRow): Unpacked {
    const parts = typeof joined === 'string' ? joined.split(separator) : []
    const rows = (JSON.parse(String(list)) as unknown[][]).map((head, index) => {
      const text = parts[index] ?? ''
      const isLong = text === ''
      const row: Record<string, unknown> = { weight: head[0], isLong }
      row[apart] = isLong ? null : decodeText ? decodeText(text) : text
      for (let next = 0; next < heads.length; next += 1) {
        const { name, decode, isText } = heads[next] as Head
        const value = isLong && isText ? null : (head[next + 1] ?? null)
        row[name] = decode && value !== null ? decode(value) : value
      }
      return row
    })
    return typeof total === 'number' ? { rows, total } : { rows }
  }

  return { pack, unpack }
}
