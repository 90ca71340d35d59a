/** Webhooks while the receiver fails in every way and the gateway is killed. */
import { fork, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeToken } from '../../src/tokens/secret.ts'
import { root } from '../../scripts/root.ts'
import { adminToken, freePort, killGroup, spawnDev, type Development } from '../support/server.ts'
import type { Arrival, Mood } from '../support/sink-process.ts'
import { client, operator, patch, person, type ScimClient } from '../support/tenant.ts'

const changes = 1_000
const killedAt = [300, 650]

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-webhooks-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** The receiver: its process comes and goes, its file stays. */
class Receiver {
  readonly #port: number
  readonly #file: string
  readonly #secret: string
  #child: ChildProcess | undefined

  constructor(port: number, secret: string) {
    this.#port = port
    this.#file = join(folder, 'arrivals')
    this.#secret = secret
  }

  async start(): Promise<void> {
    const path = join(root, 'test', 'support', 'sink-process.ts')
    const child = fork(path, [String(this.#port), this.#file, this.#secret])
    await new Promise((resolve) => child.once('message', resolve))
    this.#child = child
  }

  async die(): Promise<void> {
    const child = this.#child
    const gone = new Promise((resolve) => child?.once('exit', resolve))
    child?.kill('SIGKILL')
    await gone
  }

  tell(mood: Mood): void {
    this.#child?.send(mood)
  }

  async arrivals(): Promise<Arrival[]> {
    const text = await readFile(this.#file, 'utf8').catch(() => '')
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Arrival)
  }
}

/** Changes that were acknowledged: who was made, and how many changes in all. */
interface Done {
  readonly people: string[]
  count: number
}

/** Makes and changes people until it is enough or the gateway is gone. */
async function work(scim: ScimClient, done: Done, isEnough: () => boolean): Promise<void> {
  while (!isEnough()) {
    try {
      const made = await scim.call('POST', '/Users', person())
      if (made.status !== 201) throw new Error(`Refused: ${JSON.stringify(made.body)}`)
      done.people.push(made.body.id)
      done.count += 1
      const title = patch({ op: 'replace', path: 'title', value: `Number ${done.count}` })
      const changed = await scim.call('PATCH', `/Users/${made.body.id}`, title)
      if (changed.status !== 200) throw new Error(`Refused: ${JSON.stringify(changed.body)}`)
      done.count += 1
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('Refused')) throw error
      return
    }
  }
}

/**
 * The receiver's life: each hard time lasts until it was met, or until all the work is over. What
 * was met is noted in `met`.
 */
async function weather(
  receiver: Receiver,
  met: Set<Mood | 'dead'>,
  isOver: () => boolean,
  lastError: () => Promise<string | null>,
): Promise<void> {
  const until = async (condition: () => Promise<boolean>) => {
    while (!isOver() && !(await condition())) await pause(20)
  }
  const more = async (count: number) => {
    const before = (await receiver.arrivals()).length
    await until(async () => (await receiver.arrivals()).length >= before + count)
  }
  while (!isOver()) {
    for (const mood of ['refusing', 'hanging', 'slow'] as const) {
      receiver.tell('well')
      await more(40)
      receiver.tell(mood)
      await more(mood === 'slow' ? 10 : 2)
      const last = (await receiver.arrivals()).at(-1)
      if (last?.mood === mood) met.add(mood)
    }
    receiver.tell('well')
    await more(40)
    await receiver.die()
    await until(async () => (await lastError()) === 'connection')
    if (!isOver()) met.add('dead')
    await receiver.start()
  }
  receiver.tell('well')
}

it('reach a receiver that refuses, hangs, is slow and dies, from a gateway that is killed twice', async () => {
  const port = await freePort()
  const receiverPort = await freePort()
  const token = await makeToken('demo')
  const scim = client(fetch, `http://127.0.0.1:${port}/scim/v2/demo`, token)
  const admin = operator(fetch, `http://127.0.0.1:${port}`, adminToken)
  const environment = {
    DEMO_TOKEN: token,
    WEBHOOK_GAPS: '100,200,400',
    WEBHOOK_TIMEOUT: '1000',
  }
  const start = () => spawnDev({ stateDirectory: folder, port, environment })
  let gateway: Development = await start()
  const made = await admin.call('POST', '/tenants/demo/webhooks', {
    url: `http://127.0.0.1:${receiverPort}/`,
  })
  expect(made.status).toBe(201)
  const path = `/tenants/demo/webhooks/${made.body.id}`
  const receiver = new Receiver(receiverPort, made.body.secret)
  await receiver.start()

  const done: Done = { people: [], count: 0 }
  let isOver = false
  // The gateway may be gone while it is asked.
  const lastError = () =>
    admin.call('GET', path).then(
      ({ body }) => body.lastError as string | null,
      () => null,
    )
  const hardTimes = ['refusing', 'hanging', 'slow', 'dead'] as const
  const met = new Set<Mood | 'dead'>()
  const life = weather(receiver, met, () => isOver, lastError)
  try {
    for (const target of [...killedAt, changes]) {
      // The last of the work goes on until the receiver has been through everything.
      const isEnough = () =>
        done.count >= target && (target !== changes || met.size === hardTimes.length)
      const workers = Array.from({ length: 6 }, () => work(scim, done, isEnough))
      if (target === changes) await Promise.all(workers)
      else {
        // In the middle of the work: no worker has got to its end.
        while (done.count < target - 20) await pause(5)
        await killGroup(gateway.child)
        await Promise.all(workers)
        gateway = await start()
      }
    }
    isOver = true
    await life
    expect(met).toEqual(new Set(hardTimes))
    await expect
      .poll(async () => (await admin.call('GET', path)).body, { interval: 200 })
      .toMatchObject({ behind: 0, state: 'active', failures: 0 })

    const { deliveredUpTo } = (await admin.call('GET', path)).body
    const everyone = Array.from({ length: deliveredUpTo }, (_, index) => index + 1)
    const arrivals = await receiver.arrivals()
    expect(arrivals.filter(({ isVerified }) => !isVerified)).toEqual([])
    // First arrivals are complete and in order; a repetition has the same id.
    expect([...new Set(arrivals.map(({ seq }) => seq))]).toEqual(everyone)
    expect(new Set(arrivals.map(({ seq, id }) => `${seq} ${id}`)).size).toBe(everyone.length)
    // What was repeated was repeated in order as well.
    for (const [index, { seq }] of arrivals.entries()) {
      expect(seq).toBeLessThanOrEqual((arrivals[index - 1]?.seq ?? 0) + 1)
    }
    expect(done.count).toBeGreaterThanOrEqual(changes)
    expect(deliveredUpTo).toBeGreaterThanOrEqual(done.count)
    const created = new Set(
      arrivals.filter(({ type }) => type === 'user.created').map(({ resourceId }) => resourceId),
    )
    expect(done.people.filter((id) => !created.has(id))).toEqual([])

    const log = await deliveries(admin, path)
    const succeeded = log.filter(({ error }) => error === null).map(({ seq }) => seq)
    expect([...new Set(succeeded)]).toEqual(everyone)
    const arrived = new Set(arrivals.map(({ id }) => id))
    expect(log.filter(({ id, status }) => status !== null && !arrived.has(id))).toEqual([])
    expect(log.some(({ status }) => status === 503)).toBe(true)
    expect(log.some(({ error }) => error === 'timeout')).toBe(true)
    expect(log.some(({ error }) => error === 'connection')).toBe(true)
  } finally {
    isOver = true
    await life
    await receiver.die()
    await killGroup(gateway.child)
  }
})

interface Logged {
  readonly id: string
  readonly seq: number
  readonly status: number | null
  readonly error: string | null
}

/** The whole log, the first attempt first. */
async function deliveries(admin: ReturnType<typeof operator>, path: string): Promise<Logged[]> {
  const list: Logged[] = []
  let before = Number.MAX_SAFE_INTEGER
  for (;;) {
    const { body } = await admin.call('GET', `${path}/deliveries?limit=200&before=${before}`)
    list.push(...body.deliveries)
    if (body.before === null) return list.toReversed()
    before = body.before
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
