/** The command line of `npm test`. */
import { err, ok, type Result } from '../../src/result.ts'
import { readNumber } from '../usage/numbers.ts'
import { parseOptions, type Options } from '../usage.ts'

/** The projects of vitest.config.ts, with which a test compares them. */
export const projects: readonly string[] = ['pure', 'worker', 'running', 'several databases']

export const usage = `npm test -- [FILTER …] [OPTION …]

Every check and every test. The last line counts what passed and what failed; ends with 1 when one failed.
CONTRIBUTING.md has the shorter commands.

  FILTER               only tests in files whose path holds one of these texts
  --project NAME       only tests of a project: ${projects.join(', ')}
  --testNamePattern T  only tests whose name matches this pattern; -t T
  --bail N             ends after so many failures
  --changed            only tests that the changed files may touch
  --exclude GLOB       without these files
  --maxWorkers N       as many at a time, or such a share (50%)
  --retry N            each test that fails once more, up to so many times
  --shard I/N          the I-th of N parts of the files
  --silent             without what the tests print
  --update             writes snapshots anew; -u
  --help, -h           this text`

const flag = { type: 'boolean' } as const
const text = { type: 'string' } as const

/** Options of Vitest that are handed on to it; a test compares them with its help. */
export const handedOn = {
  bail: text,
  changed: flag,
  exclude: { type: 'string', multiple: true },
  maxWorkers: text,
  project: { type: 'string', short: 'p', multiple: true },
  retry: text,
  shard: text,
  silent: flag,
  testNamePattern: { type: 'string', short: 't' },
  update: { type: 'boolean', short: 'u' },
} as const satisfies Options

/** Values that Vitest would refuse after the checks, or pass over; undefined for those that it takes. */
const faults: Readonly<Record<string, (text: string) => string | undefined>> = {
  bail: (text) => faultOf('--bail', text, 0),
  retry: (text) => faultOf('--retry', text, 0),
  maxWorkers: (text) =>
    /^(100|[1-9]\d?)%$/.test(text) ? undefined : faultOf('--maxWorkers', text, 1),
  project: (text) =>
    projects.includes(text)
      ? undefined
      : `There is no project ${JSON.stringify(text)}: they are ${projects.join(', ')}.`,
  shard: (text) => {
    const [, part, parts] = /^([1-9]\d{0,2})\/([1-9]\d{0,2})$/.exec(text) ?? []
    return Number(part) <= Number(parts)
      ? undefined
      : `--shard is ${JSON.stringify(text)}; it must be one of several, such as 1/3.`
  },
}

function faultOf(name: string, text: string, least: number): string | undefined {
  const read = readNumber(name, text, { least, most: 10_000 })
  return read.ok ? undefined : read.error
}

/** What Vitest is given. The error is a sentence about what is not known. */
export function readCommandLine(given: readonly string[]): Result<readonly string[], string> {
  const read = parseOptions(given, handedOn, true)
  if (!read.ok) return read
  const { positionals, inOrder } = read.value
  for (const [name, , value] of inOrder) {
    const fault = faults[name]?.(value)
    if (fault !== undefined) return err(fault)
  }
  // Words first: Vitest would take one behind --silent for its value.
  return ok([...positionals, ...inOrder.map(([, text]) => text)])
}
