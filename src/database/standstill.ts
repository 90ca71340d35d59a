/** Limits of the platform that last until somebody does something about them, as they are met. */

/**
 * `full` for a database that holds no more, `calls` for a request that has asked the platform as often as
 * its plan allows, `daily` for the rows of a day on the free plan.
 */
export const standstills = ['daily', 'calls', 'full'] as const

export type Standstill = (typeof standstills)[number]

let met: Standstill | undefined

export function isStandstill(outage: string): outage is Standstill {
  return standstills.some((standstill) => standstill === outage)
}

/** Keeps in mind that this isolate has met a limit, until the next look. */
export function noteIfStandstill(outage: string): void {
  if (isStandstill(outage)) met = outage
}

/** The limit that this isolate has met since the last look. */
export function takeStandstill(): Standstill | undefined {
  const last = met
  met = undefined
  return last
}
