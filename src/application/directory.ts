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
  async users(tenant: string, wish: ListWish = {}): Promise<Answer<UserPage>> {
    return readUsers(this.#access(tenant), wish)
  }

  async user(tenant: string, id: string): Promise<Answer<User>> {
    return readUser(this.#access(tenant), textOf(id))
  }

  async teams(tenant: string, wish: ListWish = {}): Promise<Answer<TeamPage>> {
    return readTeams(this.#access(tenant), wish)
  }

  async team(tenant: string, id: string): Promise<Answer<Team>> {
    return readTeam(this.#access(tenant), textOf(id))
  }

  async members(tenant: string, teamId: string, wish: ListWish = {}): Promise<Answer<MemberPage>> {
    return readMembers(this.#access(tenant), textOf(teamId), wish)
  }

  async events(tenant: string, wish: EventsWish = {}): Promise<Answer<EventPage>> {
    return pullEvents(this.#access(tenant), wish)
  }

  async acknowledge(tenant: string, seq: number): Promise<Answer<Acknowledgement>> {
    return acknowledgeEvents(this.#access(tenant), { seq })
  }

  #access(tenant: string): Access {
    return {
      database: this.env.DB,
      // What comes over a binding is as little checked as any other input.
      reader: { kind: 'binding', slug: textOf(tenant) },
      secret: this.env.ADMIN_TOKEN ?? 'binding',
      onRead: () => undefined,
    }
  }
}
