/** Following a log, or the feed of all tenants, page by page. */
import type { User } from '../application/answers'
import type { Answer, ClientError } from './call.ts'
import type { Client, UserWish } from './client.ts'

/** What can be followed: a client of one tenant, or of all. */
export interface Followed<From, To extends From, Event> {
  follow(from: From): Promise<Answer<{ readonly events: readonly Event[]; readonly place: To }>>
  /** Tells the operator that everything before a place was taken over. */
  confirm(place: To): Promise<Answer<unknown>>
}

export interface FollowOptions {
  /** Acknowledges each page once `take` is done; false if absent. */
  readonly acknowledge?: boolean
}

/**
 * Gives every event behind a place to `take`, a page at a time and in order, with the place behind
 * the page: write both in one transaction, and begin there the next time. The next page is read when
 * `take` is done. With `acknowledge` the operator is told of each page that was taken, which needs a
 * key of the scope `read-ack`. Answers the refusal that ended it, or what ended it when the signal was
 * aborted; an exception of `take` ends it as well, and is passed on.
 */
export async function followEvents<From, To extends From, Event>(
  source: Followed<From, To, Event>,
  from: From,
  take: (events: readonly Event[], place: To) => Promise<void>,
  { acknowledge = false }: FollowOptions = {},
): Promise<ClientError> {
  for (let start = from; ;) {
    const page = await source.follow(start)
    if (!page.ok) return page.error
    const { events, place } = page.value
    start = place
    if (events.length === 0) continue
    await take(events, place)
    if (!acknowledge) continue
    const confirmed = await source.confirm(place)
    if (!confirmed.ok) return confirmed.error
  }
}

/** The first person with a user name, an e-mail address or an identifier; undefined for nobody. */
export async function findUser(
  client: Pick<Client, 'find'>,
  wanted: UserWish,
): Promise<Answer<User | undefined>> {
  for await (const user of client.find(wanted)) return user
  return { ok: true, value: undefined }
}
