/** The JSON body of a request, bounded and checked for being an object. */
import type { MiddlewareHandler } from 'hono'
import { createMiddleware } from 'hono/factory'
import { limitBody as limitBytes, readWhole } from '../http/body'
import { pathBelow } from '../http/path'
import { err, ok, type Result } from '../result'
import { encodingOf } from '../http/body-encoding'
import { quote, scimError, type ScimError } from '../scim/error'
import { isObject, textOf, type JsonObject } from '../scim/json'
import { readWithInexact } from '../scim/notation/json-text'
import { isJsonType, searchWithoutBody, severalMediaTypes } from '../scim/tolerance/requests'
import type { ScimContext, ScimTypes } from './context'
import { replyError } from './reply'
import { noteDeviation } from './tolerate'

export const maximumBodyBytes = 1024 * 1024

/** A team comes with all its members: 50,000 with their names take 5 MiB. */
export const maximumTeamBytes = 8 * 1024 * 1024

const decoder = new TextDecoder()

const limitOthers = limitTo(maximumBodyBytes)
const limitTeam = limitTo(maximumTeamBytes)

/** Limits the body of a request. */
export const limitBody = createMiddleware<ScimTypes>(function limitBody(c, next) {
  const isTeam = /^\/Groups(\/(?!\.search$)|$)/.test(pathBelow(c.req.path))
  return isTeam ? limitTeam(c, next) : limitOthers(c, next)
})

function limitTo(limit: number): MiddlewareHandler<ScimTypes> {
  return limitBytes(limit, {
    tooLarge: (c) => replyError(c, scimError('bodyTooLarge', { limit, unit: 'bytes' })),
    brokenOff: (c) => replyError(c, scimError('bodyBrokenOff')),
  })
}

/**
 * Reads the body of a request. Refused for another media type, for a content coding, for more than
 * 64 levels, and for anything but a JSON object whose numbers can be kept.
 */
export async function readBody(c: ScimContext): Promise<Result<JsonObject, ScimError>> {
  const text = await readText(c)
  const read = text.ok ? parseBody(c, text.value) : text
  return read.ok ? withoutProblem(read.value) : read
}

interface Body {
  readonly body: JsonObject
  /** The problem of numbers that cannot be kept. */
  readonly problem: ScimError | undefined
}

/** A body as `readBody` reads it, with the problem of numbers that cannot be kept beside it. */
export async function readBodyBeside(c: ScimContext): Promise<Result<Body, ScimError>> {
  const text = await readText(c)
  return text.ok ? parseBody(c, text.value) : text
}

/** The body of a search; undefined where there is none, and none is an empty one. */
export async function readSearch(
  c: ScimContext,
): Promise<Result<JsonObject | undefined, ScimError>> {
  const text = await readText(c)
  if (!text.ok) return text
  if (searchWithoutBody(text.value)) {
    noteDeviation(c, 'searchWithoutBody', 'body')
    return ok(undefined)
  }
  const read = parseBody(c, text.value)
  return read.ok ? withoutProblem(read.value) : read
}

function withoutProblem({ body, problem }: Body): Result<JsonObject, ScimError> {
  return problem ? err(problem) : ok(body)
}

function parseBody(c: ScimContext, text: string): Result<Body, ScimError> {
  const read = readWithInexact(text)
  if (!read.ok) return read
  const { json, problem, rewritten } = read.value
  if (rewritten.size > 0) c.set('rewritten', rewritten)
  if (!isObject(json)) return err(scimError('bodyNotObject'))
  c.set('body', json)
  const subject = textOf(json['userName']) || textOf(json['displayName'])
  if (subject !== '') c.set('subject', subject.slice(0, 200))
  return ok({ body: json, problem })
}

/** The text of a body: JSON by its headers, and whole. */
async function readText(c: ScimContext): Promise<Result<string, ScimError>> {
  const encoding = encodingOf(c)
  if (encoding !== undefined) {
    return err(scimError('compressedBody', { encoding: quote(encoding) }))
  }
  // A missing media type is taken for JSON.
  const type = c.req.header('Content-Type') ?? ''
  if (severalMediaTypes(type)) noteDeviation(c, 'severalMediaTypes', 'Content-Type')
  else if (type !== '' && !isJsonType(type)) return err(scimError('unsupportedMediaType'))
  const bytes = await readWhole(c)
  return bytes ? ok(decoder.decode(bytes)) : err(scimError('bodyBrokenOff'))
}
