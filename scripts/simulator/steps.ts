/** The steps that all providers have in common, and what each of them needs of the answer. */
import {
  isObject,
  read,
  readId,
  readList,
  readNumber,
  readText,
  shorten,
  shown,
  type JsonObject,
} from './json.ts'
import type { Outcome } from './provider.ts'
import type { Session } from './session.ts'
import type { Answer } from './call.ts'

export interface Lookup {
  readonly found: JsonObject | undefined
  /** False when the provider can't tell whether it exists, and so does nothing. */
  readonly isKnown: boolean
}

/** A filter that should match one resource or none: `attribute` must be `value` in it. */
export async function lookUp(
  session: Session,
  path: string,
  attribute: string,
  value: string,
  accepted: readonly number[] = [200],
): Promise<Lookup> {
  const answer = await session.call({
    method: 'GET',
    path,
    accepted,
    check: (answer) =>
      answer.status === 404 ? undefined : lookupProblem(answer, attribute, value),
  })
  const [first] = readList(answer.body, 'Resources')
  const found = answer.isGood && answer.status === 200 && isObject(first) ? first : undefined
  // A 404 may be a failure to the provider; the story goes on, to find what else is wrong.
  return { found, isKnown: answer.isGood || answer.status === 404 }
}

function lookupProblem(answer: Answer, attribute: string, value: string): string | undefined {
  const problem = listProblem(answer)
  if (problem !== undefined) return problem
  const resources = readList(answer.body, 'Resources')
  const wrong = resources.find((resource) => !isSameText(read(resource, attribute), value))
  if (wrong !== undefined) {
    const text = shown(read(wrong, attribute), 60)
    return `The filter is not obeyed: ${attribute} is ${text} in an answer.`
  }
  if (resources.length > 1) return `The lookup finds ${resources.length} resources.`
  const total = readNumber(answer.body, 'totalResults')
  if (total !== resources.length) {
    return `totalResults is ${total}, but there are ${resources.length} resources.`
  }
  return undefined
}

export function listProblem({ status, body }: Answer): string | undefined {
  if (status === 204 || body === undefined) return 'The answer is not JSON with a list.'
  if (Array.isArray(body)) return 'The answer is a bare array, not a ListResponse.'
  if (!isObject(body) || read(body, 'totalResults') === undefined) {
    return 'The answer is not a ListResponse: it has no totalResults.'
  }
  const resources = read(body, 'Resources')
  if (resources !== undefined && !Array.isArray(resources)) return 'Resources is not a list.'
  if (resources === undefined && readNumber(body, 'totalResults') > 0) {
    return 'The list has no Resources.'
  }
  return undefined
}

/** Creates a resource and keeps its id. */
export async function create(
  session: Session,
  path: string,
  body: JsonObject,
  owner: { id: string | undefined },
): Promise<Outcome> {
  const answer = await session.call({
    method: 'POST',
    path,
    body,
    accepted: [201, 200],
    check: ({ body, text }) => {
      if (text === '') return 'The body is empty: the provider never learns the id.'
      return readId(body) === undefined
        ? 'The answer has no id: the provider can never address it.'
        : undefined
    },
  })
  if (!answer.isGood) return 'failed'
  owner.id = readId(answer.body)
  return 'created'
}

/** Keeps the id of what a lookup has found. */
export function adopt(owner: { id: string | undefined }, found: JsonObject): Outcome {
  owner.id = readId(found)
  return owner.id === undefined ? 'failed' : 'adopted'
}

export async function patch(
  session: Session,
  path: string,
  body: JsonObject,
  accepted: readonly number[] = [200, 204],
): Promise<Answer> {
  return session.call({ method: 'PATCH', path, body, accepted })
}

/** A full replacement; the answer has to be the same resource. */
export async function put(
  session: Session,
  path: string,
  body: JsonObject,
  id: string,
): Promise<Answer> {
  return session.call({
    method: 'PUT',
    path,
    body,
    accepted: [200],
    check: ({ body }) => sameIdProblem(body, id),
  })
}

export async function get(session: Session, path: string, id: string): Promise<Answer> {
  return session.call({
    method: 'GET',
    path,
    accepted: [200],
    check: ({ body }) => sameIdProblem(body, id),
  })
}

export async function remove(session: Session, path: string): Promise<Answer> {
  return session.call({ method: 'DELETE', path, accepted: [204, 200] })
}

function sameIdProblem(body: unknown, id: string): string | undefined {
  const answered = readId(body)
  if (answered === id) return undefined
  return answered === undefined
    ? 'The answer is not the resource: it has no id.'
    : `The answer is another resource: its id is ${shorten(answered, 60)}.`
}

export function isSameText(found: unknown, value: string): boolean {
  return typeof found === 'string' && found.toLowerCase() === value.toLowerCase()
}

/** The person's e-mail address of type work, or the first one. */
export function emailOf(resource: unknown): string | undefined {
  const emails = readList(resource, 'emails')
  const work = emails.find((email) => readText(email, 'type')?.toLowerCase() === 'work')
  return readText(work ?? emails[0], 'value')
}

/** A query as forms write it: `+` for a blank. */
export function formEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+')
}

export function idPath(collection: 'Users' | 'Groups', id: string): string {
  return `/${collection}/${encodeURIComponent(id)}`
}
