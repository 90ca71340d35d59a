/** Tenants and the metadata of their tokens: what the operator manages. */
import { sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { dayNumber } from '../time'
import { runBatch, type Refusal } from './database'
import { parseSettings, type TenantSettings } from './settings'
import { columns, statement, value, type Statement } from './statement'
import { textOrNull, type Row } from './stored'
import {
  events,
  memberships,
  teams,
  tenants,
  tokens,
  userEmails,
  users,
  refusals,
  tokenDays,
} from './tables'

export interface Tenant {
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly settings: TenantSettings
  readonly enabled: boolean
  readonly revision: number
  readonly userCount: number
  readonly teamCount: number
  readonly createdAt: number
}

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

const insertTenant = statement(sql`
  insert into ${tenants} (${columns(tenants.slug, tenants.name, tenants.settings, tenants.createdAt)})
  values (${value('slug')}, ${value('name')}, '{}', ${value('now')})`)

const selectTenants = statement(sql`select * from ${tenants} order by ${tenants.slug}`)

const bySlug = sql`${tenants.slug} = ${value('slug')}`

const selectTenant = statement(sql`select * from ${tenants} where ${bySlug}`)

const updateTenant = statement(sql`
  update ${tenants} set name = ${value('name')}, enabled = ${value('enabled')},
    settings = ${value('settings')}, revision = revision + 1
  where ${bySlug} and ${tenants.id} = ${value('tenantId')}`)

const insertToken = statement(sql`
  insert into ${tokens} (${columns(
    tokens.id,
    tokens.tenantId,
    tokens.hash,
    tokens.label,
    tokens.createdAt,
    tokens.expiresAt,
  )}) values (${value('id')}, ${value('tenantId')}, ${value('hash')}, ${value('label')},
    ${value('now')}, ${value('expiresAt')})`)

const selectTokens = statement(sql`
  select ${tokens}.*, (select ${tokenDays.requests} from ${tokenDays}
    where ${tokenDays.tokenId} = ${tokens.id} and ${tokenDays.day} = ${value('day')}) as requests_today
  from ${tokens} where ${tokens.tenantId} = ${value('tenantId')}
  order by ${tokens.createdAt}, ${tokens.id}`)

const revokeTokenRow = statement(sql`
  update ${tokens} set revoked_at = coalesce(${tokens.revokedAt}, ${value('now')})
  where ${tokens.tenantId} = ${value('tenantId')} and ${tokens.id} = ${value('id')}
  returning ${tokens.hash} as hash`)

/** Everything of a tenant; the tenant's row goes last, so that a broken run can be repeated. */
const clearTenant: readonly Statement[] = [
  memberships,
  userEmails,
  users,
  teams,
  events,
  refusals,
  tokens,
].map((table) =>
  statement(sql`delete from ${table} where ${table.tenantId} = ${value('tenantId')}`),
)

const clearTokenDays = statement(sql`
  delete from ${tokenDays} where ${tokenDays.tokenId} in (
    select ${tokens.id} from ${tokens} where ${tokens.tenantId} = ${value('tenantId')})`)

const selectHashes = statement(sql`
  select ${tokens.hash} as hash from ${tokens} where ${tokens.tenantId} = ${value('tenantId')}`)

const deleteTenantRow = statement(
  sql`delete from ${tenants} where ${tenants.id} = ${value('tenantId')}`,
)

export async function createTenant(
  database: D1Database,
  slug: string,
  name: string,
): Promise<Result<Tenant, Refusal>> {
  const outcome = await runBatch(database, [
    insertTenant(database, { slug, name, now: Date.now() }),
    selectTenant(database, { slug }),
  ])
  if (!outcome.ok) return outcome
  const row = outcome.value[1]?.[0]
  return row ? ok(tenantOf(row)) : err({ kind: 'target' })
}

export async function listTenants(database: D1Database): Promise<Result<Tenant[], Refusal>> {
  const outcome = await runBatch(database, [selectTenants(database, {})])
  return outcome.ok ? ok((outcome.value[0] ?? []).map(tenantOf)) : outcome
}

export async function findTenant(
  database: D1Database,
  slug: string,
): Promise<Result<Tenant, Refusal>> {
  const outcome = await runBatch(database, [selectTenant(database, { slug })])
  if (!outcome.ok) return outcome
  const row = outcome.value[0]?.[0]
  return row ? ok(tenantOf(row)) : err({ kind: 'target' })
}

export async function saveTenant(
  database: D1Database,
  tenant: Tenant,
): Promise<Result<Tenant, Refusal>> {
  const { id, slug, name, settings, enabled } = tenant
  const outcome = await runBatch(database, [
    updateTenant(database, {
      tenantId: id,
      slug,
      name,
      enabled: enabled ? 1 : 0,
      settings: JSON.stringify(settings),
    }),
    selectTenant(database, { slug }),
  ])
  if (!outcome.ok) return outcome
  const row = outcome.value[1]?.[0]
  return row ? ok(tenantOf(row)) : err({ kind: 'target' })
}

/** Answers the hashes of its tokens, so that the caller can clear the caches. */
export async function deleteTenant(
  database: D1Database,
  tenant: Tenant,
): Promise<Result<string[], Refusal>> {
  const values = { tenantId: tenant.id }
  const outcome = await runBatch(database, [
    selectHashes(database, values),
    clearTokenDays(database, values),
    ...clearTenant.map((clear) => clear(database, values)),
    deleteTenantRow(database, values),
  ])
  return outcome.ok ? ok((outcome.value[0] ?? []).map(({ hash }) => String(hash))) : outcome
}

const unused = { lastAddress: null, lastAgent: null, requestsToday: 0 }

export async function addToken(
  database: D1Database,
  tenant: Tenant,
  token: { readonly hash: string; readonly label: string; readonly expiresAt: number | null },
): Promise<Result<TokenRecord, Refusal>> {
  const id = crypto.randomUUID()
  const now = Date.now()
  const { hash, label, expiresAt } = token
  const outcome = await runBatch(database, [
    insertToken(database, { id, tenantId: tenant.id, hash, label, expiresAt, now }),
  ])
  if (!outcome.ok) return outcome
  return ok({ id, label, createdAt: now, expiresAt, revokedAt: null, lastUsedAt: null, ...unused })
}

export async function listTokens(
  database: D1Database,
  tenant: Tenant,
): Promise<Result<TokenRecord[], Refusal>> {
  const outcome = await runBatch(database, [
    selectTokens(database, { tenantId: tenant.id, day: dayNumber(Date.now()) }),
  ])
  return outcome.ok ? ok((outcome.value[0] ?? []).map(tokenOf)) : outcome
}

/** Answers the hash of the token, so that the caller can clear the caches. */
export async function revokeToken(
  database: D1Database,
  tenant: Tenant,
  id: string,
): Promise<Result<string, Refusal>> {
  const outcome = await runBatch(database, [
    revokeTokenRow(database, { tenantId: tenant.id, id, now: Date.now() }),
  ])
  if (!outcome.ok) return outcome
  const row = outcome.value[0]?.[0]
  return row ? ok(String(row['hash'])) : err({ kind: 'target' })
}

function tenantOf(row: Row): Tenant {
  return {
    id: Number(row['id']),
    slug: String(row['slug']),
    name: String(row['name']),
    settings: parseSettings(String(row['settings'])),
    enabled: row['enabled'] === 1,
    revision: Number(row['revision']),
    userCount: Number(row['user_count']),
    teamCount: Number(row['team_count']),
    createdAt: Number(row['created_at']),
  }
}

function tokenOf(row: Row): TokenRecord {
  return {
    id: String(row['id']),
    label: String(row['label']),
    createdAt: Number(row['created_at']),
    expiresAt: time(row['expires_at']),
    revokedAt: time(row['revoked_at']),
    lastUsedAt: time(row['last_used_at']),
    lastAddress: textOrNull(row['last_address']),
    lastAgent: textOrNull(row['last_agent']),
    requestsToday: Number(row['requests_today'] ?? 0),
  }
}

function time(milliseconds: unknown): number | null {
  return milliseconds === null || milliseconds === undefined ? null : Number(milliseconds)
}
