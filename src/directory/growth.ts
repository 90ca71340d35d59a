/** What a write of people or teams adds to what the tenant stores, and what is refused of a full one. */
import type { Added } from '../database/statement'
import { scimError, type ScimError } from '../scim/error'
import { isSame } from '../scim/json'
import type { Resource } from '../scim/resource'
import { bytesIn, eventBytes, membershipBytes, noteGrowth, resourceBytes } from '../tenants/growth'
import type { Credential } from '../tokens/credential'

/** Notes a person or team, new or in place of what it was; both as JSON. */
export function noteResource(
  { tenantId }: Credential,
  before: string | undefined,
  after: string,
): void {
  const [old, now] = [before === undefined ? 0 : bytesIn(before), bytesIn(after)]
  const directory = resourceBytes(now) - (before === undefined ? 0 : resourceBytes(old))
  // An event holds the resource, and of each attribute that changes what it was and is.
  noteGrowth(tenantId, { directory, events: eventBytes + now + now + old })
}

/** Notes people or teams that are gone, and the memberships that ended with them. */
export function noteResourcesGone(
  credential: Credential,
  gone: readonly { readonly bytes: number }[],
  ended: readonly Added[],
): void {
  for (const { bytes } of gone) {
    noteGrowth(credential.tenantId, {
      directory: -resourceBytes(bytes),
      events: eventBytes + bytes,
    })
  }
  noteMemberships(credential, ended)
}

export function noteMemberships({ tenantId }: Credential, moved: readonly Added[]): void {
  for (const { added } of moved) {
    const events = Math.abs(added) * eventBytes
    if (added !== 0) noteGrowth(tenantId, { directory: added * membershipBytes, events })
  }
}

export function tenantFull({ settings }: Credential): ScimError {
  return scimError('tenantFull', { limit: settings.storage.megabytes })
}

/** Bytes that a deactivation may add: Entra gives whoever goes another name. */
const deactivationBytes = 1_024

/**
 * True for a change of a person that a full tenant refuses: only what gets shorter or is switched off
 * goes on, so that no requests go round in a circle that fills the log.
 */
export function growsUser(before: Resource, after: Resource): boolean {
  const added = grownBy(before, after)
  const isSwitchedOff = before['active'] !== false && after['active'] === false
  return isSwitchedOff ? added > deactivationBytes : added >= 0
}

/** True for a new team, and for a change that does not make it shorter. */
export function growsTeam(before: Resource | undefined, after: Resource): boolean {
  return before === undefined || (!isSame(before, after) && grownBy(before, after) >= 0)
}

/** Bytes by which a resource grows, but for whether somebody is active. */
function grownBy(before: Resource, after: Resource): number {
  const bytes = ({ active: _active, ...others }: Resource) => bytesIn(JSON.stringify(others))
  return bytes(after) - bytes(before)
}
