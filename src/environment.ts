/** Bindings of the Worker; `wrangler.toml` declares them. */
import type { Delivery } from './events/delivery'
import type { Team } from './team/team'

export interface Environment {
  readonly DB: D1Database
  readonly TOKENS: KVNamespace
  readonly TEAM: DurableObjectNamespace<Team>
  readonly DELIVERY: DurableObjectNamespace<Delivery>
  /** Requests per token; absent for no limit. */
  readonly REQUESTS?: RateLimit
  /** Refused tokens per address; absent for no limit. */
  readonly REFUSALS?: RateLimit
  /** Attempts to sign in to the console, per address; absent for a limit of each isolate. */
  readonly SIGN_INS?: RateLimit
  /** Slug of the only tenant of this deployment; empty or absent for many tenants. */
  readonly TENANT?: string
  /** Secret of the operator; without it the administration is off. */
  readonly ADMIN_TOKEN?: string
  /** Team of Cloudflare Access, for example `acme.cloudflareaccess.com`. */
  readonly ACCESS_TEAM_DOMAIN?: string
  /** Audience tag of the Access application; with the team it lets its people in as operators. */
  readonly ACCESS_AUDIENCE?: string
  /** Encrypts the signing secrets of webhooks; absent, ADMIN_TOKEN does. */
  readonly WEBHOOK_KEY?: string
  /** Only in development and tests; `events/schedule.ts` says what they do. */
  readonly WEBHOOK_LOOPBACK?: string
  readonly WEBHOOK_GAPS?: string
  readonly WEBHOOK_TIMEOUT?: string
}
