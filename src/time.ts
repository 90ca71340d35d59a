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
export function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), milliseconds)
    work.then(
      (result) => {
        clearTimeout(timer)
        resolve(result)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}

/** A time as people and programs outside read it. */
export function isoOrNull(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}
