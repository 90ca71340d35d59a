/** Bindings that count what is asked of them, and what D1 says that it cost. */
import type { Environment } from '../../src/environment'

export interface Counts {
  kv: number
  objects: number
  d1: number
  statements: number
  rowsRead: number
  rowsWritten: number
}

export function newCounts(): Counts {
  return { kv: 0, objects: 0, d1: 0, statements: 0, rowsRead: 0, rowsWritten: 0 }
}

export function countDatabase(database: D1Database, counts: Counts): D1Database {
  const add = (results: readonly D1Result[]) => {
    counts.d1 += 1
    counts.statements += results.length
    for (const { meta } of results) {
      counts.rowsRead += meta.rows_read
      counts.rowsWritten += meta.rows_written
    }
  }
  return {
    prepare: (text: string) => database.prepare(text),
    batch: async <T>(statements: D1PreparedStatement[]) => {
      try {
        const results = await database.batch<T>(statements)
        add(results)
        return results
      } catch (error) {
        add([])
        throw error
      }
    },
  } as unknown as D1Database
}

export function countBindings(environment: Environment, counts: Counts): Environment {
  return {
    ...environment,
    DB: countDatabase(environment.DB, counts),
    TOKENS: {
      get: (...parameters: unknown[]) => {
        counts.kv += 1
        return Reflect.apply(environment.TOKENS.get, environment.TOKENS, parameters)
      },
      put: (...parameters: unknown[]) =>
        Reflect.apply(environment.TOKENS.put, environment.TOKENS, parameters),
    } as unknown as KVNamespace,
    TEAM: {
      getByName: (name: string) => {
        counts.objects += 1
        return environment.TEAM.getByName(name)
      },
    } as unknown as Environment['TEAM'],
  }
}

/** Values that are bound to statements. */
export interface BoundValues {
  bytes: number
}

/** A database that notes what is bound. */
export function noteBound(database: D1Database, bound: BoundValues): D1Database {
  return {
    prepare: (text: string) => ({
      bind: (...values: unknown[]) => {
        for (const value of values) {
          bound.bytes += new TextEncoder().encode(String(value)).length
        }
        return database.prepare(text).bind(...values)
      },
    }),
    batch: (statements: D1PreparedStatement[]) => database.batch(statements),
  } as unknown as D1Database
}
