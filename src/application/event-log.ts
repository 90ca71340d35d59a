/** Reading the event log for an application, with the check of its key in the same batch. */
import { selectEvents, type StoredEvent } from '../events/log'
import { readableTenant, readAs, readerValues, type Reader, type ReaderState } from './reader'
import { ok, type Result } from '../result'
import type { Refusal } from '../database/batch'

const selectOfReader = selectEvents(readableTenant)

/** Events behind a number, with the numbers that the log begins and ends with at that moment. */
export async function readEventsAs(
  database: D1Database,
  reader: Reader,
  after: number,
  limit: number,
): Promise<
  Result<{ readonly state: ReaderState; readonly events: readonly StoredEvent[] }, Refusal>
> {
  const values = { ...readerValues(reader), after, limit }
  const outcome = await readAs(database, reader, [selectOfReader(database, values)])
  if (!outcome.ok) return outcome
  const { state, rows } = outcome.value
  return ok({ state, events: rows[0] })
}
