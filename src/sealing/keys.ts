/**
 * Sealing keys: random, of one tenant and one purpose, made at first use and kept in D1. So nothing
 * that a customer holds tells anything of the operator's secret, or of another tenant's key.
 */
import { BoundedMap } from '../bounded-map'
import { and, desc, eq, lt, sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { deleteFrom, select } from '../database/builder'
import type { RowOf } from '../database/field'
import { sealingKeys, type sealingPurposes } from '../database/schema/sealing'
import { tenants } from '../database/schema/tenants'
import { columns, command, query, tenant, value, type BoundStatement } from '../database/statement'
import { makeKey } from './seal'

export type Purpose = (typeof sealingPurposes)[number]

const fields = { number: sealingKeys.number, key: sealingKeys.key }

export type SealingKey = RowOf<typeof fields>

/** Milliseconds that the isolate remembers keys, and for how many. */
const memoryTime = 60_000
const memorySize = 1_000

const memory = new BoundedMap<
  string,
  { readonly keys: readonly SealingKey[]; readonly until: number; readonly revision: number }
>(memorySize)

/** Keys before the newest that are kept for opening: each rotation adds one. */
const maximumKeys = 10

const isOfPurpose = and(eq(sealingKeys.tenantId, tenant), eq(sealingKeys.purpose, value('purpose')))

const selectKeys = query(fields, (named) =>
  select(named)
    .from(sealingKeys)
    .where(isOfPurpose)
    .orderBy(desc(sealingKeys.number))
    .limit(maximumKeys),
)

/** The owner of the deployment's own keys: no tenant has this id. */
export const noTenant = 0

/** Makes the key with a number, if its owner exists and nobody has made it in the meantime. */
const insertKey = command(
  () => sql`
  insert into ${sealingKeys} (${columns(
    sealingKeys.tenantId,
    sealingKeys.purpose,
    sealingKeys.number,
    sealingKeys.key,
    sealingKeys.createdAt,
  )})
  select ${tenant}, ${value('purpose')}, ${value('number')}, ${value('key')}, ${value('now')}
  where ${tenant} = ${noTenant} or exists (select 1 from ${tenants} where ${tenants.id} = ${tenant})
  on conflict do nothing`,
)

const deleteEarlier = command(() =>
  deleteFrom(sealingKeys).where(and(isOfPurpose, lt(sealingKeys.number, value('number')))),
)

/**
 * Keys of a tenant for a purpose, the one that seals first. Made when there is none. `isFresh` asks
 * D1 whatever the isolate remembers, as does a later `revision` of the tenant than that of what it
 * remembers: after a restored backup keys are new. Refused with `target` when there is no such tenant.
 */
export async function readKeys(
  database: D1Database,
  tenantId: number,
  purpose: Purpose,
  isFresh = false,
  revision = 0,
): Promise<Result<readonly [SealingKey, ...SealingKey[]], Refusal>> {
  const name = `${purpose} ${tenantId}`
  const remembered = memory.get(name)
  const isCurrent =
    remembered && remembered.until > Date.now() && remembered.revision >= revision && !isFresh
  const known = isCurrent ? remembered.keys : []
  if (isFilled(known)) return ok(known)
  const found = await readBatch(database, [selectKeys(database, { tenantId, purpose })])
  if (!found.ok) return found
  const keys = isFilled(found.value[0]) ? found : await addKey(database, tenantId, purpose, 1)
  if (!keys.ok) return keys
  const [list] = keys.value
  if (!isFilled(list)) return err({ kind: 'target' })
  memory.set(name, { keys: list, until: Date.now() + memoryTime, revision })
  return ok(list)
}

/** A statement that makes the next key, for a batch with what follows from the rotation. */
export function keyStatement(
  database: D1Database,
  tenantId: number,
  purpose: Purpose,
  number: number,
): BoundStatement<never> {
  return insertKey(database, { tenantId, purpose, number, key: makeKey(), now: Date.now() })
}

/** A statement that deletes the keys before a number: what they sealed is lost. */
export function forgetStatement(
  database: D1Database,
  tenantId: number,
  purpose: Purpose,
  number: number,
): BoundStatement<never> {
  return deleteEarlier(database, { tenantId, purpose, number })
}

async function addKey(database: D1Database, tenantId: number, purpose: Purpose, number: number) {
  const made = await runBatch(database, [
    keyStatement(database, tenantId, purpose, number),
    selectKeys(database, { tenantId, purpose }),
  ])
  return made.ok ? ok([made.value[1]] as const) : made
}

function isFilled<T>(list: readonly T[]): list is readonly [T, ...T[]] {
  return list.length > 0
}
