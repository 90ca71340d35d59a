/**
 * `npm run bench -- --footprint [CHECKOUT]`: what `npm run dev` takes beside the gateway of the bench, what its
 * processes hold, what the runtime holds after 20,000 people, and how much faster 64 clients change one team
 * than one client. With another checkout (its packages installed) both are measured in turns, in one run.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { holdsNothing, newTenant, type ScimClient } from '../../test/support/tenant.ts'
import { buildWorker, type startGateway } from '../gateway.ts'
import { median } from '../percentile.ts'
import { root } from '../root.ts'
import { collectAsGiven } from '../runtime-memory.ts'
import { memoryOfAll, startDev, type DevProcess } from './dev-process.ts'
import { measure, type Runs } from './load.ts'
import { prepareOperations } from './operations.ts'
import { memoryOf, runtimes } from './processor.ts'
import { newPerson, request } from './requests.ts'
import { row } from './table.ts'
import { prepareTurns } from './turns.ts'

const adminToken = 'bench-operator'
const peopleMade = 20_000
/** Seconds after the processes have come to rest. */
const rest = 10

interface Side {
  readonly name: string
  readonly checkout: string
  readonly dev: DevProcess
  readonly url: string
  readonly server: number | undefined
  stop(): Promise<void>
}

export async function showFootprint(other: string | undefined, load: Runs): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-footprint-'))
  const sides: Side[] = []
  const before = loadavg()[0] ?? 0
  try {
    const checkouts = other === undefined ? [root] : [root, other]
    for (const [index, checkout] of checkouts.entries()) {
      sides.push(
        await startSide(index === 0 ? 'this' : 'other', checkout, join(folder, `${index}`)),
      )
    }
    await wait(rest)
    console.log(
      '\nMemory of all processes of npm run dev, MB: pages divided among processes, and alone\n',
    )
    console.log(row('', ...sides.map(({ name }) => name)))
    const held = sides.map(({ dev }) => memoryOfAll(dev.processes()))
    console.log(row('divided', ...held.map(({ shared }) => shared.toFixed(0))))
    console.log(row('alone', ...held.map(({ alone }) => alone.toFixed(0))))
    await compareGrowth(sides)
    await compareProcessor(sides, load)
    await compareTurns(sides, load)
    const after = loadavg()[0] ?? 0
    console.log(`\nLoad of the machine: ${before.toFixed(1)} before, ${after.toFixed(1)} after`)
  } finally {
    for (const side of sides) await side.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** `npm run dev` of a checkout, and the gateway that its own scripts make for a measurement. */
async function startSide(name: string, checkout: string, folder: string): Promise<Side> {
  collectAsGiven()
  const dev = await startDev(checkout, join(folder, 'dev'))
  const buildDirectory = join(folder, 'build')
  await buildWorker(buildDirectory, checkout)
  const known = new Set(runtimes())
  const script = pathToFileURL(join(checkout, 'scripts', 'gateway.ts')).href
  const module = (await import(script)) as { startGateway: typeof startGateway }
  const stateDirectory = join(folder, 'state')
  const gateway = await module.startGateway({
    stateDirectory,
    port: 0,
    adminToken,
    buildDirectory,
    hasLimits: false,
  })
  const server = runtimes().find((id) => !known.has(id))
  const stop = async () => {
    await dev.stop()
    await gateway.stop()
  }
  return { name, checkout, dev, url: gateway.url, server, stop }
}

async function compareGrowth(sides: readonly Side[]): Promise<void> {
  console.log(`\nMemory of the runtime while people are created over HTTP, MB\n`)
  console.log(row('people', ...sides.map(({ name }) => name)))
  const clients = []
  for (const { url } of sides) {
    clients.push(await newTenant(fetch, url, adminToken, holdsNothing))
  }
  for (let made = 0; made <= peopleMade; made += peopleMade / 5) {
    if (made > 0) for (const scim of clients) await create(scim, peopleMade / 5)
    console.log(
      row(String(made), ...sides.map(({ server }) => memoryOf(server)?.toFixed(0) ?? '?')),
    )
  }
  await wait(rest)
  console.log(row('at rest', ...sides.map(({ server }) => memoryOf(server)?.toFixed(0) ?? '?')))
}

async function create(scim: ScimClient, count: number): Promise<void> {
  const made = { count: 0 }
  const next = () => {
    made.count += 1
    return request(scim, 'POST', '/Users', 201, newPerson())
  }
  while (made.count < count) await measure(next, 16, 1)
}

/** All processes of `npm run dev`, beside the runtime of the bench: in turns, by the same requests. */
async function compareProcessor(sides: readonly Side[], load: Runs): Promise<void> {
  console.log(
    '\nProcessor time of npm run dev for a request, times that of the gateway of the bench\n',
  )
  console.log(row('operation', ...sides.map(({ name }) => name)))
  const prepared = []
  for (const { dev, url, server } of sides) {
    const ofDev = await newTenant(fetch, dev.url, dev.adminToken, holdsNothing)
    const ofBench = await newTenant(fetch, url, adminToken, holdsNothing)
    prepared.push([
      { operations: await prepareOperations(ofDev, load.clients), servers: dev.processes() },
      { operations: await prepareOperations(ofBench, load.clients), servers: server },
    ] as const)
  }
  const names = prepared[0]?.[0].operations.map(({ name }) => name) ?? []
  for (const [index, name] of names.entries()) {
    const ratios: number[][] = prepared.map(() => [])
    const counts = prepared.map(() => [0, 0])
    for (let round = 0; round <= load.rounds; round += 1) {
      for (const [side, pair] of prepared.entries()) {
        const times: number[] = []
        for (const [place, { operations, servers }] of pair.entries()) {
          const count = counts[side] ?? []
          const next = () => {
            const operation = operations[index]
            if (!operation) throw new Error('No operation')
            count[place] = (count[place] ?? 0) + 1
            return operation.call(count[place] ?? 0)
          }
          const run = await measure(next, load.clients, load.seconds, servers, isLimited)
          times.push(run.processor)
        }
        const [ofDev = Number.NaN, ofBench = Number.NaN] = times
        // The first round warms up.
        if (round > 0) ratios[side]?.push(ofDev / ofBench)
      }
    }
    console.log(row(name, ...ratios.map(spread)))
  }
}

/** The limits of requests are on in `npm run dev` of older checkouts. */
const isLimited = (status: number) => status === 429

async function compareTurns(sides: readonly Side[], { rounds }: Runs): Promise<void> {
  console.log('\n64 clients who change one team, times the rate of one client, D1 on disk\n')
  const runs = []
  for (const { url } of sides) {
    runs.push(await prepareTurns(await newTenant(fetch, url, adminToken, holdsNothing)))
  }
  const times: number[][] = runs.map(() => [])
  for (let round = 0; round < rounds; round += 1) {
    for (const [side, run] of runs.entries()) times[side]?.push((await run()).times)
  }
  console.log(row('', ...sides.map(({ name }) => name)))
  console.log(row('times', ...times.map(spread)))
}

/** Median, lowest and highest. */
function spread(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return `${median(values).toFixed(2)} (${low.toFixed(1)}-${high.toFixed(1)})`
}

const wait = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))
