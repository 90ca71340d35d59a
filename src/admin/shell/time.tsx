/**
 * Times of the pages. They are written in UTC; the script shows them in the browser's zone, with UTC on
 * hover. No time wraps.
 */
import { Field, plural, type FieldErrors } from './components'

/** `short` ends with the minute, the others with the second; `clock` leaves out the day of today. */
type Look = 'short' | 'medium' | 'clock'

/** A time. `at` is in milliseconds since 1970, as everywhere here. */
export function Time({ at, look = 'short' }: { readonly at: number; readonly look?: Look }) {
  const text = utc(at, look === 'short' ? 16 : 19)
  return (
    <time datetime={new Date(at).toISOString()} title={text} data-time={look}>
      {text}
    </time>
  )
}

/** A time as what has passed since, with the time itself on hover. */
export function Ago({ at, now }: { readonly at: number; readonly now: number }) {
  return (
    <time datetime={new Date(at).toISOString()} title={utc(at)}>
      {ago(at, now)}
    </time>
  )
}

const spans = [
  [24 * 60 * 60, 'day'],
  [60 * 60, 'hour'],
  [60, 'minute'],
] as const

/** The time from `at` to `now` in its largest unit, "3 minutes ago", with blanks that do not break. */
export function ago(at: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - at) / 1000))
  const span = spans.find(([length]) => seconds >= length)
  const text = span ? `${plural(Math.floor(seconds / span[0]), span[1])} ago` : `${seconds} s ago`
  return text.replaceAll(' ', '\u00a0')
}

/** A field of a time: in UTC, or with the script in the zone of whoever types it. */
export function TimeField(props: {
  readonly name: string
  readonly label: string
  /** Milliseconds since 1970; undefined for none. */
  readonly at?: number | undefined
  readonly isRequired?: boolean
  readonly errors?: FieldErrors | undefined
}) {
  const { name, label, at, isRequired = false, errors } = props
  return (
    <Field
      name={name}
      label={`${label} (UTC)`}
      type="datetime-local"
      value={minuteOf(at)}
      isRequired={isRequired}
      {...(errors ? { errors } : {})}
      more={{ 'data-utc': '' }}
    />
  )
}

/** A time as a form has it; empty for none. */
export function minuteOf(at: number | undefined): string {
  return exactly(at).slice(0, 16)
}

/** A time as an address has it: as a form does, or with its seconds; empty for none. */
export function exactly(at: number | undefined): string {
  return at === undefined ? '' : new Date(at).toISOString().replace(/(:00)?(\.000)?Z$/, '')
}

/** "2026-11-29 05:16 UTC", of the first so many characters of ISO 8601. */
function utc(at: number, characters = 16): string {
  return `${new Date(at).toISOString().slice(0, characters).replace('T', ' ')} UTC`
}
