/**
 * The statements of a list: how many match, and one page of them. Pages go by number (startIndex)
 * or by the place where the last one ended (RFC 9865), which costs the same wherever that is. A page
 * ends before the resource that would make the answer too long (RFC 7644 section 3.4.2.4).
 */
import { sql, type SQL } from 'drizzle-orm'
import { ok, type Result } from '../result'
import type { Filter } from '../scim/filter/tree'
import type { ResourceType } from '../scim/schema'
import type { Sort } from '../scim/filter/sort'
import { preferredValue, singleValue } from './filter-scope'
import { filterSql } from './filter-sql'
import { readBatch, type Refusal } from '../database/batch'
import { aliasFields, fieldList, type Fields, type RowOf } from '../database/field'
import {
  query,
  queryPerRequest,
  tenant,
  value,
  type Bound,
  type BoundStatement,
  type Statement,
} from '../database/statement'
import type { teams, users } from '../database/schema/directory'
import {
  cutList,
  cutRows,
  weighed,
  weighedFields,
  type ColumnOf,
  type WeighedRow,
  type Weigh,
  type Weighing,
} from './cut'

/** The place of a resource in a list: its sort key, and its number in the order of creation. */
export interface Place {
  readonly position: number
  readonly key: Bound
}

export interface Page {
  readonly filter: Filter | undefined
  readonly sort: Sort | undefined
  readonly count: number
  readonly from:
    | {
        readonly kind: 'index'
        /** 1-based. */
        readonly startIndex: number
        /** Position of the resource before it, if that is known. */
        readonly after?: number
      }
    | {
        readonly kind: 'cursor'
        /** Undefined for the first page. */
        readonly place: Place | undefined
        readonly isBackwards: boolean
        /** Known from the first page. */
        readonly total: number | undefined
      }
}

/** The statements of a page, to be sent in this order; undefined where none is needed. */
export interface PageStatements<Row> {
  readonly count: BoundStatement<Count> | undefined
  readonly rows: BoundStatement<Row & PlaceRow> | undefined
  /** Makes the rows of the page, as `cutList` does, for what belongs to them. */
  readonly makeCut: () => SQL
}

interface Count {
  readonly total: number
}

interface PlaceRow extends WeighedRow {
  readonly position: number
  readonly sortKey: Bound
}

/** The outcome of a page: the rows in the order of the list, and whether it goes on. */
export interface PageRows<Row> {
  readonly rows: readonly Row[]
  readonly places: readonly Place[]
  readonly hasMore: boolean
  /** Undefined when the caller knows it, from the tenant or from the cursor. */
  readonly total: number | undefined
}

/** A page of resources. */
export interface Listed<T> {
  readonly total: number
  readonly resources: readonly T[]
  /** The places of the resources, in the same order. */
  readonly places: readonly Place[]
  readonly hasMore: boolean
}

/** The total that a cursor carries from its first page. */
export function knownTotal({ from }: Page): number | undefined {
  return from.kind === 'cursor' ? from.total : undefined
}

/** The queries of the pages of a table. */
export interface Source<F extends Fields> {
  readonly table: DirectoryTable
  readonly weighing: Weighing
  readonly weigh: Weigh
  /** The fields of a row of a page, with its place. */
  readonly fields: Fields
  /** Rows of pages with all their texts. */
  readonly selectLong: Statement<RowOf<F> & { readonly position: number }>
  /** A page of everything there is, in the order of creation: rendered once. */
  readonly wholePage: Statement<RowOf<F> & PlaceRow>
  /** The same, from a position on. */
  readonly nextPage: Statement<RowOf<F> & PlaceRow>
  /** A page with a filter, an order or a cursor. */
  readonly selectPage: ReturnType<typeof queryPerRequest<F & PlaceFields, { sortKey: SQL<Bound> }>>
}

type DirectoryTable = typeof users | typeof teams

type PlaceFields = typeof weighedFields & { readonly position: DirectoryTable['position'] }

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
  return {
    table,
    weighing,
    weigh,
    fields: all,
    wholePage: query(all, (named) => {
      const list = sql`select ${fieldList(named)} from ${table} where ${table.tenantId} = ${tenant}
        order by ${table.position} limit ${value('count')} offset ${value('offset')}`
      return weigh(list, value('referenceBytes'))
    }),
    nextPage: query(all, (named) => {
      const list = sql`select ${fieldList(named)} from ${table} where ${table.tenantId} = ${tenant}
        and ${table.position} > ${value('after')} order by ${table.position} limit ${value('count')}`
      return weigh(list, value('referenceBytes'))
    }),
    selectPage: queryPerRequest(fields, noKey),
    selectLong: query(
      placed,
      (named) => sql`
      select ${fieldList(named)} from json_each(${value('positions')}) as wanted cross join ${table}
      on ${table.position} = wanted.value and ${table.tenantId} = ${tenant}`,
    ),
  }
}

const selectCount = queryPerRequest({ total: sql<number>`count(*)` }, {})

/**
 * The statements of one page: rows, and the count where neither tenant nor cursor knows it.
 * `referenceBytes` are those that one reference to another resource takes in the answer.
 */
export function pageStatements<F extends Fields>(
  database: D1Database,
  tenantId: number,
  type: ResourceType,
  page: Page,
  referenceBytes: number,
  { table, weighing, weigh, fields, wholePage, nextPage, selectPage }: Source<F>,
): PageStatements<RowOf<F>> {
  const condition = page.filter
    ? sql`${table.tenantId} = ${tenantId} and (${filterSql(type, page.filter, tenantId)})`
    : sql`${table.tenantId} = ${tenantId}`
  const key = page.sort ? sortKey(type, page.sort) : sql`null`
  const window = pageWindow(page, table, key)
  const rest = sql`from ${table} where ${condition} ${window}`
  const isBackwards = page.from.kind === 'cursor' && page.from.isBackwards
  const reference = sql`${referenceBytes}`
  const order = (column: ColumnOf) =>
    orderOf(page.sort, column('position'), column('sortKey'), isBackwards)
  const makeCut = () => {
    const all = fieldList(aliasFields({ ...fields, sortKey: key }))
    return cutList(weighing, sql`select ${all} ${rest}`, order, reference)
  }
  if (isWhole(page) && page.from.kind === 'index') {
    const { startIndex, after } = page.from
    const values = { tenantId, count: page.count, referenceBytes }
    const rows =
      after === undefined
        ? wholePage(database, { ...values, offset: startIndex - 1 })
        : nextPage(database, { ...values, after })
    return { count: undefined, rows, makeCut }
  }
  return {
    count: countsMatches(page)
      ? selectCount(database, {}, (list) => sql`select ${list} from ${table} where ${condition}`)
      : undefined,
    rows:
      page.count > 0
        ? selectPage(database, { sortKey: key }, (list) =>
            weigh(sql`select ${list} ${rest}`, reference),
          )
        : undefined,
    makeCut,
  }
}

/** A page of everything there is, in the order of creation. */
function isWhole({ filter, sort, count }: Page): boolean {
  return filter === undefined && sort === undefined && count > 0
}

/** Reads what the statements of a page answered, and the texts of its long rows. */
export async function pageRows<F extends Fields>(
  database: D1Database,
  tenantId: number,
  page: Page,
  { selectLong }: Source<F>,
  [counts, found = []]: readonly [
    readonly Count[] | undefined,
    readonly (RowOf<F> & PlaceRow)[] | undefined,
  ],
): Promise<Result<PageRows<RowOf<F>>, Refusal>> {
  const isBackwards = page.from.kind === 'cursor' && page.from.isBackwards
  const kept = cutRows(found.slice(0, page.count))
  const rows = isBackwards ? kept.toReversed() : kept
  const long = rows.filter(({ isLong }) => isLong).map(({ position }) => position)
  const positions = JSON.stringify(long)
  const read =
    long.length === 0
      ? ok([[]] as const)
      : await readBatch(database, [selectLong(database, { tenantId, positions })])
  if (!read.ok) return read
  const whole = new Map(read.value[0].map((row) => [row.position, row]))
  // One that is gone by now is shown no more.
  const shown = rows.flatMap((row) => (row.isLong ? (whole.get(row.position) ?? []) : row))
  return ok({
    rows: shown,
    places: rows.map(({ position, sortKey }) => ({ position, key: sortKey })),
    hasMore: found.length > kept.length,
    total: counts?.[0]?.total,
  })
}

/**
 * Without a filter the tenant's row knows how many there are; after the first page the cursor does.
 */
function countsMatches({ filter, from }: Page): boolean {
  return filter !== undefined && (from.kind === 'index' || from.total === undefined)
}

function sortKey(type: ResourceType, { path }: Sort): SQL {
  return path.attribute.multiValued ? preferredValue(type, path) : singleValue(type, path)
}

function pageWindow(page: Page, table: DirectoryTable, key: SQL): SQL {
  const { from, sort, count } = page
  const isBackwards = from.kind === 'cursor' && from.isBackwards
  const order = sql`order by ${orderOf(sort, sql`${table.position}`, key, isBackwards)}`
  if (from.kind === 'index') {
    return from.after === undefined
      ? sql`${order} limit ${count} offset ${from.startIndex - 1}`
      : sql`and ${table.position} > ${from.after} ${order} limit ${count}`
  }
  // One more than asked for tells whether there is another page.
  const limit = sql`${order} limit ${count + 1}`
  return from.place ? sql`and ${beyond(from.place, sort, table, key, isBackwards)} ${limit}` : limit
}

/**
 * The order of a list. Resources without a value come last in ascending and first in descending
 * order (RFC 7644 section 3.4.2.3).
 */
function orderOf(sort: Sort | undefined, place: SQL, key: SQL, isBackwards: boolean): SQL {
  const position = isBackwards ? sql`${place} desc` : place
  if (!sort) return position
  return sort.isDescending === isBackwards
    ? sql`${key} is null, ${key}, ${position}`
    : sql`${key} is not null, ${key} desc, ${position}`
}

/** The resources after a place, or before it. */
function beyond(
  { position, key: known }: Place,
  sort: Sort | undefined,
  table: DirectoryTable,
  key: SQL,
  isBackwards: boolean,
): SQL {
  const further = isBackwards
    ? sql`${table.position} < ${position}`
    : sql`${table.position} > ${position}`
  if (!sort) return further
  const isRising = sort.isDescending === isBackwards
  if (known === null) {
    return isRising ? sql`(${key} is null and ${further})` : sql`(${key} is not null or ${further})`
  }
  const same = sql`(${key} = ${known} and ${further})`
  return isRising
    ? sql`(${key} is null or ${key} > ${known} or ${same})`
    : sql`(${key} < ${known} or ${same})`
}
