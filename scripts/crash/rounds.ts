/**
 * Rounds of load, SIGKILL in the middle of it, and a comparison of what is on disk with what was
 * said.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { disagreements, readContents, type Contents } from '../../test/support/agreement.ts'
import { client, holdsNothing, operator, type ScimClient } from '../../test/support/tenant.ts'
import { startGateway } from '../gateway.ts'
import { root } from '../root.ts'
import { Client } from './client.ts'
import { partOf, sharedTeams, textOf } from './model.ts'

const adminToken = 'crash-operator'
const slug = 'crash'

export interface CrashOptions {
  readonly stateDirectory: string
  readonly buildDirectory: string
  readonly rounds: number
  readonly clients: number
  /** Acknowledged changes of each round, after which the server is killed at any moment. */
  readonly changes: number
  readonly random: () => number
  readonly onRound?: (round: number, told: RoundReport) => void
}

export interface RoundReport {
  readonly acknowledged: number
  /** Requests that the kill left without an answer, and how many of them had been carried out. */
  readonly unanswered: number
  readonly carriedOut: number
  readonly users: number
  readonly teams: number
  readonly events: number
}

/** Throws on the first thing that is not as it was acknowledged. */
export async function runRounds(options: CrashOptions): Promise<RoundReport[]> {
  const reports: RoundReport[] = []
  const token = await prepare(options)
  const offline = client(fetch, 'http://127.0.0.1:9', token)
  const clients = Array.from(
    { length: options.clients },
    (_, index) => new Client(`c${index}`, offline, options.random),
  )
  let contents = await look(options)
  for (let round = 1; round <= options.rounds; round += 1) {
    const server = await startServer(options)
    const scim = client(fetch, `${server.url}/scim/v2/${slug}`, token)
    for (const one of clients) {
      one.resume(scim, partOf(contents, one.prefix), idsIn(contents))
    }
    const acknowledged = await workUntilKilled(clients, server.child, options)
    contents = await look(options)
    const { unanswered, carriedOut } = compare(clients, contents)
    const { users, teams, events } = contents
    const report = {
      acknowledged,
      unanswered,
      carriedOut,
      users: users.length,
      teams: teams.length,
      events: events.length,
    }
    reports.push(report)
    options.onRound?.(round, report)
  }
  return reports
}

async function workUntilKilled(
  clients: readonly Client[],
  child: ChildProcess,
  { changes, random }: CrashOptions,
): Promise<number> {
  const total = () => clients.reduce((sum, one) => sum + one.acknowledged, 0)
  const before = total()
  let isOver = false
  const work = Promise.all(clients.map((one) => one.work(() => isOver)))
  const failure = work.catch((error: unknown) => error)
  while (total() < before + changes) {
    const ended = await Promise.race([failure, wait(2)])
    if (ended instanceof Error) break
  }
  await wait(random() * 30)
  await killGroup(child)
  isOver = true
  await work
  return total() - before
}

/**
 * Compares the clients with the database: acknowledged changes are there, and a change without an
 * answer is there as a whole or not at all. Throws when they disagree.
 */
function compare(clients: readonly Client[], contents: Contents) {
  const wrong = disagreements(contents)
  let unanswered = 0
  let carriedOut = 0
  for (const one of clients) {
    const actual = textOf(partOf(contents, one.prefix))
    const state = one.possible().findIndex((part) => textOf(part) === actual)
    if (one.unanswered.length > 0) unanswered += 1
    if (state > 0) carriedOut += 1
    if (state < 0) {
      const wanted = textOf(one.possible()[0] ?? one.part)
      wrong.push(`${one.prefix} was told ${wanted}\nand finds ${actual}`)
    }
  }
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  return { unanswered, carriedOut }
}

function idsIn({ users, teams }: Contents): Map<string, string> {
  return new Map([
    ...users.map(({ id, attributes }) => [JSON.parse(attributes).userName, id] as const),
    ...teams.map(({ id, attributes }) => [JSON.parse(attributes).displayName, id] as const),
  ])
}

/** Reads the contents of the disk, by a gateway that gets no other requests. */
async function look({ stateDirectory, buildDirectory }: CrashOptions): Promise<Contents> {
  const gateway = await startGateway({ stateDirectory, buildDirectory, adminToken, port: 0 })
  try {
    return await readContents(await gateway.miniflare.getD1Database('DB'), slug)
  } finally {
    await gateway.stop()
  }
}

async function prepare({ stateDirectory, buildDirectory }: CrashOptions): Promise<string> {
  const gateway = await startGateway({ stateDirectory, buildDirectory, adminToken, port: 0 })
  try {
    const admin = operator(fetch, gateway.url, adminToken)
    await admin.call('POST', '/tenants', { slug, name: 'Crash' })
    // The events are compared with the directory: nothing may wait.
    await admin.call('PATCH', `/tenants/${slug}`, holdsNothing)
    const { body } = await admin.call('POST', `/tenants/${slug}/tokens`, {})
    const scim: ScimClient = client(fetch, body.baseUrl, body.token)
    for (const displayName of sharedTeams) await scim.call('POST', '/Groups', { displayName })
    return body.token
  } finally {
    await gateway.stop()
  }
}

async function startServer({ stateDirectory, buildDirectory }: CrashOptions) {
  const script = join(root, 'scripts/crash/server.ts')
  const child = spawn(process.execPath, [script, stateDirectory, buildDirectory, adminToken], {
    cwd: root,
    // A group of its own, so that workerd dies with it in the same moment.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => resolve(String(chunk).trim()))
    child.once('exit', (code, signal) => {
      reject(new Error(`The server ended with ${code ?? signal}:\n${output}`))
    })
  })
  return { child, url }
}

async function killGroup(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  await gone
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}
