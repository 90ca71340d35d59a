/** Settings of `npm run dev`: read from the environment and the command line, or refused. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { err, ok, type Result } from '../../src/result.ts'
import { root } from '../root.ts'

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

/**
 * An empty variable is an absent one: an empty STATE_DIR would be the working directory. The error
 * is a sentence for the person who started it.
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  parameters: readonly string[],
): Result<DevSettings, string> {
  const port = Number(environment['PORT'] || 8787)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    return err(
      `PORT is ${JSON.stringify(environment['PORT'])}; it must be a number from 0 to 65535.`,
    )
  }
  const stateDirectory = resolve(environment['STATE_DIR'] || join(root, '.wrangler', 'state'))
  const given = environment['BUILD_DIR'] || undefined
  const buildDirectory = resolve(given ?? join(stateDirectory, 'build'))
  const isBuilt = given !== undefined
  const isWatching = parameters.includes('--watch')
  const hasLimits = parameters.includes('--limits')
  if (isBuilt && isWatching) {
    return err('With --watch the Worker is built here: leave out BUILD_DIR.')
  }
  if (isBuilt && !existsSync(join(buildDirectory, 'index.js'))) {
    return err(`BUILD_DIR is ${buildDirectory}; there is no built Worker (index.js) in it.`)
  }
  return ok({ port, stateDirectory, buildDirectory, isBuilt, isWatching, hasLimits })
}
