/**
 * Random histories against a model that is a few maps. Each step is a request of one of three
 * clients, who remember the tags that they have read. Its answer, and at the end everything that is
 * stored, has to be what the model says, and the events have to tell the same when they are replayed.
 * `FUZZ_RUNS=200` makes more and longer histories.
 */
import * as fc from 'fast-check'
import { expect, inject, it } from 'vitest'
import { disagreements, readContents, type Contents } from './support/agreement'
import { bindings, tenant } from './support/gateway'
import { patch, userUrn, type Answer, type ScimClient } from './support/tenant'
import { versionOf } from './support/tag'

interface Person {
  readonly userName: string
  readonly title: string | undefined
  readonly active: boolean
  readonly emails: readonly string[]
  readonly version: number
}

interface Team {
  readonly displayName: string
  readonly members: ReadonlySet<string>
  readonly version: number
}

interface Model {
  readonly users: Map<string, Person>
  readonly teams: Map<string, Team>
  /** Ids of everybody and everything that ever was: what commands refer to by number. */
  readonly userIds: string[]
  readonly teamIds: string[]
  /** For each client the tags that it has read, and what they stood for. */
  readonly memories: readonly Map<string, { readonly tag: string; readonly version: number }>[]
}

interface Real {
  readonly scim: ScimClient
}

type Command = fc.AsyncCommand<Model, Real>

/** Another user may have it in another case. */
const userName = fc.constantFrom('ann', 'Ann', 'bob', 'BOB', 'cat', 'dan', 'eve', 'fay', 'gus')
const teamName = fc.constantFrom('Red', 'red', 'Blue', 'Green', 'Gold', 'Grey')
const title = fc.constantFrom(undefined, 'Boss', 'Clerk')
const address = fc.constantFrom('a@example.com', 'b@example.com', 'c@example.com')
const place = fc.nat({ max: 9 })
const places = fc.uniqueArray(place, { maxLength: 4 })

/** Who sends a change, and whether with the tag that this client remembers. */
const sender = fc.record({ client: fc.nat({ max: 2 }), isConditional: fc.boolean() })
type Sender = typeof sender extends fc.Arbitrary<infer T> ? T : never

/** The id at a place among all that ever were. */
function at(ids: readonly string[], index: number): string {
  return ids[index % Math.max(ids.length, 1)] ?? 'nobody'
}

function isUserTaken({ users }: Model, name: string, but?: string): boolean {
  return [...users].some(
    ([id, user]) => id !== but && user.userName.toLowerCase() === name.toLowerCase(),
  )
}

function isTeamTaken({ teams }: Model, name: string, but?: string): boolean {
  return [...teams].some(
    ([id, team]) => id !== but && team.displayName.toLowerCase() === name.toLowerCase(),
  )
}

/** The version of a user or a team, which If-Match is about. */
function presentVersion(model: Model, id: string): number | undefined {
  return model.users.get(id)?.version ?? model.teams.get(id)?.version
}

function teamsOf({ teams }: Model, userId: string): string[] {
  return [...teams]
    .filter(([, { members }]) => members.has(userId))
    .map(([id, { displayName }]) => `${id} ${displayName}`)
    .toSorted()
}

interface Precondition {
  readonly headers: Readonly<Record<string, string>>
  readonly isMet: boolean
}

function precondition(model: Model, id: string, { client, isConditional }: Sender): Precondition {
  const known = isConditional ? model.memories[client]?.get(id) : undefined
  if (!known) return { headers: {}, isMet: true }
  return { headers: { 'If-Match': known.tag }, isMet: known.version === presentVersion(model, id) }
}

function expectStatus(answer: Answer, ...statuses: readonly number[]): void {
  expect(statuses, JSON.stringify(answer.body)).toContain(answer.status)
}

function expectUser(model: Model, id: string, body: any): void {
  const { userName: name, title: role, active, emails } = model.users.get(id) ?? {}
  expect([body.id, body.userName, body.title, body.active]).toEqual([id, name, role, active])
  expect((body.emails ?? []).map(({ value }: any) => value)).toEqual(emails)
  const groups = (body.groups ?? []).map(({ value, display }: any) => `${value} ${display}`)
  expect(groups.toSorted()).toEqual(teamsOf(model, id))
}

function expectTeam(model: Model, id: string, body: any): void {
  const team = model.teams.get(id)
  const members = (body.members ?? []).map(({ value }: any) => value)
  expect([body.id, body.displayName]).toEqual([id, team?.displayName])
  expect(members.toSorted()).toEqual([...(team?.members ?? [])].toSorted())
  expect(versionOf(body.meta.version)).toBe(team?.version)
}

/** A command that can always be sent: what it names may be gone, and then it is refused. */
function command(name: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return { check: () => true, run, toString: () => name }
}

const addressesOf = (values: readonly string[]) => values.map((value) => ({ value, type: 'work' }))

const createUser = fc
  .tuple(userName, title, fc.uniqueArray(address, { maxLength: 2 }))
  .map(([name, role, emails]) =>
    command(`POST user ${name}`, async (model, { scim }) => {
      const answer = await scim.call('POST', '/Users', {
        schemas: [userUrn],
        userName: name,
        title: role,
        emails: addressesOf(emails),
      })
      if (isUserTaken(model, name)) return expectStatus(answer, 409)
      expectStatus(answer, 201)
      const { id } = answer.body
      model.users.set(id, { userName: name, title: role, active: true, emails, version: 1 })
      model.userIds.push(id)
      expectUser(model, id, answer.body)
    }),
  )

/** Several new users, and deletions of others, in one request. */
const bulk = fc
  .tuple(fc.array(userName, { minLength: 1, maxLength: 3 }), places)
  .map(([newNames, doomed]) =>
    command(`Bulk ${newNames.join()} -${doomed.join()}`, async (model, { scim }) => {
      const ids = [...new Set(doomed.map((index) => at(model.userIds, index)))]
      const { body } = await scim.call('POST', '/Bulk', {
        Operations: [
          ...ids.map((id) => ({ method: 'DELETE', path: `/Users/${id}` })),
          ...newNames.map((name, index) => ({
            method: 'POST',
            path: '/Users',
            bulkId: String(index),
            data: { userName: name },
          })),
        ],
      })
      const statuses = body.Operations.map(({ status }: any) => Number(status))
      // One batch of deletions moves each team once, however many of its members go.
      const moved = new Set<string>()
      const wanted: number[] = ids.map((id) => (removeUser(model, id, moved) ? 204 : 404))
      newNames.forEach((name, index) => {
        const isTaken = isUserTaken(model, name)
        wanted.push(isTaken ? 409 : 201)
        const { location } = body.Operations[ids.length + index]
        if (isTaken) return
        const id = String(location).split('/').at(-1) ?? ''
        model.users.set(id, {
          userName: name,
          title: undefined,
          active: true,
          emails: [],
          version: 1,
        })
        model.userIds.push(id)
      })
      expect(statuses).toEqual(wanted)
    }),
  )

/** Takes a user out of the model and of its teams; false when there is none. */
function removeUser(model: Model, id: string, moved?: Set<string>): boolean {
  for (const [teamId, team] of model.teams) {
    if (!team.members.has(id)) continue
    const members = new Set(team.members)
    members.delete(id)
    const isFirst = !moved?.has(teamId)
    moved?.add(teamId)
    model.teams.set(teamId, { ...team, members, version: team.version + (isFirst ? 1 : 0) })
  }
  return model.users.delete(id)
}

type Edit = Partial<Omit<Person, 'version'>>

/** A change of a user, whichever way it is sent. */
async function editUser(
  model: Model,
  { scim }: Real,
  index: number,
  by: Sender,
  method: 'PUT' | 'PATCH',
  body: unknown,
  edit: Edit,
): Promise<void> {
  const id = at(model.userIds, index)
  const { headers, isMet } = precondition(model, id, by)
  const answer = await scim.call(method, `/Users/${id}`, body, headers)
  const before = model.users.get(id)
  if (!before) return expectStatus(answer, 404)
  if (!isMet) return expectStatus(answer, 412)
  const after = { ...before, ...edit }
  if (isUserTaken(model, after.userName, id)) return expectStatus(answer, 409)
  expectStatus(answer, 200)
  const isSame = JSON.stringify(after) === JSON.stringify(before)
  model.users.set(id, { ...after, version: before.version + (isSame ? 0 : 1) })
  expectUser(model, id, answer.body)
}

const patchUser = fc
  .tuple(
    place,
    sender,
    fc.oneof(
      title.map((value): [object, Edit] => [
        value === undefined
          ? { op: 'remove', path: 'title' }
          : { op: 'replace', path: 'title', value },
        { title: value },
      ]),
      userName.map((value): [object, Edit] => [
        { op: 'replace', value: { userName: value } },
        { userName: value },
      ]),
      fc
        .boolean()
        .map((active): [object, Edit] => [
          { op: 'replace', path: 'active', value: active },
          { active },
        ]),
      fc
        .uniqueArray(address, { minLength: 1, maxLength: 2 })
        .map((emails): [object, Edit] => [
          { op: 'replace', path: 'emails', value: addressesOf(emails) },
          { emails },
        ]),
    ),
  )
  .map(([index, by, [operation, edit]]) =>
    command(`PATCH user ${index} ${JSON.stringify([operation, by])}`, (model, real) =>
      editUser(model, real, index, by, 'PATCH', patch(operation), edit),
    ),
  )

const putUser = fc.tuple(place, sender, userName, title).map(([index, by, name, role]) =>
  command(`PUT user ${index} ${JSON.stringify([name, role, by])}`, (model, real) => {
    const body = { schemas: [userUrn], userName: name, title: role }
    return editUser(model, real, index, by, 'PUT', body, {
      userName: name,
      title: role,
      emails: [],
    })
  }),
)

const deleteUser = fc.tuple(place, sender).map(([index, by]) =>
  command(`DELETE user ${index} ${JSON.stringify(by)}`, async (model, { scim }) => {
    const id = at(model.userIds, index)
    const { headers, isMet } = precondition(model, id, by)
    const answer = await scim.call('DELETE', `/Users/${id}`, undefined, headers)
    if (!model.users.has(id)) return expectStatus(answer, 404)
    if (!isMet) return expectStatus(answer, 412)
    expectStatus(answer, 204)
    removeUser(model, id)
  }),
)

const read = fc
  .tuple(fc.constantFrom('user', 'team'), place, fc.nat({ max: 2 }))
  .map(([kind, index, client]) =>
    command(`GET ${kind} ${index} by ${client}`, async (model, { scim }) => {
      const isUser = kind === 'user'
      const id = at(isUser ? model.userIds : model.teamIds, index)
      const answer = await scim.call('GET', `/${isUser ? 'Users' : 'Groups'}/${id}`)
      const version = presentVersion(model, id)
      if (version === undefined) return expectStatus(answer, 404)
      expectStatus(answer, 200)
      if (isUser) expectUser(model, id, answer.body)
      else expectTeam(model, id, answer.body)
      const tag = String(answer.headers.get('ETag'))
      model.memories[client]?.set(id, { tag, version })
    }),
  )

const createTeam = fc.tuple(teamName, places).map(([name, indexes]) =>
  command(`POST team ${name} ${indexes.join()}`, async (model, { scim }) => {
    const ids = [...new Set(indexes.map((index) => at(model.userIds, index)))]
    const known = ids.filter((id) => model.users.has(id))
    const members = ids.map((value) => ({ value }))
    const answer = await scim.call('POST', '/Groups', { displayName: name, members })
    const isTaken = isTeamTaken(model, name)
    const isUnknown = ids.length > 0 && known.length === 0
    if (isTaken || isUnknown) {
      return expectStatus(answer, ...(isTaken ? [409] : []), ...(isUnknown ? [400] : []))
    }
    expectStatus(answer, 201)
    const { id } = answer.body
    model.teams.set(id, { displayName: name, members: new Set(known), version: 1 })
    model.teamIds.push(id)
    expectTeam(model, id, answer.body)
  }),
)

interface TeamEdit {
  readonly name?: string
  readonly op?: 'add' | 'remove' | 'replace'
  readonly indexes: readonly number[]
}

/** A change of a team: by PUT when it says everything, else by PATCH. */
async function editTeam(
  model: Model,
  { scim }: Real,
  index: number,
  by: Sender,
  isPut: boolean,
  { name, op, indexes }: TeamEdit,
): Promise<void> {
  const id = at(model.teamIds, index)
  const ids = [...new Set(indexes.map((item) => at(model.userIds, item)))]
  const known = ids.filter((userId) => model.users.has(userId))
  const value = ids.map((userId) => ({ value: userId }))
  const { headers, isMet } = precondition(model, id, by)
  const rename = name === undefined ? [] : [{ op: 'replace', path: 'displayName', value: name }]
  const answer = isPut
    ? await scim.call('PUT', `/Groups/${id}`, { displayName: name, members: value }, headers)
    : await scim.call(
        'PATCH',
        `/Groups/${id}`,
        patch(...rename, ...(op === undefined ? [] : [{ op, path: 'members', value }])),
        headers,
      )
  const before = model.teams.get(id)
  if (!before) return expectStatus(answer, 404)
  if (!isMet) return expectStatus(answer, 412)
  const isTaken = name !== undefined && isTeamTaken(model, name, id)
  const isUnknown = op !== undefined && op !== 'remove' && ids.length > 0 && known.length === 0
  if (isTaken || isUnknown) {
    return expectStatus(answer, ...(isTaken ? [409] : []), ...(isUnknown ? [400] : []))
  }
  expectStatus(answer, 200, 204)
  const members = new Set(op === 'replace' ? known : before.members)
  if (op === 'add') for (const userId of known) members.add(userId)
  if (op === 'remove') for (const userId of ids) members.delete(userId)
  const displayName = name ?? before.displayName
  const isSame =
    displayName === before.displayName &&
    members.size === before.members.size &&
    [...members].every((userId) => before.members.has(userId))
  model.teams.set(id, { displayName, members, version: before.version + (isSame ? 0 : 1) })
  if (answer.status === 200) expectTeam(model, id, answer.body)
}

const op = fc.constantFrom('add' as const, 'remove' as const, 'replace' as const)

const editMembers = fc
  .tuple(place, sender, op, places)
  .filter(([, , kind, indexes]) => kind === 'replace' || indexes.length > 0)
  .map(([index, by, kind, indexes]) =>
    command(`${kind} members of team ${index} ${JSON.stringify([indexes, by])}`, (model, real) =>
      editTeam(model, real, index, by, false, { op: kind, indexes }),
    ),
  )

const renameTeam = fc
  .tuple(place, sender, teamName)
  .map(([index, by, name]) =>
    command(`rename team ${index} to ${name} ${JSON.stringify(by)}`, (model, real) =>
      editTeam(model, real, index, by, false, { name, indexes: [] }),
    ),
  )

const putTeam = fc
  .tuple(place, sender, teamName, places)
  .map(([index, by, name, indexes]) =>
    command(`PUT team ${index} ${JSON.stringify([name, indexes, by])}`, (model, real) =>
      editTeam(model, real, index, by, true, { name, op: 'replace', indexes }),
    ),
  )

const deleteTeam = fc.tuple(place, sender).map(([index, by]) =>
  command(`DELETE team ${index} ${JSON.stringify(by)}`, async (model, { scim }) => {
    const id = at(model.teamIds, index)
    const { headers, isMet } = precondition(model, id, by)
    const answer = await scim.call('DELETE', `/Groups/${id}`, undefined, headers)
    if (!model.teams.has(id)) return expectStatus(answer, 404)
    if (!isMet) return expectStatus(answer, 412)
    expectStatus(answer, 204)
    model.teams.delete(id)
  }),
)

const isLong = inject('fuzzRuns') > 0

const commands = fc.commands(
  [
    createUser,
    createUser,
    bulk,
    patchUser,
    patchUser,
    putUser,
    deleteUser,
    read,
    read,
    createTeam,
    editMembers,
    editMembers,
    editMembers,
    renameTeam,
    putTeam,
    deleteTeam,
  ],
  { maxCommands: isLong ? 400 : 60, size: 'max' },
)

/** What is stored is what the model holds: values, members, versions and counts. */
function expectStored(model: Model, contents: Contents): void {
  const users = contents.users.map(({ id, attributes, version }) => {
    const { userName: name, title: role, active, emails = [] } = JSON.parse(attributes)
    return [id, name, role, active, emails.map(({ value }: any) => value), version]
  })
  expect(users.toSorted()).toEqual(
    Array.from(model.users, ([id, { userName: name, title: role, active, emails, version }]) => [
      id,
      name,
      role,
      active,
      emails,
      version,
    ]).toSorted(),
  )
  const teams = contents.teams.map(({ id, attributes, version }) => {
    const rows = contents.memberships.filter(({ team_id }) => team_id === id)
    const members = rows.map(({ user_id }) => user_id).toSorted()
    return [id, JSON.parse(attributes).displayName, members, version]
  })
  expect(teams.toSorted()).toEqual(
    Array.from(model.teams, ([id, { displayName, members, version }]) => [
      id,
      displayName,
      [...members].toSorted(),
      version,
    ]).toSorted(),
  )
}

it(
  'ends each random history of several clients where the model ends, and so do its events',
  async () => {
    let steps = 0
    await fc.assert(
      fc.asyncProperty(commands, async (history) => {
        const scim = await tenant()
        const model: Model = {
          users: new Map(),
          teams: new Map(),
          userIds: [],
          teamIds: [],
          memories: [new Map(), new Map(), new Map()],
        }
        await fc.asyncModelRun(() => ({ model, real: { scim } }), history)
        steps += Array.from(history).length
        const contents = await readContents(bindings.DB, scim.slug)
        expectStored(model, contents)
        expect(disagreements(contents)).toEqual([])
      }),
      { numRuns: isLong ? inject('fuzzRuns') : 8, endOnFailure: false },
    )
    expect(steps).toBeGreaterThan(100)
    if (isLong) console.log(`${steps} steps`)
  },
  isLong ? 3_600_000 : undefined,
)

it('would notice a row, a count, a version or an event that is not as the others', async () => {
  const scim = await tenant()
  const user = await scim.call('POST', '/Users', {
    userName: 'ann',
    emails: addressesOf(['a@example.com', 'b@example.com']),
  })
  const member = { value: user.body.id }
  await scim.call('POST', '/Groups', { displayName: 'Red', members: [member] })
  await scim.call(
    'PATCH',
    `/Users/${user.body.id}`,
    patch({ op: 'add', path: 'title', value: 'x' }),
  )
  const right = await readContents(bindings.DB, scim.slug)
  expect(disagreements(right)).toEqual([])
  const [first, ...others] = right.events
  const last = right.events.at(-1)
  const wrong: Readonly<Record<string, Partial<Contents>>> = {
    'a lost event': { events: others },
    'an event twice': { events: [...right.events, { ...last, seq: right.events.length + 1 }] },
    'a gap': { events: [...right.events.slice(0, -1), { ...last, seq: right.events.length + 1 }] },
    'a lost user': { users: [] },
    'a lost member': { memberships: [] },
    'a lost address': { emails: [] },
    'a wrong count of users': { tenant: { ...right.tenant, user_count: 2 } },
    'a wrong count of teams': { tenant: { ...right.tenant, team_count: 2 } },
    'a wrong size': { teams: right.teams.map((team) => ({ ...team, member_count: 2 })) },
    'a wrong version': { users: right.users.map((row) => ({ ...row, version: 9 })) },
    'another value': { users: right.users.map((row) => ({ ...row, attributes: '{}' })) },
  }
  expect(first).toBeDefined()
  for (const [name, change] of Object.entries(wrong)) {
    expect(disagreements({ ...right, ...change }), name).not.toEqual([])
  }
})
