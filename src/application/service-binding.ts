import { WorkerEntrypoint } from 'cloudflare:workers'
import type { Environment } from '../environment'
import { textOf } from '../scim/json'
import type {
  Acknowledgement,
  EventPage,
  FeedPage,
  MemberPage,
  Team,
  TeamPage,
  TenantPage,
  User,
  UserPage,
} from './answers'
import type { DirectoryService, EventsWish, FeedWish, ListWish, UsersWish } from './service'
import { pullFeed } from './all/feed'
import { readTenants } from './all/tenants'
import { acknowledgeEvents, pullEvents } from './events'
import { readInTenantDatabase } from './tenant-database'
import {
  readMembers,
  readTeam,
  readTeams,
  readUser,
  readUsers,
  type Access,
  type Answer,
} from './read'

/**
 * The application API for Workers of the same account, over a service binding with the entrypoint
 * `Directory`. The binding is the authorization: whoever deploys a Worker with it reads all
 * tenants, without a key. Refusals are values, as everywhere.
 */
export class Directory extends WorkerEntrypoint<Environment> implements DirectoryService {
  async tenants(input: ListWish = {}): Promise<Answer<TenantPage>> {
    return readTenants(this.#all(), input)
  }

  async feed(input: FeedWish = {}): Promise<Answer<FeedPage>> {
    return pullFeed(this.#all(), input)
  }

  async users(tenant: string, input: UsersWish = {}): Promise<Answer<UserPage>> {
    return this.#read(tenant, (access) => readUsers(access, input))
  }

  async user(tenant: string, id: string): Promise<Answer<User>> {
    return this.#read(tenant, (access) => readUser(access, textOf(id)))
  }

  async teams(tenant: string, input: ListWish = {}): Promise<Answer<TeamPage>> {
    return this.#read(tenant, (access) => readTeams(access, input))
  }

  async team(tenant: string, id: string): Promise<Answer<Team>> {
    return this.#read(tenant, (access) => readTeam(access, textOf(id)))
  }

  async members(tenant: string, teamId: string, input: ListWish = {}): Promise<Answer<MemberPage>> {
    return this.#read(tenant, (access) => readMembers(access, textOf(teamId), input))
  }

  async events(tenant: string, input: EventsWish = {}): Promise<Answer<EventPage>> {
    return this.#read(tenant, (access) => pullEvents(access, input))
  }

  async acknowledge(tenant: string, seq: number, log?: string): Promise<Answer<Acknowledgement>> {
    return this.#read(tenant, (access) =>
      acknowledgeEvents(access, log === undefined ? { seq } : { seq, log }),
    )
  }

  #all() {
    return { environment: this.env, reader: { kind: 'binding' }, onRead: () => undefined } as const
  }

  #read<T>(tenant: string, read: (access: Access) => Promise<Answer<T>>): Promise<Answer<T>> {
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
