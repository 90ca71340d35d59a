/** Times as SCIM writes them, and the one definition of which times there are. */
import type { Json } from '../json'

const form = /^(-?\d{4,6}-\d{2}-(\d{2}))T\d{2}:\d{2}(:\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/

/**
 * Milliseconds since 1970 of a time in the form of ISO 8601; without an offset it is in UTC, and the seconds may
 * be left out. Undefined for what has another form, and for a day that no month has: `Date.parse` takes the 31st
 * of February for the 3rd of March.
 */
export function existingTime(text: string): number | undefined {
  return timeOf(form.exec(text) ?? [])
}

function timeOf([text = '', date = '', dayOfMonth, , offset = '']: readonly (
  | string
  | undefined
)[]) {
  const milliseconds = Date.parse(offset === '' ? `${text}Z` : text)
  const start = new Date(`${date}T00:00:00Z`)
  const exists = !Number.isNaN(milliseconds) && start.getUTCDate() === Number(dayOfMonth)
  return exists ? milliseconds : undefined
}

/** Milliseconds since 1970 of an xsd:dateTime (RFC 7643 section 2.3.5); undefined if it is none. */
export function instant(json: Json): number | undefined {
  const found = typeof json === 'string' ? form.exec(json) : null
  return found?.[3] === undefined ? undefined : timeOf(found)
}

const day = 24 * 60 * 60 * 1000

/** The date of the time that was written last. Neighbours in a list are often of one day. */
let written = { day: Number.NaN, date: '' }

/**
 * What `toISOString` writes of a time in milliseconds since 1970; that takes several times as long for each
 * resource of a list.
 */
export function isoTime(time: number): string {
  const today = Math.floor(time / day)
  if (written.day !== today) {
    written = { day: today, date: new Date(today * day).toISOString().slice(0, -13) }
  }
  const rest = time - today * day
  const minutes = Math.floor(rest / 60_000)
  const clock = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
  return `${written.date}${clock}:${two(Math.floor(rest / 1000) % 60)}.${`${1000 + (rest % 1000)}`.slice(1)}Z`
}

function two(number: number): string {
  return number < 10 ? `0${number}` : `${number}`
}
