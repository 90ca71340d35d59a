/**
 * Spellings of one name: apostrophes, which keyboards write straight and providers curved ("O'Brien",
 * "O’Brien"), and the sharp s, which capitals and the Swiss write as two ("Größe", "GRÖSSE"). For
 * searches by people: filters of SCIM compare letters.
 */

/** The curved apostrophes, each a character. */
export const curved = ['’', '‘', 'ʼ'] as const

const anyCurved = new RegExp(`[${curved.join('')}]`, 'g')

/** The text with straight apostrophes and without a sharp s. */
export function plain(text: string): string {
  return straightened(text).replaceAll(/[ßẞ]/g, 'ss')
}

function straightened(text: string): string {
  return text.replaceAll(anyCurved, "'")
}

/** Places of a sharp s that are written in both ways each; with more of them all change together. */
const maximumPlaces = 2

/** The text, and the others that it may be spelled as, whatever the case: at most eight in all. */
export function spellings(text: string): readonly [string, ...string[]] {
  const straight = straightened(text)
  const other = straight === text ? text.replaceAll("'", '’') : straight
  const known = new Set([text.toLowerCase()])
  const others = [...withSharp(text), other, ...withSharp(other)].filter((one) => {
    const isNew = !known.has(one.toLowerCase())
    known.add(one.toLowerCase())
    return isNew
  })
  return [text, ...others]
}

const endsInOneS = /(?<!s)s(?:ss)*$/i

/** Spellings of the beginning of a name, at most twelve: one that ends in an s may end within a sharp s. */
export function beginnings(text: string): readonly [string, ...string[]] {
  const [first, ...others] = spellings(text)
  const within = endsInOneS.test(text) ? spellings(`${text.slice(0, -1)}ß`) : []
  return [first, ...others, ...within.filter((one) => one.endsWith('ß'))]
}

function withSharp(text: string): readonly string[] {
  const [first = '', ...rest] = text.split(/ß|ẞ|ss/i)
  const joined = (by: string) => [first, ...rest].join(by)
  if (rest.length > maximumPlaces) return [joined('ss'), joined('ß')]
  return rest.reduce<readonly string[]>(
    (starts, part) => starts.flatMap((start) => [`${start}ss${part}`, `${start}ß${part}`]),
    [first],
  )
}
