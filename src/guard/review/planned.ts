/** What a release that was decided before may tell now. Pure. */
import type { PendingChange } from '../changes'
import { teamNameKey, userNameKey } from '../names/keys'

const keyOf = ({ kind, teamId, userId }: Pick<PendingChange, 'kind' | 'teamId' | 'userId'>) =>
  `${kind}:${teamId}/${userId}`

/** Keys of the team and of the person of a membership. */
const subjectsOf = ({ teamId, userId }: PendingChange) => [
  keyOf({ kind: 'team', teamId, userId: '' }),
  keyOf({ kind: 'user', teamId: '', userId }),
]

/**
 * The changes of a release, and those that follow from them, without those that nobody chose: what
 * `isChosen` answers false for, and what cannot be told without it. Each change is looked at once, and
 * once more for each that it needs and that is not told.
 */
export function chosenOf(
  changes: readonly PendingChange[],
  isChosen: (change: PendingChange) => boolean,
): readonly PendingChange[] {
  const all = new Map(changes.map((change) => [keyOf(change), change]))
  const holders = new Map(changes.flatMap((one) => seenNames(one).map((name) => [name, one])))
  const holderOf = (one: PendingChange) => {
    const holder = wantedNames(one).map((name) => holders.get(name))[0]
    return holder && keyOf(holder) !== keyOf(one) ? keyOf(holder) : undefined
  }
  const told = new Map(
    changes
      .filter((change) => isFollowing(change) || isChosen(change))
      .map((change) => [keyOf(change), change]),
  )
  /** Teams and people whom a membership that is not told still needs. */
  const staying = new Set(
    changes.flatMap((one) => (isKept(one) && !told.has(keyOf(one)) ? subjectsOf(one) : [])),
  )
  const isOut = (key: string) => all.has(key) && !told.has(key)
  const isEnding = (key: string) => told.get(key)?.directory === null
  const hasToWait = (one: PendingChange) => {
    if (one.kind === 'member') {
      const isIdle = !isChosen(one) && !subjectsOf(one).some(isEnding)
      return isIdle || (one.change === 'add' && subjectsOf(one).some(isOut))
    }
    const holder = holderOf(one)
    const isNameTaken = holder !== undefined && isOut(holder)
    return isNameTaken || (one.directory === null && staying.has(keyOf(one)))
  }
  const needs = changes.flatMap((one) => {
    const holder = holderOf(one)
    if (one.kind !== 'member') return holder === undefined ? [] : [{ needed: holder, one }]
    const subjects = subjectsOf(one)
    const ends = isKept(one) ? subjects.flatMap((key) => all.get(key) ?? []) : []
    return [
      ...subjects.map((needed) => ({ needed, one })),
      ...ends.map((subject) => ({ needed: keyOf(one), one: subject })),
    ]
  })
  const inNeedOf = Map.groupBy(needs, ({ needed }) => needed)
  const open = [...told.values()]
  for (let one = open.pop(); one; one = open.pop()) {
    const key = keyOf(one)
    if (!told.has(key) || !hasToWait(one)) continue
    told.delete(key)
    if (isKept(one)) for (const subject of subjectsOf(one)) staying.add(subject)
    for (const other of inNeedOf.get(key) ?? []) open.push(other.one)
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
