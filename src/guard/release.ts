/**
 * A release carried out: in one batch as far as its bytes allow, in several in the order of the plan where
 * they do not. Each batch is a release by itself; what a later one could not do goes on waiting.
 */
import { batchBytes, bytesAtMost, readBytes } from '../limits'
import { err, ok, type Result } from '../result'
import type { Refusal } from '../database/batch'
import type { PendingChange } from './changes'
import { readDocuments } from './review/documents'
import type { Hold } from './holds'
import { needsDocuments, planRelease, rowOf, type ReleaseStep } from './release-plan'
import { releaseRows, type Ending, type ReleasedRow } from './release-store'
import type { Selection } from './review/selection'

/**
 * Releases changes. `endingOf` makes what goes with the batch that ends some of them. Refused with
 * `version` when a change is another one by now.
 */
export async function releaseChanges(
  database: D1Database,
  tenantId: number,
  selection: Selection,
  changes: readonly PendingChange[],
  endingOf: (part: readonly PendingChange[]) => Ending,
): Promise<Result<Hold | undefined, Refusal>> {
  let rows: ReleasedRow[] = []
  let ended: PendingChange[] = []
  let bytes = 0
  const endRows = () => releaseRows(database, endingOf(ended), selection, rows)
  for (const part of partsOf(planRelease(changes))) {
    const complete = await withDocuments(database, tenantId, part)
    if (!complete.ok) return complete
    for (const step of complete.value) {
      const row = rowOf(step)
      const size = bytesAtMost(JSON.stringify(row))
      if (rows.length > 0 && bytes + size > batchBytes) {
        const done = await endRows()
        if (!done.ok) return done
        rows = []
        ended = []
        bytes = 0
      }
      rows.push(row)
      if (row.change !== 'standIn') ended.push(step.change)
      bytes += size
    }
  }
  return endRows()
}

/** Steps whose documents are read together. */
function partsOf(steps: readonly ReleaseStep[]): ReleaseStep[][] {
  const parts: ReleaseStep[][] = [[]]
  let bytes = 0
  for (const step of steps) {
    const weight = needsDocuments(step) ? step.change.weight : 0
    if (bytes > 0 && bytes + weight > readBytes) {
      parts.push([])
      bytes = 0
    }
    parts.at(-1)?.push(step)
    bytes += weight
  }
  return parts
}

async function withDocuments(
  database: D1Database,
  tenantId: number,
  steps: readonly ReleaseStep[],
): Promise<Result<readonly ReleaseStep[], Refusal>> {
  const wanted = steps.filter(needsDocuments).map(({ change }) => change)
  if (wanted.length === 0) return ok(steps)
  const read = await readDocuments(database, tenantId, [...new Set(wanted)])
  if (!read.ok) return read
  const whole = new Map(read.value.map((change) => [`${change.teamId}/${change.userId}`, change]))
  const complete = steps.flatMap((step) => {
    if (!needsDocuments(step)) return [step]
    const change = whole.get(`${step.change.teamId}/${step.change.userId}`)
    return change?.released && change.directory ? [{ ...step, change }] : []
  })
  // What is gone by now is another change.
  return complete.length === steps.length ? ok(complete) : err({ kind: 'version' })
}
