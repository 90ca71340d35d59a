/** The command line of `npm run deploy`. */
import { isJurisdiction, jurisdictions, type Jurisdiction } from '../../src/jurisdiction.ts'
import { err, ok, type Result } from '../../src/result.ts'

export const usage = `npm run deploy -- [--env NAME] [--jurisdiction ${jurisdictions.join('|')}] [--yes] [--dry-run]

Says what it will do and asks; applies the migrations to every database, publishes the Worker, checks
/healthz and says what comes next.

  --env NAME           the environment NAME of wrangler.toml, or else a Worker of its own for the
                       tenant NAME: database, namespace, Durable Objects and limits
  --jurisdiction NAME  makes D1, KV and Durable Objects in this jurisdiction. It can be set only when
                       they are made: what exists elsewhere is refused
  --yes, -y            does not ask; nor is there a question in CI, or without a terminal
  --dry-run            builds, and changes nothing
  --help, -h           this text

Anything else is handed to \`wrangler deploy\`, for example --keep-vars.
The exit code is 0 when the Worker is published and answers, 1 when not, 2 for a wrong command line.`

export interface Wish {
  readonly isHelp: boolean
  readonly isAgreed: boolean
  readonly isDryRun: boolean
  readonly environment?: string
  readonly jurisdiction?: Jurisdiction
  /** Options of `wrangler deploy`. */
  readonly more: readonly string[]
}

/** The error is a sentence for the operator. */
export function readCommandLine(given: readonly string[]): Result<Wish, string> {
  const help = takeFlag(given, ['--help', '-h'])
  const yes = takeFlag(help.more, ['--yes', '-y'])
  const environment = takeOption(yes.more, ['--env', '-e'])
  const jurisdiction = takeOption(environment.more, ['--jurisdiction'])
  const { more } = jurisdiction
  const [first] = more
  if (first !== undefined && !first.startsWith('-')) {
    return err(`npm run deploy takes no "${first}". A tenant's own Worker is --env ${first}.`)
  }
  if (jurisdiction.value !== undefined && !isJurisdiction(jurisdiction.value)) {
    return err(`--jurisdiction is one of ${jurisdictions.join(', ')}.`)
  }
  return ok({
    isHelp: help.isThere,
    isAgreed: yes.isThere,
    isDryRun: more.includes('--dry-run'),
    ...(environment.value === undefined ? {} : { environment: environment.value }),
    ...(jurisdiction.value === undefined ? {} : { jurisdiction: jurisdiction.value }),
    more,
  })
}

function takeFlag(given: readonly string[], names: readonly string[]) {
  const more = given.filter((item) => !names.includes(item))
  return { isThere: more.length < given.length, more }
}

/** `--name VALUE` or `--name=VALUE`, and what remains. An option without a value has the value "". */
function takeOption(given: readonly string[], names: readonly string[]) {
  const index = given.findIndex((item) => names.includes(item.split('=')[0] ?? ''))
  if (index < 0) return { value: undefined, more: given }
  const [, inline] = /^[^=]*=(.*)$/s.exec(given[index] ?? '') ?? []
  const more = given.toSpliced(index, inline === undefined ? 2 : 1)
  return { value: inline ?? given[index + 1] ?? '', more }
}
