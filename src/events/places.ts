/** Places in the feeds of all databases, and pages of all of them as one. */
import { runBatch, type Refusal } from '../database/batch'
import { err, ok, type Result } from '../result'
import {
  advanceFeed,
  endOfFeed,
  feedPageOf,
  feedStatements,
  placeAfterRestart,
  type FeedEntry,
  type FeedPage,
  type FeedPlace,
} from './feed'

/** Places in the feeds of all databases, by the name of the binding. */
export type Places = ReadonlyMap<string, FeedPlace>

export const beginning: FeedPlace = { name: '', position: 0, seq: 0 }

/** The most of one page: events, and about as many bytes. */
export interface Share {
  readonly limit: number
  readonly bytes: number
}

/** `feedAhead`: the feed has not come to the place; a backup was restored. */
export type FeedRefusal = Refusal | { readonly kind: 'feedAhead' }

/** Rows of `feedStatements`. */
export type FeedRows = readonly [
  readonly Parameters<typeof feedPageOf>[0][],
  Parameters<typeof feedPageOf>[2],
  Parameters<typeof feedPageOf>[3],
]

/** The page that was read; read once more when events are due, or the feed began again. */
export async function pageBehind(
  database: D1Database,
  place: FeedPlace,
  share: Share,
  isLatest: boolean,
  rows: FeedRows,
): Promise<Result<FeedPage, FeedRefusal>> {
  const [[state], segments, events] = rows
  if (!state) return err({ kind: 'unavailable', outage: 'unforeseen' })
  if (isAhead(state, place)) return err({ kind: 'feedAhead' })
  const moved = isLatest ? endOfFeed(state) : placeAfterRestart(state, place)
  const page = moved ? feedPageOf(state, moved, [], []) : feedPageOf(state, place, segments, events)
  if (!moved && !(state.isDue && page.entries.length === 0)) return ok(page)
  const start = moved ?? place
  const again = await runBatch(database, [
    ...(state.isDue ? advanceFeed(database) : []),
    ...feedStatements(database, start, share),
  ])
  if (!again.ok) return again
  const [[now], later, found] = again.value.slice(-3) as unknown as FeedRows
  if (!now) return err({ kind: 'unavailable', outage: 'unforeseen' })
  return ok(
    isLatest ? feedPageOf(now, endOfFeed(now), [], []) : feedPageOf(now, start, later, found),
  )
}

/** True for a place of this feed that it has not come to. */
export function isAhead(
  state: { readonly name: string; readonly last: number },
  place: FeedPlace,
): boolean {
  return place.name === state.name && place.position > state.last
}

/** An entry with the name of its database's binding. */
export type PlacedEntry = FeedEntry & { readonly database: string }

/**
 * One page of all: the oldest entries first, those of each database in their order, up to the one that
 * is not taken.
 */
export function mergePages(
  before: Places,
  pages: ReadonlyMap<string, FeedPage>,
  isTaken: (entry: FeedEntry, count: number) => boolean,
) {
  const taken = new Map(Array.from(pages.keys(), (name) => [name, 0]))
  const entries: PlacedEntry[] = []
  for (;;) {
    const heads = Array.from(pages, ([name, page]) => ({
      name,
      entry: page.entries[taken.get(name) ?? 0],
    })).flatMap(({ name, entry }) => (entry ? [{ name, entry, at: timeOf(entry) }] : []))
    const [first] = heads.toSorted((left, right) => left.at - right.at)
    if (!first || !isTaken(first.entry, entries.length)) break
    entries.push({ ...first.entry, database: first.name })
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

export function writePlaces(places: Places): string {
  const list = Array.from(places, ([database, { name, position, seq }]) => [
    database,
    name,
    position,
    seq,
  ])
  return JSON.stringify(list)
}

/** Undefined for a text that `writePlaces` has not written. */
export function readPlaces(text: string): Places | undefined {
  try {
    const list: unknown = JSON.parse(text)
    if (!Array.isArray(list)) return undefined
    const places = new Map<string, FeedPlace>()
    for (const [database, name, position, seq, ...more] of list as unknown[][]) {
      if (typeof database !== 'string' || typeof name !== 'string') return undefined
      if (!isNumber(position) || !isNumber(seq) || more.length > 0) return undefined
      places.set(database, { name, position, seq })
    }
    return writePlaces(places) === text ? places : undefined
  } catch {
    return undefined
  }
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
