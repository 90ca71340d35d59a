/** A gateway killed under load, and who relies on it. `npm run crash` kills it more often. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { RoundReport } from '../../../scripts/crash/rounds.ts'
import type { Contents } from '../../support/agreement.ts'
import { freePort } from '../../support/server.ts'
import { client, newTenant, person, type Answer, type ScimClient } from '../../support/tenant.ts'
import { directoryOf } from './application.ts'
import { ExampleReceiver } from './example-receiver.ts'
import type { Arrival } from './receiver-process.ts'
import { attemptsOf, type Attempt } from './receiver.ts'
import { assemble, changes, play, type Cast } from './story.ts'
import { until } from './until.ts'

let folder: string
let cast: Cast
let reports: readonly RoundReport[]
/** What is on disk after the last kill. */
let contents: Contents

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-crash-'))
  cast = await assemble(folder, inject('buildDirectory'))
  reports = await play(cast)
  contents = await cast.rounds.contents()
})

afterAll(async () => {
  await cast?.leave()
  await rm(folder, { recursive: true, force: true })
})

describe('a gateway that is killed three times under load', () => {
  it('finds everything that it acknowledged, and nothing half done, after SIGKILL under load', () => {
    expect(reports.flatMap(({ wrong }) => wrong)).toEqual([])
  })

  it('has done enough each time, and was killed in the middle of work', () => {
    expect(reports).toHaveLength(3)
    for (const { acknowledged, unanswered } of reports) {
      expect(acknowledged).toBeGreaterThanOrEqual(changes)
      expect(unanswered).toBeGreaterThan(0)
    }
  })
})

describe('webhooks of a gateway that is killed three times', () => {
  let arrivals: readonly Arrival[]
  let attempts: readonly Attempt[]
  let sequence: readonly number[]

  beforeAll(async () => {
    const { rounds, webhook, receiver } = cast
    await until('all events are delivered', async () => {
      const { body } = await rounds.admin.call('GET', webhook)
      return body.behind === 0 || body.state !== 'active'
    })
    arrivals = await receiver.arrivals()
    attempts = await attemptsOf(rounds.admin, webhook)
    sequence = contents.events.map(({ seq }) => seq)
  })

  it('end with nothing left to deliver, and nothing held against the receiver', async () => {
    const { body } = await cast.rounds.admin.call('GET', cast.webhook)
    const deliveredUpTo = sequence.length
    expect(body).toMatchObject({ deliveredUpTo, behind: 0, state: 'active', failures: 0 })
    const acknowledged = reports.reduce((sum, report) => sum + report.acknowledged, 0)
    expect(deliveredUpTo).toBeGreaterThanOrEqual(acknowledged)
  })

  it('reach a receiver that refuses, hangs, is slow and dies: each event, the first time in order', () => {
    expect([...new Set(arrivals.map(({ seq }) => seq))]).toEqual(sequence)
    for (const [index, { seq }] of arrivals.entries()) {
      // What was repeated was repeated in order as well.
      expect(seq).toBeLessThanOrEqual((arrivals[index - 1]?.seq ?? 0) + 1)
    }
  })

  it('say what is in the log, under one id however often they are sent', () => {
    const told = new Set(
      arrivals.map(({ seq, type, resourceId }) => `${seq} ${type} ${resourceId}`),
    )
    expect([...told]).toEqual(
      contents.events.map(({ seq, type, resource_id: id }) => `${seq} ${type} ${id}`),
    )
    expect(new Set(arrivals.map(({ seq, id }) => `${seq} ${id}`)).size).toBe(sequence.length)
    expect(new Set(arrivals.map(({ id }) => id)).size).toBe(sequence.length)
  })

  it('are signed, as another implementation of Standard Webhooks verifies', () => {
    expect(arrivals.filter(({ isVerified }) => !isVerified)).toEqual([])
  })

  it('leave a log in which each event succeeded and nothing arrived that did not arrive', () => {
    const succeeded = attempts.filter(({ error }) => error === null).map(({ seq }) => seq)
    expect([...new Set(succeeded)]).toEqual(sequence)
    const arrived = new Set(arrivals.map(({ id }) => id))
    expect(attempts.filter(({ id, status }) => status !== null && !arrived.has(id))).toEqual([])
  })

  it('leave a log that tells of every hard time', () => {
    expect(attempts.some(({ status }) => status === 503)).toBe(true)
    expect(attempts.some(({ error }) => error === 'timeout')).toBe(true)
    expect(attempts.some(({ error }) => error === 'connection')).toBe(true)
    expect(new Set(arrivals.map(({ mood }) => mood))).toEqual(
      new Set(['well', 'refusing', 'slow', 'hanging']),
    )
  })
})

describe('an application beside a gateway that is killed three times', () => {
  it('has the tables of the directory, after kills of both and lost tables', async () => {
    const { rounds, application, keyId } = cast
    await until('the application has acknowledged everything', async () => {
      const { body } = await rounds.admin.call('GET', `/tenants/${rounds.slug}/keys`)
      return body.readers.some((one: any) => one.reader === keyId && one.behind === 0)
    })
    const scim = client(fetch, `${rounds.url}/scim/v2/${rounds.slug}`, rounds.token)
    expect(await application.tables()).toEqual(await directoryOf(scim))
  })

  it('hears of each event once and in order through the client', async () => {
    const { seen, refused } = cast.follower
    await until('all events were seen', () => seen.length >= contents.events.length)
    expect(seen).toEqual(contents.events.map(({ seq }) => seq))
    expect(refused).toEqual([])
  })
})

describe('the example receiver', () => {
  const people = 45
  let receiver: ExampleReceiver
  let scim: ScimClient
  let webhook: string
  let secret: string

  beforeAll(async () => {
    const { url, admin, adminToken } = cast.rounds
    scim = await newTenant(fetch, url, adminToken)
    receiver = new ExampleReceiver(await freePort(), join(folder, 'inbox.jsonl'))
    const webhooks = `/tenants/${scim.slug}/webhooks`
    const made = await admin.call('POST', webhooks, { url: receiver.url })
    secret = made.body.secret
    webhook = `${webhooks}/${made.body.id}`
    await receiver.start(secret)
    for (let round = 0; round < 2; round += 1) {
      const provisioned = provision(20)
      const some = round * 20 + 5
      await until('the inbox has some', async () => (await receiver.inbox()).length >= some)
      await receiver.die()
      await provisioned
      await receiver.start(secret)
    }
  })

  afterAll(() => receiver?.die())

  async function provision(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      expect((await scim.call('POST', '/Users', person())).status).toBe(201)
    }
  }

  function state(): Promise<Answer> {
    return cast.rounds.admin.call('GET', webhook)
  }

  it('has each event once and in order after kills and a rotation, and a replay', async () => {
    const { admin } = cast.rounds
    // For 24 hours after a rotation the old secret, which this receiver has, signs as well.
    expect((await admin.call('POST', `${webhook}/rotate`)).status).toBe(200)
    await provision(5)
    await until('all are in the inbox', async () => (await receiver.inbox()).length >= people)
    // Everything once more: a message that is in the inbox already is acknowledged, and not stored.
    expect((await admin.call('POST', `${webhook}/replay`, { after: 0 })).status).toBe(200)
    await until('all were sent again', async () => (await state()).body.behind === 0)
    expect((await state()).body).toMatchObject({
      deliveredUpTo: people,
      state: 'active',
      failures: 0,
    })
    const lines = await receiver.inbox()
    expect(lines.map(({ event }) => event.seq)).toEqual(
      Array.from({ length: people }, (_, index) => index + 1),
    )
    expect(new Set(lines.map(({ id }) => id)).size).toBe(people)
  })

  it('refuses what others signed, what is old and what nobody signed', async () => {
    const before = await receiver.inbox()
    const now = Date.now()
    const foreign = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
    expect(await receiver.answerTo('evt_forged', foreign, new Date(now))).toBe(401)
    expect(await receiver.answerTo('evt_old', secret, new Date(now - 3_600_000))).toBe(401)
    expect((await fetch(receiver.url, { method: 'POST', body: '{}' })).status).toBe(401)
    expect(await receiver.inbox()).toEqual(before)
  })
})
