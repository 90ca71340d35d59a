/** Options that npm reads as its own, because they stand before `--`: the command is started without them. */

/** Settings that npm has itself, and somebody may have made for good; a command that runs without them does no harm. */
const settingsOfNpm: ReadonlySet<string> = new Set(['json', 'key', 'message', 'only', 'tag', 'yes'])

/** The first of the options that npm has kept, and that is not among those given to the command. */
export function findKept(
  options: readonly string[],
  given: ReadonlySet<string>,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  return options.find((name) => {
    if (given.has(name) || settingsOfNpm.has(name)) return false
    const value = environment[`npm_config_${name.replaceAll('-', '_')}`] ?? ''
    return value !== '' && value !== 'false'
  })
}
