/** The JSON body of a request, bounded and checked for being an object. */
import { bodyLimit } from 'hono/body-limit'
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import { isObject, textOf, type Json, type JsonObject } from '../scim/json'
import type { AppContext } from './context'
import { replyError } from './reply'

export const maximumBodyBytes = 1024 * 1024

export const limitBody = bodyLimit({
  maxSize: maximumBodyBytes,
  onError: (c) => replyError(c, scimError('bodyTooLarge', { limit: maximumBodyBytes })),
})

/** Both SCIM's media type and plain JSON are right; a missing one is taken for JSON. */
const understood = /^application\/(scim\+json|json)\s*(;|$)/i

export async function readBody(c: AppContext): Promise<Result<JsonObject, ScimError>> {
  const type = c.req.header('Content-Type')
  if (type !== undefined && type !== '' && !understood.test(type.trim())) {
    return err(scimError('unsupportedMediaType'))
  }
  const json = parse(await c.req.text())
  if (json === undefined) return err(scimError('malformedJson'))
  if (!isObject(json)) return err(scimError('bodyNotObject'))
  const subject = textOf(json['userName']) || textOf(json['displayName'])
  if (subject !== '') c.set('subject', subject.slice(0, 200))
  return ok(json)
}

function parse(text: string): Json | undefined {
  try {
    // A byte order mark is no part of JSON, and Windows tools send one.
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) as Json
  } catch {
    return undefined
  }
}
