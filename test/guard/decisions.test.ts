/** Decisions about what waits: exactly what was chosen, told after a while, and taken back. */
import { describe, expect, it } from 'vitest'
import { tellDueReleases } from '../../src/guard/review/delay'
import { admin, bindings, eventsOf, tenant } from '../support/gateway'
import { promptTenant, spend } from '../support/guard'
import { applicationView, releasedView, replay } from '../support/released'
import { patch, person, type ScimClient } from '../support/tenant'

const off = patch({ op: 'replace', path: 'active', value: false })
const on = patch({ op: 'replace', path: 'active', value: true })

const path = (scim: ScimClient, rest: string) => `/tenants/${scim.slug}${rest}`

async function people(scim: ScimClient, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let next = 0; next < count; next += 1) {
    const userName = `user${String(next).padStart(2, '0')}`
    ids.push((await scim.call('POST', '/Users', person({ userName, emails: [] }))).body.id)
  }
  return ids
}

async function teamOf(scim: ScimClient, displayName: string, ids: readonly string[]) {
  const members = ids.map((value) => ({ value }))
  return String((await scim.call('POST', '/Groups', { displayName, members })).body.id)
}

const leave = (scim: ScimClient, team: string, id: string) =>
  scim.call(
    'PATCH',
    `/Groups/${team}`,
    patch({ op: 'remove', path: 'members', value: [{ value: id }] }),
  )

async function holdOf(scim: ScimClient): Promise<any> {
  const { holds } = (await admin.call('GET', path(scim, '/holds'))).body
  return holds[0]
}

const decide = async (scim: ScimClient, decision: string, body?: unknown) => {
  const { id } = await holdOf(scim)
  return admin.call('POST', path(scim, `/holds/${id}/${decision}`), body)
}

async function application(scim: ScimClient) {
  const view = await releasedView(bindings.DB, scim.slug)
  const events = await eventsOf(scim)
  expect(replay(events)).toEqual(view)
  expect(await applicationView(bindings.DB, scim.slug)).toEqual(view)
  return { ...view, events }
}

const minutes = (count: number) => Date.now() + count * 60_000

describe('a change that is chosen', () => {
  it('is released or discarded by itself, and nothing else of the same person', async () => {
    const scim = await promptTenant()
    const [ann = '', ben = ''] = await people(scim, 2)
    const legal = await teamOf(scim, 'Legal 7', [ann, ben])
    await spend(scim)
    await leave(scim, legal, ann)
    await scim.call('PATCH', `/Users/${ann}`, off)
    await scim.call('PATCH', `/Users/${ben}`, off)
    const done = await decide(scim, 'release', { changes: [`${legal}.${ann}`] })
    expect(done.body).toMatchObject({ released: 1, waiting: 2 })
    const view = await application(scim)
    expect(view.members).toEqual([`${legal}/${ben}`])
    expect([view.users[ann].active, view.users[ben].active]).toEqual([true, true])
    await decide(scim, 'discard', { changes: [`.${ben}`] })
    expect(await holdOf(scim)).toMatchObject({ waiting: 1, discarded: 1, state: 'open' })
    await decide(scim, 'release', { changes: [`.${ann}`] })
    expect((await application(scim)).users[ann].active).toBe(false)
  })

  it('is counted as what it is: a discarded deletion leaves its memberships to be decided', async () => {
    const scim = await promptTenant()
    const [ann = ''] = await people(scim, 1)
    await teamOf(scim, 'Legal 7', [ann])
    await spend(scim)
    await scim.call('DELETE', `/Users/${ann}`)
    const done = await decide(scim, 'discard', { changes: [`.${ann}`] })
    expect(done.body).toMatchObject({ decided: 1, discarded: 1, waiting: 1 })
    const { events } = await application(scim)
    expect(events.at(-1)).toMatchObject({ type: 'hold.discarded', resource: { changes: 1 } })
  })

  it('is none where nothing fits: the answer says 0, and nothing is done', async () => {
    const scim = await promptTenant()
    const [ann = '', ben = ''] = await people(scim, 2)
    await spend(scim)
    for (const id of [ann, ben]) await scim.call('PATCH', `/Users/${id}`, off)
    const before = await application(scim)
    const audited = async () =>
      (await admin.call('GET', path(scim, '/audit?limit=200'))).body.entries.length
    const entries = await audited()
    for (const nothing of [{ search: 'nobody' }, { kind: 'teams' }, { people: ['nobody'] }]) {
      for (const decision of ['release', 'discard']) {
        const { status, body } = await decide(scim, decision, nothing)
        expect([status, body.decided, body.waiting]).toEqual([200, 0, 2])
      }
    }
    const drift = await admin.call('POST', path(scim, '/drift/release'))
    expect([drift.status, drift.body]).toEqual([200, { decided: 0 }])
    expect(await application(scim)).toEqual(before)
    expect(await audited()).toBe(entries)
    expect((await decide(scim, 'discard', { search: 'user00' })).body).toMatchObject({ decided: 1 })
    expect((await decide(scim, 'release')).body).toMatchObject({ decided: 1, waiting: 0 })
    expect((await admin.call('POST', path(scim, '/drift/release'))).body).toEqual({ decided: 1 })
  })

  it.each(['Österreich', 'österreich', 'ÖSTER'])(
    'is one of those that fit a filter, in the letters of any language: %s',
    async (search) => {
      const scim = await promptTenant()
      const ids = await people(scim, 2)
      const legal = await teamOf(scim, 'Österreich', ids)
      await spend(scim)
      for (const id of ids) await leave(scim, legal, id)
      expect((await decide(scim, 'release', { search })).body).toMatchObject({ decided: 2 })
    },
  )

  it('is one of those that fit a filter, by name and kind', async () => {
    const scim = await promptTenant()
    const ids = await people(scim, 12)
    const legal = await teamOf(scim, 'Legal', ids)
    await spend(scim)
    for (const id of ids.slice(0, 3)) await leave(scim, legal, id)
    for (const id of ids) await scim.call('PATCH', `/Users/${id}`, off)
    const { id } = await holdOf(scim)
    const found = async (query: string) =>
      (await admin.call('GET', path(scim, `/holds/${id}?${query}`))).body.changes.length
    expect(await found('search=USER0')).toBe(13)
    expect(await found('search=legal&kind=leaves')).toBe(3)
    expect(await found('kind=people')).toBe(12)
    expect(await found('kind=protected')).toBe(0)
    expect((await admin.call('GET', path(scim, `/holds/${id}?kind=other`))).status).toBe(400)
    const done = await decide(scim, 'release', { search: 'user1', kind: 'people' })
    expect(done.body).toMatchObject({ released: 2, waiting: 13 })
    const refused = await decide(scim, 'release', { kind: 'other' })
    expect(refused.status).toBe(400)
    expect(await holdOf(scim)).toMatchObject({ waiting: 13 })
  })
})

describe('a release', () => {
  async function held(count = 3) {
    const scim = await tenant()
    const ids = await people(scim, count)
    await spend(scim)
    for (const id of ids) await scim.call('PATCH', `/Users/${id}`, off)
    return { scim, ids }
  }

  it('is told after the time of the settings, and can be taken back until then', async () => {
    const { scim, ids } = await held()
    const before = await application(scim)
    const planned = await decide(scim, 'release')
    expect(planned.body).toMatchObject({ state: 'open', waiting: 3, released: 0 })
    const tellAt = Date.parse(planned.body.tellAt)
    expect(Math.abs(tellAt - minutes(10))).toBeLessThan(60_000)
    await tellDueReleases(bindings.DB, tellAt - 1)
    expect(await application(scim)).toEqual(before)
    const { releases } = (await admin.call('GET', path(scim, '/releases'))).body
    expect(releases).toMatchObject([{ people: 3, changes: 3, by: 'operator' }])
    const taken = path(scim, `/releases/${releases[0].id}`)
    expect((await admin.call('DELETE', taken)).status).toBe(204)
    expect((await admin.call('DELETE', taken)).status).toBe(404)
    await tellDueReleases(bindings.DB, minutes(11))
    expect(await application(scim)).toEqual(before)
    await decide(scim, 'release')
    await tellDueReleases(bindings.DB, minutes(11))
    const { users, events } = await application(scim)
    expect(ids.map((id) => users[id].active)).toEqual([false, false, false])
    expect(events.at(-4)).toMatchObject({ type: 'hold.released', resource: { people: 3 } })
    expect(await holdOf(scim)).toMatchObject({ state: 'closed', released: 3 })
    expect((await admin.call('GET', path(scim, '/releases'))).body.releases).toEqual([])
    const { entries } = (await admin.call('GET', path(scim, '/audit'))).body
    expect(
      entries
        .map(({ action }: any) => action)
        .filter((action: string) => action.startsWith('hold')),
    ).toEqual([
      'hold.released',
      'hold.release_planned',
      'hold.release_taken_back',
      'hold.release_planned',
    ])
  })

  it('is decided by one of those who decide at the same time: one release is planned', async () => {
    const { scim } = await held()
    const answers = await Promise.all([
      decide(scim, 'release', {}),
      decide(scim, 'release', {}),
      decide(scim, 'release', {}),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(answers.map(({ body }) => body.decided).toSorted()).toEqual([0, 0, 3])
    expect(answers.filter(({ body }) => body.release !== undefined)).toHaveLength(1)
    const { releases } = (await admin.call('GET', path(scim, '/releases'))).body
    expect(releases).toHaveLength(1)
    const { entries } = (await admin.call('GET', path(scim, '/audit'))).body
    const planned = entries.filter((one: any) => one.action === 'hold.release_planned')
    expect(planned).toHaveLength(1)
    // What is taken back waits again: nobody else has released it as well.
    await admin.call('DELETE', path(scim, `/releases/${releases[0].id}`))
    await tellDueReleases(bindings.DB, minutes(11))
    expect(await holdOf(scim)).toMatchObject({ waiting: 3, released: 0 })
  })

  it('leaves out what the provider has changed since, and what was discarded', async () => {
    const { scim, ids } = await held()
    const [ann = '', ben = '', cat = ''] = ids
    await decide(scim, 'release')
    await scim.call('PATCH', `/Users/${ann}`, on)
    await scim.call('DELETE', `/Users/${ben}`)
    await tellDueReleases(bindings.DB, minutes(11))
    const { users } = await application(scim)
    expect([users[ann].active, users[ben].active, users[cat].active]).toEqual([true, true, false])
    expect(await holdOf(scim)).toMatchObject({ waiting: 1, released: 1 })
  })

  it('asks for protected people when it is decided, not when it is told', async () => {
    const { scim, ids } = await held()
    await admin.call('PATCH', path(scim, ''), { 'guard.protected': ['user00'] })
    expect((await decide(scim, 'release')).status).toBe(409)
    expect((await decide(scim, 'release', { confirm: [ids[0]] })).status).toBe(200)
    await tellDueReleases(bindings.DB, minutes(11))
    expect((await application(scim)).users[ids[0] ?? ''].active).toBe(false)
  })
})

describe('what went through in the hour before a hold', () => {
  async function crossed() {
    const scim = await tenant()
    const ids = await people(scim, 40)
    const legal = await teamOf(scim, 'Legal', ids)
    const start = await application(scim)
    for (const id of ids.slice(0, 4)) await scim.call('PATCH', `/Users/${id}`, off)
    for (const id of ids.slice(4, 8)) await scim.call('DELETE', `/Users/${id}`)
    for (const id of ids.slice(8, 12)) await leave(scim, legal, id)
    return { scim, ids, legal, start }
  }

  it('is named with the threshold, and can be taken back on the application’s side', async () => {
    const { scim, ids, start } = await crossed()
    const hold = await holdOf(scim)
    expect(hold).toMatchObject({ people: 2, threshold: { lost: 11, active: 40, allowed: 10 } })
    const before = path(scim, `/holds/${hold.id}/before`)
    expect((await admin.call('GET', before)).body).toMatchObject({
      people: 10,
      undoable: { people: 10, changes: 14 },
    })
    const told = await application(scim)
    expect(Object.keys(told.users)).toHaveLength(36)
    const undone = await decide(scim, 'undo')
    expect(undone.body.undone).toMatchObject({ people: 10, changes: 14 })
    const after = await application(scim)
    expect(after.users).toEqual(start.users)
    expect(after.members).toEqual(start.members)
    const added = after.events.slice(told.events.length)
    expect(new Set(added.map(({ type }) => type))).toEqual(
      new Set(['user.created', 'user.reactivated', 'team.member_added', 'hold.undone']),
    )
    const [first] = added
    expect(first?.cause).toMatchObject({ decision: `undo of hold ${hold.id}` })
    // The directory is what the provider said.
    expect((await scim.call('GET', `/Users/${ids[0]}`)).body.active).toBe(false)
    expect((await scim.call('GET', `/Users/${ids[4]}`)).status).toBe(404)
    expect((await decide(scim, 'undo')).body.undone).toMatchObject({ changes: 0 })
    expect(await eventsOf(scim)).toHaveLength(after.events.length)
  })

  it('is left as it is where the provider has spoken of it since', async () => {
    const { scim, ids, legal } = await crossed()
    await scim.call('PATCH', `/Users/${ids[0]}`, on)
    await scim.call('POST', '/Users', person({ userName: 'user04', emails: [] }))
    const value = [{ value: ids[8] }]
    await scim.call('PATCH', `/Groups/${legal}`, patch({ op: 'add', path: 'members', value }))
    expect((await decide(scim, 'undo')).body.undone).toMatchObject({ people: 7 })
    const { users } = await application(scim)
    expect(Object.values(users).filter(({ userName }: any) => userName === 'user04')).toHaveLength(
      1,
    )
  })

  it('ends for a person of whom the provider speaks again', async () => {
    const { scim, ids } = await crossed()
    await decide(scim, 'undo')
    const before = await eventsOf(scim)
    await scim.call('PATCH', `/Users/${ids[0]}`, on)
    expect(await eventsOf(scim)).toHaveLength(before.length)
    expect((await application(scim)).users[ids[0] ?? ''].active).toBe(true)
  })
})

it('tells the application of a hold: how many, who, the threshold and where it is decided', async () => {
  const scim = await promptTenant()
  const ids = await people(scim, 25)
  for (const id of ids) await scim.call('PATCH', `/Users/${id}`, off)
  await decide(scim, 'discard', { people: ids.slice(10, 12) })
  await decide(scim, 'release')
  const holds = (await eventsOf(scim)).filter(({ type }) => type.startsWith('hold.'))
  const common = {
    reason: 'losses',
    threshold: { lost: 11, active: 25, allowed: 10 },
    link: `/admin/tenants/${scim.slug}/holds`,
  }
  expect(holds.map(({ type, resource }) => [type, resource])).toMatchObject([
    ['hold.opened', { ...common, people: 1, who: [{ id: ids[10], userName: 'user10' }] }],
    ['hold.discarded', { ...common, people: 2, changes: 2 }],
    ['hold.released', { ...common, people: 13, changes: 13 }],
  ])
})
