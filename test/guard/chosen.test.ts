/** What nobody chose is never told: whatever the provider does after a decision, or beside it. */
import { describe, expect, it } from 'vitest'
import { tellDueReleases } from '../../src/guard/review/delay'
import { admin, bindings, eventsOf, tenant } from '../support/gateway'
import { promptTenant, spend } from '../support/guard'
import { applicationView, replay } from '../support/released'
import { patch, person, type ScimClient } from '../support/tenant'

const set = (path: string, value: unknown) => patch({ op: 'replace', path, value })
const off = set('active', false)
const on = set('active', true)

const path = (scim: ScimClient, rest: string) => `/tenants/${scim.slug}${rest}`
const view = (scim: ScimClient) => applicationView(bindings.DB, scim.slug)
const tell = () => tellDueReleases(bindings.DB, Date.now() + 11 * 60_000)

async function create(scim: ScimClient, userName: string): Promise<string> {
  return (await scim.call('POST', '/Users', person({ userName, emails: [] }))).body.id
}

const change = (scim: ScimClient, id: string, body: unknown) =>
  scim.call('PATCH', `/Users/${id}`, body)

const holdsOf = async (scim: ScimClient) =>
  (await admin.call('GET', path(scim, '/holds'))).body.holds

/** A call about the latest hold. */
async function ofHold(scim: ScimClient, method: string, name: string, body?: unknown) {
  const [{ id }] = await holdsOf(scim)
  return admin.call(method, path(scim, `/holds/${id}/${name}`), body)
}

const release = (scim: ScimClient, body?: unknown) => ofHold(scim, 'POST', 'release', body)

/** A tenant of two people, all of whose losses wait. */
async function couple(make: () => Promise<ScimClient> = tenant) {
  const scim = await make()
  const [ann, ben] = [await create(scim, 'ann'), await create(scim, 'ben')]
  await spend(scim)
  return { scim, ann, ben }
}

/** Deactivates both, after which the second gets the name that the first one has given away. */
async function exchange({ scim, ann, ben }: Awaited<ReturnType<typeof couple>>) {
  for (const [id, name] of [
    [ann, 'cat'],
    [ben, 'ann'],
  ] as const) {
    await change(scim, id, off)
    await change(scim, id, set('userName', name))
  }
}

describe('a release that is not told yet', () => {
  it('is not one of what the provider takes back and says again', async () => {
    const scim = await tenant()
    const [ann, ben] = [await create(scim, 'ann'), await create(scim, 'ben')]
    const members = [{ value: ann }, { value: ben }]
    const team = (await scim.call('POST', '/Groups', { displayName: 'Legal', members })).body.id
    const member = (op: string) =>
      scim.call('PATCH', `/Groups/${team}`, patch({ op, path: 'members', value: [{ value: ben }] }))
    await spend(scim)
    // The hold stays open, with whoever is chosen or not.
    await change(scim, await create(scim, 'cat'), off)
    await change(scim, ann, off)
    await member('remove')
    expect((await release(scim, { people: [ann, ben] })).body.tellAt).toBeDefined()
    await change(scim, ann, on)
    await member('add')
    await change(scim, ann, off)
    await member('remove')
    const before = await view(scim)
    await tell()
    expect(await view(scim)).toEqual(before)
    expect(await holdsOf(scim)).toMatchObject([{ waiting: 3 }])
  })

  it('is decided once, and tells nothing before its time or after the provider takes it back', async () => {
    const scim = await tenant()
    const ann = await create(scim, 'ann')
    await spend(scim)
    await change(scim, ann, off)
    await release(scim)
    expect((await release(scim)).body.tellAt).toBeUndefined()
    const planned = async () => (await admin.call('GET', path(scim, '/releases'))).body.releases
    expect(await planned()).toHaveLength(1)
    await change(scim, ann, on)
    expect(await planned()).toEqual([])
    const before = await eventsOf(scim)
    await tell()
    expect(await eventsOf(scim)).toEqual(before)
    expect(await planned()).toEqual([])
  })

  it('leaves out who is protected since, and asks for whom it is decided', async () => {
    const { scim, ann, ben } = await couple()
    for (const id of [ann, ben]) await change(scim, id, off)
    await release(scim)
    await admin.call('PATCH', path(scim, ''), { 'guard.protected': ['ann'] })
    await tell()
    const { users } = await view(scim)
    expect([users[ann].active, users[ben].active]).toEqual([true, false])
    expect((await release(scim)).status).toBe(409)
    await release(scim, { confirm: [ann] })
    await tell()
    expect((await view(scim)).users[ann].active).toBe(false)
  })

  it('takes nobody along who has taken a name since', async () => {
    const { scim, ann, ben } = await couple()
    await change(scim, ann, off)
    await change(scim, ann, set('userName', 'cat'))
    await release(scim)
    await change(scim, ben, off)
    await change(scim, ben, set('userName', 'ann'))
    await tell()
    const { users } = await view(scim)
    expect(users[ann]).toMatchObject({ userName: 'cat', active: false })
    expect(users[ben]).toMatchObject({ userName: 'ben', active: true })
  })

  it('waits on where it would tell a change that nobody chose', async () => {
    const both = await couple()
    const { scim, ann } = both
    await exchange(both)
    await release(scim)
    // Another change of ann, by whose name the application is to know ben.
    await change(scim, ann, on)
    await change(scim, ann, set('userName', 'dan'))
    await change(scim, ann, off)
    const before = await view(scim)
    await tell()
    const after = await view(scim)
    expect(after.users[ann]).toEqual(before.users[ann])
  })
})

it('a person who is chosen takes along who waits for the name alone, and nobody else', async () => {
  const both = await couple(promptTenant)
  const { scim, ann, ben } = both
  await exchange(both)
  const other = await create(scim, 'ben')
  await release(scim, { changes: [`.${ann}`] })
  const { users } = await view(scim)
  expect(users[ann]).toMatchObject({ userName: 'cat', active: false })
  expect(users[ben]).toMatchObject({ userName: 'ben', active: true })
  expect(users[other]).toBeUndefined()
  await release(scim, { changes: [`.${ben}`] })
  const after = (await view(scim)).users
  expect(after[ben]).toMatchObject({ userName: 'ann', active: false })
  expect(after[other]).toMatchObject({ userName: 'ben', active: true })
})

it('a person who comes back counts once, however often the provider deletes and makes that one', async () => {
  const scim = await promptTenant({ 'guard.deactivations': 0 })
  const ids: string[] = []
  for (let next = 0; next < 12; next += 1) ids.push(await create(scim, `user${next}`))
  for (const id of ids.slice(1)) await scim.call('DELETE', `/Users/${id}`)
  const threshold = { lost: 11, active: 12, allowed: 10 }
  expect(await holdsOf(scim)).toMatchObject([{ people: 1, threshold }])
  for (const _ of [1, 2, 3]) {
    const again = await create(scim, 'user11')
    await scim.call('DELETE', `/Users/${again}`)
  }
  const holds = await holdsOf(scim)
  expect(holds).toHaveLength(4)
  for (const hold of holds) expect(hold.threshold).toEqual(threshold)
})

it('an undo gives each name to one person and one team: whoever had it last', async () => {
  const scim = await promptTenant()
  const ids: string[] = []
  for (let next = 0; next < 12; next += 1) ids.push(await create(scim, `user${next}`))
  const members = ids.map((value) => ({ value }))
  const make = async () =>
    (await scim.call('POST', '/Groups', { displayName: 'Legal', members })).body.id
  const first = await create(scim, 'ann')
  await scim.call('DELETE', `/Users/${first}`)
  const second = await create(scim, 'Ann')
  const teams = [await make()]
  await scim.call('DELETE', `/Users/${second}`)
  await bindings.DB.prepare('delete from loss_minutes').run()
  await bindings.DB.prepare('delete from losses').run()
  await admin.call('PATCH', path(scim, ''), { 'guard.deactivations': 1 })
  await scim.call('DELETE', `/Groups/${teams[0]}`)
  teams.push(await make())
  await scim.call('DELETE', `/Groups/${teams[1]}`)
  await admin.call('PATCH', path(scim, ''), { 'guard.deactivations': 0.2 })
  await spend(scim)
  await change(scim, ids[0] ?? '', off)
  const before = (await ofHold(scim, 'GET', 'before')).body
  const undone = await ofHold(scim, 'POST', 'undo')
  expect(undone.body.undone).toEqual(before.undoable)
  const after = await view(scim)
  expect(after).toEqual(replay(await eventsOf(scim)))
  expect([first, second].filter((id) => after.users[id])).toEqual([second])
  expect(Object.keys(after.teams)).toEqual([teams[1]])
  expect(after.members).toHaveLength(12)
})

it('an undo takes back the losses of the hour before the hold, and neither earlier nor later ones', async () => {
  const scim = await promptTenant()
  const [early, recent, held, later] = [
    await create(scim, 'early'),
    await create(scim, 'recent'),
    await create(scim, 'held'),
    await create(scim, 'later'),
  ]
  await change(scim, early, off)
  await bindings.DB.prepare(
    `update events set at = at - 3600000
     where tenant_id = (select id from tenants where slug = ?)`,
  )
    .bind(scim.slug)
    .run()
  await change(scim, recent, off)
  await spend(scim)
  await change(scim, held, off)
  await admin.call('PATCH', path(scim, ''), { 'guard.deactivations': 1 })
  await change(scim, later, off)
  await admin.call('PATCH', path(scim, ''), { 'guard.deactivations': 0.2 })
  const undone = await ofHold(scim, 'POST', 'undo')
  expect(undone.body.undone.who).toEqual([{ id: recent, userName: 'recent' }])
  const { users } = await view(scim)
  expect([early, recent, held, later].filter((id) => users[id].active)).toEqual([recent, held])
})

it('an undo does not promise a membership in a team that has gone since', async () => {
  const scim = await promptTenant()
  const [ann, ben] = [await create(scim, 'ann'), await create(scim, 'ben')]
  const members = [{ value: ann }]
  const team = (await scim.call('POST', '/Groups', { displayName: 'Legal', members })).body.id
  const remove = { op: 'remove', path: 'members', value: members }
  await scim.call('PATCH', `/Groups/${team}`, patch(remove))
  await spend(scim)
  await change(scim, ben, off)
  await scim.call('DELETE', `/Groups/${team}`)
  expect(Object.keys((await view(scim)).teams)).toEqual([])
  const before = (await ofHold(scim, 'GET', 'before')).body
  expect(before).toMatchObject({ people: 1, undoable: { people: 0, changes: 0 } })
})

it('events of holds name people by the ids that the application has', async () => {
  const scim = await promptTenant()
  const ann = await create(scim, 'ann')
  await spend(scim)
  await scim.call('DELETE', `/Users/${ann}`)
  const again = await create(scim, 'ann')
  expect(again).not.toBe(ann)
  await change(scim, again, off)
  await release(scim)
  const holds = (await eventsOf(scim)).filter(({ type }) => type.startsWith('hold.'))
  expect(holds.map(({ type, resource }) => [type, resource['who']])).toEqual([
    ['hold.opened', [{ id: ann, userName: 'ann' }]],
    ['hold.opened', [{ id: ann, userName: 'ann' }]],
    ['hold.released', [{ id: ann, userName: 'ann' }]],
  ])
})
