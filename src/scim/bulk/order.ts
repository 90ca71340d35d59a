/** The order in which the operations of a bulk request are done. Pure. */
import { fold } from '../filter/match'
import { isObject, member, type Json, type JsonObject } from '../json'
import type { BulkMethod, PlannedOperation } from './operation'

/**
 * The order of the request, but for what refers to something that is created later: that waits for
 * it, and with it what must not overtake it. Nothing is brought forward, so that a name which an
 * operation frees is free for those behind it. Two that refer to each other keep their order: their
 * ids are known before.
 */
export function inOrder(planned: readonly PlannedOperation[]): PlannedOperation[] {
  const neighbours = neighboursOf(planned)
  const pending = new Map(planned.map((operation) => [operation.index, operation]))
  /** The first operation that this one waits for. */
  const awaited = ({ index, needs }: PlannedOperation) =>
    [...needs, ...(neighbours.get(index) ?? [])].find((other) => pending.has(other))
  const ordered: PlannedOperation[] = []
  while (pending.size > 0) {
    const waiting = [...pending.values()]
    const next =
      waiting.find((one) => awaited(one) === undefined) ?? firstOfCircle(waiting, awaited)
    if (!next) break
    ordered.push(next)
    pending.delete(next.index)
  }
  return ordered
}

/** A circle, when all operations wait: the first one of it goes first. */
function firstOfCircle(
  waiting: readonly PlannedOperation[],
  awaited: (operation: PlannedOperation) => number | undefined,
): PlannedOperation | undefined {
  const byIndex = new Map(waiting.map((operation) => [operation.index, operation]))
  const chain: PlannedOperation[] = []
  let [link] = waiting
  while (link && !chain.includes(link)) {
    chain.push(link)
    link = byIndex.get(awaited(link) ?? -1)
  }
  const circle = link ? chain.slice(chain.indexOf(link)) : chain
  return circle.toSorted((left, right) => left.index - right.index)[0]
}

/**
 * For each operation, those just before it that it must not overtake: on the same resource, or with
 * the same name in it.
 */
function neighboursOf(
  planned: readonly PlannedOperation[],
): ReadonlyMap<number, readonly number[]> {
  const last = new Map<string, number>()
  return new Map(
    planned.map((operation) => {
      if (!operation.ok) return [operation.index, []]
      const { endpoint, id, data, method } = operation.value
      // Whatever is about a new resource refers to it, and waits for it.
      const resource = method === 'POST' ? [] : [`${endpoint}/${id}`]
      const names = namesIn(data, method).map((name) => `${endpoint} ${name}`)
      const keys = [...resource, ...names]
      const earlier = new Set(keys.flatMap((key) => last.get(key) ?? []))
      for (const key of keys) last.set(key, operation.index)
      return [operation.index, [...earlier]]
    }),
  )
}

/** Keys under which a name may stand, whatever stands before them. */
const nameKey = /(^|[:.])(userName|displayName)$/i

/** Texts that may be names, folded; in a PATCH every value that is a text. */
function namesIn(data: JsonObject, method: BulkMethod): string[] {
  const operations = method === 'PATCH' ? member(data, 'operations') : undefined
  const values = Array.isArray(operations)
    ? operations.flatMap((operation) =>
        isObject(operation) ? [member(operation, 'value') ?? null] : [],
      )
    : []
  return [...values.flatMap((value) => textsIn(value, true)), ...textsIn(data, false)]
}

function textsIn(json: Json, isName: boolean): string[] {
  if (typeof json === 'string') return isName ? [fold(json).trim()] : []
  if (Array.isArray(json)) return json.flatMap((item) => textsIn(item, false))
  if (!isObject(json)) return []
  return Object.entries(json).flatMap(([key, value]) => textsIn(value, nameKey.test(key)))
}
