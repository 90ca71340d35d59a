/** Operator tokens as JSON. */
import type * as z from 'zod/mini'
import {
  issueOperatorToken,
  listOperatorTokens,
  revokeOperatorToken,
  type OperatorTokenRecord,
} from '../../access/operator-tokens'
import { idOf } from '../../http/id'
import { isoOrNull } from '../../time'
import { authorOf, type AdminContext } from '../shell/context'
import { problems, replyProblem, replyRefusal } from '../shell/problem'
import type { newOperatorToken } from './forms'

export async function postOperatorToken(
  c: AdminContext,
  input: z.output<typeof newOperatorToken>,
): Promise<Response> {
  const issued = await issueOperatorToken(c.env.DB, input, authorOf(c))
  if (!issued.ok) return replyRefusal(c, issued.error)
  if (!issued.value) return replyProblem(c, problems.tooManyOperatorTokens)
  const { record, token } = issued.value
  return c.json({ ...showToken(record), token }, 201, { 'Cache-Control': 'no-store' })
}

export async function getOperatorTokens(c: AdminContext): Promise<Response> {
  const found = await listOperatorTokens(c.env.DB)
  return found.ok ? c.json({ tokens: found.value.map(showToken) }) : replyRefusal(c, found.error)
}

export async function deleteOperatorToken(c: AdminContext): Promise<Response> {
  const revoked = await revokeOperatorToken(c.env.DB, idOf(c), authorOf(c))
  return revoked.ok ? c.body(null, 204) : replyRefusal(c, revoked.error)
}

function showToken(token: OperatorTokenRecord) {
  const { id, label, scope, createdBy, createdAt, lastUsedAt, expiresAt, revokedAt } = token
  return {
    id,
    label,
    scope,
    createdBy,
    created: isoOrNull(createdAt),
    lastUsed: isoOrNull(lastUsedAt),
    expires: isoOrNull(expiresAt),
    revoked: isoOrNull(revokedAt),
  }
}
