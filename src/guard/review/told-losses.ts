/** Losses that a part of the log tells, without those that it takes back itself. Pure. */
import type { EventType } from '../../database/schema/event-types'

/** Types of events that tell of losses, or that they are over. */
export const losing = [
  'user.deactivated',
  'user.reactivated',
  'user.created',
  'user.deleted',
  'team.created',
  'team.deleted',
  'team.member_added',
  'team.member_removed',
] as const satisfies readonly EventType[]

/** An event as far as it tells of losses. */
export interface ToldEvent {
  readonly seq: number
  readonly type: (typeof losing)[number]
  readonly resourceId: string
  readonly memberId: string | null
  /** True while the person of a membership is active, in the directory or for the application. */
  readonly isActive: boolean
  /** True for the deletion of a person who was active, or of a team. */
  readonly wasActive: boolean
  /** User name of the person, or name of a deleted team. */
  readonly name: string | null
}

export interface ToldLoss {
  readonly kind: 'user' | 'team' | 'member'
  readonly teamId: string
  readonly userId: string
  readonly loss: 'deactivated' | 'deleted' | null
  /** Number of the event that has what the application had of somebody, or of a team, that is gone. */
  readonly seq: number | null
  /** The folded name of that. */
  readonly name: string | null
  readonly shownName: string | null
}

type KeyOf = (name: string) => string

/** The losses of events, in the order of the log; `names` fold names as the directory does. */
export function lossesToUndo(
  list: readonly ToldEvent[],
  names: { readonly userKey: KeyOf; readonly teamKey: KeyOf },
): ToldLoss[] {
  const people = new Map<string, ToldLoss>()
  const teams = new Map<string, ToldLoss>()
  const members = new Map<string, { readonly loss: ToldLoss; readonly isActive: boolean }>()
  for (const { seq, type, resourceId, memberId, isActive, wasActive, name } of list) {
    const person = { kind: 'user' as const, teamId: '', userId: resourceId, shownName: name }
    const key = `${resourceId}/${memberId}`
    switch (type) {
      case 'user.deactivated':
        people.set(resourceId, { ...person, loss: 'deactivated', seq: null, name: null })
        break
      case 'user.reactivated':
      case 'user.created':
        people.delete(resourceId)
        break
      case 'user.deleted': {
        // Who was inactive for longer than this part of the log was lost before.
        if (!wasActive && !people.has(resourceId)) break
        people.delete(resourceId)
        people.set(resourceId, { ...person, loss: 'deleted', seq, name: names.userKey(name ?? '') })
        break
      }
      case 'team.deleted': {
        const team = { kind: 'team' as const, teamId: resourceId, userId: '', loss: null }
        teams.set(resourceId, { ...team, seq, name: names.teamKey(name ?? ''), shownName: null })
        break
      }
      case 'team.created':
        teams.delete(resourceId)
        break
      case 'team.member_removed':
        members.set(key, {
          isActive,
          loss: {
            kind: 'member',
            teamId: resourceId,
            userId: memberId ?? '',
            loss: null,
            seq: null,
            name: null,
            shownName: name,
          },
        })
        break
      case 'team.member_added':
        members.delete(key)
    }
  }
  const [formerTeams, formerPeople] = [dropFormer(teams), dropFormer(people)]
  const left = [...members.values()].flatMap(({ loss, isActive }) => {
    const isFormer = formerTeams.has(loss.teamId) || formerPeople.has(loss.userId)
    return !isFormer && (isActive || people.has(loss.userId)) ? [loss] : []
  })
  const lost = new Set(left.map(({ teamId }) => teamId))
  const gone = [...teams.values()].filter(({ teamId }) => lost.has(teamId))
  return [...gone, ...people.values(), ...left]
}

/** Drops those whose name somebody lost later had as well; answers their ids. */
function dropFormer(losses: Map<string, ToldLoss>): ReadonlySet<string> {
  const last = new Map([...losses].map(([id, { name }]) => [name, id]))
  const former = [...losses].flatMap(([id, { name }]) =>
    name === null || last.get(name) === id ? [] : [id],
  )
  for (const id of former) losses.delete(id)
  return new Set(former)
}
