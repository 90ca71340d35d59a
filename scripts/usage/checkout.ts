/** Another checkout of this repository that a command line names. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { err, ok, type Result } from '../../src/result.ts'

/** Its folder as an absolute path; the error is a sentence for who named it. */
export function findCheckout(given: string): Result<string, string> {
  const folder = resolve(given)
  const missing = ['wrangler.toml', 'drizzle', 'node_modules'].find(
    (name) => !existsSync(join(folder, name)),
  )
  return missing === undefined
    ? ok(folder)
    : err(`${given} is no checkout with its packages installed: there is no ${missing} in it.`)
}
