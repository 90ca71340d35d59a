/** Bodies of requests: bounded, and whole or refused. */
import type { Context, MiddlewareHandler, Next } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { RequestVariables } from './request-context'

type Answer = (c: Context) => Response

/** Answers to a body that is too large, and to one that broke off. */
interface Refusals {
  readonly tooLarge: Answer
  readonly brokenOff: Answer
}

/**
 * Limits the bytes of a body, and leaves it to be read. A length that is declared is the body's: the
 * stream is not opened for it.
 */
export function limitBody(maxSize: number, { tooLarge, brokenOff }: Refusals): MiddlewareHandler {
  const limitStream = bodyLimit({ maxSize, onError: tooLarge })
  return function limitLength(c, next) {
    const length = declaredLength(c)
    c.set('bodyLength', length)
    if (length === undefined) return untilBreak(c, next, limitStream, brokenOff)
    return length > maxSize ? Promise.resolve(tooLarge(c)) : next()
  }
}

/** Limits the bytes of a body, and takes it in: what comes after finds it whole. */
export function takeBody(maxSize: number, refusals: Refusals): MiddlewareHandler {
  const limit = limitBody(maxSize, refusals)
  return async function takeWhole(c, next) {
    let refused: Response | undefined
    const answer = await limit(c, async () => {
      if (await readWhole(c)) return next()
      refused = refusals.brokenOff(c)
    })
    return refused ?? answer
  }
}

/**
 * The body of a request that `limitBody` has let through; undefined for one that broke off before its end.
 * It is kept for whoever reads it next.
 */
export async function readWhole(c: Context): Promise<ArrayBuffer | undefined> {
  try {
    const bytes = await c.req.arrayBuffer()
    const length: RequestVariables['bodyLength'] = c.get('bodyLength')
    return bytes.byteLength < (length ?? 0) ? undefined : bytes
  } catch {
    return undefined
  }
}

/** Reads a stream to its end; one that breaks off is a bad request and no failure of the gateway. */
async function untilBreak(c: Context, next: Next, read: MiddlewareHandler, brokenOff: Answer) {
  let isRead = false
  try {
    return await read(c, () => {
      isRead = true
      return next()
    })
  } catch (error) {
    if (isRead) throw error
    return brokenOff(c)
  }
}

/** Bytes that the body has by its header; undefined where it comes in chunks. */
function declaredLength(c: Context): number | undefined {
  const { headers } = c.req.raw
  const length = headers.get('Content-Length')
  return length === null || headers.has('Transfer-Encoding') ? undefined : Number(length)
}
