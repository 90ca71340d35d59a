/** `npm run dev`, killed in the middle of its work. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeToken } from '../../src/auth/token.ts'
import { freePort, killGroup, spawnDevelopment } from '../support/server.ts'
import { client, patch, person, type ScimClient } from '../support/tenant.ts'

let stateDirectory: string

beforeEach(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), 'rollcall-restart-'))
})

afterEach(async () => {
  await rm(stateDirectory, { recursive: true, force: true })
})

interface Acknowledged {
  readonly users: Map<string, string>
  readonly members: Set<string>
}

/** One client: makes people and puts them into the team until the server is gone. */
async function work(scim: ScimClient, teamId: string, done: Acknowledged): Promise<void> {
  try {
    for (;;) {
      const body = person()
      const made = await scim.call('POST', '/Users', body)
      if (made.status !== 201) throw new Error(`Refused: ${JSON.stringify(made.body)}`)
      done.users.set(made.body.id, String(body['userName']))
      const joined = await scim.call(
        'PATCH',
        `/Groups/${teamId}`,
        patch({ op: 'Add', path: 'members', value: [{ value: made.body.id }] }),
      )
      if (joined.status !== 204) throw new Error(`Refused: ${JSON.stringify(joined.body)}`)
      done.members.add(made.body.id)
    }
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('Refused')) throw error
  }
}

async function everything(scim: ScimClient, path: string): Promise<any[]> {
  const list: any[] = []
  for (;;) {
    const page = await scim.call('GET', `${path}?startIndex=${list.length + 1}&count=1000`)
    list.push(...page.body.Resources)
    if (list.length >= page.body.totalResults || page.body.itemsPerPage === 0) {
      expect(page.body.totalResults).toBe(list.length)
      return list
    }
  }
}

it('finds everything that it acknowledged, and nothing half done, after SIGKILL under load', async () => {
  const port = await freePort()
  const token = await makeToken('demo')
  const scim = client(fetch, `http://127.0.0.1:${port}/scim/v2/demo`, token)
  const done: Acknowledged = { users: new Map(), members: new Set() }
  let teamId: string | undefined
  for (let round = 0; round < 3; round += 1) {
    const { child } = await spawnDevelopment(stateDirectory, port, token)
    teamId ??= String((await scim.call('POST', '/Groups', { displayName: 'Everybody' })).body.id)
    const target = done.members.size + 60
    const workers = Array.from({ length: 8 }, () => work(scim, String(teamId), done))
    while (done.members.size < target) await new Promise((resolve) => setTimeout(resolve, 5))
    await killGroup(child)
    await Promise.all(workers)
  }
  const { child, output } = await spawnDevelopment(stateDirectory, port, token)
  try {
    expect(output()).not.toMatch(/error/i)
    const users = await everything(scim, '/Users')
    const team = await scim.call('GET', `/Groups/${teamId}`)
    const members = new Set(team.body.members.map(({ value }: { value: string }) => value))
    const names = new Map(users.map((user) => [user.id, user.userName]))
    for (const [id, userName] of done.users) expect(names.get(id)).toBe(userName)
    for (const id of done.members) expect(members.has(id)).toBe(true)
    // Each client may have had one unanswered request in each round, done whole or not at all.
    expect(users.length - done.users.size).toBeLessThanOrEqual(8 * 3)
    expect(members.size - done.members.size).toBeLessThanOrEqual(8 * 3)
    for (const user of users) {
      expect(user.groups?.length ?? 0).toBe(members.has(user.id) ? 1 : 0)
      const found = await scim.call('GET', `/Users?filter=emails.value eq "${user.userName}"`)
      expect(found.body.totalResults).toBe(1)
    }
    const version = Number(/\d+/.exec(team.body.meta.version)?.[0])
    expect(version).toBe(members.size + 1)
  } finally {
    await killGroup(child)
  }
})

it('prints addresses and a curl line that work as printed, and the same token at each start', async () => {
  const port = await freePort()
  const token = await makeToken('demo')
  const first = await spawnDevelopment(stateDirectory, port, token)
  await untilPrinted(first.output)
  const base = /SCIM base URL +(\S+)/.exec(first.output())?.[1]
  const printed = / Token +(\S+)/.exec(first.output())?.[1]
  expect(base).toBe(`http://127.0.0.1:${port}/scim/v2/demo`)
  expect(printed).toBe(token)
  const line = /^ *(curl .*)$/m.exec(first.output())?.[1]
  const answer = await run(String(line))
  expect(JSON.parse(answer)).toMatchObject({ totalResults: 0, Resources: [] })
  const made = await client(fetch, String(base), token).call('POST', '/Users', person())
  await killGroup(first.child)
  const second = await spawnDevelopment(stateDirectory, port, token)
  await untilPrinted(second.output)
  expect(second.output()).toContain(String(line))
  expect(JSON.parse(await run(String(line))).Resources[0].id).toBe(made.body.id)
  await killGroup(second.child)
})

async function untilPrinted(output: () => string): Promise<void> {
  while (!output().includes('Ctrl-C')) await new Promise((resolve) => setTimeout(resolve, 20))
}

async function run(line: string): Promise<string> {
  const { execFile } = await import('node:child_process')
  return new Promise((resolve, reject) => {
    execFile('bash', ['-c', line], (error, stdout) => (error ? reject(error) : resolve(stdout)))
  })
}
