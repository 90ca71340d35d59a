/** Names under the guard: what the application sees is a directory too, and protection is that of people. */
import { describe, expect, it } from 'vitest'
import { afterAnswers } from '../support/after-answers'
import { admin, bindings, eventsOf } from '../support/gateway'
import { promptTenant as tenant, spend } from '../support/guard'
import { applicationView, releasedView, replay } from '../support/released'
import { patch, person, type ScimClient } from '../support/tenant'

const path = (scim: ScimClient, rest: string) => `/tenants/${scim.slug}${rest}`

async function create(scim: ScimClient, userName: string, more = {}): Promise<string> {
  const made = await scim.call('POST', '/Users', person({ userName, emails: [], ...more }))
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  return made.body.id
}

async function change(scim: ScimClient, address: string, values: Record<string, unknown>) {
  const operations = Object.entries(values).map(([name, value]) => ({
    op: 'replace',
    path: name,
    value,
  }))
  const answer = await scim.call('PATCH', address, patch(...operations))
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
}

async function openHold(scim: ScimClient): Promise<any> {
  const { holds } = (await admin.call('GET', path(scim, '/holds'))).body
  return holds.find(({ state }: any) => state === 'open')
}

async function decide(scim: ScimClient, decision: 'release' | 'discard', body: unknown = {}) {
  const hold = await openHold(scim)
  const answer = await admin.call('POST', path(scim, `/holds/${hold?.id}/${decision}`), body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}

/** The application's view, by its events and by its lists alike, with every name once. */
async function application(scim: ScimClient) {
  const view = await releasedView(bindings.DB, scim.slug)
  const events = await eventsOf(scim)
  expect(replay(events)).toEqual(view)
  expect(await applicationView(bindings.DB, scim.slug)).toEqual(view)
  return { ...view, events, people: namesOf(view.users, 'userName') }
}

function namesOf(known: Record<string, any>, attribute: string): Record<string, string> {
  return Object.fromEntries(Object.entries(known).map(([id, one]) => [one[attribute], id]))
}

const protects = (...names: string[]) => ({ guard: { protected: names } })

describe('a protected person', () => {
  it('is protected from the first request on in a tenant that is made with the list', async () => {
    const scim = await tenant({ guard: { protected: ['Ann', 'ann', 'ben'] } })
    const { guard } = (await admin.call('GET', path(scim, ''))).body
    expect(guard.protected).toEqual(['Ann', 'ben'])
    const ann = await create(scim, 'ann')
    await change(scim, `/Users/${ann}`, { active: false })
    expect((await application(scim)).users[ann].active).toBe(true)
    expect(await openHold(scim)).toMatchObject({ reason: 'protected', people: 1 })
  })

  it('stays protected by another name, which is the one that is shown', async () => {
    const scim = await tenant()
    const ann = await create(scim, 'ann')
    await admin.call('PATCH', path(scim, ''), protects('ann', 'nobody'))
    await change(scim, `/Users/${ann}`, { userName: 'anna' })
    const shown = (await admin.call('GET', path(scim, ''))).body
    expect(shown.guard.protected.toSorted()).toEqual(['anna', 'nobody'])
    await change(scim, `/Users/${ann}`, { active: false })
    expect((await application(scim)).users[ann]).toMatchObject({ userName: 'anna', active: true })
    expect(await openHold(scim)).toMatchObject({ reason: 'protected', people: 1 })
    // Somebody else by the name from before is not protected.
    const other = await create(scim, 'ann')
    await change(scim, `/Users/${other}`, { active: false })
    expect((await application(scim)).users[other].active).toBe(false)
  })

  it.each(['DELETE', 'team'])('renamed first is not lost by %s either', async (way) => {
    const scim = await tenant()
    const ann = await create(scim, 'ann')
    const team = await scim.call('POST', '/Groups', {
      displayName: 'Support',
      members: [{ value: ann }],
    })
    await admin.call('PATCH', path(scim, ''), protects('ANN'))
    await change(scim, `/Users/${ann}`, { userName: 'anna' })
    if (way === 'DELETE') await scim.call('DELETE', `/Users/${ann}`)
    else {
      const remove = { op: 'remove', path: `members[value eq "${ann}"]` }
      await scim.call('PATCH', `/Groups/${team.body.id}`, patch(remove))
    }
    const seen = await application(scim)
    expect(seen.people).toEqual({ anna: ann })
    expect(seen.members).toEqual([`${team.body.id}/${ann}`])
  })

  it('keeps the protection when names are swapped', async () => {
    const scim = await tenant()
    const [ann, ben] = [await create(scim, 'ann'), await create(scim, 'ben')]
    await admin.call('PATCH', path(scim, ''), protects('ann'))
    await change(scim, `/Users/${ann}`, { userName: 'between' })
    await change(scim, `/Users/${ben}`, { userName: 'ann' })
    await change(scim, `/Users/${ann}`, { userName: 'ben' })
    await change(scim, `/Users/${ben}`, { active: false })
    await change(scim, `/Users/${ann}`, { active: false })
    const { users, people } = await application(scim)
    expect([users[ann].active, users[ben].active]).toEqual([true, false])
    expect(people).toEqual({ ann: ben, ben: ann })
  })

  it('is also whoever takes the name of one whose deletion is held, from then on', async () => {
    const scim = await tenant()
    const [ann, ben] = [await create(scim, 'ann'), await create(scim, 'ben')]
    await admin.call('PATCH', path(scim, ''), protects('ann'))
    await scim.call('DELETE', `/Users/${ann}`)
    await change(scim, `/Users/${ben}`, { userName: 'ann', active: false })
    const { users } = await application(scim)
    expect([users[ann].active, users[ben].active]).toEqual([true, true])
    // When the first one is gone there is one entry, which goes with who has the name.
    await decide(scim, 'release', { people: [ann], confirm: [ann, ben] })
    await change(scim, `/Users/${ben}`, { userName: 'benno' })
    expect((await admin.call('GET', path(scim, ''))).body.guard.protected).toEqual(['benno'])
  })

  it('is also whoever takes the name that Entra has made unusable', async () => {
    const scim = await tenant()
    const ann = await create(scim, 'ann')
    await admin.call('PATCH', path(scim, ''), protects('ann'))
    await change(scim, `/Users/${ann}`, { userName: `${'0a'.repeat(16)}ann`, active: false })
    const next = await create(scim, 'ann')
    await decide(scim, 'release', { people: [next], confirm: [ann, next] })
    await change(scim, `/Users/${next}`, { active: false })
    const { users, people } = await application(scim)
    expect(people['ann']).toBe(next)
    expect([users[ann].active, users[next].active]).toEqual([false, true])
  })

  it('is who has a listed name, when the name is listed again', async () => {
    const scim = await tenant()
    const [ann, ben] = [await create(scim, 'ann'), await create(scim, 'ben')]
    await admin.call('PATCH', path(scim, ''), protects('ann'))
    await scim.call('DELETE', `/Users/${ann}`)
    await admin.call('PATCH', path(scim, ''), protects())
    await change(scim, `/Users/${ben}`, { userName: 'ann' })
    const named = await admin.call('PATCH', path(scim, ''), protects('ann', 'cat'))
    expect(named.body.guard.protected).toEqual(['ann', 'cat'])
    await change(scim, `/Users/${ben}`, { active: false })
    expect((await application(scim)).users[ben].active).toBe(true)
  })

  it('is whoever is the first to have a name that waited', async () => {
    const scim = await tenant(protects('late', 'later'))
    const late = await create(scim, 'Late')
    const later = await create(scim, 'soon')
    await change(scim, `/Users/${later}`, { userName: 'later' })
    for (const id of [late, later]) await change(scim, `/Users/${id}`, { active: false })
    const { users } = await application(scim)
    expect([users[late].active, users[later].active]).toEqual([true, true])
    const shown = (await admin.call('GET', path(scim, ''))).body.guard.protected
    expect(shown.toSorted()).toEqual(['Late', 'later'])
  })
})

describe('a soft delete of Entra', () => {
  const mangled = (name: string) => `${crypto.randomUUID().replaceAll('-', '')}${name}`

  it('is a deactivation under the old name, and a return gives the same person back', async () => {
    const scim = await tenant()
    const ann = await create(scim, 'ann@example.com')
    const before = await application(scim)
    const userName = mangled('ann@example.com')
    await change(scim, `/Users/${ann}`, { userName, active: 'False' })
    expect((await scim.call('GET', `/Users/${ann}`)).body.userName).toBe(userName)
    const gone = await application(scim)
    expect(gone.users[ann]).toEqual({ ...before.users[ann], active: false })
    await change(scim, `/Users/${ann}`, { title: 'Boss' })
    await change(scim, `/Users/${ann}`, { userName: 'ann@example.com', active: 'True' })
    const back = await application(scim)
    expect(back.users[ann]).toEqual({ ...before.users[ann], title: 'Boss' })
    expect(back.events.map(({ type }) => type)).toEqual([
      'user.created',
      'user.deactivated',
      'user.updated',
      'user.reactivated',
    ])
    expect(JSON.stringify(back.events)).not.toContain(userName)
    expect(await openHold(scim)).toBeUndefined()
  })

  it('that follows on another one, while somebody else has the name, is told no name either', async () => {
    const scim = await tenant({ profile: 'entra' })
    const ann = await create(scim, 'ann')
    await change(scim, `/Users/${ann}`, { userName: mangled('ann'), active: false })
    const other = await create(scim, 'ann')
    await decide(scim, 'release')
    await change(scim, `/Users/${ann}`, { userName: mangled('ann'), active: true })
    await change(scim, `/Users/${ann}`, { userName: mangled('Ann'), active: false })
    const { people, events } = await application(scim)
    expect(people).toEqual({ [`former-${ann}`]: ann, ann: other })
    expect(JSON.stringify(events)).not.toMatch(/[0-9a-f]{32}ann/i)
  })

  it('that ends in a deletion never shows the name that nobody has', async () => {
    const scim = await tenant()
    const ann = await create(scim, 'ann')
    const { id: team } = (
      await scim.call('POST', '/Groups', { displayName: 'Support', members: [{ value: ann }] })
    ).body
    const userName = mangled('ann')
    await change(scim, `/Users/${ann}`, { userName, active: false })
    await scim.call('DELETE', `/Users/${ann}`)
    const { users, members, events } = await application(scim)
    expect([users, members]).toEqual([{}, []])
    expect(events.slice(-3).map(({ type }) => type)).toEqual([
      'user.deactivated',
      'team.member_removed',
      'user.deleted',
    ])
    expect(events.at(-1)?.resource.userName).toBe('ann')
    expect(JSON.stringify(events)).not.toContain(userName)
    expect(events[2]?.resource_id).toBe(team)
  })

  it('that is held is released as a deactivation', async () => {
    const scim = await tenant()
    const ann = await create(scim, 'ann')
    await admin.call('PATCH', path(scim, ''), protects('ann'))
    const userName = mangled('ann')
    await change(scim, `/Users/${ann}`, { userName, active: false })
    expect((await application(scim)).users[ann].active).toBe(true)
    await decide(scim, 'release', { confirm: [ann] })
    const { users, events } = await application(scim)
    expect(users[ann]).toMatchObject({ userName: 'ann', active: false })
    expect(JSON.stringify(events)).not.toContain(userName)
    expect((await admin.call('GET', path(scim, ''))).body.guard.protected).toEqual(['ann'])
  })

  it('whose name somebody new gets waits for the operator, with the new person', async () => {
    const scim = await tenant()
    const ann = await create(scim, 'ann')
    const userName = mangled('ann')
    await change(scim, `/Users/${ann}`, { userName, active: false })
    const next = await create(scim, 'ann')
    await change(scim, `/Users/${next}`, { title: 'Boss' })
    expect((await application(scim)).people).toEqual({ ann })
    expect(await openHold(scim)).toMatchObject({ reason: 'together', people: 2 })
    await decide(scim, 'release', { people: [next] })
    const { people, users, events } = await application(scim)
    expect(people['ann']).toBe(next)
    expect(users[ann].active).toBe(false)
    expect(JSON.stringify(events)).not.toContain(userName)
    expect(await openHold(scim)).toBeUndefined()
  })

  it('is a new name like any other in the profile rfc', async () => {
    const scim = await tenant({ profile: 'rfc' })
    const ann = await create(scim, 'ann')
    const userName = mangled('ann')
    await change(scim, `/Users/${ann}`, { userName, active: false })
    expect((await application(scim)).people).toEqual({ [userName]: ann })
  })
})

describe('a name that the application still sees elsewhere', () => {
  async function held() {
    const scim = await tenant()
    const ann = await create(scim, 'user0')
    await admin.call('PATCH', path(scim, ''), protects('user0'))
    await change(scim, `/Users/${ann}`, { active: false })
    await change(scim, `/Users/${ann}`, { userName: 'other' })
    const next = await create(scim, 'user0')
    return { scim, ann, next }
  }

  it.each(['ann', 'next'] as const)(
    'waits with it in the same hold, and releasing %s takes both',
    async (which) => {
      const { scim, ...ids } = await held()
      expect((await application(scim)).people).toEqual({ user0: ids.ann })
      expect(await openHold(scim)).toMatchObject({ people: 2 })
      await decide(scim, 'release', { people: [ids[which]], confirm: [ids.ann] })
      expect((await application(scim)).people).toEqual({ user0: ids.next, other: ids.ann })
      expect(await openHold(scim)).toBeUndefined()
    },
  )

  it.each(['ann', 'next'] as const)(
    'is discarded with it, whoever of them is chosen',
    async (which) => {
      const { scim, ...ids } = await held()
      await decide(scim, 'discard', { people: [ids[which]] })
      expect((await application(scim)).people).toEqual({ user0: ids.ann })
      expect(await openHold(scim)).toBeUndefined()
      await change(scim, `/Users/${ids.next}`, { title: 'Boss' })
      expect((await application(scim)).people).toEqual({ user0: ids.ann })
      await admin.call('POST', path(scim, '/drift/release'), { confirm: [ids.ann] })
      expect((await application(scim)).people).toEqual({ user0: ids.next, other: ids.ann })
    },
  )

  it('is told of at once when whoever was discarded with it waits for nothing any more', async () => {
    const { scim, ann, next } = await held()
    const ben = await create(scim, 'ben')
    await change(scim, `/Users/${next}`, { userName: 'free' })
    await change(scim, `/Users/${ben}`, { userName: 'user0' })
    await decide(scim, 'discard')
    await admin.call('PATCH', path(scim, ''), protects())
    await scim.call('DELETE', `/Users/${ann}`)
    expect((await application(scim)).people).toEqual({ free: next, ben })
    const last = await create(scim, 'ben')
    expect((await application(scim)).people).toEqual({ free: next, user0: ben, ben: last })
    expect(await openHold(scim)).toBeUndefined()
  })

  it('ends its wait when the provider takes back what it waited for', async () => {
    const { scim, ann, next } = await held()
    const team = await scim.call('POST', '/Groups', {
      displayName: 'Support',
      members: [{ value: next }, { value: ann }],
    })
    expect((await application(scim)).members).toEqual([`${team.body.id}/${ann}`])
    await change(scim, `/Users/${ann}`, { active: true })
    const { people, members } = await application(scim)
    expect(people).toEqual({ user0: next, other: ann })
    expect(members).toEqual([ann, next].map((id) => `${team.body.id}/${id}`).toSorted())
    expect(await openHold(scim)).toBeUndefined()
  })

  it('makes nobody wait with anything but the name', async () => {
    const { scim, ann } = await held()
    const ben = await create(scim, 'ben')
    await scim.call(
      'DELETE',
      `/Users/${(await scim.call('GET', '/Users?filter=userName eq "user0"')).body.Resources[0].id}`,
    )
    await change(scim, `/Users/${ben}`, { userName: 'user0', title: 'Boss' })
    await change(scim, `/Users/${ben}`, { active: false })
    const { users, people } = await application(scim)
    expect(people).toEqual({ user0: ann, ben })
    expect(users[ben]).toMatchObject({ title: 'Boss', active: false })
    await decide(scim, 'release', { confirm: [ann] })
    expect((await application(scim)).people).toEqual({ user0: ben, other: ann })
  })

  it('is free for somebody else when the deletion of who had it is released', async () => {
    const scim = await tenant()
    const ids = [await create(scim, 'ann'), await create(scim, 'ben'), await create(scim, 'cat')]
    const [ann = '', ben = '', cat = ''] = ids
    await admin.call('PATCH', path(scim, ''), protects('ann'))
    await scim.call('DELETE', `/Users/${ann}`)
    await change(scim, `/Users/${ben}`, { userName: 'ann' })
    await change(scim, `/Users/${cat}`, { userName: 'ben' })
    expect((await application(scim)).people).toEqual({ ann, ben, cat })
    await decide(scim, 'release', { people: [cat], confirm: [ann] })
    const { people, events } = await application(scim)
    expect(people).toEqual({ ann: ben, ben: cat })
    expect(events.slice(-3).map(({ type, resource_id: id }) => [type, id])).toEqual([
      ['user.deleted', ann],
      ['user.updated', ben],
      ['user.updated', cat],
    ])
  })

  it('is swapped by way of a name that nobody has', async () => {
    const scim = await tenant()
    const [ann, ben] = [await create(scim, 'ann'), await create(scim, 'ben')]
    await admin.call('PATCH', path(scim, ''), protects('ann', 'ben'))
    for (const id of [ann, ben]) await change(scim, `/Users/${id}`, { active: false })
    await change(scim, `/Users/${ann}`, { userName: 'between' })
    await change(scim, `/Users/${ben}`, { userName: 'ann' })
    await change(scim, `/Users/${ann}`, { userName: 'ben' })
    await decide(scim, 'release', { people: [ben], confirm: [ann, ben] })
    expect((await application(scim)).people).toEqual({ ann: ben, ben: ann })
    expect(await openHold(scim)).toBeUndefined()
  })

  it('is one of a team as well, in a tenant that reviews them', async () => {
    const scim = await tenant({ guard: { teams: 'review' } })
    const team = async (displayName: string) =>
      (await scim.call('POST', '/Groups', { displayName })).body.id
    const first = await team('Support')
    await decide(scim, 'release')
    await change(scim, `/Groups/${first}`, { displayName: 'Help' })
    const second = await team('Support')
    await decide(scim, 'release', { teams: [second] })
    const { teams } = await application(scim)
    expect(namesOf(teams, 'displayName')).toEqual({ Support: second, Help: first })
  })

  it('of a team waits in a tenant that does not review them', async () => {
    const scim = await tenant({ guard: { teams: 'review' } })
    const team = async (displayName: string) =>
      (await scim.call('POST', '/Groups', { displayName })).body.id
    const first = await team('Support')
    await decide(scim, 'release')
    await change(scim, `/Groups/${first}`, { displayName: 'Help' })
    await admin.call('PATCH', path(scim, ''), { guard: { teams: 'apply' } })
    const second = await team('support')
    expect(namesOf((await application(scim)).teams, 'displayName')).toEqual({ Support: first })
    await change(scim, `/Groups/${second}`, { displayName: 'Others' })
    expect(namesOf((await application(scim)).teams, 'displayName')).toEqual({
      Support: first,
      Others: second,
    })
  })
})

describe('a person who is deleted', () => {
  it('waits with the deletion of a team in which the application still has the person', async () => {
    const scim = await tenant({ guard: { teams: 'review' } })
    const ann = await create(scim, 'ann')
    const body = { displayName: 'Support', members: [{ value: ann }] }
    const team = (await scim.call('POST', '/Groups', body)).body.id
    await decide(scim, 'release')
    await scim.call('DELETE', `/Groups/${team}`)
    await decide(scim, 'discard', { people: [ann] })
    await admin.call('PATCH', path(scim, ''), { guard: { teams: 'apply' } })
    await change(scim, `/Users/${ann}`, { active: false })
    await scim.call('DELETE', `/Users/${ann}`)
    expect((await application(scim)).members).toEqual([`${team}/${ann}`])
    await decide(scim, 'release')
    const { users, teams, members } = await application(scim)
    expect([users, teams, members]).toEqual([{}, {}, []])
  })

  it.each(['its deletion', 'a list without the person'])(
    'is not taken by %s from a team that the operator has kept the person in',
    async (way) => {
      const scim = await tenant()
      const ann = await create(scim, 'ann')
      await admin.call('PATCH', path(scim, ''), protects('ann'))
      const body = { displayName: 'Support', members: [{ value: ann }] }
      const team = (await scim.call('POST', '/Groups', body)).body.id
      await scim.call('DELETE', `/Users/${ann}`)
      await decide(scim, 'discard', { changes: [`${team}.${ann}`] })
      if (way === 'its deletion') await scim.call('DELETE', `/Groups/${team}`)
      else await scim.call('PUT', `/Groups/${team}`, { displayName: 'Support', members: [] })
      expect((await application(scim)).members).toEqual([`${team}/${ann}`])
      await decide(scim, 'release', { confirm: [ann] })
      const { users, members } = await application(scim)
      expect([users, members]).toEqual([{}, []])
    },
  )
})

describe('people deleted by accident and made again', () => {
  it('are the same people to the application, and the hold closes by itself', async () => {
    const scim = await tenant()
    const names = Array.from({ length: 30 }, (_, index) => `user${index}`)
    const ids: string[] = []
    for (const name of names) ids.push(await create(scim, name))
    const bulk = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: ids.map((id) => ({ method: 'DELETE', path: `/Users/${id}` })),
    }
    await spend(scim)
    await scim.call('POST', '/Bulk', bulk)
    const before = await application(scim)
    expect(Object.keys(before.people)).toHaveLength(30)
    const again: string[] = []
    for (const name of names) again.push(await create(scim, name, { title: 'Back' }))
    expect(again.filter((id) => ids.includes(id))).toEqual([])
    const after = await application(scim)
    expect(after.people).toEqual(before.people)
    expect(after.events.slice(before.events.length).map(({ type }) => type)).toEqual(
      names.map(() => 'user.updated'),
    )
    expect(await openHold(scim)).toBeUndefined()
    await change(scim, `/Users/${again[0]}`, { userName: 'renamed' })
    const { users } = await application(scim)
    expect(users[ids[0] ?? '']).toMatchObject({ userName: 'renamed', active: true, title: 'Back' })
  })

  it('keep their teams until the provider has said of each', async () => {
    const scim = await tenant()
    const ann = await create(scim, 'ann')
    await admin.call('PATCH', path(scim, ''), protects('ann'))
    const members = [{ value: ann }]
    const teams: string[] = []
    for (const displayName of ['One', 'Two']) {
      teams.push((await scim.call('POST', '/Groups', { displayName, members })).body.id)
    }
    await scim.call('DELETE', `/Users/${ann}`)
    const again = await create(scim, 'ann')
    const both = teams.map((team) => `${team}/${ann}`).toSorted()
    expect((await application(scim)).members).toEqual(both)
    expect(await openHold(scim)).toMatchObject({ people: 1, waiting: 2 })
    const value = [{ value: again }]
    await scim.call('PATCH', `/Groups/${teams[0]}`, patch({ op: 'add', path: 'members', value }))
    expect((await application(scim)).members).toEqual(both)
    await decide(scim, 'release', { confirm: [again] })
    expect((await application(scim)).members).toEqual([`${teams[0]}/${ann}`])
    // The protection is that of the person.
    await scim.call('DELETE', `/Users/${again}`)
    const third = await create(scim, 'ANN')
    expect((await application(scim)).people).toEqual({ ANN: ann })
    await scim.call('DELETE', `/Users/${third}`)
    await decide(scim, 'release', { confirm: [third] })
    expect((await application(scim)).users).toEqual({})
  })

  it('are told by the log', async () => {
    const scim = await tenant()
    const ann = await create(scim, 'ann')
    await admin.call('PATCH', path(scim, ''), protects('ann'))
    await scim.call('DELETE', `/Users/${ann}`)
    const again = await create(scim, 'ann')
    await afterAnswers()
    const { results } = await bindings.DB.prepare(
      `select passed_over.cause from passed_over join tenants on tenants.id = tenant_id where slug = ?`,
    )
      .bind(scim.slug)
      .all<{ cause: string }>()
    expect(results.map(({ cause }) => JSON.parse(cause).passedOver)).toEqual([
      [expect.objectContaining({ name: 'samePerson', of: again })],
    ])
    expect(await openHold(scim)).toBeUndefined()
  })

  it('without access wait as the deletion did', async () => {
    const scim = await tenant()
    const ann = await create(scim, 'ann')
    await admin.call('PATCH', path(scim, ''), protects('ann'))
    await scim.call('DELETE', `/Users/${ann}`)
    const again = await create(scim, 'ann', { active: false })
    expect((await application(scim)).users[ann].active).toBe(true)
    await decide(scim, 'release', { confirm: [again] })
    expect((await application(scim)).users[ann].active).toBe(false)
  })
})
