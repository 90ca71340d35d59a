/** The application's way through the event log: pull, wait, acknowledge. */
import { wireEvent } from '../events/wire'
import { err, ok } from '../result'
import { acknowledge } from './reader'
import type { Acknowledgement, EventPage } from './answers'
import { applicationError, type ApplicationError } from './error'
import { acknowledgementBody, eventsQuery, readQuery } from './query'
import { refusedAs } from './refusal'
import type { Access, Answer } from './read'
import { readEventsAs } from './event-log'
import { lookUntil } from '../waiting'

/** Events after a number. Without one, waits as long as asked, or until the reader has gone. */
export async function pullEvents(
  access: Access,
  input: unknown,
  signal?: AbortSignal,
): Promise<Answer<EventPage>> {
  const query = readQuery(eventsQuery, input)
  if (!query.ok) return query
  const { limit, wait } = query.value
  let { after, log } = query.value
  let isFirst = true
  async function look(): Promise<Answer<EventPage>> {
    const ended = isFirst ? undefined : await endOf(access)
    isFirst = false
    if (ended) return err(ended)
    const page = await readPage(access, after, log, limit)
    if (page.ok) ({ after, log } = page.value)
    return page
  }
  return lookUntil(look, ({ events }) => events.length > 0, wait, signal)
}

/** The error of a reader whose key was revoked or has expired during the wait. */
async function endOf({ confirm }: Access): Promise<ApplicationError | undefined> {
  const key = await confirm?.()
  if (!key) return undefined
  if (!key.ok) return refusedAs(key.error)
  return key.value ? undefined : applicationError('unauthorized')
}

async function readPage(
  { database, reader, onRead }: Access,
  after: number | 'latest',
  log: string | undefined,
  limit: number,
): Promise<Answer<EventPage>> {
  const isLatest = after === 'latest'
  const read = await readEventsAs(database, reader, isLatest ? 0 : after, isLatest ? 0 : limit)
  if (!read.ok) return err(refusedAs(read.error))
  const { state, events } = read.value
  onRead(state)
  const { firstSeq, lastSeq: asOf, log: present } = state
  if (log !== undefined && log !== present) return err(applicationError('otherLog', { asOf }))
  if (isLatest) return ok({ events: [], after: asOf, hasMore: false, log: present, asOf })
  // Logs of earlier releases have no name: their numbers stand alone until a backup is restored.
  if (log === undefined && present !== '' && after > 0) {
    return err(applicationError('logMissing', { asOf }))
  }
  if (after > asOf) return err(applicationError('eventsAhead', { asOf }))
  if (after < firstSeq - 1) return err(applicationError('eventsGone', { asOf }))
  const last = events.at(-1)?.seq ?? after
  return ok({
    events: events.map(wireEvent),
    after: last,
    hasMore: last < asOf,
    log: present,
    asOf,
  })
}

/** Notes up to which event the application has taken over what happened. */
export async function acknowledgeEvents(
  { database, reader, onRead }: Access,
  input: unknown,
): Promise<Answer<Acknowledgement>> {
  const body = acknowledgementBody.safeParse(input)
  if (!body.success) return err(applicationError('invalidBody'))
  const { seq: wanted, log } = body.data
  const done = await acknowledge(database, reader, wanted, log)
  if (!done.ok) return err(refusedAs(done.error))
  const { state, seq } = done.value
  onRead(state)
  const asOf = state.lastSeq
  if (state.scope !== 'read-ack') return err(applicationError('scopeTooSmall'))
  if (log !== undefined && log !== state.log) return err(applicationError('otherLog', { asOf }))
  if (wanted > asOf) return err(applicationError('acknowledgedTooFar', { asOf }))
  return ok({ seq, asOf })
}
