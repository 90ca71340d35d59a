/** Times as SCIM writes them. */
import type { Json } from '../json'

const dateTime = /^(-?\d{4,6})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})?$/

/** Milliseconds since 1970 of an xsd:dateTime (RFC 7643 section 2.3.5); undefined if it is none. */
export function instant(json: Json): number | undefined {
  if (typeof json !== 'string' || !dateTime.test(json)) return undefined
  const milliseconds = Date.parse(/(Z|[+-]\d{2}:\d{2})$/.test(json) ? json : `${json}Z`)
  return Number.isNaN(milliseconds) || !isInCalendar(json) ? undefined : milliseconds
}

/** `Date.parse` takes the 30th of February for the 2nd of March. */
function isInCalendar(json: string): boolean {
  const date = json.slice(0, json.indexOf('T'))
  return new Date(`${date}T00:00:00Z`).getUTCDate() === Number(date.slice(-2))
}
