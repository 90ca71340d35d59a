/** The command line of `npm run deploy`. */
import { isJurisdiction, jurisdictions, type Jurisdiction } from '../../src/object-location.ts'
import { err, ok, type Result } from '../../src/result.ts'
import { parseOptions } from '../usage.ts'
import { checkHandedOn, elsewhere, handedOn } from './handed-on.ts'

export const usage = `npm run deploy -- [--env NAME] [--jurisdiction ${jurisdictions.join('|')}] [--yes] [--dry-run]

Builds the Worker, says what it will do and asks; applies the migrations to every database, publishes the
Worker, checks /healthz and says what comes next.

  --env NAME           the environment NAME of wrangler.toml, or else a Worker of its own for the
                       tenant NAME: database, namespace, Durable Objects and limits
  --jurisdiction NAME  makes D1, KV and Durable Objects in this jurisdiction. It can be set only when
                       they are made: what exists elsewhere is refused
  --yes, -y            does not ask; nor is there a question in CI, or without a terminal
  --dry-run            builds, and changes nothing, here or at Cloudflare
  --button             prints the button Deploy to Cloudflare of the public repository that git has
                       as "origin", and does nothing else
  --help, -h           this text

Options of \`wrangler deploy\` are handed on to it, for example --keep-vars or --message=TEXT; not those that
would publish another Worker than the plan says, such as --name and --config. Nothing is done before all are known.
The exit code is 0 when the Worker is published and answers, 1 when not, 2 for a wrong command line.`

export interface Wish {
  readonly isAgreed: boolean
  readonly isDryRun: boolean
  readonly isButton: boolean
  readonly environment?: string
  readonly jurisdiction?: Jurisdiction
  /** Options of `wrangler deploy`. */
  readonly more: readonly string[]
}

const own = {
  env: { type: 'string', short: 'e' },
  jurisdiction: { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
  'dry-run': { type: 'boolean' },
  button: { type: 'boolean' },
} as const

/** Reads all of it before anything is done. The error is a sentence for the operator. */
export function readCommandLine(given: readonly string[]): Result<Wish, string> {
  const read = parseOptions(given, { ...own, ...handedOn, ...elsewhere }, true)
  if (!read.ok) return read
  const { values, positionals, inOrder } = read.value
  const { env: environment, jurisdiction } = values
  const [word] = positionals
  if (word !== undefined) {
    return err(
      given[0] === word
        ? `npm run deploy takes no "${word}". A tenant's own Worker is --env ${word}.`
        : `npm run deploy takes no "${word}". An option with several values is written once for each.`,
    )
  }
  const checked = checkHandedOn(inOrder)
  if (!checked.ok) return checked
  if (jurisdiction !== undefined && !isJurisdiction(jurisdiction)) {
    return err(`--jurisdiction is one of ${jurisdictions.join(', ')}.`)
  }
  return ok({
    isAgreed: values.yes === true,
    isDryRun: values['dry-run'] === true,
    isButton: values.button === true,
    ...(environment === undefined ? {} : { environment }),
    ...(jurisdiction === undefined ? {} : { jurisdiction }),
    more: inOrder.flatMap(([name, text]) =>
      name === 'dry-run' || Object.hasOwn(handedOn, name) ? [text] : [],
    ),
  })
}
