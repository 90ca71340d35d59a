/**
 * The backup of docs/operating.md, rehearsed: exported with wrangler, taken into an empty database, and served.
 * The document's commands run with `--local` in place of `--remote`.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { examine } from '../../scripts/doctor/examine.ts'
import { startGateway, type Gateway } from '../../scripts/gateway.ts'
import { root } from '../../scripts/root.ts'
import { runWranglerIn } from '../../scripts/wrangler.ts'
import { makeCheckout, type Checkout } from '../support/checkout.ts'
import { adminToken } from '../support/server.ts'
import { client, newTenant, person } from '../support/tenant.ts'

let first: Checkout
let second: Checkout

beforeAll(async () => {
  first = await makeCheckout()
  second = await makeCheckout()
})

afterAll(async () => {
  await first?.remove()
  await second?.remove()
})

/** On the data that wrangler finds in a checkout with `--local`. */
function start({ folder }: Checkout): Promise<Gateway> {
  return startGateway({
    stateDirectory: join(folder, '.wrangler', 'state'),
    port: 0,
    adminToken,
    buildDirectory: inject('buildDirectory'),
    hasLimits: true,
  })
}

/** The command of the document that begins with these words, for a database of this machine. */
async function commandOf(start: string, file: string): Promise<string[]> {
  const page = await readFile(join(root, 'docs', 'operating.md'), 'utf8')
  const [, command = ''] = new RegExp(`npx wrangler (${start}[^\`\n]*)`).exec(page) ?? []
  expect(command).toContain('--remote')
  return command
    .replace('--remote', '--local')
    .replace('rollcall.sql', file)
    .replace('NAME', 'rollcall')
    .split(' ')
}

it('a backup holds everything, and an empty database takes it over before its first deployment', async () => {
  const before = await start(first)
  const scim = await newTenant(fetch, before.url, adminToken)
  const made = await scim.call('POST', '/Users', person())
  const members = [{ value: made.body.id }]
  const team = await scim.call('POST', '/Groups', { displayName: 'Sales', members })
  expect([made.status, team.status]).toEqual([201, 201])
  const shown = (await scim.call('GET', `/Users/${made.body.id}`)).body
  await before.stop()

  const file = join(first.folder, 'rollcall.sql')
  await runWranglerIn(first.folder, ...(await commandOf('d1 export', file)))
  await runWranglerIn(second.folder, ...(await commandOf('d1 execute', file)))

  const after = await start(second)
  try {
    const base = new URL(scim.baseUrl).pathname
    const again = client(fetch, `${after.url}${base}`, scim.token)
    const found = (await again.call('GET', `/Users/${made.body.id}`)).body
    const withoutHost = (value: unknown) =>
      JSON.stringify(value).replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, '')
    expect(withoutHost(found)).toBe(withoutHost(shown))
    expect((await again.call('POST', '/Users', person())).status).toBe(201)
    const migrations = (await readFile(file, 'utf8')).match(/INSERT INTO "d1_migrations"/g) ?? []
    expect(migrations.length).toBeGreaterThan(20)
    const files = await after.miniflare
      .getD1Database('DB')
      .then((database) => database.prepare('select name from d1_migrations order by id').raw())
    const findings = await examine(after.url, adminToken, {
      migrations: files.flat().map(String),
      jurisdiction: undefined,
    })
    expect(findings.filter(({ state }) => state === 'bad')).toEqual([])
  } finally {
    await after.stop()
  }
})
