/** The seven tests of groups of Entra's gallery, and the direct ones, in its requests. */
import { read, readId, readList, readNumber, readText } from '../../simulator/json.ts'
import type { Check } from '../check.ts'
import { membersOf } from '../checks/members.ts'
import { schemaOf } from '../checks/discovery.ts'
import { urns } from '../resources.ts'
import type { Made, Trial } from '../trial.ts'

const oldUrn = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'

/** The schema of groups is mandatory: a server without it fails every test of groups. */
async function provision(
  trial: Trial,
  name: string,
  schemas: readonly string[] = [urns.group],
): Promise<Made> {
  await schemaOf(trial, urns.group)
  trial.same((await lookUp(trial, name)).length, 0, 'The number of groups found before the POST')
  return trial.make('/Groups', {
    schemas,
    externalId: `ext-${name}`,
    displayName: name,
    meta: { resourceType: 'Group' },
  })
}

async function lookUp(trial: Trial, name: string): Promise<readonly unknown[]> {
  const answer = await trial.get(
    `/Groups?excludedAttributes=members&filter=${encodeURIComponent(`displayName eq "${name}"`)}`,
  )
  trial.wantList(answer)
  const found = readList(answer.body, 'Resources')
  trial.holds(
    found.every((group) => read(group, 'members') === undefined),
    'A group shows its members although excludedAttributes=members was asked for.',
  )
  return found
}

async function wantFound(trial: Trial, name: string, id: string): Promise<void> {
  trial.same((await lookUp(trial, name)).map(readId), [id], 'What the look-up finds')
}

export const creates: Check = {
  name: 'Entra creates a group, whose schemas name a URN of its own as well, and finds it by displayName',
  async run(trial) {
    const name = trial.name('group')
    await trial.team()
    const { id } = await provision(trial, name, [urns.group, oldUrn])
    await wantFound(trial, name, id)
  },
}

export const updates: Check = {
  name: 'Entra renames a group, and finds it by the new name alone',
  async run(trial) {
    const [name, value] = [trial.name('group'), trial.name('group')]
    const { id, path } = await provision(trial, name)
    await trial.change(path, { op: 'Replace', path: 'displayName', value })
    await wantFound(trial, value, id)
    trial.same((await lookUp(trial, name)).length, 0, 'The number of groups of the old name')
  },
}

export const deletes: Check = {
  name: 'Entra deletes a group, which is 404 then and not found',
  async run(trial) {
    const name = trial.name('group')
    const { path } = await provision(trial, name)
    trial.want(await trial.send('DELETE', path), 204)
    trial.want(await trial.get(path), 404)
    trial.same((await lookUp(trial, name)).length, 0, 'The number of groups found')
  },
}

function memberOf(id: string): unknown {
  return { $ref: null, value: id }
}

export const addsMembers: Check = {
  name: 'Entra adds members to a group',
  async run(trial) {
    const people = [await trial.person(), await trial.person()]
    const team = await provision(trial, trial.name('group'))
    const value = people.map(({ id }) => memberOf(id))
    await trial.change(team.path, { op: 'Add', path: 'members', value })
    trial.same(await membersOf(trial, team), people.map(({ id }) => id).toSorted(), 'The members')
  },
}

export const removesMembers: Check = {
  name: 'Entra removes a member by a list as the value, and by a filter, and nobody beside it',
  async run(trial) {
    const people = [await trial.person(), await trial.person(), await trial.person()]
    const [one, other, stays] = people.map(({ id }) => id)
    const team = await provision(trial, trial.name('group'))
    const value = people.map(({ id }) => memberOf(id))
    await trial.change(team.path, { op: 'Add', path: 'members', value })
    const list = [memberOf(one ?? '')]
    await trial.change(team.path, { op: 'Remove', path: 'members', value: list })
    await trial.change(team.path, { op: 'Remove', path: `members[value eq "${other}"]` })
    trial.same(await membersOf(trial, team), [stays], 'The members')
  },
}

export const isProvisionedOnDemand: Check = {
  name: 'A group that is provisioned on demand is read and found at once',
  async run(trial) {
    const name = trial.name('group')
    const { id, path } = await provision(trial, name)
    trial.same(readId(await trial.read(`${path}?excludedAttributes=members`)), id, 'The "id"')
    await wantFound(trial, name, id)
  },
}

export const restores: Check = {
  name: 'A group that is unassigned and assigned again is deleted and created',
  async run(trial) {
    const name = trial.name('group')
    const { path } = await provision(trial, name)
    trial.want(await trial.send('DELETE', path), 204)
    const again = await provision(trial, name)
    await wantFound(trial, name, again.id)
  },
}

export const updatesDirectly: Check = {
  name: 'A direct PATCH of displayName and externalId of a group is read back',
  async run(trial) {
    await schemaOf(trial, urns.group)
    const { path } = await trial.team()
    const [displayName, externalId] = [trial.name('group'), trial.name('ext')]
    await trial.change(
      path,
      { op: 'Replace', path: 'displayName', value: displayName },
      { op: 'Replace', path: 'externalId', value: externalId },
    )
    const body = await trial.read(path)
    const found = ['displayName', 'externalId'].map((name) => readText(body, name))
    trial.same(found, [displayName, externalId], 'displayName and externalId')
  },
}

/** How many there have to be, and on a page. */
const least = 11
const onPage = 5

/** A check that startIndex=N&count=5 walks through a list, and is told again in each answer. */
function paging(name: string, collection: '/Users' | '/Groups'): Check {
  return {
    name,
    async run(trial: Trial) {
      const first = await trial.get(`${collection}?startIndex=1&count=1`)
      const there = readNumber(first.body, 'totalResults')
      for (let made = Number.isNaN(there) ? 0 : there; made < least; made += 1) {
        await (collection === '/Users' ? trial.person() : trial.team())
      }
      const seen = new Set<string | undefined>()
      for (let page = 0; page < 3; page += 1) {
        const startIndex = page * onPage + 1
        const answer = await trial.get(`${collection}?startIndex=${startIndex}&count=${onPage}`)
        trial.wantList(answer)
        trial.same(read(answer.body, 'startIndex'), startIndex, '"startIndex"')
        const wanted = Math.min(onPage, readNumber(answer.body, 'totalResults') - startIndex + 1)
        const resources = readList(answer.body, 'Resources')
        trial.same(resources.length, wanted, 'The number of resources on the page')
        for (const one of resources) {
          trial.holds(!seen.has(readId(one)), 'A resource is on two pages.')
          seen.add(readId(one))
        }
      }
    },
  }
}

export const pagesUsers = paging('startIndex=N&count=5 walks through 11 people and more', '/Users')
export const pagesGroups = paging(
  'startIndex=N&count=5 walks through 11 groups and more',
  '/Groups',
)
