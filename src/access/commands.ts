/** Commands of the operator on the links of a tenant, from the API and the console. */
import { addLink, type LinkRecord, type LinkRefusal, type LinkRole } from './links'
import type { Author } from '../audit/log'
import type { Databases } from '../database/placement'
import { err, ok, type Result } from '../result'
import type { ChangeRefusal } from '../tenants/commands'
import type { Tenant } from '../tenants/tenant'
import { hashToken, makeSecret } from '../tokens/secret'

export interface IssuedLink {
  readonly record: LinkRecord
  /** The secret, after the name of its database unless that is the main one. It is kept nowhere. */
  readonly code: string
}

export interface LinkInput {
  readonly label: string
  readonly role: LinkRole
  /** Milliseconds since 1970: the end of the link, and of the sessions that it opened. */
  readonly expiresAt: number
  /** Address of the product that the pages lead back to; absent for none. */
  readonly returnUrl?: string | undefined
  /** Seconds in which the link opens, once; absent for one that opens as often as wanted. */
  readonly opensWithin?: number | undefined
}

/**
 * Makes a link. The hash of its secret is stored, the secret itself is not. With a secret that was `given`
 * before, it answers the link that this has made.
 */
export async function issueLink(
  { DB: database, databaseName }: Databases,
  tenant: Tenant,
  input: LinkInput,
  author: Author,
  given = makeSecret(),
): Promise<Result<IssuedLink, LinkRefusal | ChangeRefusal>> {
  if (tenant.deletingAt !== null) return err({ kind: 'deleting' })
  const secret = `link_${given}`
  const { returnUrl = null, opensWithin, ...rest } = input
  const opensUntil = opensWithin === undefined ? null : Date.now() + opensWithin * 1000
  const row = { ...rest, hash: await hashToken(secret), returnUrl, opensUntil }
  const added = await addLink(database, tenant, row, author)
  if (!added.ok) return added
  const code = databaseName === undefined ? secret : `${databaseName}.${secret}`
  return ok({ record: added.value, code })
}
