/** Tables of the administration: the audit log, sessions and links. */
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { Json } from '../../scim/json'

/**
 * Roles of the administration. Of all tenants: everything; everything but who may what; looking. Of one
 * tenant: setting it up; deciding what waits; looking.
 */
export const roles = ['owner', 'operator', 'support', 'setup', 'approve', 'view'] as const

/** Roles that a person of the operator can have. */
export const staffRoles = ['owner', 'operator', 'support'] as const

/** Roles that a link can give. */
export const linkRoles = ['setup', 'approve', 'view'] as const

/** Roles of the audit: those, and somebody who was not let in. */
export const auditRoles = [...roles, 'nobody'] as const

/** Scopes of an operator token: reading, everything of tenants, or everything but such tokens. */
export const operatorScopes = ['read', 'tenants', 'all'] as const

/** Named credentials of the administration API; in the main database alone. */
export const operatorTokens = sqliteTable(
  'operator_tokens',
  {
    id: text('id').primaryKey(),
    /** SHA-256 of the token, in hex. The token itself is nowhere. */
    hash: text('hash').notNull(),
    label: text('label').notNull(),
    scope: text('scope', { enum: operatorScopes }).notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    lastUsedAt: integer('last_used_at'),
    revokedAt: integer('revoked_at'),
  },
  (table) => [uniqueIndex('operator_tokens_hash').on(table.hash)],
)

/** People of the operator, each with an access code of their own; in the main database alone. */
export const staff = sqliteTable(
  'staff',
  {
    id: text('id').primaryKey(),
    /** SHA-256 of the access code, in hex. The code itself is nowhere. */
    hash: text('hash').notNull(),
    /** The person's name; an e-mail address gives the role to who comes with it by Cloudflare Access. */
    label: text('label').notNull(),
    role: text('role', { enum: staffRoles }).notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    lastUsedAt: integer('last_used_at'),
    revokedAt: integer('revoked_at'),
  },
  (table) => [uniqueIndex('staff_hash').on(table.hash)],
)

/** Changes by operators and customers' administrators. Never holds a secret or its hash. */
export const audit = sqliteTable(
  'audit',
  {
    /** Order of the entries of all tenants. */
    position: integer('position').primaryKey(),
    /** 0 for what is about no tenant, or about one that is gone. */
    tenantId: integer('tenant_id').notNull(),
    /** Number of the entry among those of its tenant. */
    seq: integer('seq').notNull(),
    at: integer('at').notNull(),
    actor: text('actor').notNull(),
    role: text('role', { enum: auditRoles }).notNull(),
    action: text('action').notNull(),
    subject: text('subject').notNull(),
    /** Values that the change replaced, and the new ones; null where there are none. */
    before: text('before', { mode: 'json' }).$type<Json>(),
    after: text('after', { mode: 'json' }).$type<Json>(),
    requestId: text('request_id').notNull(),
  },
  (table) => [uniqueIndex('audit_seq').on(table.tenantId, table.seq)],
)

/** Sessions of people who are signed in to the console. */
export const sessions = sqliteTable('sessions', {
  /** SHA-256 of the cookie's secret and the operator's secret, in hex. */
  hash: text('hash').primaryKey(),
  actor: text('actor').notNull(),
  role: text('role', { enum: roles }).notNull(),
  /** The only tenant of this session; null for all of them. */
  tenantId: integer('tenant_id'),
  /** The link that the session came through; it ends with it. */
  linkId: text('link_id'),
  /** The person of the operator whose code opened the session; it ends with it. */
  staffId: text('staff_id'),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
})

/** Links that open the console for one tenant. */
export const links = sqliteTable(
  'links',
  {
    id: text('id').primaryKey(),
    tenantId: integer('tenant_id').notNull(),
    /** SHA-256 of the link's secret, in hex. The secret itself is nowhere. */
    hash: text('hash').notNull(),
    label: text('label').notNull(),
    role: text('role', { enum: linkRoles }).notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    lastUsedAt: integer('last_used_at'),
    revokedAt: integer('revoked_at'),
    /** Address of the product that the pages lead back to. */
    returnUrl: text('return_url'),
    /** End of the time in which the link opens, once; null for one that opens as often as wanted. */
    opensUntil: integer('opens_until'),
  },
  (table) => [uniqueIndex('links_hash').on(table.hash), index('links_tenant').on(table.tenantId)],
)
