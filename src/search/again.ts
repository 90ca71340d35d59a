/** Whoever has the user name of somebody who is gone. */
import { sql } from 'drizzle-orm'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList, flag } from '../database/field'
import { users } from '../database/schema/directory'
import { query, tenant, value } from '../database/statement'
import { ok, type Result } from '../result'
import { fold } from '../scim/filter/match'

const selectNamed = query(
  {
    id: users.id,
    isActive: flag(sql`coalesce(${users.search} ->> '$.active', 1) = 1`),
    createdAt: users.createdAt,
  },
  (fields) => sql`
  select ${fieldList(fields)} from ${users}
  where ${users.tenantId} = ${tenant} and ${users.userName} = ${value('folded')}`,
)

export interface Namesake {
  readonly id: string
  readonly isActive: boolean
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

/** The person of a tenant with a user name, whatever the case; undefined for nobody. */
export async function readNamesake(
  database: D1Database,
  tenantId: number,
  userName: string,
): Promise<Result<Namesake | undefined, Refusal>> {
  const values = { tenantId, folded: fold(userName) }
  const read = await readBatch(database, [selectNamed(database, values)])
  return read.ok ? ok(read.value[0][0]) : read
}
