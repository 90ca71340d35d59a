/** The queries of the pages of a table. */
import { getTableName, sql, type Column, type SQL } from 'drizzle-orm'
import {
  aliasFields,
  fieldList,
  rowReader,
  type Fields,
  type RawRow,
  type RowOf,
} from '../database/field'
import {
  query,
  queryPerRequest,
  tenant,
  value,
  type Bound,
  type BoundStatement,
  type Statement,
} from '../database/statement'
import { requiredCredential, tenantRequiring } from '../database/precondition'
import { users, type teams } from '../database/schema/directory'
import { tenants } from '../database/schema/tenants'
import type { TenantState } from '../tokens/credential'
import { weighed, weighedFields, type WeighedRow, type Weighing } from './cut'
import { packing } from './pack'

export type DirectoryTable = typeof users | typeof teams

export interface Count {
  readonly total: number
}

export interface PlaceRow extends WeighedRow {
  readonly position: number
  readonly sortKey: Bound
}

/** Rows of a page, and how many there are in all, where their statement says it. */
interface PageAnswer<Row> {
  readonly rows: readonly Row[]
  readonly total?: number
}

/** A statement that answers a page, all of it at once or row by row. */
export type PageStatement<Row = unknown> = BoundStatement<PageAnswer<Row>>

/** Where a page begins: after so many, after a position, or for all that are meant, who are one at most. */
export type Window = 'offset' | 'after' | 'all'

/** A page whose SQL the request makes. */
export interface RequestedPage {
  readonly key: SQL
  /** `from … where … order by … limit …`. */
  readonly rest: SQL
  readonly reference: SQL
}

export interface Source<F extends Fields> {
  readonly table: DirectoryTable
  readonly weighing: Weighing
  /** The fields of a row of a page, with its place. */
  readonly fields: Fields
  readonly totalIn: (state: TenantState) => number
  /** Rows of pages with all their texts. */
  readonly selectLong: Statement<RowOf<F> & { readonly position: number }>
  /**
   * A page in the order of creation, of everybody, or of those whose column has the value `wanted`: each
   * is rendered once. One that comes as one row checks the credential, too: a statement less.
   */
  readonly usualPage: (
    window: Window,
    isPacked: boolean,
    column: Column | undefined,
  ) => (...values: Parameters<Statement>) => PageStatement<RowOf<F> & PlaceRow>
  /** The number of those whose column has the value `wanted`. */
  readonly countEqual: (column: Column) => Statement<Count>
  /** A page with another filter, an order or a cursor. */
  readonly selectPage: (
    database: D1Database,
    isPacked: boolean,
    page: RequestedPage,
  ) => PageStatement<RowOf<F> & PlaceRow>
}

/** True for a page of `usualPage` that checks the credential: all of it is one row. */
export function isChecked(window: Window, isPacked: boolean): boolean {
  return isPacked || window === 'all'
}

function isOfUsers(table: DirectoryTable): boolean {
  return getTableName(table) === getTableName(users)
}

/** The number of all, as the row of the tenant has it. */
function totalOf(table: DirectoryTable): SQL {
  const count = isOfUsers(table) ? tenants.userCount : tenants.teamCount
  return sql`(select ${count} from ${tenants} where ${tenants.id} = ${tenant})`
}

const windows = (position: Column): Readonly<Record<Window, SQL>> => ({
  offset: sql`order by ${position} limit ${value('count')} offset ${value('offset')}`,
  after: sql`and ${position} > ${value('after')} order by ${position} limit ${value('count')}`,
  all: sql``,
})

/** The statements of a table for its pages. */
export function pageSource<F extends Fields>(
  table: DirectoryTable,
  given: F,
  weighing: Weighing,
): Source<F> {
  const noKey = { sortKey: sql<Bound>`null` }
  const placed = { ...given, position: table.position }
  const fields = { ...placed, ...weighedFields }
  const all = { ...fields, ...noKey }
  const weigh = weighed(all, weighing)
  const { pack, unpack } = packing(all, weighing)
  const readRow = rowReader(all)
  const readOne = (row: RawRow) => ({ rows: [readRow(row)] })
  // A pack has the fields of its rows.
  const readPack = (row: RawRow) => unpack(row) as PageAnswer<ReturnType<typeof readRow>>
  const usual = new Map<string, Statement>()
  const counts = new Map<string, Statement<Count>>()
  const selectAny = queryPerRequest(fields, noKey)

  function makeUsual(window: Window, isPacked: boolean, column: Column | undefined) {
    return query({}, () => {
      const condition = column ? sql`and ${column} = ${value('wanted')}` : sql``
      const owner = isChecked(window, isPacked) ? tenantRequiring(requiredCredential) : tenant
      const list = sql`select ${fieldList(aliasFields(all))} from ${table}
        where ${table.tenantId} = ${owner} ${condition} ${windows(table.position)[window]}`
      if (window === 'all') return list
      const reference = value('referenceBytes')
      if (!isPacked) return weigh(list, reference)
      return pack(list, reference, column ? undefined : totalOf(table))
    })
  }

  return {
    table,
    weighing,
    fields: all,
    totalIn: ({ userCount, teamCount }) => (isOfUsers(table) ? userCount : teamCount),
    usualPage(window, isPacked, column) {
      const name = `${window} ${isPacked} ${column?.name}`
      const statement = usual.get(name) ?? makeUsual(window, isPacked, column)
      usual.set(name, statement)
      const read = isPacked && window !== 'all' ? readPack : readOne
      return (database, values) => ({ ...statement(database, values), read })
    },
    countEqual(column) {
      const known =
        counts.get(column.name) ??
        query(
          { total: sql<number>`count(*)` },
          (named) => sql`select ${fieldList(named)} from ${table}
            where ${table.tenantId} = ${tenant} and ${column} = ${value('wanted')}`,
        )
      counts.set(column.name, known)
      return known
    },
    selectPage(database, isPacked, { key, rest, reference }) {
      const { prepared } = selectAny(database, { sortKey: key }, (names) =>
        (isPacked ? pack : weigh)(sql`select ${names} ${rest}`, reference),
      )
      return { prepared, read: isPacked ? readPack : readOne }
    },
    selectLong: query(
      placed,
      (named) => sql`
      select ${fieldList(named)} from json_each(${value('positions')}) as wanted cross join ${table}
      on ${table.position} = wanted.value and ${table.tenantId} = ${tenant}`,
    ),
  }
}
