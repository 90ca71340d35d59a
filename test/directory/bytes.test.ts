/** Lists of what is long: an answer is bounded by its bytes, and nothing is left out of it unsaid. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { app } from '../../src/app'
import { answerBytes } from '../../src/limits'
import { bindings, homeDatabase, send, tenant } from '../support/gateway'
import { patch, person, type ScimClient } from '../support/tenant'
import { nextPage } from '../support/pages'

const searchUrn = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest'

/** People whose attributes take this many bytes each, written straight into the table. */
async function fillLong(scim: ScimClient, count: number, bytes: number): Promise<void> {
  for (let start = 0; start < count; start += 10) {
    await homeDatabase
      .prepare(
        `insert into users (tenant_id, id, attributes, search, version, operation, created_at, updated_at)
         select tenants.id, ?1 || '-long-' || number.value,
           json_object('userName', 'long' || number.value, 'active', json('true'),
             'title', hex(zeroblob(?3 / 2))),
           json_object('userName', 'long' || number.value, 'active', json('true')), 1, '', 1, 1
         from tenants, json_each(?2) as number where tenants.slug = ?1`,
      )
      .bind(scim.slug, numbers(start, Math.min(start + 10, count)), bytes)
      .run()
  }
  await homeDatabase
    .prepare(
      'update tenants set user_count = user_count + ?, active_count = user_count where slug = ?',
    )
    .bind(count, scim.slug)
    .run()
}

function numbers(start: number, end: number): string {
  return JSON.stringify(Array.from({ length: end - start }, (_, index) => start + index))
}

/** A team of people who are in the table already, in the order of their ids. */
async function fillTeam(scim: ScimClient, name: string, count: number): Promise<string> {
  const team = (await scim.call('POST', '/Groups', { displayName: name })).body.id
  await homeDatabase.batch([
    homeDatabase
      .prepare(
        `insert into memberships (tenant_id, team_id, user_id)
         select users.tenant_id, ?1, users.id from users
         join tenants on tenants.id = users.tenant_id and tenants.slug = ?2 order by users.id limit ?3`,
      )
      .bind(team, scim.slug, count),
    homeDatabase.prepare('update teams set member_count = ? where id = ?').bind(count, team),
  ])
  return team
}

async function fillShort(scim: ScimClient, count: number): Promise<void> {
  for (let start = 0; start < count; start += 20_000) {
    await homeDatabase
      .prepare(
        `insert into users (tenant_id, id, attributes, search, version, operation, created_at, updated_at)
         select tenants.id, substr(?1, 3, 8) || substr('0000000000000000000000000000' || number.value, -28),
           json_object('userName', 'u' || number.value, 'displayName', 'Person ' || number.value),
           json_object('userName', 'u' || number.value), 1, '', 1, 1
         from tenants, json_each(?2) as number where tenants.slug = ?1`,
      )
      .bind(scim.slug, numbers(start, Math.min(start + 20_000, count)))
      .run()
  }
}

async function bytesOf(scim: ScimClient, path: string): Promise<number> {
  const headers = { Authorization: `Bearer ${scim.token}` }
  const response = await send(new Request(`${scim.baseUrl}${path}`, { headers }))
  expect(response.status, path).toBe(200)
  return (await response.arrayBuffer()).byteLength
}

/** Rows that D1 answers to the Worker for a request. */
async function rowsFor(scim: ScimClient, path: string): Promise<number> {
  let rows = 0
  const DB = {
    prepare: (text: string) => homeDatabase.prepare(text),
    batch: async (statements: D1PreparedStatement[]) => {
      const results = await homeDatabase.batch(statements)
      for (const { results: answered } of results) rows += answered.length
      return results
    },
  } as unknown as D1Database
  const headers = { Authorization: `Bearer ${scim.token}` }
  const context = createExecutionContext()
  const request = new Request(`${scim.baseUrl}${path}`, { headers })
  await (await app.fetch(request, { ...bindings, DB }, context)).arrayBuffer()
  await waitOnExecutionContext(context)
  return rows
}

const names = (answer: { readonly body: any }): string[] =>
  answer.body.Resources.map(({ userName }: { userName: string }) => userName)

describe('a page of long people', () => {
  it('ends before 8 MiB, says how many are on it, and goes on where it ended', async () => {
    const scim = await tenant()
    await fillLong(scim, 61, 250_000)
    const seen: string[] = []
    let pages = 0
    while (seen.length < 61) {
      const path = `/Users?startIndex=${seen.length + 1}&count=100`
      expect(await bytesOf(scim, path)).toBeLessThan(answerBytes)
      const page = await scim.call('GET', path)
      expect(page.body).toMatchObject({ totalResults: 61, startIndex: seen.length + 1 })
      expect(page.body.itemsPerPage).toBe(page.body.Resources.length)
      expect(page.body.Resources[0].title).toHaveLength(250_000)
      seen.push(...names(page))
      pages += 1
    }
    expect(seen).toEqual(Array.from({ length: 61 }, (_, index) => `long${index}`))
    expect(pages).toBe(2)
  })

  it('is walked by cursors forth and back, in any order, each person once', async () => {
    const scim = await tenant()
    await fillLong(scim, 61, 250_000)
    for (const query of ['', '&sortBy=userName&sortOrder=descending', '&filter=active+eq+true']) {
      const seen: string[][] = []
      let cursor = ''
      let back = ''
      for (let number = 1; ; number = nextPage(number)) {
        const page = await scim.call('GET', `/Users?cursor=${cursor}${query}`)
        expect(page.body.totalResults).toBe(61)
        seen.push(names(page))
        if (page.body.previousCursor !== undefined) back = page.body.previousCursor
        if (page.body.nextCursor === undefined) break
        cursor = page.body.nextCursor
      }
      expect(new Set(seen.flat()).size, query).toBe(61)
      expect(seen.flat()).toHaveLength(61)
      const before = await scim.call('GET', `/Users?cursor=${back}${query}`)
      const all = seen.flat()
      const last = seen.at(-1)?.[0] ?? ''
      expect(names(before).at(-1), query).toBe(all[all.indexOf(last) - 1])
    }
  })

  it('holds at least one, however long, and as many as ever of those who are short', async () => {
    const scim = await tenant()
    for (let index = 0; index < 3; index += 1) await scim.call('POST', '/Users', person())
    await fillLong(scim, 1, 1_500_000)
    const page = await scim.call('GET', '/Users')
    expect(page.body).toMatchObject({ totalResults: 4, itemsPerPage: 4 })
    expect(page.body.Resources[3].title).toHaveLength(1_500_000)
  })
})

describe('a search of all types', () => {
  it('ends before 8 MiB as well, and goes from type to type without a gap', async () => {
    const scim = await tenant()
    await fillLong(scim, 40, 250_000)
    const teams: string[] = []
    for (const name of ['A', 'B']) {
      teams.push((await scim.call('POST', '/Groups', { displayName: name })).body.id)
    }
    const seen: string[] = []
    while (seen.length < 42) {
      // What an answer weighs is measured for each one (test/support/documented-limits.ts).
      const body = { schemas: [searchUrn], startIndex: seen.length + 1 }
      const page = await scim.call('POST', '/.search', body)
      expect(page.body.totalResults).toBe(42)
      for (const { id } of page.body.Resources) seen.push(id)
    }
    const long = Array.from({ length: 40 }, (_, index) => `${scim.slug}-long-${index}`)
    expect(seen).toEqual([...long, ...teams])
  })

  it('ends before 8 MiB where people and teams would fit into an answer of their own', async () => {
    const scim = await tenant()
    await fillLong(scim, 20, 250_000)
    await homeDatabase
      .prepare(
        `insert into teams (tenant_id, id, name_key, attributes, search, version, operation, member_count, created_at, updated_at)
         select tenants.id, ?1 || '-team-' || number.value, 'team' || number.value,
           json_object('displayName', 'team' || number.value, 'externalId', hex(zeroblob(125000))),
           json_object('displayName', 'team' || number.value), 1, '', 0, 1, 1
         from tenants, json_each(?2) as number where tenants.slug = ?1`,
      )
      .bind(scim.slug, numbers(0, 20))
      .run()
    const body = { schemas: [searchUrn] }
    const { itemsPerPage } = (await scim.call('POST', '/.search', body)).body
    expect(itemsPerPage).toBeGreaterThan(20)
    expect(itemsPerPage).toBeLessThan(40)
  })
})

describe('the members of teams', () => {
  it('are complete on each page: one ends before the team that does not fit', async () => {
    const scim = await tenant()
    await fillShort(scim, 100_000)
    const teams: string[] = []
    for (const name of ['A', 'B', 'C', 'D']) teams.push(await fillTeam(scim, name, 60_000))
    const small = await fillTeam(scim, 'E', 3)
    const seen: [string, number][] = []
    while (seen.length < 5) {
      const path = `/Groups?startIndex=${seen.length + 1}`
      expect(await bytesOf(scim, path)).toBeLessThan(answerBytes)
      const page = await scim.call('GET', path)
      expect(page.body.totalResults).toBe(5)
      for (const team of page.body.Resources) seen.push([team.id, team.members.length])
      const members = page.body.Resources.flatMap((team: { members: unknown[] }) => team.members)
      // Members of teams behind the page are not even read.
      expect(await rowsFor(scim, path)).toBeLessThan(members.length + 20)
    }
    expect(seen).toEqual([...teams.map((id) => [id, 60_000]), [small, 3]])
  })

  it('are shown with names up to 1,000, and beyond that all of them by their ids', async () => {
    const scim = await tenant()
    await fillShort(scim, 1_001)
    const few = await fillTeam(scim, 'Few', 1_000)
    const many = await fillTeam(scim, 'Many', 1_001)
    const [first, second] = (await scim.call('GET', '/Groups')).body.Resources
    expect(first.members[7]).toMatchObject({ display: 'Person 7', type: 'User' })
    expect(Object.keys(second.members[7])).toEqual(['value'])
    expect(second.members).toHaveLength(1_001)
    // Whichever way a client reads a team, it is the same, and has the same tag.
    for (const [id, listed] of [
      [few, first],
      [many, second],
    ] as const) {
      const single = await scim.call('GET', `/Groups/${id}`)
      expect(single.body.meta).toEqual(listed.meta)
      expect(new Set(single.body.members.map(JSON.stringify as never))).toEqual(
        new Set(listed.members.map(JSON.stringify as never)),
      )
    }
    const found = await scim.call('PATCH', `/Groups/${many}`, {
      ...patch({ op: 'remove', path: 'members[display eq "Person 7"]' }),
    })
    expect(found.status).toBeLessThan(300)
    expect((await scim.call('GET', `/Groups/${many}`)).body.members).toHaveLength(1_000)
  })

  it('that no answer can hold are refused by name, and the team is there without them', async () => {
    const scim = await tenant()
    await fillShort(scim, 120_001)
    const id = await fillTeam(scim, 'All', 120_001)
    const hidden = '?excludedAttributes=members'
    for (const path of ['/Groups', `/Groups/${id}`]) {
      const refused = await scim.call('GET', path)
      expect([refused.status, refused.code]).toEqual([400, 'teamTooLarge'])
      expect(refused.body.detail).toContain(id)
      expect((await scim.call('GET', `${path}${hidden}`)).status).toBe(200)
    }
    const renamed = await scim.call(
      'PATCH',
      `/Groups/${id}?attributes=displayName,members`,
      patch({ op: 'replace', path: 'displayName', value: 'Everybody' }),
    )
    expect(renamed.status).toBe(204)
    expect((await scim.call('GET', `/Groups/${id}${hidden}`)).body.displayName).toBe('Everybody')
  })
})
