/**
 * SQL written once with Drizzle's tables, composed and rendered when it is first used, and bound per
 * request. Rendering per request would cost more than everything else the gateway does for it; all of
 * it when the module loads would keep the first request waiting.
 */
import { is, Placeholder, sql, type Column, type SQL } from 'drizzle-orm'
import type { CasingCache } from 'drizzle-orm/casing'

export type Bound = string | number | null

export type Values = Readonly<Record<string, Bound>>

/** Makes a statement for a batch. Every placeholder of the SQL must be among the values. */
export type Statement = (database: D1Database, values: Values) => D1PreparedStatement

export function statement(query: () => SQL): Statement {
  let rendered: Rendered | undefined
  return function bind(database, values) {
    const { text, parameters } = (rendered ??= render(query()))
    const bound = parameters.map((parameter) => {
      if (!is(parameter, Placeholder)) return parameter
      const value = values[parameter.name]
      if (value === undefined) throw new Error(`No value for the placeholder ${parameter.name}`)
      return value
    })
    return database.prepare(text).bind(...bound)
  }
}

interface Rendered {
  readonly text: string
  /** Values and placeholders, in the order of their numbers. */
  readonly parameters: readonly unknown[]
}

/** Columns are called what the tables say. */
const casing = { getColumnCasing: ({ name }: Column) => name } as CasingCache

/** A parameter that stands in several places is numbered, and sent, once. */
function render(query: SQL): Rendered {
  const numbers = new Map<string, number>()
  const parameters: unknown[] = []
  // Drizzle's own dialect would bring its query builder along.
  const { sql: text } = query.toQuery({
    casing,
    escapeName: (name) => `"${name.replaceAll('"', '""')}"`,
    escapeParam(_, parameter) {
      if (!is(parameter, Placeholder)) return `?${parameters.push(parameter)}`
      const number = numbers.get(parameter.name) ?? parameters.push(parameter)
      numbers.set(parameter.name, number)
      return `?${number}`
    },
    escapeString: (string) => `'${string.replaceAll("'", "''")}'`,
  })
  // The text travels with every call: without the lines and margins of the source.
  return { text: text.replaceAll(/\s+/g, ' '), parameters }
}

/** A placeholder, by the name under which its value is given. */
export function value(name: string): Placeholder {
  return sql.placeholder(name)
}

/** Column names without their table, as INSERT and SET want them. */
export function columns(...list: readonly Column[]): SQL {
  return sql.join(
    list.map((column) => sql.identifier(column.name)),
    sql`, `,
  )
}

/** The tenant of a credential: every statement on what belongs to tenants takes it. */
export const tenant = value('tenantId')

/** Binds rows to a statement over rows; no rows, no statement. */
export type RowStatement<Name extends string> = (
  database: D1Database,
  rows: readonly Readonly<Record<Name, Bound>>[],
  values: Values,
) => D1PreparedStatement[]

/** The rows of a statement over rows, as its SQL sees them. */
export interface Item<Name extends string> {
  /** False for a list; its rows are then to be had `from` it. */
  readonly isSingle: boolean
  readonly fields: Readonly<Record<Name, SQL>>
  /** `from …`, or nothing: a single row is bound as it is. */
  readonly from: SQL
  /** 1 for the first row, 2 for the next. */
  readonly number: SQL
  /** `order by …`, or nothing. */
  readonly inOrder: SQL
}

/**
 * A statement over rows, each with these fields. To plan one over a list takes SQLite longer than to
 * write a single row: for that it is rendered without the list.
 */
export function overRows<Name extends string>(
  fields: readonly Name[],
  query: (item: Item<Name>) => SQL,
): RowStatement<Name> {
  const one = statement(() => query(singleItem(fields)))
  const list = statement(() => query(listedItem(fields)))
  return function bindRows(database, rows, values) {
    const [row] = rows
    if (row === undefined) return []
    return rows.length === 1
      ? [one(database, { ...values, ...row })]
      : [list(database, { ...values, rows: JSON.stringify(rows) })]
  }
}

function singleItem<Name extends string>(names: readonly Name[]): Item<Name> {
  const fields = fieldsOf(names, (name) => sql`${value(name)}`)
  return { isSingle: true, fields, from: sql``, number: sql`1`, inOrder: sql`` }
}

function listedItem<Name extends string>(names: readonly Name[]): Item<Name> {
  return {
    isSingle: false,
    fields: fieldsOf(names, (name) => sql`(item.value ->> ${sql.raw(`'$.${name}'`)})`),
    from: sql`from json_each(${value('rows')}) as item`,
    number: sql`row_number() over (order by item.key)`,
    inOrder: sql`order by item.key`,
  }
}

function fieldsOf<Name extends string>(
  names: readonly Name[],
  make: (name: Name) => SQL,
): Record<Name, SQL> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, SQL>
}
