/** The example application beside a gateway, both killed again and again while providers work. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { root } from '../../scripts/root.ts'
import { makeToken } from '../../src/tokens/secret.ts'
import { connect, type Client } from '../../src/client/client.ts'
import { newKey } from '../support/application.ts'
import { adminToken, freePort, killGroup, spawnDevelopment } from '../support/server.ts'
import { client, operator, patch, person, type Answer, type ScimClient } from '../support/tenant.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-application-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

function soon(): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, 50))
}

/** A generator of numbers below a bound, the same at each run. */
function numbers(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}

/** A provider that makes, changes, moves and removes people and teams; it repeats what got lost. */
async function work(scim: ScimClient, seed: number, isOver: () => boolean): Promise<number> {
  const below = numbers(seed)
  const users: string[] = []
  const teams: string[] = []
  let done = 0
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    for (;;) {
      try {
        const answer = await scim.call(method, path, body)
        if (answer.status < 500) return answer
      } catch {
        // The server is being killed or started.
      }
      await soon()
    }
  }
  const one = (list: readonly string[]) => list[below(list.length)] ?? ''
  const few = () => Array.from({ length: 1 + below(4) }, () => ({ value: one(users) }))
  const drop = (list: string[]) => list.splice(below(list.length), 1)[0] ?? ''
  const acts: readonly (() => Promise<unknown>)[] = [
    async () => users.push((await call('POST', '/Users', person())).body.id ?? one(users)),
    async () => users.push((await call('POST', '/Users', person())).body.id ?? one(users)),
    async () => {
      const displayName = `Team ${seed}-${done}`
      const made = await call('POST', '/Groups', { displayName, members: few() })
      if (made.status === 201) teams.push(made.body.id)
    },
    () =>
      call('PATCH', `/Groups/${one(teams)}`, patch({ op: 'add', path: 'members', value: few() })),
    () =>
      call('PATCH', `/Groups/${one(teams)}`, patch({ op: 'add', path: 'members', value: few() })),
    () => {
      const path = `members[value eq "${one(users)}"]`
      return call('PATCH', `/Groups/${one(teams)}`, patch({ op: 'remove', path }))
    },
    () => {
      const displayName = `Renamed ${seed}-${done}`
      return call('PUT', `/Groups/${one(teams)}`, { displayName, members: few() })
    },
    () => {
      const active = below(2) === 0
      return call('PATCH', `/Users/${one(users)}`, patch({ op: 'Replace', value: { active } }))
    },
    () =>
      call(
        'PATCH',
        `/Users/${one(users)}`,
        patch({ op: 'replace', path: 'title', value: `${done}` }),
      ),
    async () => users.length > 8 && call('DELETE', `/Users/${drop(users)}`),
    async () => teams.length > 3 && below(3) === 0 && call('DELETE', `/Groups/${drop(teams)}`),
  ]
  while (!isOver()) {
    const act = users.length < 3 ? acts[0] : teams.length < 2 ? acts[2] : acts[below(acts.length)]
    await act?.()
    done += 1
  }
  return done
}

function startExample(file: string, url: string, key: string): ChildProcess {
  return spawn(process.execPath, ['examples/application.js', file], {
    cwd: root,
    detached: true,
    env: { ...process.env, ROLLCALL_URL: url, ROLLCALL_TENANT: 'demo', ROLLCALL_KEY: key },
    stdio: 'ignore',
  })
}

interface Tables {
  seq: number
  readonly people: Record<string, { readonly name: string; readonly active: boolean }>
  teams: Record<string, { readonly name: string }>
  readonly memberships: Record<string, true>
}

async function readTables(file: string): Promise<Tables> {
  return JSON.parse(await readFile(file, 'utf8')) as Tables
}

/** The tables of the example, sorted. */
async function tablesOf(file: string): Promise<unknown> {
  const { people, teams, memberships } = await readTables(file)
  return {
    people: Object.entries(people)
      .map(([id, { name, active }]) => ({ id, name, active }))
      .toSorted(byId),
    teams: Object.entries(teams)
      .map(([id, { name }]) => ({ id, name }))
      .toSorted(byId),
    memberships: Object.keys(memberships).toSorted(),
  }
}

/** The same of the directory, as SCIM tells it. */
async function directoryOf(scim: ScimClient): Promise<unknown> {
  const users = (await everything(scim, '/Users')).toSorted(byId)
  const teams = (await everything(scim, '/Groups')).toSorted(byId)
  return {
    people: users.map(({ id, userName, active }) => ({ id, name: userName, active })),
    teams: teams.map(({ id, displayName }) => ({ id, name: displayName })),
    memberships: teams
      .flatMap(({ id, members = [] }) =>
        members.map(({ value }: { value: string }) => `${id} ${value}`),
      )
      .toSorted(),
  }
}

function byId(left: { id: string }, right: { id: string }): number {
  return left.id < right.id ? -1 : 1
}

async function everything(scim: ScimClient, path: string): Promise<any[]> {
  const list: any[] = []
  for (let cursor = ''; ;) {
    const page = await scim.call('GET', `${path}?count=200&cursor=${cursor}`)
    expect(page.status).toBe(200)
    list.push(...page.body.Resources)
    if (page.body.nextCursor === undefined) return list
    cursor = page.body.nextCursor
  }
}

/** Notes the number of each event that the client has, from the first one and through every kill. */
async function follow(rollcall: Client, seen: number[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for await (const event of rollcall.events(seen.length)) {
      if (event.ok) seen.push(event.value.seq)
      else expect([0, 503]).toContain(event.error.status)
    }
  }
}

it('leaves the application with the tables of the directory, after kills of both under traffic', async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const token = await makeToken('demo')
  const scim = client(fetch, `${url}/scim/v2/demo`, token)
  const admin = operator(fetch, url, adminToken)
  const file = join(folder, 'application.json')
  const state = join(folder, 'state')
  let server = await spawnDevelopment(state, port, token)
  const { id, key } = await newKey(admin, 'demo', { scope: 'read-ack' })
  // What waits would be missing in the application's table.
  await admin.call('PATCH', '/tenants/demo', { 'guard.deactivations': 1 })
  const rollcall = connect({ url, tenant: 'demo', key })
  const ending = new AbortController()
  const seen: number[] = []
  const following = connect({ url, tenant: 'demo', key, signal: ending.signal })
  const followed = follow(following, seen, ending.signal)
  let isOver = false
  const providers = [1, 2, 3, 4].map((seed) => work(scim, seed, () => isOver))
  let example = startExample(file, url, key)
  /** Until the log has grown by so many events. */
  const grow = async (count: number): Promise<void> => {
    const start = await rollcall.latest()
    for (;;) {
      const now = await rollcall.latest()
      if (start.ok && now.ok && now.value >= start.value + count) return
      if (!start.ok || !now.ok) throw new Error('The gateway does not answer.')
      await soon()
    }
  }
  for (let round = 0; round < 2; round += 1) {
    await grow(200)
    await killGroup(example)
    if (round === 1) await lose(file)
    await grow(120)
    example = startExample(file, url, key)
    await grow(80)
    await killGroup(example)
    example = startExample(file, url, key)
    await grow(80)
    await killGroup(server.child)
    server = await spawnDevelopment(state, port, token)
  }
  await grow(100)
  isOver = true
  const done = await Promise.all(providers)
  try {
    expect(done.reduce((sum, count) => sum + count)).toBeGreaterThan(100)
    const last = await rollcall.latest()
    // As many changes as a provider of some thousand people makes in an hour.
    expect(last.ok && last.value).toBeGreaterThan(1_000)
    for (;;) {
      const { readers } = (await admin.call('GET', '/tenants/demo/keys')).body
      const mine = readers.find(({ reader }: { reader: string }) => reader === id)
      if (mine?.behind === 0) break
      await soon()
    }
    const wanted = await directoryOf(scim)
    expect(await tablesOf(file)).toEqual(wanted)
    while (last.ok && seen.length < last.value) await soon()
    expect(seen).toEqual(seen.map((_, index) => index + 1))
  } finally {
    ending.abort()
    await followed
    await killGroup(example)
    await killGroup(server.child)
  }
})

/** As after a restored backup: the tables are wrong, and the place is not one of this log. */
async function lose(file: string): Promise<void> {
  const tables = await readTables(file)
  tables.teams = {}
  tables.people['nobody'] = { name: 'nobody', active: true }
  tables.seq = 1_000_000
  await writeFile(file, JSON.stringify(tables))
}
