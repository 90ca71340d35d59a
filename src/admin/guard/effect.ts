/** The effect that a change has on the application's view once it is released. */
import type { HeldChange } from '../../guard/changes'
import type { JsonObject } from '../../scim/json'

/** `gains` for a change that gives a person access, `loses` for one that takes it. */
export function accessOf(held: HeldChange): 'gains' | 'loses' | null {
  switch (effectOf(held)) {
    case 'user.created':
    case 'team.member_added':
      return 'gains'
    case 'user.deactivated':
    case 'user.deleted':
    case 'team.member_removed':
      return 'loses'
    case 'user.updated':
    case 'team.created':
    case 'team.updated':
    case 'team.deleted':
      return null
  }
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
      if (!directory) return 'user.deleted'
      if (!released) return 'user.created'
      return isActive(released) && !isActive(directory) ? 'user.deactivated' : 'user.updated'
  }
}

function isActive(person: JsonObject): boolean {
  return person['active'] !== false
}
