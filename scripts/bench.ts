/**
 * `npm run bench`: the gateway as production would run it, beside a Worker that makes the same
 * platform calls and nothing else. Both answer in turns; shares are what to look at, since requests
 * a second depend on the machine. What writes is also put beside a batch of one statement, which
 * says what the statements of the gateway cost. Fails nothing.
 */
import { resolve } from 'node:path'
import { holdsNothing, newTenant } from '../test/support/tenant.ts'
import { compareTokens } from './bench/access.ts'
import { compareCheckouts } from './bench/against.ts'
import { fillFloor, floorWorkers } from './bench/floor.ts'
import { loadWorker } from './bench/in-process.ts'
import { withGateway, type Measurement } from './bench/measured.ts'
import { showFootprint } from './bench/footprint.ts'
import { measure, middle, type Call, type Measured } from './bench/load.ts'
import { memoryDatabase, ownTime } from './bench/own-time.ts'
import { comparePeers } from './bench/peers.ts'
import { runtimes } from './bench/processor.ts'
import { numbered, prepareOperations, type Operation } from './bench/operations.ts'
import { row } from './bench/table.ts'
import { startUpTime } from './bench/startup.ts'
import { median } from './percentile.ts'
import { Progress } from './progress.ts'
import { measureTurns } from './bench/turns.ts'
import { findCheckout } from './usage/checkout.ts'
import { clientsAtOnce } from './usage/numbers.ts'
import { orRefuse, readCommandLine, readVariables, refuse } from './usage.ts'

const usage = `npm run bench -- [--against CHECKOUT | --footprint [CHECKOUT] | --peers]

Requests a second and processor time of the gateway, beside a Worker that only makes the same calls of the
platform. Takes minutes. The variables CLIENTS (1 to 1000, without it 16), SECONDS (0.1 to 3600, without it 1)
and ROUNDS (1 to 1000, without it 7) set the size.

  --against DIR   the same figures beside those of another checkout, with its packages installed
  --footprint     what \`npm run dev\` takes, beside that of another checkout when one is named
  --peers         processor time beside other SCIM servers, which it installs in a temporary folder`

const { values, positionals } = readCommandLine(
  usage,
  { against: { type: 'string' }, footprint: { type: 'boolean' }, peers: { type: 'boolean' } },
  true,
)
const { against, footprint = false, peers = false } = values
const [other, ...rest] = positionals
const surplus = footprint ? rest[0] : other
if (surplus !== undefined) refuse(usage, `There is no place for "${surplus}".`)
if ([against !== undefined, footprint, peers].filter(Boolean).length > 1) {
  refuse(usage, 'Choose one of --against, --footprint and --peers.')
}
for (const checkout of [against, other]) {
  if (checkout !== undefined) orRefuse(usage, findCheckout(checkout))
}

const {
  CLIENTS: clients,
  SECONDS: seconds,
  ROUNDS: rounds,
} = readVariables(usage, {
  CLIENTS: { ...clientsAtOnce, usual: 16 },
  SECONDS: { least: 0.1, most: 3_600, isFraction: true, usual: 1 },
  ROUNDS: { least: 1, most: 1_000, usual: 7 },
})
const adminToken = 'bench-operator'
const progress = new Progress()
const ownRuns = 500
const startUps = 5
/** Milliseconds: as much as D1 takes that is placed beside the Worker. */
const nearby = 2

async function main(measurement: Measurement): Promise<void> {
  const { buildDirectory, gateway } = measurement
  // Before this process has a large heap.
  await showOwnTime(buildDirectory)
  const [server] = runtimes()
  const floor = await fillFloor(gateway.miniflare)
  const scim = await newTenant(fetch, gateway.url, adminToken, holdsNothing)
  const operations = await prepareOperations(scim, clients)
  console.log(`\n${clients} clients, medians of ${rounds} runs of ${seconds} s\n`)
  console.log(
    row('operation', 'requests/s', 'floor', 'share', 'beside 1', '99 % ms', 'cpu us', 'floor us'),
  )
  for (const [index, operation] of operations.entries()) {
    const place = `operation ${index + 1} of ${operations.length}, ${operation.name}`
    await compare(operation, floor, server, place)
  }
  await compareTokens(measurement, adminToken, { clients, seconds, rounds, server })
  await showTurns({ gateway }, 'on disk')
}

async function showTurns({ gateway }: Pick<Measurement, 'gateway'>, where: string): Promise<void> {
  const scim = await newTenant(fetch, gateway.url, adminToken, holdsNothing)
  const { alone, together, times } = await measureTurns(scim)
  console.log(
    `\nOne team, D1 ${where}: ${alone.toFixed(0)} changes/s by one client, ` +
      `${together.toFixed(0)} by 64 (${times.toFixed(1)} times)`,
  )
}

/** The Worker alone, inside this process: its processor time without that of the platform. */
async function showOwnTime(buildDirectory: string): Promise<void> {
  const worker = await loadWorker(buildDirectory, {
    ADMIN_TOKEN: adminToken,
    DB: memoryDatabase(),
  })
  const scim = await newTenant(worker, 'http://bench.test', adminToken, holdsNothing)
  const operations = await prepareOperations(scim, clients)
  console.log(`The Worker's own time for one request, series of ${ownRuns}\n`)
  console.log(row('operation', 'median ms', '99 % ms'))
  for (const [index, { name, call }] of operations.entries()) {
    progress.tell(`own time ${index + 1} of ${operations.length}, ${name}`)
    const time = await ownTime(worker, call, ownRuns)
    progress.clear()
    console.log(row(name, time.median.toFixed(2), time.late.toFixed(2)))
  }
}

/** All in turns, by the same requests; `server` is the process of both, where it can be told. */
async function compare(
  { name, call, floor: path, statements }: Operation,
  floor: string,
  server: number | undefined,
  place: string,
): Promise<void> {
  const status = path === '/object' ? 204 : 200
  const floorCall = (written: number) => (count: number) => ({
    ...call(count),
    url: `${floor}${path}?statements=${written}`,
    status,
  })
  const own: Measured[] = []
  const same: Measured[] = []
  const single: Measured[] = []
  const runs: [Measured[], (count: number) => Call][] = [
    [same, floorCall(statements ?? 1)],
    [own, numbered(call)],
  ]
  if (statements) runs.push([single, floorCall(1)])
  for (let round = 0; round <= rounds; round += 1) {
    progress.tell(`${place}: ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`)
    for (const [list, next] of runs) {
      const run = await measure(next, clients, seconds, server)
      // The first round warms up.
      if (round > 0) list.push(run)
    }
  }
  progress.clear()
  console.log(
    row(
      name,
      middle(own, 'perSecond').toFixed(0),
      middle(same, 'perSecond').toFixed(0),
      share(own, same),
      statements ? share(own, single) : '',
      middle(own, 'late').toFixed(1),
      middle(own, 'processor').toFixed(0),
      middle(same, 'processor').toFixed(0),
    ),
  )
}

/** Median ratio of runs that are neighbours in time, because the speed of the machine changes. */
function share(own: readonly Measured[], other: readonly Measured[]): string {
  const shares = own.map(({ perSecond }, index) => perSecond / (other[index]?.perSecond ?? 0))
  return median(shares).toFixed(2)
}

if (against !== undefined) {
  await compareCheckouts(resolve(against), { clients, seconds, rounds })
} else if (footprint) {
  await showFootprint(other && resolve(other), { clients, seconds, rounds })
  process.exit(0)
} else if (peers) {
  await comparePeers({ seconds, rounds })
  // Miniflare keeps handles for a while after its end.
  process.exit(0)
} else {
  const startUp = await startUpTime(startUps)
  console.log(`Start-up of the Worker: ${startUp.toFixed(0)} ms, median of ${startUps}\n`)
  await withGateway(adminToken, main, { beside: floorWorkers() })
  await withGateway(adminToken, (near) => showTurns(near, 'in memory'), { isInMemory: true })
  await withGateway(adminToken, (distant) => showTurns(distant, `on disk, ${nearby} ms away`), {
    distance: nearby,
  })
}
