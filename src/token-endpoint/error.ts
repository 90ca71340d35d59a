/** Errors of the token endpoint (RFC 6749 section 5.2) and their answers. */
import type { Context } from 'hono'

/** Codes with their statuses. `temporarily_unavailable` asks the client to try again. */
const statuses = {
  invalid_request: 400,
  invalid_client: 401,
  unsupported_grant_type: 400,
  temporarily_unavailable: 503,
} as const

export interface OAuthError {
  readonly error: keyof typeof statuses
  readonly description: string
  /** In place of the status of the code. */
  readonly status?: 404 | 405 | 413 | 429
  /** Seconds after which another try makes sense. */
  readonly retryAfter?: number
}

export function oauthError(
  error: OAuthError['error'],
  description: string,
  more: Pick<OAuthError, 'status' | 'retryAfter'> = {},
): OAuthError {
  return { error, description: printable(description), ...more }
}

/** The characters that an `error_description` may have. */
function printable(text: string): string {
  return text.replaceAll(/["\\]/g, "'").replaceAll(/[^\x20-\x7e]/g, '?')
}

/** Answers that nobody may keep (RFC 6749 section 5.1). */
export const notKept = { 'Cache-Control': 'no-store', Pragma: 'no-cache' } as const

/**
 * Answers an error. A client that sent Basic is given the challenge that RFC 6749 wants, with the
 * reason in it once more; libraries read the body of the others alone when there is none.
 */
export function replyOAuthError(c: Context, refused: OAuthError): Response {
  const { error, description, retryAfter } = refused
  const status = refused.status ?? statuses[error]
  const sentBasic = /^Basic\b/i.test(c.req.header('Authorization') ?? '')
  return new Response(JSON.stringify({ error, error_description: description }), {
    status,
    headers: {
      ...notKept,
      'Content-Type': 'application/json',
      ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
      ...(status === 405 ? { Allow: 'POST' } : {}),
      ...(status === 401 && sentBasic
        ? {
            'WWW-Authenticate': `Basic realm="rollcall", error="${error}", error_description="${description}"`,
          }
        : {}),
    },
  })
}
