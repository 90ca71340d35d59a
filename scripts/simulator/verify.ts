/** Reads everything back and compares it with what the provider believes. */
import {
  isObject,
  read,
  readId,
  readList,
  readNumber,
  readText,
  shorten,
  shown,
  type JsonObject,
} from './json.ts'
import { displayNameOf, type Directory, type Person, type Team } from './model.ts'
import { inParallel, urns } from './provider.ts'
import type { Session } from './session.ts'
import { emailOf, idPath, isSameText, listProblem } from './steps.ts'

const pageSize = 100
/** A server that makes up new resources for ever must not keep us for ever. */
const mostPages = 2000

export async function verify(session: Session, directory: Directory, tag: string): Promise<void> {
  const users = await readAll(session, 'Users')
  const groups = await readAll(session, 'Groups')
  if (users) comparePeople(session, directory, users, tag)
  if (groups) await compareTeams(session, directory, groups, tag)
  await inParallel(
    [
      ...directory.people
        .filter(({ isDeleted }) => isDeleted)
        .map(({ id }) => ({ collection: 'Users', id }) as const),
      ...directory.teams
        .filter(({ isDeleted }) => isDeleted)
        .map(({ id }) => ({ collection: 'Groups', id }) as const),
    ],
    session.provider.parallel,
    async ({ collection, id }) => {
      if (id === undefined) return
      await session.call({
        method: 'GET',
        path: idPath(collection, id),
        accepted: [404, 200],
        check: ({ status }) =>
          status === 200 ? 'It was deleted, but can still be read.' : undefined,
      })
    },
  )
}

/** All resources by id, page after page; undefined when a page can't be read. */
async function readAll(
  session: Session,
  collection: 'Users' | 'Groups',
): Promise<ReadonlyMap<string, JsonObject> | undefined> {
  const all = new Map<string, JsonObject>()
  let start = 1
  for (let page = 1; page <= mostPages; page += 1) {
    const answer = await session.call({
      method: 'GET',
      path: `/${collection}?startIndex=${start}&count=${pageSize}`,
      accepted: [200],
      check: (answer) => listProblem(answer),
    })
    if (!answer.isGood) return undefined
    const resources = readList(answer.body, 'Resources')
    const before = all.size
    for (const resource of resources) {
      const id = readId(resource)
      if (id === undefined || !isObject(resource)) continue
      if (all.has(id)) note(session, `${collection}: two pages hold the same id, ${shorten(id)}.`)
      all.set(id, resource)
    }
    start += resources.length
    const total = readNumber(answer.body, 'totalResults')
    // Without progress it would never end, whatever the total says.
    if (all.size === before || start > total) {
      if (total !== all.size) {
        note(session, `${collection}: totalResults is ${total}, but the pages hold ${all.size}.`)
      }
      return all
    }
  }
  return all
}

function comparePeople(
  session: Session,
  { people }: Directory,
  users: ReadonlyMap<string, JsonObject>,
  tag: string,
): void {
  const known = new Set(people.flatMap(({ id, isDeleted }) => (isDeleted ? [] : [id])))
  for (const person of people) {
    const { userName } = person.profile
    const user = person.id === undefined ? undefined : users.get(person.id)
    if (person.isDeleted) {
      if (user) note(session, `${userName} was deleted, but is still in the list.`)
    } else if (person.id === undefined) note(session, `${userName} could not be created.`)
    else if (!user) note(session, `${userName} is missing.`)
    else comparePerson(session, person, user)
  }
  for (const [id, user] of users) {
    const userName = readText(user, 'userName') ?? ''
    if (userName.includes(tag) && !known.has(id)) {
      note(session, `${shorten(userName, 80)} is there twice, or should not be there at all.`)
    }
  }
}

function comparePerson(session: Session, person: Person, user: JsonObject): void {
  const { profile } = person
  const { userName } = profile
  if (isActive(user) !== person.active) {
    note(session, `${userName} should be ${person.active ? 'active' : 'inactive'}, but is not.`)
  }
  const extension = read(user, urns.enterprise)
  const manager = read(extension, 'manager')
  const boss = profile.manager
  const attributes: readonly (readonly [string, string | undefined, unknown])[] = [
    ['userName', userName, user['userName']],
    ['name.givenName', profile.givenName, read(user, 'name', 'givenName')],
    ['name.familyName', profile.familyName, read(user, 'name', 'familyName')],
    ['emails', profile.email, emailOf(user)],
    ['displayName', displayNameOf(profile), user['displayName']],
    ['title', profile.title, user['title']],
    ['department', profile.department, read(extension, 'department')],
    [
      'manager',
      boss?.isDeleted ? undefined : boss?.id,
      isObject(manager) ? manager['value'] : manager,
    ],
  ]
  for (const [name, wanted, found] of attributes) {
    if (wanted !== undefined) compareAttribute(session, userName, name, wanted, found)
  }
}

/** Servers may leave out what they have no use for; a wrong value is another matter. */
function compareAttribute(
  session: Session,
  userName: string,
  name: string,
  wanted: string,
  found: unknown,
): void {
  if (found === wanted) return
  if (found === undefined || found === null) {
    if (name === 'userName') note(session, `${userName} has no userName.`)
    else session.recorder.warn(`"${name}" is not kept by the server.`, userName)
  } else if (isSameText(found, wanted)) {
    session.recorder.warn(`The case of letters in "${name}" is changed by the server.`, userName)
  } else {
    const text = shown(found, 80)
    note(session, `${userName}: ${name} is ${text} instead of ${JSON.stringify(wanted)}.`)
  }
}

/** True for a user without `active`; some servers answer the attribute as text. */
function isActive(user: JsonObject): boolean {
  const active = user['active']
  return typeof active === 'string' ? active.toLowerCase() !== 'false' : active !== false
}

async function compareTeams(
  session: Session,
  { teams, people }: Directory,
  groups: ReadonlyMap<string, JsonObject>,
  tag: string,
): Promise<void> {
  const names = new Map(people.map(({ id, profile }) => [id, profile.userName]))
  const known = new Set(teams.flatMap(({ id, isDeleted }) => (isDeleted ? [] : [id])))
  await inParallel(teams, session.provider.parallel, async (team) => {
    const group = team.id === undefined ? undefined : groups.get(team.id)
    if (team.isDeleted) {
      if (group) note(session, `Team "${team.name}" was deleted, but is still in the list.`)
    } else if (team.id === undefined) note(session, `Team "${team.name}" could not be created.`)
    else if (group) await compareTeam(session, team, team.id, names)
    else note(session, `Team "${team.name}" is missing.`)
  })
  for (const [id, group] of groups) {
    const name = readText(group, 'displayName') ?? ''
    if (name.includes(tag) && !known.has(id)) {
      note(session, `Team "${shorten(name, 80)}" is there twice, or should not be there at all.`)
    }
  }
}

async function compareTeam(
  session: Session,
  team: Team,
  id: string,
  names: ReadonlyMap<string | undefined, string>,
): Promise<void> {
  const answer = await session.call({ method: 'GET', path: idPath('Groups', id), accepted: [200] })
  if (!answer.isGood) return
  const name = read(answer.body, 'displayName')
  if (name !== team.name) {
    const text = shown(name, 80)
    note(session, `Team "${team.name}" is called ${text}.`)
  }
  const members = readList(answer.body, 'members').map(
    (member) => readText(member, 'value') ?? shown(read(member, 'value'), 60),
  )
  const present = new Set(members)
  if (present.size < members.length) note(session, `Team "${team.name}" has somebody twice.`)
  for (const person of team.members) {
    if (person.id !== undefined && !present.delete(person.id)) {
      note(session, `Team "${team.name}" lacks ${person.profile.userName}.`)
    }
  }
  for (const id of present) {
    const who = names.get(id) ?? `the member ${shorten(id, 60)}`
    note(session, `Team "${team.name}" should not have ${who}.`)
  }
}

function note(session: Session, difference: string): void {
  session.recorder.differences.push(difference)
}
