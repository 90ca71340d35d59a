/** The application API: what it shows, to whom, and how it is read to its end. */
import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import openapi from '../../assets/openapi.json'
import {
  acknowledgement,
  eventPage,
  memberPage,
  problem,
  teamPage,
  userPage,
} from '../../src/application/answers'
import { applicationErrors } from '../../src/application/error'
import { day } from '../../src/time'
import { connect } from '../../src/client/client'
import type { DirectoryService } from '../../src/application/service'
import { deleteExpired } from '../../src/retention'
import { application, newKey, type ApplicationClient } from '../support/application'
import { admin, bindings, eventsOf, origin, send, tenant } from '../support/gateway'
import { bulky, mistyped, patch, person, type Answer, type ScimClient } from '../support/tenant'
import { nextPage } from '../support/pages'

async function reader(scim: ScimClient, wish: unknown = {}): Promise<ApplicationClient> {
  return application(send, origin, scim.slug, await newKey(admin, scim.slug, wish))
}

async function people(scim: ScimClient, count: number): Promise<string[]> {
  const made = await Promise.all(
    Array.from({ length: count }, () => scim.call('POST', '/Users', person())),
  )
  return made.map(({ body }) => body.id)
}

/** The pages of a list to its end, from a cursor or from the beginning. */
async function pages(
  app: ApplicationClient,
  path: string,
  name: string,
  start?: string,
): Promise<any[][]> {
  const found: any[][] = []
  let cursor = start
  for (let number = 1; ; number = nextPage(number)) {
    const more = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page = await app.call('GET', `${path}${more}`)
    expect(page.status, JSON.stringify(page.body)).toBe(200)
    found.push(page.body[name])
    if (page.body.next === null) return found
    expect(page.body.next).not.toBe(cursor)
    cursor = page.body.next
  }
}

function refused(answer: Answer, code: keyof typeof applicationErrors): void {
  expect(answer.body?.code, JSON.stringify(answer.body)).toBe(code)
  expect(answer.status).toBe(applicationErrors[code].status)
  expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
  const { reason, remedy, detail, status } = problem.parse(answer.body)
  expect(detail).toBe(`${reason} ${remedy}`)
  expect(status).toBe(answer.status)
}

describe('the lists of the application', () => {
  it('show users, teams and members whole, page by page in the order of their ids', async () => {
    const scim = await tenant()
    const app = await reader(scim)
    const ids = await people(scim, 7)
    const team = await scim.call('POST', '/Groups', {
      displayName: 'Red',
      members: ids.slice(0, 5).map((value) => ({ value })),
    })
    const empty = await scim.call('POST', '/Groups', { displayName: 'Empty' })
    const users = await pages(app, '/users?limit=3', 'users')
    expect(users.map(({ length }) => length)).toEqual([3, 3, 1])
    expect(users.flat().map(({ id }) => id)).toEqual(ids.toSorted())
    const teams = await pages(app, '/teams?limit=1', 'teams')
    expect(teams.flat()).toEqual(
      [
        { id: team.body.id, displayName: 'Red' },
        { id: empty.body.id, displayName: 'Empty' },
      ].toSorted((left, right) => (left.id < right.id ? -1 : 1)),
    )
    const members = await pages(app, `/teams/${team.body.id}/members?limit=2`, 'members')
    expect(members.map(({ length }) => length)).toEqual([2, 2, 1])
    expect(members.flat().map(({ id }) => id)).toEqual(ids.slice(0, 5).toSorted())
    const none = await app.call('GET', `/teams/${empty.body.id}/members`)
    const last = (await eventsOf(scim)).length
    expect(none.body).toMatchObject({ members: [], next: null, asOf: last })
    userPage.parse((await app.call('GET', '/users')).body)
    teamPage.parse((await app.call('GET', '/teams')).body)
    memberPage.parse((await app.call('GET', `/teams/${team.body.id}/members`)).body)
  })

  it('show one user and one team as the lists and the events do', async () => {
    const scim = await tenant()
    const app = await reader(scim)
    const [ann = ''] = await people(scim, 1)
    const team = await scim.call('POST', '/Groups', { displayName: 'Red', externalId: 'r' })
    const user = await app.call('GET', `/users/${ann}`)
    expect(user.body).toMatchObject({ id: ann, active: true, displayName: 'Ann Tester' })
    expect((await app.call('GET', '/users')).body.users).toEqual([user.body])
    const shown = await app.call('GET', `/teams/${team.body.id}`)
    expect(shown.body).toEqual({ id: team.body.id, displayName: 'Red', externalId: 'r' })
    const events = (await app.call('GET', '/events')).body.events
    expect(events.map(({ resource }: any) => resource)).toEqual([user.body, shown.body])
  })

  it('pass over nobody who is there throughout, whoever comes and goes between the pages', async () => {
    const scim = await tenant()
    const app = await reader(scim)
    const ids = await people(scim, 12)
    const first = await app.call('GET', '/users?limit=4')
    const gone = first.body.users[3].id
    await scim.call('DELETE', `/Users/${gone}`)
    await people(scim, 6)
    const rest = (await pages(app, '/users?limit=4', 'users', first.body.next)).flat()
    const seen = [...first.body.users, ...rest].map(({ id }) => id)
    expect(new Set(seen).size).toBe(seen.length)
    for (const id of ids) expect(seen).toContain(id)
  })

  it('end a page early when its users are large', async () => {
    const scim = await tenant()
    const app = await reader(scim)
    for (let index = 0; index < 80; index += 1) {
      await scim.call('POST', '/Users', person(bulky))
    }
    const found = await pages(app, '/users?limit=1000', 'users')
    expect(found.length).toBe(2)
    expect(found.flat()).toHaveLength(80)
  })

  it('answer 304 while nothing has changed', async () => {
    const scim = await tenant()
    const app = await reader(scim)
    const [ann] = await people(scim, 1)
    for (const path of ['/users', `/users/${ann}`, '/teams']) {
      const first = await app.call('GET', path)
      const tag = { 'If-None-Match': String(first.headers.get('ETag')) }
      expect((await app.call('GET', path, undefined, tag)).status).toBe(304)
    }
    const before = await app.call('GET', `/users/${ann}`)
    await scim.call('PATCH', `/Users/${ann}`, patch({ op: 'replace', path: 'title', value: 'Dr' }))
    const tag = { 'If-None-Match': String(before.headers.get('ETag')) }
    const after = await app.call('GET', `/users/${ann}`, undefined, tag)
    expect(after.status).toBe(200)
    expect(after.body.title).toBe('Dr')
  })

  it('refuse a cursor of another list, another tenant or nobody', async () => {
    const [scim, other] = [await tenant(), await tenant()]
    const [app, others] = [await reader(scim), await reader(other)]
    await people(scim, 2)
    await people(other, 2)
    const { next } = (await app.call('GET', '/users?limit=1')).body
    for (const answer of [
      await app.call('GET', `/teams?cursor=${next}`),
      await app.call('GET', `/users?cursor=${next.slice(0, -1)}`),
      await app.call('GET', '/users?cursor=nonsense'),
      await app.call('GET', '/users?cursor='),
    ]) {
      refused(answer, 'invalidCursor')
    }
    refused(await others.call('GET', `/users?cursor=${next}`), 'otherLog')
  })
})

describe('who may read', () => {
  it('takes a key of the tenant or of all tenants, and refuses everything else alike', async () => {
    const [scim, other] = [await tenant(), await tenant()]
    const app = await reader(scim)
    const all = await newKey(admin, undefined, { label: 'all' })
    expect((await app.call('GET', '/users')).status).toBe(200)
    for (const { slug } of [scim, other]) {
      const everywhere = application(send, origin, slug, all)
      expect((await everywhere.call('GET', '/users')).status).toBe(200)
    }
    const answers: Answer[] = []
    const { key } = await newKey(admin, other.slug)
    const expired = await newKey(admin, scim.slug)
    await bindings.DB.prepare('update keys set expires_at = 1 where id = ?').bind(expired.id).run()
    const wrong = [
      key,
      expired.key,
      scim.token,
      bindings.ADMIN_TOKEN,
      mistyped(app.key),
      'rollcall_key_nonsense',
      `x' or 1=1 --`,
    ]
    for (const token of wrong) {
      for (const path of ['/users', '/users/x', '/teams/x/members', '/events']) {
        const client = application(send, origin, scim.slug, { id: '', key: token })
        answers.push(await client.call('GET', path))
      }
    }
    answers.push(await app.call('GET', '/users', undefined, { Authorization: '' }))
    const nowhere = application(send, origin, 'no-such-tenant', { id: '', key: app.key })
    answers.push(await nowhere.call('GET', '/users'))
    const bodies = new Set(answers.map(({ body }) => JSON.stringify(body)))
    expect(bodies.size).toBe(1)
    for (const answer of answers) {
      refused(answer, 'unauthorized')
      expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer')
    }
    const lost = application(send, origin, 'no-such-tenant', all)
    refused(await lost.call('GET', '/users'), 'tenantNotFound')
  })

  it('opens nothing in SCIM or in the administration with a key', async () => {
    const scim = await tenant()
    const all = await newKey(admin, undefined)
    const own = await newKey(admin, scim.slug, { scope: 'read-ack' })
    for (const { key } of [all, own]) {
      for (const url of [
        `${scim.baseUrl}/Users`,
        `${origin}/admin/api/tenants`,
        `${origin}/admin/api/keys`,
      ]) {
        const request = new Request(url, { headers: { Authorization: `Bearer ${key}` } })
        expect((await send(request)).status).toBe(401)
      }
    }
  })

  it('refuses a revoked key from the next request on, one that is waiting included', async () => {
    const scim = await tenant()
    const app = await reader(scim)
    const waiting = app.call('GET', '/events?wait=30')
    await app.call('GET', '/users')
    const revoked = await admin.call('DELETE', `/tenants/${scim.slug}/keys/${app.keyId}`)
    expect(revoked.status).toBe(204)
    refused(await app.call('GET', '/users'), 'unauthorized')
    refused(await waiting, 'unauthorized')
  })

  it('shows nothing of another tenant by its ids', async () => {
    const [scim, other] = [await tenant(), await tenant()]
    const app = await reader(scim)
    const [ann] = await people(other, 1)
    const team = await other.call('POST', '/Groups', {
      displayName: 'Red',
      members: [{ value: ann }],
    })
    refused(await app.call('GET', `/users/${ann}`), 'userNotFound')
    refused(await app.call('GET', `/teams/${team.body.id}`), 'teamNotFound')
    refused(await app.call('GET', `/teams/${team.body.id}/members`), 'teamNotFound')
    expect((await app.call('GET', '/events')).body).toMatchObject({ events: [], asOf: 0 })
  })

  it('reads a tenant whose provisioning is switched off', async () => {
    const scim = await tenant()
    const app = await reader(scim)
    await admin.call('PATCH', `/tenants/${scim.slug}`, { enabled: false })
    expect((await app.call('GET', '/users')).status).toBe(200)
  })
})

describe('the keys of the application', () => {
  it('are shown once, kept as a hash, listed with their use, and never again after the tenant is gone', async () => {
    const scim = await tenant()
    const made = await admin.call('POST', `/tenants/${scim.slug}/keys`, { label: 'Billing' })
    expect(made.status).toBe(201)
    expect(made.headers.get('Cache-Control')).toBe('no-store')
    const { key, ...rest } = made.body
    expect(key).toMatch(/^rollcall_key_[0-9A-Za-z]{43}_[0-9a-f]{8}$/)
    expect(rest).toMatchObject({ label: 'Billing', scope: 'read', tenants: 'one', lastUsed: null })
    const { results } = await bindings.DB.prepare('select * from keys where id = ?')
      .bind(rest.id)
      .all()
    expect(JSON.stringify(results)).not.toContain(key)
    const app = application(send, origin, scim.slug, made.body)
    await app.call('GET', '/users')
    const list = await until(
      () => admin.call('GET', `/tenants/${scim.slug}/keys`),
      ({ body }) => body.keys[0].lastUsed !== null,
    )
    expect(list.body.keys).toHaveLength(1)
    expect(JSON.stringify(list.body)).not.toContain(key)
    const all = await newKey(admin, undefined, { label: 'Everywhere' })
    const listed = (await admin.call('GET', '/keys')).body.keys
    expect(listed).toContainEqual(expect.objectContaining({ id: all.id, tenants: 'all' }))
    expect(listed.map(({ id }: any) => id)).not.toContain(rest.id)
    // The key of all tenants is none of this tenant's to revoke.
    const wrong = await admin.call('DELETE', `/tenants/${scim.slug}/keys/${all.id}`)
    expect(wrong.status).toBe(404)
    expect((await admin.call('DELETE', `/keys/${all.id}`)).status).toBe(204)
    const entries = (await admin.call('GET', '/audit')).body.entries
    const noted = entries.filter(({ subject }: any) => [all.id, rest.id].includes(subject))
    expect(noted.map(({ action, tenant }: any) => [action, tenant])).toEqual([
      ['key.revoked', null],
      ['key.created', null],
      ['key.created', scim.slug],
    ])
    expect(noted[2].after).toEqual({ label: 'Billing', scope: 'read', expiresAt: null })
    await admin.call('DELETE', `/tenants/${scim.slug}`)
    refused(await app.call('GET', '/users'), 'unauthorized')
    const left = await bindings.DB.prepare('select count(*) as count from keys where id = ?')
      .bind(rest.id)
      .first<{ count: number }>()
    expect(left?.count).toBe(0)
  })

  it('are refused when the wish is not valid, and at twenty', async () => {
    const scim = await tenant()
    const path = `/tenants/${scim.slug}/keys`
    for (const wish of [{ scope: 'write' }, { label: 7 }, { more: 1 }, [], 'text', '{']) {
      const answer = await admin.call('POST', path, wish)
      expect(answer.status, JSON.stringify(wish)).toBe(400)
      expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
    }
    expect((await admin.call('POST', path, { expiresAt: '2001-01-01T00:00:00Z' })).status).toBe(400)
    const made = await Promise.all(
      Array.from({ length: 22 }, () => admin.call('POST', path, { label: 'x' })),
    )
    expect(made.filter(({ status }) => status === 201)).toHaveLength(20)
    expect(made.filter(({ status }) => status === 409)).toHaveLength(2)
    expect((await admin.call('POST', '/tenants/no-such/keys', {})).status).toBe(404)
  })
})

async function until(
  ask: () => Promise<Answer>,
  isReached: (answer: Answer) => boolean,
): Promise<Answer> {
  for (;;) {
    const answer = await ask()
    if (isReached(answer)) return answer
  }
}

describe('the events of the application', () => {
  it('are pulled from any number on, in pages that follow each other', async () => {
    const scim = await tenant()
    const app = await reader(scim)
    await people(scim, 9)
    const whole = await app.call('GET', '/events')
    eventPage.parse(whole.body)
    expect(whole.body.events.map(({ seq }: any) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(whole.body).toMatchObject({ after: 9, hasMore: false, asOf: 9 })
    const { log } = whole.body
    expect(log).toMatch(/^[0-9a-f]{12}$/)
    const first = await app.call('GET', `/events?after=2&log=${log}&limit=4`)
    expect(first.body).toEqual({
      events: whole.body.events.slice(2, 6),
      after: 6,
      hasMore: true,
      log,
      asOf: 9,
    })
    const end = await app.call('GET', `/events?after=9&log=${log}`)
    expect(end.body).toEqual({ events: [], after: 9, hasMore: false, log, asOf: 9 })
    const latest = await app.call('GET', '/events?after=latest')
    expect(latest.body).toEqual(end.body)
    expect(latest.headers.get('Cache-Control')).toBe('no-store')
  })

  it('wake who waits for them soon after the change, and let go who waits in vain', async () => {
    const scim = await tenant()
    const app = await reader(scim)
    const vain = await app.call('GET', '/events?wait=1')
    const { log } = vain.body
    expect(vain.body).toEqual({ events: [], after: 0, hasMore: false, log, asOf: 0 })
    const others = await tenant()
    const neighbour = (await reader(others)).call('GET', '/events?after=latest&wait=30')
    const waiting = app.call('GET', '/events?after=latest&wait=30')
    await app.call('GET', '/events')
    const [ann] = await people(scim, 1)
    // Who is not woken waits as long as a neighbour who began before, and to whom nothing happens.
    const first = await Promise.race([
      waiting.then(() => 'the woken'),
      neighbour.then(() => 'the neighbour'),
    ])
    expect(first).toBe('the woken')
    expect((await waiting).body.events).toMatchObject([{ seq: 1, resource: { id: ann } }])
    await people(others, 1)
    await neighbour
  })

  it('name the way on to a reader whose number is no longer kept, or not of this log', async () => {
    const scim = await tenant()
    const app = await reader(scim)
    await people(scim, 4)
    await bindings.DB.prepare(
      `update events set at = 0 where seq in (1, 2, 4)
         and tenant_id = (select id from tenants where slug = ?)`,
    )
      .bind(scim.slug)
      .run()
    // The fourth is as old by its time, and stays: readers find no gap.
    await deleteExpired(bindings.DB, 91 * day)
    const { log } = (await app.call('GET', '/events?after=latest')).body
    for (const after of [0, 1]) {
      const gone = await app.call('GET', `/events?after=${after}&log=${log}`)
      refused(gone, 'eventsGone')
      expect(gone.body.asOf).toBe(4)
    }
    expect((await app.call('GET', `/events?after=2&log=${log}`)).body.events).toHaveLength(2)
    const ahead = await app.call('GET', `/events?after=5&log=${log}&wait=30`)
    refused(ahead, 'eventsAhead')
    expect(ahead.body.asOf).toBe(4)
  })

  it('are acknowledged by those who may, never backwards and never beyond the last', async () => {
    const scim = await tenant()
    const [app, looker] = [await reader(scim, { scope: 'read-ack' }), await reader(scim)]
    await people(scim, 5)
    const ack = (seq: unknown, from = app) => from.call('POST', '/events/ack', { seq })
    const first = await ack(3)
    expect(acknowledgement.parse(first.body)).toEqual({ seq: 3, asOf: 5 })
    expect((await ack(2)).body).toEqual({ seq: 3, asOf: 5 })
    refused(await ack(6), 'acknowledgedTooFar')
    refused(await ack(3, looker), 'scopeTooSmall')
    for (const seq of ['3', -1, 1.5, null, undefined, 1e300]) refused(await ack(seq), 'invalidBody')
    refused(await app.call('POST', '/events/ack', '{'), 'invalidBody')
    refused(await app.call('POST', '/events/ack', 'x'.repeat(11_000)), 'bodyTooLarge')
    const { keys, readers } = (await admin.call('GET', `/tenants/${scim.slug}/keys`)).body
    expect(keys).toHaveLength(2)
    expect(readers).toEqual([{ reader: app.keyId, seq: 3, at: expect.any(String), behind: 2 }])
  })
})

describe('the addresses of the application', () => {
  it('are those of assets/openapi.json, and take the methods that it names', async () => {
    const scim = await tenant()
    const app = await reader(scim)
    for (const [path, methods] of Object.entries<object>(openapi.paths)) {
      if (!path.startsWith('/api/v1/tenants/{tenant}/')) continue
      const below = path.replace('/api/v1/tenants/{tenant}', '').replace('{id}', 'x')
      for (const method of ['get', 'post', 'delete']) {
        const { body = {} } = await app.call(method.toUpperCase(), below)
        expect(body.code).not.toBe('routeNotFound')
        expect([method, body.code === 'methodNotAllowed']).toEqual([method, !(method in methods)])
      }
    }
  })

  it('answer HEAD like GET, and say what else they take', async () => {
    const scim = await tenant()
    const app = await reader(scim)
    const head = await app.call('HEAD', '/users')
    expect(head).toMatchObject({ status: 200, body: undefined })
    expect(head.headers.get('ETag')).toBe((await app.call('GET', '/users')).headers.get('ETag'))
    const paths = ['/users', '/users/x', '/teams', '/teams/x', '/teams/x/members', '/events']
    for (const path of paths) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const answer = await app.call(method, path)
        refused(answer, 'methodNotAllowed')
        expect(answer.headers.get('Allow')).toBe('GET, HEAD')
      }
    }
    const got = await app.call('GET', '/events/ack')
    refused(got, 'methodNotAllowed')
    expect(got.headers.get('Allow')).toBe('POST')
    for (const path of ['', '/nothing', '/users/x/y', '/events/x']) {
      refused(await app.call('GET', path), 'routeNotFound')
    }
    for (const path of ['/api', '/api/v1', '/api/v2/tenants/x/users']) {
      const response = await send(new Request(`${origin}${path}`))
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ code: 'routeNotFound' })
    }
  })

  it('refuse parameters that are not valid by their names', async () => {
    const scim = await tenant()
    const app = await reader(scim)
    const wrong: [string, string][] = [
      ['/users?limit=0', 'limit'],
      ['/users?limit=1001', 'limit'],
      ['/teams?limit=many', 'limit'],
      ['/events?after=-1', 'after'],
      ['/events?after=1.5', 'after'],
      ['/events?after=first', 'after'],
      ['/events?wait=31', 'wait'],
      ['/events?limit=1e9', 'limit'],
      [`/users?cursor=${'x'.repeat(1_001)}`, 'cursor'],
      // Numbers are digits: what a library reads as one is none.
      ...['1e2', '%205', '5%20', '+5', '%2B5', '0x10', '1.0', '', 'Infinity', '%D9%A5'].flatMap(
        (text): [string, string][] => [
          [`/users?limit=${text}`, 'limit'],
          [`/events?after=${text}`, 'after'],
        ],
      ),
      ...['1e1', '-0', '.5', '5.', '0x5', ''].map((text): [string, string] => [
        `/events?wait=${text}`,
        'wait',
      ]),
      // Of two the first counted, and the other one was passed over.
      ['/users?limit=5&limit=7', 'limit'],
      ['/users?limit=5&limit=5', 'limit'],
      ['/users?email=a@example.com&email=b@example.com', 'email'],
      ['/events?after=0&limit=1&after=7', 'after'],
      ['/users?userName=%FF', 'userName'],
      ['/users?__proto__=1', '__proto__'],
    ]
    for (const [path, parameter] of wrong) {
      const answer = await app.call('GET', path)
      refused(answer, 'invalidQuery')
      expect(answer.body.errors).toEqual([{ parameter, detail: expect.any(String) }])
    }
    const right = ['/users?&&', '/users?limit=007', '/events?wait=0.5']
    for (const path of right) {
      expect((await app.call('GET', path)).status).toBe(200)
    }
  })

  it('refuse a cursor of tenants that names none, and an acknowledgement that says two things', async () => {
    const key = (await admin.call('POST', '/keys', { scope: 'read-ack' })).body
    const ask = async (path: string, body?: string) => {
      const headers = { Authorization: `Bearer ${key.key}` }
      const method = body === undefined ? 'GET' : 'POST'
      const request = new Request(`${origin}/api/v1${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      })
      const answer = await send(request)
      return [answer.status, ((await answer.json()) as any).code]
    }
    for (const cursor of ['', 'null', 'true', '9007199254740993', 'QUJD', 'YSBi', '77u_YQ']) {
      expect([cursor, ...(await ask(`/tenants?cursor=${cursor}`))]).toEqual([
        cursor,
        400,
        'invalidCursor',
      ])
    }
    expect((await ask(`/tenants?cursor=${btoa('abc')}`))[0]).toBe(200)
    const { slug } = await tenant()
    const ack = `/tenants/${slug}/events/ack`
    expect(await ask(ack, '{"seq":0,"seq":7}')).toEqual([400, 'invalidBody'])
    expect((await ask(ack, '{"seq":0}'))[0]).toBe(200)
    await admin.call('DELETE', `/keys/${key.id}`)
  })

  it('refuse parameters that are unknown, and name them and the known ones', async () => {
    const scim = await tenant()
    const app = await reader(scim)
    const [ann = ''] = await people(scim, 1)
    const team = (await scim.call('POST', '/Groups', { displayName: 'Team' })).body.id
    for (const [path, known] of [
      ['/users', 'known are cursor, limit, userName, email, externalId'],
      ['/teams', 'known are cursor, limit'],
      [`/teams/${team}/members`, 'known are cursor, limit'],
      ['/events', 'known are after, log, limit, wait'],
      [`/users/${ann}`, 'none is known here'],
      [`/teams/${team}`, 'none is known here'],
    ] as const) {
      expect((await app.call('GET', path)).status).toBe(200)
      for (const name of ['since', 'Limit', 'constructor']) {
        const answer = await app.call('GET', `${path}?${name}=1`)
        refused(answer, 'invalidQuery')
        const detail = `is unknown; ${known}`
        expect(answer.body.errors).toEqual([{ parameter: name, detail }])
      }
    }
    const two = await app.call('GET', '/users?a=1&limit=5&b=2')
    expect(two.body.errors.map(({ parameter }: any) => parameter)).toEqual(['a', 'b'])
  })

  it('refuse an acknowledgement with an unknown field or parameter, and note nothing', async () => {
    const scim = await tenant()
    const app = await reader(scim, { scope: 'read-ack' })
    await people(scim, 2)
    refused(await app.call('POST', '/events/ack', { seq: 1, tenant: 'x' }), 'invalidBody')
    refused(await app.call('POST', '/events/ack?seq=1', { seq: 1 }), 'invalidQuery')
    const { readers } = (await admin.call('GET', `/tenants/${scim.slug}/keys`)).body
    expect(readers.filter(({ seq }: any) => seq > 0)).toEqual([])
    expect((await app.call('POST', '/events/ack', { seq: 1 })).status).toBe(200)
  })
})

describe('the same over a service binding', () => {
  it('answers values without a key: pages, events, refusals', async () => {
    const scim = await tenant()
    const app = await reader(scim)
    const ids = await people(scim, 3)
    const team = await scim.call('POST', '/Groups', {
      displayName: 'Red',
      members: [{ value: ids[0] }],
    })
    const directory = exports.Directory as unknown as DirectoryService
    const first = await directory.users(scim.slug, { limit: 2 })
    if (!first.ok) throw new Error(first.error.code)
    expect(first.value.users).toHaveLength(2)
    const second = await directory.users(scim.slug, { cursor: String(first.value.next) })
    const byNothing = await directory.users(scim.slug, { email: undefined } as object)
    expect(byNothing).toMatchObject({ ok: false, error: { code: 'invalidQuery' } })
    if (!second.ok) throw new Error(second.error.code)
    expect([...first.value.users, ...second.value.users]).toEqual(
      (await app.call('GET', '/users')).body.users,
    )
    expect(second.value.next).toBeNull()
    const path = `/teams/${team.body.id}`
    const { log } = (await app.call('GET', '/events?after=latest')).body
    const pairs = [
      [await directory.user(scim.slug, String(ids[0])), `/users/${ids[0]}`],
      [await directory.teams(scim.slug), '/teams'],
      [await directory.team(scim.slug, team.body.id), path],
      [await directory.members(scim.slug, team.body.id), `${path}/members`],
      [
        await directory.events(scim.slug, { after: 2, log, limit: 2 }),
        `/events?after=2&log=${log}&limit=2`,
      ],
      [await directory.events(scim.slug, { after: 'latest' }), '/events?after=latest'],
    ] as const
    for (const [value, url] of pairs) {
      expect(value).toEqual({ ok: true, value: (await app.call('GET', url)).body })
    }
    const waiting = directory.events(scim.slug, { after: 'latest', wait: 30 })
    await directory.events(scim.slug)
    await people(scim, 1)
    expect(await waiting).toMatchObject({ ok: true, value: { events: [{ seq: 6 }] } })
    expect(await directory.acknowledge(scim.slug, 6)).toEqual({
      ok: true,
      value: { seq: 6, asOf: 6 },
    })
    const refusals = [
      [await directory.users('no-such-tenant'), 'tenantNotFound'],
      [await directory.user(scim.slug, 'nobody'), 'userNotFound'],
      [await directory.users(scim.slug, { limit: 0 }), 'invalidQuery'],
      [await directory.events(scim.slug, { after: 99, log }), 'eventsAhead'],
      [await directory.acknowledge(scim.slug, 99), 'acknowledgedTooFar'],
      [await directory.user(undefined as never, null as never), 'tenantNotFound'],
    ] as const
    for (const [value, code] of refusals) {
      expect(value).toMatchObject({ ok: false, error: { code, ...applicationErrors[code] } })
    }
    const readers = (await admin.call('GET', `/tenants/${scim.slug}/keys`)).body.readers
    expect(readers).toMatchObject([{ reader: 'binding', seq: 6, behind: 0 }])
  })
})

describe('the client in a Worker', () => {
  it('lists, follows and acknowledges, and answers refusals as values', async () => {
    const scim = await tenant()
    const ids = await people(scim, 3)
    const team = await scim.call('POST', '/Groups', {
      displayName: 'Team',
      members: [{ value: ids[0] }],
    })
    const { key } = await newKey(admin, scim.slug, { scope: 'read-ack' })
    const options = { url: origin, tenant: scim.slug, key, fetch: send, attempts: 1 }
    const rollcall = connect(options)
    const found: string[] = []
    for await (const user of rollcall.users()) if (user.ok) found.push(user.value.id)
    expect(found).toEqual(ids.toSorted())
    const members: string[] = []
    for await (const member of rollcall.members(team.body.id)) {
      if (member.ok) members.push(member.value.id)
    }
    expect(members).toEqual([ids[0]])
    const seen: number[] = []
    for await (const event of rollcall.events({ after: 0 })) {
      if (!event.ok) throw new Error(event.error.code)
      seen.push(event.value.seq)
      if (event.value.type === 'team.member_added') break
    }
    expect(seen).toEqual([1, 2, 3, 4, 5])
    expect(await rollcall.acknowledge(5)).toMatchObject({ ok: true, value: { seq: 5 } })
    const stranger = connect({ ...options, key: 'nobody' })
    expect(await stranger.latest()).toMatchObject({ ok: false, error: { status: 401 } })
  })
})
