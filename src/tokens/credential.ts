/**
 * Who a token belongs to. KV and the isolate remember that; D1 says whether it still holds, in the
 * same batch that does the work: a row check for reads, a guard for writes.
 */
import { sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { dayNumber } from '../time'
import {
  requiredCredential,
  credentialIsRequired,
  isValidToken,
  tenantRequiring,
} from '../database/precondition'
import {
  batchTime,
  readBatch,
  runBatch,
  type Answers,
  type Part,
  type Refusal,
} from '../database/batch'
import { parseSettings, type TenantSettings } from '../tenants/settings'
import { columns, statement, value } from '../database/statement'
import { webhooks } from '../database/schema/webhooks'
import { tenants, tokenDays, tokens } from '../database/schema/tenants'

/** A token's tenant, as a cache may remember it. Plain data. */
export interface Credential {
  readonly hash: string
  readonly tokenId: string
  readonly tenantId: number
  readonly slug: string
  readonly expiresAt: number | null
  readonly revision: number
  readonly settings: TenantSettings
  /** The active endpoints of its webhooks: told of new events. Absent in what older code cached. */
  readonly webhooks?: readonly string[]
  /** True while something is held of the tenant, or the application sees something otherwise. */
  readonly isHolding: boolean
  /** Name of the tenant's database; absent for the main one. */
  readonly database?: string
}

/** What D1 says about the credential at the moment of the batch. */
export interface TenantState {
  readonly userCount: number
  readonly teamCount: number
}

const selectCredential = statement(
  () => sql`
  select ${tokens.id} as token_id, ${tokens.expiresAt} as expires_at, ${tenants.id} as tenant_id,
    ${tenants.slug} as slug, ${tenants.revision} as revision, ${tenants.settings} as settings,
    ${tenants.holding} as holding, (
      select json_group_array(${webhooks.id}) from ${webhooks}
      where ${webhooks.tenantId} = ${tenants.id} and ${webhooks.state} = 'active') as webhooks
  from ${tokens} join ${tenants} on ${tenants.id} = ${tokens.tenantId}
  where ${isValidToken} and ${tenants.enabled} = 1`,
)

const selectState = statement(
  () => sql`
  select ${tenants.userCount} as user_count, ${tenants.teamCount} as team_count
  from ${tenants} where ${tenants.id} = ${tenantRequiring(requiredCredential)}`,
)

const checkCredential = statement(() => sql`select ${credentialIsRequired} as is_valid`)

const updateLastUsed = statement(
  () => sql`
  update ${tokens} set last_used_at = ${value('now')}, last_address = ${value('address')},
    last_agent = ${value('agent')}
  where ${tokens.id} = ${value('tokenId')}`,
)

const addRequests = statement(
  () => sql`
  insert into ${tokenDays} (${columns(tokenDays.tokenId, tokenDays.day, tokenDays.requests)})
  values (${value('tokenId')}, ${value('day')}, ${value('requests')})
  on conflict do update set requests = requests + excluded.requests`,
)

/** What the conditions of a batch want to know of the one who asks. */
export function credentialValues(credential: Credential) {
  const { hash, tenantId, revision } = credential
  const now = Date.now()
  return { hash, tenantId, revision, now, until: now + batchTime }
}

/** Asks a database for a token that no cache knows; undefined when it is not valid. */
export async function findCredential(
  database: D1Database,
  hash: string,
  name?: string,
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
    webhooks: JSON.parse(String(row['webhooks'])) as string[],
    isHolding: row['holding'] === 1,
    ...(name === undefined ? {} : { database: name }),
  })
}

/** A read for a tenant: refused when the token does not hold, or its settings are old. */
export async function readFor<const Parts extends readonly Part[]>(
  database: D1Database,
  credential: Credential,
  parts: Parts,
): Promise<Result<{ readonly state: TenantState; readonly rows: Answers<Parts> }, Refusal>> {
  const check = selectState(database, credentialValues(credential))
  const outcome = await readBatch(database, [check, ...parts])
  if (!outcome.ok) return outcome
  const [[row], ...rows] = outcome.value
  if (!row) return err({ kind: 'credential' })
  const state = { userCount: Number(row['user_count']), teamCount: Number(row['team_count']) }
  return ok({ state, rows: rows })
}

/** A batch whose first statement checks the credential: rolled back when it does not hold. */
export async function writeFor<const Parts extends readonly Part[]>(
  database: D1Database,
  credential: Credential,
  parts: Parts,
): Promise<Result<Answers<Parts>, Refusal>> {
  const check = checkCredential(database, credentialValues(credential))
  const outcome = await runBatch(database, [check, ...parts])
  if (!outcome.ok) return outcome
  const [, ...answers] = outcome.value
  return ok(answers as unknown as Answers<Parts>)
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
