/** What a deployment consists of, and in which order. */
import { crc32 } from 'node:zlib'
import type { Unstable_RawConfig } from 'wrangler'

export interface Ended {
  readonly code: number
  readonly errors: string
}

/** Runs wrangler with these parameters. */
export type Wrangler = (parameters: readonly string[]) => Promise<Ended>

/** Wrangler's words for a database that the first deployment will make. */
const missingDatabase = /Couldn't find an? (auto-provisioned )?D1 DB/

/**
 * The migrations, then the Worker, so that no Worker meets tables that it does not know. Only a
 * database that does not exist yet turns the order around; then the Worker answers 503 in between.
 * Any other failure ends it: the Worker that runs stays as it is.
 */
export async function deploy(
  wrangler: Wrangler,
  target: readonly string[],
  more: readonly string[] = [],
): Promise<number> {
  const publish = ['deploy', ...target, ...more]
  if (more.includes('--dry-run')) return (await wrangler(publish)).code
  const migrate = ['d1', 'migrations', 'apply', 'DB', '--remote', ...target]
  const migrated = await wrangler(migrate)
  const isFirst = migrated.code !== 0 && missingDatabase.test(migrated.errors)
  if (migrated.code !== 0 && !isFirst) return migrated.code
  const published = await wrangler(publish)
  return published.code === 0 && isFirst ? (await wrangler(migrate)).code : published.code
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
 * The configuration of a tenant's own Worker: the common one, with a database, a namespace, objects
 * and counters of its own. Wrangler's `--env` would take the common database by its name.
 */
export function tenantConfig(common: Unstable_RawConfig, tenant: string): Unstable_RawConfig {
  const name = `${common.name ?? 'rollcall'}-${tenant}`
  const config = structuredClone(common)
  // The common Worker's addresses stay its own.
  delete config.route
  delete config.routes
  delete config.env
  // Without ids: wrangler finds or makes what has these names.
  for (const database of config.d1_databases ?? []) {
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
  return { ...config, name, vars: { ...config.vars, TENANT: tenant } }
}

/** A tenant's slug, as the gateway takes it. */
export function isSlug(text: string): boolean {
  return /^[a-z0-9-]{1,63}$/.test(text)
}
