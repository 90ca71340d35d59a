/** Waiting for what another request does: looks at growing intervals until it is there. */
import type { Result } from './result'

/** Milliseconds between two looks of one that waits: short at first, and never over a second. */
const firstGap = 100
const maximumGap = 1_000
const growth = 1.5

/**
 * Looks until an answer is enough, a refusal, or the last one in `wait` seconds. A reader that has
 * gone ends it.
 */
export async function lookUntil<T, E>(
  look: () => Promise<Result<T, E>>,
  isEnough: (found: T) => boolean,
  wait: number,
  signal: AbortSignal | undefined,
): Promise<Result<T, E>> {
  const until = Date.now() + wait * 1000
  for (let gap = firstGap; ; gap = Math.min(gap * growth, maximumGap)) {
    const found = await look()
    const left = until - Date.now()
    if (!found.ok || isEnough(found.value) || left <= 0 || signal?.aborted) return found
    await pause(Math.min(gap, left), signal)
  }
}

function pause(time: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, time)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
