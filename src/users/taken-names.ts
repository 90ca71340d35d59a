/** User names that are taken, asked before a list of users is created. */
import { sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import type { Refusal } from '../database/batch'
import { fieldList } from '../database/field'
import { users } from '../database/schema/directory'
import { query, tenant, value } from '../database/statement'
import { writeFor, type Credential } from '../tokens/credential'

const selectTakenNames = query(
  { name: users.userName },
  (fields) => sql`
  select ${fieldList(fields)} from json_each(${value('names')}) as wanted
  cross join ${users} on ${users.tenantId} = ${tenant} and ${users.userName} = wanted.value`,
)

/** Finds which of the (folded) names are taken. */
export async function findTakenNames(
  database: D1Database,
  credential: Credential,
  names: readonly string[],
): Promise<Result<ReadonlySet<string>, Refusal>> {
  const { tenantId } = credential
  const outcome = await writeFor(database, credential, [
    selectTakenNames(database, { tenantId, names: JSON.stringify(names) }),
  ])
  if (!outcome.ok) return outcome
  const [rows] = outcome.value
  return ok(new Set(rows.flatMap(({ name }) => name ?? [])))
}
