/** What is refused of a team whose tenant stores more than it may. */
import type { ScimError } from '../scim/error'
import { groupType } from '../scim/group'
import type { Resource } from '../scim/resource'
import { growsTeam, tenantFull } from '../directory/growth'
import { refusedAs } from '../directory/refusal'
import type { DirectoryRequest } from '../directory/request'
import { findTeam } from './store'

interface Change {
  readonly before: Resource
  /** The same object where the attributes stay. */
  readonly after: Resource
}

/** The refusal of a change of attributes and of people who join; undefined for one that adds nothing. */
export async function refuseGrowth(
  database: D1Database,
  { credential, teamId }: DirectoryRequest & { readonly teamId: string },
  { before, after }: Change,
  joins: readonly string[],
): Promise<ScimError | undefined> {
  if (after !== before && growsTeam(before, after)) return tenantFull(credential)
  if (joins.length === 0) return undefined
  const found = await findTeam(database, credential, teamId, { upTo: 0, named: joins })
  if (!found.ok) return refusedAs(found.error, groupType)
  // Who is in already joins nothing.
  const isJoining = found.value?.people.some(({ isMember }) => isMember !== 1)
  return isJoining ? tenantFull(credential) : undefined
}
