/**
 * Turns of the requests of this isolate that change the same user: one after the other, in the order
 * of arrival, instead of overtaking each other between read and write. D1 keeps the change right
 * without them; requests of other isolates try again (`directory/contention.ts`).
 */
import { BoundedMap } from '../bounded-map'

interface Ticket {
  /** Milliseconds since 1970 when its request was last seen alive. */
  seenAt: number
}

/** Milliseconds after which a request that has shown no sign of life is taken to have been cancelled. */
const silence = 10_000

/** Milliseconds between two looks, for each request that stands before. */
const pause = 3

/** A cancelled request never leaves its lines. Whoever stands in one that is forgotten goes on without its order. */
const maximumLines = 10_000

const lines = new BoundedMap<string, Ticket[]>(maximumLines)

/**
 * Does the work when no earlier request works on any of the names. Nobody waits for a promise of
 * another request: that may be cancelled before it keeps it.
 */
export async function inTurn<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
  const ticket: Ticket = { seenAt: Date.now() }
  const own = [...new Set(names)].map((name) => [name, lineOf(name)] as const)
  for (const [, line] of own) line.push(ticket)
  try {
    for (;;) {
      const before = Math.max(...own.map(([, line]) => placeIn(line, ticket)), 0)
      if (before === 0) break
      await scheduler.wait(pause * before)
    }
    return await work()
  } finally {
    for (const [name, line] of own) leave(name, line, ticket)
  }
}

function lineOf(name: string): Ticket[] {
  const line = lines.get(name) ?? []
  lines.set(name, line)
  return line
}

/** The number of those who stand before, without those who have gone. */
function placeIn(line: Ticket[], ticket: Ticket): number {
  const now = Date.now()
  ticket.seenAt = now
  while (line[0] && line[0].seenAt < now - silence) line.shift()
  return Math.max(line.indexOf(ticket), 0)
}

function leave(name: string, line: Ticket[], ticket: Ticket): void {
  const place = line.indexOf(ticket)
  if (place >= 0) line.splice(place, 1)
  if (line.length === 0 && lines.get(name) === line) lines.delete(name)
}
