/**
 * Okta's "SCIM 2.0 Test App" and the apps of its integration network: people by GET and PUT,
 * `active` and groups by PATCH, a rename before each change of members, nobody ever deleted.
 */
import { isObject, read, readId, readList } from './json.ts'
import { displayNameOf, type Person, type Team } from './model.ts'
import { inParallel, urns, type Provider } from './provider.ts'
import type { Session } from './session.ts'
import * as steps from './steps.ts'

const failed = 'The task fails and stands under Tasks until an administrator retries it.'
const pageSize = 100
const mostImported = 200_000

export const okta: Provider = {
  name: 'okta',
  title: 'Okta',
  parallel: 3,
  removal: 'deactivate',
  renamesTeams: true,
  sendsManagers: true,
  reactions: {
    unreachable: 'The credentials test fails; a task is repeated later.',
    timeout: `Closes the connection after 60 seconds. ${failed}`,
    unauthorized: 'The credentials test fails; all tasks of the application stop.',
    missing: `${failed} For a lookup it means "not there".`,
    conflict: 'The task stops; a red badge stays until an administrator acts.',
    tooMany: 'Waits for Retry-After (an integer), doubles the wait each time, ten attempts.',
    refused: 'Takes it as final and does not repeat it: the change is lost.',
    server: failed,
    unusable: 'A permanent error: the person or team is never linked.',
  },

  headers: () => ({
    Accept: 'application/scim+json',
    'Accept-Charset': 'utf-8',
    'Content-Type': 'application/scim+json; charset=utf-8',
    'User-Agent': 'Okta SCIM Client 1.0.0',
  }),

  testConnection: async (session) => {
    for (const path of ['/Users?startIndex=1&count=2', '/Groups?startIndex=1&count=100']) {
      await readPage(session, path)
    }
  },

  // The import. A page that holds nothing new ends it, whatever the server says of the total.
  beforeSync: async (session) => {
    const seen = new Set<string>()
    for (let start = 1; start < mostImported; start += pageSize) {
      const resources = await readPage(session, `/Users?startIndex=${start}&count=${pageSize}`)
      const ids = resources.map(readId).filter((id) => id !== undefined && !seen.has(id))
      if (ids.length === 0 || resources.length < pageSize) return
      for (const id of ids) if (id !== undefined) seen.add(id)
    }
  },

  createPerson: async (session, person) => {
    const { found, isKnown } = await find(session, 'Users', 'userName', person.profile.userName)
    if (!isKnown) return 'failed'
    if (found) {
      const outcome = steps.adopt(person, found)
      await replacePerson(session, person, found)
      return outcome
    }
    return steps.create(
      session,
      '/Users',
      {
        ...bodyOf(person),
        locale: 'en-US',
        externalId: person.externalId,
        groups: [],
        // Random and without meaning: it is always sent.
        password: crypto.randomUUID(),
      },
      person,
    )
  },

  updatePerson: async (session, person) => {
    if (person.id === undefined) return session.recorder.skipped()
    const answer = await steps.get(session, steps.idPath('Users', person.id), person.id)
    if (answer.isGood) await replacePerson(session, person, answer.body)
  },

  sendActive: async (session, person) => {
    if (person.id === undefined) return session.recorder.skipped()
    // A person who comes back is looked up first, and must have the same id.
    if (person.active) await find(session, 'Users', 'userName', person.profile.userName)
    await steps.patch(session, steps.idPath('Users', person.id), {
      schemas: [urns.patch],
      Operations: [{ op: 'replace', value: { active: person.active } }],
    })
  },

  removePerson: async (session, person) => okta.sendActive(session, person),

  createTeam: async (session, team) => {
    const { found, isKnown } = await find(session, 'Groups', 'displayName', team.name)
    if (!isKnown) return 'failed'
    if (found) return steps.adopt(team, found)
    const body = { schemas: [urns.group], displayName: team.name, members: [] }
    return steps.create(session, '/Groups', body, team)
  },

  assign: async (session, changes) => {
    await inParallel(changes, okta.parallel, async ({ team, added, removed }) => {
      const lost = removed.filter(hasId)
      const gained = added.filter(hasId)
      if (team.id === undefined || lost.length + gained.length === 0) {
        return session.recorder.skipped()
      }
      await rename(session, team)
      await patchTeam(session, team, [
        ...lost.map(({ id }) => ({
          op: 'remove',
          path: `members[value eq ${JSON.stringify(id)}]`,
        })),
        ...(gained.length === 0
          ? []
          : [{ op: 'add', path: 'members', value: gained.map(memberOf) }]),
      ])
    })
  },

  // "Push now": all members replaced at once; before that once more as an emptied team.
  pushAgain: async (session, team) => {
    if (team.id === undefined) return session.recorder.skipped()
    // Okta sends this one without `schemas`, as reported from the field.
    await steps.patch(session, steps.idPath('Groups', team.id), {
      Operations: [{ op: 'replace', value: { members: [], id: team.id, displayName: team.name } }],
    })
    const value = [...team.members].filter(hasId).map(memberOf)
    await patchTeam(session, team, [{ op: 'replace', path: 'members', value }])
  },

  renameTeam: async (session, team) => rename(session, team),

  // "Unlink and delete".
  removeTeam: async (session, { id }) => {
    if (id === undefined) return session.recorder.skipped()
    await steps.remove(session, steps.idPath('Groups', id))
  },
}

function hasId(person: Person): person is Person & { id: string } {
  return person.id !== undefined
}

function memberOf(person: Person): unknown {
  return { value: person.id, display: person.profile.userName }
}

async function find(
  session: Session,
  collection: 'Users' | 'Groups',
  attribute: string,
  value: string,
): Promise<steps.Lookup> {
  const filter = encodeURIComponent(`${attribute} eq "${value}"`)
  const path = `/${collection}?filter=${filter}&startIndex=1&count=${pageSize}`
  return steps.lookUp(session, path, attribute, value, [200, 404])
}

async function readPage(session: Session, path: string): Promise<readonly unknown[]> {
  const answer = await session.call({
    method: 'GET',
    path,
    accepted: [200],
    check: (answer) => steps.listProblem(answer),
  })
  return answer.isGood ? readList(answer.body, 'Resources') : []
}

/** Sends the name of a team, as Okta does before each change of members, changed or not. */
async function rename(session: Session, team: Team): Promise<void> {
  await patchTeam(session, team, [
    { op: 'replace', value: { id: team.id, displayName: team.name } },
  ])
}

async function patchTeam(
  session: Session,
  team: Team,
  Operations: readonly unknown[],
): Promise<void> {
  if (team.id === undefined) return session.recorder.skipped()
  const body = { schemas: [urns.patch], Operations }
  await steps.patch(session, steps.idPath('Groups', team.id), body)
}

/** The whole person, with the read-only parts of what was read before echoed. */
async function replacePerson(session: Session, person: Person, present: unknown): Promise<void> {
  if (person.id === undefined) return session.recorder.skipped()
  const meta = read(present, 'meta')
  const body = {
    ...bodyOf(person),
    id: person.id,
    groups: readList(present, 'groups'),
    meta: isObject(meta) ? meta : { resourceType: 'User' },
  }
  await steps.put(session, steps.idPath('Users', person.id), body, person.id)
}

function bodyOf({ profile, active }: Person): Readonly<Record<string, unknown>> {
  const manager = profile.manager?.id
  return {
    schemas: [urns.user, urns.enterprise],
    userName: profile.userName,
    name: { givenName: profile.givenName, familyName: profile.familyName },
    emails: [{ primary: true, value: profile.email, type: 'work' }],
    displayName: displayNameOf(profile),
    title: profile.title,
    active,
    [urns.enterprise]: {
      department: profile.department,
      ...(manager === undefined ? {} : { manager: { value: manager } }),
    },
  }
}
