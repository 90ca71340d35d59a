/**
 * Applies the migrations to local databases and notes them where wrangler does, so that both can
 * be used on the same state.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { D1Database } from '@cloudflare/workers-types'
import type { Miniflare } from 'miniflare'

const createTable = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`

/** To each database that a configuration names. */
export async function migrateDatabases(
  miniflare: Pick<Miniflare, 'getD1Database'>,
  names: readonly string[],
  folder: string,
): Promise<void> {
  for (const name of names) await applyMigrations(await miniflare.getD1Database(name), folder)
}

async function applyMigrations(database: D1Database, folder: string): Promise<void> {
  await database.prepare(createTable).run()
  const { results } = await database
    .prepare('SELECT name FROM d1_migrations')
    .all<{ name: string }>()
  const applied = new Set(results.map(({ name }) => name))
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  for (const name of names) {
    if (applied.has(name)) continue
    const text = await readFile(join(folder, name), 'utf8')
    const statements = text.split('--> statement-breakpoint').map((part) => part.trim())
    // One batch: a start that is killed leaves the whole migration or nothing of it.
    await database.batch([
      ...statements.filter((part) => part !== '').map((part) => database.prepare(part)),
      database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
    ])
  }
}
