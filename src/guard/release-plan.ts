/**
 * Plan of a release: what the application is told, in an order that it can apply. The plan needs names
 * alone; the documents come to it step by step. Pure.
 */
import type { JsonObject } from '../scim/json'
import { textOf } from '../scim/json'
import { withUserName } from '../scim/tolerance/soft-delete'
import type { PendingChange } from './changes'
import { partMark } from '../events/change'
import { teamEvents, userEvents } from './effects'
import { teamNameKey, userNameKey } from './names/keys'
import { orderRenamings } from './names/order'
import type { ReleasedEvent, ReleasedRow } from './release-store'

/** What becomes of one row of the overlay. */
export interface ReleaseStep {
  readonly change: PendingChange
  /** `stay`: of a person or a team that the directory has. */
  readonly kind: 'leave' | 'go' | 'stay' | 'add' | 'remove'
  /** Names of a person or a team that stays. */
  readonly names?: StepNames
}

interface StepNames {
  /** True for the step to a stand-in, and for the one that follows it. */
  readonly isStandIn: boolean
  readonly wasStandIn: boolean
  /** User name that the application keeps; undefined for the one in the directory. */
  readonly kept: string | undefined
}

/** Each comes after what it needs: no team or person goes before its memberships, or is joined before it is there. */
const order = ['leave', 'go', 'stay', 'add', 'remove']

const kinds = {
  user: { idOf: ({ userId }: PendingChange) => userId, keyOf: userNameKey, attribute: 'userName' },
  team: {
    idOf: ({ teamId }: PendingChange) => teamId,
    keyOf: teamNameKey,
    attribute: 'displayName',
  },
} as const

/** Plans the release of changes, of which the names are known. */
export function planRelease(changes: readonly PendingChange[]): ReleaseStep[] {
  const gone = changes.filter(isGone)
  const [teams, people] = [new Set(gone.map(({ teamId }) => teamId)), new Set(gone.map(personOf))]
  const others = changes.filter((change) => change.kind === 'member' || isGone(change))
  const steps = [
    ...others.map((change): ReleaseStep => {
      if (change.kind !== 'member') return { change, kind: 'go' }
      const isFirst = teams.has(change.teamId) || people.has(change.userId)
      return { change, kind: change.change === 'add' ? 'add' : isFirst ? 'leave' : 'remove' }
    }),
    ...planStaying(changes, 'team'),
    ...planStaying(changes, 'user'),
  ]
  return steps.toSorted((left, right) => order.indexOf(left.kind) - order.indexOf(right.kind))
}

function isGone({ kind, directory }: PendingChange): boolean {
  return kind !== 'member' && directory === null
}

/** Empty ids stand for no person and no team, whom no membership has. */
function personOf({ userId }: PendingChange): string {
  return userId
}

/** People or teams that stay, in the order of their new names. */
function planStaying(changes: readonly PendingChange[], kind: 'user' | 'team'): ReleaseStep[] {
  const { idOf, keyOf } = kinds[kind]
  const list = changes.flatMap((change) =>
    change.kind === kind && change.directory
      ? [{ change, id: idOf(change), name: keyOf(change.directory) }]
      : [],
  )
  const taken = new Set(list.map(({ name }) => name))
  const found = new Map(
    list.map(({ change, id, name }) => {
      const kept = keptName(change, taken)
      const to = kept === undefined ? name : userNameKey({ userName: kept })
      return [id, { change, kept, to }]
    }),
  )
  const steps = orderRenamings(
    [...found].map(([id, { change, to }]) => ({
      id,
      from: change.released && keyOf(change.released),
      to,
    })),
  )
  const standIns = new Set<string>()
  return steps.flatMap(({ id, isStandIn }): ReleaseStep[] => {
    const one = found.get(id)
    if (!one) return []
    const { change, kept } = one
    const names = {
      isStandIn: isStandIn && change.released !== null,
      wasStandIn: standIns.has(id),
      kept,
    }
    if (isStandIn) standIns.add(id)
    return [{ change, kind: 'stay', names }]
  })
}

/**
 * The name from before, where Entra has made that in the directory unusable, or a stand-in where somebody
 * else gets it.
 */
function keptName(
  { userId, released, isNameUnusable }: PendingChange,
  taken: ReadonlySet<string>,
): string | undefined {
  if (!isNameUnusable || !released) return undefined
  return taken.has(userNameKey(released)) ? standInOf(userId) : textOf(released['userName'])
}

/** True for a step that `rowOf` needs the whole documents for. */
export function needsDocuments({ kind, change }: ReleaseStep): boolean {
  return kind === 'stay' && change.released !== null
}

/** The row of a step, with whole documents where it needs them. */
export function rowOf({ change, kind, names }: ReleaseStep): ReleasedRow {
  const { teamId, userId, version, directoryVersion, released, directory } = change
  const row = { teamId, userId, version, directoryVersion, kept: null }
  if (kind !== 'stay' || change.kind === 'member' || !directory || !names) {
    return { ...row, change: kind, events: [] }
  }
  const { idOf, keyOf, attribute } = kinds[change.kind]
  const id = idOf(change)
  const between = released && { ...released, [attribute]: standInOf(id) }
  if (names.isStandIn && between) {
    return { ...row, change: 'standIn', events: told(change.kind, id, released, between) }
  }
  const seen = names.wasStandIn ? between : released
  if (names.kept === undefined) {
    return { ...row, change: 'stay', events: told(change.kind, id, seen, directory, true) }
  }
  const target = withUserName(directory, names.kept)
  const kept = { released: JSON.stringify(target), name: keyOf(target) }
  return { ...row, change: 'keep', kept, events: told(change.kind, id, seen, target) }
}

/** A name that nobody signs in with. */
function standInOf(id: string): string {
  return `former-${id}`
}

/**
 * Events from what the application saw; those that show the directory are filled in by the batch, but for
 * the part of what is long.
 */
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
    isDirectory && resource[partMark] !== true ? { type, changes } : { type, changes, resource },
  )
}
