/** Calls of the application API: refusals as values, and what passes by itself tried again. */
import type { Problem } from '../application/answers'
import type { ApplicationErrorCode } from '../application/error'
import type { Result } from '../result'

/**
 * The reason why a call failed: a refusal by the gateway, or the lack of an answer. `aborted`: the signal
 * ended it; `unusable`: address, id or key cannot be sent; `unreachable`: no answer came; `unintelligible`: the
 * answer is not one of the gateway.
 */
export interface ClientError {
  readonly code: ApplicationErrorCode | 'aborted' | 'unusable' | 'unreachable' | 'unintelligible'
  /** 0 when there was no answer. */
  readonly status: number
  readonly reason: string
  readonly remedy: string
  /** Number of the last event, in refusals that concern the log. */
  readonly asOf?: number | undefined
  /** Which parameters are wrong, where some are. */
  readonly errors?: Problem['errors']
}

export type Answer<T> = Result<T, ClientError>

export interface CallOptions {
  /** Address of the gateway, for example `https://rollcall.example.workers.dev`. */
  readonly url: string
  readonly key: string
  /** Number of attempts for a call, the first included; 5 when absent. */
  readonly attempts?: number
  /** Ends what waits. */
  readonly signal?: AbortSignal
  /** Sender of the requests, such as that of a service binding; the global `fetch` when absent. */
  readonly fetch?: (request: Request) => Promise<Response>
}

export type Query = Readonly<Record<string, string | number | undefined>>

/** Entries of all pages of a list; a refusal comes last. */
export async function* pages<P extends { readonly next: string | null }, T>(
  get: (path: string, query: Query) => Promise<Answer<P>>,
  path: string,
  entriesOf: (page: P) => readonly T[],
  wanted: Query = {},
): AsyncGenerator<Answer<T>, void> {
  let cursor: string | undefined
  do {
    const page = await get(path, { ...wanted, cursor, limit: 1_000 })
    if (!page.ok) return yield page
    for (const value of entriesOf(page.value)) yield { ok: true, value }
    cursor = page.value.next ?? undefined
  } while (cursor !== undefined)
}

/** One call. `path` stands below `/api/v1`. Answers 429 and 503 and lost connections are repeated. */
export async function call<T>(
  options: CallOptions,
  method: string,
  path: string,
  query: Query,
  body?: unknown,
): Promise<Answer<T>> {
  const request = requestOf(options, method, path, query, body)
  if (!request) return { ok: false, error: unusable }
  const attempts = options.attempts ?? 5
  for (let attempt = 1; ; attempt += 1) {
    const answer = await send(options, request.clone())
    if (!answer.ok && options.signal?.aborted) return { ok: false, error: aborted }
    const isPassing = !answer.ok && [0, 429, 503].includes(answer.error.status)
    if (!isPassing || attempt >= attempts) {
      // The gateway answers what its catalogue says.
      return answer as Answer<T>
    }
    await pause(answer.retryAfter ?? Math.min(0.2 * 2 ** attempt, 10), options.signal)
  }
}

/** An empty id, or one of dots: the address would be another one, such as that of the whole list. */
const missingSegment = /\/\.{0,2}(?=\/|$)/

/** Undefined for an address that is none, an id that leads elsewhere, and a key that no header can have. */
function requestOf(
  options: CallOptions,
  method: string,
  path: string,
  query: Query,
  body: unknown,
): Request | undefined {
  if (missingSegment.test(path)) return undefined
  try {
    const url = new URL(`/api/v1${path}`, options.url)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    return new Request(url, {
      method,
      headers: { Authorization: `Bearer ${options.key}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
  } catch {
    return undefined
  }
}

type Attempt = Answer<unknown> & {
  /** Seconds to wait before the next one, when the gateway said so. */
  readonly retryAfter?: number
}

async function send(options: CallOptions, request: Request): Promise<Attempt> {
  let response: Response
  let text: string
  try {
    response = await (options.fetch ? options.fetch(request) : fetch(request))
    text = await response.text()
  } catch {
    return { ok: false, error: unreachable }
  }
  const parsed = parse(text)
  if (response.ok && parsed !== undefined) return { ok: true, value: parsed }
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN)
  return {
    ok: false,
    error: errorOf(response.status, parsed),
    ...(Number.isNaN(retryAfter) ? {} : { retryAfter }),
  }
}

const unreachable: ClientError = {
  code: 'unreachable',
  status: 0,
  reason: 'No answer came.',
  remedy: 'Check the address and the network, and call again.',
}

const unusable: ClientError = {
  code: 'unusable',
  status: 0,
  reason: 'The address, the slug, the id or the key cannot be sent.',
  remedy:
    'Give an address with https://, ids as texts that are not empty, and the key as it was shown.',
}

/** A look-up by nothing would be the list of everybody. */
export const lookUpByNothing: ClientError = {
  code: 'unusable',
  status: 0,
  reason: 'Nothing was given to look a person up by.',
  remedy: 'Give one of userName, email and externalId, as a text.',
}

/** Without a number the log would be read from its beginning. */
export const fromNowhere: ClientError = {
  code: 'unusable',
  status: 0,
  reason: 'No place in the event log was given.',
  remedy: 'Give the place that was stored, or "after": 0 for the beginning.',
}

const aborted: ClientError = {
  code: 'aborted',
  status: 0,
  reason: 'The signal ended the call.',
  remedy: 'Begin again where the last page ended.',
}

function errorOf(status: number, parsed: unknown): ClientError {
  const problem: Partial<Problem> = typeof parsed === 'object' && parsed !== null ? parsed : {}
  if (problem.code === undefined) {
    const reason = `The answer with the status ${status} is not one of Rollcall.`
    return { code: 'unintelligible', status, reason, remedy: 'Check the address.' }
  }
  const { code, reason = '', remedy = '', asOf, errors } = problem
  return { code: code as ApplicationErrorCode, status, reason, remedy, asOf, errors }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, seconds * 1000)
    signal?.addEventListener('abort', end)
  })
}
