/** Bulk requests read and put in order (RFC 7644 section 3.7). Pure. */
import { err, ok, type Result } from '../../result'
import { quote, scimError, type ScimError } from '../error'
import { holdsInfinity, isObject, member, textOf, type Json, type JsonObject } from '../json'
import { endpointInOtherCase } from '../tolerance/requests'
import type { BulkMethod, PlannedOperation } from './operation'
import { inOrder } from './order'
import { decode, readReferences, referenceIn, resolveReferences, type Creators } from './reference'

export const maximumBulkOperations = 1_000

export interface BulkPlan {
  readonly failOnErrors: number | undefined
  /** In the order in which they are to be done: what refers to others comes after them. */
  readonly operations: readonly PlannedOperation[]
}

/** What reading a Bulk depends on beside its body. */
export interface BulkReading {
  /** Whether an endpoint may be written in another case, as in `/users`. */
  readonly takesOtherCase: (endpoint: string) => boolean
  /**
   * Refusal of numbers that cannot be kept, for which the body has infinity: that of the operations in
   * whose data they are, and of the whole where one stands elsewhere.
   */
  readonly inexact: ScimError | undefined
}

/**
 * `newId` makes the id of a resource, so that references are known before anything is created.
 */
export function planBulk(
  body: JsonObject,
  newId: () => string,
  { takesOtherCase, inexact }: BulkReading,
): Result<BulkPlan, ScimError> {
  const operations = member(body, 'operations')
  if (!Array.isArray(operations)) {
    return err(scimError('invalidBulk', { problem: '"Operations" is missing or not a list' }))
  }
  if (operations.length > maximumBulkOperations) {
    return err(scimError('tooManyOperations', { limit: maximumBulkOperations }))
  }
  const others = Object.entries(body).filter(([name]) => name.toLowerCase() !== 'operations')
  const outside = [...others.map(([, json]) => json), ...operations.map(withoutData)]
  const isOutside = holdsInfinity(outside)
  if (inexact && isOutside) return err(inexact)
  const failOnErrors = member(body, 'failonerrors')
  const isLimit = typeof failOnErrors === 'number' && Number.isInteger(failOnErrors)
  if (failOnErrors !== undefined && failOnErrors !== null && !isLimit) {
    return err(scimError('invalidBulk', { problem: '"failOnErrors" is not a whole number' }))
  }
  const creators = creatorsIn(operations, newId)
  const problem = inexact && inexactIn(operations, inexact)
  const planned = withoutTwins(
    operations.map((operation, index) =>
      readOperation(operation, index, creators, { takesOtherCase, inexact: problem }),
    ),
  )
  return ok({
    failOnErrors: isLimit && failOnErrors > 0 ? failOnErrors : undefined,
    operations: inOrder(planned),
  })
}

/** The refusal quotes the first number of the body: where several operations hold one, none. */
function inexactIn(operations: readonly Json[], inexact: ScimError): ScimError {
  const isOne = operations.filter(holdsInfinity).length === 1
  return isOne ? inexact : scimError('inexactNumber', { number: 'in its data' })
}

function withoutData(operation: Json): Json {
  if (!isObject(operation)) return operation
  return Object.entries(operation).flatMap(([name, json]) =>
    name.toLowerCase() === 'data' ? [] : [json],
  )
}

/** A second POST with the same bulkId is refused: references mean the first. */
function withoutTwins(planned: readonly PlannedOperation[]): PlannedOperation[] {
  const seen = new Set<string>()
  return planned.map((operation) => {
    const { index, method, path, bulkId, needs } = operation
    if (method.toUpperCase() !== 'POST' || bulkId === undefined) return operation
    const isTwin = seen.has(bulkId)
    seen.add(bulkId)
    const text = `the bulkId ${quote(bulkId)} stands in an operation before`
    return isTwin ? { ...problem(text), index, method, path, bulkId, needs } : operation
  })
}

/** The POST operations by their bulkId, with the ids that their resources will have. */
function creatorsIn(operations: readonly Json[], newId: () => string): Creators {
  const creators = new Map<string, { readonly index: number; readonly id: string }>()
  operations.forEach((operation, index) => {
    if (!isObject(operation) || methodOf(operation) !== 'POST') return
    const bulkId = member(operation, 'bulkid')
    if (typeof bulkId === 'string' && !creators.has(bulkId)) {
      creators.set(bulkId, { index, id: newId() })
    }
  })
  return creators
}

const methods: ReadonlyMap<string, BulkMethod> = new Map(
  (['POST', 'PUT', 'PATCH', 'DELETE'] as const).map((method) => [method, method]),
)

function methodOf(operation: JsonObject): BulkMethod | undefined {
  return methods.get(textOf(member(operation, 'method')).toUpperCase())
}

function readOperation(
  operation: Json,
  index: number,
  creators: Creators,
  { takesOtherCase, inexact }: BulkReading,
): PlannedOperation {
  if (!isObject(operation)) {
    const shown = { index, method: '', path: '', bulkId: undefined, needs: [] }
    return { ...problem('an operation is not an object'), ...shown }
  }
  const given = member(operation, 'bulkid')
  const bulkId = typeof given === 'string' ? given : undefined
  const path = textOf(member(operation, 'path'))
  const body = member(operation, 'data') ?? null
  const needs = readReferences(path, body, creators)
    .map((creator) => creator.index)
    .filter((creator) => creator !== index)
  const shown = { index, method: textOf(member(operation, 'method')), path, bulkId, needs }
  const method = methodOf(operation)
  if (!method) return { ...problem(`the method ${quote(shown.method)} is unknown`), ...shown }
  const target = readPath(inOneCase(path, takesOtherCase), method, bulkId, creators)
  if (!target.ok) return { ...target, ...shown }
  // Without it a PATCH would ask for nothing, and be done.
  if (body === null && method !== 'DELETE') {
    return { ...problem(`a ${method} operation needs "data"`), ...shown }
  }
  const { data, missing } = resolveReferences(body ?? {}, creators)
  const refusal =
    inexact && holdsInfinity(body)
      ? inexact
      : missing === undefined
        ? undefined
        : scimError('unresolvedBulkId', { bulkId: quote(missing) })
  const isPersonChange = target.value.endpoint === '/Users' && /^P(UT|ATCH)$/.test(method)
  if (refusal && !isPersonChange) return { ...err(refusal), ...shown }
  if (!isObject(data)) return { ...problem('"data" is not an object'), ...shown }
  const version = member(operation, 'version') ?? undefined
  if (version !== undefined && typeof version !== 'string') {
    return { ...problem('"version" is not text'), ...shown }
  }
  return {
    ...ok({
      ...target.value,
      index,
      method,
      bulkId,
      data,
      problem: refusal,
      version,
    }),
    ...shown,
  }
}

/** `/users/17` as `/Users/17`. */
function inOneCase(path: string, takesOtherCase: (endpoint: string) => boolean): string {
  const [written = ''] = /[^/]+/.exec(path) ?? []
  const meant = endpointInOtherCase(written)
  return meant !== undefined && takesOtherCase(written) ? path.replace(written, meant) : path
}

function readPath(
  path: string,
  method: BulkMethod,
  bulkId: string | undefined,
  creators: Creators,
): Result<{ endpoint: '/Users' | '/Groups'; id: string }, ScimError> {
  const [, type, rest = ''] = /^\/?(Users|Groups)(?:\/(.*))?$/s.exec(path) ?? []
  const endpoint = type === 'Users' ? '/Users' : '/Groups'
  const reference = referenceIn(rest, creators)
  const name = rest.replace(/\/$/, '')
  const isPlain = reference !== undefined || /^[^/?#]*$/.test(name)
  if (type === undefined || !isPlain || (method === 'POST') !== (name === '')) {
    return problem(`the path ${quote(path)} cannot be used with ${method}`)
  }
  if (name === '') {
    const id = bulkId === undefined ? undefined : creators.get(bulkId)?.id
    return id === undefined ? problem('a POST operation needs a "bulkId"') : ok({ endpoint, id })
  }
  if (reference === undefined) return ok({ endpoint, id: decode(name) })
  const id = creators.get(reference)?.id
  return id === undefined ? unresolved(reference) : ok({ endpoint, id })
}

function problem(text: string): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('invalidBulk', { problem: text }))
}

function unresolved(bulkId: string): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('unresolvedBulkId', { bulkId: quote(bulkId) }))
}
