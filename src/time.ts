/** The day in milliseconds, and the days that uses and failures are counted by. */
export const day = 24 * 60 * 60 * 1000

/** Milliseconds between two records of the use of a token or a key. */
export const useInterval = 60_000

/** Days since 1970, in UTC. */
export function dayNumber(time: number): number {
  return Math.floor(time / day)
}

/** Start of the UTC day of `time`; both in milliseconds since 1970. */
export function startOfDay(time: number): number {
  return dayNumber(time) * day
}

/** Resolves with the result of `work`, or undefined after the limit. `work` is not cancelled. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | null = null
  const end = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds)
  })
  try {
    return await Promise.race([work, end])
  } finally {
    clearTimeout(timer)
  }
}

/** A time as people and programs outside read it. */
export function isoOrNull(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}
