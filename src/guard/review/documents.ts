/** Changes with whole documents: bounded by what they weigh. */
import { sql } from 'drizzle-orm'
import { applicationPageBytes } from '../../limits'
import { ok, type Result } from '../../result'
import { readBatch, type Refusal } from '../../database/batch'
import { fieldList } from '../../database/field'
import { query } from '../../database/statement'
import { byKeys, keysOf, wholeFields, type PendingChange } from '../changes'
import { overlay } from '../names/linked'

const selectDocuments = query(
  {
    teamId: overlay.teamId,
    userId: overlay.userId,
    released: wholeFields.released,
    directory: wholeFields.directory,
  },
  (fields) => sql`select ${fieldList(fields)} ${byKeys}`,
)

/** Changes with their whole documents; what is gone by now is missing. `readBytes` bounds their weight. */
export async function readDocuments<Change extends PendingChange>(
  database: D1Database,
  tenantId: number,
  changes: readonly Change[],
): Promise<Result<readonly Change[], Refusal>> {
  const keys = keysOf(changes)
  const outcome = await readBatch(database, [selectDocuments(database, { tenantId, keys })])
  if (!outcome.ok) return outcome
  const found = new Map(
    outcome.value[0].map(({ teamId, userId, ...documents }) => [`${teamId}/${userId}`, documents]),
  )
  return ok(
    changes.flatMap((change) => {
      const documents = found.get(`${change.teamId}/${change.userId}`)
      return documents ? [{ ...change, ...documents }] : []
    }),
  )
}

/** The changes at the start of a list that fit into an answer whole: at least one. */
export function withinWeight<Change extends PendingChange>(
  changes: readonly Change[],
): readonly Change[] {
  let bytes = 0
  const end = changes.findIndex(({ weight }, index) => {
    bytes += weight
    return index > 0 && bytes > applicationPageBytes
  })
  return end < 0 ? changes : changes.slice(0, end)
}
