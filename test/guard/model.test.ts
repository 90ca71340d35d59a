/**
 * The guard against a model: provider, operator and application at random. Whatever they do, SCIM
 * answers as if there were no guard, and each event can be applied, in its order, to tables with
 * unique names and foreign keys. With `FUZZ_RUNS`, as in `npm run fuzz`, there are 20,000 steps.
 */
import * as fc from 'fast-check'
import { describe, expect, inject, it } from 'vitest'
import { settleNames } from '../../src/guard/names/settle'
import { tellDueReleases } from '../../src/guard/review/delay'
import { fold } from '../../src/scim/filter/match'
import { admin, bindings } from '../support/gateway'
import { promptTenant as tenant } from '../support/guard'
import { Product } from '../support/product'
import { applicationView, releasedView, type View } from '../support/released'
import { patch, person, type ScimClient } from '../support/tenant'
import { step, teamNames, userNames, type Step } from './steps'

interface Person {
  userName: string
  active: boolean
  title: string | undefined
}

interface Team {
  displayName: string
  readonly members: Set<string>
}

interface Directory {
  readonly users: Map<string, Person>
  readonly teams: Map<string, Team>
  /** Ids of protected people of the directory. */
  readonly protected: Set<string>
  /** Ids by which the application knows protected people whom the provider has deleted. */
  readonly gone: Set<string>
  /** Listed names, folded, that nobody has yet. */
  readonly names: Set<string>
  /** Ids of everybody who ever was. */
  readonly ids: Set<string>
}

interface World {
  readonly scim: ScimClient
  readonly tenantId: number
  readonly model: Directory
  readonly product: Product
}

function pick<T>(list: readonly T[], index: number): T | undefined {
  return list[index % Math.max(list.length, 1)]
}

const idsAt = (known: ReadonlyMap<string, unknown>, indexes: readonly number[]) => [
  ...new Set(indexes.flatMap((index) => pick([...known.keys()], index) ?? [])),
]

const isTaken = (users: ReadonlyMap<string, Person>, name: string, but?: string) =>
  [...users].some(([id, { userName }]) => id !== but && fold(userName) === fold(name))

const isTeamTaken = (teams: ReadonlyMap<string, Team>, name: string, but?: string) =>
  [...teams].some(([id, { displayName }]) => id !== but && fold(displayName) === fold(name))

const isMangled = (name: string) => /^[0-9a-f]{32}/.test(name)

const decisions = new Set<Step['kind']>(['release', 'discard', 'releaseDrift', 'tellDue'])

async function act({ scim, tenantId, model }: World, one: Step): Promise<void> {
  const { users, teams } = model
  /** Refused with 409 exactly if a name is taken. */
  const call = async (method: string, path: string, body?: unknown, taken = false) => {
    const answer = await scim.call(method, path, body)
    const said = `${method} ${path} ${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`
    if (taken) expect(answer.status, said).toBe(409)
    else expect(answer.status, said).toBeLessThan(300)
    return answer.body
  }
  const operate = (method: string, path: string, body?: unknown) =>
    admin.call(method, `/tenants/${scim.slug}${path}`, body)
  const set = (values: Record<string, unknown>) =>
    patch(...Object.entries(values).map(([path, value]) => ({ op: 'replace', path, value })))
  const members = (list: readonly string[]) => list.map((value) => ({ value }))
  const userId = 'who' in one ? (pick([...users.keys()], one.who) ?? '') : ''
  const user = users.get(userId)
  const teamId = 'team' in one ? (pick([...teams.keys()], one.team) ?? '') : ''
  const team = teams.get(teamId)
  /** The names that the settings show as protected, folded. */
  const listed = async () => {
    if (model.protected.size + model.gone.size + model.names.size === 0) return new Set<string>()
    const { guard } = (await operate('GET', '')).body
    return new Set<string>(guard.protected.map(fold))
  }
  const forget = async (...ids: readonly string[]) => {
    const idOf = ids.some((id) => model.protected.has(id)) ? await releasedIds(tenantId) : String
    for (const id of ids) {
      users.delete(id)
      if (model.protected.has(id)) model.gone.add(idOf(id))
      for (const { members: all } of teams.values()) all.delete(id)
    }
  }
  /** Id of whom the application sees by a name, if the provider has deleted the person. */
  const findGone = async (userName: string) => {
    const seen = await releasedView(bindings.DB, scim.slug)
    const idOf = await releasedIds(tenantId)
    const present = new Set([...users.keys()].map(idOf))
    return Object.entries(seen.users).find(
      ([id, known]) => fold(known.userName) === fold(userName) && !present.has(id),
    )?.[0]
  }
  const create = async (userName: string, active: boolean) => {
    const taken = isTaken(users, userName)
    const body = { ...person(), userName, emails: [], active }
    const gone = taken ? undefined : await findGone(userName)
    const isListed = (await listed()).has(fold(userName))
    const made = await call('POST', '/Users', body, taken)
    if (taken) return
    users.set(made.id, { userName, active, title: undefined })
    if (isListed || (gone !== undefined && model.gone.has(gone))) model.protected.add(made.id)
    model.names.delete(fold(userName))
    const idOf = await releasedIds(tenantId)
    expect(idOf(made.id), 'Somebody made again is the same person').toBe(gone ?? made.id)
    expect(model.ids.has(made.id), 'The provider never sees an id again').toBe(false)
    model.ids.add(made.id)
  }
  const rename = async (id: string, userName: string, more: Partial<Person> = {}) => {
    const known = users.get(id)
    if (!known) return
    const taken = isTaken(users, userName, id)
    // Access is taken away even where the name is taken.
    const isPartial = taken && more.active === false
    const isListed = !taken && (await listed()).has(fold(userName))
    await call('PATCH', `/Users/${id}`, set({ userName, ...more }), taken && !isPartial)
    if (isListed) model.protected.add(id)
    if (!taken) model.names.delete(fold(userName))
    if (!taken) Object.assign(known, { userName, ...more })
    else if (isPartial) Object.assign(known, more)
  }
  const renameTeam = async (id: string, displayName: string) => {
    const taken = isTeamTaken(teams, displayName, id)
    await call('PATCH', `/Groups/${id}`, set({ displayName }), taken)
    const known = teams.get(id)
    if (known && !taken) known.displayName = displayName
  }
  switch (one.kind) {
    case 'createUser':
      return create(userNames[one.name] ?? '', one.active)
    case 'recreate': {
      if (!user) return
      await call('DELETE', `/Users/${userId}`)
      await forget(userId)
      return create(isMangled(user.userName) ? user.userName.slice(32) : user.userName, one.active)
    }
    case 'renameUser':
      return rename(userId, userNames[one.name] ?? '')
    case 'swapUsers': {
      const other = pick([...users.keys()], one.other) ?? ''
      const [left, right] = [user?.userName, users.get(other)?.userName]
      if (left === undefined || right === undefined || other === userId) return
      if (isMangled(left) || isMangled(right)) return
      await rename(userId, `between ${userId}`)
      await rename(other, left)
      return rename(userId, right)
    }
    case 'softDelete':
      if (!user || isMangled(user.userName)) return
      return rename(userId, `${crypto.randomUUID().replaceAll('-', '')}${user.userName}`, {
        active: false,
      })
    case 'return':
      if (!user || !isMangled(user.userName)) return
      return rename(userId, user.userName.slice(32), { active: true })
    case 'active':
      if (!user) return
      await call('PATCH', `/Users/${userId}`, set({ active: one.value }))
      user.active = one.value
      return
    case 'title':
      if (!user) return
      await call('PATCH', `/Users/${userId}`, set({ title: one.value }))
      user.title = one.value
      return
    case 'putUser': {
      if (!user) return
      const { active, title } = one
      await call('PUT', `/Users/${userId}`, { ...person(), ...user, emails: [], active, title })
      Object.assign(user, { active, title })
      return
    }
    case 'deleteUser':
      if (!user) return
      await call('DELETE', `/Users/${userId}`)
      await forget(userId)
      return
    case 'bulk': {
      const chosen = idsAt(users, one.whom)
      if (chosen.length === 0) return
      await call('POST', '/Bulk', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: chosen.map((id) =>
          one.deletes
            ? { method: 'DELETE', path: `/Users/${id}` }
            : { method: 'PATCH', path: `/Users/${id}`, data: set({ active: false }) },
        ),
      })
      if (one.deletes) await forget(...chosen)
      for (const id of chosen) {
        const known = users.get(id)
        if (known) known.active = false
      }
      return
    }
    case 'bulkRename': {
      const names = await listed()
      const operations = new Map(
        one.list.flatMap(({ who, name, active }) => {
          const id = pick([...users.keys()], who)
          return id === undefined ? [] : [[id, { userName: userNames[name] ?? '', active }]]
        }),
      )
      if (operations.size === 0) return
      const answer = await call('POST', '/Bulk', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [...operations].map(([id, { userName, active }]) => ({
          method: 'PATCH',
          path: `/Users/${id}`,
          data: set(active ? { userName } : { userName, active }),
        })),
      })
      // As if each were a request of its own.
      const expected = [...operations].map(([id, { userName, active }]) => {
        const known = users.get(id)
        const taken = isTaken(users, userName, id)
        if (known && !taken) {
          // The protection moves with the name, and leaves the one from before.
          if (model.protected.has(id)) names.delete(fold(known.userName))
          else if (names.has(fold(userName))) model.protected.add(id)
          model.names.delete(fold(userName))
          known.userName = userName
        }
        if (known && !active) known.active = false
        return taken && active ? '409' : '200'
      })
      expect(answer.Operations.map(({ status }: { status: string }) => status)).toEqual(expected)
      return
    }
    case 'createTeam': {
      const list = idsAt(users, one.whom)
      const displayName = teamNames[one.name] ?? ''
      const taken = isTeamTaken(teams, displayName)
      const made = await call('POST', '/Groups', { displayName, members: members(list) }, taken)
      if (!taken) teams.set(made.id, { displayName, members: new Set(list) })
      return
    }
    case 'members': {
      const list = idsAt(users, one.whom)
      if (!team || list.length === 0) return
      const operation = { op: one.op, path: 'members', value: members(list) }
      await call('PATCH', `/Groups/${teamId}`, patch(operation))
      if (one.op === 'replace') team.members.clear()
      for (const id of list) {
        if (one.op === 'remove') team.members.delete(id)
        else team.members.add(id)
      }
      return
    }
    case 'renameTeam':
      if (team) await renameTeam(teamId, teamNames[one.name] ?? '')
      return
    case 'swapTeams': {
      const other = pick([...teams.keys()], one.other) ?? ''
      const [left, right] = [team?.displayName, teams.get(other)?.displayName]
      if (left === undefined || right === undefined || other === teamId) return
      await renameTeam(teamId, `Between ${teamId}`)
      await renameTeam(other, left)
      return renameTeam(teamId, right)
    }
    case 'putTeam': {
      if (!team) return
      const displayName = teamNames[one.name] ?? ''
      const list = idsAt(users, one.whom)
      const taken = isTeamTaken(teams, displayName, teamId)
      const body = { displayName, members: members(list) }
      await call('PUT', `/Groups/${teamId}`, body, taken)
      if (taken) return
      team.displayName = displayName
      team.members.clear()
      for (const id of list) team.members.add(id)
      return
    }
    case 'deleteTeam':
      if (!team) return
      await call('DELETE', `/Groups/${teamId}`)
      teams.delete(teamId)
      return
    case 'release':
    case 'discard':
    case 'releaseDrift': {
      const seen = await releasedView(bindings.DB, scim.slug)
      const known = [...new Set([...Object.keys(seen.users), ...users.keys()])]
      const body = one.all
        ? {}
        : {
            people: known.filter((_, index) => one.whom.includes(index)),
            teams: [...Object.keys(seen.teams), ...teams.keys()].filter((_, index) =>
              one.teams.includes(index),
            ),
          }
      const { holds } = (await operate('GET', '/holds')).body
      const path =
        one.kind === 'releaseDrift' ? '/drift/release' : `/holds/${holds[0]?.id}/${one.kind}`
      if (one.kind !== 'releaseDrift' && holds.length === 0) return
      const first = await operate('POST', path, body)
      if (first.status !== 409) return expect(first.status).toBeLessThan(300)
      // A protected person: nothing has happened before it is confirmed.
      const confirm = first.body.people.map(({ id }: { id: string }) => id)
      expect((await operate('POST', path, { ...body, confirm })).status).toBeLessThan(300)
      return
    }
    case 'delay':
      await operate('PATCH', '', { guard: { delay: one.minutes } })
      return
    case 'tellDue':
      return tellDueReleases(bindings.DB, Date.now() + 11 * 60_000)
    case 'takeBack': {
      const { releases } = (await operate('GET', '/releases')).body
      const planned = pick<{ id: string }>(releases, one.which)
      if (!planned) return
      expect((await operate('DELETE', `/releases/${planned.id}`)).status).toBe(204)
      return
    }
    case 'undo': {
      const { holds } = (await operate('GET', '/holds')).body
      const hold = pick<{ id: string }>(holds, one.which)
      if (!hold) return
      const before = (await operate('GET', `/holds/${hold.id}/before`)).body
      const { status, body } = await operate('POST', `/holds/${hold.id}/undo`)
      expect(status).toBeLessThan(300)
      expect(body.undone, 'What is shown is done').toEqual(before.undoable)
      const again = (await operate('GET', `/holds/${hold.id}/before`)).body
      expect(again.undoable.changes, 'What is undone is not undone twice').toBe(0)
      return
    }
    case 'review':
      await operate('PATCH', '', { guard: { teams: one.value ? 'review' : 'apply' } })
      return
    case 'protect': {
      const chosen = idsAt(users, one.whom)
      const names = chosen.map((id) => users.get(id)?.userName ?? id)
      const free = userNames[one.name] ?? ''
      const seen = new Map(Object.entries((await releasedView(bindings.DB, scim.slug)).users))
      const isFree = !isTaken(users, free) && !isTaken(seen, free)
      if (isFree) names.push(free)
      await operate('PATCH', '', { guard: { protected: names } })
      for (const list of [model.protected, model.gone, model.names]) list.clear()
      for (const id of chosen) model.protected.add(id)
      if (isFree) model.names.add(fold(free))
      return
    }
    case 'losses':
      await bindings.DB.batch([
        bindings.DB.prepare(
          'delete from losses where tenant_id = (select id from tenants where slug = ?)',
        ).bind(scim.slug),
        bindings.DB.prepare(
          `insert or replace into loss_minutes select id, ?2, ?3 from tenants where slug = ?1`,
        ).bind(scim.slug, Math.floor(Date.now() / 60_000), one.people),
      ])
  }
}

/** SCIM says what the model says. */
async function expectDirectory({ scim, model }: World): Promise<void> {
  const [people, groups] = await Promise.all([
    scim.call('GET', '/Users?count=200'),
    scim.call('GET', '/Groups?count=200'),
  ])
  const listed = (answer: typeof people): any[] => answer.body.Resources ?? []
  expect(
    listed(people).map(({ id, userName, active, title }) => [id, { userName, active, title }]),
  ).toEqual([...model.users])
  expect(
    listed(groups).map(({ id, displayName, members = [] }) => [
      id,
      displayName,
      members.map(({ value }: { value: string }) => value).sort(),
    ]),
  ).toEqual([...model.teams].map(([id, team]) => [id, team.displayName, [...team.members].sort()]))
}

/** The ids by which the application knows people of the directory. */
async function releasedIds(tenantId: number): Promise<(id: string) => string> {
  const { results } = await bindings.DB.prepare(
    'select user_id, released_id from released_ids where tenant_id = ?',
  )
    .bind(tenantId)
    .all<{ user_id: string; released_id: string }>()
  const ids = new Map(results.map((row) => [row.user_id, row.released_id]))
  return (id) => ids.get(id) ?? id
}

const nothingWaits = `select active_count = (select count(*) from users where tenant_id = tenants.id
    and attributes ->> '$.active' = 1) as counts,
  holding >= exists (select 1 from held where tenant_id = tenants.id) as flags,
  not exists (select 1 from held left join holds on holds.tenant_id = held.tenant_id
    and holds.id = held.hold_id where held.tenant_id = tenants.id
    and held.state = 'held' and (holds.id is null or holds.closed_at is not null)) as opens,
  not exists (select 1 from held as one join users on users.tenant_id = one.tenant_id
    and users.id = one.user_id where one.tenant_id = tenants.id and one.kind = 'user'
    and one.state = 'held' and one.reason = 'together' and one.unusable_name is null
    and not exists (select 1 from held as other where other.tenant_id = one.tenant_id
      and other.kind = 'user' and other.name = users.user_name
      and other.user_id <> one.user_id)) as reasons,
  not exists (select 1 from protected_people as listed join users
    on users.tenant_id = listed.tenant_id and users.user_name = listed.name_key
    where listed.tenant_id = tenants.id and listed.user_id = '') as listed
  from tenants where id = ?`

/** Keys `team.person` of changes that wait, with whether they are planned to be told. */
async function plannedChanges(scim: ScimClient): Promise<Set<string>> {
  const planned = new Set<string>()
  const lists = ['/drift']
  const { holds } = (await admin.call('GET', `/tenants/${scim.slug}/holds`)).body
  for (const { id, state } of holds) if (state === 'open') lists.push(`/holds/${id}`)
  for (const list of lists) {
    const { body } = await admin.call('GET', `/tenants/${scim.slug}${list}?limit=200`)
    for (const { change, tellAt } of body.changes) if (tellAt) planned.add(change)
  }
  return planned
}

/** Access that the application has seen in one view, and not in the next one: `team.person`. */
function lossesOf(before: View, view: View): string[] {
  const gone = Object.entries(before.users).flatMap(([id, was]) => {
    const is = view.users[id]
    return !is || (was.active !== false && is.active === false) ? [`.${id}`] : []
  })
  const left = before.members.filter((one) => !view.members.includes(one))
  return [...gone, ...left.map((one) => one.replace('/', '.'))]
}

/** Does one step, and checks what all of them see. */
async function take(world: World, one: Step, before: View): Promise<View> {
  const { scim, tenantId, model, product } = world
  const guarded = new Set(model.protected)
  const directory = new Set(model.users.keys())
  const planned = one.kind === 'tellDue' ? await plannedChanges(scim) : undefined
  const idBefore = planned && (await releasedIds(tenantId))
  await act(world, one)
  await product.follow()
  const view = await product.view()
  if (planned && idBefore) {
    const chosen = new Set(
      [...planned].map((key) => {
        const [team = '', person = ''] = key.split('.')
        return `${team}.${idBefore(person)}`
      }),
    )
    const unchosen = lossesOf(before, view).filter((key) => {
      const [team = '', person = ''] = key.split('.')
      return !chosen.has(key) && !chosen.has(`.${person}`) && !chosen.has(`${team}.`)
    })
    expect(unchosen, 'Nothing is lost that nobody chose').toEqual([])
  }
  expect(view, 'What the events tell is what is released').toEqual(
    await releasedView(bindings.DB, scim.slug),
  )
  const known = await releasedIds(tenantId)
  const others = [...product.named].filter((id) => known(id) !== id)
  expect(others, 'Holds name people by the ids that the application has').toEqual([])
  const names = Object.values(view.users).map(({ userName }) => userName)
  expect(names.filter(isMangled), 'Names that Entra made').toEqual([])
  const counted = await bindings.DB.prepare(nothingWaits).bind(tenantId).first()
  expect(counted).toEqual({
    counts: 1,
    flags: 1,
    opens: 1,
    reasons: 1,
    listed: 1,
  })
  if (model.protected.size + model.names.size > 0) {
    const { guard } = (await admin.call('GET', `/tenants/${scim.slug}`)).body
    const names = [...model.protected].flatMap((id) => model.users.get(id)?.userName ?? [])
    expect(
      guard.protected.map(fold),
      'Protected people are listed by the names that they have',
    ).toEqual(
      expect.arrayContaining([...model.names, ...names.filter((n) => !isMangled(n)).map(fold)]),
    )
  }
  if (!decisions.has(one.kind) && guarded.size > 0) {
    for (const id of [...guarded].filter((id) => directory.has(id)).map(known)) {
      const [was, is] = [before.users[id], view.users[id]]
      if (was?.active !== false && was) expect(is?.active, `${id} is protected`).not.toBe(false)
      if (was) expect(is, `${id} is protected`).toBeDefined()
      const teams = (list: readonly string[]) => list.filter((key) => key.endsWith(`/${id}`))
      expect(view.members, `${id} is protected`).toEqual(
        expect.arrayContaining(teams(before.members)),
      )
    }
  }
  for (const id of model.protected) if (!model.users.has(id)) model.protected.delete(id)
  const cause = { requestId: 'model', tokenId: '' }
  expect(await settleNames(bindings.DB, tenantId, cause), 'Nothing waits in vain').toBe(false)
  return view
}

async function play(steps: readonly Step[]): Promise<void> {
  const scim = await tenant()
  const row = await bindings.DB.prepare('select id from tenants where slug = ?')
    .bind(scim.slug)
    .first<{ id: number }>()
  const tenantId = row?.id ?? 0
  const model: Directory = {
    users: new Map(),
    teams: new Map(),
    protected: new Set(),
    gone: new Set(),
    names: new Set(),
    ids: new Set(),
  }
  const world = { scim, tenantId, model, product: new Product(tenantId) }
  const begin: Step[] = [
    ...[0, 1, 2, 3, 4, 5].map((name): Step => ({ kind: 'createUser', name, active: true })),
    { kind: 'createTeam', name: 0, whom: [0, 1, 2, 3] },
    { kind: 'createTeam', name: 1, whom: [2, 3, 4, 5] },
  ]
  for (const one of begin) await act(world, one)
  await world.product.follow()
  let view = await world.product.view()
  for (const [index, one] of steps.entries()) {
    try {
      view = await take(world, one, view)
      if (index % 10 < 9 && index < steps.length - 1) continue
      await expectDirectory(world)
      expect(await applicationView(bindings.DB, scim.slug)).toEqual(view)
    } catch (error) {
      throw new Error(`Step ${index}, ${JSON.stringify(one)}: ${String(error)}`, { cause: error })
    }
  }
}

const isLong = inject('fuzzRuns') > 0
const [histories, length] = isLong ? [200, 100] : [30, 50]

/** Somebody takes the name of a protected person whose deletion is then released. */
const inheritance: Step[] = [
  { kind: 'protect', whom: [0], name: 0 },
  { kind: 'deleteUser', who: 0 },
  { kind: 'renameUser', who: 0, name: 0 },
  { kind: 'release', whom: [], teams: [], all: true },
]

describe('provider, operator and application at random', () => {
  it('agree: SCIM knows no guard, and every event can be applied in its order', async () => {
    const steps = fc.array(step, { minLength: length, maxLength: length, size: 'max' })
    await fc.assert(fc.asyncProperty(steps, play), {
      numRuns: histories,
      endOnFailure: true,
      examples: [[inheritance]],
    })
  })

  it('have an application whose tables refuse what does not fit', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person())
    const row = await bindings.DB.prepare('select id from tenants where slug = ?')
      .bind(scim.slug)
      .first<{ id: number }>()
    const insert = (type: string, id: string, resource: unknown, changes: unknown = {}) =>
      bindings.DB.prepare(
        `insert into events select ?1, max(seq) + 1, ?2, ?3, ?4, 1, ?5, ?6, '{"tokenId": ""}'
         from events where tenant_id = ?1`,
      )
        .bind(
          row?.id,
          type,
          id,
          type.includes('member') ? 'nobody' : null,
          JSON.stringify(resource),
          JSON.stringify(changes),
        )
        .run()
    const follow = () => new Product(row?.id ?? 0).follow()
    await follow()
    await insert('team.created', 'team', { id: 'team', displayName: 'Team' })
    await follow()
    const nobody = { members: { before: null, after: { value: 'nobody', userName: 'nobody' } } }
    await insert('team.member_added', 'team', { id: 'team', displayName: 'Team' }, nobody)
    await expect(follow()).rejects.toThrow(/FOREIGN KEY constraint failed/)
    await bindings.DB.prepare(`delete from events where tenant_id = ? and member_id = 'nobody'`)
      .bind(row?.id)
      .run()
    await insert('user.created', 'second', { id: 'second', userName: made.body.userName })
    await expect(follow()).rejects.toThrow(/UNIQUE constraint failed/)
  })
})
