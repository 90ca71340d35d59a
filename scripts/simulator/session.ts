/** One provider's connection to one server: sends, paces, judges and records each call. */
import { setTimeout as pause } from 'node:timers/promises'
import { hideSecrets } from '../hidden.ts'
import { parse, read, readBody, readText, shorten } from './json.ts'
import type { Kind, ProviderName, Recorder } from './report.ts'
import { warningsOf } from './warnings.ts'
import type { Answer, Call, Sent } from './call.ts'

/** The provider whose calls a session sends. */
export interface Caller {
  readonly name: ProviderName
  /** Maximum number of requests under way at once. */
  readonly parallel: number
  readonly reactions: Readonly<Record<Kind, string>>

  headers(call: Call): Readonly<Record<string, string>>
}

export interface SessionOptions {
  readonly url: string
  readonly token: string
  /** Calls a second; 0 is as fast as the server answers. */
  readonly rate: number
  /** Milliseconds. */
  readonly timeout: number
  readonly onCall: () => void
}

/** The run makes no sense any longer. */
export class Stopped extends Error {}

const mostAttempts = 4
const longestWait = 60_000
const mostSilence = 20

export class Session {
  readonly provider: Caller
  readonly recorder: Recorder
  readonly #options: SessionOptions
  #nextStart = 0
  #silence = 0

  constructor(provider: Caller, recorder: Recorder, options: SessionOptions) {
    this.provider = provider
    this.recorder = recorder
    this.#options = options
  }

  async call(call: Call): Promise<Answer> {
    const sent = this.#request(call)
    const shown = `${call.method} ${shorten(this.#redact(call.path), 120)}`
    const answer = await this.#sendPatiently(sent.url, sent.init, shown)
    const problem = this.#problemOf(call, answer)
    const isGood = call.accepted.includes(answer.status) && problem === undefined
    this.recorder.called(shown, answer.milliseconds, !isGood)
    this.#options.onCall()
    for (const text of warningsOf(this.provider.name, call, answer)) this.recorder.warn(text, shown)
    if (!isGood) this.#recordFailure(call, sent, answer, problem)
    this.#watchSilence(answer)
    return { ...answer, isGood }
  }

  #request(call: Call): Sent {
    const headers = {
      ...this.provider.headers(call),
      Authorization: `Bearer ${call.token ?? this.#options.token}`,
    }
    return {
      url: this.#options.url + call.path,
      headers,
      init: {
        method: call.method,
        headers,
        redirect: 'manual',
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      },
    }
  }

  /** A server that asks for patience gets it, as from the providers. */
  async #sendPatiently(url: string, init: RequestInit, shown: string): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#send(url, init)
      const isBusy =
        answer.status === 429 || (answer.status === 503 && answer.headers.has('retry-after'))
      if (!isBusy || attempt === mostAttempts) return answer
      const named = answer.headers.get('retry-after') ?? ''
      const seconds = /^\d+$/.test(named) ? Number(named) : 2 ** attempt
      this.recorder.warn(`Answered ${answer.status}: the provider has to wait and repeat.`, shown)
      await pause(Math.min(seconds * 1000, longestWait))
    }
  }

  async #send(url: string, init: RequestInit): Promise<Answer> {
    await this.#takeTurn()
    const start = performance.now()
    const signal = AbortSignal.timeout(this.#options.timeout)
    try {
      const response = await fetch(url, { ...init, signal })
      const text = await readBody(response)
      const { body, isJson } = parse(text)
      const milliseconds = performance.now() - start
      const { status, headers } = response
      return {
        status,
        headers,
        text,
        body,
        isJson,
        milliseconds,
        absence: undefined,
        isGood: false,
      }
    } catch (error) {
      return {
        status: 0,
        headers: new Headers(),
        text: reasonOf(error),
        body: undefined,
        isJson: false,
        milliseconds: performance.now() - start,
        absence: signal.aborted ? 'timeout' : 'unreachable',
        isGood: false,
      }
    }
  }

  async #takeTurn(): Promise<void> {
    if (this.#options.rate <= 0) return
    const now = performance.now()
    const start = Math.max(now, this.#nextStart)
    this.#nextStart = start + 1000 / this.#options.rate
    if (start > now) await pause(start - now)
  }

  #problemOf(call: Call, answer: Answer): string | undefined {
    if (!call.accepted.includes(answer.status)) {
      const isSuccess = answer.status >= 200 && answer.status < 300
      return isSuccess ? `A success, but not the status ${call.accepted.join(' or ')}.` : undefined
    }
    const found = call.check?.(answer)
    return found === undefined ? undefined : shorten(this.#redact(found))
  }

  #recordFailure(call: Call, sent: Sent, answer: Answer, problem: string | undefined): void {
    const kind = kindOf(answer, problem)
    const code = answer.headers.get('x-error-code') ?? readText(answer.body, 'scimType')
    const detail = shorten(this.#redact(detailOf(answer)))
    const place = call.path.replace(/^(\/+\w+)\/[^/?]+/, '$1/{id}').replace(/\?.*/, '')
    const gist = (problem ?? detail).replaceAll(/[^\s"'(),;]*\d[^\s"'(),;]*/g, '#')
    this.recorder.failed([call.method, place, answer.status, code, gist].join(' '), {
      kind,
      request: {
        method: call.method,
        url: this.#redact(sent.url),
        headers: { ...sent.headers, Authorization: 'Bearer [token]' },
        body:
          call.body === undefined
            ? undefined
            : shorten(this.#redact(JSON.stringify(call.body)), 700),
      },
      status: answer.status,
      code: code === undefined ? undefined : shorten(code, 60),
      detail,
      problem,
      reaction: this.provider.reactions[kind],
    })
  }

  #watchSilence(answer: Answer): void {
    this.#silence = answer.status === 0 ? this.#silence + 1 : 0
    if (this.#silence >= mostSilence) {
      throw new Stopped(`The server did not answer ${mostSilence} requests in a row.`)
    }
  }

  #redact(text: string): string {
    return hideSecrets(text, [this.#options.token], 'token')
  }
}

function kindOf({ status, absence }: Answer, problem: string | undefined): Kind {
  if (absence) return absence
  if (problem !== undefined) return 'unusable'
  if (status === 401 || status === 403) return 'unauthorized'
  if (status === 404) return 'missing'
  if (status === 409) return 'conflict'
  if (status === 429) return 'tooMany'
  return status >= 500 ? 'server' : 'refused'
}

function detailOf({ body, text }: Answer): string {
  const detail = read(body, 'detail') ?? read(body, 'message') ?? read(body, 'error')
  if (typeof detail === 'string') return detail
  return text
}

/** `fetch` hides the reason in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? error.cause : undefined
  return cause ? `${error.message}: ${cause.message || cause.name}` : error.message
}
