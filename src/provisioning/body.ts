/** The JSON body of a request, bounded and checked for being an object. */
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import { isObject, textOf, type Json, type JsonObject } from '../scim/json'
import type { ScimContext, ScimTypes } from './context'
import { replyError } from './reply'

export const maximumBodyBytes = 1024 * 1024

const limitStream = bodyLimit({ maxSize: maximumBodyBytes, onError: refuseBody })

/** A length that is declared is the body's: the stream is not opened for it. */
export const limitBody = createMiddleware<ScimTypes>(function limitBody(c, next) {
  const length = c.req.raw.headers.get('Content-Length')
  if (length === null || c.req.raw.headers.has('Transfer-Encoding')) return limitStream(c, next)
  return Number(length) > maximumBodyBytes ? Promise.resolve(refuseBody(c)) : next()
})

function refuseBody(c: Context): Response {
  return replyError(c, scimError('bodyTooLarge', { limit: maximumBodyBytes }))
}

const quotationMark = 0x22
const backslash = 0x5c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** Both SCIM's media type and plain JSON are right; a missing one is taken for JSON. */
const understood = /^application\/(scim\+json|json)\s*(;|$)/i

/**
 * Reads the body of a request. Refused for another media type, for more than 64 levels, and for
 * anything but a JSON object.
 */
export async function readBody(c: ScimContext): Promise<Result<JsonObject, ScimError>> {
  const type = c.req.header('Content-Type')
  if (type !== undefined && type !== '' && !understood.test(type.trim())) {
    return err(scimError('unsupportedMediaType'))
  }
  const text = await c.req.raw.text()
  if (isDeeper(text, maximumDepth)) return err(scimError('bodyTooDeep', { limit: maximumDepth }))
  const json = parse(text)
  if (json === undefined) return err(scimError('malformedJson'))
  if (!isObject(json)) return err(scimError('bodyNotObject'))
  const subject = textOf(json['userName']) || textOf(json['displayName'])
  if (subject !== '') c.set('subject', subject.slice(0, 200))
  return ok(json)
}

/** Far deeper than any resource, far flatter than what overflows a stack on the way. */
const maximumDepth = 64

/**
 * True for JSON text with more than `limit` brackets open at once; those in strings do not count.
 */
function isDeeper(text: string, limit: number): boolean {
  let depth = 0
  let isQuoted = false
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (isQuoted) {
      if (code === backslash) index += 1
      else if (code === quotationMark) isQuoted = false
    } else if (code === quotationMark) isQuoted = true
    else if (code === openBrace || code === openBracket) {
      depth += 1
      if (depth > limit) return true
    } else if (code === closeBrace || code === closeBracket) depth -= 1
  }
  return false
}

function parse(text: string): Json | undefined {
  try {
    // A byte order mark is no part of JSON, and Windows tools send one.
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) as Json
  } catch {
    return undefined
  }
}
