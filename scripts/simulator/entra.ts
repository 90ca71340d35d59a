/**
 * Entra ID without the flag aadOptscim062020: capitalised operations, one operation for each
 * attribute, "False" as text, members added and removed as lists, groups read without members.
 */
import { displayNameOf, type Person, type Profile, type Team } from './model.ts'
import { inParallel, urns, type Provider } from './provider.ts'
import type { Session } from './session.ts'
import * as steps from './steps.ts'

const microsoftGroupUrn = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'

const retried = 'Repeats it in the next cycles (about every 40 minutes), with growing gaps.'
const mostMembers = 20

export const entra: Provider = {
  name: 'entra',
  title: 'Microsoft Entra ID',
  parallel: 4,
  removal: 'delete',
  renamesTeams: true,
  sendsManagers: true,
  reactions: {
    unreachable: 'The job goes into quarantine: tried again after 6, 12 and 24 hours, then daily.',
    timeout: retried,
    unauthorized: 'The job goes into quarantine at once; after four weeks it is switched off.',
    missing: 'A lookup answered 404 puts the job into quarantine; otherwise the change is skipped.',
    conflict: `${retried} Many failures together lead to quarantine.`,
    tooMany: 'The job pauses, or the change waits for the next cycle.',
    refused: `${retried} The other operations of the same request are lost as well.`,
    server: `${retried} Many failures together lead to quarantine.`,
    unusable: 'The object fails; it is tried again in the next cycles.',
  },

  // No public trace names a user agent.
  headers: () => ({
    'User-Agent': '',
    'Content-Type': 'application/scim+json; charset=utf-8',
  }),

  testConnection: async (session) => {
    await findPerson(session, crypto.randomUUID())
  },

  createPerson: async (session, person) => {
    const { found, isKnown } = await findPerson(session, person.profile.userName)
    if (!isKnown) return 'failed'
    if (!found) {
      const outcome = await steps.create(session, '/Users', bodyOf(person), person)
      // References to other people follow when both exist.
      if (outcome === 'created' && person.profile.manager) await sendManager(session, person)
      return outcome
    }
    const outcome = steps.adopt(person, found)
    await patchPerson(session, person, [
      replacing('active', 'True'),
      ...Object.entries(pathsOf(person.profile)).map(([path, value]) => replacing(path, value)),
    ])
    return outcome
  },

  updatePerson: async (session, person, before) => {
    if (person.id === undefined) return session.recorder.skipped()
    const answer = await steps.get(session, steps.idPath('Users', person.id), person.id)
    if (!answer.isGood) return
    const old = new Map(Object.entries(pathsOf(before)))
    const changed = Object.entries(pathsOf(person.profile))
      .filter(([path, value]) => old.get(path) !== value)
      .map(([path, value]) => replacing(path, value))
    if (changed.length > 0) await patchPerson(session, person, changed)
    if (person.profile.manager !== before.manager) await sendManager(session, person)
  },

  sendActive: async (session, person) => {
    await findPerson(session, person.profile.userName)
    await patchPerson(session, person, [replacing('active', person.active ? 'True' : 'False')])
  },

  // Soft delete first, the real one later; here at once.
  removePerson: async (session, person) => {
    if (person.id === undefined) return session.recorder.skipped()
    await patchPerson(session, person, [replacing('active', 'False')])
    await steps.remove(session, steps.idPath('Users', person.id))
  },

  createTeam: async (session, team) => {
    const filter = steps.formEncoded(`displayName eq "${team.name}"`)
    const path = `/Groups?excludedAttributes=members&filter=${filter}`
    const { found, isKnown } = await steps.lookUp(session, path, 'displayName', team.name)
    if (!isKnown) return 'failed'
    if (found) return steps.adopt(team, found)
    const outcome = await steps.create(
      session,
      '/Groups',
      {
        schemas: [urns.group, microsoftGroupUrn],
        externalId: team.externalId,
        displayName: team.name,
        meta: { resourceType: 'Group' },
      },
      team,
    )
    if (outcome === 'created') await readTeam(session, team)
    return outcome
  },

  assign: async (session, changes) => {
    await inParallel(changes, entra.parallel, async ({ team, added, removed }) => {
      await readTeam(session, team)
      for (const part of parts(removed)) await patchMembers(session, team, 'Remove', part)
      for (const part of parts(added)) await patchMembers(session, team, 'Add', part)
      // Known from the field: an Add for somebody who stayed, whenever another one was removed.
      const stayed = [...team.members].find((person) => !added.includes(person))
      if (removed.length > 0 && stayed) await patchMembers(session, team, 'Add', [stayed])
    })
  },

  // A restarted job: read, and add everybody although they are there.
  pushAgain: async (session, team) => {
    await readTeam(session, team)
    for (const person of team.members) await patchMembers(session, team, 'Add', [person])
  },

  renameTeam: async (session, team) => {
    if (team.id === undefined) return session.recorder.skipped()
    await readTeam(session, team)
    await steps.patch(session, steps.idPath('Groups', team.id), {
      schemas: [urns.patch],
      Operations: [replacing('displayName', team.name)],
    })
  },

  removeTeam: async (session, { id }) => {
    if (id === undefined) return session.recorder.skipped()
    await steps.remove(session, steps.idPath('Groups', id))
  },
}

function replacing(path: string, value: string): unknown {
  return { op: 'Replace', path, value }
}

function parts(people: readonly Person[]): readonly (readonly Person[])[] {
  const count = Math.ceil(people.length / mostMembers)
  return Array.from({ length: count }, (_, index) =>
    people.slice(index * mostMembers, (index + 1) * mostMembers),
  )
}

/** 404 is a failure here: it puts the whole job into quarantine. */
async function findPerson(session: Session, userName: string): Promise<steps.Lookup> {
  const path = `/Users?filter=${steps.formEncoded(`userName eq "${userName}"`)}`
  return steps.lookUp(session, path, 'userName', userName)
}

async function readTeam(session: Session, team: Team): Promise<void> {
  if (team.id === undefined) return session.recorder.skipped()
  const path = `${steps.idPath('Groups', team.id)}?excludedAttributes=members`
  await steps.get(session, path, team.id)
}

async function patchMembers(
  session: Session,
  team: Team,
  op: 'Add' | 'Remove',
  people: readonly Person[],
): Promise<void> {
  const value = people.flatMap(({ id }) => (id === undefined ? [] : [{ $ref: null, value: id }]))
  if (team.id === undefined || value.length === 0) return session.recorder.skipped()
  await steps.patch(session, steps.idPath('Groups', team.id), {
    schemas: [urns.patch],
    Operations: [{ op, path: 'members', value }],
  })
}

async function patchPerson(
  session: Session,
  person: Person,
  Operations: readonly unknown[],
): Promise<void> {
  if (person.id === undefined) return session.recorder.skipped()
  const body = { schemas: [urns.patch], Operations }
  await steps.patch(session, steps.idPath('Users', person.id), body)
}

/** Asks whether it is set already, then sends the bare id as text. */
async function sendManager(session: Session, person: Person): Promise<void> {
  const manager = person.profile.manager?.id
  if (person.id === undefined || manager === undefined) return session.recorder.skipped()
  const filter = encodeURIComponent(`id eq "${person.id}" and manager eq "${manager}"`)
  await session.call({
    method: 'GET',
    path: `/Users?filter=${filter}&attributes=id`,
    accepted: [200],
    check: (answer) => steps.listProblem(answer),
  })
  await patchPerson(session, person, [replacing(`${urns.enterprise}:manager`, manager)])
}

/** The attributes of a person, by the path that each is changed with. */
function pathsOf(profile: Profile): Readonly<Record<string, string>> {
  return {
    userName: profile.userName,
    displayName: displayNameOf(profile),
    title: profile.title,
    'emails[type eq "work"].value': profile.email,
    'name.givenName': profile.givenName,
    'name.familyName': profile.familyName,
    [`${urns.enterprise}:department`]: profile.department,
  }
}

function bodyOf({ profile, externalId }: Person): Readonly<Record<string, unknown>> {
  return {
    schemas: [urns.user, urns.enterprise],
    externalId,
    userName: profile.userName,
    active: true,
    displayName: displayNameOf(profile),
    title: profile.title,
    emails: [{ primary: true, type: 'work', value: profile.email }],
    meta: { resourceType: 'User' },
    name: {
      formatted: displayNameOf(profile),
      familyName: profile.familyName,
      givenName: profile.givenName,
    },
    roles: [],
    [urns.enterprise]: { department: profile.department },
  }
}
