/** The command line of a command: the text of its `--help`, its options, and what is refused. */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { err, ok, type Result } from '../src/result.ts'
import { endPlainly } from './usage/plain-end.ts'
import { nearestOf } from './usage/nearest.ts'
import { findKept } from './usage/npm.ts'
import { readEach, type Numbers, type Read } from './usage/numbers.ts'

export type Options = NonNullable<ParseArgsConfig['options']>

const help = { type: 'boolean', short: 'h' } as const

/**
 * Reads the command line of this process. `--help` prints the text, which begins with the command, and
 * ends it; so does anything that the command does not take. Call it before any work.
 */
export function readCommandLine<const T extends Options>(
  usage: string,
  options: T,
  allowPositionals = false,
) {
  const given = process.argv.slice(2)
  answerHelp(given, `${usage}\n\n  --help, -h      this text`)
  const read = parseOptions(given, options, allowPositionals)
  return read.ok ? read.value : refuse(usage, read.error)
}

/**
 * Prints the text and ends the process where a command line asks for it, whatever else is in it. Each command
 * begins here, so that from here on it ends plainly.
 */
export function answerHelp(given: readonly string[], text: string): void {
  endPlainly()
  if (!given.some((item) => item === '--help' || item === '-h')) return
  console.log(text)
  process.exit(0)
}

/**
 * The options and words of a command line, or a sentence about the first that is not one of them. `inOrder`
 * has each option as it was given: its name, a form that no other program reads otherwise, and its value.
 */
export function parseOptions<const T extends Options>(
  given: readonly string[],
  options: T,
  allowPositionals: boolean,
) {
  const known = { ...options, help }
  const { tokens } = parseArgs({ args: [...given], options: known, strict: false, tokens: true })
  const fault = keptIn(tokens, options) ?? faultIn(tokens, known, allowPositionals)
  if (fault !== undefined) return err(fault)
  const inOrder = tokens.flatMap((token) =>
    token.kind === 'option' ? [[token.name, textOf(token), token.value ?? ''] as const] : [],
  )
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []))
  const args = [...inOrder.map(([, text]) => text), '--', ...words]
  const read = parseArgs({ args, options: known, allowPositionals: true })
  const positionals: readonly string[] = read.positionals
  return ok({ values: read.values, positionals, inOrder })
}

/** What `parseArgs` makes of a word of the command line. */
type Token =
  | GivenOption
  | { readonly kind: 'positional'; readonly value: string }
  | { readonly kind: 'option-terminator' }

interface GivenOption {
  readonly kind: 'option'
  readonly name: string
  readonly rawName: string
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

function textOf({ name, value }: GivenOption): string {
  return value === undefined ? `--${name}` : `--${name}=${value}`
}

function keptIn(tokens: readonly Token[], options: Options): string | undefined {
  const given = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []))
  const kept = findKept(Object.keys(options), new Set(given), process.env)
  return kept === undefined
    ? undefined
    : `npm has kept --${kept} for itself: what the command is to have comes after "--".`
}

function faultIn(
  tokens: readonly Token[],
  known: Options,
  allowPositionals: boolean,
): string | undefined {
  const seen = new Set<string>()
  for (const token of tokens) {
    if (token.kind === 'positional' && !allowPositionals) {
      return `Unexpected argument '${token.value}'.`
    }
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    const option = Object.hasOwn(known, name) ? known[name] : undefined
    if (!option) {
      const near = nearestOf(name, Object.keys(known))
      const hint = near === undefined ? '' : ` Did you mean --${near}?`
      return `Unknown option '${rawName}'.${hint}`
    }
    if (option.type === 'boolean') {
      if (value !== undefined) return `Option '${rawName}' does not take an argument.`
      continue
    }
    if (value === undefined || value === '') return `${rawName} needs a value.`
    // A number may be below 0; its range is told then.
    if (inlineValue === false && /^-(?!\d)/.test(value)) {
      return `${rawName} needs a value; one that begins with "-" is written --${name}=VALUE.`
    }
    if (seen.has(name) && option.multiple !== true) return `${rawName} is given twice.`
    seen.add(name)
  }
  return undefined
}

/** Ends the process for a wrong command line: a sentence, and where to read what would be right. */
export function refuse(usage: string, sentence: string): never {
  const [command = ''] = /^(?:npm (?:run )?[\w:-]+|node [\w/.-]+)/.exec(usage) ?? []
  const options = command.startsWith('npm') ? '-- --help' : '--help'
  console.error(`${sentence} ${command} ${options} says what it takes.`)
  process.exit(2)
}

/** Reads a command line whose options are numbers. */
export function readNumbers<const T extends Numbers>(usage: string, numbers: T): Read<T> {
  const names = Object.keys(numbers)
  const { values } = readCommandLine(
    usage,
    Object.fromEntries(names.map((name) => [name, { type: 'string' } as const])),
  )
  return numbersOf(usage, numbers, values)
}

/** Those of a command's options that are numbers. */
export function numbersOf<const T extends Numbers>(
  usage: string,
  numbers: T,
  values: Readonly<Record<string, unknown>>,
): Read<T> {
  const textOf = (name: string) => values[name]?.toString()
  return orRefuse(
    usage,
    readEach(numbers, (name) => [`--${name}`, textOf(name)]),
  )
}

/** Reads the variables of this process that are numbers; one that is empty is absent. */
export function readVariables<const T extends Numbers>(usage: string, numbers: T): Read<T> {
  return orRefuse(
    usage,
    readEach(numbers, (name) => [name, process.env[name] || undefined]),
  )
}

/** The value, or the end of the process. */
export function orRefuse<T>(usage: string, read: Result<T, string>): T {
  return read.ok ? read.value : refuse(usage, read.error)
}
