/**
 * `npm run load -- --minutes 10`: mixed traffic at the highest rate that this machine holds, on the
 * built Worker as the benchmark starts it. Prints rate, percentiles, failures and the memory of the
 * runtime as they go, and ends with 1 when an answer was wrong.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { disagreements, readContents } from '../test/support/agreement.ts'
import { client, holdsNothing, operator } from '../test/support/tenant.ts'
import { buildWorker, startGateway } from './gateway.ts'
import { chooseOperation, fillDirectory, operations, type Directory } from './load/traffic.ts'
import { percentile } from './percentile.ts'
import { howFar, Progress, secondsSince } from './progress.ts'
import { clientsAtOnce, minutesOfRun } from './usage/numbers.ts'
import { readNumbers } from './usage.ts'

const usage = `npm run load -- [--minutes N] [--clients N] [--people N]

Mixed traffic as fast as the machine answers: rate, percentiles, failures and memory. Ends with 1 when an
answer was wrong.

  --minutes N     how long (0.1 to 10080, default 10)
  --clients N     clients (1 to 1000, default 16)
  --people N      people at the beginning (1 to 1000000, default 5000)`

const wish = readNumbers(usage, {
  minutes: minutesOfRun,
  clients: { ...clientsAtOnce, usual: 16 },
  people: { least: 1, most: 1_000_000, usual: 5_000 },
})
const adminToken = 'load-operator'
const slug = 'load'
const interval = 30_000
const progress = new Progress()

const times = new Map<string, number[]>(operations.map(({ name }) => [name, []]))
const failures: string[] = []
let recent: number[] = []

// Memory in place of a disk, where there is some: the disk is not what is measured.
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const folder = await mkdtemp(join(base, 'rollcall-load-'))
try {
  await main()
} finally {
  await rm(folder, { recursive: true, force: true })
}
process.exitCode = failures.length > 0 ? 1 : 0

async function main(): Promise<void> {
  const buildDirectory = join(folder, 'build')
  await buildWorker(buildDirectory)
  const gateway = await startGateway({
    stateDirectory: join(folder, 'state'),
    buildDirectory,
    adminToken,
    port: 0,
    hasLimits: false,
  })
  try {
    const admin = operator(fetch, gateway.url, adminToken)
    await admin.call('POST', '/tenants', { slug, name: 'Load' })
    // The events are compared with the directory: nothing may wait.
    await admin.call('PATCH', `/tenants/${slug}`, holdsNothing)
    const { body } = await admin.call('POST', `/tenants/${slug}/tokens`, {})
    const scim = client(fetch, body.baseUrl, body.token)
    const began = performance.now()
    const directory = await fillDirectory(scim, wish.people, (count) =>
      progress.tell(`people: ${howFar(count, wish.people, performance.now() - began)}`),
    )
    progress.clear()
    console.log(`${wish.clients} clients, ${wish.people} people, 50 teams\n`)
    console.log('   time  requests/s  median ms  99 % ms  slowest ms  failures  runtime MiB')
    await drive(directory, wish.minutes * 60_000)
    show()
    const contents = await readContents(await gateway.miniflare.getD1Database('DB'), slug)
    const wrong = disagreements(contents)
    console.log(
      wrong.length === 0
        ? `\nRows, counts, versions and all ${contents.events.length} events agree.`
        : wrong.slice(0, 10).join('\n'),
    )
    failures.push(...wrong)
  } finally {
    await gateway.stop()
  }
}

async function drive(directory: Directory, duration: number): Promise<void> {
  const started = performance.now()
  const isOver = () => performance.now() - started >= duration
  const clients = Array.from({ length: wish.clients }, async () => {
    while (!isOver()) await ask(directory)
  })
  const report = async () => {
    let last = started
    while (!isOver()) {
      await new Promise((resolve) => {
        setTimeout(resolve, Math.min(interval, duration))
      })
      const now = performance.now()
      await showInterval((now - started) / 1000, (now - last) / 1000)
      last = now
    }
  }
  await progress.follow(
    () => `${secondsSince(started)} of ${duration / 1000} s, ${recent.length} since the last row`,
    Promise.all([...clients, report()]),
  )
}

async function ask(directory: Directory): Promise<void> {
  const operation = chooseOperation()
  const before = performance.now()
  try {
    const { status, body } = await operation.run(directory)
    if (!operation.statuses.includes(status)) {
      failures.push(`${operation.name}: ${status} ${JSON.stringify(body)}`)
    }
  } catch (error) {
    failures.push(`${operation.name}: ${String(error)}`)
  }
  const time = performance.now() - before
  times.get(operation.name)?.push(time)
  recent.push(time)
}

async function showInterval(second: number, seconds: number): Promise<void> {
  const list = recent
  recent = []
  const cells = [
    `${second.toFixed(0)} s`,
    (list.length / seconds).toFixed(0),
    at(list, 0.5),
    at(list, 0.99),
    at(list, 1),
    String(failures.length),
    (await runtimeMemory()).toFixed(0),
  ]
  const widths = [7, 12, 11, 9, 12, 10, 13]
  progress.clear()
  console.log(cells.map((cell, index) => cell.padStart(widths[index] ?? 0)).join(''))
}

function show(): void {
  console.log('\noperation               count  median ms  99 % ms  99.9 % ms  slowest ms')
  for (const [name, list] of times) {
    const cells = [String(list.length), at(list, 0.5), at(list, 0.99), at(list, 0.999), at(list, 1)]
    const widths = [9, 11, 9, 11, 12]
    console.log(
      name.padEnd(20) + cells.map((cell, index) => cell.padStart(widths[index] ?? 0)).join(''),
    )
  }
  console.log(`\n${failures.length} failures`)
  for (const failure of failures.slice(0, 10)) console.log(`  ${failure}`)
}

function at(times: readonly number[], share: number): string {
  return percentile(times, share).toFixed(1)
}

/** Resident memory of the workerd that this process started, in MiB; 0 where there is no /proc. */
async function runtimeMemory(): Promise<number> {
  const entries = await readdir('/proc').catch(() => [])
  let total = 0
  for (const entry of entries.filter((name) => /^\d+$/.test(name))) {
    const status = await readFile(`/proc/${entry}/status`, 'utf8').catch(() => '')
    const isOurs = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) === process.pid
    if (!isOurs || !/^Name:\s+workerd/m.test(status)) continue
    total += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024
  }
  return total
}
