/** A receiver of webhooks: its process comes and goes, its file stays. */
import { fork, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../../../scripts/root.ts'
import type { Operator } from '../../support/tenant.ts'
import type { Arrival, Mood } from './receiver-process.ts'
import { until } from './until.ts'
import { nextPage } from '../../support/pages.ts'

export class Receiver {
  readonly #port: number
  readonly #file: string
  readonly #secret: string
  #child: ChildProcess | undefined

  constructor(port: number, file: string, secret: string) {
    this.#port = port
    this.#file = file
    this.#secret = secret
  }

  async start(): Promise<void> {
    const path = join(root, 'test', 'running', 'crash', 'receiver-process.ts')
    const child = fork(path, [String(this.#port), this.#file, this.#secret], {
      execArgv: [],
    })
    this.#child = child
    await new Promise((resolve) => child.once('message', resolve))
  }

  async die(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
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

  /** Resolves when so many more messages have arrived in a mood. */
  async meets(mood: Mood, count: number, signal: AbortSignal): Promise<void> {
    this.tell(mood)
    const arrived = async () =>
      (await this.arrivals()).filter((arrival) => arrival.mood === mood).length
    const before = await arrived()
    await until(
      `${count} messages for a receiver that is ${mood}`,
      async () => (await arrived()) >= before + count,
      signal,
    )
  }
}

/** An attempt in the log of the gateway. */
export interface Attempt {
  readonly id: string
  readonly seq: number
  readonly status: number | null
  readonly error: string | null
}

/** The whole log, the first attempt first. */
export async function attemptsOf(admin: Operator, path: string): Promise<Attempt[]> {
  const list: Attempt[] = []
  let before = Number.MAX_SAFE_INTEGER
  for (let page = 1; ; page = nextPage(page)) {
    const { body } = await admin.call('GET', `${path}/deliveries?limit=200&before=${before}`)
    list.push(...body.deliveries)
    if (body.before === null) return list.toReversed()
    before = body.before
  }
}
