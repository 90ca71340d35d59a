/** The metadata of a tenant's tokens. The tokens themselves are nowhere. */
import { sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { dayNumber } from '../time'
import { auditIfChanged, type Author } from '../audit/log'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { columns, statement, tenant, value } from '../database/statement'
import { isoOrNull, textOrNull, timeOrNull, type Row } from '../database/row'
import { tenants, tokenDays, tokens } from '../database/schema/directory'
import type { Tenant } from '../tenants/store'

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

/** Counted where it is written, so that two at once do not make one too many. */
const insertToken = statement(
  () => sql`
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
    select count(*) from ${tokens} as live where live.tenant_id = ${tenant}
      and live.revoked_at is null and (live.expires_at is null or live.expires_at > ${value('now')}))
  returning 1`,
)

const selectTokens = statement(
  () => sql`
  select ${tokens}.*, (select ${tokenDays.requests} from ${tokenDays}
    where ${tokenDays.tokenId} = ${tokens.id} and ${tokenDays.day} = ${value('day')}) as requests_today
  from ${tokens} where ${tokens.tenantId} = ${tenant}
  order by ${tokens.createdAt}, ${tokens.id}`,
)

const isToken = sql`${tokens.tenantId} = ${tenant} and ${tokens.id} = ${value('id')}`

const revokeTokenRow = statement(
  () => sql`
  update ${tokens} set revoked_at = ${value('now')} where ${isToken} and ${tokens.revokedAt} is null`,
)

const selectToken = statement(
  () => sql`
  select ${tokens.hash} as hash from ${tokens} where ${isToken}`,
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
  if (outcome.value[0]?.length !== 1) return err({ kind: 'tooManyTokens' })
  return ok({ id, label, createdAt: now, expiresAt, revokedAt: null, lastUsedAt: null, ...unused })
}

export async function listTokens(
  database: D1Database,
  tenant: Tenant,
): Promise<Result<TokenRecord[], Refusal>> {
  const outcome = await readBatch(database, [
    selectTokens(database, { tenantId: tenant.id, day: dayNumber(Date.now()) }),
  ])
  return outcome.ok ? ok((outcome.value[0] ?? []).map(tokenOf)) : outcome
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
  const row = outcome.value[2]?.[0]
  return row ? ok(String(row['hash'])) : err({ kind: 'target' })
}

function tokenOf(row: Row): TokenRecord {
  return {
    id: String(row['id']),
    label: String(row['label']),
    createdAt: Number(row['created_at']),
    expiresAt: timeOrNull(row['expires_at']),
    revokedAt: timeOrNull(row['revoked_at']),
    lastUsedAt: timeOrNull(row['last_used_at']),
    lastAddress: textOrNull(row['last_address']),
    lastAgent: textOrNull(row['last_agent']),
    requestsToday: Number(row['requests_today'] ?? 0),
  }
}
