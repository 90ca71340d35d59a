/** People as OneLogin's SCIM applications send them: a template by POST and PUT, behind a look-up by name. */
import { read, readId, readList, readNumber, readText, shown } from '../../simulator/json.ts'
import { formEncoded } from '../../simulator/steps.ts'
import type { Check } from '../check.ts'
import { addressOf, urns } from '../resources.ts'
import type { Made, Trial } from '../trial.ts'

/** URNs in a recorded trace, which RFC 7643 does not have; an administrator may have typed others. */
export const ownUrns = {
  core: 'urn:scim:schemas:core:2.0',
  enterprise: 'urn:scim:schemas:extension:enterprise:2.0',
} as const

const asJson = { headers: { 'Content-Type': 'application/json' } }

/** A template that an administrator has filled with the macros of the setup guide. */
function template(name: string, more: object = {}): Readonly<Record<string, unknown>> {
  return {
    schemas: [urns.user, urns.enterprise],
    userName: addressOf(name),
    name: { familyName: 'Prover', givenName: 'Ann' },
    displayName: 'Ann Prover',
    emails: [{ value: addressOf(name), type: 'work', primary: true }],
    title: 'Clerk',
    [urns.enterprise]: { department: 'R&D' },
    ...more,
  }
}

/** The look-up with a blank as `+` and a dangling `&`; 404 stands for nobody. */
async function lookUp(trial: Trial, userName: string): Promise<readonly unknown[]> {
  const filter = formEncoded(`userName eq "${userName}"`)
  const answer = await trial.send('GET', `/Users?filter=${filter}&`, undefined, asJson)
  trial.want(answer, 200, 404)
  if (answer.status === 200) trial.wantList(answer)
  return answer.status === 200 ? readList(answer.body, 'Resources') : []
}

async function create(trial: Trial, name: string, more: object = {}): Promise<Made> {
  trial.same((await lookUp(trial, addressOf(name))).length, 0, 'The number of people found')
  return trial.make('/Users?', template(name, more))
}

async function put(trial: Trial, made: Made, body: unknown): Promise<void> {
  trial.want(await trial.send('PUT', `${made.path}?`, body, asJson), 200)
}

export const connects: Check = {
  name: 'The connection test, a look-up of a name that nobody has, is an empty list (or 404)',
  async run(trial) {
    const found = await lookUp(trial, trial.name('nobody'))
    trial.same(found.length, 0, 'The number of people found')
  },
}

export const refusesStrangers: Check = {
  name: 'A wrong bearer token is 401, with an Error',
  async run(trial) {
    const path = `/Users?filter=${formEncoded('userName eq "nobody"')}&`
    const headers = { Authorization: 'Bearer wrong-token' }
    trial.refused(await trial.send('GET', path, undefined, { headers }), 401)
  },
}

export const creates: Check = {
  name: 'A person is created from the template, and found by name',
  async run(trial) {
    const name = trial.name()
    await trial.person()
    const { id } = await create(trial, name)
    const [found, ...others] = await lookUp(trial, addressOf(name))
    trial.same([readId(found), others.length], [id, 0], 'What the look-up finds')
    trial.same(readText(found, 'name', 'familyName'), 'Prover', '"name.familyName"')
  },
}

export const takesOwnUrns: Check = {
  name: 'The URNs of the recorded template, which are not those of RFC 7643, are taken by POST and PUT',
  async run(trial) {
    const name = trial.name()
    const { [urns.enterprise]: _, ...plain } = template(name)
    const sent = { ...plain, schemas: [ownUrns.core, ownUrns.enterprise] }
    const made = await trial.make('/Users?', sent)
    const department = { [ownUrns.enterprise]: { department: 'Sales' } }
    await put(trial, made, { ...sent, ...department })
    const body = await trial.read(made.path)
    trial.same(readText(body, urns.enterprise, 'department'), 'Sales', 'The department')
  },
}

export const updates: Check = {
  name: 'A person is changed by a look-up and a PUT of the whole template',
  async run(trial) {
    const name = trial.name()
    const made = await create(trial, name)
    await lookUp(trial, addressOf(name))
    await put(trial, made, template(name, { title: 'Head' }))
    trial.same(readText(await trial.read(made.path), 'title'), 'Head', '"title"')
  },
}

export const renamesPeople: Check = {
  name: 'A PUT may change the userName: the person keeps the id, and is found by the new name',
  async run(trial) {
    const [name, next] = [trial.name(), trial.name()]
    const made = await create(trial, name)
    await put(trial, made, template(next))
    const found = await lookUp(trial, addressOf(next))
    trial.same(found.map(readId), [made.id], 'What the look-up finds')
  },
}

export const suspends: Check = {
  name: 'A person is suspended by a PUT with "active": false, stays to be found, and comes back',
  async run(trial) {
    const name = trial.name()
    const made = await create(trial, name)
    for (const active of [false, true]) {
      await put(trial, made, template(name, { active }))
      const [found] = await lookUp(trial, addressOf(name))
      trial.same([readId(found), read(found, 'active')], [made.id, active], 'id and active')
    }
  },
}

export const keepsSilentActive: Check = {
  name: 'A PUT of the template, which does not name active, suspends nobody',
  async run(trial) {
    const name = trial.name()
    const made = await create(trial, name)
    await put(trial, made, template(name))
    trial.same(read(await trial.read(made.path), 'active'), true, '"active"')
  },
}

export const deletes: Check = {
  name: 'A person is deleted: 404, not found, and the name is free',
  async run(trial) {
    const name = trial.name()
    const made = await create(trial, name)
    trial.want(await trial.send('DELETE', `${made.path}?`), 200, 204)
    trial.want(await trial.get(made.path), 404)
    await create(trial, name)
  },
}

/** A check that a template is refused with a reason, and nobody made of it. */
function refusing(name: string, spoil: (userName: string) => object): Check {
  return {
    name,
    async run(trial: Trial) {
      const word = trial.name()
      const sent = template(word, spoil(addressOf(word)))
      const before = readNumber((await trial.get('/Users?count=0')).body, 'totalResults')
      const answer = await trial.send('POST', '/Users?', sent, asJson)
      trial.refused(answer, 400)
      const detail = readText(answer.body, 'detail') ?? ''
      trial.holds(detail !== '', `The refusal gives no reason: ${shown(answer.body)}.`)
      const after = readNumber((await trial.get('/Users?count=0')).body, 'totalResults')
      trial.same(after, before, 'The number of people behind the refusal')
    },
  }
}

export const refusesSpecialCharacters = refusing(
  'A name with special characters is refused with a reason, and nobody is made',
  () => ({ name: { familyName: 'Pro<ver>', givenName: 'An#n' } }),
)

export const refusesCapitals = refusing(
  'An e-mail address with capitals is refused with a reason, and nobody is made',
  (userName) => ({ emails: [{ value: userName.toUpperCase(), type: 'work', primary: true }] }),
)
