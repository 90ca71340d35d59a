/** What was seen of extensions that no schema describes, in the row of its tenant. */
import { and, eq, sql } from 'drizzle-orm'
import type { SeenSchema } from '../scim/schema'
import { runBatch } from '../database/batch'
import { columns, command, tenant, value } from '../database/statement'
import { tenants } from '../database/schema/tenants'

/**
 * The assignments of an observation; `observed` is JSON. What caches remember of the tenant is old
 * from then on. A batch that checks its credential writes over exactly what it has read.
 */
const nextObservation = sql`${columns(tenants.observed)} = ${value('observed')},
  ${columns(tenants.revision)} = ${tenants.revision} + 1`

/** Records an observation in the tenant of a batch, under a condition if there is one. */
export const observation = (isSeen = sql`1`) => sql`
  update ${tenants} set ${nextObservation} where ${tenants.id} = ${tenant} and ${isSeen}`

const recordSeen = command(() => observation(and(eq(tenants.revision, value('revision')))))

/** What an observation is made on. */
interface Known {
  readonly tenantId: number
  readonly revision: number
}

/** Records what reading has shown; not where the tenant has changed meanwhile. */
export async function recordObserved(
  database: D1Database,
  { tenantId, revision }: Known,
  observed: readonly SeenSchema[],
): Promise<void> {
  const values = { tenantId, revision, observed: JSON.stringify(observed) }
  await runBatch(database, [recordSeen(database, values)])
}
