/**
 * Parameters of an address, read in one way for both APIs and the console: each once, encoded as UTF-8, and numbers in
 * digits. What is written otherwise is refused, since a part of it would be taken for the whole.
 */
import * as z from 'zod/mini'
import { faultsOf, sentTwice, type Fault } from './exactly'
import { err, ok, type Result } from '../result'

/** Parameters by name; refused with a fault for each that is there more than once or cannot be decoded. */
export function parametersOf(url: string): Result<ReadonlyMap<string, string>, readonly Fault[]> {
  const found = new Map<string, string>()
  const faults = new Map<string, string>()
  for (const part of new URL(url).search.slice(1).split('&')) {
    if (part === '') continue
    const [writtenName = '', ...writtenValue] = part.split('=')
    const name = decoded(writtenName)
    const value = decoded(writtenValue.join('='))
    if (name === undefined || value === undefined) faults.set(name ?? writtenName, undecodable)
    else if (found.has(name)) faults.set(name, sentTwice)
    else found.set(name, value)
  }
  if (faults.size === 0) return ok(found)
  return err(Array.from(faults, ([name, detail]) => ({ path: [name], detail })))
}

const undecodable =
  'cannot be decoded: behind % stand two hexadecimal digits, of text in UTF-8; a % itself is %25'

/** The text that a part of a query stands for; undefined where it stands for none. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** Reads the parameters of an address by a shape, which says what is wrong. */
export function readQuery<T extends z.ZodMiniType>(
  shape: T,
  url: string,
): Result<z.output<T>, readonly Fault[]> {
  const given = parametersOf(url)
  if (!given.ok) return given
  const read = shape.safeParse(Object.fromEntries(given.value))
  return read.success ? ok(read.data) : err(faultsOf(read.error))
}

/** Reads a text by a pattern as a number; over a service binding it comes as one. */
function numberIn(pattern: RegExp) {
  return z.transform((given: unknown): unknown =>
    typeof given === 'string' ? (pattern.test(given) ? Number(given) : Number.NaN) : given,
  )
}

function unless(expected: string) {
  return {
    error: ({ input }: { readonly input?: unknown }) =>
      input === undefined ? 'is missing' : `must be ${expected}`,
  }
}

/** A whole number in digits alone: `1e3`, ` 5`, `0x10` and `+5` are none. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER) {
  return z.pipe(
    numberIn(/^\d{1,16}$/),
    z
      .number(unless('a whole number, in digits alone'))
      .check(z.int(), z.minimum(least), z.maximum(most)),
  )
}

/** A number in digits, with a fraction or not. */
export function decimalNumber(least: number, most: number) {
  return z.pipe(
    numberIn(/^\d{1,16}(\.\d{1,16})?$/),
    z.number(unless('a number, in digits')).check(z.minimum(least), z.maximum(most)),
  )
}
