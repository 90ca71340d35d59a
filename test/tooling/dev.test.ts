/** The life of `npm run dev`: how it starts, what it keeps, and that nothing of it stays behind. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { buildWhenChanged } from '../../scripts/dev/build.ts'
import { readSettings } from '../../scripts/dev/settings.ts'
import { startGateway, type Gateway } from '../../scripts/gateway.ts'
import { root } from '../../scripts/root.ts'
import {
  adminToken,
  freePort,
  killGroup,
  spawnDev,
  type Development,
  type DevelopmentOptions,
} from '../support/server.ts'

let stateDirectory: string

beforeEach(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), 'rollcall-dev-'))
})

/** Started in this test; what a failed test leaves running would hold its port for ever. */
const started: ChildProcess[] = []

async function start(options: DevelopmentOptions): Promise<Development> {
  const development = await spawnDev(options)
  started.push(development.child)
  return development
}

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) await killGroup(child)
  }
  await rm(stateDirectory, { recursive: true, force: true })
})

/** Each start takes up the state that the one before it left, on the same port. */
describe('npm run dev, started again and again', () => {
  let state: string
  let port: number
  let kept: string | undefined

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'rollcall-dev-'))
    port = await freePort()
  })

  afterAll(() => rm(state, { recursive: true, force: true }))

  // Those that are killed come first, so that each is followed by another start.
  it.each([
    { signal: 'SIGKILL', whom: 'npm', code: null, isBuilding: true },
    { signal: 'SIGKILL', whom: 'the script', code: null, isBuilding: false },
    { signal: 'SIGTERM', whom: 'npm', code: 0, isBuilding: false },
    { signal: 'SIGINT', whom: 'npm', code: 0, isBuilding: false },
  ] as const)(
    'serves what it served before, and leaves nothing behind when $signal ends $whom alone',
    async (example) => {
      const { child, output } = await start({
        stateDirectory: state,
        port,
        environment: { DEMO_TOKEN: '' },
        isThroughNpm: example.whom === 'npm',
        isBuilding: example.isBuilding,
      })
      const build = join(state, 'build')
      expect(existsSync(join(build, 'index.js'))).toBe(example.isBuilding)
      const token = await printedToken(output)
      await rm(build, { recursive: true, force: true })
      expect(token).toBe((kept ??= token))
      expect((await ask(port, token)).status).toBe(200)
      // The demo tenant is like one that an operator makes: its log has a name, its bytes are counted.
      expect(await operatorsView(port)).toEqual({
        log: expect.stringMatching(/^[0-9a-f]{12}$/),
        stored: { directory: expect.any(Number), log: expect.any(Number), isFull: false },
      })
      const file = await stat(join(state, 'secrets.json'))
      expect(file.mode & 0o777).toBe(0o600)
      const code = ended(child)
      child.kill(example.signal)
      expect(await code).toBe(example.code)
      await untilFree(port)
    },
  )
})

describe('npm run dev', () => {
  it('says in one sentence that the port is in use', async () => {
    const other = createServer()
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as AddressInfo).port))
    })
    const ending = await run(process.execPath, ['scripts/dev.ts'], {
      PORT: String(port),
      STATE_DIR: stateDirectory,
      BUILD_DIR: inject('buildDirectory'),
    })
    other.close()
    expect(ending).toEqual({
      code: 1,
      output: `Port ${port} is in use. Stop what listens there, or choose another: PORT=8788 npm run dev\n`,
    })
  })

  it('refuses a port that is none, in one sentence', async () => {
    const { code, output } = await run(process.execPath, ['scripts/dev.ts'], {
      PORT: 'many',
      STATE_DIR: stateDirectory,
    })
    expect({ code, output }).toEqual({
      code: 1,
      output: 'PORT is "many"; it must be a whole number from 0 to 65535.\n',
    })
  })

  it('refuses a Node that is too old in a sentence of its own', async () => {
    const old = `Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } })`
    const { code, output } = await run(process.execPath, [
      '--import',
      `data:text/javascript,${encodeURIComponent(old)}`,
      '--import',
      './scripts/node-version.js',
      'scripts/dev.ts',
    ])
    expect(code).toBe(1)
    expect(output).toMatch(/^This is Node 20\.20\.2; .* 22\.18 or newer\. .*\n$/)
  })
})

describe('the settings of npm run dev', () => {
  it.each(['many', '65536', '-1', '1.5', '1e3', '0x50', ' 80'])('refuse the port %s', (PORT) => {
    expect(readSettings({ PORT }, {})).toEqual({
      ok: false,
      error: `PORT is "${PORT}"; it must be a whole number from 0 to 65535.`,
    })
  })

  it.each([
    ['WEBHOOK_GAPS', '100,x', 'x'],
    ['WEBHOOK_GAPS', '100,', ''],
    ['WEBHOOK_GAPS', '0', '0'],
    ['WEBHOOK_TIMEOUT', '2 s', '2 s'],
    ['WEBHOOK_TIMEOUT', '-1', '-1'],
  ])('refuse as %s %j', (name, text, wrong) => {
    const error = `${name} is "${wrong}"; it must be a number from 1 to 86400000.`
    expect(readSettings({ [name]: text }, {})).toEqual({ ok: false, error })
    expect(readSettings({ WEBHOOK_GAPS: '100,200', WEBHOOK_TIMEOUT: '300' }, {}).ok).toBe(true)
  })

  it('take an empty variable for an absent one', () => {
    const empty = readSettings({ PORT: '', STATE_DIR: '', BUILD_DIR: '' }, {})
    expect(empty).toEqual(readSettings({}, {}))
    expect(empty).toMatchObject({ value: { port: 8787, isBuilt: false } })
  })

  it('refuse a folder without a built Worker, and building into a folder that was given', () => {
    const BUILD_DIR = inject('buildDirectory')
    expect(readSettings({ BUILD_DIR: stateDirectory }, {})).toEqual({
      ok: false,
      error: `BUILD_DIR is ${stateDirectory}; there is no built Worker (index.js) in it.`,
    })
    expect(readSettings({ BUILD_DIR }, { watch: true })).toEqual({
      ok: false,
      error: 'With --watch the Worker is built here: leave out BUILD_DIR.',
    })
    expect(readSettings({ BUILD_DIR }, {})).toMatchObject({ value: { isBuilt: true } })
  })
})

it('npm run dev builds nothing again that is built of the same sources', async () => {
  const build = join(stateDirectory, 'build')
  await buildWhenChanged(build)
  const made = join(build, 'index.js')
  const first = await readFile(made, 'utf8')
  await writeFile(made, `${first}\n// The same build, marked.`)
  await buildWhenChanged(build)
  expect(await readFile(made, 'utf8')).toContain('marked')
  await writeFile(join(build, 'made-of.sha256'), 'other sources')
  await buildWhenChanged(build)
  expect(await readFile(made, 'utf8')).toBe(first)
})

describe('startGateway, on a state that wrangler has begun', () => {
  let folder: string
  let gateway: Gateway

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-dev-'))
    const migrations = join(folder, 'migrations')
    await mkdir(migrations)
    await cp(join(root, 'drizzle', '0000_initial.sql'), join(migrations, '0000_initial.sql'))
    const config = join(folder, 'wrangler.toml')
    const common = await readFile(join(root, 'wrangler.toml'), 'utf8')
    await writeFile(config, common.replace('"drizzle"', '"migrations"'))
    const applied = await wrangler('apply', '--config', config)
    expect(applied).toMatchObject({ code: 0 })
    expect(applied.output).toContain('0000_initial.sql')
    gateway = await startGateway({
      stateDirectory: folder,
      port: 0,
      adminToken,
      buildDirectory: inject('buildDirectory'),
    })
  })

  afterAll(async () => {
    await gateway.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('applies each migration that wrangler has not applied, and none twice', async () => {
    const database = await gateway.miniflare.getD1Database('DB')
    const { results } = await database.prepare('SELECT name FROM d1_migrations').all()
    const files = await readdir(join(root, 'drizzle'))
    const names = files.filter((name) => name.endsWith('.sql')).toSorted()
    expect(results).toEqual(names.map((name) => ({ name })))
  })

  it('listens on the same port again after a rebuild, also on one that it was given', async () => {
    await gateway.reload()
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200)
  })

  it('shares its database and the note of its migrations with wrangler', async () => {
    await gateway.stop()
    const listed = await wrangler('list')
    expect(listed.output).toContain('No migrations to apply')
  })

  function wrangler(command: string, ...more: readonly string[]): Promise<Ended> {
    const path = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
    const parameters = ['d1', 'migrations', command, 'DB', '--local', '--persist-to', folder]
    return run(process.execPath, [path, ...parameters, ...more], {
      WRANGLER_SEND_METRICS: 'false',
      CI: 'true',
    })
  }
})

interface Ended {
  readonly code: number | null
  readonly output: string
}

async function run(
  command: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(command, parameters, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  return { code: await ended(child), output }
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', (code) => resolve(code)))
}

/** The token is printed a moment after the gateway is ready. */
async function printedToken(output: () => string): Promise<string> {
  return expect
    .poll(() => / Token +(rollcall_demo_\w+)\n/.exec(output())?.[1])
    .toBeDefined()
    .then(() => / Token +(rollcall_demo_\w+)\n/.exec(output())?.[1] ?? '')
}

function ask(port: number, token: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/scim/v2/demo/Users`, {
    headers: { Authorization: `Bearer ${token}` },
  })
}

/** What the administration says of the demo tenant's bytes, and the application API of its log. */
async function operatorsView(port: number): Promise<{ log: string; stored: unknown }> {
  const call = async (path: string, token: string, body?: object): Promise<any> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return answer.json()
  }
  const { key } = await call('/admin/api/keys', adminToken, { label: 'test' })
  const [{ log }] = (await call('/api/v1/tenants', key)).tenants
  const { stored } = await call('/admin/api/tenants/demo', adminToken)
  return { log, stored }
}

/** Nobody answers there any more. */
async function untilFree(port: number): Promise<void> {
  await expect
    .poll(() => fetch(`http://127.0.0.1:${port}/healthz`).then(String, () => 'free'))
    .toBe('free')
}
