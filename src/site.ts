/** What the answers of all addresses share: the id of the request, headers, and what is not found or fails. */
import type { HonoBase } from 'hono/hono-base'
import { HTTPException } from 'hono/http-exception'
import { takeStandstill } from './database/standstill'
import { logFailure } from './failure'
import { noteMetLimit } from './http/met-limits'
import { routedPath } from './http/path'
import type { RequestTypes } from './http/request-context'
import { newApp } from './http/router'
import { replyError, replyNotFound } from './provisioning/reply'
import { scimError } from './scim/error'

export type Site = HonoBase<RequestTypes>

/** An app without routes. A request is answered by one of them alone. */
export function newSite(): Site {
  const site = newApp<RequestTypes>((request, options) => routedPath(request, options?.env))

  site.use(async function identifyRequest(c, next) {
    const ray = c.req.header('CF-Ray') ?? ''
    c.set('mayHaveChanged', false)
    c.set('requestId', /^[\w-]{1,64}$/.test(ray) ? ray : crypto.randomUUID())
    await next()
    const { headers } = c.res
    headers.set('X-Request-Id', c.get('requestId'))
    headers.set('X-Content-Type-Options', 'nosniff')
    const limit = takeStandstill()
    if (limit) c.executionCtx.waitUntil(noteMetLimit(limit, c.env))
  })

  site.notFound((c) => replyNotFound(c))

  site.onError(function answerFailure(error, c) {
    if (error instanceof HTTPException && error.status < 500) return error.getResponse()
    logFailure('Request failed', c.get('requestId'), error)
    return replyError(c, scimError(c.get('mayHaveChanged') ? 'unforeseen' : 'internalError'))
  })
  return site
}
