/** Lists and searches, of one resource type and across all (RFC 7644 section 3.4.2). */
import { readSearch } from './body'
import { sealCursor, type CursorScope } from '../http/cursor'
import type { ScimContext } from './context'
import { replyText } from './reply'
import { handler, messageRefusal } from './handler'
import { bytesAtMost, pageBytes } from '../limits'
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import { textOf } from '../scim/json'
import { passOver } from '../scim/passed-over/notes'
import { messageUrns } from '../scim/profile'
import type { Projection } from '../scim/projection'
import type { ResourceType } from '../scim/schema'
import type { ToleranceName } from '../scim/tolerance/names'
import { startReading } from '../scim/tolerance/reading'
import { userType } from '../scim/user'
import { noteReading } from './record'
import type { Listed, Page } from '../directory/page'
import {
  cursorKey,
  misplacedFilter,
  readListQuery,
  searchQuery,
  urlQuery,
  type ListQuery,
  type QueryText,
} from './messages'

/** Listing of the resources of one type. */
export interface Listing {
  readonly name: ResourceType['name']
  /** The type with the extensions of the tenant. */
  readonly type: (c: ScimContext) => ResourceType
  readonly find: (
    c: ScimContext,
    page: Page,
    projection: Projection,
  ) => Promise<Result<Listed<JsonText>, ScimError>>
}

/** A resource as the answer has it. */
type JsonText = string

/** The members of a list's body, with the texts of its resources. */
type Body = Readonly<Record<string, unknown>> & { readonly Resources: readonly JsonText[] }

/** `GET` on an endpoint: one list. */
export function listOf(listing: Listing) {
  return handler({
    read: () => ok(undefined),
    run: (c) => fromUrl(c, (query) => listBody(c, listing, query)),
    reply: replyList,
  })
}

/** `GET` on the base URL of a tenant: all types in one list (RFC 7644 section 3.4.2.1). */
export function listAcross(listings: readonly Listing[]) {
  const find = searchAcross(listings)
  return handler({
    read: () => ok(undefined),
    run: (c) => fromUrl(c, (query) => find(c, query)),
    reply: replyList,
  })
}

/** The settings of the tenant say which names of parameters are taken. */
function fromUrl<T>(
  c: ScimContext,
  find: (query: QueryText) => Promise<Result<T, ScimError>>,
): Promise<Result<T, ScimError>> {
  const query = urlQuery(c)
  return query.ok ? find(query.value) : Promise.resolve(query)
}

/** `POST …/.search`: the same list, asked for in a body (RFC 7644 section 3.4.3). */
export function searchOf(
  find: (c: ScimContext, query: QueryText) => Promise<Result<Body, ScimError>>,
) {
  return handler({
    read: readSearch,
    async run(c, body) {
      const refused = misplacedFilter(c) ?? (body && messageRefusal(c, body, messageUrns.search))
      if (refused) return err(refused)
      const query = searchQuery(c, body ?? {})
      return query.ok ? find(c, query.value) : query
    },
    reply: replyList,
  })
}

/** The resources are written already: they end the body as they are. */
function replyList(c: ScimContext, { Resources, ...others }: Body): Response {
  let text = `${JSON.stringify(others).slice(0, -1)},"Resources":[`
  // Added one by one, the texts are copied once, when all are sent; `join` would copy each.
  for (const [index, resource] of Resources.entries()) text += index > 0 ? `,${resource}` : resource
  return replyText(c, 200, `${text}]}`)
}

/** The body of a list of one type (RFC 7644 section 3.4.2), by number or by cursor (RFC 9865). */
export async function listBody(
  c: ScimContext,
  listing: Listing,
  query: QueryText,
  others: readonly Listing[] = [],
): Promise<Result<Body, ScimError>> {
  const found = await findPage(c, listing, query, { others })
  if (!found.ok) return found
  const { list, read } = found.value
  const { page, startIndex, scope } = read
  const { total, resources } = list
  if (page.from.kind === 'index') return ok(listResponse(total, resources, { startIndex }))
  const cursors = await cursorsOf(c, page, list, scope)
  return cursors.ok ? ok(listResponse(total, resources, cursors.value)) : cursors
}

/** Reads the query with the tenant's present settings, and what it asks for. */
async function findPage(
  c: ScimContext,
  listing: Listing,
  query: QueryText,
  { shift, others }: Surroundings,
) {
  const types = others.map(({ type }) => type(c))
  const read = await readListQuery(c, listing.type(c), query, types)
  if (!read.ok) return read
  const { otherwise, projection } = read.value
  const page = shift ? shift(read.value) : read.value.page
  const list = await listing.find(c, page, projection)
  if (!list.ok || !isOfNobody(list.value, page)) {
    return list.ok ? ok({ list: list.value, read: read.value }) : list
  }
  for (const { filter, name } of otherwise) {
    const other = await listing.find(c, { ...page, filter }, projection)
    if (!other.ok) return other
    if (isOfNobody(other.value, page)) continue
    noteOther(c, name)
    return ok({ list: other.value, read: read.value })
  }
  return ok({ list: list.value, read: read.value })
}

/** True when a filter finds nobody; behind a cursor the total is that of the first page. */
function isOfNobody({ total, resources }: Listed<JsonText>, { from, count }: Page): boolean {
  const isFurther = from.kind === 'cursor' && from.place !== undefined
  return total === 0 || (isFurther && count > 0 && resources.length === 0)
}

/** Notes that a look-up found somebody as it was not written. */
function noteOther(c: ScimContext, name: ToleranceName): void {
  const reading = startReading(userType)
  passOver(reading, name, 'filter', 'As it was written it found nobody.')
  noteReading(c, reading, 'filter')
}

/** Listings that are searched together with one, and its place among them. */
interface Surroundings {
  readonly others: readonly Listing[]
  readonly shift?: Shift
}

/** Moves a page, when other resources come before it in the same list. */
type Shift = (read: ListQuery) => Page

/** Cursors to the pages on either side, where there is something to find. */
async function cursorsOf(
  c: ScimContext,
  page: Page,
  { total, places, hasMore }: Listed<JsonText>,
  scope: CursorScope,
): Promise<Result<Readonly<Record<string, string>>, ScimError>> {
  const { from } = page
  const [first, last] = [places[0], places.at(-1)]
  if (from.kind === 'index' || !first || !last) return ok({})
  const hasNext = from.isBackwards || hasMore
  const hasPrevious = from.isBackwards ? hasMore : from.place !== undefined
  if (!hasNext && !hasPrevious) return ok({})
  const key = await cursorKey(c)
  if (!key.ok) return key
  const seal = (place: typeof first, isBackwards: boolean) =>
    sealCursor(key.value, scope, { place, isBackwards, total })
  return ok({
    ...(hasNext ? { nextCursor: await seal(last, false) } : {}),
    ...(hasPrevious ? { previousCursor: await seal(first, true) } : {}),
  })
}

/**
 * All types one after the other, in one list (RFC 7644 section 3.4.2.1). A filter or an order that
 * only some types know finds resources of those alone. Pages go by number.
 */
export function searchAcross(
  listings: readonly Listing[],
): (c: ScimContext, query: QueryText) => Promise<Result<Body, ScimError>> {
  return async function searchEverything(c, query) {
    if (query.cursor !== undefined) return searchByCursor(c, listings, query)
    const resources: JsonText[] = []
    const room = { bytes: pageBytes, isCut: false }
    let total = 0
    let problem: ScimError | undefined
    let startIndex = 1
    let isUnderstood = false
    for (const listing of listings) {
      const shift: Shift = (read) => ({
        ...read.page,
        // Behind what did not fit comes nothing: the next page begins there.
        count: room.isCut ? 0 : read.page.count - resources.length,
        from: { kind: 'index', startIndex: Math.max(read.startIndex - total, 1) },
      })
      const found = await findAcross(c, listing, query, { others: listings, shift })
      if (!found.ok) {
        if (!isAboutType(found.error)) return found
        problem = found.error
        continue
      }
      isUnderstood = true
      startIndex = found.value.read.startIndex
      const { list } = found.value
      for (const resource of list.resources) {
        room.bytes -= bytesAtMost(resource)
        room.isCut ||= resources.length > 0 && room.bytes < 0
        if (!room.isCut) resources.push(resource)
      }
      room.isCut ||= list.hasMore
      total += found.value.list.total
    }
    if (problem && !isUnderstood) return err(problem)
    return ok(listResponse(total, resources, { startIndex }))
  }
}

/** A type that does not have the attribute to sort by is listed in order of creation. */
async function findAcross(
  c: ScimContext,
  listing: Listing,
  query: QueryText,
  surroundings: Surroundings,
) {
  const found = await findPage(c, listing, query, surroundings)
  const isOrderUnknown = !found.ok && found.error.values['parameter'] === 'sortBy'
  return isOrderUnknown
    ? findPage(c, listing, { ...query, sortBy: undefined }, surroundings)
    : found
}

/** By cursor, a page holds resources of one type; behind the last of one type comes the next. */
async function searchByCursor(
  c: ScimContext,
  listings: readonly Listing[],
  query: QueryText,
): Promise<Result<Body, ScimError>> {
  const [, name = '', cursor = ''] = /^([A-Za-z]*)~?(.*)$/.exec(query.cursor ?? '') ?? []
  const start = name === '' ? 0 : listings.findIndex((listing) => listing.name === name)
  if (start < 0 || (name === '' && cursor !== '')) return err(scimError('invalidCursor'))
  let problem: ScimError | undefined
  for (let index = start; index < listings.length; index += 1) {
    const listing = listings[index]
    if (!listing) break
    const part = { ...query, cursor: index === start ? cursor : '' }
    const body = await listBody(c, listing, part, listings)
    if (!body.ok) {
      if (cursor !== '' || !isAboutType(body.error)) return body
      problem = body.error
      continue
    }
    const { nextCursor, previousCursor: _, ...page } = body.value
    const next = listings[index + 1]
    const isLast = nextCursor === undefined
    if (isLast && next && page['itemsPerPage'] === 0 && query.count !== '0') continue
    const following = isLast ? next && `${next.name}~` : `${listing.name}~${textOf(nextCursor)}`
    return ok(following ? { ...page, nextCursor: following } : page)
  }
  return problem ? err(problem) : ok(listResponse(0, [], {}))
}

/** Refusals that another resource type may not give. */
function isAboutType({ code }: ScimError): boolean {
  return code === 'invalidFilter' || code === 'invalidQuery'
}

export function listResponse<T>(
  total: number,
  resources: readonly T[],
  more: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> & { readonly Resources: readonly T[] } {
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: total,
    ...more,
    itemsPerPage: resources.length,
    Resources: resources,
  }
}
