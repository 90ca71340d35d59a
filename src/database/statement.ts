/**
 * Statements: written once with Drizzle's tables, rendered when first used, bound per request, and
 * typed. `query` infers its row from the fields that it selects, so that a renamed column is a type
 * error at every reader (`docs/decisions/0010-typed-rows.md`). Rendering per request would cost
 * more than everything else the gateway does for it; rendering all of them when the module loads
 * would keep the first request waiting.
 */
import { is, Param, Placeholder, sql, type Column, type SQL, type SQLWrapper } from 'drizzle-orm'
import type { CasingCache } from 'drizzle-orm/casing'
import {
  aliasFields,
  fieldList,
  rowReader,
  type Fields,
  type Named,
  type RawRow,
  type RowOf,
} from './field'
import { signLimits } from './signed-limits'

export type Bound = string | number | null

export type Values = Readonly<Record<string, Bound>>

/** A statement with its values, ready for a batch, and the reader of the rows that it answers. */
export interface BoundStatement<Row = unknown> {
  readonly prepared: D1PreparedStatement
  readonly read: (row: RawRow) => Row
  /** True where the one row that is read is `{ changes }`, what D1 says of the rows written. */
  readonly isCounted?: boolean
}

/** Binds a statement to a database. Every placeholder of the SQL must be among the values. */
export type Statement<Row = unknown> = (database: D1Database, values: Values) => BoundStatement<Row>

/**
 * A statement that answers rows, for example
 * `query({ id: teams.id }, (fields) => select(fields).from(teams).where(…))`. `fields` is columns
 * and SQL by the names that they have in the row; `build` is given them with these names as
 * aliases, for a builder or, as `fieldList(fields)`, for a template. Each value is read by its
 * column's own mapping.
 */
export function query<F extends Fields>(
  fields: F,
  build: (fields: Named<F>) => SQLWrapper,
): Statement<RowOf<F>> {
  let rendered: Rendered | undefined
  let read: ((row: RawRow) => RowOf<F>) | undefined
  return function bindQuery(database, values) {
    rendered ??= render(build(aliasFields(fields)).getSQL())
    read ??= rowReader(fields)
    return { prepared: prepare(database, rendered, values), read }
  }
}

/**
 * A query that is rendered for each request, such as a page with a filter of the client: only the
 * fields that it always selects are rendered once. `varying` are examples of fields whose SQL
 * differs from request to request, and is given with each; `build` is given the list of all.
 */
export function queryPerRequest<F extends Fields, V extends Fields>(fields: F, varying: V) {
  let fixed: SQL | undefined
  let read: ((row: RawRow) => RowOf<F & V>) | undefined
  return function bindPerRequest(
    database: D1Database,
    given: { readonly [Name in keyof V]: SQL },
    build: (list: SQL) => SQLWrapper,
  ): BoundStatement<RowOf<F & V>> {
    fixed ??= renderConstant(fieldList(aliasFields(fields)))
    read ??= rowReader<F & V>({ ...fields, ...varying })
    const list = Object.entries(aliasFields(given)).reduce(
      (list, [name, field]) => sql`${list}, ${fieldList({ [name]: field })}`,
      fixed,
    )
    return { prepared: prepare(database, render(build(list).getSQL()), {}), read }
  }
}

/** A part of statements that has no values, rendered once for all of them. */
export function renderConstant(part: SQL): SQL {
  const { text, parameters } = render(part)
  if (parameters.length > 0) throw new Error('A constant part of a query has no values')
  return sql.raw(text)
}

/** A statement that answers no rows. */
export function command(build: () => SQLWrapper): Statement<never> {
  let rendered: Rendered | undefined
  return function bindCommand(database, values) {
    rendered ??= render(build().getSQL())
    return { prepared: prepare(database, rendered, values), read: readNothing }
  }
}

/** The rows of a table that there are more by a statement, or fewer where it is negative. */
export interface Added {
  readonly added: number
}

/** A statement that inserts rows (`sign` 1) or deletes them (-1), and answers their number. */
export function counting(sign: 1 | -1, build: () => SQLWrapper): Statement<Added> {
  const bind = command(build)
  const read = ({ changes }: RawRow) => ({ added: sign * Number(changes) })
  return (database, values) => ({ ...bind(database, values), read, isCounted: true })
}

function readNothing(): never {
  throw new Error('A command answers no rows')
}

function prepare(
  database: D1Database,
  { text, parameters }: Rendered,
  values: Values,
): D1PreparedStatement {
  return database.prepare(text).bind(...parameters.map((parameter) => parameter(values)))
}

interface Rendered {
  readonly text: string
  /** Sources of the parameters' values, in the order of their numbers. */
  readonly parameters: readonly ((values: Values) => unknown)[]
}

/** Columns are called what the tables say. */
const casing = { getColumnCasing: ({ name }: Column) => name } as CasingCache

/** A placeholder that stands in several places is numbered, and sent, once. */
function render(statement: SQL): Rendered {
  const numbers = new Map<string, number>()
  const parameters: ((values: Values) => unknown)[] = []
  const { sql: text } = statement.toQuery({
    casing,
    escapeName: (name) => `"${name.replaceAll('"', '""')}"`,
    escapeParam(_, parameter) {
      // Drizzle's builders wrap what they are given for a column in a `Param`.
      const given: unknown = is(parameter, Param) ? parameter.value : parameter
      if (!is(given, Placeholder)) return `?${parameters.push(() => given)}`
      const name = given.name
      const number = numbers.get(name) ?? parameters.push((values) => valueNamed(values, name))
      numbers.set(name, number)
      return `?${number}`
    },
    escapeString: (string) => `'${string.replaceAll("'", "''")}'`,
  })
  // The text travels with every call: without the lines and margins of the source.
  return { text: signLimits(text.replaceAll(/\s+/g, ' ').trim()), parameters }
}

function valueNamed(values: Values, name: string): Bound {
  const value = values[name]
  if (value === undefined) throw new Error(`No value for the placeholder ${name}`)
  return value
}

/** A placeholder, by the name under which its value is given. */
export function value<T = unknown>(name: string): SQL<T> {
  return sql<T>`${sql.placeholder(name)}`
}

/** Column names without their table, as INSERT and SET want them. */
export function columns(...list: readonly Column[]): SQL {
  return sql.join(
    list.map((column) => sql.identifier(column.name)),
    sql`, `,
  )
}

/** Condition that the statement before this one in the batch wrote rows; those of triggers do not count. */
export const hasWritten = sql`changes() > 0`

/** The tenant of a credential: every statement on what belongs to tenants takes it. */
export const tenant = value('tenantId')
