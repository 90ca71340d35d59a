/** Milliseconds after which something is taken never to happen: no machine is so slow. */
const patience = 300_000

/** Resolves when the condition holds; throws when the signal or the limit comes first. */
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
