/** The scheduled jobs. */
import type { Environment } from './environment'
import { countDays } from './attention/days'
import { sendNotices } from './attention/send'
import { resealAll } from './webhooks/reseal'
import { sweepDeliveries, sweepFeed } from './webhooks/wake'
import { eachDatabase } from './database/placement'
import { announceExpiring } from './tokens/expiry'
import { gatherDepartures } from './activity/departures'
import { tellDueReleases } from './guard/review/delay'
import { deleteExpired } from './retention'
import { countStored } from './tenants/count'
import { finishDeletions } from './tenants/deletion'

type Job = (home: Environment, now: number) => Promise<void>

/** Jobs of each sweep. The first writes events, which the second delivers. */
const frequent: readonly Job[] = [
  ({ DB }, now) => tellDueReleases(DB, now),
  sweepDeliveries,
  finishDeletions,
  ({ DB }) => gatherDepartures(DB),
]

/** Jobs of the nightly run, carried out in this order in each database. */
const nightly: readonly Job[] = [
  ({ DB }, now) => announceExpiring(DB, now),
  ({ DB }, now) => countDays(DB, now),
  ({ DB }, now) => deleteExpired(DB, now),
  resealAll,
  ...frequent,
  ({ DB }) => countStored(DB),
]

/** Carries out the jobs of a sweep, or those of the night. Throws when some have failed, after all had their turn. */
export async function runJobs(
  which: 'sweep' | 'night',
  environment: Environment,
  now: number,
): Promise<void> {
  const jobs = which === 'sweep' ? frequent : nightly
  const failures: unknown[] = []
  // One that fails leaves the others, and the other databases, their turn.
  for (const home of eachDatabase(environment)) {
    for (const job of jobs) {
      await job(home, now).catch((error) => failures.push(error))
    }
  }
  // Once for all databases: these are about all tenants.
  await sweepFeed(environment, now).catch((error) => failures.push(error))
  await sendNotices(environment, now).catch((error) => failures.push(error))
  if (failures.length > 0) throw new AggregateError(failures, 'A scheduled run failed in part')
}
