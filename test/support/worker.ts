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

const begun = globalThis as { filesBegun?: number }

const bindings = env as unknown as Environment & { TEST_MIGRATIONS: D1Migration[] }

// A deployment gives no tenant's id twice, and the isolate, which is that of all files, remembers tenants by it.
const files = (begun.filesBegun = (begun.filesBegun ?? 0) + 1)

await reset()
for (const { DB } of eachDatabase(bindings)) {
  await dropTables(DB)
  await applyD1Migrations(DB, bindings.TEST_MIGRATIONS)
  await beginTenantsAt(DB, files * 100_000)
}

async function beginTenantsAt(database: D1Database, id: number): Promise<void> {
  await database.batch([
    database.prepare("delete from sqlite_sequence where name = 'tenants'"),
    database.prepare("insert into sqlite_sequence (name, seq) values ('tenants', ?)").bind(id),
  ])
}

/** Tables that `reset` has left: it was seen to leave a database as it was, after a file with large results. */
async function dropTables(database: D1Database): Promise<void> {
  const { results } = await database
    .prepare(`select name from sqlite_master where type = 'table'`)
    .all<{ name: string }>()
  const names = results.map(({ name }) => name).filter((name) => !/^(sqlite_|_cf_)/.test(name))
  if (names.length === 0) return
  await database.batch(names.map((name) => database.prepare(`drop table "${name}"`)))
}

holdToLimits(bindings)

afterEach(function nothingWentBeyondALimit() {
  expect(takeViolations(), 'what went beyond a documented limit').toEqual([])
})
