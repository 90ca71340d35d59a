/**
 * The tenants that live in another database, as the main one knows them. A row is made before the
 * tenant and goes after it. Such a tenant has no row in the main database's `tenants`, so that
 * nothing there can take it for one of its own.
 */
import { sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { readBatch, runBatch, type Refusal } from './batch'
import { columns, statement, value } from './statement'
import { tenantDatabases, tenants } from './schema/tenants'

export interface Placement {
  /** Of the tenant. */
  readonly id: number
  /** Name of the binding. */
  readonly database: string
  /** True when what is left of the tenant is to go. */
  readonly isEnding: boolean
}

const bySlug = sql`${tenantDatabases.slug} = ${value('slug')}`

/** For a statement that makes a tenant of the main database. */
export const isFree = sql`not exists (select 1 from ${tenantDatabases} where ${bySlug})`

const selectName = statement(
  () => sql`select ${tenantDatabases.database} as name from ${tenantDatabases} where ${bySlug}`,
)

/** The id is one of the main database's own: a row of `tenants` comes and goes to make it. */
const reserveStatements = [
  () => sql`insert into ${tenants}
    (${columns(tenants.slug, tenants.name, tenants.settings, tenants.createdAt)})
    select ${value('slug')}, '', '{}', ${value('now')} where ${isFree}`,
  () => sql`insert into ${tenantDatabases} (${columns(tenantDatabases.slug, tenantDatabases.id, tenantDatabases.database)})
    select ${tenants.slug}, ${tenants.id}, ${value('database')}
    from ${tenants} where ${tenants.slug} = ${value('slug')}`,
  () =>
    sql`delete from ${tenants} where ${tenants.id} = (select ${tenantDatabases.id} from ${tenantDatabases} where ${bySlug})`,
  () => sql`select * from ${tenantDatabases} where ${bySlug}`,
].map(statement)

const markPlacement = statement(
  () => sql`
  update ${tenantDatabases} set deleting_at = ${value('now')} where ${tenantDatabases.id} = ${value('id')}`,
)

const deletePlacementRow = statement(
  () => sql`
  delete from ${tenantDatabases} where ${tenantDatabases.id} = ${value('id')} and ${tenantDatabases.deletingAt} is not null`,
)

const selectEnding = statement(
  () => sql`
  select ${tenantDatabases.id} as id from ${tenantDatabases}
  where ${tenantDatabases.database} = ${value('database')} and ${tenantDatabases.deletingAt} is not null`,
)

/** The name of a tenant's database; undefined for the main one, and for a slug that nobody has. */
export async function findPlacement(
  database: D1Database,
  slug: string,
): Promise<Result<string | undefined, Refusal>> {
  const found = await readBatch(database, [selectName(database, { slug })])
  const [row] = (found.ok && found.value[0]) || []
  return found.ok ? ok(row && String(row['name'])) : found
}

/** Keeps a slug and an id for a tenant of another database; answers what was kept before, if so. */
export async function reservePlacement(
  database: D1Database,
  slug: string,
  name: string,
): Promise<Result<Placement, Refusal>> {
  const values = { slug, database: name, now: Date.now() }
  const outcome = await runBatch(
    database,
    reserveStatements.map((make) => make(database, values)),
  )
  if (!outcome.ok) return outcome
  const row = outcome.value.at(-1)?.[0]
  if (!row) return err({ kind: 'target' })
  return ok({
    id: Number(row['id']),
    database: String(row['database']),
    isEnding: row['deleting_at'] !== null,
  })
}

/** Said before the last rows of a tenant go, so that nobody makes it anew under its id. */
export function markEnding(database: D1Database, id: number): Promise<Result<unknown, Refusal>> {
  return runBatch(database, [markPlacement(database, { id, now: Date.now() })])
}

export function deletePlacement(
  database: D1Database,
  id: number,
): Promise<Result<unknown, Refusal>> {
  return runBatch(database, [deletePlacementRow(database, { id })])
}

/** The tenants of a database of which this row may be all that is left. */
export async function listEnding(database: D1Database, name: string): Promise<number[]> {
  const found = await readBatch(database, [selectEnding(database, { database: name })])
  return found.ok ? (found.value[0] ?? []).map(({ id }) => Number(id)) : []
}
