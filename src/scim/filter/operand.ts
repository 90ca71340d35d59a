/** The value of a comparison, read by the definition of the attribute it is compared with. */
import { err, ok, type Result } from '../../result'
import { quote, scimError, type ScimError } from '../error'
import type { Token } from './tokens'
import type { Comparable, Operator } from './tree'
import { fold } from './match'
import { isExactNumber } from '../notation/json-text'
import { pathText, target } from '../path'
import { bareWordInFilter } from './tolerance'
import type { Reading } from '../tolerance/reading'
import { booleanAsText } from '../tolerance/values'
import { instant } from '../notation/instant'
import { isReadable } from '../value'
import type { AttributePath } from '../schema'
import { isSecretName } from '../text/secrets'

type Operand = Result<Comparable, ScimError>

const textOperators: ReadonlySet<Operator> = new Set(['co', 'sw', 'ew'])
const orderOperators: ReadonlySet<Operator> = new Set(['gt', 'ge', 'lt', 'le'])

export function readOperand(
  reading: Reading,
  path: AttributePath,
  operator: Operator,
  token: Token | undefined,
): Operand {
  const label = pathText(path)
  if (!token || token.kind === 'sign') return refuse(`a value is missing for "${label}"`)
  const { type, caseExact } = target(path)
  if (type === 'complex') return refuse(`"${label}" has parts; name the part to compare`)
  if (token.kind === 'word' && token.value.toLowerCase() === 'null') {
    return operator === 'eq' || operator === 'ne'
      ? ok(null)
      : refuse('null can be compared by eq and ne only')
  }
  switch (type) {
    case 'string':
    case 'reference':
      return readText(reading, label, caseExact, token)
    case 'binary':
      return orderOperators.has(operator)
        ? refuse(`"${label}" is binary and has no order`)
        : readText(reading, label, caseExact, token)
    case 'boolean':
      return operator === 'eq' || operator === 'ne'
        ? readBoolean(reading, label, token)
        : refuse(`"${label}" is true or false and can be compared by eq and ne only`)
    case 'integer':
    case 'decimal':
      return textOperators.has(operator)
        ? refuse(`"${label}" is a number and holds no text`)
        : readNumber(label, token)
    case 'dateTime':
      return textOperators.has(operator)
        ? refuse(`"${label}" is a time and holds no text`)
        : readInstant(reading, label, token)
  }
}

function readText(reading: Reading, label: string, caseExact: boolean, token: Token): Operand {
  let text = token.value
  if (token.hasLoneBackslash) reading.applied.add('loneBackslash')
  if (token.kind === 'word') {
    const tolerated = isReserved(text) ? undefined : bareWordInFilter(text)
    if (tolerated === undefined) return refuse(`"${label}" is compared with text in quotes`)
    reading.applied.add('bareWordInFilter')
    text = tolerated
  }
  if (!isReadable(text)) return refuse(`the value for "${label}" holds an unreadable character`)
  return ok(caseExact ? text : fold(text))
}

/** Numbers and truth values are of another type than text, not words without quotes. */
function isReserved(word: string): boolean {
  return /^(true|false|-?\d+(\.\d+)?([eE][+-]?\d+)?)$/i.test(word)
}

function readBoolean(reading: Reading, label: string, token: Token): Operand {
  const value = booleanAsText(token.value)
  if (value === undefined) return refuse(`"${label}" is compared with true or false`)
  if (token.kind === 'text') reading.applied.add('booleanTextInFilter')
  return ok(value)
}

function readNumber(label: string, token: Token): Operand {
  const isNumber = token.kind === 'word' && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(token.value)
  if (isNumber && isExactNumber(token.value)) return ok(Number(token.value))
  const shown = isSecretName(label) ? 'a text' : quote(token.value)
  return refuse(`"${label}" is compared with a number, not with ${shown}`)
}

function readInstant(reading: Reading, label: string, token: Token): Operand {
  const milliseconds = instant(token.value)
  if (milliseconds === undefined) {
    return refuse(`"${label}" is compared with a time such as "2026-11-24T09:30:00Z"`)
  }
  if (token.kind === 'word') reading.applied.add('bareWordInFilter')
  return ok(milliseconds)
}

function refuse(problem: string): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('invalidFilter', { problem }))
}
