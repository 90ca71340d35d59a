/**
 * Fills a database with the Worker of a release and writes down what it holds and what that Worker
 * answered: what `test/tooling/upgrade.test.ts` upgrades. Run once for each release, from its
 * checkout with packages installed: `node scripts/released.ts CHECKOUT VERSION && npm run format`.
 */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { D1Database } from '@cloudflare/workers-types'
import { buildWorker, startGateway } from './gateway.ts'
import { fillTenants } from './released/fill.ts'
import { root } from './root.ts'
import { findCheckout } from './usage/checkout.ts'
import { orRefuse, readCommandLine, refuse } from './usage.ts'

const usage = `node scripts/released.ts CHECKOUT VERSION

Fills a database with the Worker of a release, and writes test/support/releases/VERSION.json: what it holds
and what that Worker answered.

  CHECKOUT        the checkout of the release, with its packages installed
  VERSION         the version of the release, such as 0.2.0`

const [given = '', version = '', ...rest] = readCommandLine(usage, {}, true).positionals
if (rest.length > 0) refuse(usage, `There is no place for "${rest[0]}".`)
if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
  refuse(usage, 'Name a checkout and the version of its release, such as 0.2.0.')
}
const checkout = orRefuse(usage, findCheckout(given))

const adminToken = 'released-operator-9c1f4e7a2b5d8036'
const folder = await mkdtemp(join(tmpdir(), 'rollcall-released-'))
const buildDirectory = join(folder, 'build')
const migrations = join(checkout, 'drizzle')
await buildWorker(buildDirectory, checkout)
const gateway = await startGateway({
  stateDirectory: join(folder, 'state'),
  port: 0,
  adminToken,
  buildDirectory,
  config: join(checkout, 'wrangler.toml'),
  migrations,
  variables: { WEBHOOK_LOOPBACK: 'true' },
})
try {
  const filled = await fillTenants(gateway.url, adminToken)
  const database = await gateway.miniflare.getD1Database('DB')
  const release = {
    version,
    migrations: (await readdir(migrations)).filter((name) => name.endsWith('.sql')).sort(),
    adminToken,
    ...filled,
    tables: await dump(database),
  }
  const file = join(root, 'test', 'support', 'releases', `${version}.json`)
  await mkdir(join(file, '..'), { recursive: true })
  const text = JSON.stringify(release, null, 1).replaceAll(gateway.url, 'https://rollcall.test')
  await writeFile(file, `${text}\n`)
  console.log(`${file}: ${text.length} bytes`)
} finally {
  await gateway.stop()
  await rm(folder, { recursive: true, force: true })
}

/** The rows of each table that has any, without generated columns. */
async function dump(database: D1Database): Promise<Record<string, unknown[]>> {
  const { results: names } = await database
    .prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
       AND name NOT LIKE '_cf_%' AND name <> 'd1_migrations' ORDER BY name`,
    )
    .all<{ name: string }>()
  const tables: Record<string, unknown[]> = {}
  for (const { name } of names) {
    const { results: columns } = await database
      .prepare(`SELECT name FROM pragma_table_info('${name}')`)
      .all<{ name: string }>()
    const list = columns.map((column) => `"${column.name}"`).join(', ')
    const { results } = await database.prepare(`SELECT ${list} FROM "${name}"`).all()
    if (results.length > 0) tables[name] = results
  }
  return tables
}
