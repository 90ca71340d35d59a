/**
 * `npm run scale`: what an operation costs in a tenant of 1,000 people and in one of a million: the
 * rows that D1 reads and writes, the time, the bytes of each answer and the memory of the runtime. `SIZE`,
 * `RUNS` and `ROUNDS` make it shorter; without runs the bytes and the memory alone are measured. Prints
 * tables, fails nothing.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { holdsNothing, newTenant, type ScimClient } from '../test/support/tenant.ts'
import { weighAnswers } from './bench/answers.ts'
import { countRows } from './bench/count-rows.ts'
import { loadWorker } from './bench/in-process.ts'
import { fillTenant, fillTeam } from './bench/fill.ts'
import { withGateway, type Measurement } from './bench/measured.ts'
import { median } from './percentile.ts'
import { howFar, Progress } from './progress.ts'
import { readCommandLine, readVariables } from './usage.ts'

const usage = `npm run scale

Rows and times of each operation in a tenant of a thousand people and in one of a million, which it makes
first. The variables SIZE (1000 to 10000000, without it 1000000), RUNS (0 to 10000, without it 100) and ROUNDS
(1 to 1000, without it 20) make it shorter.`

readCommandLine(usage, {})
const {
  SIZE: size,
  RUNS: runs,
  ROUNDS: rounds,
} = readVariables(usage, {
  SIZE: { least: 1_000, most: 10_000_000, usual: 1_000_000 },
  RUNS: { least: 0, most: 10_000, usual: 100 },
  ROUNDS: { least: 1, most: 1_000, usual: 20 },
})
const sizes = [1_000, size] as const
const teamSizes = [5, 50_000] as const
const adminToken = 'scale-operator'
const progress = new Progress()

/** A tenant of one size, with a client over HTTP and one to a Worker whose database counts. */
interface Subject {
  readonly size: number
  readonly served: ScimClient
  readonly counted: ScimClient
  readonly team: string
}

async function main({ folder, buildDirectory, gateway }: Measurement): Promise<void> {
  const database = await gateway.miniflare.getD1Database('DB')
  const counted = countRows(database)
  const worker = await loadWorker(buildDirectory, {
    ADMIN_TOKEN: adminToken,
    DB: counted.database,
  })
  const subjects: Subject[] = []
  for (const [index, size] of sizes.entries()) {
    const served = await newTenant(fetch, gateway.url, adminToken, holdsNothing)
    await fillTenant(database, served.slug, size, tellPeople(performance.now()))
    progress.clear()
    const made = await served.call('POST', '/Groups', { displayName: 'Everybody' })
    // The last ones: who is asked for below is in no team, in either tenant.
    const members = { from: size - Math.min(Math.floor(size / 2), teamSizes[index] ?? 5), to: size }
    await fillTeam(database, served.slug, made.body.id, members)
    const origin = new URL(served.baseUrl).origin
    const unserved = { ...served, call: callWith(worker, origin, served) }
    subjects.push({ size, served, counted: unserved, team: made.body.id })
    const bytes = await sizeOf(join(folder, 'state'))
    console.log(
      `${size.toLocaleString('en')} people are there; all data takes ${(bytes / 1e6).toFixed(0)} MB`,
    )
  }
  console.log(
    `\n${row('operation', ...sizes.flatMap((size) => [`read at ${short(size)}`, 'written', 'ms']), 'times')}`,
  )
  for (const operation of operations) {
    const cells: string[] = []
    const times: number[][] = [[], []]
    for (const subject of subjects) await operation.call(subject, subject.served, 0)
    // In turns, so that both meet the same weather.
    for (let run = 1; run <= runs; run += 1) {
      progress.tell(`${operation.name}: run ${run} of ${runs}`)
      for (const [index, subject] of subjects.entries()) {
        const before = performance.now()
        await operation.call(subject, subject.served, run)
        times[index]?.push(performance.now() - before)
      }
    }
    for (const [index, subject] of subjects.entries()) {
      await operation.call(subject, subject.counted, runs + 1)
      const before = { ...counted.rows }
      await operation.call(subject, subject.counted, runs + 2)
      cells.push(
        String(counted.rows.read - before.read),
        String(counted.rows.written - before.written),
        median(times[index] ?? []).toFixed(2),
      )
    }
    progress.clear()
    const ratio = median(times[1] ?? []) / median(times[0] ?? [])
    console.log(row(operation.name, ...cells, ratio.toFixed(2)))
  }
}

interface Operation {
  readonly name: string
  readonly call: (subject: Subject, client: ScimClient, run: number) => Promise<unknown>
}

const operations: readonly Operation[] = [
  { name: 'GET user', call: (subject, client) => read(client, `/Users/${idOf(subject, 500)}`) },
  {
    name: 'userName eq',
    call: (_, client) => filtered(client, 'userName eq "filled-500@example.com"'),
  },
  { name: 'externalId eq', call: (_, client) => filtered(client, 'externalId eq "ext-500"') },
  {
    name: 'emails.value eq',
    call: (_, client) => filtered(client, 'emails.value eq "filled-500@example.com"'),
  },
  { name: 'displayName eq', call: (_, client) => filtered(client, 'displayName eq "Filled 500"') },
  { name: 'first page of 100', call: (_, client) => read(client, '/Users?count=100') },
  { name: 'cursor page of 100', call: (subject, client) => nextPage(subject, client) },
  { name: 'total alone', call: (_, client) => read(client, '/Users?count=0') },
  { name: 'POST user', call: (_, client) => write(client, 'POST', '/Users', person()) },
  {
    name: 'PATCH user',
    call: (subject, client, run) =>
      write(
        client,
        'PATCH',
        `/Users/${idOf(subject, run)}`,
        replace('title', `Title ${Math.random()}`),
      ),
  },
  {
    name: 'PUT user',
    call: (subject, client, run) =>
      write(client, 'PUT', `/Users/${idOf(subject, run)}`, person(`filled-${run}@example.com`)),
  },
  {
    name: 'PATCH: one joins',
    call: (subject, client, run) =>
      write(client, 'PATCH', `/Groups/${subject.team}`, member('add', idOf(subject, run))),
  },
  {
    name: 'PATCH: one leaves',
    call: (subject, client, run) =>
      write(client, 'PATCH', `/Groups/${subject.team}`, member('remove', idOf(subject, run))),
  },
]

const cursors = new Map<Subject, string>()

async function nextPage(subject: Subject, client: ScimClient): Promise<unknown> {
  const cursor = cursors.get(subject) ?? ''
  const { body } = await read(client, `/Users?count=100&cursor=${cursor}`)
  if (!cursors.has(subject)) cursors.set(subject, body.nextCursor)
  return body
}

function filtered(client: ScimClient, filter: string) {
  return read(client, `/Users?filter=${encodeURIComponent(filter)}`)
}

async function read(client: ScimClient, path: string) {
  return write(client, 'GET', path)
}

async function write(client: ScimClient, method: string, path: string, body?: unknown) {
  const answer = await client.call(method, path, body)
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`)
  return answer
}

function idOf({ served }: Subject, number: number): string {
  return `filled-${served.slug}-${number}`
}

function person(userName = `${crypto.randomUUID()}@example.com`) {
  return {
    userName,
    displayName: 'Ann Tester',
    name: { givenName: 'Ann', familyName: 'Tester' },
    title: `Title ${Math.random()}`,
    emails: [{ value: userName, type: 'work', primary: true }],
    active: true,
  }
}

function replace(path: string, value: unknown) {
  return { Operations: [{ op: 'replace', path, value }] }
}

function member(op: 'add' | 'remove', id: string) {
  return { Operations: [{ op, path: 'members', value: [{ value: id }] }] }
}

/** The calls of a client, sent to another place. */
function callWith(
  worker: (request: Request) => Promise<Response>,
  origin: string,
  { token, baseUrl }: ScimClient,
): ScimClient['call'] {
  const path = baseUrl.slice(origin.length)
  return async (method, below, body) => {
    const response = await worker(
      new Request(`http://scale.test${path}${below}`, {
        method,
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/scim+json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    )
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      code: response.headers.get('X-Error-Code') ?? undefined,
      body: text === '' ? undefined : JSON.parse(text),
    }
  }
}

/** Says how many people are there, since a moment. */
function tellPeople(began: number): (count: number, of: number) => void {
  return (count, of) => progress.tell(`people: ${howFar(count, of, performance.now() - began)}`)
}

/** Bytes of all files in a folder. */
async function sizeOf(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

function short(size: number): string {
  return size >= 1_000_000 ? `${size / 1_000_000} M` : `${size / 1_000} k`
}

function row(...cells: readonly string[]): string {
  return cells.map((cell, index) => (index === 0 ? cell.padEnd(26) : cell.padStart(13))).join('')
}

/** Bytes and memory at each size, with the same team; and with one of many members. */
async function weigh(): Promise<void> {
  const [few, many] = sizes
  const subjects = [
    { people: few, members: few },
    { people: many, members: few },
    { people: many, members: Math.min(many, 50_000) },
  ]
  const weighed = []
  for (const [index, size] of subjects.entries()) {
    const place = `bytes and memory, ${index + 1} of ${subjects.length}`
    weighed.push(await weighAnswers(size, rounds, (text) => progress.tell(`${place}: ${text}`)))
    progress.clear()
  }
  const heads = subjects.map(({ people, members }) => `${short(people)}/${short(members)}`)
  console.log(`\n${row('bytes (people/members)', ...heads)}`)
  for (const name of weighed[0]?.bytes.keys() ?? []) {
    console.log(row(name, ...weighed.map(({ bytes }) => String(bytes.get(name)))))
  }
  console.log(`\n${row('memory, MB', ...heads)}`)
  const times = ['filled', 'after one round', 'after half of them', 'after all rounds']
  for (const [index, name] of times.entries()) {
    console.log(row(name, ...weighed.map(({ memory }) => memory[index]?.toFixed(0) ?? '?')))
  }
}

if (runs > 0) await withGateway(adminToken, main, { isInMemory: true })
await weigh()
