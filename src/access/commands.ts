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
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** Makes a link. The hash of its secret is stored, the secret itself is not. */
export async function issueLink(
  { DB: database, databaseName }: Databases,
  tenant: Tenant,
  input: LinkInput,
  author: Author,
): Promise<Result<IssuedLink, LinkRefusal | ChangeRefusal>> {
  if (tenant.deletingAt !== null) return err({ kind: 'deleting' })
  const secret = `link_${makeSecret()}`
  const added = await addLink(database, tenant, { hash: await hashToken(secret), ...input }, author)
  if (!added.ok) return added
  const code = databaseName === undefined ? secret : `${databaseName}.${secret}`
  return ok({ record: added.value, code })
}
