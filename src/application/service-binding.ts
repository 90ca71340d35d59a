import { WorkerEntrypoint } from 'cloudflare:workers'
import type { Environment } from '../environment'
import { textOf } from '../scim/json'
import type {
  Acknowledgement,
  EventPage,
  MemberPage,
  Team,
  TeamPage,
  User,
  UserPage,
} from './answers'
import type { DirectoryService, EventsWish, ListWish } from './service'
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
  async users(tenant: string, input: ListWish = {}): Promise<Answer<UserPage>> {
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
