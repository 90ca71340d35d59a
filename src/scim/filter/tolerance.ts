/**
 * Texts of filters that RFC 7644 section 3.4.2.2 does not allow, one named function per deviation with the
 * recorded request above it. Each is pure, and callers note its name in the `Reading`.
 */
import type { Filter } from './tree'

/** Entra's documentation: `?filter=externalId eq jyoung` without quotes. */
export function bareWordInFilter(word: string): string | undefined {
  return /^[\p{L}\p{N}._@+-]+$/u.test(word) ? word : undefined
}

/** Longest text without quotes that stands for the rest of a filter, in UTF-16 units. */
const maximumRest = 256

/** A text that was meant to hold more than one comparison: `ann or userName pr`. */
const furtherTerm = /\s(?:and|or)\s+(?:not\s*\(|\S+\s+(?:eq|ne|co|sw|ew|gt|ge|lt|le|pr)(?:\s|$))/i

/**
 * WSO2 Identity Server, before every update and delete: `?filter=displayName Eq Sales Team`, `displayName
 * Eq PRIMARY/system`, `userName Eq o'brien@example.com`, `userName Eq 12345`. One comparison takes the
 * rest of the text, of at most 256 characters. Only where the rest narrows a list: `ne` of a filter that
 * was cut off would be nearly everybody.
 */
export function restOfFilter(
  text: string,
): { readonly start: string; readonly value: string } | undefined {
  const [, name, operator, value = ''] =
    /^([^\s"()[\]]+)\s+(eq|co|sw|ew)\s+(\S.*)$/is.exec(text.trim()) ?? []
  // oxlint-disable-next-line no-control-regex -- a filter holds no control characters
  const isText = /[\p{L}\p{N}]/u.test(value) && !/["\u0000-\u001f]/.test(value)
  const isOne = !value.startsWith("'") && !furtherTerm.test(` ${value}`)
  return isText && isOne && value.length <= maximumRest
    ? { start: `${name} ${operator}`, value }
    : undefined
}

/**
 * ConnId (Syncope, midPoint) looks up by the path that it maps: `?filter=emails.work.value eq
 * "ann@example.com"`. Answers the list, the type of its entries and the part that is compared.
 */
export function typeInPath(
  name: string,
): { readonly list: string; readonly type: string; readonly part: string } | undefined {
  const [, list, type, part] = /^(.+)\.([\p{L}\p{N}_-]+)\.([\w$-]+)$/u.exec(name) ?? []
  return list !== undefined && type !== undefined && part !== undefined
    ? { list, type, part }
    : undefined
}

/**
 * A look-up that wrote `+` for a blank, and the `+` of an address as well: `?filter=userName+eq+
 * "ann+test@example.com"`. Answers the filter with the blanks of its addresses as `+`.
 */
export function plusReadAsBlank(filter: Filter): Filter | undefined {
  return withTexts(filter, (text) => (text.includes('@') ? text.replaceAll(' ', '+') : text))
}

/**
 * A look-up for a Windows account, `?filter=userName eq "CORP\bob"`, where JSON takes `\b` for a
 * control character. Answers the filter with these as backslash and letter.
 */
export function escapeReadAsControl(filter: Filter): Filter | undefined {
  return withTexts(filter, (text) =>
    // oxlint-disable-next-line no-control-regex -- these are what the escapes stand for
    text.replace(/[\b\f\n\r\t]/g, (sign) => JSON.stringify(sign).slice(1, -1)),
  )
}

/**
 * A look-up for a name as its directory holds it, `?filter=userName eq " ann@example.com "`, which was kept
 * without the blanks. Answers the filter without blanks around its texts.
 */
export function blanksAroundText(filter: Filter): Filter | undefined {
  return withTexts(filter, (text) => (text.trim() === '' ? text : text.trim()))
}

/**
 * The filter with other texts for those that it looks up; undefined when none is another one. What a
 * filter denies stays.
 */
function withTexts(filter: Filter, change: (text: string) => string): Filter | undefined {
  switch (filter.kind) {
    case 'compare': {
      if (filter.operator !== 'eq' || typeof filter.value !== 'string') return undefined
      const value = change(filter.value)
      return value === filter.value ? undefined : { ...filter, value }
    }
    case 'element': {
      const inner = withTexts(filter.filter, change)
      return inner && { ...filter, filter: inner }
    }
    case 'and':
    case 'or': {
      const operands = filter.operands.map((operand) => withTexts(operand, change))
      if (operands.every((operand) => operand === undefined)) return undefined
      return { ...filter, operands: filter.operands.map((old, index) => operands[index] ?? old) }
    }
    case 'not':
    case 'present':
      return undefined
  }
}
