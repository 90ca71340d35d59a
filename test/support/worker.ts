/** Brings the tables into the databases of the Worker under test. */
import { applyD1Migrations, type D1Migration } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { Environment } from '../../src/environment'
import { eachDatabase } from '../../src/database/placement'

const bindings = env as unknown as Environment & { TEST_MIGRATIONS: D1Migration[] }

for (const { DB } of eachDatabase(bindings)) {
  await applyD1Migrations(DB, bindings.TEST_MIGRATIONS)
}
