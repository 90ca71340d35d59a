/** Bulk, entity tags and speed. */
import { read, readId, readList, readNumber, readText } from '../../simulator/json.ts'
import type { Check } from '../check.ts'
import type { Answer } from '../connection.ts'
import { pause } from '../platform.ts'
import { messages, personOf, teamOf } from '../resources.ts'
import { pathOf, type Made, type Trial } from '../trial.ts'

async function wantFeature(trial: Trial, name: string): Promise<void> {
  const isThere = read(await trial.features(), name, 'supported') === true
  if (!isThere) trial.skip(`ServiceProviderConfig says that "${name}" is not supported.`)
}

export const supportsBulk: Check = {
  name: 'ServiceProviderConfig says that Bulk is supported, and its limits',
  async run(trial) {
    const bulk = read(await trial.features(), 'bulk')
    trial.same(read(bulk, 'supported'), true, '"bulk.supported"')
    trial.holds(readNumber(bulk, 'maxOperations') > 0, '"bulk.maxOperations" is no number above 0.')
  },
}

/** What a Bulk has made goes when the check is over. */
function rememberBulk(trial: Trial, answer: Answer): void {
  for (const operation of readList(answer.body, 'Operations')) {
    const location = readText(operation, 'location') ?? ''
    const [, collection = '', id = ''] = /\/(Users|Groups)\/([^/]+)$/.exec(location) ?? []
    if (id !== '') trial.remember(pathOf(collection, decodeURIComponent(id)))
  }
}

export const resolvesBulkIds: Check = {
  name: 'A Bulk makes a person and a team that refers to the person by bulkId',
  async run(trial) {
    await wantFeature(trial, 'bulk')
    const team = { ...teamOf(trial.name('team')), members: [{ value: 'bulkId:one' }] }
    const answer = await trial.send('POST', '/Bulk', {
      schemas: [messages.bulk],
      Operations: [
        { method: 'POST', path: '/Users', bulkId: 'one', data: personOf(trial.name()) },
        { method: 'POST', path: '/Groups', bulkId: 'two', data: team },
      ],
    })
    rememberBulk(trial, answer)
    trial.want(answer, 200)
    // Nothing says that results come in the order of the operations.
    const results = readList(answer.body, 'Operations')
    const operations = ['one', 'two'].map((id) =>
      results.find((one) => readText(one, 'bulkId') === id),
    )
    trial.same(operations.map(statusOf), [201, 201], 'The statuses of the operations')
    const [person, group] = operations.map((one) => idOf(readText(one, 'location')))
    const shown = await trial.read(pathOf('Groups', group ?? ''))
    const members = readList(shown, 'members').map((member) => readText(member, 'value'))
    trial.same(members, [person], 'The members')
  },
}

export const countsBulkErrors: Check = {
  name: 'A Bulk ends after as many errors as failOnErrors says, and says which operation failed why',
  async run(trial) {
    await wantFeature(trial, 'bulk')
    const sent = personOf(trial.name())
    await trial.make('/Users', sent)
    const next = personOf(trial.name())
    const again = { method: 'POST', path: '/Users', data: sent }
    const answer = await trial.send('POST', '/Bulk', {
      schemas: [messages.bulk],
      failOnErrors: 1,
      Operations: [
        { ...again, bulkId: 'one' },
        { method: 'POST', path: '/Users', bulkId: 'two', data: next },
      ],
    })
    rememberBulk(trial, answer)
    trial.want(answer, 200)
    const operations = readList(answer.body, 'Operations')
    trial.same(operations.map(statusOf), [409], 'The statuses of the operations')
    trial.same(read(operations[0], 'bulkId'), 'one', 'The "bulkId" of the failed operation')
    const found = await trial.find('/Users', `userName eq "${String(next['userName'])}"`)
    for (const one of found) trial.remember(pathOf('Users', readId(one) ?? ''))
    trial.same(found.length, 0, 'The number of people made behind the error')
  },
}

function statusOf(operation: unknown): number {
  return readNumber(operation, 'status')
}

function idOf(location: string | undefined): string | undefined {
  return location?.split('/').at(-1)
}

/** Operations of the Bulk whose time is measured. */
const manyOperations = 100

export const measuresBulk: Check = {
  name: 'A Bulk of 100 people is carried out (measured)',
  async run(trial) {
    await wantFeature(trial, 'bulk')
    const most = readNumber(await trial.features(), 'bulk', 'maxOperations')
    const number = Math.min(manyOperations, most)
    const Operations = Array.from({ length: number }, (_, index) => ({
      method: 'POST',
      path: '/Users',
      bulkId: `b${index}`,
      data: personOf(trial.name()),
    }))
    const answer = await trial.send('POST', '/Bulk', { schemas: [messages.bulk], Operations })
    rememberBulk(trial, answer)
    trial.want(answer, 200)
    const made = readList(answer.body, 'Operations').filter((one) => statusOf(one) === 201)
    trial.same(made.length, number, 'The number of people made')
    trial.measure(`${number} people in one Bulk took ${answer.milliseconds.toFixed(0)} ms.`)
  },
}

/** Requests a second, and how many in all: ten seconds, so that no reserve of a limit hides the pace. */
const pace = 25
const paced = 250

export const keepsThePace: Check = {
  name: '25 requests a second for ten seconds, reads and changes in turn, are answered, none with 429 (measured)',
  async run(trial) {
    const people: Made[] = []
    for (let made = 0; made < pace; made += 1) people.push(await trial.person())
    const answers: Promise<Answer>[] = []
    const refused: Answer[] = []
    for (let sent = 0; sent < paced && refused.length === 0 && !trial.isOver; sent += 1) {
      const path = people[sent % pace]?.path ?? ''
      answers.push(
        sendPaced(trial, path, sent).then((answer) => {
          if (!isDone(answer)) refused.push(answer)
          return answer
        }),
      )
      await pause(1000 / pace)
    }
    const all = await Promise.all(answers)
    trial.same(all.filter(isDone).length, paced, 'The number of requests that were carried out')
    const slowest = Math.max(...all.map(({ milliseconds }) => milliseconds))
    trial.measure(
      `${paced} at ${pace} a second, every second one a change; the slowest answer took ${slowest.toFixed(0)} ms.`,
    )
  },
}

/** Each person is read once and changed once in two seconds: no two changes wait for each other. */
function sendPaced(trial: Trial, path: string, sent: number): Promise<Answer> {
  const how = { isPatient: false }
  if (sent % 2 === 0) return trial.send('GET', path, undefined, how)
  const Operations = [{ op: 'replace', path: 'title', value: `Title ${sent}` }]
  return trial.send('PATCH', path, { schemas: [messages.patch], Operations }, how)
}

function isDone({ status }: Answer): boolean {
  return status === 200 || status === 204
}

export const guardsByTags: Check = {
  name: 'A change with an old entity tag in If-Match is 412, where tags are supported',
  async run(trial) {
    await wantFeature(trial, 'etag')
    const made = await trial.person()
    const tag = made.answer.headers.get('etag') ?? ''
    trial.holds(tag !== '', 'The answer to the POST has no ETag.')
    trial.same(readText(made.body, 'meta', 'version'), tag, '"meta.version"')
    await trial.change(made.path, { op: 'replace', path: 'title', value: 'Head' })
    const headers = { 'If-Match': tag }
    const sent = { schemas: [messages.patch], Operations: [{ op: 'remove', path: 'title' }] }
    trial.refused(await trial.send('PATCH', made.path, sent, { headers }), 412)
    trial.same(readText(await trial.read(made.path), 'title'), 'Head', '"title"')
  },
}

export const sparesAnswersByTags: Check = {
  name: 'A GET with the present entity tag in If-None-Match is 304, where tags are supported',
  async run(trial) {
    await wantFeature(trial, 'etag')
    const made = await trial.person()
    const headers = { 'If-None-Match': made.answer.headers.get('etag') ?? '' }
    trial.want(await trial.send('GET', made.path, undefined, { headers }), 304)
  },
}
