/** Answers in SCIM: media type, entity tag, location, error bodies. */
import type { Context } from 'hono'
import type { StatusCode } from 'hono/utils/http-status'
import { scimError, type ScimError } from '../scim/error'
import { errorBody, statusOf } from '../scim/error-body'
import { matchesTag } from '../scim/version'
import { bearerToken } from '../tokens/secret'

const scimType = 'application/scim+json'
const jsonType = 'application/json'

/**
 * scim+json, unless the client asks for json alone: by Accept, or without one by Content-Type.
 * OneLogin wants the one, Entra the other. No charset: both types define UTF-8.
 */
export function mediaType(c: Context): string {
  const asked = c.req.header('Accept') ?? c.req.header('Content-Type') ?? ''
  return asked.includes(jsonType) && !asked.includes(scimType) ? jsonType : scimType
}

export function reply(
  c: Context,
  status: StatusCode,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return replyText(c, status, JSON.stringify(body), headers)
}

/** The same of a body that is JSON text already. */
export function replyText(
  c: Context,
  status: StatusCode,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(text, { status, headers: { ...headers, 'Content-Type': mediaType(c) } })
}

/** True for a method that asks for something, and changes nothing. */
export function isReading(c: Context): boolean {
  const { method } = c.req
  return method === 'GET' || method === 'HEAD'
}

/** One resource, with its tag and its address (RFC 7644 sections 3.3, 3.4.1, 3.5 and 3.14). */
export function replyResource(
  c: Context,
  status: 200 | 201,
  shown: { readonly text: string; readonly location: string; readonly tag: string },
): Response {
  const { text, location, tag } = shown
  const ifNoneMatch = isReading(c) ? c.req.header('If-None-Match') : undefined
  if (ifNoneMatch !== undefined && matchesTag(ifNoneMatch, tag)) {
    return new Response(null, { status: 304, headers: headersOf({ location, tag }) })
  }
  return replyText(c, status, text, headersOf({ location, tag }))
}

/** The headers of an answer about one resource, with its body or without. */
export function headersOf(about: { readonly location: string; readonly tag: string }) {
  const { location, tag } = about
  return { ETag: tag, Location: location, 'Content-Location': location }
}

/** A client of SCIM may take an answer without its media type for one of something else. */
export function replyEmpty(c: Context, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status: 204, headers: { ...headers, 'Content-Type': mediaType(c) } })
}

/**
 * Answers an error (RFC 7644 section 3.12), and notes it as the refusal of the request. Its code of
 * the catalogue is in the header `X-Error-Code`: the body of an error has no member for it.
 */
export function replyError(
  c: Context,
  error: ScimError,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const status = statusOf(error)
  c.set('refused', error)
  return reply(c, status as StatusCode, errorBody(error), {
    ...headers,
    'X-Error-Code': error.code,
    'Cache-Control': 'no-store',
    ...(error.code === 'compressedBody' ? { 'Accept-Encoding': 'identity' } : {}),
    ...(status === 401 ? { 'WWW-Authenticate': challengeOf(c, error) } : {}),
    ...(status === 503 ? { 'Retry-After': error.code === 'dailyLimit' ? '3600' : '2' } : {}),
    // Okta understands a whole number of seconds alone; the limiter counts ten.
    ...(status === 429 ? { 'Retry-After': '10' } : {}),
  })
}

/**
 * The challenge, with the reason when a token came (RFC 6750 section 3.1): libraries that read it
 * keep the body to themselves.
 */
function challengeOf(c: Context, error: ScimError): string {
  if (bearerToken(c.req.header('Authorization')) === undefined) return 'Bearer'
  const description = errorBody(error).detail.replaceAll(/[^\x20-\x7e]|["\\]/g, "'")
  return `Bearer error="invalid_token", error_description="${description}"`
}

export function replyNotFound(c: Context): Response {
  return replyError(c, scimError('routeNotFound'))
}
