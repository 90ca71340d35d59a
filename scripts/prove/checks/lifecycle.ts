/** People and teams from their creation to their end. */
import { read, readId, readList, readText, shown } from '../../simulator/json.ts'
import type { Check } from '../check.ts'
import { nobody, personOf, teamOf, urns } from '../resources.ts'
import type { Trial } from '../trial.ts'

export const createsPeople: Check = {
  name: 'A POST of a person is 201, with an id and what was sent',
  async run(trial) {
    const sent = personOf(trial.name())
    const made = await trial.make('/Users', sent)
    for (const name of ['userName', 'displayName', 'active', 'externalId'] as const) {
      trial.same(read(made.body, name), sent[name], `"${name}"`)
    }
    trial.same(readText(made.body, 'name', 'familyName'), 'Prover', '"name.familyName"')
  },
}

export const tellsWhereItIs: Check = {
  name: 'What was created has an address, in Location and in meta.location, where it is read',
  async run(trial) {
    const { answer, body, id } = await trial.person()
    const location = readText(body, 'meta', 'location')
    trial.holds(location !== undefined, 'There is no "meta.location".')
    trial.same(answer.headers.get('location'), location, 'Location')
    trial.holds(location?.endsWith(id) === true, `The address is ${shown(location)}.`)
    trial.same(readText(body, 'meta', 'resourceType'), 'User', '"meta.resourceType"')
    trial.holds(readList(body, 'schemas').includes(urns.user), '"schemas" lacks the User schema.')
  },
}

export const readsPeople: Check = {
  name: 'A person is read by id',
  async run(trial) {
    const made = await trial.person()
    const body = await trial.read(made.path)
    trial.same(readId(body), made.id, 'The "id"')
    trial.same(readText(body, 'userName'), readText(made.body, 'userName'), '"userName"')
  },
}

export const hidesPasswords: Check = {
  name: 'No answer holds a password: of a POST, a GET, a list or a PATCH',
  async run(trial) {
    const made = await trial.person()
    const userName = readText(made.body, 'userName') ?? ''
    const found = await trial.find('/Users', `userName eq "${userName}"`)
    const operation = { op: 'replace', path: 'title', value: 'Clerk' }
    const changed = await trial.patch(made.path, operation)
    const bodies = [made.body, await trial.read(made.path), ...found, changed.body]
    const isShown = bodies.some((body) => read(body, 'password') !== undefined)
    trial.holds(!isShown, 'There is a "password" in an answer.')
  },
}

export const knowsNobodyElse: Check = {
  name: 'An unknown id is 404, with a SCIM Error that says so',
  async run(trial) {
    const answer = await trial.get(`/Users/${nobody}`)
    trial.refused(answer, 404)
    const detail = readText(answer.body, 'detail')
    trial.holds(detail !== undefined && detail !== '', 'The error has no "detail".')
  },
}

export const replacesPeople: Check = {
  name: 'A PUT replaces a person, and what is read-only in it changes nothing',
  async run(trial) {
    const made = await trial.person({ title: 'Clerk' })
    const userName = readText(made.body, 'userName') ?? ''
    const sent = { ...personOf(trial.name()), userName, title: 'Head', id: 'other', meta: {} }
    const answer = await trial.send('PUT', made.path, sent)
    trial.want(answer, 200)
    trial.same(readId(answer.body), made.id, 'The "id" in the answer')
    const body = await trial.read(made.path)
    trial.same(readText(body, 'title'), 'Head', '"title"')
    trial.same(readId(body), made.id, 'The "id"')
  },
}

export const suspendsPeople: Check = {
  name: 'A person is deactivated by PATCH, stays readable, and is activated again',
  async run(trial) {
    const made = await trial.person()
    for (const value of [false, true]) {
      await trial.change(made.path, { op: 'replace', path: 'active', value })
      trial.same(read(await trial.read(made.path), 'active'), value, '"active"')
    }
  },
}

export const keepsThePatched: Check = {
  name: 'A PATCH never deletes: who is inactive is in the list, and is found by name',
  async run(trial) {
    const made = await trial.person()
    const userName = readText(made.body, 'userName') ?? ''
    await trial.change(made.path, { op: 'replace', path: 'active', value: false })
    const found = await trial.find('/Users', `userName eq "${userName}"`)
    trial.same(found.map(readId), [made.id], 'What the filter finds')
  },
}

export const deletesPeople: Check = {
  name: 'A DELETE deletes: the person is 404 from then on for GET, PATCH and DELETE',
  async run(trial) {
    const made = await trial.person()
    trial.want(await trial.send('DELETE', made.path), 204)
    trial.refused(await trial.get(made.path), 404)
    const operation = { op: 'replace', path: 'active', value: true }
    trial.refused(await trial.patch(made.path, operation), 404)
    trial.refused(await trial.send('DELETE', made.path), 404)
  },
}

export const omitsTheDeleted: Check = {
  name: 'Who is deleted is in no list',
  async run(trial) {
    const made = await trial.person()
    const userName = readText(made.body, 'userName') ?? ''
    trial.want(await trial.send('DELETE', made.path), 204)
    const found = await trial.find('/Users', `userName eq "${userName}"`)
    trial.same(found.length, 0, 'The number of people whom the filter finds')
  },
}

export const freesNames: Check = {
  name: 'The userName of who is deleted can be given again',
  async run(trial) {
    const sent = personOf(trial.name())
    const first = await trial.make('/Users', sent)
    trial.want(await trial.send('DELETE', first.path), 204)
    const second = await trial.make('/Users', sent)
    trial.holds(second.id !== first.id, 'The new person has the id of the old one.')
  },
}

export const refusesTwins: Check = {
  name: 'A second person of the same userName is 409 uniqueness',
  async run(trial) {
    const sent = personOf(trial.name())
    await trial.make('/Users', sent)
    trial.refused(await trial.send('POST', '/Users', sent), 409, 'uniqueness')
  },
}

function refusingTwinsByPatch(name: string, ...statuses: readonly number[]): Check {
  return {
    name,
    async run(trial: Trial) {
      const [one, other] = [await trial.person(), await trial.person()]
      const value = readText(one.body, 'userName')
      const answer = await trial.patch(other.path, { op: 'replace', path: 'userName', value })
      trial.refused(answer, statuses, 'uniqueness')
      const kept = readText(await trial.read(other.path), 'userName')
      trial.same(kept, readText(other.body, 'userName'), '"userName" behind the refusal')
    },
  }
}

export const refusesTwinsByPatch = refusingTwinsByPatch(
  'A PATCH to the userName of somebody else is 409 uniqueness',
  409,
)

/** RFC 7644 section 3.12 has `uniqueness` of a PATCH among the reasons of a 400 as well. */
export const refusesTwinsByPatchAnyhow = refusingTwinsByPatch(
  'A PATCH to the userName of somebody else is refused as uniqueness, with 409 or 400',
  409,
  400,
)

export const comparesNamesWithoutCase: Check = {
  name: 'userName has no case: in capitals it is the same to a filter and to a second POST',
  async run(trial) {
    const sent = personOf(trial.name())
    const made = await trial.make('/Users', sent)
    const capitals = String(sent['userName']).toUpperCase()
    const found = await trial.find('/Users', `userName eq "${capitals}"`)
    trial.same(found.map(readId), [made.id], 'What the filter finds')
    const second = { ...personOf(trial.name()), userName: capitals }
    const answer = await trial.send('POST', '/Users', second)
    // A server may refuse capitals for a rule of its own: nobody else gets the name then either.
    trial.refused(answer, [409, 400], answer.status === 409 ? 'uniqueness' : 'invalidValue')
  },
}

export const comparesIdsByCase: Check = {
  name: 'id has a case: in capitals it is another',
  async run(trial) {
    const { path, id } = await trial.person()
    const other = id.toUpperCase() === id ? id.toLowerCase() : id.toUpperCase()
    if (other === id) trial.skip('The ids of this server have no letters.')
    trial.want(await trial.get(path.replace(id, other)), 404)
  },
}

export const comparesExternalIdsByCase: Check = {
  name: 'externalId has a case: in capitals a filter does not find it',
  async run(trial) {
    const externalId = trial.name('ext')
    const made = await trial.person({ externalId })
    const found = await trial.find('/Users', `externalId eq "${externalId}"`)
    trial.same(found.map(readId), [made.id], 'What the filter finds')
    const other = await trial.find('/Users', `externalId eq "${externalId.toUpperCase()}"`)
    trial.same(other.length, 0, 'The number of people found by the other case')
  },
}

export const addressesByIdAlone: Check = {
  name: 'A person is addressed by id, and not by userName',
  async run(trial) {
    const { body } = await trial.person()
    const userName = readText(body, 'userName') ?? ''
    trial.want(await trial.get(`/Users/${encodeURIComponent(userName)}`), 404)
  },
}

export const createsTeams: Check = {
  name: 'A team is created without members, and read by id',
  async run(trial) {
    const made = await trial.team()
    const body = await trial.read(made.path)
    trial.same(readText(body, 'displayName'), readText(made.body, 'displayName'), '"displayName"')
    trial.same(readList(body, 'members'), [], '"members"')
  },
}

export const renamesTeams: Check = {
  name: 'A team gets another displayName by PATCH, and keeps its id',
  async run(trial) {
    const made = await trial.team()
    const value = trial.name('renamed')
    await trial.change(made.path, { op: 'replace', path: 'displayName', value })
    const body = await trial.read(made.path)
    trial.same(
      [readId(body), readText(body, 'displayName')],
      [made.id, value],
      'id and displayName',
    )
  },
}

export const refusesTwinTeams: Check = {
  name: 'A second team of the same displayName is 409',
  async run(trial) {
    const sent = teamOf(trial.name('team'))
    await trial.make('/Groups', sent)
    trial.refused(await trial.send('POST', '/Groups', sent), 409)
  },
}

export const deletesTeams: Check = {
  name: 'A team is deleted, and its people stay',
  async run(trial) {
    const person = await trial.person()
    const team = await trial.team({ members: [{ value: person.id }] })
    trial.want(await trial.send('DELETE', team.path), 204)
    trial.refused(await trial.get(team.path), 404)
    await trial.read(person.path)
  },
}

export const keepsExternalIdsOfTeams: Check = {
  name: 'A team has an externalId, by which it is found',
  async run(trial) {
    const externalId = trial.name('ext')
    const made = await trial.team({ externalId })
    const found = await trial.find('/Groups', `externalId eq "${externalId}"`)
    trial.same(found.map(readId), [made.id], 'What the filter finds')
    trial.same(readText(found[0], 'externalId'), externalId, '"externalId"')
  },
}

export const keepsExternalIds: Check = {
  name: 'A person has an externalId, which is read back',
  async run(trial) {
    const externalId = trial.name('ext')
    const made = await trial.person({ externalId })
    trial.same(readText(await trial.read(made.path), 'externalId'), externalId, '"externalId"')
  },
}
