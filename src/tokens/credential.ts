/**
 * The credential of a token. KV and the isolate remember the tenant of a token; D1 checks the token
 * in the same batch that does the work: a row for reads, a precondition for writes.
 */
import { and, eq, sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { dayNumber } from '../time'
import {
  isValidToken,
  preconditionStatement,
  requiredCredential,
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
import { detectProvider, type ProviderName } from '../scim/profile'
import type { SeenSchema } from '../scim/schema'
import { completeSettings, type TenantSettings } from '../tenants/settings'
import { columns, command, query, value } from '../database/statement'
import { insertInto, select, update } from '../database/builder'
import { flag, json } from '../database/field'
import { clients } from '../database/schema/oauth'
import { feeds } from '../database/schema/feed'
import { webhooks } from '../database/schema/webhooks'
import { setUps, tenants, tokenDays, tokens } from '../database/schema/tenants'

/** A token's tenant, as a cache may remember it. Plain data. */
export interface Credential {
  readonly hash: string
  /** Id of the token; of an access token, that of its client. */
  readonly tokenId: string
  /** True for an access token. Absent in what older code cached. */
  readonly isClient?: boolean
  readonly tenantId: number
  readonly slug: string
  readonly expiresAt: number | null
  readonly revision: number
  readonly settings: TenantSettings
  /** What was seen of extensions that no schema describes; absent in what older code cached. */
  readonly observed?: readonly SeenSchema[]
  /** Ids of the active webhooks, and names of those of all tenants, woken for new events. Absent in what older code cached. */
  readonly webhooks?: readonly string[]
  /** True while the application sees something otherwise than the directory has it. */
  readonly isHolding: boolean
  /** The provider as the setting, the guide that was opened or the label names it; absent for none, and in what older code cached. */
  readonly provider?: ProviderName
  /** True while the tenant stores more than its budget. Absent in what older code cached. */
  readonly isFull?: boolean
  /** Name of the tenant's database; absent for the main one. */
  readonly database?: string
  /**
   * Milliseconds since 1970: the end of the time in which somebody waits for what is done with it.
   * Not part of what caches remember.
   */
  readonly until?: number
}

/** State of the tenant at the moment of the batch. */
export interface TenantState {
  readonly userCount: number
  readonly teamCount: number
}

const activeWebhooks = json<string[]>(sql`(
  select json_group_array(active.id) from (
    select ${webhooks.id} as id from ${webhooks}
    where ${webhooks.tenantId} = ${tenants.id} and ${webhooks.state} = 'active'
    union all
    select wake.value from ${feeds} cross join json_each(${feeds.wakes}) as wake) as active)`)

const selectCredential = query(
  {
    tokenId: sql<string>`coalesce(${tokens.clientId}, ${tokens.id})`,
    isClient: flag(sql`${tokens.clientId} is not null`),
    tenantId: tenants.id,
    slug: tenants.slug,
    expiresAt: tokens.expiresAt,
    label: tokens.label,
    guide: sql<string | null>`(select ${setUps.guide} from ${setUps}
      where ${setUps.tenantId} = ${tenants.id})`,
    revision: tenants.revision,
    settings: tenants.settings,
    observed: tenants.observed,
    webhooks: activeWebhooks,
    isHolding: tenants.holding,
    isFull: tenants.full,
  },
  (fields) =>
    select(fields)
      .from(tokens)
      .innerJoin(tenants, eq(tenants.id, tokens.tenantId))
      .where(and(isValidToken, eq(tenants.enabled, true))),
)

const selectState = query(
  { userCount: tenants.userCount, teamCount: tenants.teamCount },
  (fields) =>
    select(fields)
      .from(tenants)
      .where(eq(tenants.id, tenantRequiring(requiredCredential))),
)

const checkCredential = preconditionStatement(requiredCredential)

const updateLastUsed = command(() =>
  update(tokens)
    .set({
      lastUsedAt: value('now'),
      lastAddress: value('address'),
      lastAgent: value('agent'),
      configReads: sql`iif(${value('isDirectory')}, 0, ${tokens.configReads} + ${value('configReads')})`,
    })
    .where(eq(tokens.id, value('tokenId'))),
)

const updateClientUse = command(() =>
  update(clients)
    .set({
      lastUsedAt: value('now'),
      lastAddress: value('address'),
      lastAgent: value('agent'),
      lastCallAt: value('now'),
      lastCallAgent: value('agent'),
    })
    .where(eq(clients.id, value('tokenId'))),
)

const addRequests = command(() =>
  insertInto(tokenDays)
    .values({ tokenId: value('tokenId'), day: value('day'), requests: value('requests') })
    .onConflictDoUpdate({
      target: [tokenDays.tokenId, tokenDays.day],
      set: { requests: sql`${tokenDays.requests} + excluded.${columns(tokenDays.requests)}` },
    }),
)

/**
 * Values for the preconditions of a batch on its credential. D1 does not begin the batch after the
 * Worker has stopped waiting for it, or the caller for the Worker.
 */
export function credentialValues(credential: Credential) {
  const { hash, tenantId, revision, until = Number.MAX_SAFE_INTEGER } = credential
  const now = Date.now()
  return { hash, tenantId, revision, now, until: Math.min(now + batchTime, until) }
}

/** The credential of a token from a database; undefined when the token is not valid. */
export async function findCredential(
  database: D1Database,
  hash: string,
  name?: string,
): Promise<Result<Credential | undefined, Refusal>> {
  const rows = await readBatch(database, [selectCredential(database, { hash, now: Date.now() })])
  if (!rows.ok) return rows
  const [[row]] = rows.value
  if (!row) return ok(undefined)
  // The label itself stays in D1: it may name a person.
  const { label, guide, ...read } = row
  const settings = withoutNames(completeSettings(row.settings))
  const provider = detectProvider({ profile: settings.profile, guide, label })
  const observed = row.observed ?? []
  return ok({
    hash,
    ...read,
    settings,
    observed,
    ...(provider ? { provider } : {}),
    ...(name === undefined ? {} : { database: name }),
  })
}

/**
 * Settings as caches may hold them: names of people stay in D1, and here is only that there are
 * some.
 */
function withoutNames(settings: TenantSettings): TenantSettings {
  const { guard } = settings
  return { ...settings, guard: { ...guard, protected: guard.protected.map(() => '') } }
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
  const [[state], ...rows] = outcome.value
  return state ? ok({ state, rows }) : err({ kind: 'credential' })
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
  return ok(answers)
}

/** Milliseconds between two records of the use of a token that has asked for discovery alone. */
export const discoveryInterval = 5_000

/** Use of a token since the last record of it. */
export interface TokenUse {
  /** Id of the token, or of the client of an access token. */
  readonly tokenId: string
  readonly isClient: boolean
  readonly requests: number
  /** Reads of the configuration among them. */
  readonly configReads: number
  /** True when anything of the directory was asked for. */
  readonly isDirectory: boolean
  readonly address: string | null
  readonly agent: string | null
}

/** Writes the last use of a token, and adds its requests to the count of the day (UTC). */
export async function recordUse(database: D1Database, use: TokenUse): Promise<void> {
  const now = Date.now()
  const { tokenId, isClient, requests, configReads, isDirectory, address, agent } = use
  const values = { tokenId, address, agent, now }
  await runBatch(database, [
    isClient
      ? updateClientUse(database, values)
      : updateLastUsed(database, {
          ...values,
          configReads,
          isDirectory: isDirectory ? 1 : 0,
        }),
    addRequests(database, { tokenId, requests, day: dayNumber(now) }),
  ])
}
