/** Better Auth with its SCIM plugin, on SQLite, as its pages show it. */
import { createServer } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { scim } from '@better-auth/scim'

const token = `${crypto.randomUUID()}${crypto.randomUUID()}`
const database = new DatabaseSync(join(process.env.FOLDER, 'better-auth.db'))
database.exec('pragma journal_mode = wal')

const options = {
  baseURL: 'http://127.0.0.1',
  secret: crypto.randomUUID(),
  database,
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [
    scim({ connections: [{ id: 'peer', credentials: [{ type: 'bearer', id: 'first', token }] }] }),
  ],
}
const { runMigrations } = await getMigrations(options)
await runMigrations()
const server = createServer(toNodeHandler(betterAuth(options).handler))
server.listen(0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${server.address().port}`
  console.log(JSON.stringify({ baseUrl: `${origin}/api/auth/scim/v2`, token }))
})
// The servers take turns: a connection outlives those of the others.
server.keepAliveTimeout = 600_000
