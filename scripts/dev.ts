/** `npm run dev`: the gateway on this machine, with its state on disk. */
import { readdirSync, watch } from 'node:fs'
import { join } from 'node:path'
import type { D1Database } from '@cloudflare/workers-types'
import { isWeakSecret, secretCommand } from '../src/access/weak-secret.ts'
import { hashToken } from '../src/tokens/secret.ts'
import { readSettings } from './dev/settings.ts'
import { buildWhenChanged } from './dev/build.ts'
import { startGateway, type Gateway } from './gateway.ts'
import { onAbandoned } from './lifeline.ts'
import { root } from './root.ts'
import { readSecrets } from './secrets.ts'
import { holdState, type Hold } from './state/hold.ts'
import { readCommandLine } from './usage.ts'

const slug = 'demo'

/** Variables that are handed on: the product's look, and in a test the speed of webhooks. */
const handedOn = [
  'PRODUCT_NAME',
  'PRODUCT_LOGO',
  'PRODUCT_ACCENT',
  'FRAME_ANCESTORS',
  'WEBHOOK_GAPS',
  'WEBHOOK_TIMEOUT',
]

const { values: wish } = readCommandLine(
  `npm run dev -- [--watch] [--limits]

Builds the Worker and serves it on 127.0.0.1, with its data on local disk and a tenant \`demo\`. The variables
are in docs/operating.md, "On your machine": PORT (8787), STATE_DIR, BUILD_DIR, DEMO_TOKEN, ADMIN_TOKEN and
the look of the product.

  --watch         builds anew when a source file changes
  --limits        the limits of requests are on`,
  { watch: { type: 'boolean' }, limits: { type: 'boolean' } },
)

const settings = readSettings(process.env, wish)
if (!settings.ok) fail(settings.error)
const { port, stateDirectory, buildDirectory, isBuilt, isWatching, hasLimits } = settings.value

await main()

async function main(): Promise<void> {
  stopWhenTold()
  const hold = await holdState(stateDirectory)
  if (!hold.ok) fail(hold.error)
  const { adminToken, demoToken } = await readSecrets(stateDirectory, slug).catch((error: Error) =>
    fail(error.message),
  )
  if (!isBuilt) {
    await buildWhenChanged(buildDirectory).catch((error: unknown) => fail(messageOf(error)))
  }
  if (isWeakSecret(adminToken)) {
    console.warn(
      `ADMIN_TOKEN can be guessed. For a deployment make one: ${secretCommand('ADMIN_TOKEN')}`,
    )
  }
  const gateway = await start(hold.value, adminToken, demoToken)
  const health = await fetch(`${gateway.url}/healthz`)
  if (!health.ok) fail(`The gateway is not ready: ${await health.text()}`)
  sweep(gateway)
  print(gateway.url, adminToken, demoToken)
  if (isWatching) rebuildOnChange(gateway)
}

async function start(hold: Hold, adminToken: string, demoToken: string): Promise<Gateway> {
  try {
    return await startGateway({
      stateDirectory,
      hold,
      port,
      adminToken,
      buildDirectory,
      hasLimits,
      variables: workerVariables(),
      prepare: (database) => provideTenant(database, demoToken),
    })
  } catch (error) {
    const text = String(error)
    if (/EADDRINUSE|address already in use/i.test(text)) {
      fail(
        `Port ${port} is in use. Stop what listens there, or choose another: PORT=8788 npm run dev`,
      )
    }
    fail(
      `The gateway does not start: ${messageOf(error)}. Where its data are damaged, move ${stateDirectory} away, or name another folder in STATE_DIR.`,
    )
  }
}

/** Webhooks may go to this machine. Those of deployments never do. */
function workerVariables(): Readonly<Record<string, string>> {
  const given = handedOn.flatMap((name) => {
    const value = process.env[name] ?? ''
    return value === '' ? [] : [[name, value] as const]
  })
  return { WEBHOOK_LOOPBACK: 'true', ...Object.fromEntries(given) }
}

/** Runs the sweep at once, to catch up after a kill, and every five minutes like the platform. */
function sweep(gateway: Gateway): void {
  const run = async () => {
    const worker = await gateway.miniflare.getWorker()
    await worker.scheduled({ cron: '*/5 * * * *' })
  }
  const quietly = () => void run().catch((error: unknown) => console.error(messageOf(error)))
  quietly()
  setInterval(quietly, 5 * 60_000).unref()
}

/** The demo tenant and its token. An operator can't choose a token, so this writes it itself. */
async function provideTenant(database: D1Database, demoToken: string): Promise<void> {
  const hash = await hashToken(demoToken)
  const now = Date.now()
  await database.batch([
    database
      .prepare(
        `INSERT INTO tenants (slug, name, settings, created_at, log_id, directory_bytes, log_bytes)
         VALUES (?, 'Demo', '{}', ?, lower(hex(randomblob(6))), 0, 0) ON CONFLICT DO NOTHING`,
      )
      .bind(slug, now),
    database
      .prepare(
        `INSERT INTO tokens (id, tenant_id, hash, label, created_at)
         SELECT ?, id, ?, 'npm run dev', ? FROM tenants WHERE slug = ? ON CONFLICT DO NOTHING`,
      )
      .bind(crypto.randomUUID(), hash, now, slug),
  ])
}

function print(url: string, adminToken: string, demoToken: string): void {
  const baseUrl = `${url}/scim/v2/${slug}`
  console.log(`
Rollcall is running.

  SCIM base URL   ${baseUrl}
  Token           ${demoToken}
  Console         ${url}/admin   (sign in with ${adminToken})
  Operator API    ${url}/admin/api
  State           ${stateDirectory}

Try it:

  curl -s ${baseUrl}/Users -H 'Authorization: Bearer ${demoToken}'

Ctrl-C stops it.`)
}

/**
 * Ending the process is enough: workerd ends with it, and what it acknowledged is on disk. Said
 * before Miniflare says otherwise: its listeners come later and end with an error for npm.
 */
function stopWhenTold(): void {
  const stop = (reason: string) => {
    console.error(`Stopped: ${reason}.`)
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => stop(signal))
  }
  onAbandoned(() => stop('the npm that started this is gone'))
}

/**
 * Watches folder by folder: with `recursive`, Node on Linux loses sight of a file that an editor
 * replaces instead of writing to it.
 */
function rebuildOnChange(gateway: Gateway): void {
  const watched = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let last = Promise.resolve()
  const watchFolders = () => {
    const source = join(root, 'src')
    const entries = readdirSync(source, { recursive: true, withFileTypes: true })
    const folders = entries.filter((entry) => entry.isDirectory())
    for (const folder of [
      source,
      ...folders.map(({ parentPath, name }) => join(parentPath, name)),
    ]) {
      if (watched.has(folder)) continue
      watched.add(folder)
      watch(folder, () => {
        clearTimeout(timer)
        timer = setTimeout(() => {
          last = last.then(rebuild)
        }, 200)
      })
    }
  }
  const rebuild = async () => {
    try {
      watchFolders()
      await buildWhenChanged(buildDirectory)
      await gateway.reload()
      console.log('Rebuilt.')
    } catch (error) {
      console.error(messageOf(error))
    }
  }
  watchFolders()
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function fail(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}
