/** A value that `JSON.parse` can return. */
export type Json = null | boolean | number | string | Json[] | JsonObject

export interface JsonObject {
  [name: string]: Json
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Two JSON values are the same, whatever the order of their members. */
export function isSame(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => isSame(item, right[index]))
    )
  }
  if (!isObject(left) || !isObject(right)) return false
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && isSame(left[name], right[name]))
  )
}

/** True for two values of one thing that cannot both be meant: objects may have different members. */
export function isOther(one: Json | undefined, other: Json | undefined): boolean {
  if (one === undefined || other === undefined) return false
  return isObject(one) && isObject(other)
    ? Object.keys(one).some((name) => isOther(one[name], other[name]))
    : !isSame(one, other)
}

/** The value if it is text, else an empty text. */
export function textOf(json: unknown): string {
  return typeof json === 'string' ? json : ''
}

/** Null, an empty list and an empty object all mean "no value" (RFC 7643 section 2.5). */
export function isEmpty(json: Json | undefined): boolean {
  if (json === undefined || json === null) return true
  return Array.isArray(json)
    ? json.length === 0
    : typeof json === 'object' && Object.keys(json).length === 0
}

/** A member of an object, whatever the case of its name; `name` is in lower case. */
export function member(object: JsonObject, name: string): Json | undefined {
  const found = Object.keys(object).find((key) => key.toLowerCase() === name)
  return found === undefined ? undefined : object[found]
}

/** True for what holds infinity, which stands for a number that cannot be kept. */
export function holdsInfinity(json: Json): boolean {
  if (typeof json === 'number') return !Number.isFinite(json)
  return typeof json === 'object' && json !== null && Object.values(json).some(holdsInfinity)
}
