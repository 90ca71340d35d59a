/** Real bindings that fail at a chosen call, as the platform is documented to fail. */
import { runInDurableObject } from 'cloudflare:test'
import type { Environment } from '../../src/environment'

/** Error texts of D1 (developers.cloudflare.com/d1/observability/debug-d1). */
export const d1Errors = {
  lost: 'D1_ERROR: Network connection lost.',
  reset: 'D1_ERROR: Internal error in D1 DB storage caused object to be reset.',
  updated: 'D1_ERROR: D1 DB reset because its code was updated.',
  unresolved: 'D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.',
  overloaded: 'D1_ERROR: D1 DB is overloaded. Requests queued for too long.',
  full: 'D1_ERROR: Exceeded maximum DB size.',
  calls: 'Error: Too many API requests by single worker invocation.',
  daily: 'D1_ERROR: Your account has exceeded its daily rows written limit on the free plan.',
  timeout: 'D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.',
} as const

/** An error that no documentation knows, and in which no word is one of theirs. */
export const unknownError = 'D1_ERROR: something went wrong that nobody has described.'

/** A failing call of the platform: before anything was done, or after all but the answer was. */
export interface Fault {
  readonly binding: 'DB' | 'TOKENS' | 'TEAM'
  readonly moment: 'before' | 'after'
  /** The error's text, or `silent` for no answer at all. */
  readonly text: string
  /** Marks that the platform gives to errors of Durable Objects. */
  readonly marks?: Readonly<Record<string, boolean>>
  /** The calls that fail, from 0 on. */
  readonly calls: (index: number) => boolean
}

/** Counts the calls of each binding over a request, and lets some of them fail. */
export class Faults {
  readonly counts = { DB: 0, TOKENS: 0, TEAM: 0 }
  readonly #fault: Fault | undefined
  readonly #rewrite: (text: string) => string
  readonly #wrapped = new WeakSet()

  /** `rewrite` changes the SQL on its way to D1: a mistake that somebody might make in it. */
  constructor(fault?: Fault, rewrite: (text: string) => string = (text) => text) {
    this.#fault = fault
    this.#rewrite = rewrite
  }

  async #call<T>(binding: Fault['binding'], work: () => Promise<T>): Promise<T> {
    const index = this.counts[binding]
    this.counts[binding] += 1
    const fault = this.#fault
    if (fault?.binding !== binding || !fault.calls(index)) return work()
    if (fault.moment === 'after') await work()
    if (fault.text === 'silent') return new Promise<T>(() => undefined)
    throw Object.assign(new Error(fault.text), fault.marks)
  }

  database(database: D1Database): D1Database {
    return {
      prepare: (text: string) => database.prepare(this.#rewrite(text)),
      batch: (statements: D1PreparedStatement[]) =>
        this.#call('DB', () => database.batch(statements)),
    } as D1Database
  }

  /** The bindings of the Worker; a team's object gets the same database when it is called. */
  bindings(environment: Environment): Environment {
    const kv = environment.TOKENS
    const method =
      (name: 'get' | 'put' | 'delete') =>
      (...parameters: unknown[]) =>
        this.#call<unknown>('TOKENS', () => Reflect.apply(kv[name], kv, parameters))
    return {
      ...environment,
      DB: this.database(environment.DB),
      TOKENS: { get: method('get'), put: method('put'), delete: method('delete') } as never,
      TEAM: { getByName: (name: string) => this.#team(environment, name) } as never,
    }
  }

  #team(environment: Environment, name: string) {
    const call = (method: 'create' | 'patch' | 'replace' | 'delete') => {
      return (...parameters: unknown[]) =>
        this.#call('TEAM', async () => {
          const stub = environment.TEAM.getByName(name)
          return runInDurableObject(stub as never, (team: object) => {
            if (!this.#wrapped.has(team)) {
              this.#wrapped.add(team)
              const database = this.database(environment.DB)
              Reflect.set(team, 'env', { ...environment, DB: database })
            }
            return Reflect.apply(Reflect.get(team, method), team, parameters)
          })
        })
    }
    return {
      create: call('create'),
      patch: call('patch'),
      replace: call('replace'),
      delete: call('delete'),
    }
  }
}
