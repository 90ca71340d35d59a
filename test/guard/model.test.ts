/**
 * The guard against a model: whatever the provider and the operator do, SCIM answers as if there
 * were no guard, and the events tell exactly what is released.
 */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { admin, bindings, eventsOf, tenant } from '../support/gateway'
import { applicationView, releasedView, replay } from '../support/released'
import { patch, person, type ScimClient } from '../support/tenant'

interface Directory {
  readonly users: Map<string, { userName: string; active: boolean; title: string | undefined }>
  readonly teams: Map<string, { displayName: string; members: Set<string> }>
}

type Step =
  | { kind: 'createUser' }
  | { kind: 'active'; who: number; value: boolean }
  | { kind: 'title'; who: number; value: string }
  | { kind: 'putUser'; who: number; active: boolean; title: string }
  | { kind: 'deleteUser'; who: number }
  | { kind: 'bulk'; whom: number[]; deletes: boolean }
  | { kind: 'createTeam'; whom: number[] }
  | { kind: 'members'; team: number; whom: number[]; op: 'add' | 'remove' | 'replace' }
  | { kind: 'rename'; team: number; to: number }
  | { kind: 'putTeam'; team: number; to: number; whom: number[] }
  | { kind: 'deleteTeam'; team: number }
  | { kind: 'release' | 'discard' | 'releaseDrift'; whom: number[]; teams: number[]; all: boolean }
  | { kind: 'review'; value: boolean }
  | { kind: 'protect'; whom: number[] }
  | { kind: 'losses'; people: number }

const who = fc.nat(20)
const some = fc.array(fc.nat(20), { maxLength: 5 })
const title = fc.constantFrom('Boss', 'Clerk', 'Chief')

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('createUser' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('active' as const), who, value: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('title' as const), who, value: title }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('putUser' as const),
      who,
      active: fc.boolean(),
      title,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('deleteUser' as const), who }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('bulk' as const), whom: some, deletes: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('createTeam' as const), whom: some }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('members' as const),
      team: who,
      whom: some,
      op: fc.constantFrom('add' as const, 'remove' as const, 'replace' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('rename' as const), team: who, to: fc.nat(3) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('putTeam' as const),
      team: who,
      to: fc.nat(3),
      whom: some,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deleteTeam' as const), team: who }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('release' as const, 'discard' as const, 'releaseDrift' as const),
      whom: some,
      teams: some,
      all: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('review' as const), value: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('protect' as const), whom: some }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('losses' as const),
      people: fc.constantFrom(0, 1_000),
    }),
  },
)

function pick<T>(list: readonly T[], index: number): T | undefined {
  return list[index % Math.max(list.length, 1)]
}

const ids = (known: ReadonlyMap<string, unknown>, indexes: readonly number[]) => [
  ...new Set(indexes.flatMap((index) => pick([...known.keys()], index) ?? [])),
]

let names = 0

async function act(scim: ScimClient, model: Directory, one: Step): Promise<void> {
  const { users, teams } = model
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await scim.call(method, path, body)
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
    return answer.body
  }
  const members = (list: readonly string[]) => list.map((value) => ({ value }))
  const userId = 'who' in one ? pick([...users.keys()], one.who) : undefined
  const user = userId === undefined ? undefined : users.get(userId)
  const teamId = 'team' in one ? pick([...teams.keys()], one.team) : undefined
  const team = teamId === undefined ? undefined : teams.get(teamId)
  const operate = (method: string, path: string, body?: unknown) =>
    admin.call(method, `/tenants/${scim.slug}${path}`, body)
  const forget = (id: string) => {
    users.delete(id)
    for (const { members: all } of teams.values()) all.delete(id)
  }
  switch (one.kind) {
    case 'createUser': {
      const made = await call('POST', '/Users', person())
      users.set(made.id, { userName: made.userName, active: true, title: undefined })
      return
    }
    case 'active':
      if (!user) return
      await call(
        'PATCH',
        `/Users/${userId}`,
        patch({ op: 'replace', path: 'active', value: one.value }),
      )
      user.active = one.value
      return
    case 'title':
      if (!user) return
      await call(
        'PATCH',
        `/Users/${userId}`,
        patch({ op: 'replace', path: 'title', value: one.value }),
      )
      user.title = one.value
      return
    case 'putUser':
      if (!user) return
      await call('PUT', `/Users/${userId}`, {
        ...person(),
        userName: user.userName,
        active: one.active,
        title: one.title,
      })
      user.active = one.active
      user.title = one.title
      return
    case 'deleteUser':
      if (!user || userId === undefined) return
      await call('DELETE', `/Users/${userId}`)
      forget(userId)
      return
    case 'bulk': {
      const chosen = ids(users, one.whom)
      if (chosen.length === 0) return
      const data = patch({ op: 'replace', path: 'active', value: false })
      await call('POST', '/Bulk', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: chosen.map((id) =>
          one.deletes
            ? { method: 'DELETE', path: `/Users/${id}` }
            : { method: 'PATCH', path: `/Users/${id}`, data },
        ),
      })
      for (const id of chosen) {
        const person = users.get(id)
        if (one.deletes) forget(id)
        else if (person) person.active = false
      }
      return
    }
    case 'createTeam': {
      const list = ids(users, one.whom)
      const displayName = `Team ${(names += 1)}`
      const made = await call('POST', '/Groups', { displayName, members: members(list) })
      teams.set(made.id, { displayName, members: new Set(list) })
      return
    }
    case 'members': {
      const list = ids(users, one.whom)
      if (!team || list.length === 0) return
      await call(
        'PATCH',
        `/Groups/${teamId}`,
        patch({ op: one.op, path: 'members', value: members(list) }),
      )
      if (one.op === 'replace') team.members.clear()
      for (const id of list) {
        if (one.op === 'remove') team.members.delete(id)
        else team.members.add(id)
      }
      return
    }
    case 'rename': {
      if (!team) return
      const displayName = `${teamId} ${one.to}`
      await call(
        'PATCH',
        `/Groups/${teamId}`,
        patch({ op: 'replace', path: 'displayName', value: displayName }),
      )
      team.displayName = displayName
      return
    }
    case 'putTeam': {
      if (!team) return
      const displayName = `${teamId} ${one.to}`
      const list = ids(users, one.whom)
      await call('PUT', `/Groups/${teamId}`, { displayName, members: members(list) })
      team.displayName = displayName
      team.members.clear()
      for (const id of list) team.members.add(id)
      return
    }
    case 'deleteTeam':
      if (!team || teamId === undefined) return
      await call('DELETE', `/Groups/${teamId}`)
      teams.delete(teamId)
      return
    case 'release':
    case 'discard':
    case 'releaseDrift': {
      const seen = await releasedView(bindings.DB, scim.slug)
      const body = one.all
        ? {}
        : {
            people: Object.keys(seen.users).filter((_, index) => one.whom.includes(index)),
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
    case 'review':
      await operate('PATCH', '', { guard: { teams: one.value ? 'review' : 'apply' } })
      return
    case 'protect':
      await operate('PATCH', '', {
        guard: { protected: ids(users, one.whom).map((id) => users.get(id)?.userName ?? id) },
      })
      return
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
async function expectDirectory(scim: ScimClient, model: Directory): Promise<void> {
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

it('tells the application what is released and nothing else, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }),
      async (steps) => {
        const scim = await tenant()
        const model: Directory = { users: new Map(), teams: new Map() }
        const begin: Step[] = [
          ...Array.from({ length: 6 }, (): Step => ({ kind: 'createUser' })),
          { kind: 'createTeam', whom: [0, 1, 2, 3] },
          { kind: 'createTeam', whom: [2, 3, 4, 5] },
        ]
        for (const one of [...begin, ...steps]) {
          await act(scim, model, one)
          await expectDirectory(scim, model)
          const view = await releasedView(bindings.DB, scim.slug)
          expect(replay(await eventsOf(scim)), JSON.stringify(one)).toEqual(view)
          expect(await applicationView(bindings.DB, scim.slug)).toEqual(view)
          const counted = await bindings.DB.prepare(
            `select active_count = (select count(*) from users where tenant_id = tenants.id
             and attributes ->> '$.active' = 1) as counts,
           holding >= exists (select 1 from held where tenant_id = tenants.id) as flags,
           not exists (select 1 from held left join holds on holds.tenant_id = held.tenant_id
             and holds.id = held.hold_id where held.tenant_id = tenants.id
             and held.state = 'held' and (holds.id is null or holds.closed_at is not null)) as opens
           from tenants where slug = ?`,
          )
            .bind(scim.slug)
            .first()
          expect(counted).toEqual({ counts: 1, flags: 1, opens: 1 })
        }
      },
    ),
    { numRuns: 8 },
  )
})
