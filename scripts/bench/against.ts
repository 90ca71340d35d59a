/**
 * `npm run bench -- --against CHECKOUT`: this build beside that of another checkout (with its
 * packages installed), in one run. Both are measured in turns, since the machine is now faster and
 * now slower; what counts is the ratio of neighbours in time, this build to the other.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { holdsNothing, newTenant } from '../../test/support/tenant.ts'
import { buildWorker, startGateway } from '../gateway.ts'
import { median } from '../percentile.ts'
import { Progress } from '../progress.ts'
import { root } from '../root.ts'
import { loadWorker, type Worker } from './in-process.ts'
import { measure, type Measured, type Runs } from './load.ts'
import { numbered, prepareOperations, type Operation } from './operations.ts'
import { memoryDatabase, series } from './own-time.ts'
import { runtimes } from './processor.ts'
import { startOnce } from './startup.ts'
import { row } from './table.ts'

const progress = new Progress()

const adminToken = 'bench-operator'
const startUps = 7
const ownRuns = 300
const ownRounds = 15
const warmUps = 10

/** Two of a kind: this checkout's, then the other's. */
type Pair<T> = readonly [T, T]

export async function compareCheckouts(other: string, load: Runs): Promise<void> {
  const checkouts: Pair<string> = [root, other]
  await compareStartUp(checkouts)
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-against-'))
  try {
    const builds: Pair<string> = [join(folder, 'this'), join(folder, 'other')]
    for (const [index, build] of builds.entries()) await buildWorker(build, checkouts[index])
    await compareOwnTime(builds, checkouts)
    await compareGateways(builds, checkouts, folder, load)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function compareStartUp(checkouts: Pair<string>): Promise<void> {
  const times: Pair<number[]> = [[], []]
  for (let round = 0; round < startUps; round += 1) {
    for (const [index, checkout] of checkouts.entries()) {
      times[index]?.push(await startOnce(checkout))
    }
  }
  const [own, other] = times.map(median)
  console.log(`Start-up: ${own?.toFixed(0)} ms, other ${other?.toFixed(0)} ms (${startUps} each)\n`)
}

/** The Worker alone, inside this process: its processor time without that of the platform. */
async function compareOwnTime(builds: Pair<string>, checkouts: Pair<string>): Promise<void> {
  const workers: Worker[] = []
  for (const [index, build] of builds.entries()) {
    const bindings = { ADMIN_TOKEN: adminToken, DB: memoryDatabase(checkouts[index]) }
    workers.push(await loadWorker(build, bindings))
  }
  const sides = await Promise.all(
    workers.map(async (worker) => {
      const scim = await newTenant(worker, 'http://bench.test', adminToken, holdsNothing)
      return { worker, operations: await prepareOperations(scim, 1) }
    }),
  )
  console.log(
    `Own time of the Worker for one request, ms: medians of ${ownRounds} series of ${ownRuns}\n`,
  )
  console.log(row('operation', 'this', 'other', 'ratio'))
  for (const [index, { name }] of (sides[0]?.operations ?? []).entries()) {
    const times: Pair<number[]> = [[], []]
    const counts = [0, 0]
    for (let round = 0; round < warmUps + ownRounds; round += 1) {
      progress.tell(`own time, ${name}: series ${round + 1} of ${warmUps + ownRounds}`)
      for (const [side, { worker, operations }] of sides.entries()) {
        const operation = operations[index]
        if (!operation) continue
        const next = () => operation.call((counts[side] = (counts[side] ?? 0) + 1))
        const { median: time } = await series(worker, next, ownRuns)
        if (round >= warmUps) times[side]?.push(time)
      }
    }
    progress.clear()
    const [own = 0, other = 0] = times.map(median)
    console.log(row(name, own.toFixed(3), other.toFixed(3), ratio(times).toFixed(2)))
  }
}

async function compareGateways(
  builds: Pair<string>,
  checkouts: Pair<string>,
  folder: string,
  load: Runs,
): Promise<void> {
  const known = new Set(runtimes())
  const sides: Side[] = []
  const gateways: Awaited<ReturnType<typeof startGateway>>[] = []
  try {
    for (const [index, buildDirectory] of builds.entries()) {
      const checkout = checkouts[index] ?? root
      const gateway = await startGateway({
        stateDirectory: join(folder, `state-${index}`),
        port: 0,
        adminToken,
        buildDirectory,
        config: join(checkout, 'wrangler.toml'),
        migrations: join(checkout, 'drizzle'),
        hasLimits: false,
      })
      gateways.push(gateway)
      const server = runtimes().find((id) => !known.has(id))
      if (server !== undefined) known.add(server)
      const scim = await newTenant(fetch, gateway.url, adminToken, holdsNothing)
      sides.push({ server, operations: await prepareOperations(scim, load.clients) })
    }
    console.log(
      `\n${load.clients} clients, medians of ${load.rounds} runs of ${load.seconds} s each; rate: more is better, cpu: less\n`,
    )
    console.log(row('operation', 'this /s', 'other /s', 'rate', 'this us', 'other us', 'cpu'))
    for (const index of (sides[0]?.operations ?? []).keys()) await compareLoad(sides, index, load)
  } finally {
    for (const gateway of gateways) await gateway.stop()
  }
}

interface Side {
  /** Process of its runtime, where that can be told. */
  readonly server: number | undefined
  readonly operations: readonly Operation[]
}

async function compareLoad(sides: readonly Side[], index: number, load: Runs): Promise<void> {
  const runs: Pair<Measured[]> = [[], []]
  const calls = sides.map(({ operations }) => {
    const operation = operations[index]
    return operation && numbered(operation.call)
  })
  const place = `operation ${index + 1} of ${sides[0]?.operations.length ?? 0}`
  for (let round = 0; round <= load.rounds; round += 1) {
    progress.tell(`${place}: ${round === 0 ? 'warming up' : `round ${round} of ${load.rounds}`}`)
    for (const [side, { server }] of sides.entries()) {
      const next = calls[side]
      if (!next) continue
      const run = await measure(next, load.clients, load.seconds, server)
      // The first round warms up.
      if (round > 0) runs[side]?.push(run)
    }
  }
  progress.clear()
  const rates = runs.map((list) => list.map(({ perSecond }) => perSecond)) as unknown as Pair<
    number[]
  >
  const times = runs.map((list) => list.map(({ processor }) => processor)) as unknown as Pair<
    number[]
  >
  const [ownRate = 0, otherRate = 0] = rates.map(median)
  const [ownTime = 0, otherTime = 0] = times.map(median)
  console.log(
    row(
      sides[0]?.operations[index]?.name ?? '',
      ownRate.toFixed(0),
      otherRate.toFixed(0),
      ratio(rates).toFixed(2),
      ownTime.toFixed(0),
      otherTime.toFixed(0),
      ratio(times).toFixed(2),
    ),
  )
}

/** Median of the ratios of neighbours in time. */
function ratio([own, other]: Pair<readonly number[]>): number {
  return median(own.map((value, index) => value / (other[index] ?? Number.NaN)))
}
