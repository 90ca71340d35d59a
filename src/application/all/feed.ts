/** The events of all tenants for an application: pages of the feeds of all databases, and waiting. */
import { decodeText, encodeText } from '../../http/cursor'
import { err, ok } from '../../result'
import { readBatch } from '../../database/batch'
import { eachDatabase, mainName, type Databases } from '../../database/placement'
import { feedStatements, type FeedEntry, type FeedPage as PageOfDatabase } from '../../events/feed'
import {
  beginning,
  mergePages,
  pageBehind,
  readPlaces,
  writePlaces,
  type FeedRefusal,
  type Places,
} from '../../events/places'
import { applicationPageBytes } from '../../limits'
import { wireEvent } from '../../events/wire'
import type { FeedPage } from '../answers'
import { applicationError, type ApplicationError } from '../error'
import { feedQuery, readQuery } from '../query'
import type { Answer } from '../read'
import { refusedAs } from '../refusal'
import { lookUntil } from '../../waiting'
import { readWithKey, refusalOf, type AllAccess } from './reader'

/** Pages without an event that one look may pass: those of deleted tenants. */
const maximumEmptyPages = 10

/** Events of all tenants behind a place; without one, waits as long as asked. */
export async function pullFeed(
  access: AllAccess<Databases>,
  input: unknown,
  signal?: AbortSignal,
): Promise<Answer<FeedPage>> {
  const query = readQuery(feedQuery, input)
  if (!query.ok) return query
  const { after, limit, wait } = query.value
  const isLatest = after === 'latest'
  const start = after === undefined || isLatest ? new Map() : openPlaces(after)
  if (!start) return err(applicationError('invalidCursor'))
  let places: Places = start
  async function look(): Promise<Answer<FeedPage>> {
    for (let round = 1; ; round += 1) {
      const read = await readPages(access, places, limit, isLatest)
      if (!read.ok) return read
      const merged = mergePages(places, read.value, (_, count) => count < limit)
      places = merged.places
      const isEmpty = merged.entries.length === 0 && merged.hasMore
      if (isEmpty && round < maximumEmptyPages && !isLatest) continue
      return ok({
        events: merged.entries.map(shown),
        after: sealPlaces(places),
        hasMore: merged.hasMore && !isLatest,
      })
    }
  }
  const isEnough = ({ events, hasMore }: FeedPage) => isLatest || events.length > 0 || hasMore
  return lookUntil(look, isEnough, wait, signal)
}

type Pages = ReadonlyMap<string, PageOfDatabase>

/** A page of each database. The main one is asked first: it alone knows the keys of all tenants. */
async function readPages(
  { environment, reader, onRead }: AllAccess<Databases>,
  places: Places,
  limit: number,
  isLatest: boolean,
): Promise<Answer<Pages>> {
  const { DB: main } = environment
  const others = eachDatabase(environment).slice(1)
  const share = { limit: Math.ceil(limit / (others.length + 1)), bytes: 0 }
  share.bytes = Math.ceil(applicationPageBytes / (others.length + 1))
  const place = places.get(mainName) ?? beginning
  const checked = await readWithKey(main, reader, feedStatements(main, place, share))
  if (!checked.ok) return checked
  const { key, rows } = checked.value
  const refusal = refusalOf(reader, key)
  if (refusal) return err(refusal)
  if (key) onRead(key, main)
  const read = await Promise.all([
    pageBehind(main, place, share, isLatest, rows),
    ...others.map(async ({ DB, databaseName = '' }) => {
      const start = places.get(databaseName) ?? beginning
      const found = await readBatch(DB, feedStatements(DB, start, share))
      return found.ok ? pageBehind(DB, start, share, isLatest, found.value) : found
    }),
  ])
  const names = [mainName, ...others.map(({ databaseName = '' }) => databaseName)]
  const pages = new Map<string, PageOfDatabase>()
  for (const [index, page] of read.entries()) {
    if (!page.ok) return err(feedRefusedAs(page.error))
    pages.set(names[index] ?? '', page.value)
  }
  return ok(pages)
}

function feedRefusedAs(refusal: FeedRefusal): ApplicationError {
  return refusal.kind === 'feedAhead' ? applicationError('feedAhead') : refusedAs(refusal)
}

function shown(entry: FeedEntry): FeedPage['events'][number] {
  if (entry.kind === 'event') return wireEvent(entry.event)
  const { tenant, log, to } = entry.gap
  const id = `evt_gap_${log || tenant}_${to}`
  const time = new Date().toISOString()
  return { type: 'log.gap', id, tenant, log, time, resource: { id: log, to } }
}

/** Places as a reader keeps them. */
function sealPlaces(places: Places): string {
  return encodeText(writePlaces(places))
}

/** Undefined for a text that `sealPlaces` has not written. */
export function openPlaces(text: string): Places | undefined {
  return readPlaces(decodeText(text) ?? '')
}
