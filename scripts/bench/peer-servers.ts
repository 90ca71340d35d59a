/** Other SCIM servers of the public registry: installed in a temporary folder, exactly pinned, and started. */
import { spawn } from 'node:child_process'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { client, type ScimClient } from '../../test/support/tenant.ts'
import { run } from '../interop/install.ts'
import { root } from '../root.ts'

export interface Peer {
  /** Name in the table. */
  readonly name: string
  /** File of `bench/peers/` that is started. */
  readonly file: string
  readonly packages: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

const scimmy = {
  file: 'scimmy.mjs',
  packages: ['scimmy@1.3.5', 'scimmy-routers@1.3.2', 'express@4.22.3'],
}

export const peers: readonly Peer[] = [
  { ...scimmy, name: 'SCIMMY, memory', environment: { STORE: 'memory' } },
  { ...scimmy, name: 'SCIMMY, SQLite', environment: { STORE: 'disk' } },
  {
    name: 'Better Auth',
    file: 'better-auth.mjs',
    // The plugin wants these very versions of what it stands on.
    packages: [
      'better-auth@1.7.5',
      '@better-auth/scim@1.7.5',
      '@better-auth/core@1.7.5',
      '@better-auth/utils@0.4.2',
      'better-call@1.4.0',
    ],
  },
  { name: 'Polis', file: 'polis.mjs', packages: ['@boxyhq/saml-jackson@26.2.0'] },
]

export interface Served {
  readonly name: string
  readonly scim: ScimClient
  /** Its process, with the database in it. */
  readonly server: number | undefined
  stop(): void
}

/** Starts a peer in a folder of its own. Fails with what it says when it can't be installed or started. */
export async function startPeer(peer: Peer, folder: string): Promise<Served> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{"private": true, "type": "module"}\n')
  const quiet = ['--no-audit', '--no-fund', '--save-exact', '--loglevel=error']
  await run({ program: 'npm', parameters: ['install', ...quiet, ...peer.packages] }, folder)
  await copyFile(join(root, 'bench', 'peers', peer.file), join(folder, peer.file))
  // What npm has compiled may be for the Node that npm runs with, and not for this one.
  let problem: unknown
  for (const program of [process.execPath, ...nodesOfPath()]) {
    try {
      return await start(program, peer, folder)
    } catch (error) {
      problem ??= error
    }
  }
  throw problem
}

function nodesOfPath(): string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return [...new Set(folders)]
    .map((folder) => join(folder, 'node'))
    .filter((path) => path !== process.execPath)
}

/** Until a server says where it is. */
const patience = 60_000

function start(
  program: string,
  { name, file, environment }: Peer,
  folder: string,
): Promise<Served> {
  const child = spawn(program, [file], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'production', FOLDER: folder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const end = () => void child.kill('SIGKILL')
  process.once('exit', end)
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2_000)
  })
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`${name} did not start: ${complaint.trim()}`))
    const timer = setTimeout(() => (end(), fail()), patience)
    child.once('error', reject)
    child.once('exit', () => {
      clearTimeout(timer)
      process.off('exit', end)
      fail()
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const line = text.split('\n').find((part) => part.startsWith('{"baseUrl"'))
      if (line === undefined) return
      clearTimeout(timer)
      const { baseUrl, token } = JSON.parse(line) as { baseUrl: string; token: string }
      resolve({ name, scim: client(fetch, baseUrl, token), server: child.pid, stop: end })
    })
  })
}
