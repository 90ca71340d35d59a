/**
 * Who a token belongs to. KV and the isolate remember that; D1 says whether it still holds, in the
 * same batch that does the work: a row check for reads, a guard for writes.
 */
import { sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { dayNumber } from '../time'
import { readBatch, runBatch, type Refusal, type Rows } from './database'
import { parseSettings, type TenantSettings } from './settings'
import { columns, statement, value, type Values } from './statement'
import { guards, tenants, tokenDays, tokens } from './tables'

/** A token's tenant, as a cache may remember it. Plain data. */
export interface Credential {
  readonly hash: string
  readonly tokenId: string
  readonly tenantId: number
  readonly slug: string
  readonly expiresAt: number | null
  readonly revision: number
  readonly settings: TenantSettings
}

/** What D1 says about the credential at the moment of the batch. */
export interface TenantState {
  readonly userCount: number
  readonly teamCount: number
}

const isValid = sql`${tokens.hash} = ${value('hash')} and ${tokens.revokedAt} is null
  and (${tokens.expiresAt} is null or ${tokens.expiresAt} > ${value('now')})`

const selectCredential = statement(sql`
  select ${tokens.id} as token_id, ${tokens.expiresAt} as expires_at, ${tenants.id} as tenant_id,
    ${tenants.slug} as slug, ${tenants.revision} as revision, ${tenants.settings} as settings,
    ${tenants.userCount} as user_count, ${tenants.teamCount} as team_count
  from ${tokens} join ${tenants} on ${tenants.id} = ${tokens.tenantId}
  where ${isValid} and ${tenants.enabled} = 1`)

const credentialGuard = statement(sql`
  insert into ${guards} (credential) select 0 where not exists (
    select 1 from ${tokens} join ${tenants} on ${tenants.id} = ${tokens.tenantId}
    where ${isValid} and ${tenants.enabled} = 1
      and ${tenants.id} = ${value('tenantId')} and ${tenants.revision} = ${value('revision')})`)

const updateLastUsed = statement(sql`
  update ${tokens} set last_used_at = ${value('now')}, last_address = ${value('address')},
    last_agent = ${value('agent')}
  where ${tokens.id} = ${value('tokenId')}`)

const addRequests = statement(sql`
  insert into ${tokenDays} (${columns(tokenDays.tokenId, tokenDays.day, tokenDays.requests)})
  values (${value('tokenId')}, ${value('day')}, ${value('requests')})
  on conflict do update set requests = requests + excluded.requests`)

function credentialValues(credential: Credential): Values {
  const { hash, tenantId, revision } = credential
  return { hash, tenantId, revision, now: Date.now() }
}

/** Asks D1 for a token that no cache knows; undefined when it is not valid. */
export async function findCredential(
  database: D1Database,
  hash: string,
): Promise<Result<Credential | undefined, Refusal>> {
  const rows = await readBatch(database, [selectCredential(database, { hash, now: Date.now() })])
  if (!rows.ok) return rows
  const row = rows.value[0]?.[0]
  if (!row) return ok(undefined)
  return ok({
    hash,
    tokenId: String(row['token_id']),
    tenantId: Number(row['tenant_id']),
    slug: String(row['slug']),
    expiresAt: row['expires_at'] === null ? null : Number(row['expires_at']),
    revision: Number(row['revision']),
    settings: parseSettings(String(row['settings'])),
  })
}

/** A read for a tenant: refused when the token does not hold, or its settings are old. */
export async function readFor(
  database: D1Database,
  credential: Credential,
  statements: readonly D1PreparedStatement[],
): Promise<Result<{ readonly state: TenantState; readonly rows: Rows }, Refusal>> {
  const { hash, tenantId } = credential
  const check = selectCredential(database, { hash, now: Date.now() })
  const outcome = await readBatch(database, [check, ...statements])
  if (!outcome.ok) return outcome
  const row = outcome.value[0]?.[0]
  const isCurrent =
    row !== undefined &&
    Number(row['tenant_id']) === tenantId &&
    Number(row['revision']) === credential.revision
  if (!isCurrent) return err({ kind: 'credential' })
  const state = { userCount: Number(row['user_count']), teamCount: Number(row['team_count']) }
  return ok({ state, rows: outcome.value.slice(1) })
}

/** A write for a tenant: rolled back when the token does not hold or its settings are old. */
export async function writeFor(
  database: D1Database,
  credential: Credential,
  statements: readonly D1PreparedStatement[],
): Promise<Result<Rows, Refusal>> {
  const outcome = await writeForAll(database, [{ credential, statements }])
  return outcome.ok ? ok(outcome.value[0] ?? []) : outcome
}

/** Several writes in one batch, each with its own token: all of them happen, or none. */
export async function writeForAll(
  database: D1Database,
  writes: readonly {
    readonly credential: Credential
    readonly statements: readonly D1PreparedStatement[]
  }[],
): Promise<Result<Rows[], Refusal>> {
  const credentials = new Map(
    writes.map(({ credential }) => [`${credential.hash}/${credential.revision}`, credential]),
  )
  const checks = [...credentials.values()].map((credential) =>
    credentialGuard(database, credentialValues(credential)),
  )
  const outcome = await runBatch(database, [
    ...checks,
    ...writes.flatMap(({ statements }) => statements),
  ])
  if (!outcome.ok) return outcome
  let next = checks.length
  return ok(
    writes.map(({ statements }) => {
      const rows = outcome.value.slice(next, next + statements.length)
      next += statements.length
      return rows
    }),
  )
}

/** Milliseconds: one isolate writes the use of a token down at most this often. */
export const useInterval = 60_000

/** How a token was used since it was last written down. */
export interface TokenUse {
  readonly tokenId: string
  readonly requests: number
  readonly address: string | null
  readonly agent: string | null
}

export async function recordUse(database: D1Database, use: TokenUse): Promise<void> {
  const now = Date.now()
  const { tokenId, requests, address, agent } = use
  await runBatch(database, [
    updateLastUsed(database, { tokenId, address, agent, now }),
    addRequests(database, { tokenId, requests, day: dayNumber(now) }),
  ])
}
