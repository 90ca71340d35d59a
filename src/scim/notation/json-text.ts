/** Text read as JSON (RFC 8259): bounded in depth, and no number loses a digit on the way. */
import { err, ok, type Result } from '../../result'
import { quote, scimError, type ScimError } from '../error'
import type { Json } from '../json'

/** Far deeper than any resource, far flatter than what overflows a stack on the way. */
const maximumDepth = 64

/** Values of a text: a team of 50,000 members with four parts each has half as many. */
const maximumValues = 600_000

/** JSON as it was read, and what its numbers lost. */
export interface ReadJson {
  readonly json: Json
  readonly problem: ScimError | undefined
  /** Numbers that the text writes otherwise than they are written here, as 1.0 and 1e3. */
  readonly rewritten: ReadonlySet<number>
}

/**
 * Reads text as JSON, behind a byte order mark or not. Refused for more than 64 levels, and for what is
 * no JSON. It has infinity, which no attribute takes, in place of each number that would be read as another
 * one; `problem` says so.
 */
export function readWithInexact(text: string): Result<ReadJson, ScimError> {
  const { isTooDeep, isTooLong, inexact, rewritten } = scan(text)
  if (isTooDeep) return err(scimError('bodyTooDeep', { limit: maximumDepth }))
  if (isTooLong) return err(scimError('bodyTooLarge', { limit: maximumValues, unit: 'values' }))
  const json = parse(inexact.length === 0 ? text : withInfinity(text, inexact))
  if (json === undefined) return err(scimError('malformedJson'))
  const [first] = inexact
  const number = first && quote(text.slice(...first))
  const problem = number ? scimError('inexactNumber', { number }) : undefined
  return ok({ json, problem, rewritten })
}

/** JSON has no infinity, and reads this as one. */
const infinity = '1e999'

function withInfinity(text: string, places: Scanned['inexact']): string {
  const parts: string[] = []
  let end = 0
  for (const [start, next] of places) {
    parts.push(text.slice(end, start), infinity)
    end = next
  }
  return [...parts, text.slice(end)].join('')
}

const quotationMark = 0x22
const backslash = 0x5c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d
const comma = 0x2c
const minus = 0x2d
const digitZero = 0x30
const digitNine = 0x39

interface Scanned {
  /** More brackets open than may, before they close; quotes hide brackets. */
  readonly isTooDeep: boolean
  /** More values than may, each of which takes memory however short its text is. */
  readonly isTooLong: boolean
  /** Positions of numbers that cannot be kept, start and end. */
  readonly inexact: (readonly [start: number, end: number])[]
  readonly rewritten: Set<number>
}

/** What may be a number: every number of JSON is, and hardly anything within quotes. */
const mayBeNumber = /(?:^|[:[,\s])-?\d[-+.\deE]*(?=\s*(?:[,\]}]|$))/

/** As many brackets as could be too deep, within quotes or not. */
const manyBrackets = new RegExp(`^(?:[^[{]*[[{]){${maximumDepth + 1}}`)

/**
 * True for a short text without numbers, as most bodies are. Two expressions look through it in a part of the
 * time that a walk takes an isolate that is new.
 */
function isPlainText(text: string): boolean {
  return text.length <= maximumValues && !manyBrackets.test(text) && !mayBeNumber.test(text)
}

function scan(text: string): Scanned {
  if (isPlainText(text)) {
    return { isTooDeep: false, isTooLong: false, inexact: [], rewritten: new Set() }
  }
  let depth = 0
  let isQuoted = false
  const inexact: Scanned['inexact'] = []
  const rewritten: Scanned['rewritten'] = new Set()
  let values = 0
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (isQuoted) {
      if (code === backslash) index += 1
      else if (code === quotationMark) isQuoted = false
    } else if (code === quotationMark) isQuoted = true
    else if (code === openBrace || code === openBracket) {
      depth += 1
      values += 1
      if (depth > maximumDepth) return { isTooDeep: true, isTooLong: false, inexact, rewritten }
    } else if (code === comma) values += 1
    else if (code === closeBrace || code === closeBracket) depth -= 1
    else if (code === minus || (code >= digitZero && code <= digitNine)) {
      const literal = literalAt(text, index)
      if (!isExactNumber(literal)) inexact.push([index, index + literal.length])
      else if (!isPlain(literal)) rewritten.add(Number(literal))
      index += literal.length - 1
    }
  }
  return { isTooDeep: false, isTooLong: values > maximumValues, inexact, rewritten }
}

const literal = /[-+.\deE]+/y

function literalAt(text: string, index: number): string {
  literal.lastIndex = index
  return literal.exec(text)?.[0] ?? text.charAt(index)
}

function parse(text: string): Json | undefined {
  try {
    // A byte order mark is no part of JSON, and Windows tools send one.
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) as Json
  } catch {
    return undefined
  }
}

/** Integers of so many digits are exact. */
const safeDigits = 15

/** The longest number that can be exact: what is longer has too many digits. */
const maximumLiteral = 400

/** True when JavaScript holds a number of JSON text exactly. */
export function isExactNumber(written: string): boolean {
  if (written.length <= safeDigits && /^-?\d+$/.test(written)) return true
  if (written.length > maximumLiteral) return false
  const wanted = canonical(written)
  return wanted !== undefined && wanted === canonical(String(Number(written)))
}

/** True when a number that is read and written again is the same text. */
function isPlain(written: string): boolean {
  return /^-?[1-9]\d{0,14}$/.test(written) || String(Number(written)) === written
}

/** Sign, digits without zeros at either end, and exponent; undefined for what is no number. */
function canonical(written: string): string | undefined {
  const [match, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(written) ?? []
  if (match === undefined) return undefined
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  const shift = Number(exponent) - fraction.length + digits.length - significant.length
  return `${sign}${significant}e${shift}`
}
