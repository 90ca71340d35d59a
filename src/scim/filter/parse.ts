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
import { err, ok, type Result } from '../../result'
import { quote, scimError, type ScimError } from '../error'
import { tokenize, type Token } from './tokens'
import type { Filter, Operator } from './tree'
import { readOperand } from './operand'
import { fold } from './match'
import { repeatedComparison } from './repeated'
import { restOfFilter, typeInPath } from './tolerance'
import { remark } from '../passed-over/notes'
import { findAttribute, findSubAttribute, isSecretPath, pathText, resolvePath } from '../path'
import type { Reading } from '../tolerance/reading'
import type { AttributePath } from '../schema'
import { isSecretName, notKept } from '../text/secrets'

export const maximumFilterLength = 4096
export const maximumFilterDepth = 20
export const maximumFilterTerms = 50

/** Longer than any path: looking a name up takes time that grows with the square of its length. */
const maximumNameLength = 256

/** Target of a PATCH operation: an attribute, or some elements of a list. */
export interface PatchPath {
  readonly path: AttributePath
  readonly filter: Filter | undefined
}

/** Made when an answer is: the store has nothing to compare. */
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

const unreadable = 'it holds a quote that does not close, or a character that cannot be read'

export function parseFilter(reading: Reading, text: string): Parsed {
  if (text.length > maximumFilterLength) return tooLarge(maximumFilterLength, 'characters')
  const filter = parseTokens(reading, tokenize(text))
  const rest = filter.ok ? undefined : restOfFilter(text)
  const start = rest && tokenize(rest.start)
  if (!start) return filter
  const again = parseTokens(reading, [...start, { kind: 'text', value: rest.value }])
  if (!again.ok) return filter
  reading.applied.add('bareWordInFilter')
  return again
}

function parseTokens(reading: Reading, tokens: readonly Token[] | undefined): Parsed {
  if (!tokens) return refuse(unreadable)
  const parser = startParser(reading, tokens, true)
  const filter = parseOr(parser)
  if (!filter.ok) return filter
  const rest = peek(parser)
  return rest ? refuse(`${shown(parser, rest)} does not follow`) : filter
}

/** Reads the path of a PATCH operation. */
export function parsePatchPath(reading: Reading, text: string): Result<PatchPath, ScimError> {
  const invalid = () => err(scimError('invalidPath', { path: quote(text) }))
  if (text.length > maximumFilterLength) return tooLarge(maximumFilterLength, 'characters')
  const tokens = tokenize(text)
  if (!tokens) return text.includes('[') ? refuse(unreadable) : invalid()
  const [name, bracket] = tokens
  if (name?.kind !== 'word') return invalid()
  const path = resolveName(reading, undefined, name.value)
  if (!path) return invalid()
  if (!bracket) return ok({ path, filter: undefined })
  if (bracket.value !== '[' || !hasElements(path)) return invalid()
  const parser = startParser(reading, tokens, false)
  parser.counts.position = 1
  const filter = parseBrackets(parser, path)
  if (!filter.ok) return filter
  const twice = repeatedComparison(filter.value)
  if (twice !== undefined) {
    const why = `The filter holds ${twice} twice: something else was probably meant as well.`
    remark(reading, 'repeatedComparison', pathText(path), why)
  }
  const sub = take(parser)
  if (!sub) return ok({ path, filter: filter.value })
  const part = partAfter(parser, path, sub)
  if (!part || peek(parser)) return invalid()
  return ok({ path: part, filter: filter.value })
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
  return parseNested(parser, '(', ')', 'a parenthesis does not close')
}

function parseNested(parser: Parser, open: string, close: string, problem: string): Parsed {
  const { counts } = parser
  takeSign(parser, open)
  counts.depth += 1
  if (counts.depth > maximumFilterDepth) return tooLarge(maximumFilterDepth, 'levels of nesting')
  const filter = parseOr(parser)
  if (!filter.ok) return filter
  counts.depth -= 1
  return takeSign(parser, close) ? filter : refuse(problem)
}

/** attrExp, or valuePath. */
function parseExpression(parser: Parser): Parsed {
  const name = take(parser)
  if (!name) return refuse('it ends where an attribute is expected')
  if (name.kind !== 'word') {
    return refuse(`${shown(parser, name)} stands where an attribute should`)
  }
  const path = resolveName(parser.reading, parser.outer, name.value)
  if (!path) return parseTypedPath(parser, name.value) ?? unknownAttribute(name.value)
  const next = peek(parser)
  if (next?.kind === 'sign' && next.value === '[') return parseValuePath(parser, path)
  return parseComparison(parser, path)
}

function unknownAttribute(name: string): Parsed {
  return refuse(`there is no attribute ${quote(name)}`)
}

/** What stands in a wrong place, as a message may show it: beside the name of a secret it may be one. */
function shown({ tokens }: Parser, { value }: Token): string {
  const isBesideSecret = tokens.some((token) => token.kind === 'word' && isSecretName(token.value))
  return isBesideSecret ? `a part ${notKept}` : quote(value)
}

/** `emails.work.value eq "…"` as `emails[type eq "work"].value eq "…"`; undefined for other names. */
function parseTypedPath(parser: Parser, name: string): Parsed | undefined {
  const { reading } = parser
  const typed = parser.outer || name.length > maximumNameLength ? undefined : typeInPath(name)
  const path = typed && resolvePath(reading, typed.list)
  if (!typed || !path?.attribute.multiValued || !hasParts(path)) return undefined
  const type = findAttribute(path.attribute.subAttributes, 'type')
  const part = findSubAttribute(reading, path.attribute, typed.part)
  if (type?.type !== 'string' || !part) return undefined
  const comparison = parseComparison(parser, { ...path, subAttribute: part })
  if (!comparison.ok) return comparison
  reading.applied.add('typeInPath')
  const value = type.caseExact ? typed.type : fold(typed.type)
  const ofType = { path: { ...path, subAttribute: type }, operator: 'eq' as const, value }
  return ok(narrow(path, { kind: 'compare', ...ofType, written: typed.type }, comparison.value))
}

function resolveName(
  reading: Reading,
  outer: AttributePath | undefined,
  name: string,
): AttributePath | undefined {
  if (name.length > maximumNameLength) return undefined
  return outer ? partOf(reading, outer, name) : resolvePath(reading, name)
}

/** A part of an entry of a list; the `value` of an entry without parts is the entry. */
function partOf(reading: Reading, list: AttributePath, name: string): AttributePath | undefined {
  if (isPlainList(list)) return name.toLowerCase() === 'value' ? list : undefined
  const subAttribute = findSubAttribute(reading, list.attribute, name)
  return subAttribute && { ...list, subAttribute }
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
  const part = partAfter(parser, path, next)
  if (!part) return refuse(`there is no sub-attribute ${quote(next.value)}`)
  const comparison = parseComparison({ ...parser, outer: path }, part)
  if (!comparison.ok) return comparison
  parser.reading.applied.add('pathAfterValueFilter')
  return ok(narrow(path, filter.value, comparison.value))
}

/** That an element has no such value is true where no element with the type has one. */
function narrow(path: AttributePath, condition: Filter, comparison: Filter): Filter {
  const isAbsence =
    comparison.kind === 'compare' && comparison.operator === 'eq' && comparison.value === null
  return isAbsence
    ? { kind: 'not', operand: narrow(path, condition, { kind: 'present', path: comparison.path }) }
    : { kind: 'element', path, filter: { kind: 'and', operands: [condition, comparison] } }
}

function partAfter({ reading }: Parser, path: AttributePath, token: Token) {
  return token.kind === 'word' && token.value.startsWith('.')
    ? partOf(reading, path, token.value.slice(1))
    : undefined
}

/** The filter between brackets, on the elements of a list. */
function parseBrackets(parser: Parser, path: AttributePath): Parsed {
  if (parser.outer || !hasElements(path)) {
    return refuse(`"${pathText(path)}" has no elements that could be filtered`)
  }
  if (isPlainList(path)) parser.reading.applied.add('valueOfPlainList')
  return parseNested({ ...parser, outer: path }, '[', ']', 'a bracket does not close')
}

function hasParts({ attribute, subAttribute }: AttributePath): boolean {
  return attribute.type === 'complex' && !subAttribute
}

/** A client of a declared schema: `tags[value eq "a"]` on a list of texts. */
function isPlainList({ attribute, subAttribute }: AttributePath): boolean {
  return attribute.multiValued && attribute.type !== 'complex' && !subAttribute
}

function hasElements(path: AttributePath): boolean {
  return hasParts(path) || isPlainList(path)
}

const operators: ReadonlyMap<string, Operator> = new Map(
  (['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'lt', 'ge', 'le'] as const).map((name) => [name, name]),
)

/** attrExp, behind its path. */
function parseComparison(parser: Parser, named: AttributePath): Parsed {
  parser.counts.terms += 1
  if (parser.counts.terms > maximumFilterTerms) return tooLarge(maximumFilterTerms, 'terms')
  const path = valueOf(named)
  const label = pathText(path)
  if (!isComparable(parser, path)) return refuse(`"${label}" cannot be used in a filter`)
  const word = take(parser)
  if (!word) return refuse(`an operator is missing after "${label}"`)
  const name = word.kind === 'word' ? word.value.toLowerCase() : ''
  if (name === 'pr') return ok({ kind: 'present', path })
  const operator = operators.get(name)
  if (!operator) return refuse(`${shown(parser, word)} is not an operator`)
  const token = take(parser)
  const operand = readOperand(parser.reading, path, operator, token)
  if (!operand.ok) return operand
  const { value } = operand
  const written = typeof value === 'string' && token ? { written: token.value } : {}
  return ok({ kind: 'compare', path, operator, value, ...written })
}

/** A complex attribute stands for its sub-attribute `value`, if it has one (RFC 7643 section 2.4). */
function valueOf(path: AttributePath): AttributePath {
  const value = path.attribute.subAttributes?.find((sub) => sub.name === 'value')
  return value && hasParts(path) ? { ...path, subAttribute: value } : path
}

function isComparable(parser: Parser, path: AttributePath): boolean {
  return !isSecretPath(path) && !(parser.isForStore && computed.has(pathText(path)))
}

function refuse(problem: string): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('invalidFilter', { problem }))
}

function tooLarge(limit: number, unit: string): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('filterTooLong', { limit, unit }))
}
