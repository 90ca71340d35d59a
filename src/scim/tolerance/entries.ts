/**
 * Entries of lists that RFC 7643 and 7644 do not allow, one named function per deviation with the recorded request
 * above it. Each is pure: it answers what was meant, or `undefined` when the deviation is not there.
 * Callers note its name in the `Reading`.
 */
import { isObject, type Json, type JsonObject } from '../json'

/** Templates whose field is empty: `"emails": [{"type": "work", "primary": true}]`. */
export function entryWithoutValue(value: Json): boolean {
  return isObject(value) && Object.values(value).some((item) => item !== null)
}

/**
 * PingOne fills two e-mail slots and marks both: `[{"value": "a@x.com", "primary": true},
 * {"value": "b@x.com", "primary": true}]`. The first stays primary (RFC 7643 section 2.4: one is).
 */
export function severalPrimaries(elements: readonly Json[]): Json[] | undefined {
  const first = elements.findIndex((element) => isObject(element) && element['primary'] === true)
  const isSecond = (element: Json, index: number): element is JsonObject =>
    index > first && isObject(element) && element['primary'] === true
  if (first < 0 || !elements.some(isSecond)) return undefined
  return elements.map((element, index) =>
    isSecond(element, index) ? { ...element, primary: false } : element,
  )
}
