/**
 * Tenants of further databases, as the main one knows them. A row is made before the tenant and
 * deleted after it. Such a tenant has no row in the main database's `tenants`, so that nothing
 * there can take it for one of its own.
 */
import { and, eq, isNotNull, sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { readBatch, runBatch, type Refusal } from './batch'
import { deleteFrom, select, update } from './builder'
import { flag } from './field'
import { columns, command, query, value } from './statement'
import { tenantDatabases, tenants } from './schema/tenants'

export interface Placement {
  /** Id of the tenant. */
  readonly id: number
  /** Name of the binding. */
  readonly database: string
  /** True while the last rows of the tenant are being deleted. */
  readonly isEnding: boolean
}

const bySlug = eq(tenantDatabases.slug, value('slug'))

/** A condition of statements that make a tenant of the main database. */
export const isFree = sql`not exists (select 1 from ${tenantDatabases} where ${bySlug})`

const selectDatabase = query({ database: tenantDatabases.database }, (fields) =>
  select(fields).from(tenantDatabases).where(bySlug),
)

/** The id is one of the main database's own: a row of `tenants` is made for it and deleted. */
const insertTenant = command(
  () => sql`insert into ${tenants}
    (${columns(tenants.slug, tenants.name, tenants.settings, tenants.createdAt)})
    select ${value('slug')}, '', '{}', ${value('now')} where ${isFree}`,
)

const insertPlacement = command(
  () => sql`insert into ${tenantDatabases}
    (${columns(tenantDatabases.slug, tenantDatabases.id, tenantDatabases.database)})
    select ${tenants.slug}, ${tenants.id}, ${value('database')}
    from ${tenants} where ${tenants.slug} = ${value('slug')}`,
)

const deleteTenantRow = command(() =>
  deleteFrom(tenants).where(
    eq(tenants.id, sql`(select ${tenantDatabases.id} from ${tenantDatabases} where ${bySlug})`),
  ),
)

const isEnding = isNotNull(tenantDatabases.deletingAt)

const selectPlacement = query(
  { id: tenantDatabases.id, database: tenantDatabases.database, isEnding: flag(isEnding) },
  (fields) => select(fields).from(tenantDatabases).where(bySlug),
)

const byId = eq(tenantDatabases.id, value('id'))

const markPlacement = command(() =>
  update(tenantDatabases)
    .set({ deletingAt: value('now') })
    .where(byId),
)

const deletePlacementRow = command(() => deleteFrom(tenantDatabases).where(and(byId, isEnding)))

const selectEnding = query({ id: tenantDatabases.id }, (fields) =>
  select(fields)
    .from(tenantDatabases)
    .where(and(eq(tenantDatabases.database, value('database')), isEnding)),
)

/** The name of a tenant's database; undefined for the main one, and for a slug that nobody has. */
export async function findPlacement(
  database: D1Database,
  slug: string,
): Promise<Result<string | undefined, Refusal>> {
  const found = await readBatch(database, [selectDatabase(database, { slug })])
  if (!found.ok) return found
  const [[placement]] = found.value
  return ok(placement?.database)
}

/** Reserves a slug and an id for a tenant of another database; answers an earlier one as it is. */
export async function reservePlacement(
  database: D1Database,
  slug: string,
  name: string,
): Promise<Result<Placement, Refusal>> {
  const values = { slug, database: name, now: Date.now() }
  const outcome = await runBatch(database, [
    insertTenant(database, values),
    insertPlacement(database, values),
    deleteTenantRow(database, values),
    selectPlacement(database, values),
  ])
  if (!outcome.ok) return outcome
  const [, , , [placement]] = outcome.value
  return placement ? ok(placement) : err({ kind: 'target' })
}

/** Marks a tenant before its last rows are deleted, so that its slug is not given to a new one. */
export function markEnding(database: D1Database, id: number): Promise<Result<unknown, Refusal>> {
  return runBatch(database, [markPlacement(database, { id, now: Date.now() })])
}

export function deletePlacement(
  database: D1Database,
  id: number,
): Promise<Result<unknown, Refusal>> {
  return runBatch(database, [deletePlacementRow(database, { id })])
}

/** Ids of the tenants of a database that may have no row left but the one here. */
export async function listEnding(database: D1Database, name: string): Promise<number[]> {
  const found = await readBatch(database, [selectEnding(database, { database: name })])
  return found.ok ? found.value[0].map(({ id }) => id) : []
}
