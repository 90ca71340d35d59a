/**
 * Parameters that look like a filter and are none. An unknown parameter is ignored (RFC 7644 section
 * 3.4.2), and a filter that is ignored would find everybody.
 */

/** A filter that slipped into the value of another parameter: `count=10;filter=…`, `x?$filter=…`. */
const filterInside = /[?&;]\s*\$?filter\s*=/i

/** Longest name that is compared letter by letter. */
const maximumLength = 40

export function holdsFilter(value: string): boolean {
  return filterInside.test(value)
}

/** True for `filters`, `_filter`, `filter[`, `amp;filter`, `fliter`. */
export function isLikeFilter(name: string): boolean {
  const letters = name
    .slice(0, maximumLength)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z]/g, '')
  return letters.includes('filter') || isOneSlipAway(letters, 'filter')
}

/** One letter more, less, or another one, or two neighbours the wrong way round. */
function isOneSlipAway(text: string, word: string): boolean {
  if (Math.abs(text.length - word.length) > 1) return false
  let start = 0
  while (start < word.length && text[start] === word[start]) start += 1
  const [rest, wanted] = [text.slice(start), word.slice(start)]
  const isSwapped = rest[0] === wanted[1] && rest[1] === wanted[0]
  return (
    rest.slice(1) === wanted.slice(1) ||
    rest.slice(1) === wanted ||
    rest === wanted.slice(1) ||
    (wanted.length > 1 && isSwapped && rest.slice(2) === wanted.slice(2))
  )
}
