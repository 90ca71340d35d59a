/**
 * The bindings of the tests, held to the documented limits of the platform where the local runtime is
 * looser (`src/limits.ts`). The methods of the runtime's own classes are replaced, so that nothing goes
 * past them: neither the Worker, nor its objects, nor a test's own statements. A call beyond a limit fails
 * as the platform is documented to fail, and is noted: what the gateway then answers may hide it.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { app } from '../../src/app'
import worker, { Delivery, Directory, Team } from '../../src/index'
import { answerBytes, bytesAtMost, d1Limits, workerLimits } from '../../src/limits'
import type { Environment } from '../../src/environment'
import { watchContext } from './after-answers'

export type Plan = 'free' | 'paid'

/** What one invocation of the Worker, or of an object, has asked of the platform. */
interface Invocation {
  queries: number
  subrequests: number
}

/** What all copies of this module share: the bindings are the same for a test that loads modules anew. */
interface Holding {
  /** Calls that went beyond a limit since the last look, in words. */
  readonly violations: string[]
  readonly invocations: AsyncLocalStorage<Invocation>
  /** Classes and objects whose methods were replaced. */
  readonly held: WeakSet<object>
  /** The plan whose limits of one invocation count. */
  plan: Plan
}

const everywhere = globalThis as { documentedLimits?: Holding }

const holding: Holding = (everywhere.documentedLimits ??= {
  violations: [],
  invocations: new AsyncLocalStorage<Invocation>(),
  held: new WeakSet(),
  plan: 'paid',
})

const { violations, invocations } = holding

export function takeViolations(): string[] {
  return violations.splice(0)
}

/** Runs `work` with the limits of an account on the free plan. */
export async function onFreePlan<T>(work: () => Promise<T>): Promise<T> {
  holding.plan = 'free'
  try {
    return await work()
  } finally {
    holding.plan = 'paid'
  }
}

/** True the first time: replaced once more, a method would count twice. */
function isFirstTime(target: object): boolean {
  if (holding.held.has(target)) return false
  holding.held.add(target)
  return true
}

function refuse(what: string, text: string): never {
  violations.push(what)
  throw new Error(text)
}

function countSubrequest(): void {
  const invocation = invocations.getStore()
  if (!invocation) return
  invocation.subrequests += 1
  if (invocation.subrequests > workerLimits.subrequests[holding.plan]) {
    refuse('Too many subrequests', 'Too many subrequests by single Worker invocation.')
  }
}

function countQueries(count: number): void {
  const invocation = invocations.getStore()
  if (!invocation) return
  invocation.queries += count
  if (invocation.queries > d1Limits.queries[holding.plan]) {
    refuse('Too many queries', 'D1_ERROR: Too many API requests by single worker invocation.')
  }
}

const encoder = new TextEncoder()

/** Bytes of a value of a statement or of a row. Most texts are far from any limit. */
function bytesOf(value: unknown): number {
  if (value instanceof ArrayBuffer) return value.byteLength
  if (typeof value !== 'string') return 8
  const most = bytesAtMost(value)
  return most < 100_000 ? most : encoder.encode(value).length
}

interface PreparedStatement {
  readonly statement: string
  readonly params: readonly unknown[]
}

function checkStatement({ statement, params }: PreparedStatement): void {
  if (bytesOf(statement) > d1Limits.statementBytes) {
    refuse('A statement is too long', 'D1_ERROR: statement too long: SQLITE_TOOBIG')
  }
  if (params.length > d1Limits.boundParameters) {
    refuse('Too many parameters', 'D1_ERROR: too many SQL variables: SQLITE_ERROR')
  }
  if (params.some((value) => bytesOf(value) > d1Limits.valueBytes)) tooBig('A bound value')
}

function tooBig(what: string): never {
  return refuse(`${what} is too long`, 'D1_ERROR: string or blob too big: SQLITE_TOOBIG')
}

function checkRows(rows: readonly unknown[]): void {
  let bytes = 0
  for (const row of rows) {
    const sizes = Object.values(row ?? {}).map(bytesOf)
    const rowBytes = sizes.reduce((sum, size) => sum + size, 0)
    if (rowBytes > d1Limits.valueBytes) tooBig('A row that was read')
    bytes += rowBytes
  }
  if (bytes > d1Limits.resultBytes) {
    refuse('A result is too long', 'D1_ERROR: Result exceeds the maximum size')
  }
}

type Method = (...parameters: any[]) => any

/** Replaces a method by one that is given the old one. */
function replaceMethod(
  target: object,
  name: string,
  make: (before: Method) => (this: object, ...parameters: any[]) => unknown,
): void {
  const before: Method = Reflect.get(target, name)
  Object.defineProperty(target, name, { value: make(before), writable: true, configurable: true })
}

function limitDatabase(database: D1Database): void {
  replaceMethod(
    Object.getPrototypeOf(database),
    'batch',
    (before) =>
      async function batch(this: object, statements: PreparedStatement[]) {
        countSubrequest()
        countQueries(statements.length)
        statements.forEach(checkStatement)
        const results: D1Result[] = await Reflect.apply(before, this, [statements])
        for (const { results: rows } of results) checkRows(rows)
        return results
      },
  )
  const statement = Object.getPrototypeOf(database.prepare('select 1'))
  for (const name of ['all', 'run', 'raw', 'first']) {
    replaceMethod(
      statement,
      name,
      (before) =>
        async function execute(this: object, ...parameters: unknown[]) {
          countSubrequest()
          countQueries(1)
          checkStatement(this as PreparedStatement)
          return Reflect.apply(before, this, parameters)
        },
    )
  }
}

function limitStore(store: KVNamespace): void {
  const prototype = Object.getPrototypeOf(store)
  for (const name of ['get', 'getWithMetadata', 'put', 'delete', 'list']) {
    replaceMethod(
      prototype,
      name,
      (before) =>
        async function call(this: object, ...parameters: unknown[]) {
          countSubrequest()
          const [key, value] = parameters
          if (name !== 'list' && bytesOf(key) > workerLimits.kv.keyBytes) {
            refuse('A key of KV is too long', 'KV: UTF-8 encoded length exceeds key length limit')
          }
          if (name === 'put' && bytesOf(value) > workerLimits.kv.valueBytes) {
            refuse('A value of KV is too long', 'KV PUT failed: 413 Value length exceeds limit')
          }
          return Reflect.apply(before, this, parameters)
        },
    )
  }
}

/** The gateway takes a new stub for each call: its taking counts as the call. */
function limitNamespace(namespace: object): void {
  replaceMethod(
    Object.getPrototypeOf(namespace),
    'getByName',
    (before) =>
      function getByName(this: object, ...parameters: unknown[]) {
        countSubrequest()
        return Reflect.apply(before, this, parameters)
      },
  )
}

function checkCall(sent: unknown): void {
  if (bytesOf(JSON.stringify(sent) ?? '') > workerLimits.callBytes) {
    refuse(
      'A call of an object is too long',
      'Serialized RPC arguments or return values exceed 32MiB',
    )
  }
}

/** Limits the storage of an object as it is first called: before, there is none to be seen. */
function limitStorage(object: object): void {
  const prototype = Object.getPrototypeOf(Reflect.get(object, 'ctx').storage)
  if (!isFirstTime(prototype)) return
  replaceMethod(
    prototype,
    'put',
    (before) =>
      function put(this: object, ...parameters: unknown[]) {
        const [key, value] = parameters
        const entries = typeof key === 'string' ? [[key, value]] : Object.entries(Object(key))
        for (const entry of entries) {
          if (bytesOf(JSON.stringify(entry) ?? '') > workerLimits.objectBytes) {
            refuse('A value of an object is too long', 'string or blob too big: SQLITE_TOOBIG')
          }
        }
        return Reflect.apply(before, this, parameters)
      },
  )
}

/** Each call of one of these methods is an invocation of its own. */
function limitInvocations(target: object, names: readonly string[]): void {
  for (const name of names) {
    replaceMethod(
      target,
      name,
      (before) =>
        function invoke(this: object, ...parameters: unknown[]) {
          if (target === Team.prototype || target === Delivery.prototype) limitStorage(this)
          if (target === Team.prototype) {
            checkCall(parameters)
            // A turn of a team runs in the context of whichever call began the line: what it asks of D1
            // cannot be told apart by call.
            return invocations.exit(() => Reflect.apply(before, this, parameters))
          }
          watchContext(parameters[2])
          return invocations.run({ queries: 0, subrequests: 0 }, () =>
            Reflect.apply(before, this, parameters),
          )
        },
    )
  }
}

/** Notes an answer that is longer than answers may be. */
function limitAnswers(target: object): void {
  replaceMethod(
    target,
    'fetch',
    (before) =>
      async function answer(this: object, ...parameters: unknown[]) {
        const response: Response = await Reflect.apply(before, this, parameters)
        const bytes = (await response.clone().arrayBuffer()).byteLength
        if (bytes > answerBytes) violations.push(`An answer has ${bytes} bytes`)
        return response
      },
  )
}

/** Holds all bindings of the process to the limits, and this copy of the Worker and its classes. */
export function holdToLimits(environment: Environment): void {
  if (isFirstTime(holding)) {
    limitDatabase(environment.DB)
    limitStore(environment.TOKENS)
    limitNamespace(environment.TEAM)
  }
  for (const { prototype } of [Team, Delivery, Directory]) {
    const methods = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor')
    if (isFirstTime(prototype)) limitInvocations(prototype, methods)
  }
  if (isFirstTime(worker)) {
    limitInvocations(worker, ['fetch', 'scheduled'])
    limitAnswers(worker)
  }
  if (isFirstTime(app)) {
    limitInvocations(app, ['fetch'])
    limitAnswers(app)
  }
}
