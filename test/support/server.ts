/** A gateway that listens on this machine, for tests that are about a running server. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { startGateway, type Gateway } from '../../scripts/gateway.ts'
import { root } from '../../scripts/root.ts'

export const adminToken = 'admin-test-token-5f0c1d7e9a3b8264'

export interface Server extends Gateway {
  readonly stateDirectory: string
}

/** Starts the built Worker in this process, with a state of its own. */
export async function startServer(
  tenant?: string,
  variables: Readonly<Record<string, string>> = {},
  config?: string,
): Promise<Server> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'rollcall-'))
  const gateway = await startGateway({
    stateDirectory,
    port: 0,
    adminToken,
    variables: { WEBHOOK_LOOPBACK: 'true', ...variables },
    buildDirectory: inject('buildDirectory'),
    ...(tenant === undefined ? {} : { tenant }),
    ...(config === undefined ? {} : { config }),
  })
  return {
    ...gateway,
    stateDirectory,
    stop: async () => {
      await gateway.stop()
      await rm(stateDirectory, { recursive: true, force: true })
    },
  }
}

export interface Development {
  readonly child: ChildProcess
  readonly output: () => string
}

export interface DevelopmentOptions {
  readonly stateDirectory: string
  readonly port: number
  readonly environment?: Readonly<Record<string, string>>
  /** True when it builds the Worker itself; otherwise it serves the one built for all tests. */
  readonly isBuilding?: boolean
  /** Through npm, as a person starts it; otherwise the script alone. */
  readonly isThroughNpm?: boolean
}

/** `npm run dev` as a process of its own, which can be killed. Resolves when it is ready. */
export async function spawnDev(options: DevelopmentOptions): Promise<Development> {
  const [command, ...parameters] = options.isThroughNpm
    ? ['npm', 'run', 'dev']
    : [process.execPath, 'scripts/dev.ts']
  const child = spawn(command ?? '', parameters, {
    cwd: root,
    detached: true,
    env: {
      ...process.env,
      PORT: String(options.port),
      STATE_DIR: options.stateDirectory,
      BUILD_DIR: options.isBuilding ? '' : inject('buildDirectory'),
      ADMIN_TOKEN: adminToken,
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  const exited = new Promise<never>((_, reject) => {
    child.once('exit', (code) => reject(new Error(`It ended with ${code}:\n${output}`)))
  })
  exited.catch(() => undefined)
  await Promise.race([untilReady(`http://127.0.0.1:${options.port}/healthz`), exited])
  return { child, output: () => output }
}

export function spawnDevelopment(
  stateDirectory: string,
  port: number,
  demoToken: string,
): Promise<Development> {
  return spawnDev({ stateDirectory, port, environment: { DEMO_TOKEN: demoToken } })
}

/** SIGKILL to the process and the workerd that it started. */
export async function killGroup(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  await gone
}

/**
 * A port where nobody listens, below those that a system gives to connections: one of them would be
 * taken again before the server listens, or between two of its lives.
 */
export async function freePort(): Promise<number> {
  const port = 10_000 + Math.floor(Math.random() * 20_000)
  const server = createServer()
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (!isFree) return freePort()
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function untilReady(url: string): Promise<void> {
  for (;;) {
    try {
      const response = await fetch(url)
      if (response.ok) return
    } catch {
      // The server does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
