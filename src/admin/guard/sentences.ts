/** Changes that wait, and their two sides, in words. */
import type { HeldChange } from '../../guard/changes'
import { effectOf } from './effect'

export function sentenceOf(change: HeldChange): string {
  const team = change.teamName ?? change.teamId
  switch (effectOf(change)) {
    case 'user.created':
      return 'Is new'
    case 'user.updated':
      return 'Is changed'
    case 'user.deactivated':
      return 'Is deactivated'
    case 'user.deleted':
      return 'Is deleted'
    case 'team.member_added':
      return `Joins the team ${team}`
    case 'team.member_removed':
      return `Leaves the team ${team}`
    case 'team.created':
      return 'The team is new'
    case 'team.updated':
      return 'The team is changed'
    case 'team.deleted':
      return 'The team is deleted'
  }
}

/** What the provider says, and what the application sees. */
export function statesOf(
  effect: ReturnType<typeof effectOf>,
  team: string,
): readonly [string, string] {
  switch (effect) {
    case 'user.created':
    case 'team.created':
      return ['present', 'unknown']
    case 'user.updated':
    case 'team.updated':
      return ['changed', 'as before']
    case 'user.deactivated':
      return ['inactive', 'active']
    case 'user.deleted':
    case 'team.deleted':
      return ['deleted', 'present']
    case 'team.member_added':
      return [`in ${team}`, 'not in it']
    case 'team.member_removed':
      return [`not in ${team}`, 'in it']
  }
}
