/** The JSON body of a request, bounded and checked for being an object. */
import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { pathBelow } from '../http/path'
import { err, ok, type Result } from '../result'
import { encodingOf } from '../http/body-encoding'
import { quote, scimError, type ScimError } from '../scim/error'
import { isObject, textOf, type JsonObject } from '../scim/json'
import { readWithInexact } from '../scim/notation/json-text'
import type { ScimContext, ScimTypes } from './context'
import { replyError } from './reply'

export const maximumBodyBytes = 1024 * 1024

/** A team comes with all its members: 50,000 with their names take 5 MiB. */
export const maximumTeamBytes = 8 * 1024 * 1024

const limitOthers = limitTo(maximumBodyBytes)
const limitTeam = limitTo(maximumTeamBytes)

/** Limits the body of a request. */
export const limitBody = createMiddleware<ScimTypes>(function limitBody(c, next) {
  const isTeam = /^\/Groups(\/(?!\.search$)|$)/.test(pathBelow(c.req.path))
  return isTeam ? limitTeam(c, next) : limitOthers(c, next)
})

/** A length that is declared is the body's: the stream is not opened for it. */
function limitTo(limit: number): MiddlewareHandler<ScimTypes> {
  const refuse = (c: Context) => replyError(c, scimError('bodyTooLarge', { limit, unit: 'bytes' }))
  const limitStream = bodyLimit({ maxSize: limit, onError: refuse })
  return function limitLength(c, next) {
    const length = c.req.raw.headers.get('Content-Length')
    if (length === null || c.req.raw.headers.has('Transfer-Encoding')) return limitStream(c, next)
    return Number(length) > limit ? Promise.resolve(refuse(c)) : next()
  }
}

/** Both SCIM's media type and plain JSON are right; a missing one is taken for JSON. */
const understood = /^application\/(scim\+json|json)\s*(;|$)/i

/**
 * Reads the body of a request. Refused for another media type, for a content coding, for more than
 * 64 levels, and for anything but a JSON object whose numbers can be kept.
 */
export async function readBody(c: ScimContext): Promise<Result<JsonObject, ScimError>> {
  const read = await readBodyBeside(c)
  if (!read.ok) return read
  const { body, problem } = read.value
  return problem ? err(problem) : ok(body)
}

/** A body as `readBody` reads it, with the problem of numbers that cannot be kept beside it. */
export async function readBodyBeside(
  c: ScimContext,
): Promise<
  Result<{ readonly body: JsonObject; readonly problem: ScimError | undefined }, ScimError>
> {
  const encoding = encodingOf(c)
  if (encoding !== undefined) {
    return err(scimError('compressedBody', { encoding: quote(encoding) }))
  }
  const type = c.req.header('Content-Type')
  if (type !== undefined && type !== '' && !understood.test(type.trim())) {
    return err(scimError('unsupportedMediaType'))
  }
  const read = readWithInexact(await c.req.raw.text())
  if (!read.ok) return read
  const { json, problem } = read.value
  if (!isObject(json)) return err(scimError('bodyNotObject'))
  const subject = textOf(json['userName']) || textOf(json['displayName'])
  if (subject !== '') c.set('subject', subject.slice(0, 200))
  return ok({ body: json, problem })
}
