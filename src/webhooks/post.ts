/** One HTTP request to a receiver, and what came of it. */
import type { DeliveryError } from './attempts'
import { within } from '../time'

/** Characters of an answer that the log keeps. */
export const excerptLength = 500
const excerptBytes = 4 * excerptLength
/** Milliseconds that are spent on reading them, once the answer is there. */
const excerptTime = 1_000

export interface Answer {
  readonly status: number | null
  readonly duration: number
  readonly error: DeliveryError | null
  readonly excerpt: string
  readonly retryAfter: string | null
}

/**
 * Never rejects. A redirect is not followed: whoever is to get the events is named by the operator.
 */
export async function postMessage(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  timeout: number,
): Promise<Answer> {
  const started = Date.now()
  const signal = AbortSignal.timeout(timeout)
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json', 'User-Agent': 'Rollcall' },
      body,
      redirect: 'manual',
      signal,
    })
    const duration = Date.now() - started
    return {
      status: response.status,
      duration,
      error: errorOf(response),
      excerpt: await readExcerpt(response),
      retryAfter: response.headers.get('Retry-After'),
    }
  } catch {
    return {
      ...unanswered(signal.aborted ? 'timeout' : 'connection'),
      duration: Date.now() - started,
    }
  }
}

/** The answer in place of one, for a message that was not sent or not answered. */
export function unanswered(error: DeliveryError): Answer {
  return { status: null, duration: 0, error, excerpt: '', retryAfter: null }
}

function errorOf({ ok, status }: Response): DeliveryError | null {
  if (ok) return null
  return status >= 300 && status < 400 ? 'redirect' : 'status'
}

/** The beginning of the answer as text; a receiver that sends it slowly or without end loses. */
async function readExcerpt(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const decoder = new TextDecoder()
  let text = ''
  const read = async () => {
    for (let bytes = 0; bytes < excerptBytes;) {
      const { value } = await reader.read()
      if (!value) return
      bytes += value.byteLength
      text += decoder.decode(value.subarray(0, excerptBytes), { stream: true })
    }
  }
  // A body that breaks off is ignored: the status has come, and only that counts.
  await within(
    excerptTime,
    read().catch(() => undefined),
  )
  reader.cancel().catch(() => undefined)
  return text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .slice(0, excerptLength)
    .toWellFormed()
    .trim()
}
