/** The query parameters of reads (RFC 7644 sections 3.4.2 and 3.9). */
import * as z from 'zod'
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import { parseFilter } from '../scim/filter'
import { readProjection, type Projection } from '../scim/projection'
import type { ResourceType } from '../scim/schema'
import { startReading } from '../scim/tolerance'
import type { Page } from '../store/page'
import type { AppContext } from '../http/context'

/** Most resources of one page, and the page of a client that names no size. */
export const maximumCount = 1_000

const wholeNumber = z
  .string()
  .trim()
  .regex(/^[+-]?\d{1,15}$/)
  .transform(Number)

const listQuery = z.object({
  // Below 1 means 1, a negative count 0, a large one the most there is.
  startIndex: wholeNumber.transform((index) => Math.max(index, 1)).default(1),
  count: wholeNumber
    .transform((count) => Math.min(Math.max(count, 0), maximumCount))
    .default(maximumCount),
})

export interface ListQuery {
  readonly page: Page
  readonly projection: Projection
}

function parameters(c: AppContext): URLSearchParams {
  return new URL(c.req.url).searchParams
}

/** `attributes` and `excludedAttributes`. */
export function projectionQuery(c: AppContext, type: ResourceType): Projection {
  const query = parameters(c)
  return readProjection(
    startReading(type),
    query.get('attributes') ?? undefined,
    query.get('excludedAttributes') ?? undefined,
  )
}

export function readListQuery(c: AppContext, type: ResourceType): Result<ListQuery, ScimError> {
  const query = parameters(c)
  const parsed = listQuery.safeParse({
    startIndex: query.get('startIndex') || undefined,
    count: query.get('count') || undefined,
  })
  if (!parsed.success) {
    const parameter = String(parsed.error.issues[0]?.path[0])
    return err(scimError('invalidQuery', { parameter, expected: 'a whole number' }))
  }
  const text = query.get('filter') ?? ''
  const filter = text.trim() === '' ? ok(undefined) : parseFilter(startReading(type), text)
  if (!filter.ok) return filter
  const { startIndex, count } = parsed.data
  return ok({
    page: { filter: filter.value, startIndex, count },
    projection: projectionQuery(c, type),
  })
}

export function listResponse(
  total: number,
  startIndex: number,
  resources: readonly unknown[],
): Readonly<Record<string, unknown>> {
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: total,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  }
}
