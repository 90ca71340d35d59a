/**
 * The wall between tenants. Every route, and every place of a request in which a value can stand, is
 * tried with what belongs to tenant A by somebody who holds the credentials of tenant B: nothing of A
 * is seen, and nothing of A changes. Then the queries are made to forget their tenant, one after the
 * other, and the same requests have to notice it.
 */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { afterEach, describe, expect, inject, it } from 'vitest'
import { app } from '../src/app'
import { readContents } from './support/agreement'
import { Faults } from './support/faults'
import { admin, bindings, homeDatabase, origin, tenant } from './support/gateway'
import { enterpriseUrn, groupUrn, patch, userUrn, type ScimClient } from './support/tenant'

/** Stands in everything that A has, so that whatever is seen of A is noticed. */
const mark = 'canary'

interface Owner {
  readonly scim: ScimClient
  readonly user: string
  readonly boss: string
  readonly team: string
  readonly tag: string
  readonly cursor: string
  /** Every id of A that can stand in a path. */
  readonly ids: readonly string[]
}

async function makeOwner(): Promise<Owner> {
  const scim = await tenant()
  const make = (name: string, more: object = {}) =>
    scim.call('POST', '/Users', {
      schemas: [userUrn],
      userName: `${mark}.${name}@example.com`,
      externalId: `${mark}-${name}`,
      displayName: `${mark} ${name}`,
      emails: [{ value: `${mark}.${name}@example.com`, primary: true }],
      ...more,
    })
  const boss = (await make('boss')).body.id
  const user = (await make('user', { [enterpriseUrn]: { manager: { value: boss } } })).body
  const team = await scim.call('POST', '/Groups', {
    schemas: [groupUrn],
    displayName: `${mark} team`,
    externalId: `${mark}-team`,
    members: [{ value: user.id }, { value: boss }],
  })
  // A refusal stands in A's log too.
  await make('user')
  const page = await scim.call('GET', '/Users?count=1&cursor=')
  const row = await homeDatabase
    .prepare('select id from tenants where slug = ?')
    .bind(scim.slug)
    .first<{ id: number }>()
  const ids = [user.id, team.body.id, scim.tokenId, String(row?.id)]
  const { version: tag } = (await scim.call('GET', `/Users/${user.id}`)).body.meta
  expect(page.body.nextCursor).toMatch(/\S/)
  return { scim, user: user.id, boss, team: team.body.id, tag, cursor: page.body.nextCursor, ids }
}

interface Stranger {
  readonly scim: ScimClient
  readonly user: string
  readonly team: string
}

/** Where there are several databases, A lives in a further one and B in the main one. */
async function makeStranger(): Promise<Stranger> {
  const scim = await tenant(undefined, 'DB')
  const user = await scim.call('POST', '/Users', { schemas: [userUrn], userName: 'stranger' })
  const members = [{ value: user.body.id }]
  const team = await scim.call('POST', '/Groups', { displayName: 'Strangers', members })
  return { scim, user: user.body.id, team: team.body.id }
}

interface Attempt {
  readonly method: string
  /** Behind the origin. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** What the answer has to be, beside showing nothing. */
  readonly expect?: (status: number, body: any) => void
}

const none = (status: number, body: any) => {
  expect([status, body.totalResults, body.Resources]).toEqual([200, 0, []])
}

const refused =
  (...statuses: readonly number[]) =>
  (status: number) => {
    expect(statuses).toContain(status)
  }

/** Every way to name what belongs to A in a SCIM request of B. */
function scimAttempts(owner: Owner, stranger: Stranger): Attempt[] {
  const { user, boss, team, tag, cursor, scim: theirs } = owner
  const base = `/scim/v2/${stranger.scim.slug}`
  const attempts: Attempt[] = []
  const add = (method: string, path: string, more: Omit<Attempt, 'method' | 'path'> = {}) =>
    attempts.push({ method, path: `${base}${path}`, ...more })
  const title = patch({ op: 'replace', path: 'displayName', value: 'Stolen' })
  const reference = { $ref: `${theirs.baseUrl}/Users/${user}` }

  for (const id of [user, team, boss]) {
    for (const path of [`/Users/${id}`, `/Groups/${id}`]) {
      add('GET', path, { expect: refused(404) })
      add('GET', path, { headers: { 'If-None-Match': tag }, expect: refused(404) })
      for (const headers of [{}, { 'If-Match': tag }, { 'If-Match': '*' }]) {
        add('PATCH', path, { headers, body: title, expect: refused(404) })
        const body = { userName: 'stolen', displayName: 'Stolen' }
        add('PUT', path, { headers, body, expect: refused(404) })
        add('DELETE', path, { headers, expect: refused(404) })
      }
      const members = patch({ op: 'add', path: 'members', value: [{ value: stranger.user }] })
      add('PATCH', path, { body: members, expect: refused(400, 404) })
    }
  }
  const lists = [
    [{ value: user }],
    [{ value: boss }, { value: user }],
    [reference],
    [{ value: team }],
  ]
  for (const value of lists) {
    const body = { displayName: `New ${attempts.length}`, members: value }
    add('POST', '/Groups', { body, expect: refused(400) })
    const put = { displayName: 'Strangers', members: value }
    add('PUT', `/Groups/${stranger.team}`, { body: put, expect: refused(400) })
    for (const op of ['add', 'replace']) {
      const change = patch({ op, path: 'members', value })
      add('PATCH', `/Groups/${stranger.team}`, { body: change, expect: refused(400) })
      const whole = patch({ op, value: { members: value } })
      add('PATCH', `/Groups/${stranger.team}`, { body: whole, expect: refused(400) })
    }
    const mixed = [...value, { value: stranger.user }]
    const both = { displayName: `Mixed ${attempts.length}`, members: mixed }
    add('POST', '/Groups', {
      body: both,
      expect: (status, answer) => {
        expect([status, answer.members.length]).toEqual([201, 1])
      },
    })
    add('PATCH', `/Groups/${stranger.team}`, {
      body: patch({ op: 'remove', path: 'members', value }),
    })
  }
  for (const path of [`members[value eq "${user}"]`, `members[display sw "${mark}"]`]) {
    add('PATCH', `/Groups/${stranger.team}`, { body: patch({ op: 'remove', path }) })
    const change = patch({ op: 'replace', path: `${path}.value`, value: user })
    add('PATCH', `/Groups/${stranger.team}`, { body: change })
  }
  for (const operation of [
    { op: 'add', path: `${enterpriseUrn}:manager`, value: { value: boss } },
    { op: 'replace', path: `${enterpriseUrn}:manager.value`, value: boss },
    { op: 'add', path: 'groups', value: [{ value: team }] },
    { op: 'replace', path: 'id', value: user },
    { op: 'add', path: `emails[value eq "${user}"].value`, value: 'x@example.com' },
  ]) {
    add('PATCH', `/Users/${stranger.user}`, { body: patch(operation) })
  }
  add('POST', '/Users', {
    body: { id: user, userName: 'other', groups: [{ value: team }], meta: { location: user } },
  })
  add('POST', '/Groups', { body: { id: team, displayName: 'Other' } })

  const filters: readonly (readonly [string, string])[] = [
    ['Users', `id eq "${user}"`],
    ['Users', `userName sw "${mark}"`],
    ['Users', `userName eq "${mark}.user@example.com"`],
    ['Users', `externalId eq "${mark}-user"`],
    ['Users', `displayName eq "${mark} user"`],
    ['Users', `emails.value eq "${mark}.user@example.com"`],
    ['Users', `emails[value eq "${mark}.user@example.com"]`],
    ['Users', `emails co "${mark}"`],
    ['Users', `groups.value eq "${team}"`],
    ['Users', `groups.display co "${mark}"`],
    ['Users', `groups[value eq "${team}"]`],
    ['Users', `id eq "${stranger.user}" and groups.value eq "${team}"`],
    ['Users', `id eq "${user}" or id eq "${boss}"`],
    ['Groups', `id eq "${team}"`],
    ['Groups', `displayName co "${mark}"`],
    ['Groups', `externalId eq "${mark}-team"`],
    ['Groups', `members.value eq "${user}"`],
    ['Groups', `members[value eq "${user}"]`],
  ]
  for (const [endpoint, filter] of filters) {
    const query = encodeURIComponent(filter)
    add('GET', `/${endpoint}?filter=${query}`, { expect: none })
    add('GET', `/${endpoint}?filter=${query}&cursor=`, { expect: none })
    add('POST', `/${endpoint}/.search`, { body: { filter }, expect: none })
  }
  add('POST', '/.search', { body: { filter: `id eq "${user}" or id eq "${team}"` }, expect: none })
  add('GET', `/?filter=${encodeURIComponent(`id eq "${user}" or id eq "${team}"`)}`, {
    expect: none,
  })
  for (const query of [
    '',
    '?sortBy=userName',
    '?startIndex=1&count=1000',
    '?filter=not (title pr)',
    '?cursor=',
    '?sortBy=displayName&cursor=',
  ]) {
    add('GET', `/Users${query}`)
    add('GET', `/Groups${query.replace('userName', 'displayName').replace('title', 'externalId')}`)
  }
  add('GET', `/Users?cursor=${cursor}&count=1`, { expect: refused(400) })
  add('GET', `/Groups?cursor=${cursor}&count=1`, { expect: refused(400) })
  add('POST', '/Users/.search', { body: { cursor, count: 1 }, expect: refused(400) })

  const each = (check: (status: number) => void) => (status: number, body: any) => {
    expect(status).toBe(200)
    for (const operation of body.Operations) check(Number(operation.status))
  }
  for (const [method, data] of [
    ['PUT', { userName: 'stolen', displayName: 'Stolen' }],
    ['PATCH', title],
    ['DELETE', undefined],
  ] as const) {
    const Operations = [user, boss, team].flatMap((id) => [
      { method, path: `/Users/${id}`, data },
      { method, path: `/Groups/${id}`, data },
      { method, path: `/Users/${id}`, data, version: tag },
    ])
    add('POST', '/Bulk', { body: { Operations }, expect: each(refused(404)) })
  }
  const members = [{ value: user }]
  const Operations = [
    { method: 'POST', path: '/Groups', bulkId: 'g', data: { displayName: 'Bulk', members } },
    {
      method: 'PATCH',
      path: `/Groups/${stranger.team}`,
      data: patch({ op: 'add', path: 'members', value: members }),
    },
  ]
  add('POST', '/Bulk', { body: { Operations }, expect: each(refused(400)) })

  for (const slug of [
    theirs.slug,
    encodeURIComponent(`${stranger.scim.slug}/../${theirs.slug}`),
    theirs.slug.toUpperCase(),
  ]) {
    for (const path of [
      '/Users',
      `/Users/${user}`,
      '/Groups',
      '/Schemas',
      '/ServiceProviderConfig',
      '/Me',
    ]) {
      attempts.push({ method: 'GET', path: `/scim/v2/${slug}${path}`, expect: refused(401, 404) })
      attempts.push({
        method: 'DELETE',
        path: `/scim/v2//${slug}${path}`,
        expect: refused(401, 404),
      })
    }
  }
  return attempts
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

interface Route {
  readonly method: string
  readonly path: string
}

/** The routes of the app, each once: the app lists a route once for each of its handlers. */
const allRoutes: readonly Route[] = [
  ...new Map(
    (await app.routes())
      .filter(({ path }) => !path.includes('*'))
      .map(({ method, path }) => [`${method} ${path}`, { method, path }] as const),
  ).values(),
]

const routesUnder = (start: string) => allRoutes.filter(({ path }) => path.startsWith(start))

/** The routes, with each id of A in each place that their paths leave open. */
function routeAttempts(owner: Owner, slug: string, routes: readonly Route[]): Attempt[] {
  const { user, team, ids } = owner
  const body = {
    schemas: [userUrn],
    userName: `wall ${user}`,
    displayName: `Wall ${team}`,
    id: user,
    members: [{ value: user }, { value: team }],
    Operations: [{ op: 'add', path: 'members', value: [{ value: user }] }],
  }
  return routes.flatMap(({ method, path }) => {
    const own = path.replace(/:(tenant|slug)\b/, slug)
    const places = own.includes(':')
      ? ids.map((id) => own.replaceAll(/:\w+(\{[^}]*\})?/g, id))
      : [own]
    return places.flatMap((place) =>
      (method === 'ALL' ? methods : [method]).map((verb) => ({
        method: verb,
        path: place,
        ...(['GET', 'HEAD', 'DELETE'].includes(verb) ? {} : { body }),
      })),
    )
  })
}

type Credentials = Readonly<Record<string, string>>

const laterWork: Promise<void>[] = []

afterEach(async () => {
  await Promise.all(laterWork.splice(0))
})

/** Sends an attempt with the credentials of B; answers what is wrong with the answer. */
async function attempt(
  one: Attempt,
  credentials: Credentials,
  faults: Faults,
): Promise<string | undefined> {
  const { method, path, headers, body } = one
  const isForm = credentials['Cookie'] !== undefined
  const context = createExecutionContext()
  const request = new Request(`${origin}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...credentials,
      ...(body === undefined
        ? {}
        : { 'Content-Type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' }),
      ...headers,
    },
    ...(body === undefined
      ? {}
      : {
          body: isForm
            ? new URLSearchParams({ id: String((body as any).id), user: String((body as any).id) })
            : JSON.stringify(body),
        }),
  })
  const response = await app.fetch(request, faults.bindings(bindings), context)
  const text = await response.text()
  // Refused tokens are counted after the answer, for seconds: that is waited for at the end.
  const after = waitOnExecutionContext(context)
  if (response.status === 401) laterWork.push(after)
  else await after
  const told = `${method} ${decodeURIComponent(path)} ${JSON.stringify(body) ?? ''}: ${response.status} ${text.slice(0, 300)}`
  const shown = text + [...response.headers.values()].join()
  // What B has sent itself may come back in a refusal.
  const isEcho = response.status >= 400 && JSON.stringify([path, body]).includes(mark)
  if (!isEcho && shown.includes(mark)) return `seen: ${told}`
  if (response.status >= 500 && response.status !== 501) return `failed: ${told}`
  try {
    one.expect?.(response.status, text.startsWith('{') ? JSON.parse(text) : undefined)
  } catch (error) {
    return `${told}\n${String(error)}`
  }
  return undefined
}

/** Everything in the store that is A's, and nothing that A's own use of it moves. */
async function belongings({ scim }: Owner): Promise<unknown> {
  const { tenant: row, ...contents } = await readContents(homeDatabase, scim.slug)
  const more = await homeDatabase.batch(
    ['tokens', 'refusals'].map((table) =>
      homeDatabase.prepare(`select * from ${table} where tenant_id = ?`).bind(row['id']),
    ),
  )
  return { row, contents, more: more.map(({ results }) => results) }
}

/** Tries everything that SCIM offers; answers how the wall was broken. */
async function tryScim(rewrite?: (text: string) => string): Promise<string[]> {
  const owner = await makeOwner()
  const stranger = await makeStranger()
  const before = await belongings(owner)
  const faults = new Faults(undefined, rewrite)
  const credentials = { Authorization: `Bearer ${stranger.scim.token}` }
  const breaches: string[] = []
  const attempts = [
    ...scimAttempts(owner, stranger),
    ...routeAttempts(owner, stranger.scim.slug, routesUnder('/scim/')),
  ]
  for (const one of attempts) {
    const breach = await attempt(one, credentials, faults)
    if (breach !== undefined) breaches.push(breach)
    // One hole is enough to show that a query has forgotten its tenant.
    if (rewrite && breaches.length > 0) return breaches
  }
  const after = await belongings(owner)
  if (JSON.stringify(after) !== JSON.stringify(before)) breaches.push('Something of A has changed')
  return breaches
}

describe('with the credentials of another tenant', () => {
  it('nothing is seen or changed by any route, whatever stands in whichever place', async () => {
    expect(await tryScim()).toEqual([])
  })

  it('the administration opens to no token of a tenant', async () => {
    const owner = await makeOwner()
    const { scim } = await makeStranger()
    const before = await belongings(owner)
    const attempts = ['/admin', '/api'].flatMap((under) =>
      routeAttempts(owner, owner.scim.slug, routesUnder(under)),
    )
    expect(attempts.length).toBeGreaterThan(40)
    const credentials = {
      Authorization: `Bearer ${scim.token}`,
      Origin: origin,
      'Sec-Fetch-Site': 'same-origin',
    }
    // Each refusal comes half a second later: many at a time.
    for (let start = 0; start < attempts.length; start += 50) {
      const some = attempts.slice(start, start + 50)
      const told = await Promise.all(some.map((one) => attempt(one, credentials, new Faults())))
      expect(told.filter((one) => one !== undefined)).toEqual([])
    }
    expect(await belongings(owner)).toEqual(before)
  })

  it('the pages and calls of one tenant show and change nothing of another, even to the operator', async () => {
    const owner = await makeOwner()
    const before = await belongings(owner)
    const form = new URLSearchParams({ secret: bindings.ADMIN_TOKEN })
    const signIn = await app.fetch(
      new Request(`${origin}/admin/sign-in`, {
        method: 'POST',
        body: form,
        headers: { Origin: origin, 'Sec-Fetch-Site': 'same-origin' },
      }),
      bindings,
      createExecutionContext(),
    )
    const Cookie = (signIn.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
    expect(Cookie).not.toBe('')
    const session = { Cookie, Origin: origin, 'Sec-Fetch-Site': 'same-origin' }
    const key = { Authorization: `Bearer ${bindings.ADMIN_TOKEN}` }
    const routes = allRoutes.filter(({ path }) => /^\/admin.*:slug/.test(path))
    expect(routes.length).toBeGreaterThan(15)
    const reading = await makeStranger()
    for (const route of routes) {
      // What writes may delete its tenant: it gets one of its own.
      const { scim } = route.method === 'GET' ? reading : await makeStranger()
      for (const one of routeAttempts(owner, scim.slug, [route])) {
        const credentials = route.path.startsWith('/admin/api') ? key : session
        expect(await attempt(one, credentials, new Faults()), JSON.stringify(one)).toBeUndefined()
      }
    }
    expect(await belongings(owner)).toEqual(before)
    expect((await admin.call('GET', `/tenants/${owner.scim.slug}`)).body.users).toBe(2)
  })
})

const isApplication = routesUnder('/api/v1').length > 0

describe.runIf(isApplication)('with the key of an application of another tenant', () => {
  it('nothing of a tenant is read or changed, under its own address or that of the other', async () => {
    const owner = await makeOwner()
    const { scim } = await makeStranger()
    const { body } = await admin.call('POST', `/tenants/${scim.slug}/keys`, {})
    expect(body.key).toMatch(/\S/)
    const before = await belongings(owner)
    const credentials = { Authorization: `Bearer ${body.key}` }
    for (const slug of [scim.slug, owner.scim.slug]) {
      const attempts = ['/api', '/scim'].flatMap((under) =>
        routeAttempts(owner, slug, routesUnder(under)),
      )
      for (const one of attempts) {
        expect(await attempt(one, credentials, new Faults()), JSON.stringify(one)).toBeUndefined()
      }
    }
    expect(await belongings(owner)).toEqual(before)
  })
})

/** The tenant is bound, written, or what a `case` comes to that may end the batch. */
const condition = /(?:"?\w+"?\.)?"?tenant_id"? = (\?\d*|\d+|case when not .*? else \?\d+ end)/g

/** The statement without any of its conditions on the tenant; its parameters keep their places. */
function forget(text: string): string {
  return text.replaceAll(condition, (_, value: string) =>
    value.startsWith('case') ? `(${forget(value)}) is not null` : `${value} is not null`,
  )
}

/** What is the same for every tenant: some statements hold its number. */
function anonymous(text: string): string {
  return text.replaceAll(condition, 'tenant')
}

describe.runIf(homeDatabase === bindings.DB)(
  'the same requests notice a query that forgets its tenant:',
  () => {
    it.each([
      ['a user by id', /^select "id" as "id", .* from "users" where .*"users"\."id" = \?/s],
      ['users by id', /^select "users"\."id" as "id", .*json_each/s],
      [
        'a page of users',
        /from \(select "users"\."id" as "id", .* as "sortKey" from "users" where/s,
      ],
      ['a count of users', /^select count\(\*\) as "total" from "users"/],
      ['a team by id', /^select "id" as "id", .* from "teams" where .*"teams"\."id" = \?/s],
      ['deleting users', /^delete from "users"/],
      ['taking people into a team', /^insert or ignore into "memberships"/],
    ])('%s', async (_, pattern) => {
      let planted = 0
      const breaches = await tryScim((text) => {
        if (!pattern.test(text.trim())) return text
        planted += 1
        expect(forget(text)).not.toBe(text)
        return forget(text)
      })
      expect(planted).toBeGreaterThan(0)
      expect(breaches).not.toEqual([])
    })

    it.runIf(inject('fuzzRuns') > 0)(
      'all of them',
      async () => {
        const texts = new Set<string>()
        await tryScim((text) => {
          if (forget(text) !== text) texts.add(anonymous(text))
          return text
        })
        for (const wanted of texts) {
          let planted = 0
          const breaches = await tryScim((text) => {
            if (anonymous(text) !== wanted) return text
            planted += 1
            return forget(text)
          })
          expect(planted, wanted).toBeGreaterThan(0)
          const shown = wanted.trim().split(/\s+/).join(' ')
          console.log(`${breaches.length > 0 ? 'caught' : 'UNSEEN'} ${shown.slice(0, 300)}`)
        }
      },
      3_600_000,
    )
  },
)
