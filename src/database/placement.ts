/**
 * The database that a tenant lives in. `DB` is the main one; each other is a binding whose name
 * begins with `DB_`. A tenant lives in one of them with all its rows; the main one knows in which
 * (`database/placement-table.ts`). With a single database nothing is looked up.
 */
import { BoundedMap } from '../bounded-map'
import { err, ok, type Result } from '../result'
import type { Refusal } from './batch'
import { findPlacement } from './placement-table'

/** Databases of an environment. */
export interface Databases {
  /** The main database, or the one that `databaseName` names: a binding that begins with `DB_`. */
  readonly DB: D1Database
  /** The main database, where `DB` is another one. */
  readonly mainDatabase?: D1Database
  /** Name of `DB`'s binding, where it is not the main database. */
  readonly databaseName?: string
}

export const mainName = 'DB'
const furtherName = /^DB_[A-Z0-9_]{1,40}$/

/** Names of the bindings of this deployment's databases, the main one first. */
export function databaseNames(environment: Databases): string[] {
  const further = Object.entries(environment).filter(
    ([name, binding]) => furtherName.test(name) && isDatabase(binding),
  )
  return [mainName, ...further.map(([name]) => name)]
}

function isDatabase(binding: unknown): boolean {
  return typeof binding === 'object' && binding !== null && 'batch' in binding
}

/**
 * The Worker's environment with a tenant's database as its `DB`; undefined for a name that no
 * database has. Without a name the main one is meant.
 */
export function inDatabase<E extends Databases>(
  environment: E,
  name: string | undefined,
): E | undefined {
  if (name === undefined || name === mainName) return environment
  if (!databaseNames(environment).includes(name)) return undefined
  const home: unknown = Reflect.get(environment, name)
  return {
    ...environment,
    DB: home as D1Database,
    mainDatabase: environment.DB,
    databaseName: name,
  }
}

/** The environment once for each database. */
export function eachDatabase<E extends Databases>(environment: E): E[] {
  return databaseNames(environment).flatMap((name) => inDatabase(environment, name) ?? [])
}

/**
 * Answers of all databases, the main one's first. A refusal by one of them is the answer of all.
 */
export async function fromEach<T>(
  environment: Databases,
  read: (home: Databases) => Promise<Result<readonly T[], Refusal>>,
): Promise<Result<T[], Refusal>> {
  const all: T[] = []
  for (const list of await Promise.all(eachDatabase(environment).map(read))) {
    if (!list.ok) return list
    all.push(...list.value)
  }
  return ok(all)
}

/** Milliseconds for which the isolate remembers a tenant's database. */
const memoryTime = 60_000
const memorySize = 1_000
const maximumSlugLength = 63

const memory = new BoundedMap<
  string,
  { readonly name: string | undefined; readonly until: number }
>(memorySize)

const unknownDatabase = err({ kind: 'unavailable', outage: 'overloaded' } as const)

/**
 * The environment of a tenant, as the main database says; that of the main one for an unknown slug.
 */
export async function locateTenant<E extends Databases>(
  environment: E,
  slug: string,
): Promise<Result<E, Refusal>> {
  if (databaseNames(environment).length === 1) return ok(environment)
  const name = await findPlacement(environment.DB, slug)
  if (!name.ok) return name
  if (slug.length <= maximumSlugLength)
    memory.set(slug, { name: name.value, until: Date.now() + memoryTime })
  const home = inDatabase(environment, name.value)
  return home ? ok(home) : unknownDatabase
}

/**
 * Runs `work` in the database of a tenant. Where that is remembered, the main database is asked
 * only when the remembered one does not know the tenant.
 */
export async function inTenantDatabase<E extends Databases, T>(
  environment: E,
  slug: string,
  work: (home: Result<E, Refusal>) => Promise<T>,
  isUnknown: (answer: T) => boolean,
): Promise<T> {
  const known = memory.get(slug)
  const remembered =
    known && known.until > Date.now() ? inDatabase(environment, known.name) : undefined
  const answer = remembered && (await work(ok(remembered)))
  if (answer && !isUnknown(answer)) return answer
  const home = await locateTenant(environment, slug)
  const isSame = home.ok && home.value.databaseName === remembered?.databaseName
  return answer && isSame ? answer : work(home)
}
