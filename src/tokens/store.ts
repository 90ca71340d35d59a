/** The metadata of a tenant's tokens. The tokens themselves are nowhere. */
import { and, eq, isNull, sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { dayNumber } from '../time'
import type { Author } from '../audit/log'
import { readBatch, type Refusal } from '../database/batch'
import { select } from '../database/builder'
import type { RowOf } from '../database/field'
import { query, tenant, value } from '../database/statement'
import { isoOrNull } from '../time'
import { tokenDays, tokens } from '../database/schema/tenants'
import type { Tenant } from '../tenants/tenant'
import { isStaying, limitedCredential, type Ended } from './limited-credential'

/** Live tokens of a tenant, so that one can follow another without a gap. */
export const maximumTokens = 5

export type TokenRefusal = Refusal | Ended | { readonly kind: 'tooManyTokens' }

const fields = {
  id: tokens.id,
  label: tokens.label,
  createdAt: tokens.createdAt,
  expiresAt: tokens.expiresAt,
  revokedAt: tokens.revokedAt,
  lastUsedAt: tokens.lastUsedAt,
  lastAddress: tokens.lastAddress,
  lastAgent: tokens.lastAgent,
  configReads: tokens.configReads,
}

const token = limitedCredential({
  name: 'token',
  table: tokens,
  maximum: maximumTokens,
  canOwn: isStaying,
  ownColumns: {},
  fields,
})

const requestsToday = sql<number>`coalesce((
  select ${tokenDays.requests} from ${tokenDays}
  where ${tokenDays.tokenId} = ${tokens.id} and ${tokenDays.day} = ${value('day')}), 0)`

export type TokenRecord = RowOf<typeof fields> & { readonly requestsToday: number }

const selectTokens = query({ ...fields, requestsToday }, (named) =>
  select(named)
    .from(tokens)
    .where(and(eq(tokens.tenantId, tenant), isNull(tokens.clientId)))
    .orderBy(tokens.createdAt, tokens.id),
)

/**
 * Adds a token. `expiresAt` is in milliseconds since 1970, null for never. Refused with
 * `tooManyTokens` at the maximum.
 */
export async function addToken(
  database: D1Database,
  tenant: Tenant,
  input: { readonly hash: string; readonly label: string; readonly expiresAt: number | null },
  author: Author,
): Promise<Result<TokenRecord, TokenRefusal>> {
  const after = { label: input.label, expires: isoOrNull(input.expiresAt) }
  const added = await token.add(database, tenant.id, input, author, after)
  if (!added.ok) return added
  return added.value ? ok({ ...added.value, requestsToday: 0 }) : err({ kind: 'tooManyTokens' })
}

/** Tokens of a tenant, the oldest first, with their requests of the day (UTC). */
export async function listTokens(
  database: D1Database,
  tenant: Tenant,
): Promise<Result<TokenRecord[], Refusal>> {
  const outcome = await readBatch(database, [
    selectTokens(database, { tenantId: tenant.id, day: dayNumber(Date.now()) }),
  ])
  return outcome.ok ? ok([...outcome.value[0]]) : outcome
}

/** Answers the hash of the token, so that the caller can clear the caches. */
export function revokeToken(
  database: D1Database,
  tenant: Tenant,
  id: string,
  author: Author,
): Promise<Result<string, Refusal>> {
  return token.revoke(database, tenant.id, id, author)
}
