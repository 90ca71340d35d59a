/**
 * Walks by startIndex (RFC 7644 section 3.4.2.4). The isolate remembers where the last page of a token
 * ended, so that the next one is read from there: counting everybody before it would cost more with
 * each page, and would skip somebody for each one before it who was deleted meanwhile.
 */
import { BoundedMap } from '../bounded-map'
import type { Credential } from '../tokens/credential'
import type { Listed, Page } from './page'

/** Milliseconds that a client may take until its next page. */
const memoryTime = 60_000
const maximumWalks = 1_000

/** Positions of the last resource before a startIndex. */
const ends = new BoundedMap<string, { readonly position: number; readonly until: number }>(
  maximumWalks,
)

type Table = 'users' | 'teams'

/** The page, with the place after which it begins if this token has just read up to there. */
export function continueWalk({ tokenId }: Credential, table: Table, page: Page): Page {
  const { from } = page
  if (from.kind !== 'index' || !isWalk(page)) return page
  const end = ends.get(nameOf(tokenId, table, from.startIndex))
  if (!end || end.until < Date.now()) return page
  return { ...page, from: { ...from, after: end.position } }
}

export function noteWalk(
  { tokenId }: Credential,
  table: Table,
  page: Page,
  { resources, places }: Pick<Listed<unknown>, 'resources' | 'places'>,
): void {
  const last = places.at(-1)
  if (page.from.kind !== 'index' || !isWalk(page) || !last) return
  const next = page.from.startIndex + resources.length
  const end = { position: last.position, until: Date.now() + memoryTime }
  ends.set(nameOf(tokenId, table, next), end)
}

/** Orders and filters are read as they are asked for. */
function isWalk({ filter, sort, count }: Page): boolean {
  return filter === undefined && sort === undefined && count > 0
}

function nameOf(tokenId: string, table: Table, startIndex: number): string {
  return `${tokenId}/${table}/${startIndex}`
}
