/**
 * OneLogin's "SCIM Provisioner with SAML (SCIM v2 Enterprise)": every change of a person is a
 * lookup by name and a PUT of the whole template; every membership is a PATCH of its own.
 */
import { isObject, readList, readText, type JsonObject } from './json.ts'
import { displayNameOf, type Person } from './model.ts'
import { inParallel, urns, type Provider } from './provider.ts'
import type { Session } from './session.ts'
import * as steps from './steps.ts'

/** URNs as seen in a trace; neither is one of RFC 7643. */
const coreUrn = 'urn:scim:schemas:core:2.0'
const enterpriseUrn = 'urn:scim:schemas:extension:enterprise:2.0'

const failed = 'The person is shown as Failed; an administrator has to press retry.'

/** The teams that the last refresh has found, by name. */
const entitlements = new WeakMap<Session, ReadonlyMap<string | undefined, JsonObject>>()

export const onelogin: Provider = {
  name: 'onelogin',
  title: 'OneLogin',
  parallel: 4,
  removal: 'delete',
  renamesTeams: false,
  sendsManagers: false,
  reactions: {
    unreachable: 'API Status is not Enabled, or the person is shown as Failed until a retry.',
    timeout: failed,
    unauthorized: 'Says that the resource or the endpoint does not exist; nothing is provisioned.',
    missing: 'Says that the resource or the endpoint does not exist; the person is Failed.',
    conflict: `${failed} Nothing is sent again by itself.`,
    tooMany: 'Not documented; the person is shown as Failed at worst.',
    refused: `${failed} The mapping or the value has to be corrected first.`,
    server: failed,
    unusable: 'Goes on with what it believes; later calls for the same person or team fail.',
  },

  // Users are sent as application/json, groups as scim+json, and the user agent is empty.
  headers: ({ path, method }) => ({
    'User-Agent': '',
    'Content-Type':
      path.startsWith('/Groups') && method !== 'GET' ? 'application/scim+json' : 'application/json',
  }),

  testConnection: async (session) => {
    await findPerson(session, `nobody-${crypto.randomUUID().slice(0, 8)}`)
  },

  // "Refresh" under Entitlements: without a count, so that a small default page hides teams.
  beforeSync: async (session) => {
    const answer = await session.call({
      method: 'GET',
      path: '/Groups',
      accepted: [200],
      check: (answer) => steps.listProblem(answer),
    })
    const teams = answer.isGood ? readList(answer.body, 'Resources') : []
    entitlements.set(
      session,
      new Map(teams.filter(isObject).map((team) => [readText(team, 'displayName'), team])),
    )
  },

  createPerson: async (session, person) => {
    const { found, isKnown } = await findPerson(session, person.profile.userName)
    if (!isKnown) return 'failed'
    if (!found) return steps.create(session, '/Users?', template(person), person)
    const outcome = steps.adopt(person, found)
    await replacePerson(session, person, { active: true })
    return outcome
  },

  updatePerson: async (session, person, before) => {
    // OneLogin finds people by the name that it sent last, not by the new one.
    await findPerson(session, before.userName)
    await replacePerson(session, person)
  },

  // "Suspend": the template has no `active`, so that it is sent at these times only.
  sendActive: async (session, person) => {
    await findPerson(session, person.profile.userName)
    await replacePerson(session, person, { active: person.active })
  },

  removePerson: async (session, { id }) => {
    if (id === undefined) return session.recorder.skipped()
    await steps.remove(session, `${steps.idPath('Users', id)}?`)
  },

  // OneLogin knows the teams from the refresh, and does not look for one before it creates it.
  createTeam: async (session, team) => {
    const known = entitlements.get(session)?.get(team.name)
    if (known) return steps.adopt(team, known)
    const body = { schemas: [coreUrn], displayName: team.name, members: [] }
    return steps.create(session, '/Groups?', body, team)
  },

  // One PATCH for each person and team, close together and against the same team.
  assign: async (session, changes) => {
    const single = changes.flatMap(({ team, added, removed }) => [
      ...removed.map((person) => ({ team, person, isAdded: false })),
      ...added.map((person) => ({ team, person, isAdded: true })),
    ])
    await inParallel(single, onelogin.parallel, async ({ team, person, isAdded }) => {
      if (team.id === undefined || person.id === undefined) return session.recorder.skipped()
      const operation = isAdded ? adding(person.id) : removing(person.id)
      await steps.patch(session, `${steps.idPath('Groups', team.id)}?`, {
        schemas: [urns.patch],
        Operations: [operation],
      })
    })
  },

  // "Reapply mappings": everybody once more, whether changed or not.
  pushAgain: async (session, team) => {
    await inParallel([...team.members], onelogin.parallel, async (person) => {
      await findPerson(session, person.profile.userName)
      await replacePerson(session, person)
    })
    await onelogin.assign(session, [{ team, added: [...team.members], removed: [] }])
  },
}

function adding(id: string): unknown {
  return { op: 'add', path: 'members', value: [{ value: id }] }
}

/** No trace shows how it removes a member: both known forms are used, chosen by the id. */
function removing(id: string): unknown {
  return /[02468ace]$/i.test(id)
    ? { op: 'remove', path: `members[value eq ${JSON.stringify(id)}]` }
    : { op: 'remove', path: 'members', value: [{ value: id }] }
}

/** Older pages of OneLogin's asked for 404 when nobody is found, so it is accepted. */
async function findPerson(session: Session, userName: string): Promise<steps.Lookup> {
  const path = `/Users?filter=${steps.formEncoded(`userName eq "${userName}"`)}&`
  return steps.lookUp(session, path, 'userName', userName, [200, 404])
}

async function replacePerson(
  session: Session,
  person: Person,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  if (person.id === undefined) return session.recorder.skipped()
  const path = `${steps.idPath('Users', person.id)}?`
  await steps.put(session, path, { ...template(person), ...more }, person.id)
}

function template({ profile }: Person): Readonly<Record<string, unknown>> {
  return {
    schemas: [coreUrn, enterpriseUrn],
    userName: profile.userName,
    name: { familyName: profile.familyName, givenName: profile.givenName },
    displayName: displayNameOf(profile),
    emails: [{ value: profile.email, type: 'work', primary: true }],
    title: profile.title,
    [enterpriseUrn]: { department: profile.department },
  }
}
