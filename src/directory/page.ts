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
import { equality, preferredValue, singleValue, type Equality } from './filter-scope'
import { filterSql } from './filter-sql'
import { readBatch, type Refusal } from '../database/batch'
import { credentialValues, readFor, type Credential } from '../tokens/credential'
import { aliasFields, fieldList, type Fields, type RowOf } from '../database/field'
import { queryPerRequest, type Bound, type BoundStatement } from '../database/statement'
import { cutList, cutRows, type ColumnOf } from './cut'
import { isPacked } from './pack'
import {
  isChecked,
  type Count,
  type DirectoryTable,
  type PageStatement,
  type PlaceRow,
  type Source,
} from './source'

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
  readonly rows: PageStatement<Row & PlaceRow> | undefined
  /** True where the rows of this page are all that match. */
  readonly isAll: boolean
  /** True where `rows` checks the credential. */
  readonly isChecked: boolean
  /** Makes the rows of the page, as `cutList` does, for what belongs to them. */
  readonly makeCut: () => SQL
}

/** A page as it was read, and what was read with it. */
export interface ReadPage<Row, More> {
  readonly list: Listed<Row>
  readonly more: readonly More[] | undefined
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
function knownTotal({ from }: Page): number | undefined {
  return from.kind === 'cursor' ? from.total : undefined
}

const selectCount = queryPerRequest({ total: sql<number>`count(*)` }, {})

/**
 * The statements of one page: rows, and the count where neither tenant nor cursor knows it.
 * `referenceBytes` are those that one reference to another resource takes in the answer.
 */
export function pageStatements<F extends Fields>(
  database: D1Database,
  credential: Credential,
  type: ResourceType,
  page: Page,
  referenceBytes: number,
  source: Source<F>,
): PageStatements<RowOf<F>> {
  const { tenantId } = credential
  const { table, weighing, fields } = source
  const isBackwards = page.from.kind === 'cursor' && page.from.isBackwards
  const order = (column: ColumnOf) =>
    orderOf(page.sort, column('position'), column('sortKey'), isBackwards)
  const makeParts = () => {
    const filter = page.filter && filterSql(type, page.filter, tenantId)
    const ofTenant = sql`${table.tenantId} = ${tenantId}`
    const condition = filter ? sql`${ofTenant} and (${filter})` : ofTenant
    const key = page.sort ? sortKey(type, page.sort) : sql`null`
    const rest = sql`from ${table} where ${condition} ${pageWindow(page, table, key)}`
    return { condition, key, rest, reference: sql`${referenceBytes}` }
  }
  const makeCut = () => {
    const { key, rest, reference } = makeParts()
    const all = fieldList(aliasFields({ ...fields, sortKey: key }))
    return cutList(weighing, sql`select ${all} ${rest}`, order, reference)
  }
  const rowsWanted = page.count + Number(page.from.kind === 'cursor')
  const isOneRow = isPacked(rowsWanted, page.sort !== undefined)
  const equal = page.filter && equality(type, page.filter)
  if (page.from.kind === 'index' && isUsual(page, equal)) {
    const { startIndex, after } = page.from
    const isAll = equal !== undefined && equal.isUnique && startIndex === 1
    const known = { ...credentialValues(credential), ...equal?.values }
    const values = { ...known, count: page.count, referenceBytes }
    const start = after === undefined ? { offset: startIndex - 1 } : { after }
    const window = isAll ? 'all' : after === undefined ? 'offset' : 'after'
    const statement = source.usualPage(window, isOneRow, equal?.column)
    return {
      count: equal && !isAll ? source.countEqual(equal.column)(database, values) : undefined,
      rows: statement(database, { ...values, ...start }),
      isAll,
      isChecked: isChecked(window, isOneRow),
      makeCut,
    }
  }
  const { condition, key, rest, reference } = makeParts()
  return {
    count: countsMatches(page)
      ? selectCount(database, {}, (list) => sql`select ${list} from ${table} where ${condition}`)
      : undefined,
    rows:
      page.count > 0 ? source.selectPage(database, isOneRow, { key, rest, reference }) : undefined,
    isAll: false,
    isChecked: false,
    makeCut,
  }
}

/** A page in the order of creation, of everybody or of whom a column tells. */
function isUsual({ filter, sort, count }: Page, equal: Equality | undefined): boolean {
  return sort === undefined && count > 0 && (filter === undefined || equal !== undefined)
}

/** Reads a page, and what belongs to it. Refused when the token does not hold, or its settings are old. */
export async function readPage<F extends Fields, More = never>(
  database: D1Database,
  credential: Credential,
  page: Page,
  source: Source<F>,
  { count, rows, isAll, isChecked: isCheckedItself }: PageStatements<RowOf<F>>,
  more?: BoundStatement<More>,
): Promise<Result<ReadPage<RowOf<F>, More>, Refusal>> {
  const parts = [count, rows, more] as const
  const answer = isCheckedItself
    ? await readBatch(database, parts)
    : await readFor(database, credential, parts)
  if (!answer.ok) return answer
  const { value } = answer
  const [counts, answers = [], others] = 'state' in value ? value.rows : value
  const found = answers.flatMap((answered) => answered.rows)
  const totals = [
    isAll ? found.length : counts?.[0]?.total,
    knownTotal(page),
    answers[0]?.total,
    'state' in value ? source.totalIn(value.state) : undefined,
  ]
  const total = totals.find((known) => known !== undefined) ?? 0
  const list = await wholeRows(database, credential.tenantId, page, source, found)
  return list.ok ? ok({ list: { ...list.value, total }, more: others }) : list
}

/** Ends a page where it is long enough, and reads the texts of its long rows. */
async function wholeRows<F extends Fields>(
  database: D1Database,
  tenantId: number,
  page: Page,
  { selectLong }: Source<F>,
  found: readonly (RowOf<F> & PlaceRow)[],
): Promise<Result<Omit<Listed<RowOf<F>>, 'total'>, Refusal>> {
  const isBackwards = page.from.kind === 'cursor' && page.from.isBackwards
  const kept = cutRows(found.slice(0, page.count))
  const rows = isBackwards ? kept.toReversed() : kept
  const hasMore = found.length > kept.length
  const places = rows.map(({ position, sortKey }) => ({ position, key: sortKey }))
  const long = rows.filter(({ isLong }) => isLong)
  if (long.length === 0) return ok({ resources: rows, places, hasMore })
  const positions = JSON.stringify(long.map(({ position }) => position))
  const read = await readBatch(database, [selectLong(database, { tenantId, positions })])
  if (!read.ok) return read
  const whole = new Map(read.value[0].map((row) => [row.position, row]))
  // One that is gone by now is shown no more.
  const resources = rows.flatMap((row) => (row.isLong ? (whole.get(row.position) ?? []) : row))
  return ok({ resources, places, hasMore })
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
