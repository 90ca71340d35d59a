/** The code of the refusal of an operation of a Bulk: its body holds what the RFC knows, and no code. */
import { errorCatalog } from '../../src/scim/error'
import type { ErrorEntry } from '../../src/scim/errors/entry'

interface Refusal {
  readonly status: string
  readonly detail: string
}

/** The code whose reason and remedy the detail is made of; undefined where there is no refusal. */
export function codeOf(refusal: Refusal | undefined): string | undefined {
  if (!refusal) return undefined
  const entries: [string, ErrorEntry][] = Object.entries(errorCatalog)
  return entries.find(
    ([, { status, reason, remedy }]) =>
      String(status) === refusal.status && fits(`${reason} ${remedy}`, refusal.detail),
  )?.[0]
}

/** True for a text that is the template with something in place of each `{word}`. */
function fits(template: string, text: string): boolean {
  const [start = '', ...parts] = template.split(/\{\w+\}/)
  let place = text.startsWith(start) ? start.length : -1
  for (const part of parts) {
    if (place < 0) return false
    const found = part === '' ? text.length : text.indexOf(part, place)
    place = found < 0 ? -1 : found + part.length
  }
  return place === text.length
}
