import { sql } from 'drizzle-orm'
import { statement } from './statement'
import { within } from '../time'
import { guards } from './schema/directory'

/** Milliseconds. */
const healthTime = 3_000

const probe = statement(() => sql`select count(*) from ${guards}`)

/** False while D1 cannot be reached, or has no tables yet. */
export async function isReady(database: D1Database): Promise<boolean> {
  try {
    return (await within(healthTime, probe(database, {}).prepared.run())) !== undefined
  } catch {
    return false
  }
}
