/** Who is in a team. */
import { read, readId, readList, readText } from '../../simulator/json.ts'
import type { Check } from '../check.ts'
import type { Made, Trial } from '../trial.ts'

/** The ids of a team's members, without regard to their order. */
export async function membersOf(trial: Trial, team: Made): Promise<readonly string[]> {
  return readList(await trial.read(team.path), 'members')
    .map((member) => readText(member, 'value') ?? '')
    .toSorted()
}

export const addsMembers: Check = {
  name: 'A PATCH adds a person to a team; to add the person again changes nothing',
  async run(trial) {
    const [person, team] = [await trial.person(), await trial.team()]
    for (const _ of [1, 2]) {
      await trial.change(team.path, { op: 'add', path: 'members', value: [{ value: person.id }] })
      trial.same(await membersOf(trial, team), [person.id], 'The members')
    }
  },
}

export const removesMembers: Check = {
  name: 'remove members[value eq …] takes one person out, and leaves the others',
  async run(trial) {
    const [one, other] = [await trial.person(), await trial.person()]
    const team = await trial.team({ members: [{ value: one.id }, { value: other.id }] })
    await trial.change(team.path, { op: 'remove', path: `members[value eq "${one.id}"]` })
    trial.same(await membersOf(trial, team), [other.id], 'The members')
  },
}

export const replacesMembers: Check = {
  name: 'replace members leaves exactly those that it names',
  async run(trial) {
    const [one, other] = [await trial.person(), await trial.person()]
    const team = await trial.team({ members: [{ value: one.id }] })
    await trial.change(team.path, { op: 'replace', path: 'members', value: [{ value: other.id }] })
    trial.same(await membersOf(trial, team), [other.id], 'The members')
    await trial.change(team.path, { op: 'remove', path: 'members' })
    trial.same(await membersOf(trial, team), [], 'The members behind a remove of all')
  },
}

export const filtersByMember: Check = {
  name: 'members[value eq …] finds the teams of a person',
  async run(trial) {
    const person = await trial.person()
    const team = await trial.team({ members: [{ value: person.id }] })
    await trial.team()
    const found = await trial.find('/Groups', `members[value eq "${person.id}"]`)
    trial.same(found.map(readId), [team.id], 'What the filter finds')
  },
}

export const showsTeamsOfPeople: Check = {
  name: 'A person shows its teams in groups, which a client does not change there',
  async run(trial) {
    const person = await trial.person()
    const team = await trial.team({ members: [{ value: person.id }] })
    const shown = await trial.read(person.path)
    const ids = readList(shown, 'groups').map((group) => readText(group, 'value'))
    trial.same(ids, [team.id], '"groups"')
  },
}

export const forgetsTheDeleted: Check = {
  name: 'Who is deleted is in no team any more',
  async run(trial) {
    const person = await trial.person()
    const team = await trial.team({ members: [{ value: person.id }] })
    trial.want(await trial.send('DELETE', person.path), 204)
    trial.same(await membersOf(trial, team), [], 'The members')
  },
}

/** Operations on members that a PATCH has to take (IPSIE AL SCIM 2.0 Profile, section 6.2.6). */
const manyMembers = 50

export const takesFiftyMembers: Check = {
  name: 'One PATCH takes 50 operations on members',
  async run(trial) {
    const people: string[] = []
    for (let made = 0; made < manyMembers; made += 1) people.push((await trial.person()).id)
    const team = await trial.team()
    const adding = people.map((value) => ({ op: 'add', path: 'members', value: [{ value }] }))
    const answer = await trial.patch(team.path, ...adding)
    trial.want(answer, 200, 204)
    trial.same(await membersOf(trial, team), people.toSorted(), 'The members')
    const removing = people.map((id) => ({ op: 'remove', path: `members[value eq "${id}"]` }))
    await trial.change(team.path, ...removing)
    trial.same(await membersOf(trial, team), [], 'The members behind the removal')
    trial.measure(
      `${manyMembers} additions in one PATCH took ${answer.milliseconds.toFixed(0)} ms.`,
    )
  },
}

export const showsMembersWhole: Check = {
  name: 'A member has the id of the person as its value, and the address of the person',
  async run(trial) {
    const person = await trial.person()
    const team = await trial.team({ members: [{ value: person.id }] })
    const [member] = readList(await trial.read(team.path), 'members')
    trial.same(read(member, 'value'), person.id, '"members.value"')
    const address = readText(member, '$ref')
    trial.holds(address?.endsWith(person.path) === true, `"members.$ref" is ${String(address)}.`)
  },
}

export const listsTeams: Check = {
  name: 'Teams are listed, and excludedAttributes=members leaves out who is in them',
  async run(trial) {
    const person = await trial.person()
    const made = await trial.team({ members: [{ value: person.id }] })
    const filter = `displayName eq "${readText(made.body, 'displayName') ?? ''}"`
    const [plain] = await trial.find('/Groups', filter)
    trial.same(readId(plain), made.id, 'What the filter finds')
    const [without] = await trial.find('/Groups', filter, '&excludedAttributes=members')
    trial.same([readId(without), read(without, 'members')], [made.id, undefined], 'id and members')
    trial.holds((await trial.list('/Groups')).length > 0, 'The list of all teams is empty.')
  },
}
