/** The parameters of reads, from the address or from a SearchRequest (RFC 7644 section 3.4). */
import { openCursor, type CursorScope } from '../http/cursor'
import type { ScimContext } from './context'
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import { otherReadings, type OtherReading } from '../scim/filter/otherwise'
import { parseFilter } from '../scim/filter/parse'
import type { Filter } from '../scim/filter/tree'
import type { JsonObject } from '../scim/json'
import { refusedTolerance } from '../scim/profile'
import { everything, readProjection, type Projection } from '../scim/projection'
import { holdsFilter, isLikeFilter } from '../scim/query/look-alike'
import {
  joinAttributes,
  queryOf,
  readPairs,
  readParameters,
  type QueryPairs,
} from '../scim/query/parameters'
import { readSearchBody } from '../scim/query/search-body'
import type { ResourceType } from '../scim/schema'
import { readSort } from '../scim/filter/sort'
import { readKeys } from '../sealing/keys'
import { startReading, type Reading } from '../scim/tolerance/reading'
import { userType } from '../scim/user'
import type { Page } from '../directory/page'
import { noteReading } from './record'

/** Most resources of one page, and the page of a client that names no size. */
export const maximumCount = 1_000

/** Parameters as they were sent. Names are the RFC's own, whatever their case in the address. */
export interface QueryText {
  readonly filter?: string | undefined
  readonly sortBy?: string | undefined
  readonly sortOrder?: string | undefined
  readonly startIndex?: string | undefined
  readonly count?: string | undefined
  readonly cursor?: string | undefined
  readonly attributes?: string | undefined
  readonly excludedAttributes?: string | undefined
  /** True when blanks were written as `+`. */
  readonly isPlusBlank?: boolean
}

export interface ListQuery {
  readonly page: Page
  /** What the filter may have meant instead, to be tried when it finds nobody. */
  readonly otherwise: readonly OtherReading[]
  readonly projection: Projection
  readonly startIndex: number
  /** The request that the cursors of this list are bound to. */
  readonly scope: CursorScope
}

/**
 * The parameters of a list in the address (RFC 7644 section 3.4.2), unchecked. Refused with
 * `unknownFilter` for what looks like a filter and is none.
 */
export function urlQuery(c: ScimContext): Result<QueryText, ScimError> {
  return c.req.url.includes('?') ? readUrl(c, readPairs(queryOf(c.req.url))) : ok({})
}

function readUrl(c: ScimContext, { pairs, isPlusBlank }: QueryPairs): Result<QueryText, ScimError> {
  const reading = readingOf(c, userType)
  const read = readParameters(reading, pairs)
  if (!read.ok) return read
  const found = read.value
  const query = {
    filter: found.filter?.[0],
    sortBy: found.sortBy?.[0],
    sortOrder: found.sortOrder?.[0],
    startIndex: found.startIndex?.[0],
    count: found.count?.[0],
    cursor: found.cursor?.[0],
    attributes: joinAttributes(reading, 'attributes', found.attributes),
    excludedAttributes: joinAttributes(reading, 'excludedAttributes', found.excludedAttributes),
    isPlusBlank,
  }
  noteReading(c, reading, 'query')
  return ok(query)
}

/**
 * The parameters of a search request (RFC 7644 section 3.4.3). Refused with `invalidQuery` for a
 * wrong type, with `unknownFilter` as in an address.
 */
export function searchQuery(c: ScimContext, body: JsonObject): Result<QueryText, ScimError> {
  const reading = readingOf(c, userType)
  const read = readParameters(reading, Object.entries(body))
  if (!read.ok) return read
  const first = Object.entries(read.value).map(([name, values]) => [name, values[0]])
  const query = readSearchBody(Object.fromEntries(first))
  if (!query.ok) {
    return err(scimError('invalidQuery', { parameter: query.error, expected: 'of the right type' }))
  }
  noteReading(c, reading, 'query')
  return query
}

/** The refusal of a search by POST whose filter is in the address: it would not be read. */
export function misplacedFilter(c: ScimContext): ScimError | undefined {
  const isThere = readPairs(queryOf(c.req.url)).pairs.some(
    ([name, value]) => isLikeFilter(name) || holdsFilter(value),
  )
  const problem = 'a search by POST has it in its body, not in its address'
  return isThere ? scimError('invalidFilter', { problem }) : undefined
}

function readingOf(c: ScimContext, type: ResourceType): Reading {
  return startReading(type, c.get('credential').settings.profile)
}

function readProjectionOf(
  c: ScimContext,
  query: QueryText,
  type: ResourceType,
  others: readonly ResourceType[] = [],
): Result<Projection, ScimError> {
  const reading = readingOf(c, type)
  const { attributes, excludedAttributes } = query
  const projection = readProjection(reading, attributes, excludedAttributes, others)
  // How a name is written refuses nothing: what nobody knows is ignored.
  noteReading(c, { ...reading, applied: new Set() }, 'attributes')
  return projection
}

/**
 * `attributes` and `excludedAttributes` of a request on one resource; a filter says nothing there.
 * Refused with `invalidQuery` as in lists.
 */
export function projectionQuery(c: ScimContext, type: ResourceType): Result<Projection, ScimError> {
  if (!c.req.url.includes('?')) return ok(everything)
  const { pairs, isPlusBlank } = readPairs(queryOf(c.req.url))
  const named = pairs.filter(([name]) => /^(excluded)?attributes$/i.test(name))
  const query = readUrl(c, { pairs: named, isPlusBlank })
  return query.ok ? readProjectionOf(c, query.value, type) : ok(everything)
}

/**
 * Checks the parameters of a list: page, filter, order and projection. Refused with `invalidQuery`,
 * `invalidFilter`, or an error of the cursor. What is shown may be of the `others` as well, which are
 * listed together with this type.
 */
export async function readListQuery(
  c: ScimContext,
  type: ResourceType,
  query: QueryText,
  others: readonly ResourceType[] = [],
): Promise<Result<ListQuery, ScimError>> {
  const scope = [
    c.get('credential').tenantId,
    type.name,
    query.filter,
    query.sortBy,
    query.sortOrder,
  ]
  const count = readCount(query)
  if (!count.ok) return count
  const startIndex = readNumber('startIndex', query.startIndex, 1)
  if (!startIndex.ok) return startIndex
  const from = await readStart(c, query, scope, Math.max(startIndex.value, 1))
  if (!from.ok) return from
  const sort = readSort(startReading(type), query.sortBy, query.sortOrder)
  if (!sort.ok) return sort
  const reading = readingOf(c, type)
  const filter = readFilter(reading, query.filter)
  if (!filter.ok) return filter
  const refused = refusedTolerance(reading)
  if (refused) return err(refused)
  noteReading(c, reading, 'filter')
  const projection = readProjectionOf(c, query, type, others)
  if (!projection.ok) return projection
  return ok({
    page: { filter: filter.value, sort: sort.value, count: count.value, from: from.value },
    otherwise: filter.value ? otherReadings(reading, filter.value, query) : [],
    projection: projection.value,
    startIndex: Math.max(startIndex.value, 1),
    scope,
  })
}

/** An empty filter is a look-up whose value got lost: it would find everybody. */
function readFilter(
  reading: Reading,
  text: string | undefined,
): Result<Filter | undefined, ScimError> {
  if (text === undefined) return ok(undefined)
  const isEmpty = text.trim() === ''
  return isEmpty
    ? err(scimError('invalidFilter', { problem: 'it is empty' }))
    : parseFilter(reading, text)
}

/** A negative count means 0, and a large one the most there is. */
function readCount(query: QueryText): Result<number, ScimError> {
  const count = readNumber('count', query.count, maximumCount)
  if (!count.ok) return query.cursor === undefined ? count : err(scimError('invalidCount'))
  return ok(Math.min(Math.max(count.value, 0), maximumCount))
}

function readNumber(
  parameter: string,
  given: string | undefined,
  fallback: number,
): Result<number, ScimError> {
  const trimmed = given?.trim() ?? ''
  if (trimmed === '') return ok(fallback)
  return /^[+-]?\d{1,15}$/.test(trimmed)
    ? ok(Number(trimmed))
    : err(scimError('invalidQuery', { parameter, expected: 'a whole number' }))
}

/** A `cursor` without a value asks for the first page by cursor (RFC 9865 section 2). */
async function readStart(
  c: ScimContext,
  query: QueryText,
  scope: CursorScope,
  startIndex: number,
): Promise<Result<Page['from'], ScimError>> {
  if (query.cursor === undefined) return ok({ kind: 'index', startIndex })
  if (query.startIndex !== undefined) {
    return err(scimError('invalidQuery', { parameter: 'startIndex', expected: 'used with cursor' }))
  }
  if (query.cursor === '') {
    return ok({ kind: 'cursor', place: undefined, isBackwards: false, total: undefined })
  }
  const key = await cursorKey(c)
  if (!key.ok) return key
  const opened = await openCursor(key.value, scope, query.cursor)
  return opened.ok ? ok({ kind: 'cursor', ...opened.value }) : opened
}

/** The key that seals the cursors of the tenant. */
export async function cursorKey(c: ScimContext): Promise<Result<string, ScimError>> {
  const { tenantId, revision } = c.get('credential')
  const keys = await readKeys(c.env.DB, tenantId, 'cursors', false, revision)
  // A tenant that is gone has no key; the batch of the request finds that out.
  return keys.ok ? ok(keys.value[0].key) : err(scimError('unavailable'))
}
