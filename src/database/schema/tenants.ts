/**
 * The tables of tenants and their tokens; see `directory.ts` for what all tables have in common.
 */
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { SeenSchema } from '../../scim/schema'
import type { SettingsChange } from './settings'

export const tenants = sqliteTable(
  'tenants',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    slug: text('slug').notNull(),
    name: text('name').notNull(),
    /** Groups and settings that are absent have their defaults (`tenants/settings.ts`). */
    settings: text('settings', { mode: 'json' }).$type<SettingsChange>().notNull(),
    /** What was seen of extensions that no schema describes; null for nothing. */
    observed: text('observed', { mode: 'json' }).$type<readonly SeenSchema[]>(),
    /** Version of this row: grows with every change that a cached credential must not outlive. */
    revision: integer('revision').notNull().default(1),
    /** True while neither of the two switches is off. */
    enabled: integer('enabled', { mode: 'boolean' }).notNull().default(true),
    /** The switch of the operator, and that of the customer's administrator. */
    operatorOff: integer('operator_off', { mode: 'boolean' }).notNull().default(false),
    customerOff: integer('customer_off', { mode: 'boolean' }).notNull().default(false),
    userCount: integer('user_count').notNull().default(0),
    teamCount: integer('team_count').notNull().default(0),
    /** Users who are active. */
    activeCount: integer('active_count').notNull().default(0),
    /** True while the application sees something otherwise than the directory has it. */
    holding: integer('holding', { mode: 'boolean' }).notNull().default(false),
    createdAt: integer('created_at').notNull(),
    /**
     * Random name of the tenant's event log: new for each tenant, and after a restored backup. Empty
     * for tenants of releases up to 0.2.0, until then.
     */
    logId: text('log_id').notNull().default(''),
    /**
     * Bytes of people, teams and memberships, and of the log, as they were counted last
     * (`tenants/growth.ts`); null until the first count, in tenants of releases before it.
     */
    directoryBytes: integer('directory_bytes'),
    logBytes: integer('log_bytes'),
    /** Number of the last event in `logBytes`. */
    countedSeq: integer('counted_seq').notNull().default(0),
    /** True while the tenant stores more than its budget. */
    full: integer('full', { mode: 'boolean' }).notNull().default(false),
    /** Start of the deletion: the tenant is disabled, and its rows go in several batches. */
    deletingAt: integer('deleting_at'),
  },
  (table) => [uniqueIndex('tenants_slug').on(table.slug)],
)

/** Tenants that live in another database, with all their rows; in the main database alone. */
export const tenantDatabases = sqliteTable('homes', {
  slug: text('slug').primaryKey(),
  /** The tenant's id. The main database makes all ids, so each is unique in the deployment. */
  id: integer('id').notNull(),
  /** Name of the database's binding. */
  database: text('database').notNull(),
  /** Time at which the end of the deletion began: set before the tenant's own row is deleted. */
  deletingAt: integer('deleting_at'),
})

/** Tokens that an operator made, and access tokens that clients were given (`clients`). */
export const tokens = sqliteTable(
  'tokens',
  {
    id: text('id').primaryKey(),
    tenantId: integer('tenant_id').notNull(),
    /** SHA-256 of the token, in hex. The token itself is nowhere. */
    hash: text('hash').notNull(),
    label: text('label').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
    lastUsedAt: integer('last_used_at'),
    lastAddress: text('last_address'),
    lastAgent: text('last_agent'),
    /** Times that the configuration was read since anything of the directory was asked for. */
    configReads: integer('config_reads').notNull().default(0),
    /** Smallest expiry warning already sent, in days. */
    notifiedDays: integer('notified_days'),
    /** Of an access token, the client (`clients.id`) and, if it used one, its secret; else null. */
    clientId: text('client_id'),
    secretId: text('secret_id'),
  },
  (table) => [
    uniqueIndex('tokens_hash').on(table.hash),
    index('tokens_tenant').on(table.tenantId),
    index('tokens_client').on(table.clientId),
  ],
)

/** Requests of each token by day (UTC, days since 1970). */
export const tokenDays = sqliteTable(
  'token_days',
  {
    tokenId: text('token_id').notNull(),
    day: integer('day').notNull(),
    requests: integer('requests').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tokenId, table.day] })],
)

/** Why a call at a tenant's address was refused before anything of it was looked at. */
export const callRefusals = [
  'missing',
  'malformed',
  'unknown',
  'other',
  'revoked',
  'expired',
  'disabled',
] as const

/**
 * Calls at a tenant's address that no token let in: counts in a row for each reason and token, so that
 * their number is bounded whatever is sent.
 */
export const refusedCalls = sqliteTable(
  'refused_calls',
  {
    tenantId: integer('tenant_id').notNull(),
    reason: text('reason', { enum: callRefusals }).notNull(),
    /** The tenant's own token; '' for one that is not, and for none. */
    tokenId: text('token_id').notNull(),
    /** Begin of a run of calls with less than a day between two. */
    firstAt: integer('first_at').notNull(),
    latestAt: integer('latest_at').notNull(),
    calls: integer('calls').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.reason, table.tokenId] })],
)

/** The guided set-up of a tenant: which guide was opened, and whether it was finished. */
export const setUps = sqliteTable('set_ups', {
  tenantId: integer('tenant_id').primaryKey(),
  /** Name of the guide (`assets/guides.json`). */
  guide: text('guide').notNull(),
  chosenAt: integer('chosen_at').notNull(),
  doneAt: integer('done_at'),
})
