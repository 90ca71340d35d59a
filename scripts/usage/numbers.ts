/** The numbers that a command takes, in options and in variables, and what is refused. */
import { err, ok, type Result } from '../../src/result.ts'

export interface NumberRange {
  readonly least: number
  readonly most: number
  /** True where a fraction is a number as well. */
  readonly isFraction?: boolean
}

/** Numbers by their names, each with what it is unless somebody says otherwise. */
export type Numbers = Readonly<Record<string, NumberRange & { readonly usual: number }>>

export type Read<T extends Numbers> = { readonly [Name in keyof T]: number }

/** Minutes that a long run may last: up to a week. */
export const minutesOfRun = { least: 0.1, most: 10_080, isFraction: true, usual: 10 } as const

/** Clients of one process that ask at the same time. */
export const clientsAtOnce = { least: 1, most: 1_000 } as const

/** `name` is what the sentence of a refusal calls it. */
export function readNumber(
  name: string,
  text: string,
  { least, most, isFraction = false }: NumberRange,
): Result<number, string> {
  const isWritten = /^\d{1,10}(\.\d{1,6})?$/.test(text)
  const number = isWritten ? Number(text) : Number.NaN
  if (number >= least && number <= most && (isFraction || Number.isInteger(number))) {
    return ok(number)
  }
  const kind = isFraction ? 'a number' : 'a whole number'
  return err(`${name} is ${JSON.stringify(text)}; it must be ${kind} from ${least} to ${most}.`)
}

/** Each of the numbers, or the sentence about the first that is none. `find` answers its name and text. */
export function readEach<T extends Numbers>(
  numbers: T,
  find: (name: string) => readonly [name: string, text: string | undefined],
): Result<Read<T>, string> {
  const read: [string, number][] = []
  for (const [key, range] of Object.entries(numbers)) {
    const [name, text] = find(key)
    const number = text === undefined ? ok(range.usual) : readNumber(name, text, range)
    if (!number.ok) return number
    read.push([key, number.value])
  }
  return ok(Object.fromEntries(read) as Read<T>)
}

/** A variable of a process that has no usage of its own; one that is empty is absent. Throws the refusal. */
export function numberOf(name: string, range: NumberRange & { readonly usual: number }): number {
  const text = process.env[name] || undefined
  const read = text === undefined ? ok(range.usual) : readNumber(name, text, range)
  if (!read.ok) throw new Error(read.error)
  return read.value
}
