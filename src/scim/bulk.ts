/** Bulk requests read and put in order (RFC 7644 section 3.7). Pure. */
import { err, ok, type Result } from '../result'
import { quote, scimError, type ScimError } from './error'
import { isObject, textOf, type Json, type JsonObject } from './json'

export const maximumBulkOperations = 1_000

export type BulkMethod = 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface BulkOperation {
  /** Its place in the request, which the answer keeps. */
  readonly index: number
  readonly method: BulkMethod
  readonly bulkId: string | undefined
  readonly endpoint: '/Users' | '/Groups'
  /** Of the resource; for POST the one that it will have. */
  readonly id: string
  readonly version: string | undefined
  readonly data: JsonObject
}

/** An operation that can be carried out, or why it can't. */
export type PlannedOperation = Result<BulkOperation, ScimError> & {
  readonly index: number
  readonly method: string
  readonly bulkId: string | undefined
}

export interface BulkPlan {
  readonly failOnErrors: number | undefined
  /** In the order in which they are to be done: what is referred to comes first. */
  readonly operations: readonly PlannedOperation[]
}

/** `newId` makes the id of a resource, so that references are known before anything is created. */
export function planBulk(body: JsonObject, newId: () => string): Result<BulkPlan, ScimError> {
  const operations = body['Operations']
  if (!Array.isArray(operations)) {
    return err(scimError('invalidBulk', { problem: '"Operations" is missing or not a list' }))
  }
  if (operations.length > maximumBulkOperations) {
    return err(scimError('tooManyOperations', { limit: maximumBulkOperations }))
  }
  const failOnErrors = body['failOnErrors']
  const isLimit = typeof failOnErrors === 'number' && Number.isInteger(failOnErrors)
  if (failOnErrors !== undefined && failOnErrors !== null && !isLimit) {
    return err(scimError('invalidBulk', { problem: '"failOnErrors" is not a whole number' }))
  }
  const ids = assignIds(operations, newId)
  const planned = withoutTwins(
    operations.map((operation, index) => readOperation(operation, index, ids)),
  )
  return ok({
    failOnErrors: isLimit && failOnErrors > 0 ? failOnErrors : undefined,
    operations: inOrder(planned, operations),
  })
}

/** Of two POST operations with one bulkId the second is refused: references mean the first. */
function withoutTwins(planned: readonly PlannedOperation[]): PlannedOperation[] {
  const seen = new Set<string>()
  return planned.map((operation) => {
    const { index, method, bulkId } = operation
    if (method.toUpperCase() !== 'POST' || bulkId === undefined) return operation
    const isTwin = seen.has(bulkId)
    seen.add(bulkId)
    const text = `the bulkId ${quote(bulkId)} stands in an operation before`
    return isTwin ? { ...problem(text), index, method, bulkId } : operation
  })
}

/** The ids that the resources of POST operations will have, by their bulkId. */
function assignIds(operations: readonly Json[], newId: () => string): Map<string, string> {
  const ids = new Map<string, string>()
  for (const operation of operations) {
    if (!isObject(operation) || methodOf(operation) !== 'POST') continue
    const { bulkId } = operation
    if (typeof bulkId === 'string' && !ids.has(bulkId)) ids.set(bulkId, newId())
  }
  return ids
}

const methods: ReadonlyMap<string, BulkMethod> = new Map(
  (['POST', 'PUT', 'PATCH', 'DELETE'] as const).map((method) => [method, method]),
)

function methodOf(operation: JsonObject): BulkMethod | undefined {
  return methods.get(textOf(operation['method']).toUpperCase())
}

function readOperation(
  operation: Json,
  index: number,
  ids: ReadonlyMap<string, string>,
): PlannedOperation {
  if (!isObject(operation)) {
    return { ...problem('an operation is not an object'), index, method: '', bulkId: undefined }
  }
  const { bulkId: given } = operation
  const bulkId = typeof given === 'string' ? given : undefined
  const shown = { index, method: textOf(operation['method']), bulkId }
  const method = methodOf(operation)
  if (!method) return { ...problem(`the method ${quote(shown.method)} is unknown`), ...shown }
  const target = readPath(textOf(operation['path']), method, bulkId, ids)
  if (!target.ok) return { ...target, ...shown }
  const data = resolve(operation['data'] ?? {}, ids)
  if (!data.ok) return { ...data, ...shown }
  if (!isObject(data.value)) return { ...problem('"data" is not an object'), ...shown }
  const version = operation['version']
  return {
    ...ok({
      ...target.value,
      index,
      method,
      bulkId,
      data: data.value,
      version: typeof version === 'string' ? version : undefined,
    }),
    ...shown,
  }
}

function readPath(
  path: string,
  method: BulkMethod,
  bulkId: string | undefined,
  ids: ReadonlyMap<string, string>,
): Result<{ endpoint: '/Users' | '/Groups'; id: string }, ScimError> {
  const match = /^\/?(Users|Groups)(?:\/([^/?#]+))?\/?$/.exec(path)
  const endpoint = match?.[1] === 'Users' ? '/Users' : '/Groups'
  const name = match?.[2]
  if (!match || (method === 'POST') !== (name === undefined)) {
    return problem(`the path ${quote(path)} cannot be used with ${method}`)
  }
  if (name === undefined) {
    const id = bulkId === undefined ? undefined : ids.get(bulkId)
    return id === undefined ? problem('a POST operation needs a "bulkId"') : ok({ endpoint, id })
  }
  const reference = /^bulkId:(.+)$/.exec(decode(name))?.[1]
  if (reference === undefined) return ok({ endpoint, id: decode(name) })
  const id = ids.get(reference)
  return id === undefined ? unresolved(reference) : ok({ endpoint, id })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Puts ids in the place of `bulkId:…`, wherever a value stands (RFC 7644 section 3.7.2). */
function resolve(json: Json, ids: ReadonlyMap<string, string>): Result<Json, ScimError> {
  let missing: string | undefined
  const walk = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(walk)
    if (isObject(value)) {
      // Entries become own properties whatever their name.
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item)]))
    }
    if (typeof value !== 'string' || !value.startsWith('bulkId:')) return value
    const id = ids.get(value.slice('bulkId:'.length))
    if (id === undefined) missing ??= value
    return id ?? value
  }
  const resolved = walk(json)
  return missing === undefined ? ok(resolved) : unresolved(missing.slice('bulkId:'.length))
}

/**
 * The order of the request, but for what is created: that comes before what refers to it. Two that
 * refer to each other keep their order; their ids are known, so both references hold.
 */
function inOrder(
  planned: readonly PlannedOperation[],
  operations: readonly Json[],
): PlannedOperation[] {
  const creators = new Map<string, number>()
  planned.forEach(({ bulkId, method }, index) => {
    const isCreator = method.toUpperCase() === 'POST' && bulkId !== undefined
    if (isCreator && !creators.has(bulkId)) creators.set(bulkId, index)
  })
  const done = new Set<number>()
  const ordered: PlannedOperation[] = []
  const visit = (index: number): void => {
    const operation = planned[index]
    if (done.has(index) || !operation) return
    done.add(index)
    for (const bulkId of references(operations[index] ?? null)) {
      const creator = creators.get(bulkId)
      if (creator !== undefined) visit(creator)
    }
    ordered.push(operation)
  }
  planned.forEach((_, index) => visit(index))
  return ordered
}

/** Every bulkId that an operation refers to. */
function references(json: Json): string[] {
  const text = JSON.stringify(json)
  return Array.from(text.matchAll(/bulkId:([^"/\\]+)/g), ([, bulkId = '']) => bulkId)
}

function problem(text: string): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('invalidBulk', { problem: text }))
}

function unresolved(bulkId: string): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('unresolvedBulkId', { bulkId: quote(bulkId) }))
}
