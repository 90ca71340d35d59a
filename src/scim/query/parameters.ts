/** Parameters of a read, from the text of an address or from the members of a SearchRequest. */
import { err, ok, type Result } from '../../result'
import { quote, scimError, type ScimError } from '../error'
import { passOver } from '../passed-over/notes'
import { isTolerated } from '../profile'
import type { ToleranceName } from '../tolerance/names'
import type { Reading } from '../tolerance/reading'
import { holdsFilter, isLikeFilter } from './look-alike'
import { dollarFilter, parameterInOtherCase, repeatedAttributes } from './tolerance'

/** Names as RFC 7644 section 3.4.2 and RFC 9865 write them. */
const parameterNames = [
  'filter',
  'sortBy',
  'sortOrder',
  'startIndex',
  'count',
  'cursor',
  'attributes',
  'excludedAttributes',
] as const

export type ParameterName = (typeof parameterNames)[number]

/** A name and a value as they were sent. */
export type Pair<Value> = readonly [string, Value]

/** The query of an address, decoded. */
export interface QueryPairs {
  readonly pairs: readonly Pair<string>[]
  /** True when blanks were written as `+`, so that an address with a `+` may have lost it. */
  readonly isPlusBlank: boolean
}

/** The query of an address: what the platform reads of it, and mostly what is written there. */
export function queryOf(url: string): string {
  return plainAddress.exec(url)?.[1] ?? new URL(url).search.slice(1)
}

/** An address in whose query nothing is written otherwise than the platform writes it. */
const plainAddress = /^[^?#]*\?([\w.~&=+%-]*)$/

/** A query in which nothing is encoded, such as `count=100`. */
const plainQuery = /^[\w.~&=-]*$/

/**
 * Reads a query. Where a blank is written as `%20`, a `+` is a plus (RFC 3986 section 3.4); else it is
 * a blank, as in forms.
 */
export function readPairs(query: string): QueryPairs {
  if (plainQuery.test(query)) return { pairs: plainPairs(query), isPlusBlank: false }
  const isForm = !query.includes('%20')
  const plain = isForm ? query : query.replace(/[^&]+/g, withPlus)
  return {
    pairs: [...new URLSearchParams(`?${plain}`)],
    isPlusBlank: isForm && query.includes('+'),
  }
}

/** What the platform makes of a query in which there is nothing to decode. */
function plainPairs(query: string): Pair<string>[] {
  return query.split('&').flatMap((text) => {
    const [name = '', ...value] = text.split('=')
    return text === '' ? [] : [[name, value.join('=')]]
  })
}

/** `filter=userName+eq+%22Ann%20Low%22`: between the words of a filter, a `+` is a blank all the same. */
function withPlus(pair: string): string {
  const isBetweenWords =
    /^[^=]*=(?:(?!%2[02])[^+"])*\+(?:eq|ne|co|sw|ew|gt|ge|lt|le|pr)(?:\+|$)/i.test(pair)
  return isBetweenWords ? pair : pair.replaceAll('+', '%2B')
}

type Named<Value> = Partial<Record<ParameterName, Value[]>>

/**
 * Sorts parameters by the names that the RFCs know; others are left out. Refused is what looks like
 * a filter and is none, and a second filter, number or order that says something else.
 */
export function readParameters<Value>(
  reading: Reading,
  pairs: readonly Pair<Value>[],
): Result<Named<Value>, ScimError> {
  const found: Named<Value> = {}
  for (const [name, value] of pairs) {
    const known = knownName(reading, name)
    const isLost = known !== 'filter' && typeof value === 'string' && holdsFilter(value)
    if (isLost || (!known && isLikeFilter(name))) {
      return err(scimError('unknownFilter', { parameter: quote(name) }))
    }
    if (known) (found[known] ??= []).push(value)
  }
  if (isTwofold(found.filter)) {
    return err(scimError('invalidFilter', { problem: 'there are two different ones' }))
  }
  const twofold = parameterNames.find((name) => !lists.has(name) && isTwofold(found[name]))
  return twofold
    ? err(scimError('invalidQuery', { parameter: twofold, expected: 'given once' }))
    : ok(found)
}

/** Parameters that are lists: several are joined, where the profile joins them. */
const lists: ReadonlySet<ParameterName> = new Set(['attributes', 'excludedAttributes'])

/** True for two values that cannot both be meant. */
function isTwofold(values: readonly unknown[] | undefined): boolean {
  return new Set(values).size > 1
}

function knownName(reading: Reading, name: string): ParameterName | undefined {
  const exact = parameterNames.find((known) => known === name)
  if (exact) return exact
  return (
    tolerated(reading, 'parameterInOtherCase', name, parameterInOtherCase(parameterNames, name)) ??
    tolerated(reading, 'dollarFilter', name, dollarFilter(name))
  )
}

function tolerated<Meant>(
  reading: Reading,
  tolerance: ToleranceName,
  what: string,
  meant: Meant | undefined,
): Meant | undefined {
  if (meant === undefined || !isTolerated(reading, tolerance)) return undefined
  passOver(reading, tolerance, what, `It was read as "${String(meant)}".`)
  return meant
}

/** A list of attributes; of several parameters the first where the profile does not join them. */
export function joinAttributes(
  reading: Reading,
  name: ParameterName,
  values: readonly string[] | undefined,
): string | undefined {
  const joined = tolerated(reading, 'repeatedAttributes', name, repeatedAttributes(values ?? []))
  return joined ?? values?.[0]
}
