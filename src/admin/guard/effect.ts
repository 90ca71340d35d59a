/** The effect that a change has on the application's view once it is released. */
import type { HeldChange } from '../../guard/changes'

/** `gains` for a change that gives a person access, `loses` for one that takes it. */
export function accessOf({ kind, change }: HeldChange): 'gains' | 'loses' | null {
  if (kind === 'team') return null
  return change === 'add' ? 'gains' : 'loses'
}

/** The type of the event that the release of a change causes. */
export function effectOf({ kind, change, released, directory }: HeldChange) {
  switch (kind) {
    case 'member':
      return change === 'add' ? 'team.member_added' : 'team.member_removed'
    case 'team':
      if (!released) return 'team.created'
      return directory ? 'team.updated' : 'team.deleted'
    case 'user':
      return directory ? 'user.deactivated' : 'user.deleted'
  }
}
