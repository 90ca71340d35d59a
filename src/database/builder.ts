/**
 * Drizzle's query builders without a driver: they make SQL and types, `query` and `command` of
 * `statement.ts` render it, and a batch sends it.
 */
import type { SQL } from 'drizzle-orm'
import {
  QueryBuilder,
  SQLiteDeleteBase,
  SQLiteInsertBuilder,
  SQLiteSyncDialect,
  SQLiteUpdateBuilder,
  type SQLiteSession,
  type SQLiteTable,
} from 'drizzle-orm/sqlite-core'

const dialect = new SQLiteSyncDialect()
const builder = new QueryBuilder(dialect)

/** A session is what executes; nothing is executed here. */
const session = undefined as unknown as SQLiteSession<'sync', unknown, never, never>

export function select<F extends Record<string, SQL.Aliased>>(fields: F) {
  return builder.select(fields)
}

export function insertInto<Table extends SQLiteTable>(table: Table) {
  return new SQLiteInsertBuilder(table, session, dialect)
}

export function update<Table extends SQLiteTable>(table: Table) {
  return new SQLiteUpdateBuilder(table, session, dialect)
}

export function deleteFrom<Table extends SQLiteTable>(table: Table) {
  return new SQLiteDeleteBase(table, session, dialect)
}
