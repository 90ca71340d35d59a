import type { Context } from 'hono'

/**
 * The content coding of a body (RFC 9110 section 8.4); undefined for a body that is sent as it is.
 * None is read here: a few bytes could unfold to any number.
 */
export function encodingOf(c: Context): string | undefined {
  const encoding = c.req.header('Content-Encoding')?.trim()
  const isPlain = encoding === undefined || encoding === '' || /^identity$/i.test(encoding)
  return isPlain ? undefined : encoding
}
