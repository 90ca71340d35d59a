/** What Okta asks of people: its tests of an interface, and of creation, update and deactivation. */
import { read, readId, readList, readNumber, readText, shown } from '../../simulator/json.ts'
import type { Check } from '../check.ts'
import { addressOf, nobody, urns } from '../resources.ts'
import type { Trial } from '../trial.ts'

/** A new person as Okta sends one: with an empty list of groups, and perhaps a random password. */
export function oktaPerson(name: string): Readonly<Record<string, unknown>> {
  return {
    schemas: [urns.user],
    userName: addressOf(name),
    name: { givenName: 'Ann', familyName: 'Prover' },
    emails: [{ primary: true, value: addressOf(name), type: 'work' }],
    displayName: 'Ann Prover',
    locale: 'en-US',
    externalId: `00u${name}`,
    groups: [],
    active: true,
  }
}

function nameIn(body: unknown): string {
  return readText(body, 'userName') ?? ''
}

export const showsTheFirst: Check = {
  name: 'A list of one person shows id, names, userName, active and an e-mail address; its numbers are numbers',
  async run(trial) {
    await trial.make('/Users', oktaPerson(trial.name()))
    const answer = await trial.get('/Users?count=1&startIndex=1')
    trial.wantList(answer)
    for (const name of ['itemsPerPage', 'startIndex', 'totalResults']) {
      const value = read(answer.body, name)
      trial.holds(typeof value === 'number', `"${name}" is ${shown(value)}, and no number.`)
    }
    const [first] = readList(answer.body, 'Resources')
    for (const path of [['id'], ['name', 'familyName'], ['name', 'givenName'], ['userName']]) {
      trial.holds((readText(first, ...path) ?? '') !== '', `"${path.join('.')}" is missing.`)
    }
    trial.holds(typeof read(first, 'active') === 'boolean', '"active" is missing.')
    const [email] = readList(first, 'emails')
    trial.holds((readText(email, 'value') ?? '') !== '', 'The first e-mail address is missing.')
  },
}

export const readsAgain: Check = {
  name: 'Okta reads a person whom a list has shown, by id',
  async run(trial) {
    await trial.make('/Users', oktaPerson(trial.name()))
    const [first] = await trial.list('/Users?count=1&startIndex=1')
    const body = await trial.read(`/Users/${readId(first)}`)
    trial.same([readId(body), nameIn(body)], [readId(first), nameIn(first)], 'id and userName')
  },
}

export const looksUpNobody: Check = {
  name: 'The look-up of a userName that nobody has is 200 with totalResults 0',
  async run(trial) {
    const filter = encodeURIComponent(`userName eq "${addressOf(trial.name('nobody'))}"`)
    const answer = await trial.get(`/Users?filter=${filter}&startIndex=1&count=100`)
    trial.wantList(answer)
    trial.same(read(answer.body, 'totalResults'), 0, '"totalResults"')
  },
}

export const explainsUnknownIds: Check = {
  name: 'Ids that nobody has, numbers among them, are 404 with a status and a detail',
  async run(trial) {
    for (const id of [nobody, '00919288221112222']) {
      const answer = await trial.get(`/Users/${id}`)
      trial.refused(answer, 404)
      trial.holds((readText(answer.body, 'detail') ?? '') !== '', 'The error has no "detail".')
    }
  },
}

export const creates: Check = {
  name: 'Okta creates a person, who is active, is read and is found in any case',
  async run(trial) {
    await trial.person()
    const sent = oktaPerson(trial.name())
    const made = await trial.make('/Users', sent)
    trial.same(read(made.body, 'active'), true, '"active"')
    trial.holds(readList(made.body, 'schemas').includes(urns.user), '"schemas" lacks User.')
    const body = await trial.read(made.path)
    trial.same(nameIn(body), sent['userName'], '"userName"')
    trial.same(read(body, 'name', 'familyName'), 'Prover', '"name.familyName"')
    const capitals = nameIn(body).toUpperCase()
    const found = await trial.find('/Users', `userName eq "${capitals}"`, '&startIndex=1&count=100')
    trial.same(found.map(readId), [made.id], 'What the look-up finds')
  },
}

export const refusesTwice: Check = {
  name: 'To create the same person again is 409',
  async run(trial) {
    const sent = oktaPerson(trial.name())
    await trial.make('/Users', sent)
    trial.refused(await trial.send('POST', '/Users', sent), 409)
  },
}

export const refusesNoToken: Check = {
  name: 'An Authorization that is no token is 401, with an Error that has status and detail',
  async run(trial) {
    const headers = { Authorization: 'non-token' }
    const answer = await trial.send('GET', '/Users?count=1', undefined, { headers })
    trial.refused(answer, 401)
    trial.holds((readText(answer.body, 'detail') ?? '') !== '', 'The error has no "detail".')
  },
}

export const passesOverPasswords: Check = {
  name: 'A person is created with the random password that Okta may send, which no answer shows',
  async run(trial) {
    const password = `Qx7-${trial.name()}`
    const answer = await trial.send('POST', '/Users', { ...oktaPerson(trial.name()), password })
    trial.want(answer, 201)
    trial.holds(!answer.text.includes(password), 'The answer shows the password.')
  },
}

export const replaces: Check = {
  name: 'Okta reads a person and sends it back whole by PUT, with a new given name',
  async run(trial) {
    const { path } = await trial.make('/Users', oktaPerson(trial.name()))
    const body = await trial.read(path)
    const name = { givenName: 'Eve', familyName: 'Prover' }
    const sent = { ...(typeof body === 'object' ? body : {}), name }
    trial.want(await trial.send('PUT', path, sent), 200)
    const after = await trial.read(path)
    trial.same(readText(after, 'name', 'givenName'), 'Eve', '"name.givenName"')
    trial.same(read(after, 'active'), true, '"active"')
    trial.same(nameIn(after), nameIn(body), '"userName"')
  },
}

async function wantActive(trial: Trial, path: string, active: boolean): Promise<void> {
  trial.same(read(await trial.read(path), 'active'), active, '"active"')
}

export const deactivates: Check = {
  name: 'Okta deactivates and activates a person by an operation without a path',
  async run(trial) {
    const { path, id, body } = await trial.make('/Users', oktaPerson(trial.name()))
    for (const active of [false, true]) {
      await trial.change(path, { op: 'replace', value: { active } })
      await wantActive(trial, path, active)
      const found = await trial.find('/Users', `userName eq "${nameIn(body)}"`)
      trial.same(found.map(readId), [id], 'What the look-up finds')
    }
  },
}

export const deactivatesByPut: Check = {
  name: 'An application of the integration wizard is deactivated by a PUT with "active": false',
  async run(trial) {
    const { path } = await trial.make('/Users', oktaPerson(trial.name()))
    const body = await trial.read(path)
    const sent = { ...(typeof body === 'object' ? body : {}), active: false }
    trial.want(await trial.send('PUT', path, sent), 200)
    await wantActive(trial, path, false)
  },
}

export const importsByPages: Check = {
  name: 'An import walks through all people by startIndex and count, and meets each once',
  async run(trial) {
    const made = [await trial.person(), await trial.person(), await trial.person()]
    const seen: (string | undefined)[] = []
    let total = 1
    // A server may show fewer people on a page than were asked for: the next one begins behind them.
    while (seen.length < total && !trial.isOver) {
      const startIndex = seen.length + 1
      const answer = await trial.get(`/Users?startIndex=${startIndex}&count=100`)
      trial.wantList(answer)
      total = readNumber(answer.body, 'totalResults')
      const page = readList(answer.body, 'Resources')
      trial.holds(page.length > 0, `The page from ${startIndex} of ${total} is empty.`)
      seen.push(...page.map(readId))
    }
    trial.same(new Set(seen).size, seen.length, 'The number of different people')
    trial.holds(
      made.every(({ id }) => seen.includes(id)),
      'Somebody who is there is on no page.',
    )
  },
}
