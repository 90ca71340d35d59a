/**
 * `npm run first-sync`: an identity provider meets the gateway for the first time. It looks each
 * person up, creates whom it does not find, then makes the teams and fills them. `USERS`, `TEAMS`
 * and `CLIENTS` set the size. Prints rate, errors and memory, fails nothing; a phase that takes long says how
 * far it is.
 */
import { holdsNothing, newTenant, type ScimClient } from '../test/support/tenant.ts'
import { withGateway, type Measurement } from './bench/measured.ts'
import { memoryOf, runtimes } from './bench/processor.ts'
import { howFar, Progress } from './progress.ts'
import { clientsAtOnce } from './usage/numbers.ts'
import { readCommandLine, readVariables } from './usage.ts'

const usage = `npm run first-sync

The first synchronization of an identity provider. Takes long: the variables USERS (1 to 10000000, without it
100000), TEAMS (1 to 100000, without it 1000) and CLIENTS (1 to 1000, without it 16) set the size.`

readCommandLine(usage, {})
const {
  USERS: users,
  TEAMS: teams,
  CLIENTS: clients,
} = readVariables(usage, {
  USERS: { least: 1, most: 10_000_000, usual: 100_000 },
  TEAMS: { least: 1, most: 100_000, usual: 1_000 },
  CLIENTS: { ...clientsAtOnce, usual: 16 },
})
/** People that Entra, the most talkative provider, names in one PATCH. */
const named = 20
const adminToken = 'first-sync-operator'
const progress = new Progress()

interface Phase {
  readonly name: string
  readonly count: number
  /** Does one unit of work; answers how many requests it took and how many of them failed. */
  readonly work: (index: number) => Promise<{ requests: number; errors: number }>
}

async function main({ gateway }: Measurement): Promise<void> {
  const [server] = runtimes()
  const scim = await newTenant(fetch, gateway.url, adminToken, holdsNothing)
  console.log(row('phase', 'requests', 'errors', 'seconds', 'requests/s', 'memory MB'))
  for (const phase of phasesOf(scim)) await run(phase, server)
  const people = await scim.call('GET', '/Users?count=0')
  const groups = await scim.call('GET', '/Groups?count=0')
  console.log(
    `\nThere are ${people.body.totalResults} people and ${groups.body.totalResults} teams`,
  )
}

function phasesOf(scim: ScimClient): readonly Phase[] {
  const ids: string[] = []
  const groups: string[] = []
  const size = Math.ceil(users / teams)
  const calls = async (list: readonly (readonly [string, string, number, unknown?])[]) => {
    let errors = 0
    let id = ''
    for (const [method, path, status, body] of list) {
      const answer = await scim.call(method, path, body)
      if (answer.status !== status) errors += 1
      id = String(answer.body?.id)
    }
    return { requests: list.length, errors, id }
  }
  return [
    {
      name: 'people',
      count: users,
      work: async (index) => {
        const userName = `person.${index}@example.com`
        const filter = encodeURIComponent(`userName eq "${userName}"`)
        const done = await calls([
          ['GET', `/Users?filter=${filter}`, 200],
          ['POST', '/Users', 201, person(userName, index)],
        ])
        ids[index] = done.id
        return done
      },
    },
    {
      name: 'teams',
      count: teams,
      work: async (index) => {
        const done = await calls([['POST', '/Groups', 201, { displayName: `Team ${index}` }]])
        groups[index] = done.id
        return done
      },
    },
    {
      name: 'members',
      count: teams,
      work: (index) => {
        const members = ids.slice(index * size, (index + 1) * size)
        const patches = Array.from({ length: Math.ceil(members.length / named) }, (_, part) => {
          const value = members.slice(part * named, (part + 1) * named).map((id) => ({ value: id }))
          const body = { Operations: [{ op: 'Add', path: 'members', value }] }
          return ['PATCH', `/Groups/${groups[index]}`, 204, body] as const
        })
        return calls(patches)
      },
    },
  ]
}

async function run({ name, count, work }: Phase, server: number | undefined): Promise<void> {
  const before = performance.now()
  let next = 0
  let done = 0
  let requests = 0
  let errors = 0
  const parts: string[] = []
  const client = async () => {
    while (next < count) {
      const index = next
      next += 1
      const tried = await work(index)
      done += 1
      requests += tried.requests
      errors += tried.errors
      // The memory at each fifth of the way.
      if ((index + 1) % Math.ceil(count / 5) === 0) parts.push(memoryOf(server)?.toFixed(0) ?? '?')
    }
  }
  await progress.follow(
    () => `${name}: ${howFar(done, count, performance.now() - before)}`,
    Promise.all(Array.from({ length: clients }, client)),
  )
  const seconds = (performance.now() - before) / 1000
  const memory = parts.join(' ')
  console.log(
    row(
      name,
      `${requests}`,
      `${errors}`,
      seconds.toFixed(0),
      (requests / seconds).toFixed(0),
      memory,
    ),
  )
}

function person(userName: string, index: number) {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName,
    externalId: `external-${index}`,
    name: { givenName: 'Ann', familyName: `Tester ${index}` },
    displayName: `Ann Tester ${index}`,
    emails: [{ value: userName, type: 'work', primary: true }],
    active: true,
  }
}

function row(...cells: readonly string[]): string {
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(10) : ` ${cell}`.padStart(12)))
    .join('')
}

await withGateway(adminToken, main, { isInMemory: true })
