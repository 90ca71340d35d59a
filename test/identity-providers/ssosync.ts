/**
 * What ssosync (awslabs, 2.6.3, source 21bd7da) asks of a SCIM server, by its method `groups`: requests, their order,
 * and what it makes of the answers. It lists people, groups and memberships by the API of AWS Identity Store, which a
 * SCIM server does not have: here the lists of SCIM stand in for it.
 */
import { patch, groupUrn, userUrn, type Answer, type ScimClient } from '../support/tenant'
import type { Group, Person, Workspace } from './workspace'

interface User {
  readonly id: string
  readonly externalId: string
  readonly userName: string
  readonly name: { readonly givenName: string; readonly familyName: string }
  readonly active: boolean
}

interface Team {
  readonly id: string
  readonly externalId: string
  readonly displayName: string
}

/** One run. Throws where ssosync ends with an error. */
export async function runSsosync(scim: ScimClient, workspace: Workspace): Promise<void> {
  const teams = (await everything(scim, '/Groups')) as Team[]
  const listed = (await everything(scim, '/Users')) as User[]
  const users: User[] = []
  for (const { userName } of listed) users.push(await findUser(scim, userName))
  const before = new Map<string, readonly User[]>()
  for (const { id, displayName } of teams) {
    const ids = await memberIds(scim, id)
    before.set(
      displayName,
      users.filter((user) => ids.has(user.id)),
    )
  }
  await bringPeople(scim, workspace, users)
  const unchanged: (readonly [Team, Group])[] = []
  for (const group of workspace.groups) {
    const known = teams.find(({ externalId }) => externalId === group.id)
    const team = known ?? teams.find(({ displayName }) => displayName === group.name)
    if (known?.displayName === group.name) unchanged.push([known, group])
    else await bringGroup(scim, group, team)
  }
  for (const [team, group] of unchanged) {
    const members = before.get(team.displayName) ?? []
    for (const { email } of group.members) {
      if (members.some(({ userName }) => userName === email)) continue
      await changeMember(scim, 'add', team.id, (await findUser(scim, email)).id)
    }
    const emails = new Set(Array.from(group.members, ({ email }) => email))
    for (const { id, userName } of members) {
      if (!emails.has(userName)) await changeMember(scim, 'remove', team.id, id)
    }
  }
  await deleteTeams(scim, workspace, teams)
  await deletePeople(scim, workspace, users)
}

async function bringPeople(
  scim: ScimClient,
  workspace: Workspace,
  users: readonly User[],
): Promise<void> {
  const created: Person[] = []
  for (const person of workspace.members()) {
    const known = users.find(({ externalId }) => externalId === person.id)
    const user = known ?? users.find(({ userName }) => userName === person.email)
    const isEqual =
      known &&
      known.active === !person.isSuspended &&
      known.userName === person.email &&
      known.name.givenName === person.given &&
      known.name.familyName === person.family
    if (!user) created.push(person)
    else if (!isEqual) {
      expectDone(await scim.call('PUT', `/Users/${user.id}`, { id: user.id, ...bodyOf(person) }))
    }
  }
  for (const person of created) {
    const answer = await scim.call('POST', '/Users', bodyOf(person))
    if (answer.status !== 409) expectDone(answer)
  }
}

function bodyOf({ id, email, given, family, isSuspended }: Person) {
  return {
    schemas: [userUrn],
    externalId: id,
    userName: email,
    name: { familyName: family, givenName: given },
    displayName: `${given} ${family}`,
    active: !isSuspended,
    emails: [{ value: email, type: 'work', primary: true }],
    addresses: [{ type: 'work' }],
  }
}

/** A new group, or one whose name changed: everybody in it is looked up and added. */
async function bringGroup(scim: ScimClient, group: Group, team: Team | undefined): Promise<void> {
  let id = team?.id
  if (id === undefined) {
    const { name: displayName, id: externalId } = group
    const body = { schemas: [groupUrn], displayName, externalId, members: [] }
    id = readTeam(expectDone(await scim.call('POST', '/Groups', body)).body).id
  } else {
    const operations = [
      { op: 'replace', path: 'displayName', value: group.name },
      { op: 'replace', path: 'externalId', value: group.id },
    ]
    expectDone(await scim.call('PATCH', `/Groups/${id}`, patch(...operations)))
  }
  for (const { email } of group.members) {
    await changeMember(scim, 'add', id, (await findUser(scim, email)).id)
  }
}

async function changeMember(scim: ScimClient, op: string, team: string, user: string) {
  const body = patch({ op, path: 'members', value: [{ value: user }] })
  expectDone(await scim.call('PATCH', `/Groups/${team}`, body))
}

async function deleteTeams(scim: ScimClient, workspace: Workspace, teams: readonly Team[]) {
  for (const { externalId, displayName } of teams) {
    const isKept = ({ id, name }: Group) => id === externalId || name === displayName
    if (workspace.groups.some(isKept)) continue
    const { id } = await findTeam(scim, displayName)
    expectDone(await scim.call('DELETE', `/Groups/${id}`))
  }
}

async function deletePeople(scim: ScimClient, workspace: Workspace, users: readonly User[]) {
  for (const { externalId, userName } of users) {
    const isKept = ({ id, email }: Person) => id === externalId || email === userName
    if (workspace.members().some(isKept)) continue
    const { id } = await findUser(scim, userName)
    expectDone(await scim.call('DELETE', `/Users/${id}`))
  }
}

async function findUser(scim: ScimClient, userName: string): Promise<User> {
  const query = new URLSearchParams({ filter: `userName eq "${userName}"` })
  const { body } = expectDone(await scim.call('GET', `/Users?${query}`, undefined, headers))
  if (body.totalResults !== 1) throw new Error(`ssosync: no user ${userName}`)
  return body.Resources[0]
}

export async function findTeam(scim: ScimClient, displayName: string): Promise<Team> {
  const query = new URLSearchParams({ filter: `displayName eq "${displayName}"` })
  const { body } = expectDone(await scim.call('GET', `/Groups?${query}`, undefined, headers))
  if (body.totalResults !== 1) throw new Error(`ssosync: no group ${displayName}`)
  return readTeam(body.Resources[0])
}

const headers = { 'Content-Type': 'application/scim+json' }

/** ssosync declares `members` as a list of texts: an object in it ends the run. */
function readTeam(team: Team & { readonly members?: readonly unknown[] }): Team {
  if (team.members?.some((member) => typeof member !== 'string')) {
    throw new Error('ssosync: a member that is not text')
  }
  return team
}

function expectDone(answer: Answer): Answer {
  if (answer.status < 200 || answer.status > 204) {
    throw new Error(`ssosync: ${answer.status} ${JSON.stringify(answer.body)}`)
  }
  return answer
}

/** Stands in for the lists of AWS Identity Store. */
async function everything(scim: ScimClient, path: string): Promise<unknown[]> {
  return (await scim.call('GET', `${path}?count=1000&excludedAttributes=members`)).body.Resources
}

async function memberIds(scim: ScimClient, team: string): Promise<ReadonlySet<string>> {
  const { members = [] } = (await scim.call('GET', `/Groups/${team}`)).body
  return new Set(members.map(({ value }: { value: string }) => value))
}
