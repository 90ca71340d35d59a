/**
 * The tables of D1. `docs/storage.md` tells who writes each and why it looks as it does.
 * Times are milliseconds since 1970. There are no foreign keys: a cascade would delete rows whose
 * events nobody wrote.
 */
import { sql } from 'drizzle-orm'
import {
  check,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'

export const tenants = sqliteTable(
  'tenants',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    slug: text('slug').notNull(),
    name: text('name').notNull(),
    /** `TenantSettings` as JSON; only what differs from the defaults. */
    settings: text('settings').notNull(),
    /** Grows with every change of this row that a cached credential must not outlive. */
    revision: integer('revision').notNull().default(1),
    enabled: integer('enabled', { mode: 'boolean' }).notNull().default(true),
    userCount: integer('user_count').notNull().default(0),
    teamCount: integer('team_count').notNull().default(0),
    /** How many users are active. */
    activeCount: integer('active_count').notNull().default(0),
    /** True while the application sees something otherwise than the directory has it. */
    holding: integer('holding', { mode: 'boolean' }).notNull().default(false),
    createdAt: integer('created_at').notNull(),
    /** Since when it is being deleted: it is disabled, and its rows go in several batches. */
    deletingAt: integer('deleting_at'),
  },
  (table) => [uniqueIndex('tenants_slug').on(table.slug)],
)

/** In the main database: tenants that live in another one, where all their rows are. */
export const homes = sqliteTable('homes', {
  slug: text('slug').primaryKey(),
  /** The tenant's id: made by the main database, so that no two tenants of a deployment share one. */
  id: integer('id').notNull(),
  /** Name of the database's binding. */
  database: text('database').notNull(),
  /** Set before the tenant's own row goes: what is left of it is this row. */
  deletingAt: integer('deleting_at'),
})

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
    /** The least number of days before the expiry that an event has told of. */
    notifiedDays: integer('notified_days'),
  },
  (table) => [uniqueIndex('tokens_hash').on(table.hash), index('tokens_tenant').on(table.tenantId)],
)

export const users = sqliteTable(
  'users',
  {
    /** Order of creation, which lists follow. */
    position: integer('position').primaryKey(),
    tenantId: integer('tenant_id').notNull(),
    id: text('id').notNull(),
    /** The resource as it is returned, less what the store adds. */
    attributes: text('attributes').notNull(),
    /** The same values as filters compare them. */
    search: text('search').notNull(),
    version: integer('version').notNull(),
    /** The request that wrote this version: a repeated write recognizes itself. */
    operation: text('operation').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    userName: text('user_name').generatedAlwaysAs(sql`json_extract(search, '$.userName')`, {
      mode: 'virtual',
    }),
    externalId: text('external_id').generatedAlwaysAs(sql`json_extract(search, '$.externalId')`, {
      mode: 'virtual',
    }),
    displayName: text('display_name').generatedAlwaysAs(
      sql`json_extract(search, '$.displayName')`,
      { mode: 'virtual' },
    ),
    /** `user_emails` has the others: most people have one, and it costs no statement of its own. */
    firstEmail: text('first_email').generatedAlwaysAs(
      sql`json_extract(search, '$.emails[0].value')`,
      { mode: 'virtual' },
    ),
  },
  (table) => [
    uniqueIndex('users_id').on(table.tenantId, table.id),
    uniqueIndex('users_user_name').on(table.tenantId, table.userName),
    index('users_external_id').on(table.tenantId, table.externalId),
    index('users_display_name').on(table.tenantId, table.displayName),
    index('users_first_email').on(table.tenantId, table.firstEmail),
    index('users_order').on(table.tenantId),
  ],
)

/** Further e-mail addresses of users, folded, so that a filter on them finds an index. */
export const userEmails = sqliteTable(
  'user_emails',
  {
    tenantId: integer('tenant_id').notNull(),
    value: text('value').notNull(),
    userId: text('user_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.value, table.userId] })],
)

export const teams = sqliteTable(
  'teams',
  {
    position: integer('position').primaryKey(),
    tenantId: integer('tenant_id').notNull(),
    id: text('id').notNull(),
    /** displayName folded and trimmed: no two teams of a tenant have the same. */
    nameKey: text('name_key').notNull(),
    attributes: text('attributes').notNull(),
    search: text('search').notNull(),
    version: integer('version').notNull(),
    operation: text('operation').notNull(),
    memberCount: integer('member_count').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    externalId: text('external_id').generatedAlwaysAs(sql`json_extract(search, '$.externalId')`, {
      mode: 'virtual',
    }),
  },
  (table) => [
    uniqueIndex('teams_id').on(table.tenantId, table.id),
    uniqueIndex('teams_name').on(table.tenantId, table.nameKey),
    index('teams_external_id').on(table.tenantId, table.externalId),
    index('teams_order').on(table.tenantId),
  ],
)

export const memberships = sqliteTable(
  'memberships',
  {
    tenantId: integer('tenant_id').notNull(),
    teamId: text('team_id').notNull(),
    userId: text('user_id').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.teamId, table.userId] }),
    index('memberships_user').on(table.tenantId, table.userId),
  ],
)

/** What happened, numbered for each tenant without gaps in the order of commit. */
export const events = sqliteTable(
  'events',
  {
    tenantId: integer('tenant_id').notNull(),
    seq: integer('seq').notNull(),
    type: text('type').notNull(),
    resourceId: text('resource_id').notNull(),
    /** The person of a membership event. */
    memberId: text('member_id'),
    at: integer('at').notNull(),
    /** JSON: the resource after the change. */
    resource: text('resource').notNull(),
    /** JSON: what changed, `{"attribute": {"before": …, "after": …}}`. */
    changes: text('changes').notNull(),
    /** JSON: request id, token and provider that caused it. */
    cause: text('cause').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.seq] })],
)

/** How often a token was used, by day (UTC, days since 1970). */
export const tokenDays = sqliteTable(
  'token_days',
  {
    tokenId: text('token_id').notNull(),
    day: integer('day').notNull(),
    requests: integer('requests').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tokenId, table.day] })],
)

/** Requests that were to change something and were refused. What succeeds is in `events`. */
export const refusals = sqliteTable(
  'refusals',
  {
    tenantId: integer('tenant_id').notNull(),
    seq: integer('seq').notNull(),
    at: integer('at').notNull(),
    method: text('method').notNull(),
    /** Below the base URL of the tenant. */
    path: text('path').notNull(),
    status: integer('status').notNull(),
    code: text('code').notNull(),
    detail: text('detail').notNull(),
    /** The name of the person or team that the request gave, if it gave one. */
    subject: text('subject'),
    /** JSON: request id, token, provider. */
    cause: text('cause').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.seq] })],
)

/**
 * Always empty. A batch inserts a 0 here when a condition does not hold; the named check then
 * fails and rolls the whole batch back.
 */
export const guards = sqliteTable(
  'guards',
  {
    credential: integer('credential'),
    target: integer('target'),
    version: integer('version'),
    members: integer('members'),
  },
  (table) => [
    check('guard_credential', sql`${table.credential} = 1`),
    check('guard_target', sql`${table.target} = 1`),
    check('guard_version', sql`${table.version} = 1`),
    check('guard_members', sql`${table.members} = 1`),
  ],
)
