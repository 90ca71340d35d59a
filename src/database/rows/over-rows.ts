/** Statements over rows: one text for a list of rows, and a shorter one for a single row. */
import { sql, type SQL } from 'drizzle-orm'
import type { Fields, Named, RowOf } from '../field'
import { jsonLists } from '../json-lists'
import { query, value, type Bound, type BoundStatement, type Values } from '../statement'

/** Binds rows to a statement over rows; no rows, no statement, and several for more than D1 takes as one. */
export type RowStatement<Name extends string, Row = unknown> = (
  database: D1Database,
  rows: readonly Readonly<Record<Name, Bound>>[],
  values: Values,
) => BoundStatement<Row>[]

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
 * A statement over rows, each with values of these names; it answers `fields`. To plan one over a
 * list takes SQLite longer than to write a single row: for that it is rendered without the list.
 */
export function overRows<Name extends string, F extends Fields>(
  names: readonly Name[],
  fields: F,
  build: (item: Item<Name>, fields: Named<F>) => SQL,
): RowStatement<Name, RowOf<F>> {
  const single = query(fields, (named) => build(singleItem(names), named))
  const list = query(fields, (named) => build(listedItem(names), named))
  return function bindRows(database, rows, values) {
    const [row] = rows
    if (row === undefined) return []
    return rows.length === 1
      ? [single(database, { ...values, ...row })]
      : jsonLists(rows).map((part) => list(database, { ...values, rows: part }))
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
