/**
 * Rows of a query: the fields that it selects, the type that follows from them, and their reader.
 */
import type { SQL } from 'drizzle-orm'
import { Column, is, sql, type GetColumnData } from 'drizzle-orm'

/** A row as D1 answers it. */
export type RawRow = Readonly<Record<string, unknown>>

/** Fields that a query selects: columns and SQL, by the names that they have in the row. */
export type Fields = Readonly<Record<string, Column | SQL>>

/** Value of a column, through its mapping, or of a piece of SQL. */
type ValueOf<Field> = Field extends Column
  ? GetColumnData<Field>
  : Field extends SQL<infer Value>
    ? Value
    : never

export type RowOf<F extends Fields> = { readonly [Name in keyof F]: ValueOf<F[Name]> }

/** Fields with their names as aliases, for Drizzle's builders and for `fieldList`. */
export type Named<F extends Fields> = { [Name in keyof F]: SQL.Aliased<ValueOf<F[Name]>> }

/**
 * Fields with their names as aliases. Each is wrapped once more, since Drizzle's builder takes the table
 * off columns at the top level of a selected field (`findings/drizzle-correlated-count.sh`).
 */
export function aliasFields<F extends Fields>(fields: F): Named<F> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, sql`${field}`.as(name)]),
  ) as Named<F>
}

/** Fields as SELECT and RETURNING list them: `"teams"."id" as "id", …`. */
export function fieldList(fields: Readonly<Record<string, SQL.Aliased>>): SQL {
  return sql.join(
    Object.values(fields).map((field) => sql`${field.sql} as ${sql.identifier(field.fieldAlias)}`),
    sql`, `,
  )
}

export type Decode = (value: unknown) => unknown

/** Reads a row by the mappings of its fields. Null stays null. */
export function rowReader<F extends Fields>(fields: F): (row: RawRow) => RowOf<F> {
  const readers = Object.entries(fields).map(([name, field]) => [name, decoderOf(field)] as const)
  return function readRow(row) {
    const read: Record<string, unknown> = {}
    for (const [name, decode] of readers) {
      const value = row[name] ?? null
      read[name] = decode && value !== null ? decode(value) : value
    }
    return read as RowOf<F>
  }
}

/** SQL that says nothing of its value. */
const plain = sql`` as unknown as { readonly decoder: unknown }

/** Undefined where a value is taken as it is. */
export function decoderOf(field: Column | SQL): Decode | undefined {
  if (is(field, Column)) {
    if (field.mapFromDriverValue === Column.prototype.mapFromDriverValue) return undefined
    return (value) => field.mapFromDriverValue(value)
  }
  // Set by `mapWith`; Drizzle keeps it out of its types.
  const { decoder } = field as unknown as { readonly decoder: { mapFromDriverValue: Decode } }
  if (decoder === plain.decoder) return undefined
  return (value) => decoder.mapFromDriverValue(value)
}

/** A column that a left join may leave out. */
export function optional<C extends Column>(column: C): SQL<GetColumnData<C> | null> {
  return sql`${column}`.mapWith(column) as SQL<GetColumnData<C> | null>
}

/** A condition as a field: true or false. */
export function flag(condition: SQL): SQL<boolean> {
  return sql`${condition}`.mapWith(Boolean)
}

/** JSON text of SQL as a field, parsed. */
export function json<T>(text: SQL): SQL<T> {
  return sql`${text}`.mapWith((value: string) => JSON.parse(value) as T)
}
