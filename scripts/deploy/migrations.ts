/** What wrangler says while it applies migrations: a table of all of them after each one. */

export interface Applied {
  readonly done: number
  /** Undefined until wrangler has said it. */
  readonly of: number | undefined
  readonly names: readonly string[]
}

/** Reads all that `wrangler d1 migrations apply` has printed so far. */
export function readApplied(output: string): Applied {
  const [, of] = /About to apply (\d+) migration/.exec(output) ?? []
  // A name is in each table from its migration on.
  const names = [...output.matchAll(/│ (\S+\.sql)\s*│ ✅/g)].map(([, name = '']) => name)
  const distinct = [...new Set(names)]
  return { done: distinct.length, of: of === undefined ? undefined : Number(of), names: distinct }
}

/** One line while it runs. */
export function describeApplying({ done, of }: Applied, database: string): string {
  return of === undefined
    ? `${database}: asking which migrations are new`
    : `${database}: ${done} of ${of} migrations`
}

/** One line for what was done. */
export function describeApplied({ names, done }: Applied): string {
  const [first] = names
  if (done === 0) return 'Nothing is new.'
  return done === 1 ? `Applied ${first}.` : `Applied ${done}: ${first} to ${names.at(-1)}.`
}
