/** The parameters of reads, from the address or from a SearchRequest (RFC 7644 section 3.4). */
import * as z from 'zod/mini'
import { openCursor, type CursorScope } from '../http/cursor'
import type { ScimContext } from './context'
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import { parseFilter } from '../scim/filter/parse'
import type { JsonObject } from '../scim/json'
import { refusedTolerance } from '../scim/profile'
import { readProjection, type Projection } from '../scim/projection'
import type { ResourceType } from '../scim/schema'
import { readSort } from '../scim/filter/sort'
import { readKeys } from '../sealing/keys'
import { startReading } from '../scim/tolerance/reading'
import type { Page } from '../directory/page'

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
}

export interface ListQuery {
  readonly page: Page
  readonly projection: Projection
  readonly startIndex: number
  /** The request that the cursors of this list are bound to. */
  readonly scope: CursorScope
}

const number = z.nullish(z.pipe(z.union([z.string(), z.number()]), z.transform(String)))
const text = z.nullish(z.string())
const names = z.nullish(
  z.pipe(
    z.union([z.string(), z.array(z.string())]),
    z.transform((list) => (typeof list === 'string' ? list : list.join(','))),
  ),
)

/** The body of `.search` (RFC 7644 section 3.4.3, RFC 9865 section 2.3). */
const searchRequest = z.object({
  filter: text,
  sortBy: text,
  sortOrder: text,
  startIndex: number,
  count: number,
  cursor: text,
  attributes: names,
  excludedAttributes: names,
})

/** The parameters of a list in the address (RFC 7644 section 3.4.2), unchecked. */
export function urlQuery(c: ScimContext): QueryText {
  if (!c.req.url.includes('?')) return {}
  const query = new URL(c.req.url).searchParams
  const get = (name: string) => query.get(name) ?? undefined
  return {
    filter: get('filter'),
    sortBy: get('sortBy'),
    sortOrder: get('sortOrder'),
    startIndex: get('startIndex'),
    count: get('count'),
    cursor: get('cursor'),
    attributes: get('attributes'),
    excludedAttributes: get('excludedAttributes'),
  }
}

/**
 * The parameters of a search request (RFC 7644 section 3.4.3). Refused with `invalidQuery` for a
 * wrong type.
 */
export function searchQuery(body: JsonObject): Result<QueryText, ScimError> {
  const parsed = searchRequest.safeParse(body)
  if (!parsed.success) {
    const parameter = String(parsed.error.issues[0]?.path[0])
    return err(scimError('invalidQuery', { parameter, expected: 'of the right type' }))
  }
  const entries = Object.entries(parsed.data).filter(([, value]) => value !== null)
  return ok(Object.fromEntries(entries))
}

export function readProjectionOf(query: QueryText, type: ResourceType): Projection {
  return readProjection(startReading(type), query.attributes, query.excludedAttributes)
}

/** `attributes` and `excludedAttributes` of a request on one resource. */
export function projectionQuery(c: ScimContext, type: ResourceType): Projection {
  return readProjectionOf(urlQuery(c), type)
}

/**
 * Checks the parameters of a list: page, filter, order and projection. Refused with `invalidQuery`,
 * `invalidFilter`, or an error of the cursor.
 */
export async function readListQuery(
  c: ScimContext,
  type: ResourceType,
  query: QueryText,
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
  const filterText = query.filter ?? ''
  const reading = startReading(type, c.get('credential').settings.profile)
  const filter = filterText.trim() === '' ? ok(undefined) : parseFilter(reading, filterText)
  if (!filter.ok) return filter
  const refused = refusedTolerance(reading)
  if (refused) return err(refused)
  return ok({
    page: { filter: filter.value, sort: sort.value, count: count.value, from: from.value },
    projection: readProjectionOf(query, type),
    startIndex: Math.max(startIndex.value, 1),
    scope,
  })
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
  const keys = await readKeys(c.env.DB, c.get('credential').tenantId, 'cursors')
  // A tenant that is gone has no key; the batch of the request finds that out.
  return keys.ok ? ok(keys.value[0].key) : err(scimError('unavailable'))
}
