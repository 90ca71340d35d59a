/** Plan of a release: what the application is told, in an order that it can apply. Pure. */
import type { JsonObject } from '../scim/json'
import { textOf } from '../scim/json'
import { withUserName } from '../scim/tolerance/soft-delete'
import type { HeldChange } from './changes'
import { teamEvents, userEvents } from './effects'
import { teamNameKey, userNameKey } from './names/keys'
import { orderRenamings } from './names/order'
import type { ReleasedEvent, ReleasedRow } from './release-store'

/** A change of a person or a team that the directory has. */
type Staying = HeldChange & { readonly directory: JsonObject }

const kinds = {
  user: { idOf: ({ userId }: HeldChange) => userId, keyOf: userNameKey, attribute: 'userName' },
  team: { idOf: ({ teamId }: HeldChange) => teamId, keyOf: teamNameKey, attribute: 'displayName' },
} as const

/** Plans the release of changes. */
export function planRelease(changes: readonly HeldChange[]): ReleasedRow[] {
  const gone = changes.filter(isGone)
  const [teams, people] = [new Set(gone.map(({ teamId }) => teamId)), new Set(gone.map(personOf))]
  const others = changes.filter((change) => change.kind === 'member' || isGone(change))
  return [
    ...others.map((change): ReleasedRow => {
      const row = { ...keysOf(change), events: [], kept: null }
      if (change.kind !== 'member') return { ...row, change: 'go' }
      const isFirst = teams.has(change.teamId) || people.has(change.userId)
      return { ...row, change: change.change === 'add' ? 'add' : isFirst ? 'leave' : 'remove' }
    }),
    ...releaseStaying(changes, 'team'),
    ...releaseStaying(changes, 'user'),
  ]
}

function isGone({ kind, directory }: HeldChange): boolean {
  return kind !== 'member' && directory === null
}

/** Empty ids stand for no person and no team, whom no membership has. */
function personOf({ userId }: HeldChange): string {
  return userId
}

function keysOf({ teamId, userId, version, directoryVersion }: HeldChange) {
  return { teamId, userId, version, directoryVersion }
}

function isStaying(change: HeldChange): change is Staying {
  return change.directory !== null
}

/** People or teams that stay, in the order of their new names. */
function releaseStaying(changes: readonly HeldChange[], kind: 'user' | 'team'): ReleasedRow[] {
  const { idOf, keyOf } = kinds[kind]
  const list = changes.filter((change) => change.kind === kind).filter(isStaying)
  const taken = new Set(list.map(({ directory }) => keyOf(directory)))
  const targets = new Map(list.map((change) => [idOf(change), targetOf(change, taken)]))
  const byId = new Map(list.map((change) => [idOf(change), change]))
  const steps = orderRenamings(
    list.map((change) => ({
      id: idOf(change),
      from: change.released && keyOf(change.released),
      to: keyOf(targets.get(idOf(change)) ?? change.directory),
    })),
  )
  const standIns = new Set<string>()
  return steps.flatMap(({ id, isStandIn }): ReleasedRow[] => {
    const change = byId.get(id)
    if (!change) return []
    const target = targets.get(id) ?? change.directory
    const { released } = change
    const between = released && { ...released, [kinds[kind].attribute]: standInOf(id) }
    if (isStandIn) standIns.add(id)
    const row = { ...keysOf(change), kept: null }
    if (isStandIn && between) {
      return [{ ...row, change: 'standIn', events: told(kind, id, released, between) }]
    }
    const seen = standIns.has(id) ? between : released
    if (target === change.directory) {
      return [{ ...row, change: 'stay', events: told(kind, id, seen, target, true) }]
    }
    const kept = { released: JSON.stringify(target), name: keyOf(target) }
    return [{ ...row, change: 'keep', kept, events: told(kind, id, seen, target) }]
  })
}

/**
 * What the application sees afterwards: the directory, but for a name that Entra has made unusable.
 * For that stands the name from before, or a stand-in where somebody else gets it.
 */
function targetOf(
  { userId, released, directory, isNameUnusable }: Staying,
  taken: ReadonlySet<string>,
): JsonObject {
  if (!isNameUnusable || !released) return directory
  const isTaken = taken.has(userNameKey(released))
  return withUserName(directory, isTaken ? standInOf(userId) : textOf(released['userName']))
}

/** A name that nobody signs in with. */
function standInOf(id: string): string {
  return `former-${id}`
}

/** Events from what the application saw; those that show the directory are filled in by the batch. */
function told(
  kind: 'user' | 'team',
  id: string,
  before: JsonObject | null,
  after: JsonObject,
  isDirectory = false,
): ReleasedEvent[] {
  if (!before) return [{ type: kind === 'user' ? 'user.created' : 'team.created', changes: {} }]
  const list = kind === 'user' ? userEvents(id, before, after) : teamEvents(id, before, after)
  return list.map(({ type, changes, resource }) =>
    isDirectory ? { type, changes } : { type, changes, resource },
  )
}
