/**
 * One check at work: it sends requests, and claims what their answers have to be. The first claim that does
 * not hold ends it: nothing is sent any more, and later claims are about nothing.
 */
import {
  isObject,
  read,
  readId,
  readList,
  readText,
  shorten,
  shown,
  type JsonObject,
} from '../simulator/json.ts'
import {
  noAnswer,
  sendOnce,
  sendPatiently,
  type Answer,
  type Fetch,
  type Outgoing,
} from './connection.ts'
import { isSame } from './platform.ts'
import { messages, personOf, teamOf, type More } from './resources.ts'
import type { Credentials } from './sign-in.ts'

/** The server under proof, as all checks of a run see it. */
export interface Room {
  /** SCIM base URL without a slash at its end. */
  readonly url: string
  readonly credentials: Credentials
  /** Access token, or the token itself. */
  readonly token: string
  readonly fetch: Fetch
  /** Six letters in all names of a run. */
  readonly tag: string
  /** Paths that the provider is to map, in the notation of Entra. */
  readonly mapped: readonly string[]
  /** What the reader of the report has to know beforehand. */
  readonly note: string | undefined
}

export interface Sending {
  readonly headers?: Readonly<Record<string, string>>
  /** False to hear of a 429 instead of waiting. */
  readonly isPatient?: boolean
}

/** A resource that a check has made. */
export interface Made {
  readonly id: string
  /** Address below the base URL. */
  readonly path: string
  readonly body: unknown
  readonly answer: Answer
}

let count = 0

export class Trial {
  readonly room: Room
  /** Why the claim does not hold. */
  problem: string | undefined
  /** Why the check is about nothing here. */
  skipped: string | undefined
  /** What was measured. */
  measured: string | undefined
  /** The last request and its answer, up to the claim that did not hold. */
  exchange: { readonly request: string; readonly answer: string } | undefined
  readonly #made: string[] = []

  constructor(room: Room) {
    this.room = room
  }

  get isOver(): boolean {
    return this.problem !== undefined || this.skipped !== undefined
  }

  /** A name that nobody has: letters, a number and no capitals. */
  name(word = 'prove'): string {
    count += 1
    return `${word}-${this.room.tag}-${count}`
  }

  async send(method: string, path: string, body?: unknown, how: Sending = {}): Promise<Answer> {
    if (this.isOver) return noAnswer
    const request = this.#request(method, path, body, how)
    const answer = await (how.isPatient === false ? sendOnce : sendPatiently)(
      this.room.fetch,
      request,
    )
    const made = method === 'POST' && answer.status === 201 ? readId(answer.body) : undefined
    const collection = /^\/(Users|Groups)\/?\??$/.exec(path)?.[1]
    if (made !== undefined && collection) this.remember(pathOf(collection, made))
    this.exchange = {
      request: shorten(`${method} ${path} ${request.body ?? ''}`, 500),
      answer: shorten(`${answer.status} ${answer.text}`, 500),
    }
    return answer
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path)
  }

  patch(path: string, ...operations: readonly unknown[]): Promise<Answer> {
    return this.send('PATCH', path, { schemas: [messages.patch], Operations: operations })
  }

  /** A PATCH that has to be carried out; an answer with a resource has to be about the one that was changed. */
  async change(path: string, ...operations: readonly unknown[]): Promise<void> {
    const answer = await this.patch(path, ...operations)
    this.want(answer, 200, 204)
    const id = readId(answer.body)
    const asked = /^\/\w+\/([^/?]+)/.exec(path)?.[1]
    if (id !== undefined && asked !== undefined) {
      this.same(id, decodeURIComponent(asked), 'The "id" in the answer to the PATCH')
    }
  }

  person(more: More = {}): Promise<Made> {
    return this.make('/Users', { ...personOf(this.name()), ...more })
  }

  team(more: More = {}): Promise<Made> {
    return this.make('/Groups', { ...teamOf(this.name('team')), ...more })
  }

  /** Creates a resource, which goes when the check is over. */
  async make(path: string, body: unknown): Promise<Made> {
    const answer = await this.send('POST', path, body)
    this.want(answer, 201)
    const id = readId(answer.body) ?? ''
    this.holds(id !== '', 'The answer to the POST has no "id".')
    return { id, path: pathOf(path.replace(/^\/(\w+).*/, '$1'), id), body: answer.body, answer }
  }

  /** A resource that has to be there. */
  async read(path: string): Promise<unknown> {
    const answer = await this.get(path)
    this.want(answer, 200)
    return answer.body
  }

  /** The resources that a filter finds, which has to be answered with a list. */
  async find(collection: string, filter: string, more = ''): Promise<readonly unknown[]> {
    return this.list(`${collection}?filter=${encodeURIComponent(filter)}${more}`)
  }

  async list(path: string): Promise<readonly unknown[]> {
    const answer = await this.get(path)
    this.wantList(answer)
    return readList(answer.body, 'Resources')
  }

  /** The description of every schema; none where the endpoint is missing. */
  async schemas(): Promise<readonly JsonObject[]> {
    return (await this.list('/Schemas')).filter(isObject)
  }

  async features(): Promise<unknown> {
    return this.read('/ServiceProviderConfig')
  }

  want(answer: Answer, ...statuses: readonly number[]): void {
    const said = answer.status === 0 ? answer.text : `The answer is ${answer.status}`
    this.holds(statuses.includes(answer.status), `${said}, and not ${statuses.join(' or ')}.`)
  }

  wantList(answer: Answer): void {
    this.want(answer, 200)
    const { body } = answer
    this.holds(
      readList(body, 'schemas').includes(messages.list),
      'The answer is no ListResponse by its "schemas".',
    )
    this.holds(
      typeof read(body, 'totalResults') === 'number',
      `"totalResults" is ${shown(read(body, 'totalResults'))}, and no number.`,
    )
  }

  /** A refusal as RFC 7644 section 3.12 has it. */
  refused(answer: Answer, statuses: number | readonly number[], scimType?: string): void {
    const wanted = [statuses].flat()
    this.want(answer, ...wanted)
    this.holds(
      readList(answer.body, 'schemas').includes(messages.error),
      'The refusal is no SCIM Error by its "schemas".',
    )
    this.same(read(answer.body, 'status'), String(answer.status), 'The "status" of the error')
    if (scimType !== undefined) {
      this.same(readText(answer.body, 'scimType'), scimType, 'The "scimType"')
    }
  }

  /** A refusal whose `scimType`, which section 3.12 leaves optional, is one of these where it is there. */
  refusedAs(answer: Answer, status: number, ...scimTypes: readonly string[]): void {
    this.refused(answer, status)
    const found = readText(answer.body, 'scimType')
    this.holds(
      found === undefined || scimTypes.includes(found),
      `The "scimType" is ${shown(found)}, and not ${scimTypes.join(' or ')}.`,
    )
  }

  same(found: unknown, wanted: unknown, what: string): void {
    this.holds(
      isSame(found, wanted),
      `${what} is ${shown(found, 120)}, and not ${shown(wanted, 120)}.`,
    )
  }

  holds(isTrue: boolean, problem: string): void {
    if (!isTrue && !this.isOver) this.problem = shorten(problem)
  }

  skip(reason: string): void {
    if (!this.isOver) this.skipped = reason
  }

  measure(text: string): void {
    if (!this.isOver) this.measured = text
  }

  /** Has a resource deleted when the check is over. */
  remember(path: string): void {
    this.#made.push(path)
  }

  /** Deletes what was made, the latest first; what is gone already is no problem. */
  async tidy(): Promise<void> {
    for (const path of this.#made.toReversed()) {
      await sendPatiently(this.room.fetch, this.#request('DELETE', path, undefined, {}))
    }
  }

  #request(method: string, path: string, body: unknown, how: Sending): Outgoing {
    return {
      method,
      url: `${this.room.url}${path}`,
      headers: {
        Accept: 'application/scim+json',
        Authorization: `Bearer ${this.room.token}`,
        'User-Agent': 'scim-proof-kit',
        ...(body === undefined ? {} : { 'Content-Type': 'application/scim+json' }),
        ...how.headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }
  }
}

export function pathOf(collection: string, id: string): string {
  return `/${collection}/${encodeURIComponent(id)}`
}
