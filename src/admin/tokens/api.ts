/** The tokens of a tenant as JSON. */
import type * as z from 'zod/mini'
import { isoOrNull } from '../../time'
import { idOf } from '../../http/id'
import { baseUrlFor } from '../../http/path'
import { issueToken, withdrawToken } from '../../tokens/commands'
import { listTokens, type TokenRecord } from '../../tokens/store'
import { authorOf, type AdminContext } from '../shell/context'
import { replyRefusal } from '../shell/problem'
import type { newToken } from './forms'

export async function postToken(
  c: AdminContext,
  input: z.output<typeof newToken>,
): Promise<Response> {
  const { tenant } = c.var
  const issued = await issueToken(c.env, tenant, input, authorOf(c))
  if (!issued.ok) return replyRefusal(c, issued.error)
  const { record, token } = issued.value
  const baseUrl = baseUrlFor(c.req.url, tenant.slug)
  return c.json({ ...showToken(record), token, baseUrl }, 201, {
    'Cache-Control': 'no-store',
  })
}

export async function getTokens(c: AdminContext): Promise<Response> {
  const tokens = await listTokens(c.env.DB, c.var.tenant)
  return tokens.ok ? c.json({ tokens: tokens.value.map(showToken) }) : replyRefusal(c, tokens.error)
}

export async function deleteToken(c: AdminContext): Promise<Response> {
  const revoked = await withdrawToken(c.env, c.var.tenant, idOf(c), authorOf(c))
  return revoked.ok ? c.body(null, 204) : replyRefusal(c, revoked.error)
}

function showToken(token: TokenRecord) {
  const { id, label, createdAt, lastUsedAt, lastAddress, lastAgent, expiresAt, revokedAt } = token
  return {
    id,
    label,
    created: isoOrNull(createdAt),
    lastUsed: isoOrNull(lastUsedAt),
    lastAddress,
    lastAgent,
    requestsToday: token.requestsToday,
    expires: isoOrNull(expiresAt),
    revoked: isoOrNull(revokedAt),
  }
}
