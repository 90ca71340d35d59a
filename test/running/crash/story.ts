/**
 * One gateway under load, beside a receiver of webhooks that fails in every way and an application
 * that reads. The gateway is killed three times, and the others too. Each event of the story is
 * waited for: none happens by chance, however fast or slow the machine is.
 */
import { join } from 'node:path'
import { CrashRounds, type RoundReport } from '../../../scripts/crash/rounds.ts'
import { connect } from '../../../src/client/client.ts'
import { newKey } from '../../support/application.ts'
import { freePort } from '../../support/server.ts'
import { ExampleApplication, Follower } from './application.ts'
import { Receiver } from './receiver.ts'
import { until } from './until.ts'

/** Acknowledged changes of each round. */
export const changes = 350

export interface Cast {
  readonly rounds: CrashRounds
  readonly receiver: Receiver
  /** Path of the endpoint, below `/admin/api`. */
  readonly webhook: string
  readonly application: ExampleApplication
  readonly keyId: string
  readonly follower: Follower
  /** Ends all that runs. */
  leave(): Promise<void>
}

/** Everybody is there before the first change. */
export async function assemble(folder: string, buildDirectory: string): Promise<Cast> {
  const rounds = await CrashRounds.start({
    stateDirectory: join(folder, 'state'),
    buildDirectory,
    clients: 8,
    changes,
    random: Math.random,
    // Those who read know one address.
    port: await freePort(),
    variables: { WEBHOOK_LOOPBACK: 'true', WEBHOOK_GAPS: '100,200,400', WEBHOOK_TIMEOUT: '2000' },
  })
  const { url, admin, slug } = rounds
  const port = await freePort()
  const webhooks = `/tenants/${slug}/webhooks`
  const made = await admin.call('POST', webhooks, { url: `http://127.0.0.1:${port}/` })
  const receiver = new Receiver(port, join(folder, 'arrivals'), made.body.secret)
  await receiver.start()
  const { id, key } = await newKey(admin, slug, { scope: 'read-ack' })
  const application = new ExampleApplication(join(folder, 'application.json'), { url, slug, key })
  application.start()
  const ending = new AbortController()
  const { signal } = ending
  const follower = new Follower(connect({ url, tenant: slug, key, signal }), signal)
  return {
    rounds,
    receiver,
    webhook: `${webhooks}/${made.body.id}`,
    application,
    keyId: id,
    follower,
    async leave() {
      ending.abort()
      await follower.ended()
      await application.die()
      await receiver.die()
      await rounds.stop()
    },
  }
}

/** Three rounds; each ends with the death of the gateway in the middle of its work. */
export async function play(cast: Cast): Promise<RoundReport[]> {
  const { receiver } = cast
  const first = await cast.rounds.round(async (signal) => {
    const refusing = async () => {
      receiver.tell('refusing')
      await untilAttempted(cast, 'status 503', signal)
      await receiver.meets('well', 20, signal)
      await receiver.meets('slow', 10, signal)
      receiver.tell('well')
    }
    await Promise.all([refusing(), dieTwice(cast, signal)])
  })
  const second = await cast.rounds.round(async (signal) => {
    await receiver.meets('well', 20, signal)
    // The gateway dies while it waits for an answer.
    const hanging = async () => {
      receiver.tell('hanging')
      await untilAttempted(cast, 'timeout', signal)
      await receiver.meets('hanging', 1, signal)
    }
    await Promise.all([hanging(), loseTables(cast, signal)])
  })
  const third = await cast.rounds.round(async (signal) => {
    await receiver.meets('well', 20, signal)
    // The gateway dies while nobody listens.
    const dying = async () => {
      await receiver.die()
      await untilAttempted(cast, 'connection', signal)
    }
    await Promise.all([dying(), dieTwice(cast, signal)])
  })
  await receiver.start()
  return [first, second, third]
}

/** The application is gone for a while, comes back behind, and dies again as it catches up. */
async function dieTwice(cast: Cast, signal: AbortSignal): Promise<void> {
  const { application, follower } = cast
  await until('the application has its first tables', () => isInLog(cast), signal)
  await application.die()
  const before = follower.seen.length
  await until('events that it misses', () => follower.seen.length >= before + 20, signal)
  const place = await application.place()
  application.start()
  await until('it catches up', async () => (await application.place()) > place, signal)
  await application.die()
  application.start()
}

/** As after a restored backup; the application then reads everything again. */
async function loseTables(cast: Cast, signal: AbortSignal): Promise<void> {
  await cast.application.die()
  await cast.application.lose()
  cast.application.start()
  await until('the application reads all again', () => isInLog(cast), signal)
}

/** The application has tables, and its place is one of this log. */
async function isInLog({ application }: Cast): Promise<boolean> {
  const place = await application.place()
  return place > 0 && place < 1_000_000
}

async function untilAttempted(
  { rounds, webhook }: Cast,
  lastError: string,
  signal: AbortSignal,
): Promise<void> {
  const isNoted = async () => (await rounds.admin.call('GET', webhook)).body.lastError === lastError
  await until(`an attempt that ends with ${lastError}`, isNoted, signal)
}
