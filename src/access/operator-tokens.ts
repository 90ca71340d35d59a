/** Operator tokens: named credentials of the administration API, with a scope and an end. */
import { and, desc, eq, sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import type { Author } from '../audit/log'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { select, update } from '../database/builder'
import type { RowOf } from '../database/field'
import { operatorTokens, type operatorScopes } from '../database/schema/access'
import { command, query, value } from '../database/statement'
import { isLiveRow, limitedCredential, type Ended } from '../tokens/limited-credential'
import { useInterval } from '../time'
import { hashToken, makeOperatorToken } from '../tokens/secret'

export type OperatorScope = (typeof operatorScopes)[number]

/** Live operator tokens of a deployment. */
export const maximumOperatorTokens = 20

const fields = {
  id: operatorTokens.id,
  label: operatorTokens.label,
  scope: operatorTokens.scope,
  createdBy: operatorTokens.createdBy,
  createdAt: operatorTokens.createdAt,
  expiresAt: operatorTokens.expiresAt,
  lastUsedAt: operatorTokens.lastUsedAt,
  revokedAt: operatorTokens.revokedAt,
}

export type OperatorTokenRecord = RowOf<typeof fields>

const credential = limitedCredential({
  name: 'operator-token',
  table: operatorTokens,
  maximum: maximumOperatorTokens,
  canOwn: sql`true`,
  ownColumns: { scope: operatorTokens.scope, createdBy: operatorTokens.createdBy },
  fields,
})

const selectTokens = query(fields, (named) =>
  select(named).from(operatorTokens).orderBy(desc(operatorTokens.createdAt)).limit(200),
)

const selectLive = query(fields, (named) =>
  select(named)
    .from(operatorTokens)
    .where(and(eq(operatorTokens.hash, value('hash')), isLiveRow(operatorTokens))),
)

const noteUse = command(() =>
  update(operatorTokens)
    .set({ lastUsedAt: value('now') })
    .where(eq(operatorTokens.id, value('id'))),
)

/**
 * Makes a token; `token` is answered here and kept nowhere. `expiresAt` is in milliseconds since
 * 1970, null for never. Undefined at the maximum. A `secret` that was given before makes no second one.
 */
export async function issueOperatorToken(
  database: D1Database,
  input: {
    readonly label: string
    readonly scope: OperatorScope
    readonly expiresAt: number | null
  },
  author: Author,
  secret?: string,
): Promise<
  Result<
    { readonly record: OperatorTokenRecord; readonly token: string } | undefined,
    Refusal | Ended
  >
> {
  const token = await makeOperatorToken(secret)
  const values = { ...input, hash: await hashToken(token), createdBy: author.actor }
  const added = await credential.add(database, null, values, author, input)
  if (!added.ok) return added
  return ok(added.value && { record: added.value, token })
}

/** Operator tokens, the latest first. */
export async function listOperatorTokens(
  database: D1Database,
): Promise<Result<readonly OperatorTokenRecord[], Refusal>> {
  const outcome = await readBatch(database, [selectTokens(database, {})])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

/** Revokes a token: D1 is asked with each request, and refuses it from the next one on. */
export function revokeOperatorToken(
  database: D1Database,
  id: string,
  author: Author,
): Promise<Result<unknown, Refusal>> {
  return credential.revoke(database, null, id, author)
}

/** The record of a live token; undefined when it does not hold. Notes its use about once a minute. */
export async function findOperatorToken(
  database: D1Database,
  token: string,
): Promise<Result<OperatorTokenRecord | undefined, Refusal>> {
  const now = Date.now()
  const values = { hash: await hashToken(token), now }
  const found = await readBatch(database, [selectLive(database, values)])
  if (!found.ok) return found
  const [[record]] = found.value
  if (record && now - (record.lastUsedAt ?? 0) >= useInterval) {
    await runBatch(database, [noteUse(database, { id: record.id, now })])
  }
  return ok(record)
}
