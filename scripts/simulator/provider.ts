/** Actions that each provider has its own way for. */
import type { MemberChange, Person, Profile, Team } from './model.ts'
import type { Caller, Session } from './session.ts'

/** `adopted`: the lookup found it, so nothing was created. */
export type Outcome = 'created' | 'adopted' | 'failed'

export interface Provider extends Caller {
  readonly title: string
  /** The way in which people who leave are removed. */
  readonly removal: 'delete' | 'deactivate'
  /** True when a renamed team stays the same team; false when people are moved to a new one. */
  readonly renamesTeams: boolean
  readonly sendsManagers: boolean

  testConnection(session: Session): Promise<void>
  /** Reads that the provider makes before it sends anything. */
  beforeSync?(session: Session): Promise<void>
  createPerson(session: Session, person: Person): Promise<Outcome>
  updatePerson(session: Session, person: Person, before: Profile): Promise<void>
  /** Sends `person.active`. */
  sendActive(session: Session, person: Person): Promise<void>
  removePerson(session: Session, person: Person): Promise<void>
  createTeam(session: Session, team: Team): Promise<Outcome>
  assign(session: Session, changes: readonly MemberChange[]): Promise<void>
  /** Sends a team once more that has not changed, as after "push now" or a restarted job. */
  pushAgain(session: Session, team: Team): Promise<void>
  renameTeam?(session: Session, team: Team): Promise<void>
  removeTeam?(session: Session, team: Team): Promise<void>
}

export const urns = {
  user: 'urn:ietf:params:scim:schemas:core:2.0:User',
  group: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  enterprise: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  patch: 'urn:ietf:params:scim:api:messages:2.0:PatchOp',
} as const

/** Runs `work` for all items, at most `width` at a time, in their order. */
export async function inParallel<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const queue = items.values()
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item)
  }
  const ends = await Promise.allSettled(
    Array.from({ length: Math.min(width, items.length) }, worker),
  )
  // Only now, so that nothing is still under way when the caller goes on.
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
