/**
 * A client of the application API for Node and Workers. It needs `fetch` and nothing else; its
 * types are those of the catalogue. Refusals are values, and what passes by itself (429, 503, a
 * lost connection) is tried again.
 */
import type {
  Acknowledgement,
  EventPage,
  MemberPage,
  Problem,
  Team,
  TeamPage,
  User,
  UserPage,
} from '../application/answers'
import type { ApplicationErrorCode } from '../application/error'
import type { Result } from '../result'

export type Member = MemberPage['members'][number]
export type Event = EventPage['events'][number]
export type { EventPage, Team, User } from '../application/answers'

/** The reason why a call failed: a refusal by the gateway, or the lack of an answer. */
export interface ClientError {
  readonly code: ApplicationErrorCode | 'unreachable' | 'unintelligible'
  /** 0 when there was no answer. */
  readonly status: number
  readonly reason: string
  readonly remedy: string
  /** Number of the last event, in refusals that concern the log. */
  readonly asOf?: number | undefined
}

export type Answer<T> = Result<T, ClientError>

export interface ClientOptions {
  /** Address of the gateway, for example `https://rollcall.example.workers.dev`. */
  readonly url: string
  /** Slug of the tenant. */
  readonly tenant: string
  readonly key: string
  /** Number of attempts for a call, the first included; 5 when absent. */
  readonly attempts?: number
  /** Ends what waits. */
  readonly signal?: AbortSignal
  /** Sender of the requests, such as that of a service binding; the global `fetch` when absent. */
  readonly fetch?: (request: Request) => Promise<Response>
}

export interface EventsWish {
  /** Number of the last event that is known. */
  readonly after: number
  /** `log` of the answer or event that the number is from; not needed with 0. */
  readonly log?: string | undefined
  /** Seconds to wait for an event when there is none yet. */
  readonly wait?: number
  readonly limit?: number
}

/** A place in the event log. */
export interface Place {
  /** Number of an event; 0 for the beginning. */
  readonly after: number
  /** The log that the number counts in; not needed with 0. */
  readonly log?: string | undefined
}

export interface Client {
  /** All users, in the order of their ids; a refusal comes last. */
  users(): AsyncGenerator<Answer<User>, void>
  teams(): AsyncGenerator<Answer<Team>, void>
  members(teamId: string): AsyncGenerator<Answer<Member>, void>
  user(id: string): Promise<Answer<User>>
  team(id: string): Promise<Answer<Team>>
  /** The last event, by number and log: where to go on after the lists have been read. */
  latest(): Promise<Answer<Place>>
  /** One page of events. */
  pull(input: EventsWish): Promise<Answer<EventPage>>
  /** Every event behind a place, and then each as it happens; ends with a refusal. */
  events(from: Place): AsyncGenerator<Answer<Event>, void>
  /** Tells the operator how far the application has got. */
  acknowledge(seq: number, log?: string): Promise<Answer<Acknowledgement>>
}

type Query = Readonly<Record<string, string | number | undefined>>

/**
 * A client of one tenant. A failed call is a value, not an exception. Answers 429 and 503 and lost
 * connections are tried again.
 */
export function connect(options: ClientOptions): Client {
  const get = <T>(path: string, query: Query = {}) => call<T>(options, 'GET', path, query)

  async function pull(input: EventsWish): Promise<Answer<EventPage>> {
    return get<EventPage>('/events', { ...input })
  }

  async function* events(from: Place): AsyncGenerator<Answer<Event>, void> {
    for (let place = from; ;) {
      const page = await pull({ ...place, wait: 30, limit: 1_000 })
      if (!page.ok) return yield page
      for (const event of page.value.events) yield { ok: true, value: event }
      place = { after: page.value.after, log: page.value.log }
    }
  }

  return {
    users: () => pages<UserPage, User>(get, '/users', ({ users }) => users),
    teams: () => pages<TeamPage, Team>(get, '/teams', ({ teams }) => teams),
    members: (teamId) =>
      pages<MemberPage, Member>(get, `${one('/teams', teamId)}/members`, ({ members }) => members),
    user: (id) => get<User>(one('/users', id)),
    team: (id) => get<Team>(one('/teams', id)),
    latest: async () => {
      const page = await get<EventPage>('/events', { after: 'latest' })
      if (!page.ok) return page
      return { ok: true, value: { after: page.value.asOf, log: page.value.log } }
    },
    pull,
    events,
    acknowledge: (seq, log) =>
      call(options, 'POST', '/events/ack', {}, log === undefined ? { seq } : { seq, log }),
  }
}

async function* pages<P extends { readonly next: string | null }, T>(
  get: (path: string, query: Query) => Promise<Answer<P>>,
  path: string,
  entriesOf: (page: P) => readonly T[],
): AsyncGenerator<Answer<T>, void> {
  let cursor: string | undefined
  do {
    const page = await get(path, { cursor, limit: 1_000 })
    if (!page.ok) return yield page
    for (const value of entriesOf(page.value)) yield { ok: true, value }
    cursor = page.value.next ?? undefined
  } while (cursor !== undefined)
}

function one(list: string, id: string): string {
  return `${list}/${encodeURIComponent(id)}`
}

async function call<T>(
  options: ClientOptions,
  method: string,
  path: string,
  query: Query,
  body?: unknown,
): Promise<Answer<T>> {
  const url = new URL(`/api/v1/tenants/${encodeURIComponent(options.tenant)}${path}`, options.url)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value))
  }
  const init = {
    method,
    headers: { Authorization: `Bearer ${options.key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  }
  const attempts = options.attempts ?? 5
  for (let attempt = 1; ; attempt += 1) {
    const answer = await send(options, new Request(url, init))
    const isPassing = !answer.ok && [0, 429, 503].includes(answer.error.status)
    if (!isPassing || attempt >= attempts || options.signal?.aborted) {
      // The gateway answers what its catalogue says.
      return answer as Answer<T>
    }
    await pause(answer.retryAfter ?? Math.min(0.2 * 2 ** attempt, 10), options.signal)
  }
}

type Attempt = Answer<unknown> & {
  /** Seconds to wait before the next one, when the gateway said so. */
  readonly retryAfter?: number
}

async function send(options: ClientOptions, request: Request): Promise<Attempt> {
  let response: Response
  let text: string
  try {
    response = await (options.fetch ? options.fetch(request) : fetch(request))
    text = await response.text()
  } catch {
    return { ok: false, error: unreachable }
  }
  const parsed = parse(text)
  if (response.ok && parsed !== undefined) return { ok: true, value: parsed }
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN)
  return {
    ok: false,
    error: errorOf(response.status, parsed),
    ...(Number.isNaN(retryAfter) ? {} : { retryAfter }),
  }
}

const unreachable: ClientError = {
  code: 'unreachable',
  status: 0,
  reason: 'No answer came.',
  remedy: 'Check the address and the network, and call again.',
}

function errorOf(status: number, parsed: unknown): ClientError {
  const problem: Partial<Problem> = typeof parsed === 'object' && parsed !== null ? parsed : {}
  if (problem.code === undefined) {
    const reason = `The answer with the status ${status} is not one of Rollcall.`
    return { code: 'unintelligible', status, reason, remedy: 'Check the address.' }
  }
  const { code, reason = '', remedy = '', asOf } = problem
  return { code: code as ApplicationErrorCode, status, reason, remedy, asOf }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
