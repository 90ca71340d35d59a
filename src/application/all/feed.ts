/** The events of all tenants for an application: pages of the feeds of all databases, and waiting. */
import { decodeText, encodeText } from '../../http/cursor'
import { err, ok } from '../../result'
import { readBatch, runBatch } from '../../database/batch'
import { eachDatabase, mainName, type Databases } from '../../database/placement'
import {
  advanceFeed,
  endOfFeed,
  feedPageOf,
  feedStatements,
  placeAfterRestart,
  type FeedEntry,
  type FeedPage as PageOfDatabase,
  type FeedPlace,
} from '../../events/feed'
import { applicationPageBytes } from '../../limits'
import { wireEvent } from '../../events/wire'
import type { FeedPage } from '../answers'
import { applicationError } from '../error'
import { feedQuery, readQuery } from '../query'
import type { Answer } from '../read'
import { refusedAs } from '../refusal'
import { lookUntil } from '../waiting'
import { readWithKey, refusalOf, type AllAccess } from './reader'

/** Places in the feeds of all databases, by the name of the binding. */
type Places = ReadonlyMap<string, FeedPlace>

const beginning: FeedPlace = { name: '', position: 0, seq: 0 }

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
      const merged = merge(places, read.value, limit)
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
    pageOf(main, place, share, isLatest, rows),
    ...others.map(async ({ DB, databaseName = '' }) => {
      const start = places.get(databaseName) ?? beginning
      const found = await readBatch(DB, feedStatements(DB, start, share))
      return found.ok
        ? pageOf(DB, start, share, isLatest, found.value)
        : err(refusedAs(found.error))
    }),
  ])
  const names = [mainName, ...others.map(({ databaseName = '' }) => databaseName)]
  const pages = new Map<string, PageOfDatabase>()
  for (const [index, page] of read.entries()) {
    if (!page.ok) return page
    pages.set(names[index] ?? '', page.value)
  }
  return ok(pages)
}

type Rows = Parameters<typeof rowsToPage>[1]

/** The page that was read; read once more when events are due, or the feed began again. */
async function pageOf(
  database: D1Database,
  place: FeedPlace,
  share: { readonly limit: number; readonly bytes: number },
  isLatest: boolean,
  rows: Rows,
): Promise<Answer<PageOfDatabase>> {
  const [[state]] = rows
  if (!state) return err(applicationError('internalError'))
  if (place.name === state.name && place.position > state.last) {
    return err(applicationError('feedAhead'))
  }
  const moved = isLatest ? endOfFeed(state) : placeAfterRestart(state, place)
  const page = rowsToPage(moved ?? place, moved ? [[state], [], []] : rows)
  if (!moved && !(state.isDue && page.entries.length === 0)) return ok(page)
  const start = moved ?? place
  const again = await runBatch(database, [
    ...(state.isDue ? advanceFeed(database) : []),
    ...feedStatements(database, start, share),
  ])
  if (!again.ok) return err(refusedAs(again.error))
  const [now, segments, events] = again.value.slice(-3) as unknown as Rows
  if (!now[0]) return err(applicationError('internalError'))
  if (isLatest) return ok(rowsToPage(endOfFeed(now[0]), [now, [], []]))
  return ok(rowsToPage(start, [now, segments, events]))
}

function rowsToPage(
  place: FeedPlace,
  [[state], segments, events]: readonly [
    readonly Parameters<typeof feedPageOf>[0][],
    Parameters<typeof feedPageOf>[2],
    Parameters<typeof feedPageOf>[3],
  ],
): PageOfDatabase {
  const { name, last, start, isDue } = state ?? { name: '', last: 0, start: 0, isDue: false }
  return feedPageOf({ name, last, start, isDue }, place, segments, events)
}

/** One page of all: the oldest entries first, those of each database in their order. */
function merge(before: Places, pages: Pages, limit: number) {
  const taken = new Map(Array.from(pages.keys(), (name) => [name, 0]))
  const entries: FeedEntry[] = []
  while (entries.length < limit) {
    const heads = Array.from(pages, ([name, page]) => ({
      name,
      entry: page.entries[taken.get(name) ?? 0],
    })).flatMap(({ name, entry }) => (entry ? [{ name, entry, at: timeOf(entry) }] : []))
    const [first] = heads.toSorted((left, right) => left.at - right.at)
    if (!first) break
    entries.push(first.entry)
    taken.set(first.name, (taken.get(first.name) ?? 0) + 1)
  }
  const places = new Map(before)
  let hasMore = false
  for (const [name, page] of pages) {
    const count = taken.get(name) ?? 0
    const isCut = count < page.entries.length
    hasMore ||= isCut || page.hasMore
    const place = isCut ? page.places[count - 1] : page.end
    if (place) places.set(name, place)
  }
  return { entries, places, hasMore }
}

function timeOf(entry: FeedEntry): number {
  return entry.kind === 'event' ? entry.event.at : 0
}

function shown(entry: FeedEntry): FeedPage['events'][number] {
  if (entry.kind === 'event') return wireEvent(entry.event)
  const { tenant, log, to } = entry.gap
  const id = `evt_gap_${log || tenant}_${to}`
  const time = new Date().toISOString()
  return { type: 'log.gap', id, tenant, log, time, resource: { id: log, to } }
}

function sealPlaces(places: Places): string {
  const list = Array.from(places, ([database, { name, position, seq }]) => [
    database,
    name,
    position,
    seq,
  ])
  return encodeText(JSON.stringify(list))
}

/** Undefined for a text that `sealPlaces` has not written. */
function openPlaces(text: string): Places | undefined {
  try {
    const list: unknown = JSON.parse(decodeText(text) ?? '')
    if (!Array.isArray(list)) return undefined
    const places = new Map<string, FeedPlace>()
    for (const [database, name, position, seq, ...more] of list as unknown[][]) {
      if (typeof database !== 'string' || typeof name !== 'string') return undefined
      if (!isNumber(position) || !isNumber(seq) || more.length > 0) return undefined
      places.set(database, { name, position, seq })
    }
    return sealPlaces(places) === text ? places : undefined
  } catch {
    return undefined
  }
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
