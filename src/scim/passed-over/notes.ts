/**
 * What a request asked for and did not get although it is answered 2xx: noted where it is passed
 * over, told by the cause of its events, by the provisioning log and by a header of the answer.
 */
import { isUrn } from '../notation/urn'
import { isFull, maximumObserved } from '../observed/observe'
import { isDeclared } from '../path'
import { withoutSecrets } from '../text/secrets'
import { tolerances, type ToleranceName } from '../tolerance/names'
import type { PassedOver, Reading, RemarkName } from '../tolerance/reading'

/** Entries that the cause of an event quotes: a request may have thousands of events. */
export const maximumInCause = 5

/** Entries that a reading keeps; further ones are counted. */
const maximumEntries = 10

const maximumNameLength = 100
const maximumReasonLength = 200

/** The name of what stands for entries beyond those that are kept. */
const others = 'others'

/** ConnId sends a person's teams inside the person, unless it is told to change the teams. */
export const groupsReason =
  'This connection sends teams inside people: set updateGroupMethod to PATCH.'

/** Notes what a tolerance passes over: once, however often the request is read or applied. */
export function passOver(
  reading: Reading,
  name: ToleranceName,
  what: string,
  why: string,
  count = 1,
): void {
  reading.applied.add(name)
  note(reading.passed, maximumEntries, entryOf(name, what, why, count))
}

/** Notes a name that no schema describes, and none that is observed could. */
export function passOverName(reading: Reading, name: string): void {
  const isPlain = !isUrn(name) || isDeclared(reading, name)
  passOver(reading, 'unknownName', name, isPlain ? unknown : unseenReason(reading))
}

const unknown = 'No schema describes it.'

/** The reason why an extension that nobody has declared is not kept, or not all of it. */
export function unseenReason({ type }: Reading): string {
  return isFull(type)
    ? `No schema describes it, and ${maximumObserved} attributes are observed: declare its schema.`
    : 'No schema describes it, and none could describe what it holds.'
}

/** Notes what the RFCs allow to be passed over, in every profile. */
export function remark(
  reading: Reading,
  name: RemarkName,
  what: string,
  why: string,
  count = 1,
): void {
  note(reading.passed, maximumEntries, entryOf(name, what, why, count))
}

/** Notes a value that nobody keeps: a password (RFC 7643 section 4.1.1), or one that is read-only. */
export function remarkNotKept(reading: Reading, what: string, why: string): void {
  remark(reading, 'valueNotKept', what, why)
}

export const writeOnlyReason = 'It is accepted and not kept: nothing here can read it.'
export const readOnlyReason = 'It can be read but not changed.'

/** Entries that a command passed over. */
export interface Passed {
  readonly all: readonly PassedOver[]
  /** Entries that no event of the request tells: the provisioning log has to. */
  readonly untold: readonly PassedOver[]
  /** Every deviation that the request needed. */
  readonly tolerated: readonly ToleranceName[]
}

export const nothingPassed: Passed = { all: [], untold: [], tolerated: [] }

/** Entries that say whom they are about. */
export function about(list: readonly PassedOver[], of: string | undefined): readonly PassedOver[] {
  return of === undefined ? list : list.map((entry) => ({ ...entry, of }))
}

/** Entries about one person or team; `isTold` when an event was written for it. */
export function passedIn({ passed, applied }: Reading, of: string, isTold: boolean): Passed {
  if (passed.length === 0) return nothingPassed
  const all = about(passed, of)
  return { all, untold: isTold ? [] : all, tolerated: [...applied] }
}

/** An entry known only from the outcome of a write, too late for an event: for the log. */
export function passedLate(
  name: PassedOver['name'],
  what: string,
  why: string,
  of: string,
  count = 1,
): Passed {
  const all = [{ ...entryOf(name, what, why, count), of }]
  return { all, untold: all, tolerated: [] }
}

/** Every deviation that the reading of a query needed, each with an entry: no event tells of a read. */
export function passedInQuery({ passed, applied }: Reading, what: string): Passed {
  const told = new Set<string>(passed.map(({ name }) => name))
  const others = [...applied]
    .filter((name) => !told.has(name))
    .map((name) => entryOf(name, what, `The request holds ${tolerances[name]}.`, 1))
  const all = [...passed, ...others]
  return all.length === 0 ? nothingPassed : { all, untold: all, tolerated: [...applied] }
}

/** Entries of several commands of one request. */
export function joinPassed(list: readonly Passed[]): Passed {
  return {
    all: list.flatMap(({ all }) => all),
    untold: list.flatMap(({ untold }) => untold),
    tolerated: [...new Set(list.flatMap(({ tolerated }) => tolerated))],
  }
}

/** At most so many entries; what is beyond is counted by its name. */
export function bounded(list: readonly PassedOver[], most: number): readonly PassedOver[] {
  if (list.length <= most) return list
  const kept: PassedOver[] = []
  for (const entry of list) note(kept, most, entry)
  return kept
}

/** Counts by name, `unknownName=2, readOnlyValue=1`; undefined for none. */
export function countsOf(list: readonly PassedOver[]): string | undefined {
  const counts = new Map<string, number>()
  for (const { name, count = 1 } of list) counts.set(name, (counts.get(name) ?? 0) + count)
  return counts.size === 0
    ? undefined
    : Array.from(counts, ([name, count]) => `${name}=${count}`).join(', ')
}

function entryOf(name: PassedOver['name'], what: string, why: string, count: number): PassedOver {
  return {
    name,
    what: withoutSecrets(shortened(what, maximumNameLength)),
    why: shortened(why, maximumReasonLength),
    ...(count === 1 ? {} : { count }),
  }
}

function note(list: PassedOver[], most: number, entry: PassedOver): void {
  const isKnown = ({ name, what, why, of }: PassedOver) =>
    name === entry.name && what === entry.what && why === entry.why && of === entry.of
  if (list.some(isKnown)) return
  if (list.filter(({ what }) => what !== others).length < most) {
    list.push(entry)
    return
  }
  const index = list.findIndex(({ name, what }) => name === entry.name && what === others)
  const count = (list[index]?.count ?? 0) + (entry.count ?? 1)
  const rest = { name: entry.name, what: others, why: 'Further ones of the same kind.', count }
  if (index < 0) list.push(rest)
  else list[index] = rest
}

/** Whole characters: half of a surrogate pair could not be stored. */
function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`
}
