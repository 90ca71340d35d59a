/** What is refused of a team whose tenant stores more than it may. */
import type { ScimError } from '../scim/error'
import { groupType } from '../scim/group'
import { tenantFull } from '../directory/growth'
import { refusedAs } from '../directory/refusal'
import type { DirectoryRequest } from '../directory/request'
import { findTeam } from './store'

/** The refusal of people who join; undefined where there is room, and where nobody does. */
export async function refuseJoining(
  database: D1Database,
  { credential, teamId }: DirectoryRequest & { readonly teamId: string },
  joins: readonly string[],
): Promise<ScimError | undefined> {
  if (!credential.isFull || joins.length === 0) return undefined
  const found = await findTeam(database, credential, teamId, { upTo: 0, named: joins })
  if (!found.ok) return refusedAs(found.error, groupType)
  // Who is in already joins nothing.
  const isJoining = found.value?.people.some(({ isMember }) => isMember !== 1)
  return isJoining ? tenantFull(credential) : undefined
}
