/**
 * Limited credentials: tokens, keys, links, operator tokens and the operator's people. An owner has a maximum of live ones; each is stored
 * as a hash, added and revoked with an entry in the audit log, and never deleted by that.
 */
import { and, eq, sql, type Column, type SQL } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { auditIfChanged, type AuditEntry, type Author } from '../audit/log'
import { runBatch, type Refusal } from '../database/batch'
import { fieldList, type Fields, type RowOf } from '../database/field'
import { columns, command, query, tenant, value, type BoundStatement } from '../database/statement'
import { countedInsert } from './counted-insert'
import type { links, operatorTokens, staff } from '../database/schema/access'
import type { keys } from '../database/schema/application'
import { tenants, type tokens } from '../database/schema/tenants'

type CredentialTable =
  | typeof tokens
  | typeof keys
  | typeof links
  | typeof operatorTokens
  | typeof staff

interface Lifetime {
  readonly revokedAt: number | null
  /** Null for a credential that does not expire. */
  readonly expiresAt: number | null
}

/** Neither revoked nor expired. */
export function isLive({ revokedAt, expiresAt }: Lifetime, now: number): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > now)
}

/** `isLive` in SQL, at the time `now`. */
export function isLiveRow({ revokedAt, expiresAt }: Readonly<Record<keyof Lifetime, Column>>): SQL {
  return sql`${revokedAt} is null and (${expiresAt} is null or ${expiresAt} > ${value('now')})`
}

/** Condition on an owner: a tenant that is not being deleted. */
export const isStaying = sql`exists (select 1 from ${tenants}
  where ${tenants.id} = ${tenant} and ${tenants.deletingAt} is null)`

/** A secret was given that has made a credential before, which has been revoked or has expired since. */
export interface Ended {
  readonly kind: 'ended'
}

interface Kind<F extends Fields, OwnColumn extends string> {
  readonly name: 'token' | 'key' | 'link' | 'operator-token' | 'person'
  readonly table: CredentialTable
  /** Live credentials of one owner. */
  readonly maximum: number
  /** Condition on those that count towards the maximum, beside being live. */
  readonly isCounted?: SQL
  /** Condition on the owner beside the maximum. */
  readonly canOwn: SQL
  /** Columns beside those that all kinds have, by the names of their values. */
  readonly ownColumns: Readonly<Record<OwnColumn, Column>>
  /** Fields of the record that `add` answers. */
  readonly fields: F
}

type Input<OwnColumn extends string> = Readonly<Record<OwnColumn, string | number | null>> & {
  /** SHA-256 of the secret, in hex. */
  readonly hash: string
  readonly label: string
  readonly expiresAt: number | null
}

/**
 * Adding and revoking one kind of credential. A `tenantId` of null owns the keys of all tenants,
 * and the operator tokens.
 */
export function limitedCredential<F extends Fields, OwnColumn extends string>({
  name,
  table,
  maximum,
  isCounted = sql`true`,
  canOwn,
  ownColumns,
  fields,
}: Kind<F, OwnColumn>) {
  // An operator token has no owner.
  const owner = 'tenantId' in table ? [table.tenantId] : []
  // Access tokens of clients are none of the operator's tokens.
  const client = 'clientId' in table ? [table.clientId] : []
  const isOwned = sql.join(
    [
      sql`true`,
      ...owner.map((column) => sql`${column} is ${tenant}`),
      ...client.map((column) => sql`${column} is null`),
    ],
    sql` and `,
  )
  const isCredential = and(isOwned, eq(table.id, value('id')))

  const given = ['hash', 'label', 'expiresAt'] as const
  const insertCredential = countedInsert({
    table,
    row: [
      [table.id, value('id')],
      ...owner.map((column) => [column, tenant] as const),
      [table.createdAt, value('now')],
      ...given.map((name) => [table[name], value(name)] as const),
      ...Object.entries<Column>(ownColumns).map(([name, column]) => [column, value(name)] as const),
    ],
    canOwn,
    maximum,
    isCounted: sql`${isOwned} and ${isLiveRow(table)} and ${isCounted}`,
    fields,
  })
  const revokeCredential = command(
    () => sql`
    update ${table} set ${columns(table.revokedAt)} = ${value('now')}
    where ${isCredential} and ${table.revokedAt} is null`,
  )
  const selectHash = query(
    { hash: table.hash },
    (named) => sql`select ${fieldList(named)} from ${table} where ${isCredential}`,
  )

  const selectSame = query(
    fields,
    (named) => sql`select ${fieldList(named)} from ${table} where ${isOwned}
      and ${table.hash} = ${value('hash')} and ${isLiveRow(table)}`,
  )

  const countEnded = query(
    { count: sql<number>`count(*)` },
    (named) => sql`select ${fieldList(named)} from ${table} where ${isOwned}
      and ${table.hash} = ${value('hash')} and not (${isLiveRow(table)})`,
  )

  return {
    /**
     * Answers the record, also when the same secret was added before; undefined when the owner has no
     * room for one more. Refused with `ended` for a secret whose credential has ended.
     */
    async add(
      database: D1Database,
      tenantId: number | null,
      input: Input<OwnColumn>,
      author: Author,
      after: AuditEntry['after'],
    ): Promise<Result<RowOf<F> | undefined, Refusal | Ended>> {
      const id = crypto.randomUUID()
      const entry = { tenant: tenantId ?? 0, author, action: `${name}.created`, subject: id, after }
      const outcome = await runBatch(database, [
        insertCredential(database, { ...input, id, tenantId, now: Date.now() }),
        auditIfChanged(database, entry),
        selectSame(database, { tenantId, hash: input.hash, now: Date.now() }),
        countEnded(database, { tenantId, hash: input.hash, now: Date.now() }),
      ])
      if (!outcome.ok) return outcome
      const [[added], , [same], [ended]] = outcome.value
      if (!added && !same && ended && ended.count > 0) return err({ kind: 'ended' })
      return ok(added ?? same)
    },

    /** Answers the hash, also of one that was revoked before; `effects` go into the same batch. */
    async revoke(
      database: D1Database,
      tenantId: number | null,
      id: string,
      author: Author,
      effects: readonly BoundStatement[] = [],
    ): Promise<Result<string, Refusal>> {
      const entry = { tenant: tenantId ?? 0, author, action: `${name}.revoked`, subject: id }
      const outcome = await runBatch(database, [
        revokeCredential(database, { tenantId, id, now: Date.now() }),
        auditIfChanged(database, entry),
        selectHash(database, { tenantId, id }),
        effects,
      ])
      if (!outcome.ok) return outcome
      const [, , [credential]] = outcome.value
      return credential ? ok(credential.hash) : err({ kind: 'target' })
    },
  }
}
