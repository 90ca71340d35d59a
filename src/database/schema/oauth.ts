/** Tables of OAuth clients; see `directory.ts` for what all tables have in common. */
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/**
 * What a client proves itself with: a secret; an assertion that it signs with its own key; a token
 * that another issuer has signed for it.
 */
export const clientKinds = ['secret', 'jwt', 'federated'] as const

/** Programs that exchange a proof of who they are for access tokens of one tenant. */
export const clients = sqliteTable(
  'clients',
  {
    id: text('id').primaryKey(),
    tenantId: integer('tenant_id').notNull(),
    /** Public name of the client, letters and digits alone. */
    clientId: text('client_id').notNull(),
    kind: text('kind', { enum: clientKinds }).notNull(),
    label: text('label').notNull(),
    createdAt: integer('created_at').notNull(),
    revokedAt: integer('revoked_at'),
    lastUsedAt: integer('last_used_at'),
    lastAddress: text('last_address'),
    lastAgent: text('last_agent'),
    /** The last call with one of its access tokens: to fetch one is a use, and no call. */
    lastCallAt: integer('last_call_at'),
    lastCallAgent: text('last_call_agent'),
    /** What the tokens of a federated client say, as the administrator typed it; else null. */
    issuer: text('issuer'),
    subject: text('subject'),
    audience: text('audience'),
    /** Entra's id of the customer's directory (`tid`); null where the issuer is another one. */
    directoryId: text('directory_id'),
    /** Address of the public keys; null for keys that were pasted. */
    jwksUrl: text('jwks_url'),
    /** The usable public keys as they were last read, a JSON Web Key Set; null for secrets. */
    jwks: text('jwks'),
    /** Last reading of the address that succeeded, and the last attempt. */
    jwksReadAt: integer('jwks_read_at'),
    jwksTriedAt: integer('jwks_tried_at'),
  },
  (table) => [
    uniqueIndex('clients_client_id').on(table.clientId),
    index('clients_tenant').on(table.tenantId),
  ],
)

export const clientSecrets = sqliteTable(
  'client_secrets',
  {
    id: text('id').primaryKey(),
    tenantId: integer('tenant_id').notNull(),
    /** `clients.id`. */
    owner: text('owner').notNull(),
    /** SHA-256 of the secret, in hex. The secret itself is nowhere. */
    hash: text('hash').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    revokedAt: integer('revoked_at'),
    lastUsedAt: integer('last_used_at'),
    /** Days before the expiry for which it was announced last. */
    notifiedDays: integer('notified_days'),
  },
  (table) => [index('client_secrets_owner').on(table.owner)],
)

/** Assertions that were exchanged: each one is taken once, until it expires. */
export const assertions = sqliteTable(
  'assertions',
  {
    /** `clients.id`. */
    owner: text('owner').notNull(),
    jti: text('jti').notNull(),
    tenantId: integer('tenant_id').notNull(),
    /** Hash of the access token that it was exchanged for. */
    tokenHash: text('token_hash').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.owner, table.jti] })],
)
