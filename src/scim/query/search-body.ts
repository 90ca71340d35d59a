/** The parameters of a search request as text, from their forms in JSON (RFC 7644 section 3.4.3, RFC 9865 section 2.3). */
import { err, ok, type Result } from '../../result'
import type { ParameterName } from './parameters'

/** The text of a value; undefined for one of the wrong type. */
type Form = (value: unknown) => string | undefined

const text: Form = (value) => (typeof value === 'string' ? value : undefined)

const number: Form = (value) => (typeof value === 'number' ? String(value) : text(value))

const names: Form = (value) =>
  Array.isArray(value) && value.every((name) => typeof name === 'string')
    ? value.join(',')
    : text(value)

const forms: Readonly<Record<ParameterName, Form>> = {
  filter: text,
  sortBy: text,
  sortOrder: text,
  startIndex: number,
  count: number,
  cursor: text,
  attributes: names,
  excludedAttributes: names,
}

/** Parameters that were sent; null counts as not sent. Refused with the name of the first of a wrong type. */
export function readSearchBody(
  sent: Readonly<Partial<Record<ParameterName, unknown>>>,
): Result<Partial<Record<ParameterName, string>>, ParameterName> {
  const found: Partial<Record<ParameterName, string>> = {}
  for (const name of Object.keys(forms) as ParameterName[]) {
    const value = sent[name] ?? undefined
    if (value === undefined) continue
    const read = forms[name](value)
    if (read === undefined) return err(name)
    found[name] = read
  }
  return ok(found)
}
