/** The application's keys, as the operator manages them. */
import { eq, isNull, or, sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import type { Author } from '../audit/log'
import { readBatch, type Refusal } from '../database/batch'
import { select } from '../database/builder'
import { flag, type RowOf } from '../database/field'
import type { Databases } from '../database/placement'
import { acknowledgements, keys } from '../database/schema/application'
import { query, tenant } from '../database/statement'
import { lastSeq } from '../events/append'
import { limitedCredential, type Ended } from '../tokens/limited-credential'
import type { KeyScope } from './reader'

/**
 * Number of the last event that a reader of a tenant has taken over, and of the last in the log.
 */
export interface Progress {
  /** Id of a key, or that of the binding. */
  readonly reader: string
  readonly seq: number
  readonly at: number
  readonly lastSeq: number
}

/** Live keys of one tenant, or of all tenants. */
export const maximumKeys = 20

const fields = {
  id: keys.id,
  label: keys.label,
  scope: keys.scope,
  /** True for a key that opens all tenants. */
  isForAll: flag(sql`${keys.tenantId} is null`),
  createdAt: keys.createdAt,
  expiresAt: keys.expiresAt,
  revokedAt: keys.revokedAt,
  lastUsedAt: keys.lastUsedAt,
}

export type KeyRecord = RowOf<typeof fields>

const key = limitedCredential({
  name: 'key',
  table: keys,
  maximum: maximumKeys,
  canOwn: sql`true`,
  ownColumns: { scope: keys.scope },
  fields,
})

const selectShared = query(fields, (named) =>
  select(named).from(keys).where(isNull(keys.tenantId)).orderBy(keys.createdAt, keys.id),
)

/** Keys that open a tenant: its own, and those of all tenants. */
const selectOpening = query(fields, (named) =>
  select(named)
    .from(keys)
    .where(or(eq(keys.tenantId, tenant), isNull(keys.tenantId)))
    .orderBy(keys.createdAt, keys.id),
)

const selectProgress = query(
  {
    reader: acknowledgements.reader,
    seq: acknowledgements.seq,
    at: acknowledgements.at,
    lastSeq: sql<number>`${lastSeq}`,
  },
  (named) => select(named).from(acknowledgements).where(eq(acknowledgements.tenantId, tenant)),
)

/** Undefined when the owner has `maximumKeys`. A `tenantId` of null makes a key of all tenants. */
export function addKey(
  database: D1Database,
  tenantId: number | null,
  input: {
    readonly hash: string
    readonly scope: KeyScope
    readonly label: string
    readonly expiresAt: number | null
  },
  author: Author,
): Promise<Result<KeyRecord | undefined, Refusal | Ended>> {
  const { hash: _, ...after } = input
  return key.add(database, tenantId, input, author, after)
}

/** Keys of all tenants. */
export async function listSharedKeys(
  database: D1Database,
): Promise<Result<readonly KeyRecord[], Refusal>> {
  const outcome = await readBatch(database, [selectShared(database, {})])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

/** Keys that can read a tenant, and how far each reader has got. */
export async function listReaders(
  { DB: database, mainDatabase: main }: Databases,
  tenantId: number,
): Promise<
  Result<{ readonly keys: readonly KeyRecord[]; readonly progress: readonly Progress[] }, Refusal>
> {
  const [outcome, shared] = await Promise.all([
    readBatch(database, [
      selectOpening(database, { tenantId }),
      selectProgress(database, { tenantId }),
    ]),
    main ? listSharedKeys(main) : ok([]),
  ])
  if (!outcome.ok) return outcome
  if (!shared.ok) return shared
  const [opening, progress] = outcome.value
  return ok({ keys: [...opening, ...shared.value], progress })
}

/** Revokes a key: D1 is asked with each request, and refuses it from the next one on. */
export function revokeKey(
  database: D1Database,
  tenantId: number | null,
  id: string,
  author: Author,
): Promise<Result<unknown, Refusal>> {
  return key.revoke(database, tenantId, id, author)
}
