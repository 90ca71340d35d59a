/** The health of a database, as `/healthz` answers it. */
import { within } from '../time'
import { select } from './builder'
import { query } from './statement'
import { tenants } from './schema/tenants'

/** Milliseconds. */
const healthTime = 3_000

/** Reads one row at most; fails where there are no tables yet. */
const selectAny = query({ id: tenants.id }, (fields) => select(fields).from(tenants).limit(1))

/** False while D1 cannot be reached, or has no tables yet. */
export async function isReady(database: D1Database): Promise<boolean> {
  try {
    return (await within(healthTime, selectAny(database, {}).prepared.run())) !== undefined
  } catch {
    return false
  }
}
