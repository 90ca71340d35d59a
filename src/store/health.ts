import { sql } from 'drizzle-orm'
import { statement } from './statement'
import { guards } from './tables'

const probe = statement(sql`select count(*) from ${guards}`)

/** False while D1 cannot be reached, or has no tables yet. */
export async function isReady(database: D1Database): Promise<boolean> {
  try {
    await probe(database, {}).run()
    return true
  } catch {
    return false
  }
}
