/** Steps of a deployment, and their order. */
import { crc32 } from 'node:zlib'
import type { Unstable_RawConfig } from 'wrangler'
import { err, ok, type Result } from '../src/result.ts'

export interface Ended {
  readonly code: number
  readonly errors: string
}

/** Runs wrangler with these parameters. */
export type Wrangler = (parameters: readonly string[]) => Promise<Ended>

/** Wrangler's words for a database that the first deployment will make. */
const missingDatabase = /Couldn't find an? (auto-provisioned )?D1 DB/

/** The target of a deployment: parameters of wrangler, and the bindings of its databases. */
export interface Target {
  readonly parameters: readonly string[]
  readonly databases: readonly string[]
}

/**
 * The migrations, then the Worker, so that no Worker meets tables that it does not know. Only a
 * database that does not exist yet turns the order around; then the Worker answers 503 in between.
 * Any other failure ends it: the Worker that runs stays as it is.
 */
export async function deploy(
  wrangler: Wrangler,
  { parameters, databases }: Target,
  more: readonly string[] = [],
): Promise<number> {
  const publish = ['deploy', ...parameters, ...more]
  if (more.includes('--dry-run')) return (await wrangler(publish)).code
  const migrate = (database: string) =>
    wrangler(['d1', 'migrations', 'apply', database, '--remote', ...parameters])
  const missing: string[] = []
  for (const database of databases) {
    const { code, errors } = await migrate(database)
    if (code === 0) continue
    if (!missingDatabase.test(errors)) return code
    missing.push(database)
  }
  const published = await wrangler(publish)
  if (published.code !== 0) return published.code
  for (const database of missing) {
    const { code } = await migrate(database)
    if (code !== 0) return code
  }
  return 0
}

export interface PlannedTarget {
  readonly target: Target
  /** A tenant's own configuration, to be written to this file of the project before. */
  readonly own?: { readonly file: string; readonly config: Unstable_RawConfig }
}

/**
 * Without a name the common Worker; with one the environment of that name, or else the own Worker
 * of the tenant with that slug. The error is a sentence for the operator.
 */
export function planTarget(
  common: Unstable_RawConfig,
  name: string | undefined,
): Result<PlannedTarget, string> {
  if (name === undefined) {
    return ok({ target: { parameters: [], databases: databasesOf(common) } })
  }
  const environment = common.env?.[name]
  if (environment) {
    const databases = databasesOf(environment)
    return ok({ target: { parameters: ['--env', name], databases } })
  }
  if (!isSlug(name)) {
    return err('--env takes the slug of a tenant: a to z, 0 to 9 and "-", 63 at most.')
  }
  const config = tenantConfig(common, name)
  const file = `wrangler.${name}.json`
  const target = { parameters: ['--config', file], databases: databasesOf(config) }
  return ok({ target, own: { file, config } })
}

/** The bindings of the databases that a configuration, or a part of it, names. */
export function databasesOf({ d1_databases: databases }: Pick<Unstable_RawConfig, 'd1_databases'>) {
  return (databases ?? []).map(({ binding }) => binding ?? '')
}

/** `--env NAME` or `--env=NAME`, and what remains of the parameters. */
export function takeEnvironment(given: readonly string[]): {
  readonly name: string | undefined
  readonly more: readonly string[]
} {
  const index = given.findIndex((item) => /^(--env|-e)(=|$)/.test(item))
  if (index < 0) return { name: undefined, more: given }
  const inline = given[index]?.split('=')[1]
  const more = given.toSpliced(index, inline === undefined ? 2 : 1)
  return { name: inline ?? given[index + 1] ?? '', more }
}

/**
 * The configuration of a tenant's own Worker: the common one, with one database, a namespace,
 * objects and counters of its own. Wrangler's `--env` would take the common database by its name.
 */
export function tenantConfig(common: Unstable_RawConfig, tenant: string): Unstable_RawConfig {
  const name = `${common.name ?? 'rollcall'}-${tenant}`
  const config = structuredClone(common)
  // The common Worker's addresses stay its own.
  delete config.route
  delete config.routes
  delete config.env
  // Without ids: wrangler finds or makes what has these names.
  config.d1_databases = (config.d1_databases ?? []).filter(({ binding }) => binding === 'DB')
  for (const database of config.d1_databases) {
    database.database_name = name
    delete database.database_id
    delete database.preview_database_id
  }
  for (const namespace of config.kv_namespaces ?? []) {
    delete namespace.id
    delete namespace.preview_id
  }
  // Workers of an account that name the same number share its counters.
  for (const limit of config.ratelimits ?? []) {
    limit.namespace_id = String(1_000_000 + (crc32(`${tenant}/${limit.namespace_id}`) >>> 2))
  }
  return { ...config, name, vars: { ...config.vars, TENANT: tenant, NEW_TENANTS: 'DB' } }
}

/** A tenant's slug, as the gateway takes it. */
export function isSlug(text: string): boolean {
  return /^[a-z0-9-]{1,63}$/.test(text)
}
