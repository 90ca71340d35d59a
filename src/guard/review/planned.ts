/** What a release that was decided before may tell now. Pure. */
import type { PendingChange } from '../changes'
import { teamNameKey, userNameKey } from '../names/keys'

const keyOf = ({ kind, teamId, userId }: Pick<PendingChange, 'kind' | 'teamId' | 'userId'>) =>
  `${kind}:${teamId}/${userId}`
const teamOf = ({ teamId }: PendingChange) => keyOf({ kind: 'team', teamId, userId: '' })
const personOf = ({ userId }: PendingChange) => keyOf({ kind: 'user', teamId: '', userId })

/**
 * The changes of a release, and those that follow from them, without those that nobody chose: what
 * `isChosen` answers false for, and what cannot be told without it.
 */
export function chosenOf(
  changes: readonly PendingChange[],
  isChosen: (change: PendingChange) => boolean,
): readonly PendingChange[] {
  const told = new Map(
    changes
      .filter((change) => isFollowing(change) || isChosen(change))
      .map((change) => [keyOf(change), change]),
  )
  const all = new Map(changes.map((change) => [keyOf(change), change]))
  const holders = new Map(changes.flatMap((one) => seenNames(one).map((name) => [name, one])))
  const isOut = (key: string) => all.has(key) && !told.has(key)
  const isEnding = (key: string) => told.get(key)?.directory === null
  for (let size = -1; size !== told.size;) {
    size = told.size
    const staying = new Set(
      changes.flatMap((one) =>
        isKept(one) && isOut(keyOf(one)) ? [teamOf(one), personOf(one)] : [],
      ),
    )
    for (const [key, one] of told) {
      if (one.kind === 'member') {
        const [team, person] = [teamOf(one), personOf(one)]
        const isIdle = !isChosen(one) && !(isEnding(team) || isEnding(person))
        const isEarly = one.change === 'add' && (isOut(team) || isOut(person))
        if (isEarly || isIdle) told.delete(key)
      } else {
        const holder = wantedNames(one).map((name) => holders.get(name))[0]
        const isNameTaken = holder && keyOf(holder) !== key && isOut(keyOf(holder))
        if (isNameTaken || (one.directory === null && staying.has(key))) told.delete(key)
      }
    }
  }
  return changes.filter((change) => told.has(keyOf(change)))
}

/** True for a membership that the application has until it is told. */
function isKept({ kind, change }: PendingChange): boolean {
  return kind === 'member' && change === 'remove'
}

/** True for a change that waits, or is told, only because of another one. */
function isFollowing({ kind, reason, isProtected }: PendingChange): boolean {
  return reason === 'together' || (kind === 'member' && !isProtected)
}

function nameOf(kind: PendingChange['kind'], attributes: PendingChange['released']): string[] {
  if (!attributes || kind === 'member') return []
  return [`${kind} ${kind === 'user' ? userNameKey(attributes) : teamNameKey(attributes)}`]
}

const seenNames = ({ kind, released }: PendingChange) => nameOf(kind, released)
const wantedNames = ({ kind, directory }: PendingChange) => nameOf(kind, directory)
