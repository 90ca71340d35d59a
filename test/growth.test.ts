/** What a request writes is bounded by what was sent: no small request makes the database much larger. */
import * as fc from 'fast-check'
import { describe, expect, inject, it } from 'vitest'
import { admin, homeDatabase, send, tenant } from './support/gateway'
import { spend } from './support/guard'
import { bulky, holdsNothing, patch, person, groupUrn, type ScimClient } from './support/tenant'

const bulkUrn = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'
const longUrn = 'urn:example:params:scim:schemas:extension:long:2.0:User'
const runs = 40 + inject('fuzzRuns') * 40

/** Bytes of a page of the database: growth is counted in pages. */
const databasePage = 4_096

async function databaseBytes(): Promise<number> {
  const { meta } = await homeDatabase.prepare('select 1').run()
  return meta.size_after ?? 0
}

/** The first people of the scene have 50 KB each. */
const longPeople = 6

interface Scene {
  readonly scim: ScimClient
  readonly people: readonly string[]
  readonly teams: readonly string[]
}

/** People of all lengths, who are in teams with short and with long names. */
async function setScene(settings: object = holdsNothing): Promise<Scene> {
  const scim = await tenant(settings)
  const people: string[] = []
  const made = async (path: string, body: unknown): Promise<string> => {
    const answer = await scim.call('POST', path, body)
    expect(answer.status, JSON.stringify(answer.body)).toBe(201)
    return answer.body.id
  }
  for (const bytes of [...Array<number>(longPeople).fill(50_000), 10_000, 3_000, 500, 0, 0]) {
    const parts = Array.from({ length: bytes / 500 }, (_, index) => String(index).padEnd(490, 'x'))
    const body = person({ [longUrn]: { parts: ['first', ...parts], other: 'y' } })
    people.push(await made('/Users', body))
  }
  for (let index = 0; index < 40; index += 1) {
    const userName = `${'long'.repeat(40)}${index}@example.com`
    people.push(await made('/Users', { ...person(), userName }))
  }
  const teams: string[] = []
  for (const displayName of ['Short', 'L'.repeat(250)]) {
    const body = { schemas: [groupUrn], displayName, members: people.map((value) => ({ value })) }
    teams.push(await made('/Groups', body))
  }
  return { scim, people, teams }
}

interface Sent {
  readonly method: string
  readonly path: string
  readonly body?: unknown
}

function requests({ people, teams }: Scene): fc.Arbitrary<Sent> {
  const personId = fc.constantFrom(...people)
  const teamId = fc.constantFrom(...teams)
  const text = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.integer({ min: 1, max: 250 }).map((length) => 'é'.repeat(length)),
  )
  const operation = fc.oneof(
    text.map((value) => ({ op: 'replace', path: 'nickName', value })),
    fc.boolean().map((value) => ({ op: 'replace', path: 'active', value })),
    text.map((value) => ({ op: 'replace', path: `${longUrn}:other`, value })),
    text.map((value) => ({ op: 'add', path: 'roles', value: [{ value }] })),
    text.map((value) => ({ op: 'replace', path: 'name.middleName', value })),
  )
  const changeOf = (list: fc.Arbitrary<string>) =>
    fc
      .tuple(list, fc.array(operation, { minLength: 1, maxLength: 3 }))
      .map(([id, done]) => ({ method: 'PATCH', path: `/Users/${id}`, body: patch(...done) }))
  const change = changeOf(personId)
  const members = fc.uniqueArray(personId, { minLength: 1, maxLength: people.length })
  const membership = fc
    .tuple(teamId, fc.constantFrom('add', 'remove', 'replace'), members)
    .map(([id, op, list]) => ({
      method: 'PATCH',
      path: `/Groups/${id}`,
      body: patch({ op, path: 'members', value: list.map((value) => ({ value })) }),
    }))
  const rename = fc.tuple(teamId, fc.integer({ min: 1, max: 250 })).map(([id, length]) => ({
    method: 'PATCH',
    path: `/Groups/${id}`,
    body: patch({ op: 'replace', path: 'displayName', value: `T${'n'.repeat(length)}` }),
  }))
  const creation = text.map((nickName) => ({
    method: 'POST',
    path: '/Users',
    body: person({ nickName }),
  }))
  const changesOf = (list: fc.Arbitrary<string>, maxLength: number) =>
    fc.uniqueArray(changeOf(list), { minLength: 2, maxLength, selector: ({ path }) => path })
  const bulk = fc.oneof(
    changesOf(personId, 30),
    changesOf(fc.constantFrom(...people.slice(0, longPeople)), longPeople),
  )
  return fc.oneof(
    change,
    membership,
    rename,
    creation,
    bulk.map((list) => ({
      method: 'POST',
      path: '/Bulk',
      body: {
        schemas: [bulkUrn],
        Operations: list.map(({ method, path, body }) => ({ method, path, data: body })),
      },
    })),
  )
}

/** Bytes that a request may add to the database. */
function allowance({ method, path, body }: Sent): number {
  const size =
    `${method} ${path}`.length + new TextEncoder().encode(JSON.stringify(body ?? '')).length
  return 20 * size + 64 * 1024
}

describe('the database', () => {
  it('grows at most by 20 times the request and 64 KiB, whatever the request', async () => {
    const scene = await setScene()
    await fc.assert(
      fc.asyncProperty(requests(scene), async (sent) => {
        const before = await databaseBytes()
        const answer = await scene.scim.call(sent.method, sent.path, sent.body)
        const grown = (await databaseBytes()) - before
        expect(answer.status).toBeLessThan(500)
        expect(grown).toBeLessThanOrEqual(allowance(sent) + databasePage)
      }),
      { numRuns: runs, endOnFailure: true },
    )
  })

  it('grows by a deletion at most by 64 KiB, and 1 KiB for each membership that ends', async () => {
    const { scim, people, teams } = await setScene()
    const remove = async (path: string, memberships: number) => {
      const before = await databaseBytes()
      const answer = await scim.call('DELETE', path)
      expect(answer.status).toBe(204)
      const grown = (await databaseBytes()) - before
      expect(grown).toBeLessThanOrEqual(64 * 1024 + memberships * 1_024 + databasePage)
    }
    await remove(`/Users/${people[0]}`, 2)
    await remove(`/Groups/${teams[1]}`, people.length - 1)
  })

  it('keeps its size when 200 people with long names join a team with a long name: events refer', async () => {
    const scim = await tenant(holdsNothing)
    const ids: string[] = []
    for (let index = 0; index < 200; index += 1) {
      const userName = `${'é'.repeat(230)}${index}@example.com`
      ids.push((await scim.call('POST', '/Users', { ...person(), userName })).body.id)
    }
    const name = 'é'.repeat(250)
    const team = (await scim.call('POST', '/Groups', { displayName: name })).body.id
    const sent = {
      method: 'PATCH',
      path: `/Groups/${team}`,
      body: patch({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) }),
    }
    const before = await databaseBytes()
    const answer = await send(
      new Request(`${scim.baseUrl}${sent.path}`, {
        method: sent.method,
        headers: { Authorization: `Bearer ${scim.token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(sent.body),
      }),
    )
    expect(answer.ok).toBe(true)
    expect((await databaseBytes()) - before).toBeLessThan(allowance(sent))
  })
})

/** What an overlay keeps of a person beside the attributes: its names, its cause, its indexes. */
const overlayBytes = 66 * 1024

/** A request of the provider, or one of the operator that begins with the tenant's address. */
interface Asked extends Sent {
  readonly isOperator?: boolean
}

describe('the database, of a tenant of which something is held,', () => {
  async function setHolding() {
    const scene = await setScene({})
    await spend(scene.scim)
    await admin.call('PATCH', `/tenants/${scene.scim.slug}`, { 'guard.delay': 0 })
    return scene
  }

  /** Number of people and teams whom the application sees by a copy of their own. */
  async function copiesOf({ scim }: Scene): Promise<number> {
    const row = await homeDatabase
      .prepare(
        `select count(released) as copies from held join tenants on tenants.id = tenant_id where slug = ?`,
      )
      .bind(scim.slug)
      .first<{ copies: number }>()
    return row?.copies ?? 0
  }

  async function holdOf({ scim }: Scene): Promise<string> {
    const { holds } = (await admin.call('GET', `/tenants/${scim.slug}/holds`)).body
    return holds[0]?.id ?? 'none'
  }

  function asked({ people, teams }: Scene, hold: string): fc.Arbitrary<Asked> {
    const personId = fc.constantFrom(...people)
    const some = fc.uniqueArray(personId, { minLength: 1, maxLength: 12 })
    const value = fc.boolean()
    const switched = (id: string, to: boolean) => ({
      method: 'PATCH',
      path: `/Users/${id}`,
      body: patch({ op: 'replace', path: 'active', value: to }),
    })
    const operator = (path: string, body?: unknown, method = 'POST') => ({
      method,
      path,
      body,
      isOperator: true,
    })
    const text = fc.string({ minLength: 1, maxLength: 60 })
    return fc.oneof(
      fc.tuple(personId, value).map(([id, to]) => switched(id, to)),
      fc.tuple(some, value).map(([ids, to]) => ({
        method: 'POST',
        path: '/Bulk',
        body: {
          schemas: [bulkUrn],
          Operations: ids.map((id) => {
            const { method, path, body } = switched(id, to)
            return { method, path, data: body }
          }),
        },
      })),
      fc.tuple(personId, text).map(([id, title]) => ({
        method: 'PATCH',
        path: `/Users/${id}`,
        body: patch({ op: 'replace', path: 'title', value: title }),
      })),
      fc.tuple(fc.constantFrom(...teams), some).map(([id, ids]) => ({
        method: 'PATCH',
        path: `/Groups/${id}`,
        body: patch({ op: 'remove', path: 'members', value: ids.map((one) => ({ value: one })) }),
      })),
      // What was never seen is described.
      fc.tuple(text, fc.nat(200)).map(([shown, number]) => ({
        method: 'POST',
        path: '/Users',
        body: person({ [`urn:example:seen:${number}`]: { [`part${number}`]: shown } }),
      })),
      some.map((ids) => operator(`/holds/${hold}/release`, { people: ids })),
      some.map((ids) => operator(`/holds/${hold}/discard`, { people: ids })),
      some.map((ids) => operator('/drift/release', { people: ids })),
      fc.constant(operator(`/holds/${hold}/undo`)),
      fc
        .uniqueArray(fc.nat(60), { maxLength: 20 })
        .map((list) =>
          operator('', { 'guard.protected': list.map((one) => `name${one}@example.com`) }, 'PATCH'),
        ),
      text.map((label) => operator('/tokens', { label })),
      text.map((label) => operator('/keys', { label })),
      text.map((label) => operator('/clients', { label, kind: 'secret' })),
      fc.nat(9).map((number) => operator('/webhooks', { url: `https://example.com/${number}` })),
    )
  }

  it('grows by no more, but for the copy of each person whom the application goes on seeing as before', async () => {
    const scene = await setHolding()
    const { scim, people } = scene
    await scim.call('PATCH', `/Users/${people[7]}`, {
      ...patch({ op: 'replace', path: 'active', value: false }),
    })
    const hold = await holdOf(scene)
    expect(hold).not.toBe('none')
    const seen = new Map<string, Set<number>>()
    await fc.assert(
      fc.asyncProperty(asked(scene, hold), async (sent) => {
        const [before, copies] = [await databaseBytes(), await copiesOf(scene)]
        const { method, path, body } = sent
        const answer = sent.isOperator
          ? await admin.call(method, `/tenants/${scim.slug}${path}`, body)
          : await scim.call(method, path, body)
        const kept = Math.max((await copiesOf(scene)) - copies, 0)
        const grown = (await databaseBytes()) - before
        const kind = `${method} ${path.replace(/[0-9a-f-]{36}/g, '{id}')}`
        seen.set(kind, (seen.get(kind) ?? new Set()).add(answer.status))
        expect(answer.status, `${kind}: ${JSON.stringify(answer.body)}`).toBeLessThan(500)
        expect(grown, kind).toBeLessThanOrEqual(
          allowance(sent) + kept * overlayBytes + databasePage,
        )
      }),
      { numRuns: 2 * runs, endOnFailure: true },
    )
    // Nothing of it was refused for its form: each kind was done at least once.
    for (const [kind, statuses] of seen) {
      expect(
        [...statuses].some((status) => status < 300),
        `${kind}: ${[...statuses]}`,
      ).toBe(true)
    }
  })

  it('grows by an undo by two copies of each person who is back at most', async () => {
    const scim = await tenant({ 'guard.deactivations': 0.5 })
    const ids: string[] = []
    for (let index = 0; index < 30; index += 1) {
      ids.push((await scim.call('POST', '/Users', person(bulky))).body.id)
    }
    const remove = (list: readonly string[]) =>
      scim.call('POST', '/Bulk', {
        schemas: [bulkUrn],
        Operations: list.map((id) => ({ method: 'DELETE', path: `/Users/${id}` })),
      })
    await remove(ids.slice(0, 14))
    await remove(ids.slice(14, 25))
    const hold = await holdOf({ scim, people: [], teams: [] })
    const before = await databaseBytes()
    const undone = await admin.call('POST', `/tenants/${scim.slug}/holds/${hold}/undo`)
    const { people } = undone.body.undone
    expect(people).toBeGreaterThan(10)
    const grown = (await databaseBytes()) - before
    expect(grown).toBeLessThanOrEqual(64 * 1024 + people * 2 * overlayBytes + databasePage)
  })
})
