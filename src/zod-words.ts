/**
 * Sentences about what a body or a parameter has wrong, as the administration and the application's side say
 * them; a schema with a sentence of its own keeps that one. `zod/mini` has none until they are set here.
 */
import * as z from 'zod/mini'

z.config({ localeError: sentenceOf })

function sentenceOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${typeOf(issue.expected)}`
    case 'too_small':
      return boundOf(issue.origin, 'least', issue.minimum, issue.inclusive)
    case 'too_big':
      return boundOf(issue.origin, 'most', issue.maximum, issue.inclusive)
    case 'invalid_value':
      return issue.input === undefined
        ? `is missing; it is ${listOf(issue.values)}`
        : `must be ${listOf(issue.values)}`
    case 'invalid_format':
      return formats.get(issue.format) ?? 'has not the form that is wanted'
    case 'invalid_union':
      return nearestOf(issue.errors)
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return 'is not valid'
  }
}

/** What the form with the fewest faults has wrong; of several, the last. */
function nearestOf(forms: readonly (readonly z.core.$ZodIssue[])[]): string {
  const [nearest] = forms.toSorted((one, other) => one.length - other.length)
  const fewest = nearest?.length ?? 0
  const [fault] = forms.findLast((form) => form.length === fewest) ?? []
  if (!fault) return 'is not valid'
  const place = fault.path.map(String).join('.')
  return place === '' ? fault.message : `is not valid: ${place} ${fault.message}`
}

const types = new Map([
  ['string', 'a text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'an object'],
  ['record', 'an object'],
  ['null', 'null'],
])

function typeOf(expected: string): string {
  return types.get(expected) ?? 'of another type'
}

const formats = new Map([
  ['datetime', 'must be a time that exists, with its offset, such as 2026-11-29T08:00:00Z'],
  ['email', 'must be an e-mail address'],
  ['url', 'must be an address'],
  ['uuid', 'must be a UUID'],
])

/** What is counted in a text or a list; a number is compared itself. */
const counted = new Map([
  ['string', 'characters'],
  ['array', 'entries'],
])

function boundOf(
  origin: string,
  side: 'least' | 'most',
  bound: number | bigint,
  isInclusive = true,
): string {
  const unit = counted.get(origin)
  if (unit !== undefined) {
    return side === 'least' && bound === 1
      ? 'must not be empty'
      : `must have at ${side} ${bound} ${unit}`
  }
  if (isInclusive) return `must be ${bound} or ${side === 'least' ? 'more' : 'less'}`
  return `must be ${side === 'least' ? 'more' : 'less'} than ${bound}`
}

function listOf(values: readonly unknown[]): string {
  const texts = values.map(String)
  const last = texts.at(-1) ?? ''
  return texts.length > 1 ? `${texts.slice(0, -1).join(', ')} or ${last}` : last
}
