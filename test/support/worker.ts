/**
 * Each file begins with empty databases, namespaces and objects that have the tables. The process and
 * the modules of the Worker are the same for all files of a project: to start them takes longer than
 * most files.
 */
import { applyD1Migrations, reset, type D1Migration } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { Environment } from '../../src/environment'
import { eachDatabase } from '../../src/database/placement'

const bindings = env as unknown as Environment & { TEST_MIGRATIONS: D1Migration[] }

await reset()
for (const { DB } of eachDatabase(bindings)) {
  await applyD1Migrations(DB, bindings.TEST_MIGRATIONS)
}
