/**
 * The methods of the entrypoint `Directory`: the type for a service binding to it in another
 * Worker. This file holds types alone, so that it can be imported from anywhere.
 */
import type {
  Acknowledgement,
  EventPage,
  FeedAcknowledgement,
  FeedPage,
  MemberPage,
  Team,
  TeamPage,
  TenantPage,
  User,
  UserPage,
} from './answers'
import type { Answer } from './read'

export interface ListWish {
  /** `next` of the page before. */
  readonly cursor?: string
  readonly limit?: number
}

/** A list of people, or a look-up of some of them by one of their texts. */
export interface UsersWish extends ListWish {
  readonly userName?: string
  readonly email?: string
  readonly externalId?: string
}

export interface EventsWish {
  /** Number of the last event that is known; `latest` for the end of the log. */
  readonly after?: number | 'latest'
  /** `log` of the answer that the number is from. */
  readonly log?: string
  readonly limit?: number
  /** Seconds to wait for an event when there is none yet. */
  readonly wait?: number
}

export interface FeedWish {
  /** `after` of the answer before; `latest` for the end; absent for the beginning. */
  readonly after?: string
  readonly limit?: number
  /** Seconds to wait for an event when there is none yet. */
  readonly wait?: number
}

export interface DirectoryService {
  tenants(input?: ListWish): Promise<Answer<TenantPage>>
  /** Events of all tenants. */
  feed(input?: FeedWish): Promise<Answer<FeedPage>>
  /** Tells the operator that everything before `after` of an answer of `feed` was taken over. */
  acknowledgeFeed(after: string): Promise<Answer<FeedAcknowledgement>>
  users(tenant: string, input?: UsersWish): Promise<Answer<UserPage>>
  user(tenant: string, id: string): Promise<Answer<User>>
  teams(tenant: string, input?: ListWish): Promise<Answer<TeamPage>>
  team(tenant: string, id: string): Promise<Answer<Team>>
  members(tenant: string, teamId: string, input?: ListWish): Promise<Answer<MemberPage>>
  events(tenant: string, input?: EventsWish): Promise<Answer<EventPage>>
  acknowledge(tenant: string, seq: number, log?: string): Promise<Answer<Acknowledgement>>
}
