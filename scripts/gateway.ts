/**
 * Builds the Worker and serves it straight from Miniflare, without wrangler's development proxy.
 */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { D1Database } from '@cloudflare/workers-types'
import { convertV4MiniflareOptions, Miniflare, type MiniflareOptions } from 'miniflare'
import { filesOf } from './assets.ts'
import { databasesOf } from './deployment.ts'
import { tieRuntime } from './lifeline.ts'
import { migrateDatabases } from './migrations.ts'
import { root } from './root.ts'
import { collectEarly } from './runtime-memory.ts'
import { holdState, type Hold } from './state/hold.ts'
import { readWorkerOptions, type WorkerOptions } from './worker-options.ts'
import { runWranglerIn } from './wrangler.ts'

export interface GatewayOptions {
  /** Folder for D1, KV and Durable Objects; what is acknowledged is on disk. */
  readonly stateDirectory: string
  /** The hold on that folder, where the caller has it already; the gateway releases it when it stops. */
  readonly hold?: Hold
  /** 0 takes any free port. */
  readonly port: number
  readonly adminToken: string
  /** The only tenant of the deployment, if it has one. */
  readonly tenant?: string
  /** More variables of the Worker. */
  readonly variables?: Readonly<Record<string, string>>
  /** False lifts the limits of requests, for measurements. */
  readonly hasLimits?: boolean
  /** Other Workers in the same process. */
  readonly beside?: MiniflareOptions['workers']
  /** Folder of the built Worker; see `buildWorker`. */
  readonly buildDirectory: string
  /** A module beside the built one that is served in its place. */
  readonly entry?: string
  /** Path of another configuration than the project's. */
  readonly config?: string
  /** Folder of other migrations than the project's. */
  readonly migrations?: string
  /** Runs on the migrated main database before the port is opened, so that ready means complete. */
  readonly prepare?: (database: D1Database) => Promise<void>
}

export interface Gateway {
  readonly url: string
  readonly miniflare: Miniflare
  /** Serves the Worker that is in the build folder now. */
  reload(): Promise<void>
  stop(): Promise<void>
}

/** Bundles the Worker as a deployment would. Answers what wrangler says that it would upload. */
export async function buildWorker(buildDirectory: string, checkout = root): Promise<string> {
  await mkdir(buildDirectory, { recursive: true })
  return runWranglerIn(checkout, 'deploy', '--dry-run', '--outdir', buildDirectory)
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const hold = options.hold ?? (await holdOf(options.stateDirectory))
  tieRuntime()
  collectEarly()
  const { migrations = join(root, 'drizzle') } = options
  const worker = await readWorkerOptions(options.config ?? projectConfig)
  const miniflare = new Miniflare(miniflareOptions({ ...options, port: 0 }, worker))
  const stop = async () => {
    await miniflare.dispose()
    hold.release()
  }
  try {
    await migrateDatabases(miniflare, databasesOf(worker.config), migrations)
    await options.prepare?.(await miniflare.getD1Database('DB'))
    // A port that nobody knows yet is open already.
    if (options.port !== 0) await miniflare.setOptions(miniflareOptions(options, worker))
    const url = await miniflare.unsafeGetDirectURL()
    const bound = { ...options, port: Number(url.port) }
    await hold.tell(url.origin)
    return {
      url: url.origin,
      miniflare,
      reload: () => miniflare.setOptions(miniflareOptions(bound, worker)),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function holdOf(stateDirectory: string): Promise<Hold> {
  const hold = await holdState(resolve(stateDirectory))
  if (!hold.ok) throw new Error(hold.error)
  return hold.value
}

const projectConfig = join(root, 'wrangler.toml')

const built = 'index.js'

/** The first one is served. */
function modulesOf({ buildDirectory, entry = built }: GatewayOptions) {
  const names = [...new Set([entry, built])]
  return names.map((name) => ({ type: 'ESModule' as const, path: join(buildDirectory, name) }))
}

function miniflareOptions(
  options: GatewayOptions,
  { config: { name }, workerOptions }: WorkerOptions,
): MiniflareOptions {
  const { buildDirectory, stateDirectory, port, adminToken, tenant } = options
  // The converter refuses rules for modules: the build has bundled them already.
  const { modulesRules: _, bindings, assets, ...worker } = workerOptions
  const converted = convertV4MiniflareOptions({
    ...worker,
    ...(options.hasLimits === false ? { ratelimits: {} } : {}),
    ...(name === undefined ? {} : { name }),
    serviceBindings: Object.assign(
      {},
      worker['serviceBindings'],
      assets ? { ASSETS: filesOf((assets as Assets).directory) } : {},
    ),
    modules: modulesOf(options),
    modulesRoot: buildDirectory,
    bindings: Object.assign(
      {},
      bindings,
      { ADMIN_TOKEN: adminToken, TENANT: tenant ?? '' },
      options.variables,
    ),
    cf: false,
  })
  const [first] = converted.workers
  if (first) {
    // The Worker listens itself: the entry in front of it would cost several times its own work.
    const unsafeDirectSockets = [{ host: '127.0.0.1', port }]
    // Nothing here uses the Cache API, which would be a Worker more.
    first.dev = { ...first.dev, cacheAPI: false, unsafeDirectSockets }
  }
  return {
    ...converted,
    workers: [...converted.workers, ...(options.beside ?? [])],
    logRequests: false,
    // The folder of wrangler with `--local --persist-to`, so that its commands see the same data.
    resourcePersistencePath: join(stateDirectory, 'v3'),
  }
}

type V4Options = Extract<Parameters<typeof convertV4MiniflareOptions>[0], { modules: unknown }>

type Assets = NonNullable<V4Options['assets']>
