/** The guard: what is too much at once waits for the operator, and nothing of it reaches the application. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { app } from '../../src/app'
import { callCounted } from '../support/counted-call'
import { admin, bindings, eventsOf, origin } from '../support/gateway'
import { promptTenant as tenant, spend } from '../support/guard'
import { applicationView, releasedView, replay } from '../support/released'
import { patch, person, type ScimClient } from '../support/tenant'

const bulkUrn = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'

async function bulk(scim: ScimClient, Operations: readonly unknown[]): Promise<any[]> {
  const answer = await scim.call('POST', '/Bulk', { schemas: [bulkUrn], Operations })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body.Operations
}

/** Creates people and answers their ids. */
async function people(scim: ScimClient, count: number): Promise<string[]> {
  const done = await bulk(
    scim,
    Array.from({ length: count }, (_, index) => ({
      method: 'POST',
      path: '/Users',
      bulkId: `p${index}`,
      data: person(),
    })),
  )
  return done.map(({ location }) => String(location.split('/').at(-1)))
}

const off = patch({ op: 'replace', path: 'active', value: false })
const on = patch({ op: 'replace', path: 'active', value: true })

const deactivate = (ids: readonly string[]) =>
  ids.map((id) => ({ method: 'PATCH', path: `/Users/${id}`, data: off }))

const path = (scim: ScimClient, rest: string) => `/tenants/${scim.slug}${rest}`

async function holdsOf(scim: ScimClient): Promise<any[]> {
  return (await admin.call('GET', path(scim, '/holds'))).body.holds
}

async function changesOf(scim: ScimClient, holdId: string): Promise<any[]> {
  return (await admin.call('GET', path(scim, `/holds/${holdId}?limit=1000`))).body.changes
}

/** The application's view, after it was seen that the events tell the same. */
async function application(scim: ScimClient) {
  const [view, events] = [await releasedView(bindings.DB, scim.slug), await eventsOf(scim)]
  expect(replay(events)).toEqual(view)
  if (Object.keys(view.users).length < 100) {
    expect(await applicationView(bindings.DB, scim.slug)).toEqual(view)
  }
  return { ...view, events }
}

const activeIn = (view: { users: Record<string, any> }, ids: readonly string[]) =>
  ids.filter((id) => view.users[id]?.active === true).length

describe('many people deactivated in one request', () => {
  it('are inactive for the provider, active for the application, and listed in a hold', async () => {
    const scim = await tenant()
    const ids = await people(scim, 200)
    const gone = ids.slice(0, 100)
    await spend(scim)
    const done = await bulk(scim, deactivate(gone))
    expect(new Set(done.map(({ status }) => status))).toEqual(new Set(['200']))
    const inactive = await scim.call('GET', '/Users?filter=active eq false&count=0')
    expect(inactive.body.totalResults).toBe(100)
    const before = await application(scim)
    expect(activeIn(before, ids)).toBe(200)
    expect(before.events.map(({ type }) => type).filter((type) => type !== 'user.created')).toEqual(
      ['hold.opened'],
    )
    const [hold, ...others] = await holdsOf(scim)
    expect(others).toEqual([])
    expect(hold).toMatchObject({ state: 'open', reason: 'losses', people: 100, waiting: 100 })
    const changes = await changesOf(scim, hold.id)
    expect(changes.map(({ person: { id } }) => id).sort()).toEqual(gone.toSorted())
    expect(changes[0]).toMatchObject({ effect: 'user.deactivated', reason: 'losses' })

    const some = gone.slice(0, 30)
    const released = await admin.call('POST', path(scim, `/holds/${hold.id}/release`), {
      people: some,
    })
    expect(released.status).toBe(200)
    expect(released.body).toMatchObject({ state: 'open', waiting: 70, released: 30 })
    const middle = await application(scim)
    expect(activeIn(middle, ids)).toBe(170)
    expect(activeIn(middle, some)).toBe(0)
    expect(middle.events.filter(({ type }) => type === 'user.deactivated')).toHaveLength(30)

    const discarded = await admin.call('POST', path(scim, `/holds/${hold.id}/discard`))
    expect(discarded.body).toMatchObject({ state: 'closed', waiting: 0, discarded: 70 })
    const after = await application(scim)
    expect(after.events.at(-1)?.type).toBe('hold.discarded')
    expect({ ...after, events: after.events.slice(0, -1) }).toEqual(middle)
    const drift = (await admin.call('GET', path(scim, '/drift'))).body.changes
    expect(drift).toHaveLength(70)
    expect(drift[0]).toMatchObject({
      effect: 'user.deactivated',
      application: { active: true },
      provider: { active: false },
    })
    const still = await scim.call('GET', '/Users?filter=active eq false&count=0')
    expect(still.body.totalResults).toBe(100)
  })

  it('are released and discarded once, however often and at once it is asked', async () => {
    const scim = await tenant()
    const ids = await people(scim, 30)
    await spend(scim)
    await bulk(scim, deactivate(ids.slice(0, 20)))
    const [hold] = await holdsOf(scim)
    const release = path(scim, `/holds/${hold.id}/release`)
    const answers = await Promise.all([1, 2, 3].map(() => admin.call('POST', release)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    answers.push(await admin.call('POST', release))
    expect(answers.at(-1)?.body).toMatchObject({ state: 'closed', released: 20, discarded: 0 })
    const discarded = await admin.call('POST', path(scim, `/holds/${hold.id}/discard`))
    expect(discarded.body).toEqual(answers.at(-1)?.body)
    const { events } = await application(scim)
    expect(events.filter(({ type }) => type === 'user.deactivated')).toHaveLength(20)
    expect((await holdsOf(scim)).map(({ state }) => state)).toEqual(['closed'])
  })

  it('and 5,000 of them are released in one step', async () => {
    const scim = await tenant()
    const ids: string[] = []
    for (let part = 0; part < 5; part += 1) ids.push(...(await people(scim, 1_000)))
    for (let part = 0; part < 5; part += 1) {
      await bulk(scim, deactivate(ids.slice(part * 1_000, part * 1_000 + 1_000)))
    }
    const [hold] = await holdsOf(scim)
    // The first five hundred go through.
    expect(hold).toMatchObject({ people: 4_500 })
    const released = await admin.call('POST', path(scim, `/holds/${hold.id}/release`))
    expect(released.body).toMatchObject({ state: 'closed', released: 4_500 })
    expect(activeIn(await application(scim), ids)).toBe(0)
  })
})

describe('people deactivated one after the other', () => {
  it('pass up to the share that the tenant allows; the others wait', async () => {
    const scim = await tenant()
    const ids = await people(scim, 200)
    for (const id of ids.slice(0, 60)) {
      expect((await scim.call('PATCH', `/Users/${id}`, off)).body.active).toBe(false)
    }
    const view = await application(scim)
    expect(ids.slice(0, 60).map((id) => view.users[id].active)).toEqual(
      Array.from({ length: 60 }, (_, index) => index >= 40),
    )
    expect(await holdsOf(scim)).toMatchObject([{ people: 20, state: 'open' }])
  })

  it('all pass when the tenant allows to lose everybody', async () => {
    const scim = await tenant({ guard: { deactivations: 1 } })
    const ids = await people(scim, 30)
    await bulk(scim, deactivate(ids))
    expect(activeIn(await application(scim), ids)).toBe(0)
  })

  it('count once, and no more when an hour has passed', async () => {
    const scim = await tenant()
    const ids = await people(scim, 20)
    for (const id of ids.slice(0, 10)) await scim.call('PATCH', `/Users/${id}`, off)
    for (const id of ids.slice(0, 10)) await scim.call('PATCH', `/Users/${id}`, on)
    for (const id of ids.slice(0, 10)) await scim.call('PATCH', `/Users/${id}`, off)
    expect(await holdsOf(scim)).toEqual([])
    const tenantRow = `(select id from tenants where slug = '${scim.slug}')`
    await bindings.DB.batch(
      ['losses', 'loss_minutes'].map((table) =>
        bindings.DB.prepare(
          `update ${table} set minute = minute - 60 where tenant_id = ${tenantRow}`,
        ),
      ),
    )
    for (const id of ids.slice(10)) await scim.call('PATCH', `/Users/${id}`, off)
    expect(await holdsOf(scim)).toEqual([])
    expect(activeIn(await application(scim), ids)).toBe(0)
  })
})

describe('what the provider says next', () => {
  async function held() {
    const scim = await tenant()
    const ids = await people(scim, 15)
    await spend(scim)
    await bulk(scim, deactivate(ids))
    const [hold] = await holdsOf(scim)
    return { scim, ids, id: String(ids[0]), hold }
  }

  it('ends the wait of whom it makes active again, without an event', async () => {
    const { scim, ids } = await held()
    const before = await application(scim)
    for (const id of ids) expect((await scim.call('PATCH', `/Users/${id}`, on)).status).toBe(200)
    expect(await application(scim)).toEqual(before)
    expect(await holdsOf(scim)).toMatchObject([{ state: 'closed', waiting: 0 }])
  })

  it('tells what else has changed meanwhile when the wait ends', async () => {
    const { scim, id } = await held()
    const title = patch({ op: 'replace', path: 'title', value: 'Boss' })
    await scim.call('PATCH', `/Users/${id}`, title)
    expect((await application(scim)).users[id].title).toBeUndefined()
    await scim.call('PATCH', `/Users/${id}`, on)
    const { users, events } = await application(scim)
    expect(users[id]).toMatchObject({ title: 'Boss', active: true })
    expect(events.at(-1)).toMatchObject({
      type: 'user.updated',
      changes: { title: { before: null, after: 'Boss' } },
    })
  })

  it('waits on when the person is deleted, and is released as one deletion', async () => {
    const { scim, id, hold } = await held()
    expect((await scim.call('DELETE', `/Users/${id}`)).status).toBe(204)
    expect((await scim.call('GET', `/Users/${id}`)).status).toBe(404)
    expect((await application(scim)).users[id].active).toBe(true)
    await admin.call('POST', path(scim, `/holds/${hold.id}/release`), { people: [id] })
    const { users, events } = await application(scim)
    expect(users[id]).toBeUndefined()
    expect(events.slice(-2).map(({ type }) => type)).toEqual(['hold.released', 'user.deleted'])
  })

  it('settles a discarded change when it speaks of it, and not when it speaks of other things', async () => {
    const { scim, ids, id, hold } = await held()
    await admin.call('POST', path(scim, `/holds/${hold.id}/discard`))
    await scim.call('PATCH', `/Users/${id}`, patch({ op: 'add', path: 'title', value: 'Boss' }))
    expect((await application(scim)).users[id].active).toBe(true)
    const tag = (await scim.call('GET', `/Users/${id}`)).body.meta.version
    const tenantRow = `(select id from tenants where slug = '${scim.slug}')`
    await bindings.DB.batch(
      ['losses', 'loss_minutes'].map((table) =>
        bindings.DB.prepare(`delete from ${table} where tenant_id = ${tenantRow}`),
      ),
    )
    await scim.call('PATCH', `/Users/${id}`, off)
    const view = await application(scim)
    expect(view.users[id]).toMatchObject({ active: false, title: 'Boss' })
    expect((await scim.call('GET', `/Users/${id}`)).body.meta.version).toBe(tag)
    await scim.call('PATCH', `/Users/${ids[1]}`, on)
    expect((await application(scim)).events).toHaveLength(view.events.length)
    expect((await admin.call('GET', path(scim, '/drift'))).body.changes).toHaveLength(13)
  })
})

describe('people who lose their teams', () => {
  async function withTeam() {
    const scim = await tenant()
    const ids = await people(scim, 30)
    const team = await scim.call('POST', '/Groups', {
      displayName: 'Support',
      members: ids.map((value) => ({ value })),
    })
    return { scim, ids, team: String(team.body.id) }
  }

  it('keep them for the application when a team is emptied', async () => {
    const { scim, ids, team } = await withTeam()
    const body = { displayName: 'Support', members: [] }
    expect((await scim.call('PUT', `/Groups/${team}`, body)).body.members).toEqual([])
    expect((await application(scim)).members).toHaveLength(30)
    const [hold] = await holdsOf(scim)
    expect(hold).toMatchObject({ people: 30, teams: 1, reason: 'losses' })
    // Who is in again never was out.
    const value = ids.slice(0, 5).map((id) => ({ value: id }))
    await scim.call('PATCH', `/Groups/${team}`, patch({ op: 'add', path: 'members', value }))
    expect(await holdsOf(scim)).toMatchObject([{ people: 25 }])
    await admin.call('POST', path(scim, `/holds/${hold.id}/release`), { teams: [team] })
    expect((await application(scim)).members).toEqual(
      ids
        .slice(0, 5)
        .map((id) => `${team}/${id}`)
        .sort(),
    )
    expect(await holdsOf(scim)).toMatchObject([{ state: 'closed' }])
  })

  it('keep the team when it is deleted', async () => {
    const { scim, team } = await withTeam()
    expect((await scim.call('DELETE', `/Groups/${team}`)).status).toBe(204)
    const view = await application(scim)
    expect(view.members).toHaveLength(30)
    expect(view.teams[team]).toMatchObject({ displayName: 'Support' })
    const [hold] = await holdsOf(scim)
    await admin.call('POST', path(scim, `/holds/${hold.id}/release`))
    const { teams, members, events } = await application(scim)
    expect([teams, members]).toEqual([{}, []])
    expect(events.at(-1)?.type).toBe('team.deleted')
  })

  it('keep them when they are deleted, and go at once with what they lose', async () => {
    const { scim, ids, team } = await withTeam()
    await spend(scim)
    await bulk(
      scim,
      ids.slice(0, 15).map((id) => ({ method: 'DELETE', path: `/Users/${id}` })),
    )
    expect((await scim.call('GET', `/Groups/${team}`)).body.members).toHaveLength(15)
    expect((await application(scim)).members).toHaveLength(30)
    const [hold] = await holdsOf(scim)
    expect(hold).toMatchObject({ people: 15, waiting: 30 })
    await admin.call('POST', path(scim, `/holds/${hold.id}/release`), { people: ids.slice(0, 3) })
    expect((await application(scim)).members).toHaveLength(27)
    await admin.call('POST', path(scim, `/holds/${hold.id}/discard`))
    expect(Object.keys((await application(scim)).users)).toHaveLength(27)
    await admin.call('POST', path(scim, '/drift/release'))
    expect(Object.keys((await application(scim)).users)).toHaveLength(15)
  })

  it('wait each in their turn when changes of one team share a batch', async () => {
    const { scim, ids, team } = await withTeam()
    const answers = await Promise.all(
      ids
        .slice(0, 20)
        .map((id) =>
          scim.call(
            'PATCH',
            `/Groups/${team}`,
            patch({ op: 'remove', path: 'members', value: [{ value: id }] }),
          ),
        ),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect((await scim.call('GET', `/Groups/${team}`)).body.members).toHaveLength(10)
    expect((await application(scim)).members).toHaveLength(20)
    expect(await holdsOf(scim)).toMatchObject([{ people: 10 }])
  })
})

describe('many writers and an operator at once', () => {
  it('are all answered as if there were no guard, and the events stay in step', async () => {
    const scim = await tenant()
    const ids = await people(scim, 90)
    const teams: string[] = []
    for (const displayName of ['One', 'Two']) {
      const members = ids.map((value) => ({ value }))
      teams.push((await scim.call('POST', '/Groups', { displayName, members })).body.id)
    }
    const statuses = new Set<number>()
    const send = async (...call: Parameters<ScimClient['call']>) =>
      statuses.add((await scim.call(...call)).status)
    const all = (active: unknown, op: string) => [
      ...ids.slice(0, 40).map((id) => send('PATCH', `/Users/${id}`, active)),
      ...ids
        .slice(40, 80)
        .map((id, index) =>
          send(
            'PATCH',
            `/Groups/${teams[index % 2]}`,
            patch({ op, path: 'members', value: [{ value: id }] }),
          ),
        ),
    ]
    const decide = async (decision: string) => {
      for (const { id } of await holdsOf(scim)) {
        statuses.add((await admin.call('POST', path(scim, `/holds/${id}/${decision}`))).status)
      }
    }
    for (const decision of ['release', 'discard', 'release']) {
      await Promise.all([...all(off, 'remove'), decide('release')])
      await Promise.all([...all(on, 'add'), decide(decision)])
      await application(scim)
    }
    expect([...statuses]).toEqual([200])
    const { body } = await scim.call('GET', '/Users?filter=active eq true&count=0')
    expect(body.totalResults).toBe(90)
  })
})

describe('a fault', () => {
  /** Calls the Worker with a database that fails at one of its calls, before or after the commit. */
  async function callFaulty(
    request: Request,
    fault: { readonly call: number; readonly when: 'before' | 'after' },
  ): Promise<{ status: number; calls: number }> {
    let calls = 0
    const DB = {
      prepare: (text: string) => bindings.DB.prepare(text),
      batch: async (statements: D1PreparedStatement[]) => {
        calls += 1
        const isFaulty = calls === fault.call
        if (isFaulty && fault.when === 'before') throw new Error('Network connection lost.')
        const results = await bindings.DB.batch(statements)
        if (isFaulty) throw new Error('Network connection lost.')
        return results
      },
    } as unknown as D1Database
    const context = createExecutionContext()
    const response = await app.fetch(request, { ...bindings, DB }, context)
    await response.text()
    await waitOnExecutionContext(context)
    return { status: response.status, calls }
  }

  const cases = [1, 2, 3, 4].flatMap((call) =>
    (['before', 'after'] as const).map((when) => ({ call, when })),
  )

  it.each(cases)(
    '$when the commit of call $call leaves events and view in step, and a repeated request does the rest',
    async (fault) => {
      const scim = await tenant()
      const ids = await people(scim, 36)
      await spend(scim)
      const wish = () =>
        new Request(`${scim.baseUrl}/Bulk`, {
          method: 'POST',
          headers: {
            Authorization: `Bearer ${scim.token}`,
            'Content-Type': 'application/scim+json',
          },
          body: JSON.stringify({
            schemas: [bulkUrn],
            Operations: [
              ...deactivate(ids.slice(0, 12)),
              ...ids.slice(12, 24).map((id) => ({ method: 'DELETE', path: `/Users/${id}` })),
            ],
          }),
        })
      await callFaulty(wish(), fault)
      expect(activeIn(await application(scim), ids)).toBe(36)
      await callFaulty(wish(), { call: 0, when: 'before' })
      expect(activeIn(await application(scim), ids)).toBe(36)
      const inactive = await scim.call('GET', '/Users?filter=active eq false&count=0')
      expect(inactive.body.totalResults).toBe(12)
      const [hold] = await holdsOf(scim)
      expect(hold).toMatchObject({ people: 24, state: 'open' })
      for (const decision of ['release', 'discard']) {
        const decide = () =>
          new Request(`${origin}/admin/api${path(scim, `/holds/${hold.id}/${decision}`)}`, {
            method: 'POST',
            headers: {
              Authorization: `Bearer ${bindings.ADMIN_TOKEN}`,
              'Content-Type': 'application/json',
            },
            ...(decision === 'release'
              ? { body: JSON.stringify({ people: ids.slice(6, 18) }) }
              : {}),
          })
        await callFaulty(decide(), fault)
        await application(scim)
        const repeated = await callFaulty(decide(), { call: 0, when: 'before' })
        expect(repeated.status).toBe(200)
      }
      const { users } = await application(scim)
      expect(Object.keys(users)).toHaveLength(30)
      expect(activeIn({ users }, ids)).toBe(24)
      expect(await holdsOf(scim)).toMatchObject([{ state: 'closed', released: 12, discarded: 12 }])
    },
  )
})

describe('a tenant that reviews its teams', () => {
  it('shows nobody new to the application, and nothing gone, before it is approved', async () => {
    const scim = await tenant({ guard: { teams: 'review' } })
    const [ann, ben] = await people(scim, 2)
    const made = await scim.call('POST', '/Groups', {
      displayName: 'Admins',
      members: [{ value: ann }],
    })
    expect([made.status, made.body.members.length]).toEqual([201, 1])
    expect((await application(scim)).teams).toEqual({})
    const [hold] = await holdsOf(scim)
    expect(hold.reason).toBe('review')
    expect((await changesOf(scim, hold.id)).map(({ effect, access }) => [effect, access])).toEqual([
      ['team.created', null],
      ['team.member_added', 'gains'],
    ])
    await admin.call('POST', path(scim, `/holds/${hold.id}/release`), { people: [ann] })
    // Nobody can be in a team that is not there.
    expect((await application(scim)).members).toEqual([])
    await admin.call('POST', path(scim, `/holds/${hold.id}/release`))
    expect((await application(scim)).members).toEqual([`${made.body.id}/${ann}`])
    await scim.call('PUT', `/Groups/${made.body.id}`, {
      displayName: 'Administrators',
      members: [{ value: ben }],
    })
    const before = await application(scim)
    expect(before.teams[made.body.id]).toEqual({ displayName: 'Admins' })
    expect(before.members).toEqual([`${made.body.id}/${ann}`])
    const [next] = await holdsOf(scim)
    await admin.call('POST', path(scim, `/holds/${next.id}/release`))
    const after = await application(scim)
    expect(after.members).toEqual([`${made.body.id}/${ben}`])
    expect(after.events.slice(before.events.length).map(({ type }) => type)).toEqual([
      'hold.released',
      'team.renamed',
      'team.member_added',
      'team.member_removed',
    ])
  })
})

describe('a protected person', () => {
  it('is never released as lost without being confirmed', async () => {
    const scim = await tenant()
    const keeper = await scim.call(
      'POST',
      '/Users',
      person({ userName: 'break.glass@example.com', emails: [] }),
    )
    const { id } = keeper.body
    const [other] = await people(scim, 1)
    await admin.call('PATCH', path(scim, ''), {
      'guard.protected': ['break.glass@EXAMPLE.com'],
    })
    await bulk(scim, deactivate([id, String(other)]))
    const view = await application(scim)
    expect([view.users[id].active, view.users[String(other)].active]).toEqual([true, false])
    const [hold] = await holdsOf(scim)
    expect(hold).toMatchObject({ reason: 'protected', people: 1 })
    const release = path(scim, `/holds/${hold.id}/release`)
    const refused = await admin.call('POST', release)
    expect(refused.status).toBe(409)
    expect(refused.body.people).toEqual([{ id, userName: 'break.glass@example.com' }])
    expect((await application(scim)).events).toHaveLength(view.events.length)
    expect((await admin.call('POST', release, { confirm: [id] })).body.state).toBe('closed')
    expect((await application(scim)).users[id].active).toBe(false)
  })
})

describe('the guard', () => {
  it('answers problems to what it does not understand, and knows no holds of other tenants', async () => {
    const [scim, other] = [await tenant(), await tenant()]
    const ids = await people(scim, 12)
    await spend(scim)
    await bulk(scim, deactivate(ids))
    const [hold] = await holdsOf(scim)
    const statuses = await Promise.all([
      admin.call('POST', path(scim, `/holds/${hold.id}/release`), '{'),
      admin.call('POST', path(scim, `/holds/${hold.id}/release`), { people: 'all' }),
      admin.call('POST', path(scim, `/holds/${hold.id}/discard`), { unknown: [] }),
      admin.call('GET', path(scim, `/holds/${hold.id}?cursor=x`)),
      admin.call('GET', path(other, `/holds/${hold.id}`)),
      admin.call('POST', path(other, `/holds/${hold.id}/release`)),
      admin.call('POST', path(other, `/holds/${hold.id}/discard`)),
      admin.call('POST', path(scim, '/holds/nothing/release')),
    ])
    expect(statuses.map(({ status }) => status)).toEqual([400, 400, 400, 400, 404, 404, 404, 404])
    expect(await holdsOf(scim)).toMatchObject([{ waiting: 12 }])
  })

  it('pages through what waits, and audits what is decided', async () => {
    const scim = await tenant()
    const ids = await people(scim, 12)
    await spend(scim)
    await bulk(scim, deactivate(ids))
    const [hold] = await holdsOf(scim)
    const seen: string[] = []
    let cursor = ''
    do {
      const page = await admin.call(
        'GET',
        path(scim, `/holds/${hold.id}?limit=5${cursor && `&cursor=${cursor}`}`),
      )
      seen.push(...page.body.changes.map((change: any) => change.person.id))
      cursor = page.body.cursor ?? ''
    } while (cursor !== '')
    expect(seen).toEqual(ids.toSorted())
    await admin.call('POST', path(scim, `/holds/${hold.id}/release`), { people: ids.slice(0, 2) })
    for (const _ of [1, 2]) await admin.call('POST', path(scim, `/holds/${hold.id}/discard`))
    const { entries } = (await admin.call('GET', path(scim, '/audit'))).body
    expect(
      entries
        .filter(({ action }: any) => action.startsWith('hold.'))
        .map(({ action, subject }: any) => [action, subject]),
    ).toEqual([
      ['hold.discarded', hold.id],
      ['hold.released', hold.id],
    ])
  })

  it('costs two rows more for a loss, and nothing for anything else', async () => {
    const rows = async (settings?: object) => {
      const scim = await tenant(settings)
      const [id = '', other = ''] = await people(scim, 2)
      const calls: [string, unknown][] = [
        [`/Users/${id}`, patch({ op: 'replace', path: 'title', value: 'Boss' })],
        [`/Users/${other}`, patch({ op: 'replace', path: 'active', value: false })],
      ]
      const written: number[] = []
      for (const [address, body] of calls) {
        const { status, before } = await callCounted(scim, 'PATCH', address, body)
        expect(status).toBe(200)
        written.push(before.rowsWritten)
      }
      return written
    }
    const [watched, unwatched] = [
      await rows(undefined),
      await rows({ guard: { deactivations: 1 } }),
    ]
    expect(watched.map((count, index) => count - (unwatched[index] ?? 0))).toEqual([0, 2])
  })
})
