/** What a deployment consists of, and in which order. */

export interface Ended {
  readonly code: number
  readonly errors: string
}

/** Runs wrangler with these parameters. */
export type Wrangler = (parameters: readonly string[]) => Promise<Ended>

/** Wrangler's words for a database that the first deployment will make. */
const missingDatabase = /Couldn't find an? (auto-provisioned )?D1 DB/

/**
 * The migrations, then the Worker, so that no Worker meets tables that it does not know. Only a
 * database that does not exist yet turns the order around; then the Worker answers 503 in between.
 * Any other failure ends it: the Worker that runs stays as it is.
 */
export async function deploy(wrangler: Wrangler, parameters: readonly string[]): Promise<number> {
  const publish = ['deploy', ...parameters]
  if (parameters.includes('--dry-run')) return (await wrangler(publish)).code
  const migrate = ['d1', 'migrations', 'apply', 'DB', '--remote', ...environmentOf(parameters)]
  const migrated = await wrangler(migrate)
  const isFirst = migrated.code !== 0 && missingDatabase.test(migrated.errors)
  if (migrated.code !== 0 && !isFirst) return migrated.code
  const published = await wrangler(publish)
  return published.code === 0 && isFirst ? (await wrangler(migrate)).code : published.code
}

/** `--env NAME` or `--env=NAME`: the one parameter that every command needs. */
function environmentOf(parameters: readonly string[]): readonly string[] {
  const index = parameters.findIndex((item) => /^(--env|-e)(=|$)/.test(item))
  if (index < 0) return []
  return parameters.slice(index, parameters[index]?.includes('=') ? index + 1 : index + 2)
}
