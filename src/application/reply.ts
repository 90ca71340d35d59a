/** Answers of the application API: JSON with a tag, and problem details (RFC 9457). */
import { toHex } from '../bytes'
import type { StatusCode } from 'hono/utils/http-status'
import type { RequestContext } from '../http/request-context'
import { matchesTag } from '../scim/version'
import type { Problem } from './answers'
import type { ApplicationError } from './error'

const titles = new Map([
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [409, 'Conflict'],
  [410, 'Gone'],
  [413, 'Content Too Large'],
  [429, 'Too Many Requests'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
])

/** The entity tag is a digest of the answer, so that another content always has another tag. */
export async function replyTagged(c: RequestContext, body: unknown): Promise<Response> {
  const text = JSON.stringify(body)
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  const tag = `"${toHex(new Uint8Array(digest, 0, 16))}"`
  const headers = { ETag: tag, 'Cache-Control': 'private, no-cache' }
  const known = c.req.header('If-None-Match')
  if (known !== undefined && matchesTag(known, tag)) return c.newResponse(null, 304, headers)
  return c.newResponse(text, 200, { ...headers, 'Content-Type': 'application/json' })
}

export function replyJson(c: RequestContext, body: unknown): Response {
  return c.newResponse(JSON.stringify(body), 200, {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
  })
}

export function replyProblem(
  c: RequestContext,
  error: ApplicationError,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { status } = error
  return c.newResponse(JSON.stringify(problemOf(error)), status as StatusCode, {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    ...(status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
    ...(status === 503 ? { 'Retry-After': '2' } : {}),
    // The limiter counts ten seconds.
    ...(status === 429 ? { 'Retry-After': '10' } : {}),
    ...headers,
  })
}

function problemOf({ code, status, reason, remedy, asOf, errors }: ApplicationError): Problem {
  return {
    type: 'about:blank',
    title: titles.get(status) ?? 'Error',
    status,
    detail: `${reason} ${remedy}`,
    code,
    reason,
    remedy,
    ...(asOf === undefined ? {} : { asOf }),
    ...(errors === undefined ? {} : { errors: [...errors] }),
  }
}
