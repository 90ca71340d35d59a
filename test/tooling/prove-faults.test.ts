/**
 * The proof kit is proved itself: each of its checks finds a fault that is planted for it. That all of them are
 * kept without one is shown by `prove.test.ts`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kitNames, type CitedCheck, type KitName } from '../../scripts/prove/check.ts'
import { kits } from '../../scripts/prove/kits/all.ts'
import type { Row } from '../../scripts/prove/report.ts'
import { runKit } from '../../scripts/prove/run.ts'
import type { Credentials } from '../../scripts/prove/sign-in.ts'
import type { Room } from '../../scripts/prove/trial.ts'
import { startServer, type Server } from '../support/server.ts'
import { plantedInLists, plantedInLives, plantedInPatches } from './prove/planted-people.ts'
import { plantedInEntra, plantedInOkta, plantedInOneLogin } from './prove/planted-providers.ts'
import {
  plantedInBatches,
  plantedInBodies,
  plantedInDiscovery,
  plantedInMembers,
  plantedInSignIns,
  type Planted,
} from './prove/planted-shared.ts'
import type { Fault } from './prove/faults.ts'
import {
  byAssertion,
  byKey,
  bySecret,
  enterStage,
  newStage,
  startIssuer,
  type StandIn,
} from './prove/scene.ts'

const tables: Readonly<Record<string, Planted>> = {
  discovery: plantedInDiscovery,
  bodies: plantedInBodies,
  members: plantedInMembers,
  batches: plantedInBatches,
  'signing in': plantedInSignIns,
  lives: plantedInLives,
  patches: plantedInPatches,
  lists: plantedInLists,
  Entra: plantedInEntra,
  Okta: plantedInOkta,
  OneLogin: plantedInOneLogin,
}

const profiles: Readonly<Record<KitName, string>> = {
  entra: 'entra',
  okta: 'okta',
  onelogin: 'onelogin',
  interop: 'strict',
  ipsie: 'strict',
  rfc: 'rfc',
}

let server: Server
let issuer: StandIn
const rooms = new Map<string, Room>()

beforeAll(async () => {
  server = await startServer()
  issuer = await startIssuer()
})

afterAll(async () => {
  issuer.http.close()
  await server.stop()
})

/** The kit that is played first among those that cite a check, and how it cites it. */
function citing(name: string): { readonly kit: KitName; readonly check: CitedCheck } | undefined {
  for (const kit of kitNames) {
    for (const { checks } of kits[kit].parts) {
      const check = checks.find((one) => one.name === name)
      if (check) return { kit, check }
    }
  }
  return undefined
}

/** A room of the profile that a kit is for; how it signs in is what the check is about. */
async function roomFor(kit: KitName, signsIn: Credentials['kind']): Promise<Room> {
  const key = `${kit} ${signsIn}`
  const known = rooms.get(key)
  if (known) return known
  const stage = await newStage(server.url, profiles[kit])
  const credentials = {
    token: () => Promise.resolve({ kind: 'token' as const, token: stage.token }),
    secret: () => bySecret(server.url, stage),
    key: () => byKey(server.url, stage),
    assertion: () => byAssertion(server.url, stage, issuer),
  }
  const room = await enterStage(stage, await credentials[signsIn]())
  rooms.set(key, room)
  return room
}

const signInsOf: ReadonlyMap<string, Credentials['kind']> = new Map(
  plantedInSignIns.map(([{ name }]) => {
    if (/issuer is exchanged/.test(name)) return [name, 'assertion']
    return [name, name.startsWith('Client credentials') ? 'secret' : 'key']
  }),
)

async function run(name: string, fault: Fault): Promise<Row> {
  const { kit } = citing(name) ?? { kit: 'rfc' as const }
  const room = await roomFor(kit, signsInFor(name))
  const spoiled = { ...room, fetch: fault(room.fetch) }
  const rows = await runKit(kits[kit], spoiled, undefined, (check) => check.name === name)
  const [row] = rows
  if (!row) throw new Error(`No kit has the check "${name}".`)
  return row
}

function signsInFor(name: string): Credentials['kind'] {
  return signInsOf.get(name) ?? 'token'
}

/** The server is on this machine: a check of TLS says so, and can find nothing else. */
const withoutFault = new Set(['It is reached by TLS'])

describe('every check', () => {
  it('has a fault that is planted for it, or several, and one sentence', () => {
    const planted = Object.values(tables).flatMap((table) => table.map(([{ name }]) => name))
    const cited = Object.values(kits).flatMap(({ parts }) =>
      parts.flatMap(({ checks }) => checks.map(({ name }) => name)),
    )
    expect([...new Set(planted), ...withoutFault].toSorted()).toEqual(
      [...new Set(cited)].toSorted(),
    )
  })

  it('is in a kit once', () => {
    for (const { parts } of Object.values(kits)) {
      const names = parts.flatMap(({ checks }) => checks.map(({ name }) => name))
      expect(new Set(names).size).toBe(names.length)
    }
  })
})

describe.each(Object.entries(tables))('of %s', (_, table) => {
  it.each(table.map(([{ name }, fault]) => [name, fault] as const))(
    'finds the fault that is planted for it: %s',
    async (name, fault) => {
      const row = await run(name, fault)
      expect(['failed', 'warned'], JSON.stringify(row)).toContain(row.outcome)
    },
  )
})
