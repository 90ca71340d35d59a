/** Steps of a deployment, and their order. */
import { crc32 } from 'node:zlib'
import type { Unstable_RawConfig } from 'wrangler'
import { err, ok, type Result } from '../src/result.ts'

export interface Ended {
  readonly code: number
  readonly output: string
  readonly errors: string
}

/** Runs wrangler with these parameters. With `listen` nothing of what it prints is shown, but told so far. */
export type Wrangler = (
  parameters: readonly string[],
  listen?: (output: string) => void,
) => Promise<Ended>

/** For a command of which nobody needs to see anything. */
export function unseen(): void {}

/** Wrangler's words for a database that the first deployment will make. */
const missingDatabase = /Couldn't find an? (auto-provisioned )?D1 DB/

/** The target of a deployment: parameters of wrangler, and what the Worker binds. */
export interface Target {
  /** Name of the Worker. */
  readonly worker: string
  readonly parameters: readonly string[]
  readonly databases: readonly NamedBinding[]
  readonly namespaces: readonly NamedBinding[]
}

/** A binding, and the name of what it binds, which wrangler gives where the configuration does not. */
export interface NamedBinding {
  readonly binding: string
  readonly name: string
  /** Id that the configuration names. */
  readonly id?: string
}

type Part = Pick<
  Unstable_RawConfig,
  'account_id' | 'd1_databases' | 'kv_namespaces' | 'name' | 'vars'
>

/** A step of a deployment: the migrations of one database (its binding), or the Worker. */
export type Step = { readonly migrate: string } | 'publish'

interface DeployOptions {
  /** Bindings of databases that do not exist yet, as far as that is known. */
  readonly missing?: readonly string[]
  readonly onStep?: (step: Step) => void
  /** Told of what wrangler has printed so far about the migrations of a database (its binding). */
  readonly onMigrating?: (database: string, output: string) => void
  /** Told of what a command printed that was not shown, when it has ended. */
  readonly onMigrated?: (ended: Ended) => void
}

/**
 * The migrations, then the Worker, so that no Worker meets tables that it does not know. Only a
 * database that does not exist yet turns the order around; then the Worker answers 503 in between.
 * Any other failure ends it: the Worker that runs stays as it is. `output` is that of the Worker's
 * own deployment.
 */
export async function deploy(
  wrangler: Wrangler,
  { worker, parameters, databases }: Pick<Target, 'worker' | 'parameters' | 'databases'>,
  more: readonly string[] = [],
  {
    missing: known = [],
    onStep = () => undefined,
    onMigrating = () => undefined,
    onMigrated = () => undefined,
  }: DeployOptions = {},
): Promise<Pick<Ended, 'code' | 'output'>> {
  const publish = ['deploy', ...parameters, '--var', `WORKER:${worker}`, ...more]
  if (more.includes('--dry-run')) return wrangler(publish)
  const migrate = async (database: string) => {
    onStep({ migrate: database })
    const command = ['d1', 'migrations', 'apply', database, '--remote', ...parameters]
    const ended = await wrangler(command, (output) => onMigrating(database, output))
    onMigrated(ended)
    return ended
  }
  const missing = [...known]
  for (const { binding } of databases) {
    if (known.includes(binding)) continue
    const migrated = await migrate(binding)
    if (migrated.code === 0) continue
    if (!missingDatabase.test(migrated.errors)) return migrated
    missing.push(binding)
  }
  onStep('publish')
  const published = await wrangler(publish)
  if (published.code !== 0) return published
  for (const database of missing) {
    const migrated = await migrate(database)
    if (migrated.code !== 0) return migrated
  }
  return published
}

export interface PlannedTarget {
  readonly target: Target
  /** The configuration, and the environment in it that is meant. */
  readonly config: Unstable_RawConfig
  readonly environment?: string
  /** File of the project that the configuration is written to before; none for `wrangler.toml`. */
  readonly file?: string
}

/**
 * Without a name the common Worker; with one the environment of that name, or else the own Worker
 * of the tenant with that slug. The error is a sentence for the operator.
 */
export function planTarget(
  common: Unstable_RawConfig,
  name: string | undefined,
): Result<PlannedTarget, string> {
  const worker = common.name ?? 'rollcall'
  if (name === undefined) {
    return ok({ target: targetOf(worker, common, []), config: common })
  }
  const { env: environments = {} } = common
  const environment = Object.hasOwn(environments, name) ? environments[name] : undefined
  if (environment) {
    const named = environment.name ?? `${worker}-${name}`
    const target = targetOf(named, environment, ['--env', name])
    return ok({ target, config: common, environment: name })
  }
  if (!isSlug(name)) {
    return err(
      '--env takes the slug of a tenant: a to z, 0 to 9 and "-" (not at either end), 63 at most.',
    )
  }
  const config = tenantConfig(common, name)
  const own = config.name ?? worker
  if (own.length > maximumNameLength) {
    return err(
      `The Worker would be called ${own}: ${own.length} characters, and its address takes ` +
        `${maximumNameLength}. Write an environment ${name} with a "name" into wrangler.toml.`,
    )
  }
  return ok({ target: targetOf(own, config, configOption(own)), config, file: fileOf(own) })
}

/** The configuration that a Worker has beside `wrangler.toml`. */
export function fileOf(worker: string): string {
  return `wrangler.${worker}.json`
}

export function configOption(worker: string): readonly string[] {
  return ['--config', fileOf(worker)]
}

function targetOf(worker: string, part: Part, parameters: readonly string[]): Target {
  const nameOf = (binding: string) => `${worker}-${binding.toLowerCase().replaceAll('_', '-')}`
  return {
    worker,
    parameters,
    databases: (part.d1_databases ?? []).map(
      ({ binding, database_name: name, database_id: id }) => ({
        binding,
        name: name ?? nameOf(binding),
        ...(id === undefined ? {} : { id }),
      }),
    ),
    namespaces: (part.kv_namespaces ?? []).map(({ binding, id }) => ({
      binding,
      name: nameOf(binding),
      ...(id === undefined ? {} : { id }),
    })),
  }
}

/** The bindings of the databases that a configuration, or a part of it, names. */
export function databasesOf({ d1_databases: databases }: Pick<Unstable_RawConfig, 'd1_databases'>) {
  return (databases ?? []).map(({ binding }) => binding ?? '')
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
  // Without routes it would have no address at all.
  delete config.workers_dev
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

/** Characters of a Worker's name, which is a label of its address at workers.dev (RFC 1035 section 2.3.4). */
const maximumNameLength = 63

/** A tenant's slug, as the gateway takes it. */
export function isSlug(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)
}
