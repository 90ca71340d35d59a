/**
 * Own time of the Worker for a request: it runs inside this process, with D1 on Node's SQLite, and
 * the time that passes in SQLite is subtracted.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { median, percentile } from '../percentile.ts'
import { root } from '../root.ts'
import type { Worker } from './in-process.ts'
import { middle, type Call } from './load.ts'

const warmUps = 10
const rounds = 5

/** Milliseconds. */
export interface OwnTime {
  readonly median: number
  readonly late: number
}

/** Milliseconds that the current request has spent in the database. */
let elsewhere = 0

/** A migrated database in memory, with what the Worker uses of D1. */
export function memoryDatabase(checkout = root): unknown {
  const database = new DatabaseSync(':memory:')
  const folder = join(checkout, 'drizzle')
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  for (const name of files.toSorted()) database.exec(readFileSync(join(folder, name), 'utf8'))
  return new Database(database)
}

/**
 * Requests one after the other: the median, and what the slowest one in a hundred takes, each the
 * median of several series, once the engine has compiled what is hot.
 */
export async function ownTime(
  worker: Worker,
  next: (count: number) => Call,
  runs: number,
): Promise<OwnTime> {
  let count = 0
  const call = () => next((count += 1))
  for (let round = 0; round < warmUps; round += 1) await series(worker, call, runs)
  const measured: OwnTime[] = []
  for (let round = 0; round < rounds; round += 1) measured.push(await series(worker, call, runs))
  return { median: middle(measured, 'median'), late: middle(measured, 'late') }
}

/** One series of requests. */
export async function series(worker: Worker, next: () => Call, runs: number): Promise<OwnTime> {
  const times: number[] = []
  for (let run = 0; run < runs; run += 1) {
    const { url, init, status } = next()
    const request = new Request(url, init)
    elsewhere = 0
    const before = performance.now()
    const response = await worker(request)
    await response.arrayBuffer()
    const time = performance.now() - before - elsewhere
    if (response.status !== status) throw new Error(`${url} was answered with ${response.status}`)
    times.push(time)
  }
  return { median: median(times), late: percentile(times, 0.99) }
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
