/** The connection to the server under proof: sends requests and waits when it is told to. */
import { parse, readBody, shorten } from '../simulator/json.ts'
import { pause } from './platform.ts'

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface Answer {
  /** 0 when there was none. */
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Undefined when the text is no JSON. */
  readonly body: unknown
  readonly milliseconds: number
  /** Where there was no answer, the code of the failure, if it has one. */
  readonly code?: string
}

export interface Outgoing {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export const noAnswer: Answer = {
  status: 0,
  headers: new Headers(),
  text: '',
  body: undefined,
  milliseconds: 0,
}

/** Milliseconds that an answer may take: Okta closes the connection after as many. */
const patience = 60_000

/** How often a server may ask for patience, and for how many seconds at once. */
const mostWaits = 3
const longestWait = 60

/** Sends a request; a server that answers 429 or 503 with Retry-After is asked again. */
export async function sendPatiently(fetch: Fetch, request: Outgoing): Promise<Answer> {
  for (let wait = 0; ; wait += 1) {
    const answer = await sendOnce(fetch, request)
    const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN)
    const isBusy = answer.status === 429 || answer.status === 503
    if (!isBusy || wait === mostWaits || !(seconds >= 0 && seconds <= longestWait)) return answer
    await pause(seconds * 1000)
  }
}

export async function sendOnce(
  fetch: Fetch,
  { url, method, headers, body }: Outgoing,
): Promise<Answer> {
  const start = performance.now()
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
      ...(body === undefined ? {} : { body }),
    })
    const text = await readBody(response)
    const milliseconds = performance.now() - start
    const { status } = response
    return { status, headers: response.headers, text, body: parse(text).body, milliseconds }
  } catch (error) {
    const milliseconds = performance.now() - start
    const { code, reason } = failureOf(error)
    return { ...noAnswer, text: `There was no answer: ${reason}.`, code, milliseconds }
  }
}

/** `fetch` hides the reason in its cause, which names several addresses of a host by one error each. */
function failureOf(error: unknown): { readonly code: string; readonly reason: string } {
  if (!(error instanceof Error)) return { code: '', reason: shorten(String(error)) }
  if (error.name === 'TimeoutError') {
    return { code: 'TIMEOUT', reason: `none came within ${patience / 1000} seconds` }
  }
  const cause = error.cause instanceof Error ? error.cause : error
  const inner: unknown = cause instanceof AggregateError ? cause.errors[0] : cause
  const one = inner instanceof Error ? inner : cause
  const code = 'code' in one && typeof one.code === 'string' ? one.code : one.name
  // OpenSSL says where in its sources it was.
  const [, ofTls] = /:SSL routines:[^:]*:([^:]+)/.exec(one.message) ?? []
  return { code, reason: shorten(ofTls ?? (one.message || code)) }
}
