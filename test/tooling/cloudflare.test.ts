/**
 * `npm run deploy` and the commands of docs/operating.md, by the real wrangler, against an account of this
 * machine in place of Cloudflare's API. Its databases are SQLite, so the migrations are really applied.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../../scripts/root.ts'
import { makeCheckout, type Checkout } from '../support/checkout.ts'
import { bareEnvironment } from '../support/environment.ts'
import { Account } from './cloudflare/account.ts'
import { Api } from './cloudflare/api.ts'

let checkout: Checkout
let home: string
let migrations: number

beforeAll(async () => {
  checkout = await makeCheckout()
  home = await mkdtemp(join(tmpdir(), 'rollcall-home-'))
  const files = await readdir(join(root, 'drizzle'))
  migrations = files.filter((name) => name.endsWith('.sql')).length
})

afterAll(async () => {
  await checkout?.remove()
  await rm(home, { recursive: true, force: true })
})

let account: Account
let api: Api
let url: string

beforeEach(async () => {
  account = new Account()
  api = new Api(account)
  url = await api.start()
})

afterEach(async () => {
  await api.stop()
  expect(api.unknown).toEqual([])
})

interface Ended {
  readonly code: number | null
  readonly text: string
}

/** Has the addresses of Workers answered by the stand-in as well. */
const preload = (to: string) =>
  `const real = fetch; globalThis.fetch = (address, init) =>
    real(String(address).replace(/^https:..[^/]*(workers.dev|example.com)/, ${JSON.stringify(to)}), init)`

function run(parameters: readonly string[], input = '', id = account.id): Promise<Ended> {
  const child = spawn(process.execPath, parameters, {
    cwd: checkout.folder,
    env: {
      ...bareEnvironment,
      HOME: home,
      XDG_CONFIG_HOME: home,
      NO_COLOR: '1',
      CI: 'true',
      WRANGLER_SEND_METRICS: 'false',
      CLOUDFLARE_API_BASE_URL: `${url}/client/v4`,
      CLOUDFLARE_API_TOKEN: account.token,
      CLOUDFLARE_ACCOUNT_ID: id,
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(preload(url))}`,
    },
  })
  let text = ''
  child.stdout.on('data', (chunk) => (text += String(chunk)))
  child.stderr.on('data', (chunk) => (text += String(chunk)))
  child.stdin.end(input)
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, text })))
}

const deploy = (...given: string[]) =>
  run([join(checkout.folder, 'scripts', 'deploy.ts'), ...given])

const deployTo = (id: string) => run([join(checkout.folder, 'scripts', 'deploy.ts')], '', id)

const wrangler = (parameters: readonly string[], input?: string) =>
  run([join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js'), ...parameters], input)

const named = (name: string) => account.databases.find((database) => database.name === name)

function applied(name: string): number {
  const row = named(name)?.data.prepare('select count(*) as n from d1_migrations').get()
  return Number(row?.['n'])
}

describe('npm run deploy', () => {
  it('makes everything the first time, and only what is new after that', async () => {
    const first = await deploy()
    expect(first.code, first.text).toBe(0)
    expect(applied('rollcall')).toBe(migrations)
    expect(account.namespaces.map(({ title }) => title)).toEqual(['rollcall-tokens'])
    expect(account.boundTo('rollcall', 'DB')).toBe(named('rollcall')?.uuid)
    expect(account.boundTo('rollcall', 'WORKER')).toBe('rollcall')
    expect(account.scripts.get('rollcall')).toMatchObject({
      flags: expect.arrayContaining(['global_fetch_strictly_public']),
      crons: ['17 3 * * *', '*/5 * * * *'],
    })
    expect(first.text).toContain(`Applied ${migrations}: 0000_initial.sql to `)
    expect(first.text).toContain('https://rollcall.acme.workers.dev/healthz answers 200')
    // Wrangler prints a table of all migrations after each: nobody would find anything in it.
    expect(first.text.split('\n').length).toBeLessThan(100)

    const second = await deploy()
    expect(second.code, second.text).toBe(0)
    expect(second.text).toContain('Nothing is new.')
    expect(account.databases).toHaveLength(1)
    expect(account.namespaces).toHaveLength(1)
  })

  it('takes the namespace that a broken or a deleted deployment has left', async () => {
    const { id } = account.makeNamespace('rollcall-tokens', null)
    const { code, text } = await deploy()
    expect(code, text).toBe(0)
    expect(account.namespaces).toHaveLength(1)
    expect(account.boundTo('rollcall', 'TOKENS')).toBe(id)
    // Another one of the Worker's own stays.
    account.change('rollcall', {
      bindings: [{ name: 'TOKENS', type: 'kv_namespace', namespace_id: 'own' }],
    })
    expect((await deploy()).text).toContain('answers 200')
    expect(account.boundTo('rollcall', 'TOKENS')).not.toBe(id)
  })

  it('refuses an account that is not of whoever deploys', async () => {
    const { code, text } = await deployTo('b'.repeat(32))
    expect(code).toBe(1)
    expect(text).toContain(`You may not deploy to the account ${'b'.repeat(32)}.`)
    expect(text).toContain(`  ${account.id}  Acme`)
    expect(api.calls.filter((call) => !call.startsWith('GET'))).toEqual([])
  })

  it('shows why a migration failed, and publishes nothing', async () => {
    const database = account.makeDatabase('rollcall', null)
    database.data.exec('create table tokens (id text)')
    const { code, text } = await deploy()
    expect(code).toBe(1)
    expect(text).toMatch(/table .?tokens.? already exists/)
    expect(account.scripts.size).toBe(0)
  })

  it('makes D1 and KV in the jurisdiction first, and the Worker after them', async () => {
    const { code, text } = await deploy('--jurisdiction', 'eu')
    expect(code, text).toBe(0)
    expect(text).not.toContain('add the following snippet')
    const made = [...account.databases, ...account.namespaces]
    expect(made.map(({ jurisdiction }) => jurisdiction)).toEqual(['eu', 'eu'])
    expect(applied('rollcall')).toBe(migrations)
    expect(account.boundTo('rollcall', 'JURISDICTION')).toBe('eu')
    expect(account.boundTo('rollcall', 'TOKENS')).toBe(account.namespaces[0]?.id)
  })

  it.each([
    [['--dryrun'], 2, 'Did you mean --dry-run?'],
    [['--secrets-file', 'none.json'], 1, 'The Worker cannot be built; nothing was done.'],
  ])('changes nothing when wrangler would not take %j', async (given, exit, sentence) => {
    account.makeDatabase('rollcall', null)
    const { code, text } = await deploy(...given)
    expect([code, text]).toEqual([exit, expect.stringContaining(sentence)])
    expect(api.calls.filter((call) => !call.startsWith('GET'))).toEqual([])
  })

  it('refuses to go on when what exists is elsewhere', async () => {
    account.makeDatabase('rollcall', null)
    const { code, text } = await deploy('--jurisdiction', 'eu')
    expect(code).toBe(1)
    expect(text).toContain('The database rollcall exists without a jurisdiction, not in eu.')
    expect(api.calls.filter((call) => !call.startsWith('GET'))).toEqual([])
  })
})

describe("a tenant's own Worker", () => {
  it('has its own data and its own secret, by the command that is printed, and goes without the others', async () => {
    await deploy()
    const { code, text } = await deploy('--env', 'acme')
    expect(code, text).toBe(0)
    expect(account.boundTo('rollcall-acme', 'TENANT')).toBe('acme')
    expect(account.boundTo('rollcall-acme', 'DB')).toBe(named('rollcall-acme')?.uuid)
    expect(account.boundTo('rollcall-acme', 'TOKENS')).not.toBe(
      account.boundTo('rollcall', 'TOKENS'),
    )
    const [, command = ''] = /npx wrangler (secret put ADMIN_TOKEN .*)/.exec(text) ?? []
    const put = await wrangler(command.split(' '), 'x'.repeat(64))
    expect(put.code, put.text).toBe(0)
    expect(account.scripts.get('rollcall-acme')?.secrets.get('ADMIN_TOKEN')).toBe('x'.repeat(64))
    expect(account.scripts.get('rollcall')?.secrets.size).toBe(0)
    await expectItGoes()
  })

  /** By the commands of "Deleting a customer". */
  async function expectItGoes(): Promise<void> {
    const namespace = account.namespaces.find(({ title }) => title === 'rollcall-acme-tokens')
    for (const command of [
      ['delete', 'rollcall-acme'],
      ['d1', 'delete', 'rollcall-acme'],
      ['kv', 'namespace', 'delete', '--namespace-id', namespace?.id ?? ''],
    ]) {
      const { code, text } = await wrangler(command)
      expect(code, text).toBe(0)
    }
    expect(account.databases.map(({ name }) => name)).toEqual(['rollcall'])
    expect(account.namespaces.map(({ title }) => title)).toEqual(['rollcall-tokens'])
    expect([...account.scripts.keys()]).toEqual(['rollcall'])
  }
})

describe('the configuration of the document', () => {
  /** The block of the page that begins with this line. */
  async function block(first: string): Promise<string> {
    const page = await readFile(join(root, 'docs', 'operating.md'), 'utf8')
    const blocks = page.split('```').filter((text) => text.startsWith(`\n${first}\n`))
    expect(blocks, first).toHaveLength(1)
    return blocks.join('')
  }

  /** Runs with other lines around those of wrangler.toml. */
  async function configured<T>(before: string, after: string, work: () => Promise<T>): Promise<T> {
    const file = join(checkout.folder, 'wrangler.toml')
    const common = await readFile(file, 'utf8')
    await writeFile(file, `${before}\n${common}\n${after}`)
    try {
      return await work()
    } finally {
      await writeFile(file, common)
    }
  }

  it('takes hosts over and says so before, places the Worker, and has the first host checked', async () => {
    const [hosts, placement] = [await block('workers_dev = false'), await block('[placement]')]
    const { code, text } = await configured(hosts, placement, () => deploy())
    expect(code, text).toBe(0)
    expect(text).toContain(
      'at scim.example.com and links.example.com in place of what is there now',
    )
    expect(text).toContain('https://scim.example.com/healthz answers 200')
    expect(account.scripts.get('rollcall')).toMatchObject({
      domains: ['scim.example.com', 'links.example.com'],
      onWorkersDev: false,
      placement: { region: 'aws:eu-west-1' },
    })
  })

  it('has a staging that takes nothing from the other, and an address', async () => {
    account.makeDatabase('rollcall', null)
    const [hosts, staging] = [await block('workers_dev = false'), await block('[env.staging]')]
    const { code, text } = await configured(hosts, staging, () => deploy('--env', 'staging'))
    expect(code, text).toBe(0)
    expect(text).toContain('https://rollcall-staging.acme.workers.dev/healthz answers 200')
    expect([...account.scripts.keys()]).toEqual(['rollcall-staging'])
    expect(account.scripts.get('rollcall-staging')).toMatchObject({
      domains: [],
      onWorkersDev: true,
    })
    expect(account.boundTo('rollcall-staging', 'DB')).toBe(named('rollcall-staging')?.uuid)
    expect(applied('rollcall-staging')).toBe(migrations)
  })
})

it('wrangler d1 info says where the database is, for LOCATION_HINT', async () => {
  account.makeDatabase('rollcall', null)
  const { code, text } = await wrangler(['d1', 'info', 'rollcall'])
  expect(code, text).toBe(0)
  expect(text).toMatch(/running_in_region\W+WEUR/)
})
