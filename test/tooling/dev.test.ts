/** The life of `npm run dev`: how it starts, what it keeps, and that nothing of it stays behind. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { startGateway } from '../../scripts/gateway.ts'
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

describe('npm run dev', () => {
  it.each([
    { signal: 'SIGINT', served: 'the Worker that it has built', isBuilding: true },
    { signal: 'SIGTERM', served: 'a Worker that it was given', isBuilding: false },
  ] as const)('ends well when npm alone gets $signal, serving $served', async (example) => {
    const { signal, isBuilding } = example
    const port = await freePort()
    const { child } = await start({ stateDirectory, port, isThroughNpm: true, isBuilding })
    expect(existsSync(join(stateDirectory, 'build', 'index.js'))).toBe(isBuilding)
    const code = ended(child)
    child.kill(signal)
    expect(await code).toBe(0)
    await untilFree(port)
  })

  it.each([
    { killed: 'npm', isThroughNpm: true },
    { killed: 'the script', isThroughNpm: false },
  ])('leaves nothing behind when SIGKILL ends $killed alone, and starts again', async (example) => {
    const port = await freePort()
    const environment = { DEMO_TOKEN: '' }
    const options = { stateDirectory, port, environment, isThroughNpm: example.isThroughNpm }
    const first = await start(options)
    const token = await printedToken(first.output)
    const gone = ended(first.child)
    first.child.kill('SIGKILL')
    await gone
    await untilFree(port)

    const second = await start(options)
    expect(await printedToken(second.output)).toBe(token)
    expect((await ask(port, token)).status).toBe(200)
    const file = await stat(join(stateDirectory, 'secrets.json'))
    expect(file.mode & 0o777).toBe(0o600)
  })

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

  it.each(['many', '65536'])('refuses the port %s', async (PORT) => {
    const { code, output } = await run(process.execPath, ['scripts/dev.ts'], {
      PORT,
      STATE_DIR: stateDirectory,
    })
    expect({ code, output }).toEqual({
      code: 1,
      output: `PORT is "${PORT}"; it must be a number from 0 to 65535.\n`,
    })
  })

  it.each([
    { parameters: [], sentence: 'BUILD_DIR is STATE; there is no built Worker (index.js) in it.' },
    {
      parameters: ['--watch'],
      sentence: 'With --watch the Worker is built here: leave out BUILD_DIR.',
    },
  ])('refuses a folder of a built Worker: $sentence', async ({ parameters, sentence }) => {
    const { code, output } = await run(process.execPath, ['scripts/dev.ts', ...parameters], {
      STATE_DIR: stateDirectory,
      BUILD_DIR: stateDirectory,
    })
    expect({ code, output }).toEqual({
      code: 1,
      output: `${sentence.replace('STATE', stateDirectory)}\n`,
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

describe('startGateway', () => {
  it('listens on the same port again after a rebuild, also on one that it was given', async () => {
    const gateway = await startGateway(options())
    try {
      await gateway.reload()
      expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200)
    } finally {
      await gateway.stop()
    }
  })

  it('shares its database and the note of its migrations with wrangler', async () => {
    const gateway = await startGateway(options())
    await gateway.stop()
    const listed = await wrangler('list')
    expect(listed.output).toContain('No migrations to apply')
  })

  it('starts on a database that wrangler has migrated', async () => {
    await wrangler('apply')
    const gateway = await startGateway(options())
    try {
      const database = await gateway.miniflare.getD1Database('DB')
      const { results } = await database.prepare('SELECT name FROM d1_migrations').all()
      const files = await readdir(join(root, 'drizzle'))
      expect(results).toHaveLength(files.filter((name) => name.endsWith('.sql')).length)
    } finally {
      await gateway.stop()
    }
  })

  function options() {
    return { stateDirectory, port: 0, adminToken, buildDirectory: inject('buildDirectory') }
  }

  function wrangler(command: string): Promise<Ended> {
    const path = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
    const parameters = ['d1', 'migrations', command, 'DB', '--local', '--persist-to']
    return run(process.execPath, [path, ...parameters, stateDirectory], {
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

/** Nobody answers there any more. */
async function untilFree(port: number): Promise<void> {
  await expect
    .poll(() => fetch(`http://127.0.0.1:${port}/healthz`).then(String, () => 'free'))
    .toBe('free')
}
