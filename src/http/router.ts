/** Hono with the one router that all addresses here fit: the fallbacks of its preset are slower. */
import type { Env } from 'hono'
import { HonoBase } from 'hono/hono-base'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'

type Path<Types extends Env> = (request: Request, options?: { env?: Types['Bindings'] }) => string

/** `getPath` says what of a request is routed; without it, its path as it is. */
export function newApp<Types extends Env>(getPath?: Path<Types>): HonoBase<Types> {
  // The first request builds it, not the start of the Worker.
  const router = new SmartRouter<never>({ routers: [new RegExpRouter()] })
  return new HonoBase<Types>(getPath ? { router, getPath } : { router })
}
