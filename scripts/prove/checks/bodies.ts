/** Bodies, headers and errors. */
import { instant } from '../../../src/scim/notation/instant.ts'
import { read, readId, readText } from '../../simulator/json.ts'
import type { Check } from '../check.ts'
import { pause } from '../platform.ts'
import { nobody, personOf, urns } from '../resources.ts'
import { pathOf, type Trial } from '../trial.ts'

/** A check that a person who is sent so is refused, and not made. */
function refusing(name: string, scimType: string, more: Readonly<Record<string, unknown>>): Check {
  return {
    name,
    async run(trial: Trial) {
      const sent = { ...personOf(trial.name()), ...more }
      trial.refused(await trial.send('POST', '/Users', sent), 400, scimType)
      const found = await trial.find('/Users', `userName eq "${String(personName(sent))}"`)
      trial.same(found.length, 0, 'The number of people whom the refused POST has made')
    },
  }
}

function personName(sent: Readonly<Record<string, unknown>>): unknown {
  return sent['userName'] ?? 'nobody'
}

export const refusesUnknownAttributes: Check = refusing(
  'A POST with an attribute that no schema has is 400 invalidSyntax',
  'invalidSyntax',
  { noSuchAttribute: 'x' },
)

export const refusesUnknownSchemas: Check = refusing(
  'A POST with a schema that is not in Schemas is 400 invalidSyntax',
  'invalidSyntax',
  {
    schemas: [urns.user, 'urn:example:params:scim:schemas:extension:none:2.0:User'],
    'urn:example:params:scim:schemas:extension:none:2.0:User': { colour: 'red' },
  },
)

export const refusesPasswords: Check = refusing(
  'A POST with a password is refused',
  'invalidSyntax',
  { password: 'Correct-Horse-7' },
)

export const wantsRequiredValues: Check = {
  name: 'A person without a userName is 400 invalidValue',
  async run(trial) {
    const { userName: _, ...sent } = personOf(trial.name())
    trial.refusedAs(await trial.send('POST', '/Users', sent), 400, 'invalidValue')
  },
}

export const refusesWrongTypes: Check = {
  name: 'A value of another type than its schema says is 400 invalidValue or invalidSyntax',
  async run(trial) {
    const sent = { ...personOf(trial.name()), name: { givenName: { first: 'Ann' } } }
    trial.refusedAs(await trial.send('POST', '/Users', sent), 400, 'invalidValue', 'invalidSyntax')
  },
}

export const refusesMalformedJson: Check = {
  name: 'A body that is no JSON is 400 invalidSyntax',
  async run(trial) {
    trial.refusedAs(await trial.send('POST', '/Users', '{"userName": '), 400, 'invalidSyntax')
  },
}

export const answersInScim: Check = {
  name: 'Answers are application/scim+json: of a POST, of a GET, of a list and of an error',
  async run(trial) {
    const { answer, path } = await trial.person()
    const answers = [
      answer,
      await trial.get(path),
      await trial.get('/Users?count=1'),
      await trial.get(`/Users/${nobody}`),
    ]
    for (const { headers } of answers) {
      const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
      trial.same(type, 'application/scim+json', 'Content-Type')
    }
  },
}

export const takesScimJson: Check = {
  name: 'Bodies are taken as application/scim+json, with a charset or without',
  async run(trial) {
    await trial.person()
    await wantTaken(trial, 'application/scim+json; charset=utf-8')
  },
}

export const takesPlainJson: Check = {
  name: 'Bodies are taken as application/json as well',
  async run(trial) {
    await wantTaken(trial, 'application/json')
  },
}

async function wantTaken(trial: Trial, type: string): Promise<void> {
  const headers = { 'Content-Type': type }
  trial.want(await trial.send('POST', '/Users', personOf(trial.name()), { headers }), 201)
}

export const refusesStrangers: Check = {
  name: 'A wrong token is 401, with a SCIM Error',
  async run(trial) {
    const headers = { Authorization: `Bearer wrong-${trial.name()}` }
    trial.refused(await trial.send('GET', '/Users?count=1', undefined, { headers }), 401)
  },
}

export const challengesStrangers: Check = {
  name: 'A 401 says by WWW-Authenticate how to sign in',
  async run(trial) {
    const headers = { Authorization: `Bearer wrong-${trial.name()}` }
    const answer = await trial.send('GET', '/Users?count=1', undefined, { headers })
    trial.want(answer, 401)
    trial.holds(answer.headers.has('www-authenticate'), 'There is no WWW-Authenticate.')
  },
}

/** Frames of a stack, which name a line of a file, and statements: not the words `at most (…)` or `select`. */
const leak =
  /\bat [\w.<>$ ]+\([^)]*:\d+\)|\bSELECT .* FROM\b|SQLITE|Exception in|Traceback|node_modules/

export const explainsWithoutLeaking: Check = {
  name: 'Errors are SCIM Errors and tell nothing of the inside: no stack, no SQL',
  async run(trial) {
    const answers = [
      await trial.get(`/Users/${nobody}`),
      await trial.get('/Users?filter=%22'),
      await trial.send('POST', '/Users', '{"userName": '),
      await trial.send('POST', '/Users', { schemas: [urns.user], userName: { is: "'; --" } }),
    ]
    for (const answer of answers) {
      trial.refused(answer, [400, 404])
      trial.holds(!leak.test(answer.text), `An error tells of the inside: ${answer.text}`)
    }
  },
}

export const returnsWhatIsNull: Check = {
  name: 'null, an empty list and absence are the same',
  async run(trial) {
    const { path } = await trial.person({ title: null, phoneNumbers: [] })
    const body = await trial.read(path)
    trial.same(read(body, 'title') ?? '', '', '"title"')
    trial.same(read(body, 'phoneNumbers') ?? [], [], '"phoneNumbers"')
  },
}

export const movesItsTimes: Check = {
  name: 'meta.lastModified moves with a change, and meta.created stays',
  async run(trial) {
    const made = await trial.person()
    const before = { created: timeOf(made.body, 'created'), at: timeOf(made.body, 'lastModified') }
    trial.holds(Number.isFinite(before.created), '"meta.created" is no time.')
    trial.holds(Number.isFinite(before.at), '"meta.lastModified" is no time.')
    // A server may tell times in whole seconds.
    if (!trial.isOver) await pause(1_100)
    await trial.change(made.path, { op: 'replace', path: 'title', value: 'Head' })
    const body = await trial.read(made.path)
    trial.same(timeOf(body, 'created'), before.created, '"meta.created"')
    trial.holds(timeOf(body, 'lastModified') > before.at, '"meta.lastModified" has not moved.')
  },
}

function timeOf(body: unknown, name: string): number {
  return instant(readText(body, 'meta', name) ?? null) ?? Number.NaN
}

export const isNamedInAnyCase: Check = {
  name: 'Names of attributes have no case',
  async run(trial) {
    const { path } = await trial.person({ TITLE: 'Head' })
    trial.same(readText(await trial.read(path), 'title'), 'Head', '"title"')
  },
}

export const neverTellsPasswords: Check = {
  name: 'A password is in no answer',
  async run(trial) {
    const password = 'Correct-Horse-7'
    const answer = await trial.send('POST', '/Users', { ...personOf(trial.name()), password })
    if (answer.status === 400) trial.skip('This server takes no passwords.')
    trial.want(answer, 201)
    trial.holds(!answer.text.includes(password), 'The answer to the POST has the password.')
    const one = await trial.get(pathOf('Users', readId(answer.body) ?? ''))
    trial.holds(!one.text.includes(password), 'The person has the password.')
    const list = await trial.get('/Users')
    trial.holds(!list.text.includes(password), 'The list has the password.')
  },
}

export const isEncrypted: Check = {
  name: 'It is reached by TLS',
  run(trial) {
    const { protocol, hostname } = new URL(trial.room.url)
    const isLocal = /^(localhost|127\.|\[::1\])/.test(hostname)
    if (protocol !== 'https:' && isLocal) trial.skip('The server is on this machine.')
    trial.same(protocol, 'https:', 'The protocol')
    return Promise.resolve()
  },
}
