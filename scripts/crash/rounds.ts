/**
 * Rounds of load, SIGKILL in the middle of it, and a comparison of what is on disk with what was
 * said.
 */
import { disagreements, type Contents } from '../../test/support/agreement.ts'
import { client, holdsNothing, operator, type Operator } from '../../test/support/tenant.ts'
import { Client } from './client.ts'
import { partOf, sharedTeams, textOf } from './model.ts'
import { SignIns } from './sign-ins.ts'
import { GatewayProcess, type ProcessOptions } from './process.ts'

const adminToken = 'crash-operator'
const slug = 'crash'

/** Milliseconds between two changes of a client that has done enough and waits for the rest. */
const idleGap = 500

export interface CrashOptions {
  readonly stateDirectory: string
  readonly buildDirectory: string
  readonly clients: number
  /** Acknowledged changes of each round, after which the server is killed at any moment. */
  readonly changes: number
  readonly random: () => number
  /** Of the server at each start; by default any free one. */
  readonly port?: number
  /** More variables of the Worker. */
  readonly variables?: Readonly<Record<string, string>>
}

export interface RoundReport {
  readonly acknowledged: number
  /** Requests that the kill left without an answer, and how many of them had been carried out. */
  readonly unanswered: number
  readonly carriedOut: number
  readonly users: number
  readonly teams: number
  readonly events: number
  /** A sentence for each thing that is not as it was acknowledged, or was refused. */
  readonly wrong: readonly string[]
}

/** Events of a round beside the load. The signal ends the wait for those that can't come now. */
export type Meanwhile = (signal: AbortSignal) => Promise<void>

export class CrashRounds {
  readonly slug = slug
  readonly adminToken = adminToken
  readonly token: string
  readonly #options: CrashOptions
  readonly #clients: readonly Client[]
  readonly #signIns: SignIns
  #server: GatewayProcess
  #contents: Contents | undefined

  private constructor(
    options: CrashOptions,
    server: GatewayProcess,
    token: string,
    signIns: SignIns,
  ) {
    this.#signIns = signIns
    this.#options = options
    this.#server = server
    this.token = token
    this.#clients = Array.from(
      { length: options.clients },
      (_, index) => new Client(`c${index}`, this.#scim(), options.random),
    )
  }

  /** Starts the server, with a tenant in which nothing is. */
  static async start(options: CrashOptions): Promise<CrashRounds> {
    const server = await GatewayProcess.start(processOptions(options))
    const admin = operator(fetch, server.url, adminToken)
    await admin.call('POST', '/tenants', { slug, name: 'Crash' })
    // The events are compared with the directory: nothing may wait.
    await admin.call('PATCH', `/tenants/${slug}`, holdsNothing)
    const { body } = await admin.call('POST', `/tenants/${slug}/tokens`, {})
    const signIns = await SignIns.start(fetch, admin, slug)
    return new CrashRounds(options, server, body.token, signIns)
  }

  get url(): string {
    return this.#server.url
  }

  /** Changes that were acknowledged in all rounds so far. */
  get acknowledged(): number {
    return this.#clients.reduce((sum, one) => sum + one.acknowledged, 0)
  }

  get admin(): Operator {
    return operator(fetch, this.url, adminToken)
  }

  /** Works until enough is done and everything else has happened, kills, starts again, compares. */
  async round(meanwhile: Meanwhile = () => Promise.resolve()): Promise<RoundReport> {
    const before = this.#contents ?? (await this.#begin())
    const access = await this.#signIns.token(this.url)
    for (const [index, one] of this.#clients.entries()) {
      const scim = this.#scim(index % 2 === 0 ? this.token : access)
      one.resume(scim, partOf(before, one.prefix), idsIn(before))
    }
    const { acknowledged, refused } = await this.#workUntilKilled(meanwhile)
    this.#server = await GatewayProcess.start(processOptions(this.#options))
    const contents = await this.contents()
    this.#contents = contents
    const { unanswered, carriedOut, wrong } = compare(this.#clients, contents)
    const lost = await this.#signIns.check(this.url, slug)
    return {
      acknowledged,
      unanswered,
      carriedOut,
      users: contents.users.length,
      teams: contents.teams.length,
      events: contents.events.length,
      wrong: [...refused, ...wrong, ...lost],
    }
  }

  /** Everything in D1: after a round the contents of the disk, as nobody has changed them since. */
  contents(): Promise<Contents> {
    return this.#server.contents(slug)
  }

  stop(): Promise<void> {
    return this.#server.kill()
  }

  #scim(token = this.token) {
    return client(fetch, `${this.url}/scim/v2/${slug}`, token)
  }

  async #begin(): Promise<Contents> {
    for (const displayName of sharedTeams)
      await this.#scim().call('POST', '/Groups', { displayName })
    return this.contents()
  }

  async #workUntilKilled(meanwhile: Meanwhile) {
    const { changes, random } = this.#options
    const before = this.acknowledged
    const over = new AbortController()
    const elsewhere = meanwhile(over.signal)
    elsewhere.catch(() => undefined)
    const signIns = this.#signIns.work(this.url, over.signal).then(
      () => [],
      (error: Error) => [error.message],
    )
    let hasEnough = false
    const pace = () =>
      hasEnough ? Promise.race([wait(idleGap), elsewhere.catch(() => undefined)]) : undefined
    // Settles at the kill, or earlier with what was refused.
    const ending = Promise.all(this.#clients.map((one) => one.work(pace, over.signal))).then(
      () => [],
      (error: Error) => [error.message],
    )
    const until = async (condition: () => boolean) => {
      while (!condition() && !(await Promise.race([ending, wait(2)])));
    }
    try {
      await until(() => this.acknowledged >= before + changes)
      hasEnough = true
      await Promise.race([ending, elsewhere])
      // Nobody pauses when the kill comes.
      const counts = this.#clients.map(({ acknowledged }) => acknowledged)
      await until(() =>
        this.#clients.every((one, index) => one.acknowledged > (counts[index] ?? 0)),
      )
      await wait(random() * 30)
    } finally {
      await this.#server.kill()
      over.abort()
    }
    const refused = await ending
    // Without the load it could not happen; then the refusal is what is wrong.
    await elsewhere.catch(() => undefined)
    return { acknowledged: this.acknowledged - before, refused: [...refused, ...(await signIns)] }
  }
}

function processOptions(options: CrashOptions): ProcessOptions {
  const { stateDirectory, buildDirectory, port = 0, variables = {} } = options
  return { stateDirectory, buildDirectory, port, variables, adminToken }
}

/**
 * Compares the clients with the database: acknowledged changes are there, and a change without an
 * answer is there as a whole or not at all.
 */
function compare(clients: readonly Client[], contents: Contents) {
  const wrong = disagreements(contents)
  let unanswered = 0
  let carriedOut = 0
  for (const one of clients) {
    const actual = textOf(partOf(contents, one.prefix))
    const state = one.possible().findIndex((part) => textOf(part) === actual)
    if (one.unanswered.length > 0) unanswered += 1
    if (state > 0) carriedOut += 1
    if (state < 0) {
      const wanted = textOf(one.possible()[0] ?? one.part)
      wrong.push(`${one.prefix} was told ${wanted}\nand finds ${actual}`)
    }
  }
  return { unanswered, carriedOut, wrong }
}

function idsIn({ users, teams }: Contents): Map<string, string> {
  return new Map([
    ...users.map(({ id, attributes }) => [JSON.parse(attributes).userName, id] as const),
    ...teams.map(({ id, attributes }) => [JSON.parse(attributes).displayName, id] as const),
  ])
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}
