/**
 * The wings beside provisioning, each with the addresses below which it answers. A wing is evaluated by its
 * first request: no SCIM request needs one, and an isolate that starts for SCIM does not wait for them.
 */
import type { Env } from 'hono'
import type { HonoBase } from 'hono/hono-base'
import { atFirstUse } from './at-first-use'
import { newSite, type Site } from './site'

/** Address below which a wing answers, and what makes its routes. Of two that fit, the longer stands first. */
const wings = [
  wing('/admin/api', async () => (await import('./admin/api')).admin),
  wing('/admin', async () => (await import('./admin/console')).operatorConsole),
  wing('/api', async () => (await import('./application/routes')).application),
  wing('/oauth', async () => (await import('./token-endpoint/routes')).tokenEndpoint),
  wing(
    '/.well-known/oauth-authorization-server/oauth',
    async () => (await import('./token-endpoint/routes')).serverMetadata,
  ),
]

interface Wing {
  readonly below: string
  readonly open: () => Promise<Site>
}

function wing<Types extends Env>(below: string, load: () => Promise<HonoBase<Types>>): Wing {
  return { below, open: atFirstUse(async () => newSite().route(below, await load())) }
}

/** The wing that a routed path leads to; undefined for the addresses of `app.ts`. */
export function wingOf(path: string): Wing | undefined {
  return wings.find(({ below }) => path === below || path.startsWith(`${below}/`))
}

/** Every wing, evaluated. */
export function openAll(): Promise<Site[]> {
  return Promise.all(wings.map(({ open }) => open()))
}
