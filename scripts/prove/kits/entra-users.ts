/** The seven tests of people of Entra's gallery, in the requests of its provisioning engine. */
import { read, readId, readList, readText } from '../../simulator/json.ts'
import type { Check } from '../check.ts'
import { addressOf, urns } from '../resources.ts'
import type { Made, Trial } from '../trial.ts'

/** The body of a new person, with both URNs and `meta`, as Entra sends it. */
function entraPerson(name: string): Readonly<Record<string, unknown>> {
  return {
    schemas: [urns.user, urns.enterprise],
    externalId: name,
    userName: addressOf(name),
    active: true,
    displayName: 'Ann Prover',
    emails: [{ primary: true, type: 'work', value: addressOf(name) }],
    meta: { resourceType: 'User' },
    name: { formatted: 'Ann Prover', familyName: 'Prover', givenName: 'Ann' },
    title: 'Clerk',
    [urns.enterprise]: { department: 'R&D', employeeNumber: name },
  }
}

const managerPath = `${urns.enterprise}:manager`

async function lookUp(trial: Trial, name: string): Promise<readonly unknown[]> {
  return trial.find('/Users', `userName eq "${addressOf(name)}"`)
}

/** Looks a person up, who is not there yet, and creates the person. */
async function provision(trial: Trial, name: string): Promise<Made> {
  trial.same((await lookUp(trial, name)).length, 0, 'The number of people found before the POST')
  return trial.make('/Users', entraPerson(name))
}

async function wantFound(trial: Trial, name: string, id: string): Promise<unknown> {
  const found = await lookUp(trial, name)
  trial.same(found.map(readId), [id], 'What the look-up finds')
  return found[0]
}

export const creates: Check = {
  name: 'Entra creates a person, and finds the person by userName',
  async run(trial) {
    const name = trial.name()
    await trial.person()
    const { id } = await provision(trial, name)
    const found = await wantFound(trial, name, id)
    trial.same(readText(found, 'externalId'), name, '"externalId"')
    trial.same(read(found, 'active'), true, '"active"')
  },
}

export const updates: Check = {
  name: 'Entra changes title, department, name and work e-mail, each by an operation with a path',
  async run(trial) {
    const name = trial.name()
    const { path } = await provision(trial, name)
    const value = addressOf(`${name}-new`)
    await trial.change(
      path,
      { op: 'Replace', path: 'title', value: 'Head' },
      { op: 'Replace', path: 'name.givenName', value: 'Eve' },
      { op: 'Replace', path: 'emails[type eq "work"].value', value },
      { op: 'Replace', path: `${urns.enterprise}:department`, value: 'Sales' },
    )
    const body = await trial.read(path)
    trial.same(readText(body, 'title'), 'Head', '"title"')
    trial.same(readText(body, 'name', 'givenName'), 'Eve', '"name.givenName"')
    trial.same(readText(body, urns.enterprise, 'department'), 'Sales', 'The department')
    const emails = readList(body, 'emails').map((one) => readText(one, 'value'))
    trial.same(emails, [value], 'The e-mail addresses')
  },
}

export const disables: Check = {
  name: 'Entra disables a person by "active": "False", and still finds the person',
  async run(trial) {
    const name = trial.name()
    const { id, path } = await provision(trial, name)
    await trial.change(path, { op: 'Replace', path: 'active', value: 'False' })
    trial.same(read(await wantFound(trial, name, id), 'active'), false, '"active"')
  },
}

export const deletes: Check = {
  name: 'Entra deletes a person, who is 404 then and not found',
  async run(trial) {
    const name = trial.name()
    const { path } = await provision(trial, name)
    trial.want(await trial.send('DELETE', path), 204)
    trial.want(await trial.get(path), 404)
    trial.same((await lookUp(trial, name)).length, 0, 'The number of people found')
  },
}

/** The id of the manager in an answer, whichever way a server shows it. */
function managerOf(body: unknown): unknown {
  const manager = read(body, urns.enterprise, 'manager')
  return (typeof manager === 'string' ? manager : readText(manager, 'value')) ?? ''
}

async function skipWithoutManager(trial: Trial): Promise<void> {
  const isMapped = trial.room.mapped.includes(managerPath)
  if (!isMapped) trial.skip('The manager is not among the mapped paths.')
  return Promise.resolve()
}

export const movesManagers: Check = {
  name: 'Entra sets a manager by the id alone, changes and removes it',
  async run(trial) {
    await skipWithoutManager(trial)
    const [one, other] = [await trial.person(), await trial.person()]
    const { path } = await provision(trial, trial.name())
    for (const value of [one.id, other.id]) {
      await trial.change(path, { op: 'Add', path: managerPath, value })
      trial.same(managerOf(await trial.read(path)), value, 'The manager')
    }
    await trial.change(path, { op: 'Remove', path: managerPath })
    trial.same(managerOf(await trial.read(path)), '', 'The manager behind the removal')
  },
}

/** The direct test of managers, in the documented form. */
export const clearsManagers: Check = {
  name: 'A manager is added, replaced, and removed by a replace with an empty value',
  async run(trial) {
    await skipWithoutManager(trial)
    const [one, other] = [await trial.person(), await trial.person()]
    const { path } = await trial.person()
    const steps = [
      { op: 'Add', value: one.id, wanted: one.id },
      { op: 'Replace', value: other.id, wanted: other.id },
      { op: 'Replace', value: '', wanted: '' },
    ]
    for (const { op, value, wanted } of steps) {
      await trial.change(path, { op, path: `${managerPath}.value`, value })
      trial.same(managerOf(await trial.read(path)), wanted, `The manager behind ${op} ${value}`)
    }
  },
}

export const restores: Check = {
  name: 'A person who is unassigned and assigned again comes back: enabled, or deleted and created',
  async run(trial) {
    const name = trial.name()
    const { id, path } = await provision(trial, name)
    await trial.change(path, { op: 'Replace', path: 'active', value: 'False' })
    await trial.change(path, { op: 'Replace', path: 'active', value: 'True' })
    trial.same(read(await wantFound(trial, name, id), 'active'), true, '"active"')
    trial.want(await trial.send('DELETE', path), 204)
    const again = await provision(trial, name)
    await wantFound(trial, name, again.id)
  },
}

export const isProvisionedOnDemand: Check = {
  name: 'A person who is provisioned on demand is read and found at once, by externalId as well',
  async run(trial) {
    const name = trial.name()
    const { id, path } = await provision(trial, name)
    trial.same(readId(await trial.read(path)), id, 'The "id"')
    await wantFound(trial, name, id)
    const found = await trial.find('/Users', `externalId eq "${name}"`)
    trial.same(found.map(readId), [id], 'What externalId finds')
  },
}
