import { WorkerEntrypoint } from 'cloudflare:workers'
import type { Environment } from '../environment'
import { textOf } from '../scim/json'
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
import type { DirectoryService, EventsWish, FeedWish, ListWish, UsersWish } from './service'
import type { Access, Answer } from './read'

/**
 * The application API for Workers of the same account, over a service binding with the entrypoint
 * `Directory`. The binding is the authorization: whoever deploys a Worker with it reads all
 * tenants, without a key. Refusals are values, as everywhere.
 *
 * The platform wants the class when an isolate starts; what answers is evaluated by the first call.
 */
export class Directory extends WorkerEntrypoint<Environment> implements DirectoryService {
  async tenants(input: ListWish = {}): Promise<Answer<TenantPage>> {
    const { readTenants } = await import('./all/tenants')
    return readTenants(this.#all(), input)
  }

  async feed(input: FeedWish = {}): Promise<Answer<FeedPage>> {
    const { pullFeed } = await import('./all/feed')
    return pullFeed(this.#all(), input)
  }

  async acknowledgeFeed(after: string): Promise<Answer<FeedAcknowledgement>> {
    const { acknowledgeFeed } = await import('./all/acknowledge')
    return acknowledgeFeed(this.#all(), { after })
  }

  async users(tenant: string, input: UsersWish = {}): Promise<Answer<UserPage>> {
    const { readUsers } = await import('./read')
    return this.#read(tenant, (access) => readUsers(access, input))
  }

  async user(tenant: string, id: string): Promise<Answer<User>> {
    const { readUser } = await import('./read')
    return this.#read(tenant, (access) => readUser(access, textOf(id)))
  }

  async teams(tenant: string, input: ListWish = {}): Promise<Answer<TeamPage>> {
    const { readTeams } = await import('./read')
    return this.#read(tenant, (access) => readTeams(access, input))
  }

  async team(tenant: string, id: string): Promise<Answer<Team>> {
    const { readTeam } = await import('./read')
    return this.#read(tenant, (access) => readTeam(access, textOf(id)))
  }

  async members(tenant: string, teamId: string, input: ListWish = {}): Promise<Answer<MemberPage>> {
    const { readMembers } = await import('./read')
    return this.#read(tenant, (access) => readMembers(access, textOf(teamId), input))
  }

  async events(tenant: string, input: EventsWish = {}): Promise<Answer<EventPage>> {
    const { pullEvents } = await import('./events')
    return this.#read(tenant, (access) => pullEvents(access, input))
  }

  async acknowledge(tenant: string, seq: number, log?: string): Promise<Answer<Acknowledgement>> {
    const { acknowledgeEvents } = await import('./events')
    return this.#read(tenant, (access) =>
      acknowledgeEvents(access, log === undefined ? { seq } : { seq, log }),
    )
  }

  #all() {
    return { environment: this.env, reader: { kind: 'binding' }, onRead: () => undefined } as const
  }

  async #read<T>(tenant: string, read: (access: Access) => Promise<Answer<T>>): Promise<Answer<T>> {
    const { readInTenantDatabase } = await import('./tenant-database')
    // Arguments of a binding are untyped at run time: no compiler has checked the caller.
    const slug = textOf(tenant)
    return readInTenantDatabase(this.env, slug, (home) =>
      read({
        database: home.DB,
        reader: { kind: 'binding', slug },
        onRead: () => undefined,
      }),
    )
  }
}
