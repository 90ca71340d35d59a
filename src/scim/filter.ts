/**
 * Filter text to tree (RFC 7644 section 3.4.2.2):
 *
 *     FILTER    = attrExp / logExp / valuePath / *1"not" "(" FILTER ")"
 *     valuePath = attrPath "[" valFilter "]"
 *     valFilter = attrExp / logExp / *1"not" "(" valFilter ")"
 *     attrExp   = (attrPath SP "pr") / (attrPath SP compareOp SP compValue)
 *     logExp    = FILTER SP ("and" / "or") SP FILTER
 *     PATH      = attrPath / valuePath [subAttr]                (section 3.5.2)
 *
 * `not` binds before `and`, `and` before `or`. Names are resolved while they are read.
 */
import { err, ok, type Result } from '../result'
import { quote, scimError, type ScimError } from './error'
import { tokenize, type Token } from './filter-tokens'
import type { Filter, Operator } from './filter-tree'
import { readOperand } from './filter-value'
import { findSubAttribute, pathText, resolvePath, target, type AttributePath } from './path'
import type { Reading } from './tolerance'

export const maximumFilterLength = 4096
export const maximumFilterDepth = 20
export const maximumFilterTerms = 50

/** Where a PATCH operation points: an attribute, or some elements of a list. */
export interface PatchPath {
  readonly path: AttributePath
  readonly filter: Filter | undefined
}

/** What the gateway computes when it answers: no store can be asked for it. */
const computed = new Set([
  'meta.location',
  'meta.version',
  'groups.$ref',
  'members.$ref',
  'members.display',
])

interface Parser {
  readonly reading: Reading
  readonly tokens: readonly Token[]
  /** The list attribute whose elements are filtered, inside brackets. */
  readonly outer: AttributePath | undefined
  /** Filters of lists run in the store, those of PATCH paths on a resource in memory. */
  readonly isForStore: boolean
  readonly counts: { position: number; depth: number; terms: number }
}

type Parsed = Result<Filter, ScimError>

export function parseFilter(reading: Reading, text: string): Parsed {
  if (text.length > maximumFilterLength) return tooLarge(maximumFilterLength, 'characters')
  const tokens = tokenize(text)
  if (!tokens) return refuse('it holds a quote that does not close, or an unreadable character')
  const parser = startParser(reading, tokens, true)
  const filter = parseOr(parser)
  if (!filter.ok) return filter
  const rest = peek(parser)
  return rest ? refuse(`${quote(rest.value)} does not follow`) : filter
}

/** Reads the path of a PATCH operation. */
export function parsePatchPath(reading: Reading, text: string): Result<PatchPath, ScimError> {
  const invalid = err(scimError('invalidPath', { path: quote(text) }))
  if (text.length > maximumFilterLength) return tooLarge(maximumFilterLength, 'characters')
  const tokens = tokenize(text.trim())
  const [name, bracket] = tokens ?? []
  if (!tokens || name?.kind !== 'word') return invalid
  const path = resolvePath(reading, name.value)
  if (!path) return invalid
  if (!bracket) return ok({ path, filter: undefined })
  if (bracket.value !== '[' || path.subAttribute) return invalid
  const parser = startParser(reading, tokens, false)
  parser.counts.position = 1
  const filter = parseBrackets(parser, path)
  if (!filter.ok) return filter
  const sub = take(parser)
  if (!sub) return ok({ path, filter: filter.value })
  const subAttribute = subAttributeAfter(parser, path, sub)
  if (!subAttribute || peek(parser)) return invalid
  return ok({ path: { ...path, subAttribute }, filter: filter.value })
}

function startParser(reading: Reading, tokens: readonly Token[], isForStore: boolean): Parser {
  const counts = { position: 0, depth: 0, terms: 0 }
  return { reading, tokens, outer: undefined, isForStore, counts }
}

function peek({ tokens, counts }: Parser): Token | undefined {
  return tokens[counts.position]
}

function take(parser: Parser): Token | undefined {
  const token = peek(parser)
  parser.counts.position += 1
  return token
}

function takeKeyword(parser: Parser, keyword: string): boolean {
  const token = peek(parser)
  const isThere = token?.kind === 'word' && token.value.toLowerCase() === keyword
  if (isThere) parser.counts.position += 1
  return isThere
}

function takeSign(parser: Parser, sign: string): boolean {
  const token = peek(parser)
  const isThere = token?.kind === 'sign' && token.value === sign
  if (isThere) parser.counts.position += 1
  return isThere
}

function parseOr(parser: Parser): Parsed {
  return parseChain(parser, 'or', () => parseChain(parser, 'and', () => parseTerm(parser)))
}

function parseChain(parser: Parser, kind: 'and' | 'or', next: () => Parsed): Parsed {
  const operands: Filter[] = []
  do {
    const operand = next()
    if (!operand.ok) return operand
    operands.push(operand.value)
  } while (takeKeyword(parser, kind))
  const [only] = operands
  return only && operands.length === 1 ? ok(only) : ok({ kind, operands })
}

function parseTerm(parser: Parser): Parsed {
  const after = parser.tokens[parser.counts.position + 1]
  const isNot = after?.value === '(' && after.kind === 'sign' && takeKeyword(parser, 'not')
  if (isNot) {
    const group = parseGroup(parser)
    return group.ok ? ok({ kind: 'not', operand: group.value }) : group
  }
  const token = peek(parser)
  if (token?.kind === 'sign' && token.value === '(') return parseGroup(parser)
  return parseExpression(parser)
}

function parseGroup(parser: Parser): Parsed {
  const { counts } = parser
  takeSign(parser, '(')
  counts.depth += 1
  if (counts.depth > maximumFilterDepth) return tooLarge(maximumFilterDepth, 'levels of nesting')
  const filter = parseOr(parser)
  if (!filter.ok) return filter
  counts.depth -= 1
  return takeSign(parser, ')') ? filter : refuse('a parenthesis does not close')
}

/** attrExp, or valuePath. */
function parseExpression(parser: Parser): Parsed {
  parser.counts.terms += 1
  if (parser.counts.terms > maximumFilterTerms) return tooLarge(maximumFilterTerms, 'terms')
  const name = take(parser)
  if (!name) return refuse('it ends where an attribute is expected')
  if (name.kind !== 'word') return refuse(`${quote(name.value)} stands where an attribute should`)
  const path = resolveName(parser, name.value)
  if (!path) return refuse(`there is no attribute ${quote(name.value)}`)
  const next = peek(parser)
  if (next?.kind === 'sign' && next.value === '[') return parseValuePath(parser, path)
  return parseComparison(parser, path)
}

function resolveName(parser: Parser, name: string): AttributePath | undefined {
  const { reading, outer } = parser
  if (!outer) return resolvePath(reading, name)
  const subAttribute = findSubAttribute(reading, outer.attribute, name)
  return subAttribute && { ...outer, subAttribute }
}

function parseValuePath(parser: Parser, path: AttributePath): Parsed {
  const filter = parseBrackets(parser, path)
  if (!filter.ok) return filter
  const next = peek(parser)
  if (next?.kind !== 'word' || !next.value.startsWith('.')) {
    return ok({ kind: 'element', path, filter: filter.value })
  }
  // Entra: emails[type eq "work"].value eq "ann@example.com"
  parser.counts.position += 1
  const subAttribute = subAttributeAfter(parser, path, next)
  if (!subAttribute) return refuse(`there is no sub-attribute ${quote(next.value)}`)
  const comparison = parseComparison({ ...parser, outer: path }, { ...path, subAttribute })
  if (!comparison.ok) return comparison
  parser.reading.applied.add('pathAfterValueFilter')
  const operands = [filter.value, comparison.value]
  return ok({ kind: 'element', path, filter: { kind: 'and', operands } })
}

function subAttributeAfter(parser: Parser, path: AttributePath, token: Token) {
  return token.kind === 'word' && token.value.startsWith('.')
    ? findSubAttribute(parser.reading, path.attribute, token.value.slice(1))
    : undefined
}

/** The filter between brackets, on the elements of a list of complex values. */
function parseBrackets(parser: Parser, path: AttributePath): Parsed {
  const { attribute } = path
  if (parser.outer || path.subAttribute || attribute.type !== 'complex') {
    return refuse(`"${pathText(path)}" has no elements that could be filtered`)
  }
  takeSign(parser, '[')
  const filter = parseOr({ ...parser, outer: path })
  if (!filter.ok) return filter
  return takeSign(parser, ']') ? filter : refuse('a bracket does not close')
}

const operators: ReadonlyMap<string, Operator> = new Map(
  (['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'lt', 'ge', 'le'] as const).map((name) => [name, name]),
)

function parseComparison(parser: Parser, path: AttributePath): Parsed {
  const word = take(parser)
  const name = word?.kind === 'word' ? word.value.toLowerCase() : undefined
  if (target(path).returned === 'never') {
    return refuse(`"${pathText(path)}" cannot be asked for`)
  }
  if (name === 'pr') return checkStored(parser, path) ?? ok({ kind: 'present', path })
  const operator = name === undefined ? undefined : operators.get(name)
  if (!operator) {
    return refuse(
      word
        ? `${quote(word.value)} is not an operator`
        : `an operator is missing after "${pathText(path)}"`,
    )
  }
  const compared = valueOf(path)
  const problem = checkStored(parser, compared ?? path)
  if (problem) return problem
  if (!compared) return refuse(`"${pathText(path)}" has parts; name the part to compare`)
  const operand = readOperand(parser.reading, compared, operator, take(parser))
  return operand.ok
    ? ok({ kind: 'compare', path: compared, operator, value: operand.value })
    : operand
}

/** A complex attribute stands for its sub-attribute `value` (RFC 7643 section 2.4). */
function valueOf(path: AttributePath): AttributePath | undefined {
  if (target(path).type !== 'complex') return path
  const value = path.attribute.subAttributes?.find((sub) => sub.name === 'value')
  return value && !path.subAttribute ? { ...path, subAttribute: value } : undefined
}

function checkStored(parser: Parser, path: AttributePath): Parsed | undefined {
  return parser.isForStore && computed.has(pathText(path))
    ? refuse(`"${pathText(path)}" cannot be used in a filter`)
    : undefined
}

function refuse(problem: string): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('invalidFilter', { problem }))
}

function tooLarge(limit: number, unit: string): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('filterTooLong', { limit, unit }))
}
