/** Milliseconds after which something is taken to happen never: so many that no machine is too slow. */
const patience = 300_000

/** Resolves when the condition holds; throws when that can't be any more, or was hoped for too long. */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  signal?: AbortSignal,
): Promise<void> {
  const limit = AbortSignal.timeout(patience)
  while (!(await condition())) {
    if (limit.aborted || signal?.aborted) throw new Error(`Has not happened: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
