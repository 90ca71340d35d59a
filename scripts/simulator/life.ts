/** The story that is played: from the first connection to the last person who leaves. */
import * as model from './model.ts'
import type { Directory, MemberChange, Person, Profile, Random, Team } from './model.ts'
import { inParallel, type Provider } from './provider.ts'
import { probeToken } from './probe.ts'
import { Stopped, type Session } from './session.ts'
import { verify } from './verify.ts'

export interface Stage {
  readonly name: string
  readonly run: () => Promise<void>
}

export interface Story {
  readonly provider: Provider
  readonly session: Session
  readonly directory: Directory
  readonly random: Random
  readonly tag: string
}

/** The stages in their order. A stage changes the model first, then tells the server. */
export function stagesOf(story: Story): readonly Stage[] {
  const { provider, session, directory } = story
  const stages: (Stage | undefined)[] = [
    { name: 'Connection test', run: () => connect(story) },
    { name: 'First sync: people', run: () => syncPeople(story) },
    { name: 'First sync: teams', run: () => createTeams(story, directory.teams) },
    { name: 'First sync: members', run: () => provider.assign(session, allMembers(directory)) },
    { name: 'Updates of people', run: () => updatePeople(story) },
    { name: 'People change teams', run: () => provider.assign(session, moves(story)) },
    { name: 'Teams pushed again', run: () => pushAgain(story) },
    { name: 'Teams renamed', run: () => renameTeams(story) },
    { name: 'Deactivation', run: () => deactivate(story) },
    { name: 'Reactivation', run: () => reactivate(story) },
    { name: 'Offboarding', run: () => offboard(story) },
    { name: 'Return of one who left', run: () => bringBack(story) },
    provider.removeTeam && { name: 'A team is closed', run: () => closeTeam(story) },
    { name: 'Final check', run: () => verify(session, directory, story.tag) },
  ]
  return stages.filter((stage) => stage !== undefined)
}

async function connect({ provider, session }: Story): Promise<void> {
  const phase = session.recorder.phases.at(-1)
  await provider.testConnection(session)
  const refusal = session.recorder.failures.find(
    ({ kind }) => kind === 'unreachable' || kind === 'timeout' || kind === 'unauthorized',
  )
  if (refusal && phase?.calls === phase?.failures) {
    throw new Stopped(`The connection test failed, so ${provider.title} sends nothing more.`)
  }
  await probeToken(session)
}

async function syncPeople(story: Story): Promise<void> {
  const { provider, session, directory } = story
  await provider.beforeSync?.(session)
  await inParallel(directory.people, provider.parallel, async (person) => {
    if ((await provider.createPerson(session, person)) === 'adopted') {
      session.recorder.warn(
        'Somebody is found before being created: a lookup finds too much, or nothing was cleaned up.',
        person.profile.userName,
      )
    }
  })
}

async function createTeams({ provider, session }: Story, teams: readonly Team[]): Promise<void> {
  await inParallel(teams, provider.parallel, (team) => provider.createTeam(session, team))
}

function allMembers({ teams }: Directory): readonly MemberChange[] {
  return teams
    .filter(({ members }) => members.size > 0)
    .map((team) => ({ team, added: [...team.members], removed: [] }))
}

async function updatePeople({ provider, session, directory, random, tag }: Story): Promise<void> {
  const changed = model.choose(random, directory.people, 0.4)
  const boss = directory.people.find((person) => !changed.includes(person))
  const updates = changed.map((person, index) => {
    const before: Profile = { ...person.profile }
    const { profile } = person
    if (index % 3 === 0) {
      profile.familyName = model.pick(random, model.familyNames) ?? profile.familyName
      profile.title = `Senior ${profile.title}`
    } else if (index % 3 === 1) {
      const end = `new${index + 1}-${tag}`
      profile.userName = model.addressOf(profile.givenName, profile.familyName, end)
      profile.email = profile.userName
    } else {
      profile.department = `${profile.department} West`
      if (provider.sendsManagers) profile.manager = boss
    }
    return { person, before }
  })
  await inParallel(updates, provider.parallel, ({ person, before }) =>
    provider.updatePerson(session, person, before),
  )
}

/** People leave one of their teams and join the next one. */
function moves({ directory, random }: Story): readonly MemberChange[] {
  const { people, teams } = directory
  const changes = new Map(teams.map((team) => [team, noChange()]))
  if (teams.length < 2) return []
  for (const person of model.choose(random, people, 0.4)) {
    const from = teams.find(({ members }) => members.has(person))
    const others = teams.filter(({ members }) => !members.has(person))
    const to = model.pick(random, others)
    if (!from || !to) continue
    from.members.delete(person)
    to.members.add(person)
    changes.get(from)?.removed.push(person)
    changes.get(to)?.added.push(person)
  }
  return [...changes]
    .filter(([, { added, removed }]) => added.length + removed.length > 0)
    .map(([team, change]) => ({ team, ...change }))
}

function noChange(): { readonly added: Person[]; readonly removed: Person[] } {
  return { added: [], removed: [] }
}

async function pushAgain({ provider, session, directory, random }: Story): Promise<void> {
  if (directory.teams.length === 0) return
  for (const team of model.choose(random, directory.teams, 0.4)) {
    await provider.pushAgain(session, team)
  }
}

async function renameTeams(story: Story): Promise<void> {
  const { provider, session, directory, random } = story
  if (directory.teams.length === 0) return
  for (const team of model.choose(random, directory.teams, 0.3)) {
    const name = `${team.name} renamed`
    if (provider.renamesTeams) {
      team.name = name
      await provider.renameTeam?.(session, team)
    } else await moveToNewTeam(story, team, name)
  }
}

/** A role of another name becomes a new team; the old one stays behind, empty. */
async function moveToNewTeam(story: Story, old: Team, name: string): Promise<void> {
  const { provider, session, directory, tag } = story
  const team = model.newTeam(tag, directory.teams.length)
  const members = [...old.members]
  team.name = name
  for (const person of members) team.members.add(person)
  old.members.clear()
  directory.teams.push(team)
  await createTeams(story, [team])
  await provider.assign(session, [
    { team: old, added: [], removed: members },
    { team, added: members, removed: [] },
  ])
}

async function deactivate({ provider, session, directory, random }: Story): Promise<void> {
  const chosen = model.choose(random, directory.people, 0.25)
  for (const person of chosen) person.active = false
  await inParallel(chosen, provider.parallel, (person) => provider.sendActive(session, person))
}

async function reactivate({ provider, session, directory }: Story): Promise<void> {
  const inactive = directory.people.filter(({ active }) => !active)
  const returning = inactive.slice(0, Math.ceil(inactive.length / 2))
  for (const person of returning) person.active = true
  await inParallel(returning, provider.parallel, (person) => provider.sendActive(session, person))
}

async function offboard({ provider, session, directory, random }: Story): Promise<void> {
  const leaving = model.choose(
    random,
    directory.people.filter(({ active }) => active),
    0.15,
  )
  for (const person of leaving) {
    person.active = false
    person.isDeleted = provider.removal === 'delete'
  }
  const changes = directory.teams.map((team) => ({
    team,
    added: [],
    removed: leaving.filter((person) => team.members.delete(person)),
  }))
  // A provider that deletes people leaves it to the server to take them out of their teams.
  if (provider.removal === 'deactivate') {
    await provider.assign(
      session,
      changes.filter(({ removed }) => removed.length > 0),
    )
  }
  await inParallel(leaving, provider.parallel, (person) => provider.removePerson(session, person))
}

/** Brings back a userName: as a new person after a deletion, else with the old id. */
async function bringBack({ provider, session, directory }: Story): Promise<void> {
  const left = directory.people.findLast(({ active }) => !active)
  const person = directory.people.findLast(({ isDeleted }) => isDeleted) ?? left
  if (!person) return
  const before = person.id
  person.active = true
  if (person.isDeleted) {
    const returned: Person = { ...person, id: undefined, isDeleted: false }
    directory.people.push(returned)
    await provider.createPerson(session, returned)
    if (before !== undefined && returned.id === before) {
      session.recorder.differences.push(
        `${person.profile.userName} was deleted, but is found again with the same id.`,
      )
    }
    return joinFirst(provider, session, directory, returned)
  }
  await provider.createPerson(session, person)
  if (before !== undefined && person.id !== before) {
    session.recorder.differences.push(
      `${person.profile.userName} was inactive, and is another person after coming back.`,
    )
  }
  return joinFirst(provider, session, directory, person)
}

async function joinFirst(
  provider: Provider,
  session: Session,
  { teams }: Directory,
  person: Person,
): Promise<void> {
  const [team] = teams
  if (!team || team.members.has(person)) return
  team.members.add(person)
  await provider.assign(session, [{ team, added: [person], removed: [] }])
}

async function closeTeam({ provider, session, directory }: Story): Promise<void> {
  const team = directory.teams.at(-1)
  if (!team) return
  team.isDeleted = true
  await provider.removeTeam?.(session, team)
}
