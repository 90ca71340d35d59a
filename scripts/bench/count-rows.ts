/** A database that counts its statements, and the rows that D1 says it has read and written. */
import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types'

export function countRows(database: D1Database) {
  const rows = { statements: 0, read: 0, written: 0 }
  const counted: Pick<D1Database, 'prepare' | 'batch'> = {
    prepare: (text) => database.prepare(text),
    batch: async <T>(statements: D1PreparedStatement[]) => {
      const results = await database.batch<T>(statements)
      rows.statements += results.length
      for (const { meta } of results) {
        rows.read += meta.rows_read
        rows.written += meta.rows_written
      }
      return results
    },
  }
  return { database: counted, rows }
}
