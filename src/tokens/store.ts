/** The metadata of a tenant's tokens. The tokens themselves are nowhere. */
import { and, eq, isNull, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { err, ok, type Result } from '../result'
import { dayNumber } from '../time'
import { auditIfChanged, type Author } from '../audit/log'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { select, update } from '../database/builder'
import { fieldList } from '../database/field'
import { columns, command, query, tenant, value } from '../database/statement'
import { isoOrNull } from '../database/row'
import { tenants, tokenDays, tokens } from '../database/schema/tenants'
import type { Tenant } from '../tenants/tenant'

export interface TokenRecord {
  readonly id: string
  readonly label: string
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly revokedAt: number | null
  readonly lastUsedAt: number | null
  readonly lastAddress: string | null
  readonly lastAgent: string | null
  readonly requestsToday: number
}

/** As many tokens may be live at once, so that one can follow another without a gap. */
export const maximumTokens = 5

export type TokenRefusal = Refusal | { readonly kind: 'tooManyTokens' }

const live = alias(tokens, 'live')

/** Counts and inserts in one statement, so that two requests at once do not make one token too many. */
const insertToken = query(
  { id: tokens.id },
  (fields) => sql`
  insert into ${tokens} (${columns(
    tokens.id,
    tokens.tenantId,
    tokens.hash,
    tokens.label,
    tokens.createdAt,
    tokens.expiresAt,
  )})
  select ${value('id')}, ${tenants.id}, ${value('hash')}, ${value('label')}, ${value('now')},
    ${value('expiresAt')}
  from ${tenants} where ${tenants.id} = ${tenant} and ${tenants.deletingAt} is null
    and ${value('most')} > (
    select count(*) from ${tokens} as ${live} where ${live.tenantId} = ${tenant}
      and ${live.revokedAt} is null
      and (${live.expiresAt} is null or ${live.expiresAt} > ${value('now')}))
  returning ${fieldList(fields)}`,
)

const requestsToday = sql<number>`coalesce((
  select ${tokenDays.requests} from ${tokenDays}
  where ${tokenDays.tokenId} = ${tokens.id} and ${tokenDays.day} = ${value('day')}), 0)`

const selectTokens = query(
  {
    id: tokens.id,
    label: tokens.label,
    createdAt: tokens.createdAt,
    expiresAt: tokens.expiresAt,
    revokedAt: tokens.revokedAt,
    lastUsedAt: tokens.lastUsedAt,
    lastAddress: tokens.lastAddress,
    lastAgent: tokens.lastAgent,
    requestsToday,
  },
  (fields) =>
    select(fields)
      .from(tokens)
      .where(eq(tokens.tenantId, tenant))
      .orderBy(tokens.createdAt, tokens.id),
)

const isToken = and(eq(tokens.tenantId, tenant), eq(tokens.id, value('id')))

const revokeTokenRow = command(() =>
  update(tokens)
    .set({ revokedAt: value('now') })
    .where(and(isToken, isNull(tokens.revokedAt))),
)

const selectToken = query({ hash: tokens.hash }, (fields) =>
  select(fields).from(tokens).where(isToken),
)

const unused = { lastAddress: null, lastAgent: null, requestsToday: 0 }

export async function addToken(
  database: D1Database,
  tenant: Tenant,
  token: { readonly hash: string; readonly label: string; readonly expiresAt: number | null },
  author: Author,
): Promise<Result<TokenRecord, TokenRefusal>> {
  const id = crypto.randomUUID()
  const now = Date.now()
  const { hash, label, expiresAt } = token
  const outcome = await runBatch(database, [
    insertToken(database, {
      id,
      tenantId: tenant.id,
      hash,
      label,
      expiresAt,
      now,
      most: maximumTokens,
    }),
    auditIfChanged(database, {
      tenant: tenant.id,
      author,
      action: 'token.created',
      subject: id,
      after: { label, expires: isoOrNull(expiresAt) },
    }),
  ])
  if (!outcome.ok) return outcome
  if (outcome.value[0].length === 0) return err({ kind: 'tooManyTokens' })
  return ok({ id, label, createdAt: now, expiresAt, revokedAt: null, lastUsedAt: null, ...unused })
}

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
export async function revokeToken(
  database: D1Database,
  tenant: Tenant,
  id: string,
  author: Author,
): Promise<Result<string, Refusal>> {
  const values = { tenantId: tenant.id, id }
  const outcome = await runBatch(database, [
    revokeTokenRow(database, { ...values, now: Date.now() }),
    auditIfChanged(database, { tenant: tenant.id, author, action: 'token.revoked', subject: id }),
    selectToken(database, values),
  ])
  if (!outcome.ok) return outcome
  const [, , [token]] = outcome.value
  return token ? ok(token.hash) : err({ kind: 'target' })
}
