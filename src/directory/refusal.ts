/** SCIM errors for batches that were rolled back. */
import { scimError, type ScimError } from '../scim/error'
import type { ResourceType } from '../scim/schema'
import type { Outage, Refusal } from '../database/batch'

/** `members` are the ids that a refused membership change named. */
export function refusedAs(
  refusal: Refusal,
  type: ResourceType,
  members: readonly string[] = [],
): ScimError {
  switch (refusal.kind) {
    case 'credential':
      return scimError('unauthorized')
    case 'target':
      return scimError('resourceNotFound', { resourceType: type.name })
    case 'version':
      return scimError('versionMismatch')
    case 'members':
      return scimError('unknownMembers', { members: shorten(members) })
    case 'taken':
      return takenAs(refusal.what)
    // Commands repeat a write that is refused as a loss, and hold it: no client sees this.
    case 'loss':
      return scimError('unavailable')
    case 'unavailable':
      return outageAs(refusal.outage)
  }
}

function outageAs(outage: Outage): ScimError {
  switch (outage) {
    case 'overloaded':
    case 'overdue':
      return scimError('unavailable')
    case 'interrupted':
      return scimError('interrupted')
    case 'late':
      return scimError('noAnswer')
    case 'unforeseen':
      return scimError('unforeseen')
    case 'full':
      return scimError('databaseFull')
    case 'calls':
      return scimError('tooManyCalls')
    case 'daily':
      return scimError('dailyLimit')
  }
}

function takenAs(what: 'userName' | 'teamName' | 'slug' | 'id'): ScimError {
  switch (what) {
    case 'userName':
      return scimError('userNameTaken')
    case 'teamName':
      return scimError('teamNameTaken')
    case 'slug':
    case 'id':
      return scimError('internalError')
  }
}

function shorten(ids: readonly string[]): string {
  const shown = ids.slice(0, 10).map((id) => JSON.stringify(id.slice(0, 64)))
  return ids.length > 10 ? `${shown.join(', ')} and ${ids.length - 10} more` : shown.join(', ')
}
