/**
 * SQL written once with Drizzle's tables, rendered when it is first used, and bound per request.
 * Rendering per request would cost more than everything else the gateway does for it; rendering all
 * of it when the module loads would keep the first request waiting.
 */
import { is, Placeholder, sql, type Column, type SQL } from 'drizzle-orm'
import { CasingCache } from 'drizzle-orm/casing'

export type Bound = string | number | null

export type Values = Readonly<Record<string, Bound>>

/** Makes a statement for a batch. Every placeholder of the SQL must be among the values. */
export type Statement = (database: D1Database, values: Values) => D1PreparedStatement

/** How SQLite writes things. Drizzle's own dialect would bring its query builder along. */
const dialect = {
  casing: new CasingCache(),
  escapeName: (name: string) => `"${name.replaceAll('"', '""')}"`,
  escapeParam: () => '?',
  escapeString: (text: string) => `'${text.replaceAll("'", "''")}'`,
}

export function statement(query: SQL): Statement {
  let rendered: Rendered | undefined
  return function bind(database, values) {
    const { text, params, names } = (rendered ??= render(query))
    const bound = params.map((parameter, index) => {
      const name = names[index]
      if (name === undefined) return parameter
      const value = values[name]
      if (value === undefined) throw new Error(`No value for the placeholder ${name}`)
      return value
    })
    return database.prepare(text).bind(...bound)
  }
}

interface Rendered {
  readonly text: string
  readonly params: readonly unknown[]
  /** The name of each parameter that is a placeholder. */
  readonly names: readonly (string | undefined)[]
}

function render(query: SQL): Rendered {
  const { sql: text, params } = query.toQuery(dialect)
  const names = params.map((parameter) => (is(parameter, Placeholder) ? parameter.name : undefined))
  // The text travels with every call: without the lines and margins of the source.
  return { text: text.replaceAll(/\s+/g, ' '), params, names }
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

/** Binds rows to a statement over rows; no rows, no statement. */
export type RowStatement<Name extends string> = (
  database: D1Database,
  rows: readonly Readonly<Record<Name, Bound>>[],
  values: Values,
) => D1PreparedStatement[]

/**
 * A statement over rows, each with these fields, to be read from `item`; `item.key` is its place. A
 * single row is bound as it is: JSON that D1 takes apart again costs more than all the rest of it.
 */
export function overRows<Name extends string>(
  fields: readonly Name[],
  query: (item: SQL) => SQL,
): RowStatement<Name> {
  const select = (source: (name: Name) => SQL) =>
    sql.join(
      fields.map((name) => sql`${source(name)} as ${sql.identifier(name)}`),
      sql`, `,
    )
  const single = select((name) => sql`${value(name)}`)
  const listed = select((name) => sql`value ->> ${sql.raw(`'$.${name}'`)}`)
  const one = statement(query(sql`(select 0 as key, ${single}) as item`))
  const list = statement(
    query(sql`(select key, ${listed} from json_each(${value('rows')})) as item`),
  )
  return function bindRows(database, rows, values) {
    const [row] = rows
    if (row === undefined) return []
    return rows.length === 1
      ? [one(database, { ...values, ...row })]
      : [list(database, { ...values, rows: JSON.stringify(rows) })]
  }
}
