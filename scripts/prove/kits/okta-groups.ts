/** What Okta asks of groups that are pushed, of schemas that are imported, and of entitlements. */
import { read, readId, readList, readText, shown } from '../../simulator/json.ts'
import type { Check } from '../check.ts'
import { attributesOf } from '../checks/discovery.ts'
import { membersOf } from '../checks/members.ts'
import { urns } from '../resources.ts'
import type { Trial } from '../trial.ts'
import { oktaPerson } from './okta-people.ts'

export const listsGroups: Check = {
  name: 'Groups are listed (measured)',
  async run(trial) {
    const answer = await trial.get('/Groups?startIndex=1&count=100')
    trial.wantList(answer)
    trial.measure(`The list took ${answer.milliseconds.toFixed(0)} ms; Okta wants less than 600.`)
  },
}

export const pushes: Check = {
  name: 'A group is pushed without members, and found by displayName',
  async run(trial) {
    await trial.team()
    const displayName = trial.name('group')
    const made = await trial.make('/Groups', { schemas: [urns.group], displayName, members: [] })
    const found = await trial.find('/Groups', `displayName eq "${displayName}"`)
    trial.same(found.map(readId), [made.id], 'What the look-up finds')
  },
}

export const renames: Check = {
  name: 'A group is renamed by an operation without a path whose value has id and displayName',
  async run(trial) {
    const { id, path } = await trial.team()
    const displayName = trial.name('group')
    await trial.change(path, { op: 'replace', value: { id, displayName } })
    trial.same(readText(await trial.read(path), 'displayName'), displayName, '"displayName"')
  },
}

export const exchangesMembers: Check = {
  name: 'One PATCH takes a member out and puts another in',
  async run(trial) {
    const [one, other] = [await trial.person(), await trial.person()]
    const team = await trial.team({ members: [{ value: one.id }] })
    await trial.change(
      team.path,
      { op: 'remove', path: `members[value eq "${one.id}"]` },
      { op: 'add', path: 'members', value: [{ value: other.id, display: 'ann' }] },
    )
    trial.same(await membersOf(trial, team), [other.id], 'The members')
  },
}

export const pushesNow: Check = {
  name: '"Push now" replaces all members, and empties a group by an empty list',
  async run(trial) {
    const [one, other] = [await trial.person(), await trial.person()]
    const team = await trial.team({ members: [{ value: one.id }] })
    for (const ids of [[other.id], []]) {
      const value = ids.map((id) => ({ value: id }))
      await trial.change(team.path, { op: 'replace', path: 'members', value })
      trial.same(await membersOf(trial, team), ids, 'The members')
    }
  },
}

export const replacesGroups: Check = {
  name: 'An application of the integration wizard gets a group whole by PUT',
  async run(trial) {
    const [one, other] = [await trial.person(), await trial.person()]
    const team = await trial.team({ members: [{ value: one.id }] })
    const displayName = readText(team.body, 'displayName')
    const sent = { schemas: [urns.group], displayName, members: [{ value: other.id }] }
    trial.want(await trial.send('PUT', team.path, sent), 200)
    trial.same(await membersOf(trial, team), [other.id], 'The members')
  },
}

export const unlinks: Check = {
  name: 'A group that is unlinked is deleted',
  async run(trial) {
    const { path } = await trial.team()
    trial.want(await trial.send('DELETE', path), 204)
    trial.want(await trial.get(path), 404)
  },
}

export const importsSchemas: Check = {
  name: 'An import of the schema finds the type User in ResourceTypes, and its attributes in Schemas',
  async run(trial) {
    const types = await trial.list('/ResourceTypes')
    const user = types.find((type) => readText(type, 'name') === 'User')
    trial.same(readText(user, 'endpoint')?.replace(/^\/?/, '/'), '/Users', 'The endpoint of User')
    const schemas = await trial.schemas()
    const schema = schemas.find((one) => readText(one, 'id') === readText(user, 'schema'))
    trial.holds(schema !== undefined, `/Schemas lacks ${shown(readText(user, 'schema'))}.`)
    const attributes = attributesOf(schema)
    trial.holds(attributes.length > 0, 'The schema of User has no attributes.')
    for (const attribute of attributes) {
      for (const name of ['name', 'type', 'mutability']) {
        trial.holds((readText(attribute, name) ?? '') !== '', `An attribute lacks "${name}".`)
      }
      const multiValued = read(attribute, 'multiValued')
      trial.holds(typeof multiValued === 'boolean', `"multiValued" is ${shown(multiValued)}.`)
    }
  },
}

/** Okta's own URNs, by which a resource type is one of entitlements. */
const entitlementUrns: ReadonlySet<string> = new Set([
  'urn:okta:scim:schemas:core:1.0:Role',
  'urn:okta:scim:schemas:core:1.0:Entitlement',
])

async function entitlementTypes(trial: Trial): Promise<readonly unknown[]> {
  const types = await trial.list('/ResourceTypes')
  const found = types.filter((type) => entitlementUrns.has(readText(type, 'schema') ?? ''))
  if (found.length === 0) trial.skip('ResourceTypes names no type by a URN of Okta.')
  return found
}

export const listsEntitlements: Check = {
  name: 'Resource types with a URN of Okta list roles and entitlements, each with id and displayName',
  async run(trial) {
    for (const type of await entitlementTypes(trial)) {
      const endpoint = (readText(type, 'endpoint') ?? '').replace(/^\/?/, '/')
      for (const one of await trial.list(`${endpoint}?startIndex=1&count=100`)) {
        trial.holds((readText(one, 'id') ?? '') !== '', `An entry of ${endpoint} has no "id".`)
        const name = readText(one, 'displayName') ?? ''
        trial.holds(name !== '', `An entry of ${endpoint} has no "displayName".`)
      }
    }
  },
}

/** A check that a list of people that Okta fills is kept by POST, and replaced by PUT. */
function keeping(attribute: 'roles' | 'entitlements'): Check {
  return {
    name: `A person keeps ${attribute} that are given by POST, and gets others by PUT`,
    async run(trial: Trial) {
      const values = async (path: string) =>
        readList(await trial.read(path), attribute).map((entry) => readText(entry, 'value'))
      const sent = oktaPerson(trial.name())
      const given = (value: string) => ({ ...sent, [attribute]: [{ value, display: 'One' }] })
      const { path } = await trial.make('/Users', given('one'))
      trial.same(await values(path), ['one'], `The ${attribute} behind the POST`)
      trial.want(await trial.send('PUT', path, given('two')), 200)
      trial.same(await values(path), ['two'], `The ${attribute} behind the PUT`)
    },
  }
}

export const keepsRoles = keeping('roles')
export const keepsEntitlements = keeping('entitlements')
