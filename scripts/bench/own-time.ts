/**
 * What the Worker itself computes for a request: the build runs inside this process, with D1 on
 * Node's SQLite, and the time that passes in the platform's part is taken off.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { root } from '../root.ts'
import type { Call } from './load.ts'

/** Milliseconds. */
export interface OwnTime {
  readonly median: number
  readonly late: number
}

const platform = `export class DurableObject { constructor(ctx, env) { this.ctx = ctx; this.env = env } }
export class WorkerEntrypoint extends DurableObject {}
export const env = {}, exports = {}`

/** Milliseconds that the current request has spent in the platform. */
let elsewhere = 0

/** The built Worker, ready to be called as the platform calls it. */
export async function loadWorker(buildDirectory: string, variables: Record<string, string>) {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier.startsWith('cloudflare:')
        ? { url: `data:text/javascript,${encodeURIComponent(platform)}`, shortCircuit: true }
        : next(specifier, context),
  })
  Reflect.set(crypto.subtle, 'timingSafeEqual', isSameBytes)
  Reflect.set(globalThis, 'scheduler', {
    wait: (time: number) => new Promise((resolve) => setTimeout(resolve, time)),
  })
  const built = await import(pathToFileURL(join(buildDirectory, 'index.js')).href)
  const database = new DatabaseSync(':memory:')
  const folder = join(root, 'drizzle')
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()) {
    database.exec(readFileSync(join(folder, name), 'utf8'))
  }
  const environment: Record<string, unknown> = {
    ...variables,
    DB: new Database(database),
    TOKENS: new Store(),
  }
  const objects = new Map<string, unknown>()
  environment['TEAM'] = {
    getByName: (name: string) => {
      const known = objects.get(name) ?? new built.Team({}, environment)
      objects.set(name, known)
      return known
    },
  }
  const context = { waitUntil: () => undefined, passThroughOnException: () => undefined }
  return (request: Request): Promise<Response> => built.default.fetch(request, environment, context)
}

/** Requests one after the other: the median, and what the slowest one in a hundred takes. */
export async function ownTime(
  worker: (request: Request) => Promise<Response>,
  next: (count: number) => Call,
  runs: number,
): Promise<OwnTime> {
  const times: number[] = []
  for (let count = 0; count < runs * 2; count += 1) {
    const { url, init, status } = next(count)
    const request = new Request(url, init)
    elsewhere = 0
    const before = performance.now()
    const response = await worker(request)
    await response.arrayBuffer()
    const time = performance.now() - before - elsewhere
    if (response.status !== status) throw new Error(`${url} was answered with ${response.status}`)
    // The first half warms up.
    if (count >= runs) times.push(time)
  }
  const sorted = times.toSorted((left, right) => left - right)
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0
  return { median: at(0.5), late: at(0.99) }
}

function isSameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}

class Store {
  readonly #values = new Map<string, string>()
  async get(key: string): Promise<unknown> {
    const value = this.#values.get(key)
    return value === undefined ? null : JSON.parse(value)
  }
  async put(key: string, value: string): Promise<void> {
    this.#values.set(key, value)
  }
  async delete(key: string): Promise<void> {
    this.#values.delete(key)
  }
}

class Bound {
  readonly text: string
  readonly values: readonly SQLInputValue[]
  constructor(text: string, values: readonly SQLInputValue[]) {
    this.text = text
    this.values = values
  }
  bind(...values: SQLInputValue[]): Bound {
    return new Bound(this.text, values)
  }
}

class Database {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  constructor(database: DatabaseSync) {
    this.#database = database
  }
  prepare(text: string): Bound {
    return new Bound(text, [])
  }
  async batch(list: readonly Bound[]): Promise<unknown> {
    const before = performance.now()
    this.#database.exec('begin')
    try {
      const results = list.map(({ text, values }) => {
        const known = this.#statements.get(text) ?? this.#database.prepare(text)
        this.#statements.set(text, known)
        return { results: known.all(...values), meta: {} }
      })
      this.#database.exec('commit')
      return results
    } catch (error) {
      this.#database.exec('rollback')
      throw error
    } finally {
      elsewhere += performance.now() - before
    }
  }
}
