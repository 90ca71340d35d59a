/**
 * Each file begins with empty databases, namespaces and objects that have the tables. The process and
 * the modules of the Worker are the same for all files of a project: to start them takes longer than
 * most files. All bindings are held to the documented limits of the platform.
 */
import { applyD1Migrations, reset, type D1Migration } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { Environment } from '../../src/environment'
import { afterEach, expect } from 'vitest'
import { eachDatabase } from '../../src/database/placement'
import { holdToLimits, takeViolations } from './documented-limits'

const bindings = env as unknown as Environment & { TEST_MIGRATIONS: D1Migration[] }

await reset()
for (const { DB } of eachDatabase(bindings)) {
  await applyD1Migrations(DB, bindings.TEST_MIGRATIONS)
}

holdToLimits(bindings)

afterEach(function nothingWentBeyondALimit() {
  expect(takeViolations(), 'what went beyond a documented limit').toEqual([])
})
