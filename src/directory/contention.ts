/** Changes that other writers overtake between their read and their write. */
import { timeLeft, type DirectoryRequest } from './request'

/** Each costs up to three calls of D1, of which a request has a limited number. */
const attempts = 16

/** Milliseconds of the longest pause: 64 writers spread over it rarely meet. */
const longestPause = 1_500

/**
 * Tries until an attempt is not overtaken (undefined), with pauses of random length that grow.
 * Undefined when the last attempt was overtaken or the time of the request is over: then nothing
 * was changed.
 */
export async function untilNotOvertaken<T>(
  request: Pick<DirectoryRequest, 'credential'>,
  attempt: () => Promise<T | undefined>,
): Promise<T | undefined> {
  for (let count = 1; ; count += 1) {
    const outcome = await attempt()
    if (outcome !== undefined || count === attempts || timeLeft(request) <= 0) return outcome
    await scheduler.wait(Math.random() * Math.min(5 * 2 ** count, longestPause))
  }
}
