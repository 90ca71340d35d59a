/**
 * `npm run bench -- --peers`: processor time of a request, server and database together, beside other SCIM
 * servers that answer the same requests. All have their databases on the same disk, and take turns, since the
 * machine is now faster and now slower; what counts is the ratio of neighbours in time.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { holdsNothing, newTenant, type ScimClient } from '../../test/support/tenant.ts'
import { median } from '../percentile.ts'
import { measure, type Call, type Runs } from './load.ts'
import { withGateway } from './measured.ts'
import { peerOperations, peopleBefore, type PeerOperation } from './peer-operations.ts'
import { peers, startPeer, type Served } from './peer-servers.ts'
import { runtimes } from './processor.ts'
import { newPerson } from './requests.ts'

type Load = Omit<Runs, 'clients'>

const adminToken = 'bench-operator'

interface Side extends Served {
  readonly users: readonly string[]
}

export async function comparePeers(load: Load): Promise<void> {
  // Each server, each installation and the gateway end with this process.
  process.setMaxListeners(30)
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-peers-'))
  const sides: Side[] = []
  try {
    await withGateway(adminToken, async ({ gateway }) => {
      const [server] = runtimes()
      const scim = await newTenant(fetch, gateway.url, adminToken, holdsNothing)
      const own = { name: 'Rollcall', scim, server, stop: () => undefined }
      sides.push({ ...own, users: await fill(scim) })
      for (const [index, peer] of peers.entries()) {
        try {
          const served = await startPeer(peer, join(folder, String(index)))
          sides.push({ ...served, users: await fill(served.scim) })
          console.log(`${peer.name}: ${peer.packages.join(', ')}`)
        } catch (error) {
          console.log(`${peer.name} could not be installed: ${textOf(error)}`)
        }
      }
      await compare(sides, load)
    })
  } finally {
    for (const side of sides) side.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function compare(sides: readonly Side[], load: Load): Promise<void> {
  const before = loadavg()[0] ?? 0
  console.log(
    `\n${peopleBefore} people, medians of ${load.rounds} runs of ${load.seconds} s in turns. ` +
      'Microseconds of the processor for a request, and how many times that of Rollcall ' +
      '(lowest to highest)\n',
  )
  console.log(wide('operation', ...sides.map(({ name }) => name)))
  const remarks: string[] = []
  for (const operation of peerOperations) {
    const cells = await compareBy(operation, sides, load, remarks)
    console.log(wide(operation.name, ...cells))
  }
  for (const remark of remarks) console.log(remark)
  const after = loadavg()[0] ?? 0
  console.log(`\nLoad of the machine: ${before.toFixed(1)} before, ${after.toFixed(1)} after`)
}

async function compareBy(
  { name, clients, prepare }: PeerOperation,
  sides: readonly Side[],
  { seconds, rounds }: Load,
  remarks: string[],
): Promise<string[]> {
  const times = new Map<Side, number[]>()
  const calls = new Map<Side, () => Call>()
  for (const side of sides) {
    try {
      const { call, remark } = await prepare(side.scim, side.users)
      let count = 0
      if (remark !== undefined) remarks.push(`${side.name}, ${name}: ${remark}`)
      calls.set(side, () => call((count += 1)))
      times.set(side, [])
    } catch (error) {
      remarks.push(`${side.name}, ${name}: ${textOf(error)}`)
    }
  }
  for (let round = 0; round <= rounds; round += 1) {
    for (const [side, next] of calls) {
      const run = await measure(next, clients, seconds, side.server)
      // The first round warms up.
      if (round > 0) times.get(side)?.push(run.processor)
    }
  }
  const [own] = sides
  const ownTimes = (own && times.get(own)) ?? []
  return sides.map((side) => {
    const list = times.get(side)
    if (!list) return '–'
    const time = median(list).toFixed(0)
    if (side === own) return time
    const ratios = list.map((value, index) => value / (ownTimes[index] ?? Number.NaN))
    const spread = `${Math.min(...ratios).toFixed(1)}-${Math.max(...ratios).toFixed(1)}`
    return `${time} ${median(ratios).toFixed(2)} (${spread})`
  })
}

function wide(name: string, ...cells: readonly string[]): string {
  return name.padEnd(18) + cells.map((cell) => cell.padStart(28)).join('')
}

/** Creates people one by one, eight at a time: not each of the servers has Bulk. */
async function fill(scim: ScimClient): Promise<string[]> {
  const ids: string[] = []
  let next = 0
  const worker = async () => {
    while (next < peopleBefore) {
      const index = next
      next += 1
      const made = await scim.call('POST', '/Users', newPerson())
      if (made.status !== 201) throw new Error(`answers ${made.status} to a new person`)
      ids[index] = made.body.id
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  return ids
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
