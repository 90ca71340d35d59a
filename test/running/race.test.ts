/** Many clients on one team at the same time. Goes red when the team's turns are taken out. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { adminToken, startServer, type Server } from '../support/server.ts'
import { versionOf as versionIn } from '../support/tag.ts'
import { newTenant, patch, person, type Answer, type ScimClient } from '../support/tenant.ts'

let server: Server

beforeAll(async () => {
  server = await startServer()
})

afterAll(async () => {
  await server.stop()
})

interface EventRow {
  readonly type: string
  readonly member_id: string | null
  readonly seq: number
}

async function eventsOf(teamId: string): Promise<EventRow[]> {
  const database = await server.miniflare.getD1Database('DB')
  const { results } = await database
    .prepare('select seq, type, member_id from events where resource_id = ? order by seq')
    .bind(teamId)
    .all<EventRow>()
  return results
}

async function people(client: ScimClient, count: number): Promise<string[]> {
  const made = await Promise.all(
    Array.from({ length: count }, () => client.call('POST', '/Users', person())),
  )
  return made.map(({ body }) => body.id as string)
}

function members(team: Answer): string[] {
  return team.body.members.map(({ value }: { value: string }) => value).sort()
}

/** What the events of a team say who is in it. */
function membersByEvents(events: readonly EventRow[]): string[] {
  const inside = new Set<string>()
  for (const { type, member_id: id } of events) {
    if (id === null) continue
    const isIn = inside.has(id)
    if (type === 'team.member_added') {
      expect(isIn, `${id} joins once`).toBe(false)
      inside.add(id)
    } else {
      expect(isIn, `${id} leaves after joining`).toBe(true)
      inside.delete(id)
    }
  }
  return [...inside].sort()
}

function versionOf(answer: Answer): number {
  return versionIn(answer.headers.get('ETag'))
}

/** Events of every loss are compared here: nothing may wait. */
const unwatched = { guard: { deactivations: 1 } }

it('keeps every change of 64 clients that add, remove and rename at once', async () => {
  const client = await newTenant(fetch, server.url, adminToken, unwatched)
  const ids = await people(client, 64)
  const half = ids.slice(0, 32)
  const team = await client.call('POST', '/Groups', {
    displayName: 'Contended',
    members: half.map((value) => ({ value })),
  })
  const address = `/Groups/${team.body.id}`
  // Each client is about one person: in or out does not depend on who is first.
  const clients = ids.map(async (id, index) => {
    const isIn = index < 32
    const op = isIn ? 'remove' : 'add'
    const answers: Answer[] = []
    const send = async (...operations: unknown[]) => {
      answers.push(await client.call('PATCH', address, patch(...operations)))
    }
    await send({ op, path: 'members', value: [{ value: id }] })
    await send({ op: 'replace', path: 'displayName', value: `Contended ${index}` })
    await send({ op, path: `members`, value: [{ value: id }] })
    if (index % 4 === 0) {
      await send(
        { op: 'remove', path: `members[value eq "${id}"]` },
        { op: 'add', path: 'members', value: [{ value: id }] },
      )
    }
    return answers
  })
  const all = (await Promise.all(clients)).map((answers) => {
    expect(answers.map(({ status }) => status)).not.toContain(503)
    const versions = answers.map(versionOf)
    expect(versions).toEqual([...versions].sort((left, right) => left - right))
    return answers
  })
  expect(all.flat().every(({ status }) => status === 200 || status === 204)).toBe(true)
  const after = await client.call('GET', address)
  const expected = ids.filter((_, index) => index >= 32 || index % 4 === 0).sort()
  expect(members(after)).toEqual(expected)
  expect(membersByEvents(await eventsOf(team.body.id))).toEqual(expected)
})

it('ends in one of the lists when 64 clients replace the whole list at once', async () => {
  const client = await newTenant(fetch, server.url, adminToken, unwatched)
  const ids = await people(client, 16)
  const team = await client.call('POST', '/Groups', { displayName: 'Replaced' })
  const lists = Array.from({ length: 64 }, (_, index) =>
    ids.filter((_id, place) => (index * 7 + place) % 5 < 2).sort(),
  )
  const answers = await Promise.all(
    lists.map((list, index) => {
      const wanted = list.map((value) => ({ value }))
      return index % 2 === 0
        ? client.call('PUT', `/Groups/${team.body.id}`, {
            displayName: `Replaced ${index}`,
            members: wanted,
          })
        : client.call(
            'PATCH',
            `/Groups/${team.body.id}`,
            patch({ op: 'replace', path: 'members', value: wanted }),
          )
    }),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  // Each answer shows the team as it was when its own request was done.
  answers.forEach((answer, index) => expect(members(answer)).toEqual(lists[index]))
  const versions = answers.map(versionOf)
  expect(new Set(versions).size).toBeGreaterThan(1)
  const last = answers[versions.indexOf(Math.max(...versions))]
  const after = await client.call('GET', `/Groups/${team.body.id}`)
  expect(last && members(last)).toEqual(members(after))
  expect(membersByEvents(await eventsOf(team.body.id))).toEqual(members(after))
})

it('lets nobody overwrite what they have not seen: of 64 writers with one tag, one wins', async () => {
  const client = await newTenant(fetch, server.url, adminToken, unwatched)
  const team = await client.call('POST', '/Groups', { displayName: 'Tagged' })
  const tag = String(team.headers.get('ETag'))
  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, index) =>
      client.call(
        'PATCH',
        `/Groups/${team.body.id}`,
        patch({ op: 'replace', path: 'displayName', value: `Tagged ${index}` }),
        { 'If-Match': tag },
      ),
    ),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  expect(statuses.filter((status) => status === 412)).toHaveLength(63)
})

it('takes people who are deleted meanwhile out of the team, and leaves nobody behind', async () => {
  const client = await newTenant(fetch, server.url, adminToken, unwatched)
  const ids = await people(client, 32)
  const team = await client.call('POST', '/Groups', { displayName: 'Leaving' })
  const answers = await Promise.all(
    ids.flatMap((id, index) => [
      client.call(
        'PATCH',
        `/Groups/${team.body.id}`,
        patch({ op: 'add', path: 'members', value: [{ value: id }] }),
      ),
      ...(index % 2 === 0 ? [client.call('DELETE', `/Users/${id}`)] : []),
    ]),
  )
  for (const { status } of answers) expect([200, 204, 400]).toContain(status)
  const after = await client.call('GET', `/Groups/${team.body.id}`)
  const stayed = ids.filter((_, index) => index % 2 === 1).sort()
  expect(members(after)).toEqual(stayed)
  expect(membersByEvents(await eventsOf(team.body.id))).toEqual(stayed)
  const database = await server.miniflare.getD1Database('DB')
  const row = await database
    .prepare(
      `select member_count, (select count(*) from memberships where team_id = teams.id) as rows
       from teams where id = ?`,
    )
    .bind(team.body.id)
    .first()
  expect(row).toEqual({ member_count: stayed.length, rows: stayed.length })
})
