/** The order in which the operations of a bulk request are done. Pure. */
import { fold } from '../filter/match'
import { isObject, member, type Json, type JsonObject } from '../json'
import type { BulkMethod, BulkOperation, PlannedOperation } from './operation'

/**
 * The order of the request, but for what refers to something that is created later: that waits for
 * it, and with it what must not overtake it. Nothing is brought forward, so that a name which an
 * operation frees is free for those behind it. Where all wait for each other a reference counts for
 * more than the order of two about one resource, and that for more than the order of two with one
 * name: what would be made first would keep a reference to what may fail. Two that refer to each
 * other keep their order: their ids are known before.
 */
export function inOrder(planned: readonly PlannedOperation[]): PlannedOperation[] {
  const { resources, names } = neighboursOf(planned)
  const byReference: Waits = ({ needs }) => [needs]
  const byResource: Waits = ({ index, needs }) => [needs, resources.get(index) ?? []]
  const byAll: Waits = (one) => [...byResource(one), names.get(one.index) ?? []]
  return arranged(planned, [byAll, byResource, byReference])
}

/** Places of the operations that an operation waits for. */
type Waits = (operation: PlannedOperation) => readonly (readonly number[])[]

/** The operations by the first way to wait; those that all wait for each other by the next one. */
function arranged(
  list: readonly PlannedOperation[],
  [waits, ...others]: readonly Waits[],
): PlannedOperation[] {
  // Those that refer to each other keep their order: the first goes first.
  if (!waits) return list.slice(0, 1)
  const pending = new Map(list.map((operation) => [operation.index, operation]))
  const isDone = (places: readonly number[]) => !places.some((place) => pending.has(place))
  const awaited = (one: PlannedOperation) =>
    waits(one).flatMap((places) => places.flatMap((place) => pending.get(place) ?? []))
  const ordered: PlannedOperation[] = []
  while (pending.size > 0) {
    const waiting = [...pending.values()]
    const free = waiting.find((one) => waits(one).every(isDone))
    const next = free ? [free] : arranged(circleIn(waiting, awaited), others)
    for (const one of next) pending.delete(one.index)
    ordered.push(...next)
  }
  return ordered
}

/**
 * Operations that all wait for each other, and for no others, in the order of the request; all of the
 * list wait (Tarjan: the first strongly connected component that is complete).
 */
function circleIn(
  list: readonly PlannedOperation[],
  awaited: (operation: PlannedOperation) => readonly PlannedOperation[],
): readonly PlannedOperation[] {
  const numbers = new Map<PlannedOperation, number>()
  const open: PlannedOperation[] = []
  let circle: readonly PlannedOperation[] = []
  /** Answers the lowest number that the operation leads back to. */
  function visit(one: PlannedOperation): number {
    const number = numbers.size
    let lowest = number
    numbers.set(one, number)
    open.push(one)
    for (const other of awaited(one)) {
      lowest = Math.min(lowest, numbers.get(other) ?? visit(other))
      if (circle.length > 0) return lowest
    }
    if (lowest === number) circle = open.slice(number)
    return lowest
  }
  const [first] = list
  if (first) visit(first)
  return circle.toSorted((left, right) => left.index - right.index)
}

/** For each operation, those before it that it must not overtake. */
interface Neighbours {
  /** The last on the same resource. */
  readonly resources: ReadonlyMap<number, readonly number[]>
  /** The last with each of the names in it. */
  readonly names: ReadonlyMap<number, readonly number[]>
}

function neighboursOf(planned: readonly PlannedOperation[]): Neighbours {
  // Whatever is about a new resource refers to it, and waits for it.
  const resources = lastWith(planned, ({ endpoint, id, method }) =>
    method === 'POST' ? [] : [`${endpoint}/${id}`],
  )
  const names = lastWith(planned, ({ endpoint, data, method }) =>
    namesIn(data, method, nameKeys[endpoint]).map((name) => `${endpoint} ${name}`),
  )
  return { resources, names }
}

function lastWith(
  planned: readonly PlannedOperation[],
  keysOf: (operation: BulkOperation) => readonly string[],
): ReadonlyMap<number, readonly number[]> {
  const last = new Map<string, number>()
  return new Map(
    planned.map((operation) => {
      const keys = operation.ok ? keysOf(operation.value) : []
      const earlier = new Set(keys.flatMap((key) => last.get(key) ?? []))
      for (const key of keys) last.set(key, operation.index)
      return [operation.index, [...earlier]]
    }),
  )
}

/** Keys under which the name stands that only one may have, whatever stands before them. */
const nameKeys = {
  '/Users': /(^|[:.])userName$/i,
  '/Groups': /(^|[:.])displayName$/i,
} as const

/** Texts that may be names, folded; in a PATCH every value that is a text. */
function namesIn(data: JsonObject, method: BulkMethod, nameKey: RegExp): string[] {
  const operations = method === 'PATCH' ? member(data, 'operations') : undefined
  const values = Array.isArray(operations)
    ? operations.flatMap((operation) =>
        isObject(operation) ? [member(operation, 'value') ?? null] : [],
      )
    : []
  const texts = values.flatMap((value) => textsIn(value, nameKey, true))
  return [...texts, ...textsIn(data, nameKey, false)]
}

function textsIn(json: Json, nameKey: RegExp, isName: boolean): string[] {
  if (typeof json === 'string') return isName ? [fold(json).trim()] : []
  if (Array.isArray(json)) return json.flatMap((item) => textsIn(item, nameKey, false))
  if (!isObject(json)) return []
  return Object.entries(json).flatMap(([key, value]) => textsIn(value, nameKey, nameKey.test(key)))
}
