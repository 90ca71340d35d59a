/** The line of a team's object: what waits too long is not done, and a failure is nobody else's. */
import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { findCredential } from '../../src/tokens/credential'
import { hashToken } from '../../src/tokens/secret'
import type { Team } from '../../src/teams/team'
import type { TeamRequest } from '../../src/teams/commands'
import { disagreements, readContents } from '../support/agreement'
import { bindings, eventsOf, tenant } from '../support/gateway'
import { patch, person, type ScimClient } from '../support/tenant'

/** D1 whose batches are looked at before they are sent. */
function watched(before: (index: number) => Promise<void>): D1Database {
  let index = -1
  return {
    prepare: (text: string) => bindings.DB.prepare(text),
    batch: async (statements: D1PreparedStatement[]) => {
      index += 1
      await before(index)
      return bindings.DB.batch(statements)
    },
  } as unknown as D1Database
}

interface Scene {
  readonly scim: ScimClient
  readonly people: readonly string[]
  readonly teamId: string
  readonly request: (until?: number) => TeamRequest
  /** Runs with the team's object, whose D1 is this one. */
  readonly inObject: <T>(database: D1Database, run: (team: Team) => Promise<T>) => Promise<T>
}

async function setScene(count: number): Promise<Scene> {
  const scim = await tenant()
  const people: string[] = []
  for (let index = 0; index < count; index += 1) {
    people.push((await scim.call('POST', '/Users', person())).body.id)
  }
  const teamId = (await scim.call('POST', '/Groups', { displayName: 'Team' })).body.id
  const found = await findCredential(bindings.DB, await hashToken(scim.token))
  if (!found.ok || !found.value) throw new Error('No credential')
  const credential = found.value
  return {
    scim,
    people,
    teamId,
    request: (until = Date.now() + 600_000) => ({
      credential: { ...credential, until },
      operation: crypto.randomUUID(),
      requestId: 'test',
      userAgent: undefined,
      ifMatch: undefined,
      teamId,
      baseUrl: scim.baseUrl,
      members: 'few',
      isRepeated: false,
    }),
    inObject: (database, run) => {
      const stub = bindings.TEAM.getByName(`${credential.tenantId}/${teamId}`)
      return runInDurableObject(stub as never, async (team: Team) => {
        Reflect.set(team, 'env', { ...bindings, DB: database })
        return run(team)
      })
    },
  }
}

const add = (...ids: readonly string[]) =>
  patch({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) }) as never
const rename = (name: string) => patch({ op: 'replace', path: 'displayName', value: name }) as never

async function membersOf({ scim, teamId }: Scene): Promise<string[]> {
  const { body } = await scim.call('GET', `/Groups/${teamId}`)
  return body.members.map(({ value }: { value: string }) => value)
}

describe('the line of a team', () => {
  it('does nothing for whom it has kept waiting until they were answered', async () => {
    const scene = await setScene(4)
    const [first = '', late = '', later = '', inTime = ''] = scene.people
    let open: () => void = () => undefined
    const opened = new Promise<void>((resolve) => (open = resolve))
    const database = watched((index) => (index === 0 ? opened : Promise.resolve()))
    const until = Date.now() + 100
    const outcomes = await scene.inObject(database, async (team) => {
      const all = [
        team.patch(scene.request(), add(first)),
        team.patch(scene.request(until), add(late)),
        team.patch(scene.request(until), add(later)),
        team.patch(scene.request(until), rename('Late')),
        team.replace(scene.request(until), { displayName: 'Late', members: [] }),
        team.patch({ ...scene.request(until), isRepeated: true }, rename('Late, again')),
        team.patch(scene.request(), add(inTime)),
        team.delete(scene.request(until)),
      ]
      while (Date.now() <= until) await scheduler.wait(20)
      open()
      return Promise.all(all)
    })
    expect(outcomes.map((outcome) => outcome.ok || outcome.error.code)).toEqual([
      true,
      'unavailable',
      'unavailable',
      'unavailable',
      'unavailable',
      'interrupted',
      true,
      'unavailable',
    ])
    expect((await membersOf(scene)).sort()).toEqual([first, inTime].sort())
    const types = (await eventsOf(scene.scim)).map(({ type }) => type)
    expect(types.filter((type) => type.startsWith('team.'))).toEqual([
      'team.created',
      'team.member_added',
      'team.member_added',
    ])
    expect(disagreements(await readContents(bindings.DB, scene.scim.slug))).toEqual([])
  })

  it('gives D1 no more time than the caller has: a batch that comes later is not begun', async () => {
    const scene = await setScene(1)
    const [ann = ''] = scene.people
    const until = Date.now() + 60
    const database = watched(async () => {
      while (Date.now() <= until) await scheduler.wait(20)
    })
    const outcome = await scene.inObject(database, (team) =>
      team.patch(scene.request(until), add(ann)),
    )
    expect(outcome.ok || outcome.error.code).toBe('unavailable')
    expect(await membersOf(scene)).toEqual([])
  })

  it('answers each change of a shared turn for itself when one of its batches fails', async () => {
    const scene = await setScene(6)
    const [a = '', b = '', c = '', d = '', e = '', f = ''] = scene.people
    let open: () => void = () => undefined
    const opened = new Promise<void>((resolve) => (open = resolve))
    // One turn of three batches: f, a and b join; a leaves and c joins; a, d and e join.
    const database = watched(async (index) => {
      if (index === 0) await opened
      if (index === 1) throw new Error('D1_ERROR: something that nobody has described')
    })
    const remove = patch({ op: 'remove', path: 'members', value: [{ value: a }] }) as never
    const outcomes = await scene.inObject(database, async (team) => {
      const all = [
        team.patch(scene.request(), add(f)),
        team.patch(scene.request(), add(a)),
        team.patch(scene.request(), add(b)),
        team.patch(scene.request(), remove),
        team.patch(scene.request(), add(c)),
        team.patch(scene.request(), add(a)),
        team.patch(scene.request(), add(d, e)),
      ]
      open()
      return Promise.all(all)
    })
    expect(outcomes.map((outcome) => outcome.ok || outcome.error.code)).toEqual([
      true,
      true,
      true,
      'unforeseen',
      'unforeseen',
      true,
      true,
    ])
    expect((await membersOf(scene)).sort()).toEqual([a, b, d, e, f].sort())
    expect(disagreements(await readContents(bindings.DB, scene.scim.slug))).toEqual([])
  })
})
