/** Settings of `npm run dev`: read from the environment and the command line, or refused. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { err, ok, type Result } from '../../src/result.ts'
import { root } from '../root.ts'
import { readNumber } from '../usage/numbers.ts'

export interface DevSettings {
  /** From 0 to 65535; 0 takes any free port. */
  readonly port: number
  /** Folder of the data, as an absolute path. */
  readonly stateDirectory: string
  /** Folder of the built Worker, as an absolute path. */
  readonly buildDirectory: string
  /** True when the Worker is built already: its folder is served as it is and never written to. */
  readonly isBuilt: boolean
  /** True when the Worker is built anew with each change of a source file. */
  readonly isWatching: boolean
  /** True with the limits of requests that a deployment has. */
  readonly hasLimits: boolean
}

/** Options of the command line. */
interface DevWish {
  readonly watch?: boolean | undefined
  readonly limits?: boolean | undefined
}

/**
 * An empty variable is an absent one: an empty STATE_DIR would be the working directory. The error
 * is a sentence for the person who started it.
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  { watch: isWatching = false, limits: hasLimits = false }: DevWish,
): Result<DevSettings, string> {
  const port = readNumber('PORT', environment['PORT'] || '8787', { least: 0, most: 65_535 })
  if (!port.ok) return port
  const spans = checkSpans(environment)
  if (!spans.ok) return spans
  const stateDirectory = resolve(environment['STATE_DIR'] || join(root, '.wrangler', 'state'))
  const given = environment['BUILD_DIR'] || undefined
  const buildDirectory = resolve(given ?? join(stateDirectory, 'build'))
  const isBuilt = given !== undefined
  if (isBuilt && isWatching) {
    return err('With --watch the Worker is built here: leave out BUILD_DIR.')
  }
  if (isBuilt && !existsSync(join(buildDirectory, 'index.js'))) {
    return err(`BUILD_DIR is ${buildDirectory}; there is no built Worker (index.js) in it.`)
  }
  return ok({ port: port.value, stateDirectory, buildDirectory, isBuilt, isWatching, hasLimits })
}

/** The spans that are handed on to the Worker, in milliseconds: it would pass over what is none. */
function checkSpans(
  environment: Readonly<Record<string, string | undefined>>,
): Result<void, string> {
  for (const name of ['WEBHOOK_GAPS', 'WEBHOOK_TIMEOUT']) {
    const text = environment[name] || undefined
    const texts = name === 'WEBHOOK_GAPS' ? text?.split(',') : text && [text]
    for (const one of texts || []) {
      const span = readNumber(name, one, { least: 1, most: 86_400_000, isFraction: true })
      if (!span.ok) return span
    }
  }
  return ok(undefined)
}
