/**
 * A client of one tenant for Node, Workers and Deno. It needs `fetch` and nothing else; its types are
 * those of the catalogue. Refusals are values.
 */
import type {
  Acknowledgement,
  EventPage,
  MemberPage,
  Team,
  TeamPage,
  User,
  UserPage,
} from '../application/answers'
import {
  call,
  fromNowhere,
  lookUpByNothing,
  pages,
  type Answer,
  type CallOptions,
  type Query,
} from './call.ts'

export type Member = MemberPage['members'][number]
export type Event = EventPage['events'][number]
export type { EventPage, Team, User } from '../application/answers'

export interface ClientOptions extends CallOptions {
  /** Slug of the tenant. */
  readonly tenant: string
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

/** What a person is looked up by. */
export type UserWish =
  | { readonly userName: string }
  | { readonly email: string }
  | { readonly externalId: string }

export interface Client {
  /** All users, in the order of their ids; a refusal comes last. */
  users(): AsyncGenerator<Answer<User>, void>
  teams(): AsyncGenerator<Answer<Team>, void>
  members(teamId: string): AsyncGenerator<Answer<Member>, void>
  user(id: string): Promise<Answer<User>>
  team(id: string): Promise<Answer<Team>>
  /** The last event, by number and log: where to go on after the lists have been read. */
  latest(): Promise<Answer<Place>>
  /** People with a user name, an e-mail address or an identifier, as the application sees them. */
  find(wanted: UserWish): AsyncGenerator<Answer<User>, void>
  /** One page of events. */
  pull(input: EventsWish): Promise<Answer<EventPage>>
  /** Every event behind a place, and then each as it happens; ends with a refusal. */
  events(from: Place): AsyncGenerator<Answer<Event>, void>
  /** The events behind a place, at most 1,000; waits half a minute for one. For `followEvents`. */
  follow(from: Place): Promise<Answer<{ readonly events: readonly Event[]; readonly place: Place }>>
  /** `acknowledge` of a place. For `followEvents`. */
  confirm(place: Place): Promise<Answer<Acknowledgement>>
  /** Tells the operator how far the application has got. */
  acknowledge(seq: number, log?: string): Promise<Answer<Acknowledgement>>
}

/**
 * A client of one tenant. A failed call is a value, not an exception. Answers 429 and 503 and lost
 * connections are tried again.
 */
export function connect(options: ClientOptions): Client {
  const base = one('/tenants', options.tenant)
  const get = <T>(path: string, query: Query = {}) =>
    call<T>(options, 'GET', `${base}${path}`, query)

  async function pull(input: EventsWish): Promise<Answer<EventPage>> {
    const isPlace = /\d|^latest$/.test(String(input.after))
    if (!isPlace) return { ok: false, error: fromNowhere }
    return get<EventPage>('/events', { ...input })
  }

  async function follow(from: Place) {
    const page = await pull({ ...from, wait: 30, limit: 1_000 })
    if (!page.ok) return page
    const { events, after, log } = page.value
    return { ok: true, value: { events, place: { after, log } } } as const
  }

  async function* events(from: Place): AsyncGenerator<Answer<Event>, void> {
    for (let place = from; ;) {
      const page = await follow(place)
      if (!page.ok) return yield page
      for (const event of page.value.events) yield { ok: true, value: event }
      place = page.value.place
    }
  }

  async function* find(wanted: UserWish): AsyncGenerator<Answer<User>, void> {
    const isGiven = Object.values(wanted).some((text: unknown) => typeof text === 'string')
    if (!isGiven) return yield { ok: false, error: lookUpByNothing }
    yield* pages<UserPage, User>(get, '/users', ({ users }) => users, { ...wanted })
  }

  function acknowledge(seq: number, log?: string): Promise<Answer<Acknowledgement>> {
    const body = log === undefined ? { seq } : { seq, log }
    return call(options, 'POST', `${base}/events/ack`, {}, body)
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
    find,
    pull,
    follow,
    events,
    confirm: ({ after, log }) => acknowledge(after, log),
    acknowledge,
  }
}

/** The address of one of a list; an id that is no text, or cannot be sent, is missing there. */
function one(list: string, id: unknown): string {
  try {
    return `${list}/${typeof id === 'string' ? encodeURIComponent(id) : ''}`
  } catch {
    return `${list}/`
  }
}
