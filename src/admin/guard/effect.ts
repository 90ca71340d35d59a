/** What releasing a change does to the application's view. */
import type { HeldChange } from '../../guard/changes'

/** Who has something by a change, and who no longer has it. */
export function accessOf({ kind, change }: HeldChange): 'gains' | 'loses' | null {
  if (kind === 'team') return null
  return change === 'add' ? 'gains' : 'loses'
}

/** What will happen to the application's view when the change is released. */
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
