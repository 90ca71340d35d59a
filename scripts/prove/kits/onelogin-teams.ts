/** Teams as OneLogin's SCIM applications send them: one PATCH for each person and team. */
import { readId, readText } from '../../simulator/json.ts'
import type { Check } from '../check.ts'
import { membersOf } from '../checks/members.ts'
import { messages, urns } from '../resources.ts'
import type { Made, Trial } from '../trial.ts'
import { ownUrns } from './onelogin-people.ts'

/** The body of a PATCH in a recorded trace: one operation, and no blank in it. */
function operationOf(operation: unknown): string {
  return JSON.stringify({ schemas: [messages.patch], Operations: [operation] })
}

async function patchTeam(trial: Trial, { path }: Made, body: string): Promise<void> {
  trial.want(await trial.send('PATCH', `${path}?`, body), 200, 204)
}

function adding(id: string): string {
  return operationOf({ op: 'add', path: 'members', value: [{ value: id }] })
}

async function create(trial: Trial): Promise<Made> {
  const displayName = trial.name('team')
  return trial.make('/Groups', { schemas: [urns.group], displayName, members: [] })
}

export const refreshes: Check = {
  name: '"Refresh" reads all teams, without a count, with id and displayName',
  async run(trial) {
    const made = await create(trial)
    const teams = await trial.list('/Groups')
    const found = teams.find((team) => readId(team) === made.id)
    const name = readText(made.body, 'displayName')
    trial.same(readText(found, 'displayName'), name, 'The displayName in the list')
  },
}

export const creates: Check = {
  name: 'A team is created with an empty list of members; its name stays as it was sent',
  async run(trial) {
    const displayName = `Sales – ${trial.name('Team')} (EU).`
    const made = await trial.make('/Groups', { schemas: [urns.group], displayName, members: [] })
    trial.same(readText(await trial.read(made.path), 'displayName'), displayName, '"displayName"')
  },
}

export const takesOwnUrn: Check = {
  name: 'A team whose schemas name the URN of the recorded template is created',
  async run(trial) {
    const displayName = trial.name('team')
    await trial.make('/Groups', { schemas: [ownUrns.core], displayName, members: [] })
  },
}

export const renames: Check = {
  name: 'A team is renamed by PATCH, and keeps its members',
  async run(trial) {
    const [person, team] = [await trial.person(), await create(trial)]
    await patchTeam(trial, team, adding(person.id))
    const value = trial.name('renamed')
    await patchTeam(trial, team, operationOf({ op: 'replace', path: 'displayName', value }))
    trial.same(readText(await trial.read(team.path), 'displayName'), value, '"displayName"')
    trial.same(await membersOf(trial, team), [person.id], 'The members')
  },
}

export const addsMembers: Check = {
  name: 'Members come one by one, close together, and none is lost',
  async run(trial) {
    const team = await create(trial)
    const people: Made[] = []
    for (let made = 0; made < 6; made += 1) people.push(await trial.person())
    await Promise.all(people.map(({ id }) => patchTeam(trial, team, adding(id))))
    const ids = people.map(({ id }) => id).toSorted()
    trial.same(await membersOf(trial, team), ids, 'The members')
  },
}

export const addsTwice: Check = {
  name: '"Reapply mappings" adds a member once more, which changes nothing',
  async run(trial) {
    const [person, team] = [await trial.person(), await create(trial)]
    for (const _ of [1, 2]) await patchTeam(trial, team, adding(person.id))
    trial.same(await membersOf(trial, team), [person.id], 'The members')
  },
}

export const removesMembers: Check = {
  name: 'A member is taken out by a filter in the path, or by a list as the value',
  async run(trial) {
    const team = await create(trial)
    const [one, other, stays] = [await trial.person(), await trial.person(), await trial.person()]
    for (const { id } of [one, other, stays]) await patchTeam(trial, team, adding(id))
    const path = `members[value eq "${one.id}"]`
    await patchTeam(trial, team, operationOf({ op: 'remove', path }))
    const value = [{ value: other.id }]
    await patchTeam(trial, team, operationOf({ op: 'remove', path: 'members', value }))
    trial.same(await membersOf(trial, team), [stays.id], 'The members')
  },
}

export const speaksVersion1: Check = {
  name: 'A PATCH in the form of SCIM 1.1 adds a member, and takes the member out',
  async run(trial) {
    const [person, team] = [await trial.person(), await create(trial)]
    const schemas = ['urn:scim:schemas:core:1.0']
    for (const operation of ['add', 'delete']) {
      const members = [{ value: person.id, operation }]
      await patchTeam(trial, team, JSON.stringify({ schemas, members }))
      const wanted = operation === 'add' ? [person.id] : []
      trial.same(await membersOf(trial, team), wanted, `The members behind ${operation}`)
    }
  },
}
